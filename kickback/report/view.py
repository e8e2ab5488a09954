"""What the report says, as plain values for the template: the whole page, and its smaller sections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from analysis.coaching import Advice, what_next
from analysis.params import Params
from analysis.presets import Exercise
from analysis.results import Rejected
from analysis.summary import symmetry
from kickback import words
from kickback.document import versions
from kickback.report.setview import SetView, limit_note, set_view
from kickback.report.strip import strips
from kickback.report.table import RepTable, rep_table
from kickback.result import Analysis

MOST_REJECTED = 200

MEASURES = {
    "rom_deg": ("Range of motion", 1, "°"),
    "peak_concentric_dps": ("Peak speed out", 0, "°/s"),
    "peak_eccentric_dps": ("Peak speed back", 0, "°/s"),
    "concentric_s": ("Concentric", 2, " s"),
    "hold_s": ("Hold", 2, " s"),
    "eccentric_s": ("Eccentric", 2, " s"),
    "tut_s": ("Time under tension per rep", 2, " s"),
}


@dataclass(frozen=True, slots=True)
class Rejections:
    """What was not counted: reasons with their counts, then rows of when, how long, how far, why."""

    counts: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class View:
    """Everything the template shows, in the order of the page."""

    title: str
    simulated: str | None
    facts: tuple[str, ...]
    lead: str
    sets: tuple[SetView, ...]
    warnings: tuple[str, ...]
    strips: tuple[tuple[str, Markup], ...]
    table: RepTable
    sides: tuple[tuple[str, ...], ...]
    rejected: Rejections
    advice: tuple[Advice, ...]
    look_after: str
    hip_rotation: bool
    lost: str
    made: tuple[tuple[str, str], ...]


def view(analysis: Analysis) -> View:
    """The report of one analysis."""
    header = analysis.header
    return View(
        title=header.name,
        simulated=words.SIMULATED if header.simulated else None,
        facts=_facts(analysis),
        lead=_lead(analysis),
        sets=tuple(set_view(closed, analysis.params) for closed in analysis.closed),
        warnings=analysis.warnings,
        strips=tuple(strips(analysis)),
        table=rep_table(analysis.all_reps),
        sides=_sides(analysis),
        rejected=_rejections(sorted(analysis.rejected, key=lambda one: (one.start_s, one.end_s))),
        advice=what_next(analysis.closed, analysis.params.tempo),
        look_after=_look_after(analysis.params.exercise),
        hip_rotation=_turning(analysis.params),
        lost=_lost(analysis),
        made=_made(analysis),
    )


def _facts(analysis: Analysis) -> tuple[str, ...]:
    header = analysis.header
    said = [
        analysis.params.exercise.title,
        f"{words.clock(analysis.recording.duration_s)} long",
        f"{analysis.recording.rate_hz:.4g} samples a second",
    ]
    said += [text for text in (header.sensor, header.placement) if text]
    return tuple(said)


def _lead(analysis: Analysis) -> str:
    """The recording in one sentence."""
    reps, sets = len(analysis.all_reps), len(analysis.closed)
    if reps:
        return f"{words.many(reps, 'rep')} in {words.many(sets, 'set')}."
    if analysis.rejected:
        looked = words.many(len(analysis.rejected), "movement")
        return f"No rep was counted in this recording. {looked} came close; below you see each one, and why not."
    return (
        "No rep was counted in this recording, and no movement came close to one. If you did exercise, check that "
        "the sensor sat at the ankle of the moving leg and that the whole set was recorded."
    )


def _look_after(exercise: Exercise) -> str:
    """What to work on in this exercise whatever was measured, in a sentence; empty when nothing is known."""
    return f"To look after in any {exercise.title}: {', '.join(exercise.work_on)}." if exercise.work_on else ""


def _turning(params: Params) -> bool:
    """Whether the hip rotation flag is judged: in exercises that go backwards, and where the user set a limit."""
    return params.exercise.backwards or params.hip_rotation_limit_deg is not None


def _sides(analysis: Analysis) -> tuple[tuple[str, ...], ...]:
    """Left against right, as rows; empty unless there are sets of both."""
    sides = [[closed for closed in analysis.closed if closed.leg == leg] for leg in ("left", "right")]
    if not all(sides):
        return ()
    rows = []
    for pair in symmetry(*sides):
        name, digits, unit = MEASURES[pair.measure]
        both = [f"{words.seconds(value, digits)}{unit}" for value in (pair.left, pair.right)]
        rows.append((name, *both, words.seconds(pair.lsi_percent, 0)))
    counts = [str(sum(len(closed.reps) for closed in side)) for side in sides]
    return (("Reps", *counts, words.UNKNOWN), *rows)


def _rejections(rejected: list[Rejected]) -> Rejections:
    reasons = [one.reason.value for one in rejected]
    counts = sorted(((reason, reasons.count(reason)) for reason in set(reasons)), key=lambda item: (-item[1], item[0]))
    rows = tuple(
        (
            words.seconds(one.start_s),
            words.seconds(one.end_s - one.start_s),
            words.degrees(one.excursion_deg),
            one.reason.value,
            one.detail,
        )
        for one in rejected[:MOST_REJECTED]
    )
    return Rejections(tuple(counts), rows, max(len(rejected) - MOST_REJECTED, 0))


def gaps(lost: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of lost samples as half-open ranges; ``lost`` has the shape (n,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _lost(analysis: Analysis) -> str:
    """Gaps and missing seconds, in a sentence."""
    recording = analysis.recording
    runs = gaps(recording.lost)
    if not runs:
        return "Nothing: every sample of the recording is there."
    rate_hz = recording.rate_hz
    samples = sum(last - first for first, last in runs)
    first, last = max(runs, key=lambda run: run[1] - run[0])
    start_s = analysis.header.start_s + first / rate_hz
    in_reps = sum(rep.missing_s for rep in analysis.all_reps)
    return (
        f"{samples / rate_hz:.2f} s of {recording.duration_s:.1f} s ({100 * samples / len(recording):.2g} %) in "
        f"{words.many(len(runs), 'gap')}; the longest has {(last - first) / rate_hz:.2f} s, at {words.clock(start_s)}. "
        f"{in_reps:.2f} s of it lie within reps. Up to half a second is bridged for counting; measures that more than "
        "0.15 s of loss cut are left empty."
    )


def _made(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    """Parameters, the file, the versions."""
    header, params = analysis.header, analysis.params
    kind = "the tested default" if params.hip_rotation_limit_deg is None else "as you set it"
    rows = [
        ("Exercise", f"{params.exercise.title} ({params.exercise.name}); numbers: {params.exercise.source}"),
        ("Tempo target", f"{params.tempo} (eccentric, pause lengthened, concentric, pause shortened; seconds)"),
        ("Leg", ", ".join(params.legs) or "not said"),
        *((("Hip rotation limit", f"{limit_note(params)} ({kind})"),) if _turning(params) else ()),
        ("Sample rate", f"{analysis.recording.rate_hz:.4f} Hz"),
        ("Clock", f"starts at {header.start_s:.3f} s"),
    ]
    rows += [
        (name, text)
        for name, text in (
            ("Format", header.dialect),
            ("Sensor", header.sensor),
            ("Placement", header.placement),
            ("Origin", header.origin),
            ("SHA-256 of the file", header.sha256),
        )
        if text
    ]
    rows.append(("Versions", ", ".join(f"{name} {number}" for name, number in versions().items())))
    return tuple(rows)
