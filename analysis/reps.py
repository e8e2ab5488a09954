"""Is an excursion a rep? What is looked at, and the limits it must keep (``docs/algorithm.md``)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.pivot import Pivot
from analysis.presets import Exercise
from analysis.results import Reason
from analysis.segment import HOME_DEG, Excursion, turn_deg
from analysis.track import Window
from analysis.vectors import cross
from imu.blocks import FloatArray

HOME_SHARE = 0.5
"""For excursions below 10 degrees: back to within this share of them, at most ``HOME_DEG``."""
ALONE_EXPLAINED = 0.97
ALONE_EXCURSION_DEG = 40.0
ALONE_DURATION_S = 1.8
ALONE_ARM_M = (0.68, 1.08)
"""What one or two excursions must show to be counted without a third. Steps are shorter, a seated knee extension's
pivot is nearer (0.5 to 0.65 m in simulated ones)."""
LOOSE_SHARE = 0.4
"""People who lie or sit come back less exactly: within this share of the excursion (physio)."""
LANDING_S = 0.4
"""A foot that lands bumps for this long (physio)."""
TURN_SHARE = 0.4
"""A dip of the speed below this share of what is around it is a turn: the bottom of a bounce."""
REACH_S = 0.8
"""How far beyond the turning points of the angle the movement's own ends are looked for."""
SWING_DWELL, SWING_DEG = 0.31, 40.0
"""A small excursion that spends less of its time than this above four fifths of its height is a swing, not a rep: 0.30
for a pendulum (a raised cosine), 0.36 for two minimum-jerk movements without a hold. Tuned on our simulator: it refuses
88 of 100 candidates from fidgeting, and 3 of 300 true reps of this size; fast reps are larger."""
MOVING_SHARE = 0.3
"""At rest and on return the shank's direction moves slower than this share of its peak: one passing through
a position at speed did not rest there."""


Objection = tuple[Reason, str]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """An excursion and what was found about it.

    ``first, top, last`` are session sample indices; the movement and its margins lie inside ``[low, high]``.
    ``begin_up``, ``swing`` and ``end_up`` are (3,) unit vectors in the sensor's frame: upwards at rest, the way
    it went, upwards on return.
    """

    rest: int
    first: int
    top: int
    last: int
    low: int
    high: int
    known_at: int
    from_rest_deg: float
    height_deg: float
    duration_s: float
    begin_up: FloatArray
    swing: FloatArray
    end_up: FloatArray
    axis: float
    dwell: float
    passing: float
    peak_dps: float
    lost_s: float
    pivot: Pivot | None
    nearest_deg: float = 0.0

    def back_deg(self, exercise: Exercise) -> float:
        """How far from where it began it ended; for who lies or sits before the foot bumped."""
        return turn_deg(self.begin_up, self.end_up) if exercise.backwards else self.nearest_deg

    def overlap(self, first: int, last: int) -> float:
        """Share of this excursion inside ``[first, last]``."""
        return max(0, min(self.last, last) - max(self.first, first)) / max(1, self.last - self.first)


def examine(
    window: Window, excursion: Excursion, rest: FloatArray, stride: int, known_at: int, floor: int = 0
) -> Candidate | None:
    """Look at an excursion.

    Args:
        window: holds the excursion and as much around it as is known.
        excursion: in ticks of ``stride`` samples.
        rest: (3,) unit, upwards at the rest position it is an excursion from.
        known_at: the sample at which it ended for the pipeline.
        floor: the sample before which it cannot have begun.

    Returns:
        What was found; None when too little of the excursion is in the window.
    """
    first, top, last = excursion.first * stride, excursion.top * stride, excursion.last * stride
    if first < window.start or last >= window.stop:
        return None
    around = window.filled()
    if last - first < 5 or np.isnan(around.up[:, 0]).any():
        return None
    speed = np.linalg.norm(cross(around.up, around.gyr), axis=1)
    i, j = first - window.start, last - window.start
    peak = float(np.sort(speed[i : j + 1])[int(0.95 * (j - i))])
    i, j = _ends(speed, i, j, 0.1 * peak, round(0.25 * window.rate_hz), round(REACH_S * window.rate_hz))
    i = max(i, min(floor - window.start, first - window.start))
    if j <= i:
        return None
    ends = max(float(speed[i]), float(speed[j]))
    margin = round(0.1 * window.rate_hz)
    i, j = max(i - margin, 0), min(j + margin, len(around) - 1)
    whole = around.part(window.start + i, window.start + j + 1)
    at_top = min(max(top - whole.start, 0), len(whole) - 1)
    begin_up, end_up = whole.up[0], whole.up[-1]
    swing = whole.up[at_top] - begin_up * float(begin_up @ whole.up[at_top])
    norm = float(np.linalg.norm(swing))
    if norm < 1e-3:
        return None
    swing = swing / norm
    spread = np.linalg.eigvalsh(whole.gyr.T @ whole.gyr)
    return Candidate(
        rest=excursion.rest,
        first=whole.start,
        top=top,
        last=whole.stop - 1,
        low=min(whole.start, first),
        high=max(whole.stop - 1, last),
        known_at=known_at,
        from_rest_deg=turn_deg(begin_up, rest),
        height_deg=turn_deg(begin_up, whole.up[at_top]),
        duration_s=len(whole) / window.rate_hz,
        begin_up=begin_up,
        swing=swing,
        end_up=end_up,
        axis=float(spread[-1] / max(float(spread.sum()), 1e-12)),
        dwell=_dwell(whole.up[margin : len(whole) - margin], begin_up, whole.up[at_top]),
        passing=ends / max(peak, 1e-9),
        peak_dps=math.degrees(peak),
        lost_s=float(whole.lost.sum()) / window.rate_hz,
        pivot=None,
        nearest_deg=_nearest_deg(whole.up[-round(LANDING_S * window.rate_hz) - 1 :], begin_up),
    )


