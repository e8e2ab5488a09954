"""What was found against what was true, recording by recording and all together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.detection import detection
from analysis.intervals import Figure
from analysis.matching import Columns, Truth, columns_of_frame, pair, spans_of
from analysis.score import FILLED, Score, phantoms, score, summarise
from imu.blocks import FloatArray
from kickback.errors import KickbackError, UsageError
from kickback.scoring.clocks import Sync, clocks_of
from kickback.scoring.hand import Labelled, true_reps
from kickback.scoring.inputs import TRUTHS, files_of, read_found
from kickback.scoring.truths import TrueFile, read_truth

if TYPE_CHECKING:
    import pandas as pd

NEEDS: Mapping[str, tuple[str, ...]] = {
    "hip_rotation_sensitivity": ("hip_rotation",),
    "hip_rotation_specificity": ("hip_rotation",),
    "partial_sensitivity": ("is_partial",),
    "partial_specificity": ("is_partial",),
    "filled": FILLED,
}
"""Figures that would be wrong, not unknown, where PREDICTED lacks a column: these columns."""
OF_RECORDINGS = ("perfect", "exact", "within_one")
"""Shares of recordings, which say nothing of one."""


@dataclass(frozen=True)
class Judged:
    """One recording.

    Attributes:
        name: of the recording. score: what :func:`analysis.score.score` says of it.
        missed_s, made_up_s: start and end of reps that were missed and made up, shapes (n, 2), the sensor's seconds.
        clocks: how the video's clock was made the sensor's; empty where there was no video.
    """

    name: str
    score: Score
    missed_s: FloatArray
    made_up_s: FloatArray
    clocks: str = ""


@dataclass(frozen=True)
class Verdict:
    """All recordings.

    Attributes:
        judged: each of them, in order of their names.
        figures: by the names of :func:`analysis.score.summarise`, and ``f1`` and ``phantoms_per_minute``; only those
            that can be told.
        simulated: whether no person made the movements of any of them; None where nobody says.
        notes: what has to be known with the figures, a line each.
    """

    judged: tuple[Judged, ...]
    figures: Mapping[str, Figure]
    simulated: bool | None
    notes: tuple[str, ...] = field(default=())


def judge(
    predicted: Path,
    truth: Path,
    words: Mapping[str, tuple[str, ...]],
    sync: Sync,
    begin: Callable[[int], Callable[[], None]] = lambda _: lambda: None,
) -> Verdict:
    """Judge what was found.

    Args:
        predicted: see :func:`kickback.scoring.inputs.read_found`. truth: a file or a folder of files.
        words: see :func:`kickback.scoring.hand.words_with`. sync: of labels by hand.
        begin: told how many recordings there are; what it returns is called when one is judged. The figures and their
            intervals follow.

    Raises:
        KickbackError: a file cannot be used; nothing was judged.
        UsageError: the two are about different recordings, or a clock is not told.
    """
    found = read_found(predicted)
    true = [one for name, path in files_of(truth, TRUTHS) for one in read_truth(path, name, words)]
    matched, notes = _matched(found, {one.name: one for one in true}, predicted, truth)
    judged, tables, done = [], [], begin(len(matched))
    for one, name in matched:
        table = found.get(name) if name is not None else None
        judged.append(_judged(one, table, sync))
        tables += [table] if table is not None else []
        done()
    figures = _figures([one.score for one in judged], tables)
    return Verdict(
        tuple(judged), figures, _simulated([one for one, _ in matched], tables), (*notes, *_notes(judged, true))
    )


def _matched(
    found: Mapping[str, pd.DataFrame], true: Mapping[str, TrueFile], predicted: Path, truth: Path
) -> tuple[list[tuple[TrueFile, str | None]], list[str]]:
    """Which table belongs to which truth: by name, by the last part of it, or because there is one of each."""
    if len(found) == len(true) == 1:
        return [(next(iter(true.values())), next(iter(found)))], []
    short = {name: [other for other in found if Path(other).name == Path(name).name] for name in true}
    alone = {name: sum(Path(other).name == Path(name).name for other in true) == 1 for name in true}
    pairs: list[tuple[TrueFile, str | None]] = []
    for name, one in true.items():
        match = name if name in found else short[name][0] if alone[name] and len(short[name]) == 1 else None
        pairs.append((one, match))
    used = {match for _, match in pairs if match is not None}
    if not used:
        raise UsageError(
            f"{predicted} and {truth} are about different recordings: {_some(found)} and {_some(true)}; "
            "name the files alike"
        )
    notes = []
    if absent := [one.name for one, match in pairs if match is None]:
        notes.append(f"No rep is found in {_some(absent)}: {predicted.name} has none of it.")
    if extra := [name for name in found if name not in used]:
        notes.append(f"Not judged, for want of a truth: {_some(extra)}.")
    return sorted(pairs, key=lambda both: both[0].name), notes


def _some(names: Sequence[str] | Mapping[str, object], most: int = 5) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def _judged(one: TrueFile, table: pd.DataFrame | None, sync: Sync) -> Judged:
    import pandas as pd

    known, how = one.known, ""
    if known is None:
        known, how = _by_hand(one.name, one.labelled, sync)
    try:
        columns = columns_of_frame(pd.DataFrame() if table is None else table)
    except (KeyError, TypeError, ValueError) as error:
        raise KickbackError(
            f"{one.name}: the table of reps found holds something that is no number ({error})"
        ) from None
    missed, made_up = _left_over(known, columns)
    return Judged(one.name, score(known, columns), missed, made_up, how)


def _by_hand(name: str, labelled: Labelled | None, sync: Sync) -> tuple[Truth, str]:
    if labelled is None:
        raise ValueError(f"{name}: neither a truth nor labels")
    clocks, how = clocks_of(labelled, name, sync)
    how = f"{how}: sensor = {clocks.rate:.6g} x video {clocks.offset_s:+.3f} s"
    return Truth(name, "", None, float("nan"), true_reps(labelled, clocks)), how


def _left_over(known: Truth, columns: Columns) -> tuple[FloatArray, FloatArray]:
    true_s, found_s = known.spans_s(), spans_of(columns)
    pairs = pair(true_s, found_s)
    missed = [i for i, rep in enumerate(known.reps) if not rep.optional and i not in {i for i, _ in pairs}]
    made_up = [j for j in range(len(found_s)) if j not in {j for _, j in pairs}]
    return np.asarray(true_s[missed]), np.asarray(found_s[made_up])


def _figures(scores: Sequence[Score], tables: Sequence[pd.DataFrame]) -> dict[str, Figure]:
    """Those that can be told, see :class:`Verdict`."""
    with_reps = [one for one in scores if one.truth.reps]
    figures = summarise(with_reps) | {"f1": detection(with_reps)} if with_reps else {}
    without = [one for one in scores if not one.truth.reps]
    if without and all(np.isfinite(one.truth.duration_s) for one in without):
        figures["phantoms_per_minute"] = phantoms(without)
    columns = {name for table in tables for name in table.columns}
    wrong = {name for name, needed in NEEDS.items() if not columns.issuperset(needed)}
    wrong |= set(OF_RECORDINGS) if len(with_reps) < 2 else set()
    return {name: figure for name, figure in figures.items() if np.isfinite(figure.value) and name not in wrong}


def _simulated(true: Sequence[TrueFile], tables: Sequence[pd.DataFrame]) -> bool | None:
    said = [one.simulated for one in true if one.simulated is not None]
    said += [_flag(value) for table in tables if "simulated" in table.columns for value in table["simulated"].dropna()]
    return any(said) if said else None


def _flag(value: object) -> bool:
    return str(value).strip().lower() in ("true", "1", "1.0")


def _notes(judged: Sequence[Judged], true: Sequence[TrueFile]) -> list[str]:
    notes = []
    if len(judged) == 1:
        notes.append("One recording: shares have intervals as if reps were independent, errors have none.")
    unused = sorted({word for one in true if one.labelled is not None for word in one.labelled.unused})
    if unused:
        notes.append(f"Labels that mean nothing here: {_some(unused)}.")
    if any(one.clocks for one in judged):
        notes.append(
            "Instants by hand are no finer than a frame of the video, and carry the error of the two clocks as a "
            "common bias; durations do not carry it."
        )
    return notes
