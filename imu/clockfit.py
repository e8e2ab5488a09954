"""A sensor's clock against the host's, from arrivals and from answers to "what does your clock say?".

A packet arrives after its last sample was taken, and a question is received after it was sent. Each arrival so
bounds the offset between the two clocks from above and each question from below. The quickest ones lie along two
straight lines whose slope is the skew. A line is drawn under all arrivals (above all questions) so that the sum of
the distances is least: the linear programme of Moon, Skelly and Towsley, INFOCOM 1999, whose solution is the edge of
the convex hull above (below) the mean.

The slope is taken from the questions or from their answers where there are enough, from those that keep closer to
their line: packets can keep step with the link's events for minutes, which looks like no skew at all; the host asks
at moments of its own choice. Without questions nothing tells how long the quickest packet took: the offset is then
unknown, and only said to be at most so much.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from imu.blocks import FloatArray

BIN_S = 1.0
"""The quickest arrival of so many seconds is kept: a link in bursts has several in it."""
MOST_BINS = 4096
"""Beyond so many bins, neighbours are joined two by two: the memory does not grow with the session."""
LEAST_SPAN_S = 20.0
"""Before that a quartz's skew is smaller than what arrivals tell: 10 ms of delay in 20 s are 500 ppm."""
LEAST_ASKED = 8
"""Questions (seconds with one) from which the skew is told by them."""
MOST_SKEW = 1e-3
"""No sensor's quartz or trimmed oscillator is off by more; a steeper line comes from the delays."""


