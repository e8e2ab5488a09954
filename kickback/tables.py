"""The analysis of a file on the terminal: one line a rep, a few lines a set, what was not counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from analysis.results import Rejected, Rep, SetClosed
from analysis.summary import SetSummary, summarise
from kickback.words import SIMULATED, UNKNOWN, clock, degrees, flags, many, seconds, turn

if TYPE_CHECKING:
    from rich.console import RenderableType

    from analysis.params import Tempo
    from analysis.presets import Exercise
    from kickback.result import Analysis

MOST_TIMES = 4
"""So many instants are listed for each reason why excursions were not counted."""


@dataclass(frozen=True)
class Found:
    """What the terminal shows of a file; light enough to be sent between processes."""

    name: str
    simulated: bool
    rate_hz: float
    start_s: float
    duration_s: float
    lost_s: float
    exercise: Exercise
    target: Tempo
    closed: tuple[SetClosed, ...]
    rejected: tuple[Rejected, ...]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, analysis: Analysis) -> Found:
        """The light part of an analysis."""
        recording = analysis.recording
        return cls(
            name=recording.header.name,
            simulated=recording.header.simulated,
            rate_hz=recording.rate_hz,
            start_s=recording.header.start_s,
            duration_s=recording.duration_s,
            lost_s=float(recording.lost.sum()) / recording.rate_hz,
            exercise=analysis.params.exercise,
            target=analysis.params.tempo,
            closed=tuple(replace(closed, trace=None) for closed in analysis.closed),
            rejected=analysis.rejected,
            warnings=analysis.warnings,
        )


def render(found: Found) -> Iterator[RenderableType]:
    """Everything about one file, to be printed in order."""
    yield title(found)
    if found.simulated:
        yield Text(SIMULATED, style="bold yellow")
    for closed in found.closed:
        yield Text()
        yield set_line(closed, found.target)
        yield rep_table(closed, found.target)
        yield from set_notes(closed, found.target)
    if not found.closed:
        yield Text("No reps found.", style="bold")
    if found.rejected:
        yield Text()
        yield Text("Looked at and not counted", style="bold")
        yield rejected_table(found.rejected)
    if found.warnings:
        yield Text()
        for warning in found.warnings:
            yield Text(f"Note: {warning}", style="yellow")


def title(found: Found) -> Text:
    """Name, exercise, length, rate, losses and counts in a line."""
    reps = sum(len(closed.reps) for closed in found.closed)
    parts = [
        found.exercise.title,
        clock(found.duration_s),
        f"{found.rate_hz:.4g} Hz",
        many(len(found.closed), "set"),
        many(reps, "rep"),
    ]
    if found.lost_s > 0:
        parts.insert(3, f"{max(found.lost_s, 0.01):.2f} s lost")
    return Text.assemble((found.name, "bold cyan"), "  ", ", ".join(parts))


def set_line(closed: SetClosed, target: Tempo) -> Text:
    """Which set, which leg, how many, when, and the target."""
    leg = f"{closed.leg} leg" if closed.leg else "leg not said"
    line = Text.assemble(
        (f"Set {closed.set}", "bold"),
        f"  {leg}, {many(len(closed.reps), 'rep')}, {seconds(closed.start_s)} to {seconds(closed.end_s)} s",
        f", target tempo {target}",
    )
    if closed.uncertain:
        line.append(", uncertain (fewer than three reps)", style="yellow")
    return line


COLUMNS: tuple[tuple[str, Callable[[Rep], str]], ...] = (
    ("rep", lambda rep: str(rep.rep)),
    ("at\ns", lambda rep: seconds(rep.start_s)),
    ("up\ns", lambda rep: seconds(rep.concentric_s, 2)),
    ("hold\ns", lambda rep: seconds(rep.hold_s, 2)),
    ("down\ns", lambda rep: seconds(rep.eccentric_s, 2)),
    ("pause\ns", lambda rep: seconds(rep.pause_s, 2)),
    ("tempo", lambda rep: rep.tempo_code or UNKNOWN),
    ("ROM\n°", lambda rep: degrees(rep.rom_deg)),
    ("turn\n°", turn),
)
"""The columns of the table of reps: heading and text of a rep; the flags follow."""


def rep_table(closed: SetClosed, target: Tempo) -> Table:
    """One line a rep, and the set's means and spread below."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, _ in COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", style="yellow", overflow="fold")
    for rep in closed.reps:
        style = "dim" if rep.uncertain or rep.is_partial else ""
        table.add_row(*(show(rep) for _, show in COLUMNS), ", ".join(flags(rep)), style=style)
    if len(closed.reps) > 1:
        for row in _foot(summarise(closed, target)):
            table.add_row(*row, style="bold")
    return table


def _foot(of: SetSummary) -> Iterator[tuple[str, ...]]:
    """The rows under a set: means and variation of the phases and the range of motion."""
    phases = (of.concentric_s, of.hold_s, of.eccentric_s, of.pause_s)
    yield ("mean", "", *(seconds(each.mean, 2) for each in phases), of.tempo_code or "", degrees(of.rom_deg.mean))
    yield ("CV %", "", *(degrees(each.cv_percent) for each in phases), "", degrees(of.rom_deg.cv_percent))


def set_notes(closed: SetClosed, target: Tempo) -> Iterator[Text]:
    """Time under tension, what was lost towards the end, and how sure the axis is."""
    of = summarise(closed, target)
    parts = []
    if math.isfinite(of.total_s("tut_s")):
        phases = (("up", "concentric_s"), ("hold", "hold_s"), ("down", "eccentric_s"))
        each = ", ".join(f"{word} {seconds(of.total_s(name))}" for word, name in phases)
        parts.append(f"time under tension {of.total_s('tut_s'):.1f} s ({each})")
    for what, loss in (("ROM", of.rom_deg.loss_percent), ("speed", of.peak_concentric_dps.loss_percent)):
        if math.isfinite(loss):
            parts.append(f"{what} loss {loss:.0f} %")
    yield Text(", ".join(parts), style="dim")
    yield Text(f"calibration: {closed.calibration.sentence}", style="dim")


def rejected_table(rejected: Iterable[Rejected]) -> Table:
    """One line a reason: how often, how far the leg went, and when."""
    by_reason: dict[str, list[Rejected]] = {}
    for one in sorted(rejected, key=lambda one: one.start_s):
        by_reason.setdefault(one.reason.value, []).append(one)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for reason, found in by_reason.items():
        times = ", ".join(seconds(one.start_s) for one in found[:MOST_TIMES])
        more = " …" if len(found) > MOST_TIMES else ""
        least, most = (degrees(pick(one.excursion_deg for one in found)) for pick in (min, max))
        span = f"{least}°" if least == most else f"{least}-{most}°"
        table.add_row(f"{len(found)} ×", reason, span, f"at {times}{more} s")
    return table
