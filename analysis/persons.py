"""From reps to people: the values that may be compared, since reps of one person resemble each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from analysis.estimates import TAIL, Estimate

if TYPE_CHECKING:
    import pandas as pd


def person_means(reps: pd.DataFrame, measure: str, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Each person's mean of a measure over the reps in which it is known, apart for each value of the keys.

    Args:
        reps: one row a rep, with ``subject``, ``measure``, the keys, and ``recording`` and ``set`` for the counts.
        measure: a column of numbers; unknown is NaN or NA.
        keys: columns such as ``group`` or ``leg``; rows where one is missing are left out.

    Returns:
        Columns: the keys, ``subject``, ``mean``, ``sd`` (n - 1; NaN of one rep), ``reps``, ``sets``; sorted by the
        keys and the person.

    Raises:
        ValueError: a column is missing.
    """
    by = [*keys, "subject"]
    absent = [name for name in (*by, measure, "recording", "set") if name not in reps.columns]
    if absent:
        raise ValueError(f"the table of reps has no column {', '.join(map(repr, absent))}")
    known = reps[[*by, "recording", "set"]].copy()
    known["value"] = numbers(reps, measure)
    known = known[known["value"].notna()].dropna(subset=by)
    known["one_set"] = known.groupby(["recording", "set"], sort=False).ngroup()
    groups = known.groupby(by, sort=True, observed=True)
    value = groups["value"]
    means = value.mean().to_frame("mean").assign(sd=value.std(), reps=value.size(), sets=groups["one_set"].nunique())
    return means.reset_index()


def numbers(reps: pd.DataFrame, measure: str) -> npt.NDArray[np.float64]:
    """A column as plain numbers, shape (n,): unknown is NaN, a flag is 0 or 1.

    Raises:
        ValueError: it holds something that is no number.
    """
    try:
        column = reps[measure].astype("Float64")
    except (TypeError, ValueError):
        raise ValueError(f"the column {measure!r} of the table of reps holds something that is no number") from None
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=math.nan))


def mean_with_interval(values: npt.ArrayLike) -> Estimate:
    """Mean of people's values, shape (n,), with its 95 % interval by Student's t; NaN values are left out.

    The interval needs two people and is NaN of one.
    """
    x = np.asarray(values, dtype=np.float64)
    x = x[np.isfinite(x)]
    if not len(x):
        return Estimate(math.nan)
    mean = float(x.mean())
    if len(x) < 2:
        return Estimate(mean, n=1)
    half = float(t.ppf(1 - TAIL, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
    return Estimate(mean, mean - half, mean + half, n=len(x))
