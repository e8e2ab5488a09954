"""The board drawn for a terminal of any size: the count, the phase against its target, the latest reps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from analysis.results import Phase
from analysis.summary import summarise
from kickback.live.board import Board
from kickback.live.digits import ROWS, big, width_of
from kickback.live.notice import has_news, link_line, notice
from kickback.live.stage import Lane
from kickback.words import UNKNOWN, clock, degrees, flags, many, seconds, turn

WORDS = {Phase.REST: "REST", Phase.CONCENTRIC: "UP", Phase.HOLD: "HOLD", Phase.ECCENTRIC: "DOWN"}
STYLES = {Phase.REST: "dim", Phase.CONCENTRIC: "green", Phase.HOLD: "magenta", Phase.ECCENTRIC: "cyan"}
BEYOND_TARGET = 1.5
"""The tempo bar ends at so many times the target."""

SIDE = 27
"""Columns that are kept for what stands beside the count."""
SPACE = 3
"""Columns between the count and what stands beside it."""

AFTER_BAR = 14
"""Columns kept for the numbers behind a bar."""

CONFIRM = "to be confirmed"
NOTICE_ROWS = 3
LEAST_FRAMED = 11
"""With fewer rows what is to be said has no frame."""
TABLE_HEAD_ROWS = 2
LEAST = 9
"""With fewer rows what is to be said takes the place of the sensor's line."""
AIRY = 14
"""With fewer rows there is no empty one under the first."""
ROOMY = 20
"""From so many rows on there are empty lines between what belongs apart."""

WIDE = 70
"""From so many columns on the table of the latest reps is whole."""