def _nearest_deg(up: FloatArray, begin: FloatArray) -> float:
    """Smallest angle of directions (n, 3) to ``begin``."""
    return float(np.degrees(np.arccos(np.clip(np.max(up @ begin), -1.0, 1.0))))


def _dwell(up: FloatArray, begin: FloatArray, top: FloatArray) -> float:
    """Share of the time spent above four fifths of the excursion."""
    angle = np.arccos(np.clip(up @ begin, -1.0, 1.0))
    return float(np.mean(angle > 0.8 * math.radians(turn_deg(begin, top)))) if len(angle) else 0.0


def _slowest(speed: FloatArray, at: int, near: int) -> tuple[int, bool]:
    """The slowest sample within ``near`` of ``at``, and whether the shank turns there without resting: a bounce."""
    low = max(at - near, 0)
    around = speed[low : at + near + 1]
    lowest = int(np.argmin(around))
    inside = 0 < lowest < len(around) - 1
    return low + lowest, inside and float(around[lowest]) < TURN_SHARE * float(around.max())


def _ends(speed: FloatArray, first: int, last: int, still: float, near: int, reach: int) -> tuple[int, int]:
    """Where the movement from ``first`` to ``last`` begins and ends: out or in to where the shank is slow."""
    begin, turns = _slowest(speed, first, near)
    low = max(first - reach, 0)
    if speed[begin] > still:
        while not turns and begin > low and speed[begin] > still:
            begin -= 1
    else:
        while begin < last and speed[begin + 1] <= still:
            begin += 1
    end, turns = _slowest(speed, last, near)
    high = min(last + reach, len(speed) - 1)
    if speed[end] > still:
        while not turns and end < high and speed[end] > still:
            end += 1
    else:
        while end > begin and speed[end - 1] <= still:
            end -= 1
    return begin, end


def objection(it: Candidate, exercise: Exercise) -> Objection | None:
    """Why an excursion is no candidate for the start of a set, as far as its path tells; None when it may be one."""
    if it.height_deg < exercise.least_excursion_deg:
        return Reason.TOO_SMALL, f"{it.height_deg:.0f}° of at least {exercise.least_excursion_deg:.0f}°"
    if it.duration_s < exercise.shortest_s:
        return Reason.TOO_SHORT, f"{it.duration_s:.2f} s of at least {exercise.shortest_s:g} s"
    if it.duration_s > exercise.longest_s:
        return Reason.TOO_LONG, f"{it.duration_s:.0f} s of at most {exercise.longest_s:g} s"
    home = home_deg(it.height_deg, exercise)
    if it.from_rest_deg > home:
        return Reason.NOT_BACK, f"began {it.from_rest_deg:.0f}° away from a rest position"
    back = it.back_deg(exercise)
    if back > home:
        return Reason.NOT_BACK, f"ended {back:.0f}° from where it began"
    if it.passing > exercise.most_passing:
        return Reason.NOT_BACK, "passed through the rest position without stopping"
    if it.axis < exercise.least_axis:
        return Reason.NO_AXIS, f"{100 * it.axis:.0f} % of the rotation about one axis"
    return swing_objection(it, exercise)


def home_deg(height_deg: float, exercise: Exercise) -> float:
    """How far from its rest position an excursion of this height may begin and end."""
    near = min(HOME_DEG, max(1.2 * exercise.least_excursion_deg, HOME_SHARE * height_deg))
    return near if exercise.backwards else max(near, LOOSE_SHARE * height_deg)


def swing_objection(it: Candidate, exercise: Exercise) -> Objection | None:
    """Why an excursion is a mere swing of a hanging leg; None when the leg was put where it went."""
    if exercise.rest == "hanging" and it.dwell < SWING_DWELL and it.height_deg < SWING_DEG:
        return Reason.SHAKING, f"{it.height_deg:.0f}° swung through the top without stopping"
    return None


def stands_alone(it: Candidate, exercise: Exercise) -> bool:
    """Whether an accepted excursion is sure enough to count in a set of one or two. Only kickbacks were ever tested."""
    pivot = it.pivot
    return (
        exercise.backwards
        and pivot is not None
        and it.height_deg >= ALONE_EXCURSION_DEG
        and it.duration_s >= ALONE_DURATION_S
        and ALONE_ARM_M[0] <= pivot.along_m <= ALONE_ARM_M[1]
        and pivot.explained >= ALONE_EXPLAINED
        and abs(pivot.tilt_deg) < 15.0
        and it.lost_s < 0.2
    )
