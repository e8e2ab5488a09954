"""How good a signal is: rate, losses, time stamps, and what physics says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from imu.blocks import FloatArray, Recording
from imu.clock import rebuild
from imu.plausibility import Plausibility, examine
from imu.units import DEG_PER_RAD, TIME_TO_S

SAME_RATE = 0.02
"""Stamps whose rate is this near to the recording's, as a share, are the ones it was read by."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """The time stamps as they stand in the file.

    Attributes:
        column: name of the column, and ``unit`` its unit: s, ms, us or ns.
        jitter_s: half of the range that holds 90 % of stamp minus rebuilt sample time, seconds.
        kind: "device" or "arrival", see :class:`imu.clock.Grid`.
    """

    column: str
    unit: str
    jitter_s: float
    kind: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Rate, losses and physics of a recording. NaN: it does not tell.

    Attributes:
        rate_hz, start_s, duration_s: of the rebuilt clock.
        samples, lost_s, gaps: how many, how long they were lost in all, in how many pieces.
        longest_gap_s, longest_gap_at_s: the longest piece, and when it begins on the recording's clock.
        gravity_mps2: acceleration in the stillest second.
        turn_ratio, turn_agreement: gravity's turns against the gyro's, see :class:`imu.plausibility.Plausibility`.
        acc_noise_mps2, gyr_noise_dps, gyr_bias_dps: in the stillest second.
        acc_most_mps2, gyr_most_dps: the largest value on any axis.
        acc_saturated, gyr_saturated: share of the samples at the end of the range.
    """

    rate_hz: float
    start_s: float
    duration_s: float
    samples: int
    lost_s: float
    gaps: int
    longest_gap_s: float
    longest_gap_at_s: float
    gravity_mps2: float
    turn_ratio: float
    turn_agreement: float
    acc_noise_mps2: float
    gyr_noise_dps: float
    gyr_bias_dps: float
    acc_most_mps2: float
    gyr_most_dps: float
    acc_saturated: float
    gyr_saturated: float


def signal_of(recording: Recording) -> Signal:
    """Rate, losses and physics of a recording."""
    rate_hz, lost = recording.rate_hz, recording.lost
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(np.int8)))
    first, length = edges[::2], edges[1::2] - edges[::2]
    longest = int(length.argmax()) if len(length) else -1
    seen: Plausibility = examine(recording)
    return Signal(
        rate_hz=rate_hz,
        start_s=recording.header.start_s,
        duration_s=recording.duration_s,
        samples=len(recording),
        lost_s=float(lost.sum()) / rate_hz,
        gaps=len(length),
        longest_gap_s=float(length[longest]) / rate_hz if longest >= 0 else 0.0,
        longest_gap_at_s=recording.header.start_s + float(first[longest]) / rate_hz if longest >= 0 else math.nan,
        gravity_mps2=seen.gravity_mps2,
        turn_ratio=seen.turn_ratio,
        turn_agreement=seen.turn_agreement,
        acc_noise_mps2=seen.acc_noise_mps2,
        gyr_noise_dps=seen.gyr_noise_radps * DEG_PER_RAD,
        gyr_bias_dps=seen.gyr_bias_radps * DEG_PER_RAD,
        acc_most_mps2=_most(recording.block.acc_mps2),
        gyr_most_dps=_most(recording.block.gyr_radps) * DEG_PER_RAD,
        acc_saturated=seen.acc_saturated,
        gyr_saturated=seen.gyr_saturated,
    )


def _most(values: FloatArray) -> float:
    return max(float(np.nanmax(values, initial=0.0)), -float(np.nanmin(values, initial=0.0)))


def stamps_of(column: str, values: FloatArray, rate_hz: float) -> Stamps | None:
    """A column as time stamps, or None when its steps do not make the rate in s, ms, us or ns.

    Args:
        column: its name.
        values: shape (n,), in whatever unit; NaN where a cell was empty.
        rate_hz: the recording's.
    """
    values = values[np.isfinite(values)]
    step = float(np.median(np.diff(np.unique(values)))) if len(np.unique(values)) > 1 else 0.0
    fits = (unit for unit in ("s", "ms", "us", "ns") if 0.1 < step * TIME_TO_S[unit] * rate_hz < 10.0)
    unit = next(fits, None)
    if unit is None:
        return None
    stamps_s = (values - values[0]) * TIME_TO_S[unit]
    try:
        grid = rebuild(stamps_s)
    except ValueError:
        return None
    if abs(grid.rate_hz / rate_hz - 1) > SAME_RATE:
        return None
    low, high = np.quantile(stamps_s[grid.rows] - grid.time_s, [0.05, 0.95])
    return Stamps(column, unit, float(high - low) / 2, grid.stamps)
