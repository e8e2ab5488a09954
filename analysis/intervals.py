"""95 % confidence intervals: for shares, for rates of rare events, and for statistics of clustered errors.

Reps of one recording resemble each other, so a recording is the unit that is drawn anew, never a rep.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, norm

from imu.blocks import FloatArray

LEVEL = 0.95
RESAMPLES = 1000
_Z = float(norm.ppf(0.5 + LEVEL / 2))


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure: its value, its 95 % interval, from how many values in how many recordings.

    NaN where there is nothing to say it from; an interval needs at least two recordings.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    recordings: int = 0


def share(hits: Sequence[npt.ArrayLike]) -> Figure:
    """Share of True among the values of several recordings, with Wilson's interval (JASA 22, 1927, 209-212).

    The number of values is divided by the design effect of the recordings, where that is above 1 (Dean and
    Pagano, J. Surv. Stat. Methodol. 3, 2015, 484-503). When all values agree it cannot be estimated and is 1:
    the interval is then the narrowest one that can be defended.

    Args:
        hits: one sequence of booleans a recording; empty ones are left out.
    """
    groups = [np.asarray(group, dtype=bool) for group in hits]
    groups = [group for group in groups if len(group)]
    sizes = np.array([len(group) for group in groups], dtype=float)
    total = float(sizes.sum())
    if not total:
        return Figure(math.nan)
    counts = np.array([group.sum() for group in groups], dtype=float)
    p = float(counts.sum() / total)
    independent = total / _design_effect(counts, sizes, p)
    low, high = _wilson(p, independent)
    return Figure(p, low, high, int(total), len(groups))


def _wilson(p: float, n: float) -> tuple[float, float]:
    centre = p + _Z**2 / (2 * n)
    half = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def _design_effect(counts: FloatArray, sizes: FloatArray, p: float) -> float:
    """Variance of the share when recordings are drawn, over that when single values are; at least 1."""
    n = len(sizes)
    if n < 2 or not 0 < p < 1:
        return 1.0
    total = float(sizes.sum())
    between = n / (n - 1) * float(np.sum((counts - p * sizes) ** 2)) / total**2
    return max(1.0, between / (p * (1 - p) / (total - 1)))


def rate(events: int, exposure: float) -> Figure:
    """Events per unit of exposure with the exact Poisson interval (Garwood, Biometrika 28, 1936, 437-442).

    Args:
        events: how many were seen. exposure: minutes, hours; the rate is per one of them.

    Raises:
        ValueError: the exposure is not positive.
    """
    if not exposure > 0:
        raise ValueError(f"a rate needs a positive exposure, got {exposure}")
    tail = (1 - LEVEL) / 2
    low = float(chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    high = float(chi2.ppf(1 - tail, 2 * events + 2)) / 2
    return Figure(events / exposure, low / exposure, high / exposure, events)


def clustered(
    groups: Sequence[FloatArray],
    statistic: Callable[[FloatArray], FloatArray],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> list[Figure]:
    """Statistics of all values together, with percentile bootstrap intervals in which recordings are drawn.

    The cluster bootstrap is that of Davison and Hinkley, Bootstrap Methods, 1997, section 3.8. The same seed
    gives the same intervals.

    Args:
        groups: the values of each recording, shapes (n,) or (n, k); empty ones are left out.
        statistic: from the values of all groups, shape (sum n,) or (sum n, k), to one number or more;
            NaN where the values tell none.
        seed: of the draws. resamples: how many draws.
    """
    filled = [group for group in groups if len(group)]
    if not filled:
        return [Figure(math.nan) for _ in statistic(np.empty((0, *groups[0].shape[1:])) if groups else np.empty(0))]
    values = np.concatenate(filled)
    found = statistic(values)
    low = high = np.full(len(found), np.nan)
    if len(filled) > 1:
        rng = np.random.default_rng(seed)
        draws = rng.integers(len(filled), size=(resamples, len(filled)))
        drawn = np.array([statistic(np.concatenate([filled[i] for i in draw])) for draw in draws])
        usable = np.isfinite(drawn).any(axis=0)
        tail = 50 * (1 - LEVEL)
        low, high = (
            np.array([np.nanpercentile(drawn[:, i], q) if usable[i] else np.nan for i in range(len(found))])
            for q in (tail, 100 - tail)
        )
    return [
        Figure(float(v), float(a), float(b), len(values), len(filled)) for v, a, b in zip(found, low, high, strict=True)
    ]
