"""True reps and found reps side by side: both as columns of numbers, and which belongs to which."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from analysis.results import Rep
from imu.blocks import FloatArray

if TYPE_CHECKING:
    import pandas as pd

INSTANTS = ("start_s", "concentric_end_s", "eccentric_start_s", "end_s")
DURATIONS = ("concentric_s", "hold_s", "eccentric_s")
LEAST_OVERLAP = 0.5
"""Intersection over union from which a found rep is the true one."""
MOST_MISSING_S = 0.1
"""With more of its signal lost than this, a rep is counted but its measures are not judged."""

_NUMBERS = (*INSTANTS, *DURATIONS, "rom_deg", "peak_concentric_dps", "peak_eccentric_dps", "axial_rotation_deg")
_FLAGS = ("hip_rotation", "is_partial")
READ = (*_NUMBERS, "pulses", *_FLAGS)
"""The columns of the table of reps that are judged."""

Columns = Mapping[str, FloatArray]
"""Columns of the table of reps as numbers, rows in order of their start; unknown is NaN, a flag is 0 or 1."""


def columns_of_reps(reps: Iterable[Rep]) -> Columns:
    """The judged columns of reps, each of the shape (n,)."""
    ordered = sorted(reps, key=lambda rep: rep.start_s)
    return {name: np.array([_number(getattr(rep, name)) for rep in ordered], dtype=float) for name in READ}


def columns_of_frame(frame: pd.DataFrame) -> Columns:
    """The judged columns of a table of reps, as made by ``to_frame`` or read from a ``.reps.csv``; shape (n,).

    A column that the table lacks is unknown throughout; durations follow from the instants then.

    Raises:
        ValueError: ``start_s`` or ``end_s`` is missing from a table with rows, or a value is no number.
    """
    if not len(frame):
        return {name: np.empty(0) for name in READ}
    for name in ("start_s", "end_s"):
        if name not in frame.columns:
            raise ValueError(f"the table of reps has no column {name!r}")
    ordered = frame.sort_values("start_s")
    unknown = np.full(len(ordered), np.nan)
    found = {name: _column(ordered[name]) if name in ordered.columns else unknown for name in READ}
    for name, first, last in zip(DURATIONS, INSTANTS, INSTANTS[1:], strict=False):
        if name not in ordered.columns:
            found[name] = found[last] - found[first]
    return found


def _column(cells: pd.Series[Any]) -> FloatArray:
    """A column of a table as numbers: unknown (None, NaN, NA, empty) is NaN, true and false are 1 and 0."""
    pairs = zip(cells.tolist(), cells.notna().tolist(), strict=True)
    return np.array([_number(value) if known else math.nan for value, known in pairs])


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    text = str(value).strip().lower()
    return {"true": 1.0, "false": 0.0, "": math.nan}[text] if text in ("true", "false", "") else float(text)


@dataclass(frozen=True, slots=True)
class TrueRep:
    """What is known for certain of a rep, by ``docs/measures.md``.

    Attributes:
        set: number of its set, from 0.
        instants_s: the four instants on the recording's own clock, seconds.
        excursion_deg: how far the intended movement went.
        rom_deg: the same after the 4 Hz low-pass of the definition; NaN where the truth does not tell.
        axial_rotation_deg: positive is external.
        pulses, hip_rotation, is_partial: None where the truth does not tell, such as labels by hand; of the numbers
            every one but the outer instants may be NaN for the same reason.
        optional: so much of it was lost, or it went so wrong, that it may be counted or not.
        missing_s: signal lost within it.
    """

    set: int
    instants_s: tuple[float, float, float, float]
    excursion_deg: float
    rom_deg: float
    peak_concentric_dps: float
    peak_eccentric_dps: float
    pulses: int | None
    axial_rotation_deg: float
    hip_rotation: bool | None
    is_partial: bool | None
    optional: bool
    missing_s: float

    @property
    def judged(self) -> bool:
        """Whether enough of it was seen to judge its measures."""
        return not self.optional and self.missing_s <= MOST_MISSING_S


@dataclass(frozen=True, slots=True)
class Truth:
    """A recording's truth: what the score needs of it."""

    name: str
    suite: str
    negative: str | None
    duration_s: float
    reps: tuple[TrueRep, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Truth:
        """From the dictionary that the simulator makes, or that a truth JSON holds.

        Raises:
            KeyError: it has no such entry; not a truth.
        """
        return cls(
            name=str(document["name"]),
            suite=str(document["suite"]),
            negative=document["negative_kind"],
            duration_s=float(document["duration_s"]),
            reps=tuple(_true_rep(rep) for rep in document["reps"]),
        )

    def spans_s(self) -> FloatArray:
        """Start and end of every rep, shape (n, 2)."""
        return np.array([(rep.instants_s[0], rep.instants_s[3]) for rep in self.reps], dtype=float).reshape(-1, 2)


def _true_rep(rep: Mapping[str, Any]) -> TrueRep:
    first, second, third, fourth = (float(rep[name]) for name in INSTANTS)
    return TrueRep(
        set=int(rep["set"]),
        instants_s=(first, second, third, fourth),
        excursion_deg=float(rep["excursion_deg"]),
        rom_deg=float(rep.get("rom_deg", math.nan)),
        peak_concentric_dps=float(rep["peak_vel_con_dps"]),
        peak_eccentric_dps=float(rep["peak_vel_ecc_dps"]),
        pulses=int(rep["pulses"]),
        axial_rotation_deg=float(rep["axial_rotation_deg"]),
        hip_rotation=bool(rep["hip_rotation"]),
        is_partial=bool(rep["is_partial"]),
        optional=bool(rep["optional"]),
        missing_s=float(rep["missing"]),
    )


def overlap(true_s: FloatArray, found_s: FloatArray) -> FloatArray:
    """Intersection over union of every true span (n, 2) with every found span (m, 2), shape (n, m)."""
    first = np.maximum(true_s[:, None, 0], found_s[None, :, 0])
    last = np.minimum(true_s[:, None, 1], found_s[None, :, 1])
    shared = np.maximum(last - first, 0.0)
    lengths = np.diff(true_s, axis=1) + np.diff(found_s, axis=1).T
    either = lengths - shared
    return np.asarray(np.divide(shared, either, out=np.zeros_like(shared), where=either > 0))


def pair(true_s: FloatArray, found_s: FloatArray, least: float = LEAST_OVERLAP) -> list[tuple[int, int]]:
    """Which found span is which true one: the one-to-one choice with the largest sum of overlaps.

    Args:
        true_s: shape (n, 2), seconds. found_s: shape (m, 2), seconds. least: a smaller overlap is none.

    Returns:
        Pairs of indices into the two, in order of the true spans.
    """
    ratio = overlap(true_s, found_s)
    worth: npt.NDArray[np.float64] = np.where(ratio >= least, ratio, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if worth[i, j] > 0]


def spans_of(columns: Columns) -> FloatArray:
    """Start and end of every found rep, shape (n, 2)."""
    return np.column_stack([columns["start_s"], columns["end_s"]]).reshape(-1, 2)


def gather(values: Sequence[float]) -> FloatArray:
    """The known ones of some numbers, shape (n,)."""
    array = np.asarray(values, dtype=float)
    return np.asarray(array[np.isfinite(array)])