@dataclass
class Screen:
    """One lane, drawn for the columns and rows that it is given.

    Attributes:
        lane: what is shown.
        hint: how to stop, and the like.
    """

    lane: Lane
    hint: str = "Ctrl-C ends"

    @property
    def board(self) -> Board:
        """The state of the set."""
        return self.lane.board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or console.size.height
        digits = max(2, len(str(self.board.number)))
        scale = max(1, min((height - 8) // 8, (width - SIDE) // (width_of(digits, 1) + 1)))
        numbers = width_of(digits, scale)
        side = self._side(width - numbers - SPACE, roomy=height >= ROOMY)
        body = Table.grid(padding=(0, SPACE, 0, 0))
        body.add_row(self._count(scale, numbers), side)
        notice_rows = NOTICE_ROWS if height >= LEAST_FRAMED else 1
        yield self._head(width)
        second_row = self.lane.link is not None or height >= AIRY
        cramped = height < LEAST and has_news(self.lane)
        if cramped:
            yield notice(self.lane, width, 1)
        elif second_row:
            yield link_line(self.lane.link, width) if self.lane.link else Text()
        yield body
        if not cramped:
            yield notice(self.lane, width, notice_rows)
        above = 1 + second_row + max(ROWS * scale + 1, side.plain.count("\n") + 1) + notice_rows
        yield self._reps(width, height - above - TABLE_HEAD_ROWS)

    def _head(self, width: int) -> Text:
        """Name, leg, exercise and target to the left, clock and hint to the right; what is too much is left out."""
        lane = self.lane
        now = clock(self.board.progress.time_s) if self.board.progress else ""
        right = f"{now}   {self.hint}".strip()
        leg = f"{lane.leg} leg" if lane.leg and not lane.name.endswith(lane.leg) else ""
        target = f"target {self.board.target}"
        for parts in ((leg, lane.exercise, target), (leg, target), (leg,), ()):
            line = Text.assemble((lane.name, "bold"), *(f"  {part}" for part in parts if part))
            if line.cell_len + 2 + len(right) <= width:
                break
        line.truncate(max(width - 2 - len(right), 1), overflow="ellipsis")
        line.append(" " * (width - line.cell_len - len(right)) + right, style="dim")
        line.truncate(width)
        return line

    def _count(self, scale: int, width: int) -> Text:
        board = self.board
        style = "yellow" if board.unconfirmed else "dim" if board.between else "bold green"
        lines = [line.ljust(width) for line in big(board.number, scale)]
        word = "" if not board.unconfirmed else CONFIRM if len(CONFIRM) <= width else "unconfirmed"
        return Text.assemble(("\n".join(lines), style), "\n", (word[:width], "yellow"), no_wrap=True)

    def _side(self, width: int, roomy: bool) -> Text:
        board, now = self.board, self.board.progress
        gap = "\n\n" if roomy else "\n"
        text = Text.assemble((self._where(), "bold"), no_wrap=True)
        if self.lane.link is not None and self.lane.link.away_s is not None:
            return text.append(gap).append("no signal", style="bold red")
        if now is not None and board.active:
            text.append(gap).append(WORDS[now.phase], style=f"bold {STYLES[now.phase]}").append("\n")
            target_s = board.target_s(now.phase)
            text.append_text(tempo_bar(now.phase_s, target_s, width - AFTER_BAR, STYLES[now.phase]))
            text.append(f" {seconds(now.phase_s)} / {target_s:g} s" if target_s else f" {seconds(now.phase_s)} s")
        elif now is not None and board.between:
            text.append(gap).append_text(self._rest(now.time_s))
        if now is not None and math.isfinite(now.angle_deg):
            text.append(gap).append_text(bar(now.angle_deg / board.full_deg, width - AFTER_BAR, "blue"))
            text.append(f" {degrees(now.angle_deg)}°")
            if math.isfinite(now.rotation_deg):
                text.append(f"\nturned {abs(now.rotation_deg):.0f}°")
        return text

    def _where(self) -> str:
        board = self.board
        if board.unconfirmed:
            return "a set may be starting"
        if board.between:
            return f"after set {board.closed[-1].set}: {many(board.count, 'rep')}"
        if not board.reps:
            return "waiting for a set"
        rep = board.reps[-1]
        return f"set {rep.set}" + (f"  {rep.leg} leg" if rep.leg else "")

    def _rest(self, now_s: float) -> Text:
        """How long the rest has lasted, and how the last set went."""
        closed = self.board.closed[-1]
        of = summarise(closed, self.board.target)
        return Text.assemble(
            (f"RESTING {clock(now_s - closed.end_s)}\n", "bold"),
            f"mean tempo {of.tempo_code or UNKNOWN}, ROM {degrees(of.rom_deg.mean)}°",
        )

    def _reps(self, width: int, room: int) -> Table | Text:
        """As many of the latest reps as there is room for; the latest at the top."""
        if room < 1:
            return Text(end="")
        wide = width >= WIDE
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for heading in ("rep", "up s", "hold s", "down s", *(("pause s", "tempo", "ROM °", "turn °") if wide else ())):
            least = len("3-0-1-1") if heading == "tempo" else len(heading)
            table.add_column(heading, justify="right", no_wrap=True, min_width=least)
        if wide:
            table.add_column("", style="yellow", no_wrap=True, overflow="ellipsis")
        for rep in list(reversed(self.board.reps))[:room]:
            cells = [str(rep.rep), *(seconds(each, 2) for each in (rep.concentric_s, rep.hold_s, rep.eccentric_s))]
            if wide:
                cells += [seconds(rep.pause_s, 2), rep.tempo_code or UNKNOWN, degrees(rep.rom_deg), turn(rep)]
                cells.append(", ".join(flags(rep)))
            table.add_row(*cells)
        return table


def bar(share: float, width: int, style: str) -> Text:
    """A bar filled to ``share`` (0 to 1; anything beyond is cut, unknown is empty)."""
    width = max(width, 4)
    filled = round(width * min(max(share, 0.0), 1.0)) if math.isfinite(share) else 0
    return Text.assemble(("█" * filled, style), ("░" * (width - filled), "dim"))


def tempo_bar(elapsed_s: float, target_s: float, width: int, style: str) -> Text:
    """Time in a phase on a bar with a mark at the target; what goes beyond the target is yellow."""
    width = max(width, 4)
    if target_s <= 0:
        return bar(0.0, width, style)
    mark = round(width / BEYOND_TARGET)
    filled = round(width * min(max(elapsed_s / target_s / BEYOND_TARGET, 0.0), 1.0))
    text = Text.assemble(("█" * min(filled, mark), style), ("░" * (mark - min(filled, mark)), "dim"))
    text.append("│", style="bold")
    beyond = max(filled - mark, 0)
    text.append("█" * beyond, style="yellow")
    text.append("░" * (width - mark - beyond), style="dim")
    return text
