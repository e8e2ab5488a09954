"""Two clocks made one: instants of a video on a recording's clock, by a jump or a tap that both saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from imu.blocks import FloatArray
from imu.units import G0_MPS2

MOST_RATE_ERROR = 0.01
"""Two clocks that differ by more are not clocks of one session: quartz is off by 1e-4 at most, and a video whose frames
are played at 30 a second though they were 29.97 by 1e-3."""
APART_S = 1.0
"""Knocks closer together than this are one: what follows the landing of a jump is its rebound."""
RISE_S = 0.1
"""The contact lies so long before the peak at most: a landing rises within some 50 ms."""
LEAST_KNOCK_MPS2 = 15.0
"""Acceleration beyond gravity that a knock has at least. Steps and feet put down reach 15 to 50 in the 58 shared
simulated recordings: what is weaker is told from nothing."""
CLEAR_SHARE = 0.7
"""The strongest knock is the one that was meant where no other has this share of its size."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """From the video's clock to the recording's: ``sensor_s = offset_s + rate * video_s``."""

    offset_s: float
    rate: float = 1.0

    @classmethod
    def of(cls, video_s: Sequence[float], sensor_s: Sequence[float]) -> Alignment:
        """By instants that both saw: one gives the offset, two or more the rate as well, by least squares.

        Raises:
            ValueError: there is none, they are not pairs, or they contradict each other.
        """
        if len(video_s) != len(sensor_s):
            raise ValueError(f"{len(video_s)} instants of the video, {len(sensor_s)} of the sensor: they must be pairs")
        if not len(video_s):
            raise ValueError("two clocks are made one by an instant that both saw, such as a jump; there is none")
        video, sensor = np.asarray(video_s, dtype=np.float64), np.asarray(sensor_s, dtype=np.float64)
        if not (np.isfinite(video).all() and np.isfinite(sensor).all()):
            raise ValueError("an instant that both clocks saw must be a number of seconds")
        if len(video) == 1:
            return cls(float(sensor[0] - video[0]))
        away = video - video.mean()
        scatter = float(away @ away)
        if not scatter > 0:
            raise ValueError("the instants of the video are all the same; the rate of a clock needs two apart")
        rate = float(away @ sensor) / scatter
        if abs(rate - 1) > MOST_RATE_ERROR:
            raise ValueError(
                f"by these instants the sensor's clock runs {rate:.4g} times as fast as the video's; at most "
                f"{100 * MOST_RATE_ERROR:.0f} % can be: at least one belongs to another event"
            )
        return cls(float(sensor.mean() - rate * video.mean()), rate)

    def to_sensor(self, video_s: npt.ArrayLike) -> FloatArray:
        """Instants on the recording's clock, of the same shape, seconds; NaN stays NaN."""
        return self.offset_s + self.rate * np.asarray(video_s, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Knock:
    """A jump's landing or a tap.

    Attributes:
        at_s: the contact: where half of the peak is first passed, on the recording's clock.
        size_mps2: the peak of the acceleration beyond gravity.
    """

    at_s: float
    size_mps2: float


def knocks(time_s: FloatArray, acc: FloatArray) -> tuple[Knock, ...]:
    """Every knock of a recording, the strongest first.

    Args:
        time_s: shape (n,), rising. acc: specific force, m/s², shape (n, 3); lost samples are NaN.
    """
    beyond = np.nan_to_num(np.linalg.norm(acc, axis=1) - G0_MPS2, nan=0.0)
    if len(beyond) < 3:
        return ()
    step_s = float(np.median(np.diff(time_s)))
    peaks, _ = find_peaks(beyond, height=LEAST_KNOCK_MPS2, distance=max(1, round(APART_S / step_s)))
    found = [Knock(_contact_s(time_s, beyond, int(peak)), float(beyond[peak])) for peak in peaks]
    return tuple(sorted(found, key=lambda knock: -knock.size_mps2))


def _contact_s(time_s: FloatArray, beyond: FloatArray, peak: int) -> float:
    half = beyond[peak] / 2
    first = int(np.searchsorted(time_s, time_s[peak] - RISE_S))
    below = np.flatnonzero(beyond[first : peak + 1] < half)
    if not len(below):
        return float(time_s[first])
    k = first + int(below[-1])
    share = (half - beyond[k]) / (beyond[k + 1] - beyond[k])
    return float(time_s[k] + share * (time_s[k + 1] - time_s[k]))


def the_knock(found: Sequence[Knock]) -> Knock:
    """The one that was meant: the strongest, where it is clearly so.

    Args:
        found: the strongest first, as of :func:`knocks`.

    Raises:
        ValueError: there is none, or several are alike; the text lists when.
    """
    if not found:
        raise ValueError(f"no jump and no tap: nothing above {LEAST_KNOCK_MPS2:.0f} m/s² beyond gravity")
    alike = [knock for knock in found if knock.size_mps2 >= CLEAR_SHARE * found[0].size_mps2]
    if len(alike) > 1:
        times = ", ".join(f"{at_s:.2f}" for at_s in sorted(knock.at_s for knock in alike)[:8])
        raise ValueError(f"{len(alike)} knocks are alike, at {times} s")
    return found[0]
