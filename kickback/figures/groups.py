"""The groups of a table: in which order they are drawn, and who belongs to which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from imu.blocks import FloatArray
from kickback.errors import KickbackError
from kickback.figures.words import many

MOST_GROUPS = 7
"""So many colours can be told apart (Okabe and Ito)."""


def groups_of(reps: pd.DataFrame, by: str, order: Sequence[str] | None = None) -> list[str]:
    """The values of a column in the order in which they are drawn: as asked, else sorted.

    Raises:
        KickbackError: there is no such column, nothing in it, too much in it, or the order names what is not there.
    """
    if by not in reps.columns:
        raise KickbackError(f"the table of reps has no column {by!r}; it has {', '.join(map(str, reps.columns))}")
    found = sorted({str(value) for value in reps[by].dropna()})
    if order is not None:
        if strange := [name for name in order if name not in found]:
            raise KickbackError(f"{by!r} is never {strange[0]!r}; it is {', '.join(found)}")
        found = list(order)
    if not found:
        raise KickbackError(f"the column {by!r} is empty: there is nothing to draw")
    if len(found) > MOST_GROUPS:
        raise KickbackError(f"{by!r} has {len(found)} values; a figure shows {MOST_GROUPS}: draw a part of them")
    return found


def of_group(table: pd.DataFrame, by: str, name: str) -> pd.DataFrame:
    """The rows of one group."""
    return table[table[by].astype("string").eq(name).fillna(False).to_numpy(dtype=bool)]


def counts(means: pd.DataFrame) -> str:
    """How many people, sets and reps stand behind people's means, a line each."""
    lines = (len(means), "person"), (int(means["sets"].sum()), "set"), (int(means["reps"].sum()), "rep")
    return "\n".join(many(count, noun) for count, noun in lines)


def thinned(count: int, most: int) -> slice:
    """Which of so many are drawn: all, or at most ``most`` of them, evenly chosen."""
    return slice(None, None, max(1, -(-count // most)))


def scattered(count: int, width: float) -> FloatArray:
    """Places beside each other for points that would cover each other, shape (count,): the same each time.

    By the golden ratio, whose multiples fill an interval evenly (Weyl); within ``width`` about 0.
    """
    return np.asarray(width * ((np.arange(1, count + 1) * 0.6180339887498949) % 1.0 - 0.5))
