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
from kickback.live.board import Board
from kickback.live.digits import ROWS, big, width_of
from kickback.words import UNKNOWN, clock, degrees, flags, many, seconds, turn

WORDS = {Phase.REST: "REST", Phase.CONCENTRIC: "UP", Phase.HOLD: "HOLD", Phase.ECCENTRIC: "DOWN"}
STYLES = {Phase.REST: "dim", Phase.CONCENTRIC: "green", Phase.HOLD: "magenta", Phase.ECCENTRIC: "cyan"}
BEYOND_TARGET = 1.5
"""The tempo bar ends at so many times the target."""


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
        yield self._head(width)
        yield Text()
        body = Table.grid(padding=(0, 3), expand=True)
        body.add_column(width=width_of(2, scale))
        body.add_column(ratio=1)
        side = width - width_of(2, scale) - 4
        body.add_row(self._count(scale), self._side(side))
        yield body
        yield self._advice(width)
        room = height - 2 - max(ROWS * scale + 1, 8) - 3 - 3
        yield self._reps(max(room, 1))

    def _head(self, width: int) -> Text:
        now = clock(self.board.progress.time_s) if self.board.progress else ""
        line = Text.assemble((self.title, "bold"), "  ", f"target {self.board.target}")
        if self.simulated:
            line.append("  SIMULATED", style="bold yellow")
        right = f"{now}   {self.hint}"
        line.append(" " * max(2, width - line.cell_len - len(right)) + right, style="dim")
        line.truncate(width)
        return line

    def _count(self, scale: int) -> Text:
        board = self.board
        style = "yellow" if board.unconfirmed else "dim" if board.resting else "bold green"
        lines = big(board.number, scale)
        word = f"{many(board.number, 'rep')}, to be confirmed" if board.unconfirmed else ""
        return Text.assemble(("\n".join(lines), style), "\n", (word, "yellow"), no_wrap=True)

    def _side(self, width: int) -> Text:
        board, now = self.board, self.board.progress
        text = Text(no_wrap=True)
        text.append(self._where() + "\n\n", style="bold")
        phase = now.phase if now else Phase.REST
        text.append(f"{WORDS[phase]}\n", style=f"bold {STYLES[phase]}")
        if now is None or (phase is Phase.REST and board.resting):
            return text
        target_s = board.target_s(phase)
        end = f" {seconds(now.phase_s)} / {target_s:g} s" if target_s else f" {seconds(now.phase_s)} s"
        text.append_text(tempo_bar(now.phase_s, target_s, width - 14, STYLES[phase]))
        text.append(end + "\n\n")
        text.append_text(bar(now.angle_deg / board.widest_deg, width - 14, "blue"))
        text.append(f" {degrees(now.angle_deg)}°\n")
        if math.isfinite(now.rotation_deg):
            text.append(f"turned {abs(now.rotation_deg):.0f}°\n")
        return text

    def _where(self) -> str:
        board = self.board
        if board.resting:
            return f"after set {board.closed[-1].set}: {many(board.count, 'rep')}"
        if board.unconfirmed:
            return "a set may be starting"
        if not board.reps:
            return "waiting for a set"
        rep = board.reps[-1]
        return f"set {rep.set}" + (f"  {rep.leg} leg" if rep.leg else "")

    def _advice(self, width: int) -> Panel | Text:
        advice = self.board.advice
        if advice is None:
            return Text("\n\n")
        return Panel(
            Text(advice, style="bold", overflow="ellipsis", no_wrap=True), style="black on yellow", width=width
        )

    def _reps(self, room: int) -> Table:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
        for heading in ("rep", "up s", "hold s", "down s", "pause s", "tempo", "ROM °", "turn °"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("", style="yellow", no_wrap=True)
        for rep in list(self.board.reps)[-room:]:
            times = (rep.concentric_s, rep.hold_s, rep.eccentric_s, rep.pause_s)
            table.add_row(
                *(str(rep.rep), *(seconds(each, 2) for each in times)),
                *(rep.tempo_code or UNKNOWN, degrees(rep.rom_deg), turn(rep), ", ".join(flags(rep))),
            )
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
