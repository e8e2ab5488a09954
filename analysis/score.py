"""What was found against what was true, by ``docs/measures.md``: counts, phases, angles, flags, delay.

:func:`score` judges one recording, :func:`summarise` puts many together, with intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import rankdata

from analysis.intervals import RESAMPLES, Figure, clustered, rate, share
from analysis.matching import (
    DURATIONS,
    INSTANTS,
    Columns,
    TrueRep,
    Truth,
    columns_of_reps,
    gather,
    pair,
    spans_of,
)
from analysis.results import Rep
from imu.blocks import FloatArray

FILLED = (
    *(*INSTANTS, *DURATIONS, "rom_deg", "peak_concentric_dps", "peak_eccentric_dps"),
    *("pulses", "axial_rotation_deg", "hip_rotation", "is_partial"),
)
"""A row of the table of reps is filled when all of these are known."""

SPREADS = (*DURATIONS, "pause_s", *INSTANTS)
"""Errors told by the median and 95th percentile of their size, and their signed median; seconds."""
SQUARES = (
    "rom_deg",
    "excursion_deg",
    "axial_abs_deg",
    "axial_deg",
    "peak_concentric_percent",
    "peak_eccentric_percent",
)
"""Errors told by the root of their mean square, and their mean."""
SHARES = (
    *("found", "real", "filled", "pulses", "pulses_when_present"),
    *("hip_rotation_sensitivity", "hip_rotation_specificity", "partial_sensitivity", "partial_specificity"),
)
"""Shares of reps: true ones found, found ones real, rows filled, pulses right, flags right."""


@dataclass(frozen=True, slots=True)
class Score:
    """One recording judged.

    Attributes:
        truth: what it was judged by.
        found: number of reps found.
        missed: reps that had to be found and were not.
        made_up: reps found that match no true one.
        count_error: found minus the nearest number that is right; optional reps allow several.
        errors: found minus true, by the names in ``SPREADS`` and ``SQUARES``, shapes (n,), known values only.
        hits: right or not, by the names in ``SHARES``, shapes (n,).
        rotation: size of the measured axial rotation in degrees, and whether the hip turned (0 or 1), (n, 2).
    """

    truth: Truth
    found: int
    missed: int
    made_up: int
    count_error: int
    errors: Mapping[str, FloatArray] = field(repr=False)
    hits: Mapping[str, FloatArray] = field(repr=False)
    rotation: FloatArray = field(repr=False)

    @property
    def perfect(self) -> bool:
        """Every rep found and none made up."""
        return not self.missed and not self.made_up


def score(truth: Mapping[str, Any] | Truth, reps: Iterable[Rep] | Columns) -> Score:
    """Judge the reps found in one recording.

    Args:
        truth: the simulator's truth, or what its JSON file holds.
        reps: the reps of the closed sets; or a table of reps by :func:`analysis.matching.columns_of_frame`.

    Raises:
        KeyError: ``truth`` is no truth.
    """
    known = truth if isinstance(truth, Truth) else Truth.of(truth)
    columns = reps if isinstance(reps, Mapping) else columns_of_reps(reps)
    pairs = pair(known.spans_s(), spans_of(columns))
    matched = {i for i, _ in pairs}
    required = [not rep.optional for rep in known.reps]
    missed = sum(needed and i not in matched for i, needed in enumerate(required))
    found = len(columns["start_s"])
    nearest = min(max(found, sum(required)), len(known.reps))
    judged = [(known.reps[i], j) for i, j in pairs if known.reps[i].judged]
    hits = _hits(judged, columns)
    hits["found"] = np.array([i in matched for i, needed in enumerate(required) if needed], dtype=float)
    hits["real"] = np.array([1.0] * len(pairs) + [0.0] * (found - len(pairs)))
    return Score(
        truth=known,
        found=found,
        missed=missed,
        made_up=found - len(pairs),
        count_error=found - nearest,
        errors=_errors(judged, columns) | {"pause_s": _pauses(known, dict(pairs), columns)},
        hits=hits,
        rotation=_rotation(judged, columns),
    )


def _errors(judged: Sequence[tuple[TrueRep, int]], columns: Columns) -> dict[str, FloatArray]:
    found: dict[str, list[float]] = {name: [] for name in (*DURATIONS, *INSTANTS, *SQUARES)}
    for rep, j in judged:
        at = rep.instants_s
        for k, name in enumerate(INSTANTS):
            found[name].append(columns[name][j] - at[k])
        for k, name in enumerate(DURATIONS):
            found[name].append(columns[name][j] - (at[k + 1] - at[k]))
        axial = columns["axial_rotation_deg"][j]
        found["rom_deg"].append(columns["rom_deg"][j] - rep.rom_deg)
        found["excursion_deg"].append(columns["rom_deg"][j] - rep.excursion_deg)
        found["axial_deg"].append(axial - rep.axial_rotation_deg)
        found["axial_abs_deg"].append(abs(axial) - abs(rep.axial_rotation_deg))
        for phase, true in (("concentric", rep.peak_concentric_dps), ("eccentric", rep.peak_eccentric_dps)):
            found[f"peak_{phase}_percent"].append(100 * (columns[f"peak_{phase}_dps"][j] / true - 1))
    return {name: gather(values) for name, values in found.items()}


def _pauses(truth: Truth, found: Mapping[int, int], columns: Columns) -> FloatArray:
    """Errors of the pauses between reps that follow each other in truth and in what was found."""
    errors = []
    for i, (rep, after) in enumerate(zip(truth.reps, truth.reps[1:], strict=False)):
        j = found.get(i)
        if j is None or found.get(i + 1) != j + 1 or rep.set != after.set:
            continue
        if rep.judged and after.judged:
            true = after.instants_s[0] - rep.instants_s[3]
            errors.append(columns["start_s"][j + 1] - columns["end_s"][j] - true)
    return gather(errors)


def _hits(judged: Sequence[tuple[TrueRep, int]], columns: Columns) -> dict[str, FloatArray]:
    """Right or not, rep by rep, where the truth tells. A flag that was not found is not raised: nobody was told."""
    hits: dict[str, list[bool]] = {name: [] for name in SHARES}
    for rep, j in judged:
        hits["filled"].append(all(np.isfinite(columns[name][j]) for name in FILLED))
        if rep.pulses is not None and np.isfinite(columns["pulses"][j]):
            right = int(columns["pulses"][j]) == rep.pulses
            hits["pulses"].append(right)
            if rep.pulses:
                hits["pulses_when_present"].append(right)
        for name, column, true in (
            ("hip_rotation", "hip_rotation", rep.hip_rotation),
            ("partial", "is_partial", rep.is_partial),
        ):
            if true is not None:
                raised = columns[column][j] == 1.0
                hits[f"{name}_{'sensitivity' if true else 'specificity'}"].append(raised == true)
    return {name: np.array(values, dtype=float) for name, values in hits.items()}


def _rotation(judged: Sequence[tuple[TrueRep, int]], columns: Columns) -> FloatArray:
    told = [(rep.hip_rotation, j) for rep, j in judged if rep.hip_rotation is not None]
    rows = [(abs(columns["axial_rotation_deg"][j]), float(turned)) for turned, j in told]
    table = np.array(rows, dtype=float).reshape(-1, 2)
    return np.asarray(table[np.isfinite(table[:, 0])])


def spread(errors: FloatArray) -> FloatArray:
    """Median and 95th percentile of the size, and the signed median, of errors (n,); NaN of none."""
    if not len(errors):
        return np.full(3, np.nan)
    return np.array([*np.percentile(np.abs(errors), (50, 95)), np.median(errors)])


def root_mean_square(errors: FloatArray) -> FloatArray:
    """Root of the mean square, and mean, of errors (n,); NaN of none."""
    if not len(errors):
        return np.full(2, np.nan)
    return np.array([np.sqrt(np.mean(errors**2)), np.mean(errors)])


def area_under_curve(table: FloatArray) -> FloatArray:
    """Chance that a true case scores above a false one, from rows (score, 0 or 1), shape (n, 2); NaN of one kind.

    By ranks (Mann and Whitney); ties count half.
    """
    true = table[:, 1] > 0.5
    n_true, n_false = int(true.sum()), int((~true).sum())
    if not n_true or not n_false:
        return np.array([np.nan])
    ranks = rankdata(table[:, 0])
    return np.array([(ranks[true].sum() - n_true * (n_true + 1) / 2) / (n_true * n_false)])


def summarise(scores: Sequence[Score], *, seed: int = 0, resamples: int = RESAMPLES) -> dict[str, Figure]:
    """Figures of several recordings, with 95 % intervals.

    Args:
        scores: of recordings with reps. seed: of the bootstrap. resamples: its draws.

    Returns:
        ``perfect``, ``exact`` and ``within_one`` are shares of recordings; the names in ``SHARES`` shares of
        reps; ``<error>.median``, ``.p95`` and ``.bias`` for ``SPREADS``; ``<error>.rmse`` and ``.mean`` for
        ``SQUARES``; ``hip_rotation_auc`` by the size of the axial rotation.
    """
    off = [abs(one.count_error) for one in scores]
    figures = {
        "perfect": share([[one.perfect] for one in scores]),
        "exact": share([[error == 0] for error in off]),
        "within_one": share([[error <= 1] for error in off]),
    }
    figures |= {name: share([one.hits[name] for one in scores]) for name in SHARES}

    def add(name: str, groups: list[FloatArray], statistic: Callable[[FloatArray], FloatArray], *ends: str) -> None:
        found = clustered(groups, statistic, seed=seed, resamples=resamples)
        figures.update({name + end: figure for end, figure in zip(ends, found, strict=True)})

    for name in SPREADS:
        add(name, [one.errors[name] for one in scores], spread, ".median", ".p95", ".bias")
    for name in SQUARES:
        add(name, [one.errors[name] for one in scores], root_mean_square, ".rmse", ".mean")
    add("hip_rotation", [one.rotation for one in scores], area_under_curve, "_auc")
    return figures


def phantoms(scores: Sequence[Score]) -> Figure:
    """Reps per minute that were made up in recordings without any, with the exact Poisson interval.

    Phantoms come in sets rather than alone, so the interval is, if anything, too narrow.

    Raises:
        ValueError: no recording was given.
    """
    return rate(sum(one.made_up for one in scores), sum(one.truth.duration_s for one in scores) / 60)


@dataclass(frozen=True, slots=True)
class Delays:
    """How long after its end a rep was known, in seconds of signal, by the true ends.

    Attributes:
        after: reps of sets that were already confirmed, shape (n,).
        confirming: the rep with which its set was confirmed, one a set, shape (sets,).
        first: from the end of a set's first rep until that rep is known, shape (sets,).
    """

    after: FloatArray
    confirming: FloatArray
    first: FloatArray


def delays(truth: Mapping[str, Any] | Truth, said: Iterable[Rep], rate_hz: float, start_s: float) -> Delays:
    """Delays of the reps of one recording.

    Args:
        truth: as for :func:`score`.
        said: the ``Rep`` events as they came, not those restated when their set closed. Uncertain ones, known
            only when their set ended, and those that match no true rep are left out.
        rate_hz: samples per second of ``known_at``. start_s: the recording's own clock at sample 0.
    """
    known = truth if isinstance(truth, Truth) else Truth.of(truth)
    events = sorted((rep for rep in said if not rep.uncertain), key=lambda rep: rep.start_s)
    spans = np.array([(rep.start_s, rep.end_s) for rep in events], dtype=float).reshape(-1, 2)
    by_set: dict[int, list[tuple[int, float]]] = {}
    for i, j in pair(known.spans_s(), spans):
        late_s = start_s + events[j].known_at / rate_hz - known.reps[i].instants_s[3]
        by_set.setdefault(events[j].set, []).append((events[j].known_at, late_s))
    after, confirming, first = [], [], []
    for reps in by_set.values():
        confirmed_at = min(at for at, _ in reps)
        at_once = [late_s for at, late_s in reps if at == confirmed_at]
        after += [late_s for at, late_s in reps if at > confirmed_at]
        confirming.append(at_once[-1])
        first.append(at_once[0])
    return Delays(np.array(after), np.array(confirming), np.array(first))
