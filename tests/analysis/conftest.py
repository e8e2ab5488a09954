"""A leg drawn on paper: angle over time by formula, seen by a sensor strapped on any way round, without an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from analysis.pivot import Pivot
from analysis.reps import Candidate
from analysis.track import Window

FloatArray = npt.NDArray[np.float64]
MakeWindow = Callable[..., Window]
MinimumJerk = Callable[..., FloatArray]
MakeCandidate = Callable[..., Candidate]

GRAVITY_MPS2 = 9.81
RATE_HZ = 100.0
UPWARDS, BACKWARDS = np.array([0.0, 0.0, 1.0]), np.array([-1.0, 0.0, 0.0])


@pytest.fixture
def minimum_jerk() -> MinimumJerk:
    """Angle at the times (n,), degrees: minimum-jerk strokes ``(from_s, to_s, by_deg)`` upon each other."""

    def make(time_s: FloatArray, *strokes: tuple[float, float, float]) -> FloatArray:
        angle = np.zeros(len(time_s))
        for from_s, to_s, by_deg in strokes:
            s = np.clip((time_s - from_s) / (to_s - from_s), 0.0, 1.0)
            angle += by_deg * (10 * s**3 - 15 * s**4 + 6 * s**5)
        return angle

    return make


@pytest.fixture
def leg_window() -> MakeWindow:
    """A perfect window of a straight leg that swings about a hip at rest.

    The person faces +x, left is +y, up is +z; the leg swings backwards when the angle is positive.
    """

    def make(
        angle_deg: FloatArray,
        rate_hz: float,
        *,
        twist_deg: FloatArray | float = 0.0,
        plane_deg: FloatArray | float = 0.0,
        mount: Rotation | None = None,
        lost: npt.NDArray[np.bool_] | None = None,
        start: int = 0,
        leg_m: float = 0.8,
    ) -> Window:
        """Twist counter-clockwise seen from the hip; the plane turns counter-clockwise seen from above."""
        n = len(angle_deg)
        twist, plane = (np.radians(np.broadcast_to(a, n)) for a in (twist_deg, plane_deg))
        zero = np.zeros(n)
        about = Rotation.from_rotvec(np.stack([zero, zero, plane], axis=1))
        # backwards: the knee leans towards +x over the ankle, a turn about +y
        swing = about * Rotation.from_rotvec(np.stack([zero, np.radians(angle_deg), zero], axis=1)) * about.inv()
        shank = swing * Rotation.from_rotvec(np.stack([zero, zero, twist], axis=1))
        sensor = shank * (mount or Rotation.identity())
        ankle = -leg_m * shank.apply([0.0, 0.0, 1.0])
        acc = np.gradient(np.gradient(ankle, 1 / rate_hz, axis=0), 1 / rate_hz, axis=0) + np.array(
            [0.0, 0.0, GRAVITY_MPS2]
        )
        step = (sensor[:-1].inv() * sensor[1:]).as_rotvec() * rate_hz
        gyr = np.vstack([step[:1], (step[:-1] + step[1:]) / 2, step[-1:]])
        quat = np.roll(sensor.as_quat(), 1, axis=1)
        gone = np.zeros(n, bool) if lost is None else lost
        up = sensor.inv().apply([0.0, 0.0, 1.0])
        return Window(start, rate_hz, sensor.inv().apply(acc), gyr, quat, up, gone)

    return make


@pytest.fixture
def candidate() -> MakeCandidate:
    """The excursion of a usual kickback at ``at_s``, but for what is said: fields of a Candidate by their names."""

    def make(at_s: float = 0.0, long_s: float = 5.0, **other: Any) -> Candidate:
        first, last = round(at_s * RATE_HZ), round((at_s + long_s) * RATE_HZ)
        fields: dict[str, Any] = {
            "rest": 0,
            "first": first,
            "top": (first + last) // 2,
            "last": last,
            "low": first,
            "high": last,
            "known_at": last + 50,
            "from_rest_deg": 1.0,
            "height_deg": 50.0,
            "duration_s": long_s,
            "begin_up": UPWARDS,
            "swing": BACKWARDS,
            "end_up": UPWARDS,
            "axis": 0.97,
            "passing": 0.05,
            "peak_dps": 90.0,
            "dwell": 0.4,
            "lost_s": 0.0,
            "pivot": Pivot((-0.8, 0.0, 0.0), 0.8, 0.0, 0.97, 2.0, 0.2),
        }
        return Candidate(**fields | other)

    return make
