"""From candidates to sets: what makes a third one a set, what belongs to it, and what ends it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.chains import PAUSE_S
from analysis.gait import Gait
from analysis.joint import explains, held_low, needed, off_rest
from analysis.pivot import NOISE_MPS2
from analysis.presets import Exercise
from analysis.reps import MOVING_SHARE, Candidate, Objection, home_deg, swing_objection
from analysis.results import Reason, Rep
from analysis.segment import Direction, Tracker, turn_deg
from imu.blocks import FloatArray

IN_SET_SHARE = 0.2
"""An excursion below this share of the set's median is not a rep of it. True partials of 928 simulated reps had 0.25 or
more; the prototype's 0.11 took in steps and fidgeting at the set's edges."""
IN_SET_BACK = 0.35
"""A rep of a set may end this share of its excursion away from where it began: postures shift."""
LOOSE_BACK = 0.5
"""The same for people who lie or sit: the foot bumps as it lands, and the bump is in the measured end (physio)."""
SMALL, LARGE, LOOSE_LARGE = 0.6, 1.4, 1.8
"""Shares of the set's median excursion below which a rep is judged as small, and above which it is none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an excursion may be from what its set is like.

    Tuned on 928 reps and 417 other excursions during 112 simulated sets (22 shared, 90 of our own simulator, seed 1).
    """

    short_arm_m: float
    long_arm_m: float
    tilt_deg: float
    explained: float
    way_deg: float
    axis: float
    passing: float
    least_duration: float


FOR_SMALL = Limits(0.06, 0.06, 10.0, 0.9, 20.0, 0.85, 0.18, 0.45)
FOR_USUAL = Limits(0.3, 0.3, 20.0, 0.6, 45.0, 0.75, MOVING_SHARE, 0.65)
FOR_RINGING = Limits(0.5, 0.2, 20.0, 0.8, 30.0, 0.95, MOVING_SHARE, 0.7)
"""A strap that rings shortens the arm of a dropped leg (multiset_01); other movement like that has a worse axis."""
FOR_ALIKE = Limits(0.2, 0.2, 15.0, 0.9, 100.0, 0.6, 0.45, 0.3)
"""Of the set's size, about its hip and in its rhythm: the strap may have slipped, so direction and axis count less."""
FOR_UNSEEN = Limits(0.0, 0.0, 0.0, 0.0, 25.0, 0.85, MOVING_SHARE, 0.75)
"""Where too much was lost to fit a hip, size, rhythm and direction must do."""
FOR_FIRST = Limits(0.3, 0.2, 15.0, 0.85, 30.0, 0.92, MOVING_SHARE, 0.5)
"""Of what came before the candidates that confirmed the set: fitting the band is often about as large as a rep."""

FOR_LYING = Limits(0.35, 0.35, 25.0, 0.0, 50.0, 0.0, 0.0, 0.25)
"""Who lies or sits is not walking: less is to be told apart, and people do fast and low reps in one set (physio). The
axis, the passing and what is explained are the exercise's own."""

SURE_STRETCHES, SURE_ASYMMETRY_DEG, ASIDE_DEG = 4, 8.0, 60.0
"""A set is refused as not backwards only beyond 60 degrees (prototype's notes) from walking that tells it surely;
kickbacks lay within 42 degrees of it in 142 simulated sets."""
FINE_DEG, FINE_SHARE = 3.0, 0.07
"""Hysteresis inside a set: 3 degrees or 7 % of its excursion (prototype's notes, step 5)."""
OTHER_MOVEMENT_S, OTHER_QUIET_S = 2.5, 8.0
"""So much rejected movement, in two pieces or more, ends a set when the last rep is this long ago: a foot put down for
balance does not."""


def in_set_home_deg(height_deg: float, exercise: Exercise) -> float:
    """How far from where it began an excursion of this height may end within a set."""
    return max(home_deg(height_deg, exercise), (IN_SET_BACK if exercise.backwards else LOOSE_BACK) * height_deg)


def mean_direction(vectors: list[FloatArray]) -> FloatArray:
    """The mean of unit vectors (3,), made a unit vector."""
    total = np.sum(vectors, axis=0)
    return np.asarray(total / np.linalg.norm(total))


