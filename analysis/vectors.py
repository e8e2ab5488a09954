"""Small vector arithmetic and filter designs, made once: numpy's own take longer to call than to compute."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.signal import butter, sosfilt, sosfilt_zi

from imu.blocks import FloatArray


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cross products of vectors along the last axis; shapes (..., 3) that broadcast."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    x = ay * bz - az * by
    out = np.empty((*np.shape(x), 3))
    out[..., 0] = x
    out[..., 1] = az * bx - ax * bz
    out[..., 2] = ax * by - ay * bx
    return out


@lru_cache(maxsize=64)
def low_pass(order: int, cut_hz: float, rate_hz: float) -> FloatArray:
    """Butterworth low-pass as second-order sections (sections, 6); the cut is kept below 0.4 of the rate."""
    sos: FloatArray = np.asarray(butter(order, min(cut_hz, 0.4 * rate_hz), fs=rate_hz, output="sos"))
    return sos


@lru_cache(maxsize=64)
def _design(order: int, cut_hz: float, rate_hz: float) -> tuple[FloatArray, FloatArray]:
    sos = low_pass(order, cut_hz, rate_hz)
    return sos, np.asarray(sosfilt_zi(sos))[:, :, None]


def smooth(values: FloatArray, order: int, cut_hz: float, rate_hz: float) -> FloatArray:
    """Zero-phase low-pass along the first axis of (n, k): forwards and backwards over an odd extension of a second.

    The same as scipy's ``sosfiltfilt``, whose checks take longer than the filter on the short windows here.
    """
    sos, zi = _design(order, cut_hz, rate_hz)
    pad = min(len(values) - 1, int(rate_hz))
    ahead = 2 * values[0] - values[pad:0:-1]
    behind = 2 * values[-1] - values[-2 : -pad - 2 : -1]
    extended = np.concatenate([ahead, values, behind])
    once, _ = sosfilt(sos, extended, axis=0, zi=zi * extended[0])
    back = once[::-1]
    twice, _ = sosfilt(sos, back, axis=0, zi=zi * back[0])
    return np.asarray(twice[::-1][pad : pad + len(values)])
