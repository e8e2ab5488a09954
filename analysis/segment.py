"""Rest positions and excursions from them, found as the samples come.

Works on the upward direction in the sensor's frame at about 25 Hz. A rest position is a cluster of
directions that were held still; an excursion is a way out of one and back, by turning points with
hysteresis. All thresholds: ``docs/algorithm.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from imu.blocks import FloatArray

CLUSTER_DEG = 8.0
"""Still directions this close are one rest position (prototype's notes, step 3)."""
REST_S = 0.8
"""A rest position counts from this much stillness in all (prototype's notes, step 3)."""
FORGET_S = 90.0
"""A rest position not visited for this long is dropped."""
MOST_RESTS = 6
HYSTERESIS_DEG = 6.0
"""A turning point counts when the angle has come back this far (prototype's notes, step 4)."""
CLUSTER_SHARE, HYSTERESIS_SHARE = 0.8, 0.6
"""Of the least excursion, where that is below 10 degrees (tuned on the two people of physio)."""
SETTLE_S = 0.36
"""Back at rest and no lower for this long ends an excursion; with the filter's delay below 0.6 s in all."""
CREEP_DEG = 0.5
"""Sinking by less than this within ``SETTLE_S`` is standing still: 5 % of a slow eccentric's 26 deg/s."""
HOME_DEG = 12.0
"""An excursion that comes this close to its rest position is back (prototype's notes, the pivot test)."""
BOUNCE = 0.5
"""A valley below this share of the excursion is a return, above it a pulse (``docs/measures.md``)."""

Direction = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Excursion:
    """A way out of a rest position and back, in ticks of the slow signal; angles in degrees from the rest."""

    rest: int
    first: int
    top: int
    last: int
    first_deg: float
    top_deg: float
    last_deg: float


@dataclass(slots=True)
class Tracker:
    """Turning points of one angle with hysteresis; a state machine fed a tick at a time."""

    rest: int
    ref: Direction
    hysteresis_deg: float = HYSTERESIS_DEG
    settle: int = 9
    home_deg: float = HOME_DEG
    state: int = 0
    first: int = 0
    first_deg: float = math.inf
    top: int = 0
    top_deg: float = 0.0
    valley: int = 0
    valley_deg: float = 0.0

    def angle_deg(self, up: Direction) -> float:
        """Angle of ``up`` from this rest position."""
        ref = self.ref
        cosine = up[0] * ref[0] + up[1] * ref[1] + up[2] * ref[2]
        return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))

    def feed(self, tick: int, angle_deg: float) -> Excursion | None:
        """Take one angle; returns the excursion that this tick ends, if it ends one."""
        if self.state == 0:
            if angle_deg <= self.first_deg:
                self.first, self.first_deg = tick, angle_deg
            elif angle_deg > self.first_deg + self.hysteresis_deg:
                self._climb(tick, angle_deg)
            elif angle_deg < self.home_deg and tick - self.first > self.settle and angle_deg < self.first_deg + 2.0:
                self.first, self.first_deg = tick, angle_deg
            return None
        if self.state == 1:
            if angle_deg >= self.top_deg:
                self.top, self.top_deg = tick, angle_deg
            elif angle_deg < self.top_deg - self.hysteresis_deg:
                self.state, self.valley, self.valley_deg = 2, tick, angle_deg
            return None
        return self._descending(tick, angle_deg)

    def _climb(self, tick: int, angle_deg: float) -> None:
        self.state, self.top, self.top_deg = 1, tick, angle_deg

    def _descending(self, tick: int, angle_deg: float) -> Excursion | None:
        if angle_deg < self.valley_deg - CREEP_DEG:
            self.valley, self.valley_deg = tick, angle_deg
        rising = angle_deg > self.valley_deg + self.hysteresis_deg
        height = self.top_deg - self.first_deg
        back = self.valley_deg - self.first_deg < BOUNCE * height
        if rising and not back:
            self.state = 1
            if angle_deg > self.top_deg:
                self.top, self.top_deg = tick, angle_deg
            return None
        settled = back and self.valley_deg < self.home_deg and tick - self.valley >= self.settle
        if not (rising and back) and not settled:
            return None
        done = self.unfinished()
        self.first, self.first_deg = (self.valley, self.valley_deg) if rising else (tick, angle_deg)
        if rising:
            self._climb(tick, angle_deg)
        else:
            self.state = 0
        return done

    def unfinished(self) -> Excursion:
        """The excursion so far, on its way back."""
        return Excursion(self.rest, self.first, self.top, self.valley, self.first_deg, self.top_deg, self.valley_deg)

    def restart(self) -> None:
        """Forget the excursion in progress (it took too long, or the signal was lost for long)."""
        self.state, self.first_deg = 0, math.inf


