"""A verdict for people and for machines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from analysis.intervals import Figure
from kickback.document import plain, versions
from kickback.scoring.judging import Judged, Verdict
from kickback.words import SIMULATED, UNKNOWN

if TYPE_CHECKING:
    from rich.console import RenderableType

SCHEMA = 1
MOST_ROWS = 30
"""Of more recordings only those with something missed or made up are listed, and of them so many."""
MOST_TIMES = 6
"""So many missed and made-up reps are listed with their times for each recording."""

_MS, _SHARE = (1000.0, "ms", 0), (100.0, "%", 1)
_PHASES = {"concentric_s": "way out", "hold_s": "hold", "eccentric_s": "way back", "pause_s": "pause"}
_INSTANTS = {
    "start_s": "start",
    "concentric_end_s": "end of the way out",
    "eccentric_start_s": "start of the way back",
    "end_s": "end",
}
ROWS: Mapping[str, tuple[str, tuple[float, str, int]]] = {
    "perfect": ("recordings with every rep found and none made up", _SHARE),
    "exact": ("recordings with the right count", _SHARE),
    "within_one": ("recordings within one rep", _SHARE),
    "found": ("true reps that were found (recall)", _SHARE),
    "real": ("found reps that were real (precision)", _SHARE),
    "f1": ("F1 of both", (1.0, "", 3)),
    "phantoms_per_minute": ("made-up reps a minute without any rep", (1.0, "", 2)),
    **{
        f"{name}.{end}": (f"{title}: {what}", _MS)
        for name, title in (_PHASES | _INSTANTS).items()
        for end, what in (("median", "median error"), ("p95", "95th percentile"), ("bias", "median bias"))
    },
    "rom_deg.rmse": ("range of motion: RMS error", (1.0, "°", 2)),
    "rom_deg.mean": ("range of motion: bias", (1.0, "°", 2)),
    "excursion_deg.rmse": ("range against the intended excursion: RMS error", (1.0, "°", 2)),
    "excursion_deg.mean": ("range against the intended excursion: bias", (1.0, "°", 2)),
    "axial_deg.rmse": ("axial rotation, signed: RMS error", (1.0, "°", 2)),
    "axial_abs_deg.rmse": ("axial rotation, size: RMS error", (1.0, "°", 2)),
    "peak_concentric_percent.rmse": ("peak speed out: RMS error", (1.0, "%", 1)),
    "peak_eccentric_percent.rmse": ("peak speed back: RMS error", (1.0, "%", 1)),
    "pulses": ("pulses counted right", _SHARE),
    "pulses_when_present": ("pulses counted right where there are any", _SHARE),
    "partial_sensitivity": ("partials flagged (sensitivity)", _SHARE),
    "partial_specificity": ("full reps not flagged as partial (specificity)", _SHARE),
    "hip_rotation_sensitivity": ("hip rotations flagged (sensitivity)", _SHARE),
    "hip_rotation_specificity": ("others not flagged (specificity)", _SHARE),
    "hip_rotation_auc": ("hip rotation by the size of the axial rotation: area under ROC", (1.0, "", 3)),
    "filled": ("rows with every measure known", _SHARE),
}
"""The figures in the order in which they are shown: what they say; the factor, the unit and the digits shown."""


def document(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON knows it: seconds, degrees, shares from 0 to 1; unknown is None."""
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "simulated": verdict.simulated,
        "recordings": [_recording(one) for one in verdict.judged],
        "figures": {name: _figure(figure) for name, figure in verdict.figures.items()},
        "notes": list(verdict.notes),
        "software": versions(),
    }
    return found


def _figure(figure: Figure) -> dict[str, Any]:
    """Not rounded: a share of a thousandth has to be there."""
    return {name: value if math.isfinite(value) else None for name, value in asdict(figure).items()}


def _recording(one: Judged) -> dict[str, Any]:
    return {
        "name": one.name,
        "reps": sum(not rep.optional for rep in one.score.truth.reps),
        "optional": sum(rep.optional for rep in one.score.truth.reps),
        "found": one.score.found,
        "missed": one.score.missed,
        "made_up": one.score.made_up,
        "count_error": one.score.count_error,
        "missed_s": plain("time_s", one.missed_s.tolist()),
        "made_up_s": plain("time_s", one.made_up_s.tolist()),
        "clocks": one.clocks,
    }


def render(verdict: Verdict) -> Iterator[RenderableType]:
    """The verdict for a terminal, to be printed in order."""
    if verdict.simulated:
        yield Text(SIMULATED, style="bold yellow")
    shown = verdict.judged
    if len(shown) > MOST_ROWS:
        shown = tuple(one for one in shown if not one.score.perfect)[:MOST_ROWS]
    if shown:
        yield recordings_table(shown)
    if len(shown) < len(verdict.judged):
        rest = f"and {len(verdict.judged) - len(shown)} more; of" if shown else "Of"
        whole = sum(one.score.perfect for one in verdict.judged)
        yield Text(f"{rest} all {len(verdict.judged)} recordings, {whole} have every rep found and none made up")
    yield Text()
    if verdict.figures:
        yield figures_table(verdict.figures)
    for note in verdict.notes:
        yield Text(note, style="dim")


def recordings_table(judged: Sequence[Judged]) -> Table:
    """A line a recording: how many, and when one was missed or made up."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("recording", overflow="fold")
    for heading in ("true", "found", "missed", "made up"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("when", overflow="fold")
    for one in judged:
        row = _recording(one)
        reps = f"{row['reps']}" + (f" (+{row['optional']})" if row["optional"] else "")
        when = [*_times("missed", one.missed_s.tolist()), *_times("made up", one.made_up_s.tolist())]
        cells = (one.name, reps, str(row["found"]), str(row["missed"]), str(row["made_up"]))
        table.add_row(*map(Text, cells), Text("; ".join([*when, *([one.clocks] if one.clocks else [])])))
    return table


def _times(what: str, spans: list[list[float]]) -> list[str]:
    if not spans:
        return []
    times = ", ".join(f"{start_s:.1f}" for start_s, _ in spans[:MOST_TIMES])
    return [f"{what} at {times}{' ...' if len(spans) > MOST_TIMES else ''} s"]


def figures_table(figures: Mapping[str, Figure]) -> Table:
    """A line a figure: the value, its 95 % interval, from how many values in how many recordings."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("")
    for heading in ("value", "95 % interval", "n", "recordings"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, (title, scale) in ROWS.items():
        if name in figures:
            figure = figures[name]
            table.add_row(title, *cells(figure, scale), str(figure.n), str(figure.recordings or UNKNOWN))
    return table


def cells(figure: Figure, scale: tuple[float, str, int]) -> tuple[str, str]:
    """A figure and its interval as text."""
    factor, unit, digits = scale
    behind = f" {unit}" if unit else ""
    value = f"{factor * figure.value:.{digits}f}{behind}"
    if not math.isfinite(figure.low) or not math.isfinite(figure.high):
        return value, UNKNOWN
    return value, f"{factor * figure.low:.{digits}f} to {factor * figure.high:.{digits}f}{behind}"
