"""The table of reps of the report: flags first, units in the heads, unknown as a dash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.results import Rep
from kickback import words
from kickback.report.chips import Chip, rep_chips
from kickback.report.svg import minus

HEADS = (
    *(("Set", ""), ("Rep", ""), ("Leg", ""), ("Start", "s"), ("Concentric", "s"), ("Hold", "s"), ("Eccentric", "s")),
    *(("Pause", "s"), ("Tempo", ""), ("Range", "°"), ("Speed out", "°/s"), ("Speed back", "°/s"), ("Pulses", "")),
    *(("Rotation", "°"), ("Tilt", "°"), ("Sway", "°"), ("Lost", "s"), ("Confidence", "")),
)
"""Every column behind the flags: its name and unit."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A rep: its flags, its cells by :data:`HEADS`, and whether it begins a set."""

    chips: tuple[Chip, ...]
    cells: tuple[str, ...]
    first: bool


@dataclass(frozen=True, slots=True)
class RepTable:
    """The whole table."""

    heads: tuple[tuple[str, str], ...]
    rows: tuple[TableRow, ...]


def rep_table(reps: Iterable[Rep]) -> RepTable:
    """One row a rep, in order."""
    return RepTable(HEADS, tuple(TableRow(rep_chips(rep), _cells(rep), rep.rep == 1) for rep in reps))


def _cells(rep: Rep) -> tuple[str, ...]:
    tilt = rep.plane_tilt_deg if rep.leg else abs(rep.plane_tilt_deg)
    times = (rep.concentric_s, rep.hold_s, rep.eccentric_s, rep.pause_s)
    cells = (
        *(str(rep.set), str(rep.rep), rep.leg or words.UNKNOWN, words.seconds(rep.start_s, 2)),
        *(words.seconds(value, 2) for value in times),
        rep.tempo_code or words.UNKNOWN,
        words.seconds(rep.rom_deg),
        words.degrees(rep.peak_concentric_dps),
        words.degrees(rep.peak_eccentric_dps),
        words.UNKNOWN if rep.pulses is None else str(rep.pulses),
        words.turn(rep),
        words.seconds(tilt),
        words.seconds(rep.hold_sway_deg),
        words.seconds(rep.missing_s, 2),
        words.seconds(rep.confidence, 2),
    )
    return tuple(cell if index == 8 else minus(cell) for index, cell in enumerate(cells))
