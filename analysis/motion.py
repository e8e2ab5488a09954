"""The leg angle over a whole recording, for people who look and plot; reps are not measured on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.orientation import over_window, up_in_sensor
from analysis.results import SetClosed
from imu.blocks import FloatArray, SampleBlock

LONGEST_BRIDGE_S = 0.5
STILL_RADPS = np.radians(8.0)
"""As for rest positions in the stream (algorithm page)."""


def leg_angle(block: SampleBlock, closed: Sequence[SetClosed], start_s: float) -> FloatArray:
    """Angle of the shank from the rest position of the set nearest in time.

    Args:
        block: a recording's one block. closed: its sets. start_s: the recording's clock at sample 0.

    Returns:
        Degrees, shape (n,); NaN where the signal was lost for long. Inside a set it is the set's own trace. Without
        a set the rest position is the mean direction while the sensor was still.
    """
    quat, bias = over_window(*_bridged(block), block.rate_hz)
    up = up_in_sensor(quat)
    if not closed:
        return _from(up, _still(up, block.gyr_radps - bias))
    time_s = start_s + np.arange(len(block)) / block.rate_hz
    middles = np.array([0.5 * (one.start_s + one.end_s) for one in closed])
    borders = np.searchsorted(time_s, 0.5 * (middles[1:] + middles[:-1])).tolist()
    angle = np.full(len(block), np.nan)
    for one, first, last in zip(closed, [0, *borders], [*borders, len(block)], strict=True):
        angle[first:last] = _from(up[first:last], np.array(one.calibration.rest))
    for one in closed:
        _overlay(angle, one, block.rate_hz, start_s)
    return angle


def _bridged(block: SampleBlock) -> tuple[FloatArray, FloatArray]:
    """Both signals with short runs of lost samples interpolated, long ones left NaN."""
    data = np.hstack([block.acc_mps2, block.gyr_radps])
    lost = np.isnan(data).any(axis=1)
    data[lost] = np.nan
    if not lost.any() or lost.all():
        return data[:, :3], data[:, 3:]
    at, good = np.arange(len(data)), np.flatnonzero(~lost)
    filled = np.stack([np.interp(at, good, data[good, column]) for column in range(6)], axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], lost.astype(int), [0]])))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first > LONGEST_BRIDGE_S * block.rate_hz or first == 0 or last == len(data):
            filled[first:last] = np.nan
    return filled[:, :3], filled[:, 3:]


def _still(up: FloatArray, gyr: FloatArray) -> FloatArray:
    quiet = np.linalg.norm(gyr, axis=1) < STILL_RADPS
    chosen = up[quiet] if quiet.any() else up
    mean = np.nanmean(chosen, axis=0) if np.isfinite(chosen).any() else np.array([0.0, 0.0, 1.0])
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12))


def _from(up: FloatArray, rest: FloatArray) -> FloatArray:
    return np.degrees(np.arccos(np.clip(up @ rest, -1.0, 1.0)))


def _overlay(angle: FloatArray, one: SetClosed, rate_hz: float, start_s: float) -> None:
    """Put a set's own trace over its reps."""
    if one.trace is None:
        return
    offset = round((one.trace.start_s - start_s) * rate_hz)
    first, last = max(one.start, offset, 0), min(one.end, offset + len(one.trace.angle_deg), len(angle))
    angle[first:last] = one.trace.angle_deg[first - offset : last - offset]
