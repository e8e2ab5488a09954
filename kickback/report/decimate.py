"""Fewer points that look the same: per bucket the least and the greatest value, gaps kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def decimate(values: FloatArray, most: int) -> npt.NDArray[np.intp]:
    """Indices of at most ``most`` samples whose line has the same outline as all of ``values``.

    Args:
        values: shape (n,); NaN is a gap. A bucket without any value keeps one NaN, so that the line breaks there.
        most: at least 2.

    Raises:
        ValueError: ``most`` is less than 2.
    """
    if most < 2:
        raise ValueError(f"an outline needs at least 2 points, not {most}")
    n = len(values)
    if n <= most:
        return np.arange(n)
    width = -(-2 * n // most)  # two points a bucket
    padded = np.full(-(-n // width) * width, np.nan)
    padded[:n] = values
    buckets = padded.reshape(-1, width)
    first = np.arange(len(buckets)) * width
    low = first + np.where(np.isnan(buckets), np.inf, buckets).argmin(axis=1)
    high = first + np.where(np.isnan(buckets), -np.inf, buckets).argmax(axis=1)
    return np.unique(np.concatenate([low, high]))