class _Envelope:
    """The least value of each bin of time."""

    def __init__(self) -> None:
        self._width_s = BIN_S
        self._bins: dict[int, tuple[float, float]] = {}

    def add(self, at_s: float, value_s: float) -> None:
        number = int(at_s // self._width_s)
        best = self._bins.get(number)
        if best is None or value_s < best[1]:
            self._bins[number] = (at_s, value_s)
        if len(self._bins) > MOST_BINS:
            self._width_s *= 2
            old, self._bins = self._bins, {}
            for at, value in old.values():
                self.add(at, value)

    def points(self) -> tuple[FloatArray, FloatArray]:
        found = np.array(sorted(self._bins.values()), dtype=np.float64).reshape(-1, 2)
        return found[:, 0], found[:, 1]


@dataclass(frozen=True, slots=True)
class ClockLine:
    """Host time = sensor time + ``offset_s + skew * (sensor time - from_s)``.

    Attributes:
        from_s: the sensor's time at which the offset holds.
        offset_s: host minus sensor, seconds. skew: seconds a second.
        uncertainty_s: the offset is right within this; None where no question was answered: it is then an upper bound.
        span_s: of the arrivals that it rests on.
    """

    from_s: float
    offset_s: float
    skew: float
    uncertainty_s: float | None
    span_s: float

    def host_s(self, sensor_s: float) -> float:
        """The host's time at an instant of the sensor's clock."""
        return sensor_s + self.offset_s + self.skew * (sensor_s - self.from_s)


class ClockFit:
    """The fit as it grows; all times in seconds.

    Args:
        most_skew: the largest believable; wider for sensors whose "clock" is a nominal rate.
        least_span_s: with less signal than this the skew is taken to be 0.
    """

    def __init__(self, most_skew: float = MOST_SKEW, least_span_s: float = LEAST_SPAN_S) -> None:
        self._most_skew, self._least_span_s = most_skew, least_span_s
        self.begin_anew()

    def begin_anew(self) -> None:
        """The sensor's clock is another one from now on: what came before tells nothing of it."""
        self._above, self._below, self._answers = _Envelope(), _Envelope(), _Envelope()
        self._line: ClockLine | None = None
        self._stale = True

    def arrived(self, sensor_s: float, host_s: float) -> None:
        """Something that the sensor's clock dates ``sensor_s`` came at ``host_s``: it left before."""
        self._above.add(sensor_s, host_s - sensor_s)
        self._stale = True

    def answered(self, sensor_s: float, host_s: float) -> None:
        """The answer to a question, sent at ``sensor_s`` of the sensor's clock, came at ``host_s``."""
        self._answers.add(sensor_s, host_s - sensor_s)
        self.arrived(sensor_s, host_s)

    def asked(self, host_s: float, sensor_s: float) -> None:
        """A question sent at ``host_s`` was received when the sensor's clock said ``sensor_s``."""
        self._below.add(sensor_s, sensor_s - host_s)
        self._stale = True

    @property
    def line(self) -> ClockLine | None:
        """The best line now; None before anything arrived."""
        if self._stale:
            self._line, self._stale = self._fit(), False
        return self._line

    def _fit(self) -> ClockLine | None:
        at, late = self._above.points()
        if not len(at):
            return None
        asked_at, early = self._below.points()
        span_s, from_s = float(at[-1] - at[0]), float(at.mean())
        skew = 0.0
        if span_s >= self._least_span_s:
            skew = self._slope(asked_at, early, at, late)
        skew = float(np.clip(skew, -self._most_skew, self._most_skew))
        highest = float(np.min(late - skew * (at - from_s)))
        if not len(asked_at):
            return ClockLine(from_s, highest, skew, None, span_s)
        lowest = float(np.max(-early - skew * (asked_at - from_s)))
        return ClockLine(from_s, (highest + lowest) / 2, skew, abs(highest - lowest) / 2, span_s)

    def _slope(self, asked_at: FloatArray, early: FloatArray, at: FloatArray, late: FloatArray) -> float:
        if len(asked_at) < LEAST_ASKED or asked_at[-1] - asked_at[0] < (at[-1] - at[0]) / 2:
            return _slope_under(at, late)
        found = [-_slope_under(asked_at, early)]
        apart = [_apart(asked_at, early, -found[0])]
        answered_at, slow = self._answers.points()
        if len(answered_at) >= LEAST_ASKED:
            found.append(_slope_under(answered_at, slow))
            apart.append(_apart(answered_at, slow, found[1]))
        return found[int(np.argmin(apart))]

    @property
    def skew_ppm(self) -> float | None:
        """How much faster the host's clock runs than the sensor's, millionths; None while too little came for it."""
        line = self.line
        return None if line is None or line.span_s < self._least_span_s else line.skew * 1e6

    @property
    def offset_s(self) -> float | None:
        """Host minus sensor in the middle of what came; an upper bound where ``uncertainty_s`` is None."""
        return None if self.line is None else self.line.offset_s

    @property
    def uncertainty_s(self) -> float | None:
        """The offset is right within this; None: unknown."""
        return None if self.line is None else self.line.uncertainty_s

    def facts(self) -> dict[str, Any]:
        """For a FITTED record."""
        line = self.line
        if line is None:
            return {}
        return {
            "skew_ppm": self.skew_ppm,
            "offset_s": line.offset_s,
            "uncertainty_s": line.uncertainty_s,
            "from_s": line.from_s,
            "span_s": line.span_s,
        }


def _slope_under(at: FloatArray, value: FloatArray) -> float:
    """Slope of the line under all points with the least sum of distances to them."""
    hull: list[int] = []
    for each in range(len(at)):
        while len(hull) > 1 and _turns_down(at, value, hull[-2], hull[-1], each):
            hull.pop()
        hull.append(each)
    mean = at.mean()
    for left, right in pairwise(hull):
        if at[left] <= mean <= at[right]:
            return float((value[right] - value[left]) / (at[right] - at[left]))
    return 0.0


def _apart(at: FloatArray, value: FloatArray, slope: float) -> float:
    """Mean distance of points from the line of this slope under them."""
    rest = value - slope * at
    return float(rest.mean() - rest.min())


def _turns_down(at: FloatArray, value: FloatArray, a: int, b: int, c: int) -> bool:
    """Whether b lies on or above the line from a to c."""
    return bool((value[b] - value[a]) * (at[c] - at[a]) >= (value[c] - value[a]) * (at[b] - at[a]))
