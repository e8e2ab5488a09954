"""Small vector arithmetic and filter designs, made once: numpy's own take longer to call than to compute."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.signal import butter

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
