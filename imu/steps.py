"""Whole samples lost between rows, from where the lateness of the time stamps rises and does not come back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray

SCALES = (4, 16, 64)
"""Rows on either side whose levels are compared."""

SURE = 5.0
"""A rise must exceed this many standard deviations of what rises without a loss."""


def lost_before(at: FloatArray, when: FloatArray, least: float) -> FloatArray:
    """Samples lost before each row, judged by the medians on either side of it, shape (n,).

    Args:
        at: position of each row, counted without losses, shape (n,).
        when: its time stamp, seconds, shape (n,).
        least: smallest rise that is a loss, in samples.
    """
    lost = np.zeros(len(at))
    for scale in SCALES:
        if 2 * scale >= len(at):
            break
        for _ in range(12):
            index = at + lost
            period = slope(index, when, 2 * scale)
            if not period > 0 or not (rises := _rises(when / period - index, scale, least)).any():
                break
            lost += np.cumsum(rises)
    return lost


def slope(index: FloatArray, when: FloatArray, lag: int, share: float = 0.5) -> float:
    """Seconds a sample: the middle (or another share) of the slopes over ``lag`` rows."""
    lag = max(1, min(lag, len(index) // 2))
    return float(np.quantile((when[lag:] - when[:-lag]) / (index[lag:] - index[:-lag]), share))


def _rises(late: FloatArray, scale: int, least: float) -> FloatArray:
    level = np.median(np.lib.stride_tricks.sliding_window_view(late, scale), axis=1)
    rise = level[scale:] - level[:-scale]
    noise = 1.4826 * float(np.median(np.abs(rise - np.median(rise))))
    high = rise > max(least, SURE * noise)
    rises = np.zeros(len(late))
    jump = np.diff(late)[scale - 1 :]
    edges = np.flatnonzero(np.diff(high, prepend=False, append=False))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        run = rise[first:last]
        near = first + np.flatnonzero(run >= 0.7 * run.max())
        best = int(near[np.argmax(jump[near])])
        rises[best + scale] = max(1.0, np.round(rise[best]))
    return rises


def line(index: FloatArray, when: FloatArray) -> tuple[float, float]:
    """Period and start of device stamps: a straight line through the bulk of them."""
    good = np.ones(len(index), dtype=bool)
    period = 0.0
    for _ in range(3):
        x, y = index[good], when[good]
        period = float(np.dot(x - x.mean(), y) / np.dot(x - x.mean(), x - x.mean()))
        off = when - period * index
        off -= np.median(off[good])
        good = np.abs(off) <= max(4 * 1.4826 * float(np.median(np.abs(off[good]))), 1e-9)
    return period, float(np.median(when - period * index))


def quantum(stamps: FloatArray) -> float:
    """Resolution of the stamps: the smallest difference between two different steps, or less."""
    steps = np.unique(np.round(np.abs(np.diff(stamps)), 7))
    return float(np.diff(steps, prepend=0.0)[steps > 0].min())


def regular(positions: npt.NDArray[np.int64]) -> bool:
    """Whether four or more events come at even distances: losses do not, the beat of two clocks does."""
    apart = np.diff(positions)
    return len(apart) >= 3 and float(np.ptp(apart)) <= 2 + 0.05 * float(np.median(apart))