@dataclass(slots=True)
class Rest:
    """A cluster of still directions."""

    number: int
    total: list[float]
    ticks: int
    seen: int
    tracker: Tracker | None = None
    refreshed: int = 0

    def mean(self) -> Direction:
        """The cluster's direction, a unit vector."""
        x, y, z = self.total
        norm = math.sqrt(x * x + y * y + z * z)
        return (x / norm, y / norm, z / norm)


@dataclass(slots=True)
class Rests:
    """The rest positions known at a time."""

    tick_hz: float
    rests: list[Rest] = field(default_factory=list)
    made: int = 0
    cosine: float = math.cos(math.radians(CLUSTER_DEG))
    hysteresis_deg: float = HYSTERESIS_DEG

    @classmethod
    def of(cls, tick_hz: float, least_deg: float) -> Rests:
        """For excursions of ``least_deg`` and more, which neither cluster nor hysteresis may swallow."""
        cluster_deg = min(CLUSTER_DEG, CLUSTER_SHARE * least_deg)
        return cls(
            tick_hz,
            cosine=math.cos(math.radians(cluster_deg)),
            hysteresis_deg=min(HYSTERESIS_DEG, HYSTERESIS_SHARE * least_deg),
        )

    def still(self, tick: int, up: Direction) -> Rest | None:
        """Take a direction that was held still; returns the rest position if it counts from now on."""
        best, closeness = None, self.cosine
        for rest in self.rests:
            ref = rest.tracker.ref if rest.tracker else rest.mean()
            c = up[0] * ref[0] + up[1] * ref[1] + up[2] * ref[2]
            if c > closeness:
                best, closeness = rest, c
        if best is None:
            self._forget(tick)
            best = Rest(self.made, [0.0, 0.0, 0.0], 0, tick)
            self.made += 1
            self.rests.append(best)
        total = best.total
        total[0] += up[0]
        total[1] += up[1]
        total[2] += up[2]
        best.ticks += 1
        best.seen = tick
        if best.tracker is None:
            if best.ticks >= REST_S * self.tick_hz:
                return self._start(best)
        elif best.ticks >= 2 * best.refreshed and best.tracker.state == 0:
            best.refreshed = best.ticks
            best.tracker.ref = best.mean()
        return None

    def told(self, tick: int, up: Direction) -> Rest | None:
        """Take a rest position that was never held still but follows from a movement; None when it is known."""
        for rest in self.rests:
            ref = rest.tracker.ref if rest.tracker else rest.mean()
            if up[0] * ref[0] + up[1] * ref[1] + up[2] * ref[2] > self.cosine and rest.tracker is not None:
                return None
        self._forget(tick)
        rest = Rest(self.made, list(up), 1, tick)
        self.made += 1
        self.rests.append(rest)
        return self._start(rest)

    def _start(self, rest: Rest) -> Rest:
        rest.refreshed = rest.ticks
        settle = max(2, round(SETTLE_S * self.tick_hz))
        rest.tracker = Tracker(rest.number, rest.mean(), self.hysteresis_deg, settle)
        return rest

    def _forget(self, tick: int) -> None:
        keep = [rest for rest in self.rests if tick - rest.seen < FORGET_S * self.tick_hz]
        if len(keep) >= MOST_RESTS:
            keep.remove(min(keep, key=lambda rest: rest.seen))
        self.rests = keep


def turn_deg(a: FloatArray, b: FloatArray) -> float:
    """The angle between two vectors (3,), degrees."""
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    return math.degrees(math.atan2(math.sqrt(x * x + y * y + z * z), ax * bx + ay * by + az * bz))
