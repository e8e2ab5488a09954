"""Does an excursion turn about the exercise's joint, the leg resting as it should? (``docs/algorithm.md``)"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from analysis.pivot import NOISE_MPS2, Pivot, fit, resting
from analysis.presets import Exercise
from analysis.reps import Candidate, Objection
from analysis.results import Reason
from analysis.track import Window
from imu.blocks import FloatArray

STRICT_TILT_DEG = 25.0
"""The prototype's limit for a candidate (prototype's notes); the others are the exercise's."""
LANDING_SHARE = 0.2
"""Below this share of the excursion a leg that lies or sits touches the mat or the chair (physio): no joint is fitted
to its bumps."""
LOW_DEG, LOW_DWELL = 15.0, 0.5
"""Of a lift this low, held for this share of its time, the joint explains nothing for sure (physio)."""
REMEMBERED = 64
LOST_SHARE = 0.25


class Pivots:
    """Fitted hips: samples are often seen from several rest positions, and the hip is fitted to them once.

    Not part of the state: what it gives is what a new fit would give.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._known: dict[tuple[float, ...], Pivot | None] = {}

    def fit(self, it: Candidate, window: Window) -> Candidate:
        """:func:`with_pivot`, or the same from memory. Reworked samples differ in their directions, and in the key."""
        key = (it.first, it.top, it.last, *it.begin_up.tolist(), *it.end_up.tolist())
        if key not in self._known:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            self._known[key] = with_pivot(it, window, self._exercise).pivot
        return replace(it, pivot=self._known[key])


def with_pivot(it: Candidate, window: Window, exercise: Exercise) -> Candidate:
    """The candidate with the hip fitted to its samples, which ``window`` must hold.

    Where more than a quarter of it was lost there is nothing to fit, nor in an exercise without a joint.
    """
    if exercise.pivot is None or it.lost_s > LOST_SHARE * it.duration_s:
        return it
    part = window.part(it.first, it.last + 1).filled()
    lost = part.lost
    if not exercise.backwards:
        lost = lost | _lying(part.up @ it.begin_up, it.top - it.first, it.height_deg)
    pivot = fit(part.acc, part.gyr, part.up, lost, part.rate_hz, it.swing, it.begin_up, exercise.rest)
    return replace(it, pivot=pivot)


def _lying(cosine: FloatArray, top: int, height_deg: float) -> npt.NDArray[np.bool_]:
    """Where a foot is on the mat, or bumps on it: before it last leaves it, and after it first comes back, shape (n,).

    Args:
        cosine: of the angle from where it began, (n,). top: the row at the top.
    """
    down = cosine > math.cos(LANDING_SHARE * math.radians(height_deg))
    before, after = np.flatnonzero(down[:top]), np.flatnonzero(down[top:])
    mat = np.zeros(len(cosine), dtype=bool)
    mat[: before[-1] + 1 if len(before) else 0] = True
    mat[top + after[0] if len(after) else len(mat) :] = True
    return mat


def pivot_objection(it: Candidate, exercise: Exercise) -> Objection | None:
    """Why an excursion does not turn about the exercise's joint, the leg resting as it should; None when it does."""
    pivot, arm_m = it.pivot, exercise.arm_m
    if arm_m is None:
        return None
    if pivot is None:
        return Reason.GAP, f"{it.lost_s:.1f} s of it were lost"
    if pivot.explained < needed(pivot, exercise.least_explained):
        return Reason.NO_PIVOT, explains(pivot, exercise)
    if not arm_m[0] <= pivot.along_m <= arm_m[1]:
        return Reason.NO_PIVOT, f"the pivot is {pivot.along_m:.2f} m up the leg from the sensor"
    if abs(pivot.tilt_deg) > STRICT_TILT_DEG:
        return Reason.NO_PIVOT, off_rest(pivot, exercise)
    return None


def held_low(it: Candidate, exercise: Exercise) -> bool:
    """Whether a level leg was lifted so little, and held, that its trembling hides the joint in the acceleration."""
    return (
        exercise.rest == "level"
        and it.height_deg < LOW_DEG
        and it.dwell >= LOW_DWELL
        and it.pivot is not None
        and it.pivot.explained < exercise.least_explained
    )


def true_rest(it: Candidate, exercise: Exercise) -> FloatArray | None:
    """Upwards (3,) at the turning point, when the joint tells that this is where the leg rests.

    Who holds long and bounces below is still at the top alone; lowering the leg then looks like an excursion, but the
    joint is at the wrong end of it.
    """
    pivot, arm_m = it.pivot, exercise.arm_m
    if exercise.backwards or pivot is None or arm_m is None or pivot.explained < exercise.least_explained:
        return None
    height = math.radians(it.height_deg)
    up = math.cos(height) * it.begin_up + math.sin(height) * it.swing
    swing = math.sin(height) * it.begin_up - math.cos(height) * it.swing
    along, across = resting(float(up @ pivot.arm_m), float(swing @ pivot.arm_m), exercise.rest)
    fits = arm_m[0] <= along <= arm_m[1] and abs(math.degrees(math.atan2(across, along))) <= STRICT_TILT_DEG
    return up if fits else None


def explains(pivot: Pivot, exercise: Exercise) -> str:
    """What the joint does not explain, in words."""
    return f"a fixed {exercise.pivot} explains {100 * pivot.explained:.0f} % of the acceleration"


def off_rest(pivot: Pivot, exercise: Exercise) -> str:
    """How the leg does not rest, in words."""
    how = {"hanging": "does not hang", "level": "is not level"}.get(exercise.rest, "is not steady")
    return f"the leg {how} at rest ({abs(pivot.tilt_deg):.0f}° off)"


def needed(pivot: Pivot, share: float) -> float:
    """The share of the acceleration that must be explained, given how far it stands above the noise."""
    noise = (NOISE_MPS2 / max(pivot.signal_mps2, 1e-6)) ** 2
    return min(share, 1.0 - 1.5 * noise)
