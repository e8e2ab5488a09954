"""An estimate over people with its 95 % interval, and what every statistic over people needs first.

The unit is a person: one number a person goes in, never one a rep (reps of one person resemble each other).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2
NAN = math.nan


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic, its 95 % interval and how many people it rests on.

    Attributes:
        value: the estimate; NaN where the data cannot tell.
        low, high: ends of its 95 % interval; NaN where the data cannot tell.
        n: people it was made from.
    """

    value: float
    low: float = NAN
    high: float = NAN
    n: int = 0


def known(values: npt.ArrayLike, what: str = "the values") -> FloatArray:
    """The finite ones of a row of numbers, shape (n,) to (m,).

    Args:
        values: shape (n,). what: what they are called in the error.

    Raises:
        ValueError: it is not one row of numbers.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{what} must have the shape (n,), got {array.shape}")
    return array[np.isfinite(array)]


def complete(values: npt.ArrayLike, what: str = "the values") -> FloatArray:
    """The rows in which every number is known, shape (n, k) to (m, k).

    Args:
        values: one row a person, shape (n, k) with k of 2 or more. what: what they are called in the error.

    Raises:
        ValueError: it is no such table.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] < 2:
        raise ValueError(f"{what} must have one row a person and two columns or more, got the shape {array.shape}")
    return array[np.isfinite(array).all(axis=1)]


def pairs(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    """Two rows of numbers side by side, shape (m, 2), without the pairs of which one is unknown.

    Raises:
        ValueError: they are not two rows of one length.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"pairs need two rows of one length, got the shapes {first.shape} and {second.shape}")
    return complete(np.column_stack([first, second]))
