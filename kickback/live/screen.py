"""The board drawn for a terminal of any size: the count, the phase against its target, the latest reps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from analysis.results import Phase
from analysis.summary import summarise
from kickback.live.board import Board
from kickback.live.digits import ROWS, big, width_of
from kickback.words import UNKNOWN, clock, degrees, flags, many, seconds, turn

WORDS = {Phase.REST: "REST", Phase.CONCENTRIC: "UP", Phase.HOLD: "HOLD", Phase.ECCENTRIC: "DOWN"}
STYLES = {Phase.REST: "dim", Phase.CONCENTRIC: "green", Phase.HOLD: "magenta", Phase.ECCENTRIC: "cyan"}
BEYOND_TARGET = 1.5
"""The tempo bar ends at so many times the target."""

SPACE = 3
"""Columns between the count and what stands beside it."""

AFTER_BAR = 14
"""Columns kept for the numbers behind a bar."""

ADVICE_ROWS = 3
TABLE_HEAD_ROWS = 2
ROOMY = 20
"""From so many rows on there are empty lines between what belongs apart."""

WIDE = 70
"""From so many columns on the table of the latest reps is whole."""


@dataclass
class Screen:
    """What ``rich.live`` draws; it reads the board anew each time.

    Attributes:
        board: the state.
        title: the recording or the sensor.
        simulated: shown whenever no person made the movements.
        hint: how to stop, and the like.
    """

    board: Board
    title: str
    simulated: bool = False
    hint: str = "Ctrl-C ends"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = console.size
        scale = max(1, min((height - 8) // 8, (width - 30) // 25))
        numbers = width_of(max(2, len(str(self.board.number))), scale)
        side = self._side(width - numbers - SPACE, roomy=height >= ROOMY)
        body = Table.grid(padding=(0, SPACE, 0, 0))
        body.add_row(self._count(scale, numbers), side)
        yield self._head(width)
        yield Text()
        yield body
        yield self._advice(width)
        above = 2 + max(ROWS * scale + 1, side.plain.count("\n") + 1) + ADVICE_ROWS
        yield self._reps(width, height - above - TABLE_HEAD_ROWS)

    def _head(self, width: int) -> Text:
        now = clock(self.board.progress.time_s) if self.board.progress else ""
        line = Text.assemble((self.title, "bold"), "  ", f"target {self.board.target}")
        if self.simulated:
            line.append("  SIMULATED", style="bold yellow")
        right = f"{now}   {self.hint}"
        line.append(" " * max(2, width - line.cell_len - len(right)) + right, style="dim")
        line.truncate(width)
        return line

    def _count(self, scale: int, width: int) -> Text:
        board = self.board
        style = "yellow" if board.unconfirmed else "dim" if board.between else "bold green"
        lines = [line.ljust(width) for line in big(board.number, scale)]
        word = "to be confirmed" if board.unconfirmed else ""
        return Text.assemble(("\n".join(lines), style), "\n", (word[:width], "yellow"), no_wrap=True)

    def _side(self, width: int, roomy: bool) -> Text:
        board, now = self.board, self.board.progress
        gap = "\n\n" if roomy else "\n"
        text = Text.assemble((self._where(), "bold"), no_wrap=True)
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

    def _advice(self, width: int) -> Panel | Text:
        advice = self.board.advice
        if advice is None:
            return Text("\n\n")
        return Panel(
            Text(advice, style="bold", overflow="ellipsis", no_wrap=True), style="black on yellow", width=width
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