@dataclass(slots=True)
class OpenSet:
    """A confirmed set that still grows.

    Attributes:
        number: counted from 1. leg: as the user said, or None.
        rest, swing: (3,) unit vectors in the sensor's frame: upwards at rest, and where the leg goes.
        members: its accepted excursions, in order. reps: the same as counted.
        tracker: turning points about this set's own rest position.
        arm_m, tilt_deg: the hip as the first candidates tell it. seeds: those candidates.
        gait: what walking before the set told of backwards, or None.
        floor: no sample before this belongs to it. walks: other movement ends it; who lies or sits only wriggles.
    """

    number: int
    leg: str | None
    floor: int
    rest: FloatArray
    swing: FloatArray
    tracker: Tracker
    arm_m: float
    tilt_deg: float
    seeds: tuple[Candidate, ...]
    gait: Gait | None = None
    members: list[Candidate] = field(default_factory=list)
    reps: list[Rep] = field(default_factory=list)
    other_s: float = 0.0
    others: int = 0
    uncertain: bool = False
    walks: bool = True

    @classmethod
    def of(
        cls, number: int, leg: str | None, floor: int, chain: list[Candidate], settle: int, exercise: Exercise
    ) -> OpenSet:
        """A set that these candidates confirm; its members are still to be added."""
        rest = mean_direction([it.begin_up for it in chain])
        swing = mean_direction([it.swing for it in chain])
        height = float(np.median([it.height_deg for it in chain]))
        fine = max(FINE_DEG, min(FINE_SHARE * height, exercise.least_excursion_deg / 2))
        home = in_set_home_deg(height, exercise)
        tracker = Tracker(-1, direction(rest), hysteresis_deg=fine, settle=settle, home_deg=home)
        pivots = [it.pivot for it in chain if it.pivot is not None]
        arm_m = float(np.median([pivot.along_m for pivot in pivots])) if pivots else math.nan
        tilt_deg = float(np.median([pivot.tilt_deg for pivot in pivots])) if pivots else math.nan
        return cls(number, leg, floor, rest, swing, tracker, arm_m, tilt_deg, tuple(chain), walks=exercise.backwards)

    @property
    def height_deg(self) -> float:
        """Median excursion."""
        return float(np.median([it.height_deg for it in self.members or self.seeds]))

    @property
    def duration_s(self) -> float:
        """Median time from rest to rest."""
        return float(np.median([it.duration_s for it in self.members or self.seeds]))

    @property
    def last(self) -> int:
        """The sample at which the newest rep had ended."""
        return self.members[-1].last

    def aside_deg(self) -> float | None:
        """How far the swing is from walking's backwards when that is too far and sure; None when the set may stand."""
        gait = self.gait
        if gait is None or gait.stretches < SURE_STRETCHES or gait.asymmetry_deg <= SURE_ASYMMETRY_DEG:
            return None
        way = turn_deg(self.swing, gait.back)
        return way if way > ASIDE_DEG else None

    def add(self, it: Candidate) -> None:
        """Take a rep; the rest position and the direction follow slowly, so that a slipping strap is followed."""
        self.members.append(it)
        self.other_s, self.others = 0.0, 0
        self.rest = mean_direction([0.7 * self.rest, 0.3 * it.end_up])
        self.swing = mean_direction([0.8 * self.swing, 0.2 * it.swing])
        self.tracker.ref = direction(self.rest)

    def objection(self, it: Candidate, exercise: Exercise) -> Objection | None:
        """Why an excursion is no rep of this set; None when it is one."""
        share = it.height_deg / self.height_deg
        least = max(exercise.least_excursion_deg, IN_SET_SHARE * self.height_deg)
        if it.height_deg < least:
            return Reason.TOO_SMALL, f"{it.height_deg:.0f}° of at least {least:.0f}°"
        if it.duration_s < exercise.shortest_s:
            return Reason.TOO_SHORT, f"{it.duration_s:.2f} s of at least {exercise.shortest_s:g} s"
        if it.duration_s > exercise.longest_s:
            return Reason.TOO_LONG, f"{it.duration_s:.0f} s of at most {exercise.longest_s:g} s"
        back = it.back_deg(exercise)
        if back > in_set_home_deg(it.height_deg, exercise):
            return Reason.NOT_BACK, f"ended {back:.0f}° from where it began"
        if share > (LARGE if exercise.backwards else LOOSE_LARGE):
            return Reason.NO_RHYTHM, f"{it.height_deg:.0f}° is far more than the set's {self.height_deg:.0f}°"
        if it.pivot is None and it.last < self.seeds[0].first:
            return Reason.GAP, f"{it.lost_s:.1f} s of it were lost"
        if not exercise.backwards:
            return self._beyond(it, _lying(exercise), exercise)
        if share < SMALL:
            return self._beyond(it, FOR_SMALL, exercise)
        if it.pivot is None:
            return self._beyond(it, FOR_UNSEEN, exercise)
        if it.last < self.seeds[0].first:
            swings = swing_objection(it, exercise)
            if swings is not None and it.dwell < 0.75 * float(np.median([one.dwell for one in self.seeds])):
                return swings
            return self._beyond(it, FOR_FIRST, exercise)
        if self._beyond(it, FOR_ALIKE, exercise) is None or self._beyond(it, FOR_RINGING, exercise) is None:
            return None
        return self._beyond(it, FOR_USUAL, exercise)

    def _beyond(self, it: Candidate, limits: Limits, exercise: Exercise) -> Objection | None:
        if it.duration_s < limits.least_duration * self.duration_s:
            return Reason.NO_RHYTHM, f"{it.duration_s:.1f} s is far less than the set's {self.duration_s:.1f} s"
        if it.passing > limits.passing:
            return Reason.NOT_BACK, "passed through the rest position without stopping"
        if it.axis < limits.axis:
            return Reason.NO_AXIS, f"{100 * it.axis:.0f} % of the rotation about one axis"
        way = turn_deg(it.swing, self.swing)
        if way > limits.way_deg:
            return Reason.WRONG_WAY, f"{way:.0f}° off the set's direction"
        pivot = it.pivot
        if pivot is None or held_low(it, exercise):
            return None
        if pivot.explained < needed(pivot, limits.explained):
            return Reason.NO_PIVOT, explains(pivot, exercise)
        blur = NOISE_MPS2 / max(pivot.signal_mps2, 1e-6)
        if not -limits.short_arm_m - blur <= pivot.along_m - self.arm_m <= limits.long_arm_m + blur:
            return Reason.NO_PIVOT, f"the pivot is {pivot.along_m:.2f} m up the leg, the set's {self.arm_m:.2f} m"
        if abs(pivot.tilt_deg - self.tilt_deg) > limits.tilt_deg + 100.0 * blur:
            return Reason.NO_PIVOT, off_rest(pivot, exercise)
        return None

    def refuse(self, it: Candidate) -> None:
        """Note movement that is not a rep of this set."""
        self.others += 1
        self.other_s += it.duration_s

    def _on_its_way(self, quiet_s: float) -> bool:
        """Whether the leg is out as far as in a rep of this set and not for long: a set does not end in mid-rep."""
        tracker = self.tracker
        far = tracker.state != 0 and tracker.top_deg - tracker.first_deg >= SMALL * self.height_deg
        return far and quiet_s < PAUSE_S

    def over(self, now: int, rate_hz: float) -> str | None:
        """Why the set has ended by sample ``now``; None while it goes on."""
        quiet_s = (now - self.last) / rate_hz
        if self._on_its_way(quiet_s):
            return None
        if self.walks and self.others >= 2 and self.other_s > OTHER_MOVEMENT_S and quiet_s > OTHER_QUIET_S:
            return "other movement"
        if self.tracker.state == 0 and quiet_s > PAUSE_S:
            return "rest"
        if quiet_s > 2 * PAUSE_S:
            return "change of posture"
        return None


def _lying(exercise: Exercise) -> Limits:
    return replace(
        FOR_LYING,
        explained=exercise.least_explained,
        axis=exercise.least_axis,
        passing=exercise.most_passing,
    )


def direction(vector: FloatArray) -> Direction:
    """A vector (3,) as plain numbers."""
    return (float(vector[0]), float(vector[1]), float(vector[2]))


def spread_deg(vectors: list[FloatArray]) -> float:
    """RMS angle of unit vectors from their mean, degrees; 0 for one."""
    mean = mean_direction(vectors)
    return math.sqrt(float(np.mean([turn_deg(v, mean) ** 2 for v in vectors])))
