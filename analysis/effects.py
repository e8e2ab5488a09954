"""How large a difference between people is: standardised differences with intervals, and Holm's correction.

One number a person goes in (see :mod:`analysis.estimates`). Formulas and worked examples: the page on statistics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import chdtrc, gammaln, ndtr
from scipy.stats import t as student

from analysis.estimates import NAN, TAIL, Estimate, known, pairs
from imu.blocks import FloatArray

_FAR = 9.0
"""Standard deviations beyond which the normal distribution holds less than 1e-18."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(60)
"""Gauss and Legendre's rule on each piece of the integral: its error is below 1e-10."""

EffectName = Literal["hedges_g", "d_av", "d_z"]


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference between two groups of people, or between two conditions of the same people.

    Attributes:
        name: which standardised difference ``size`` is.
        difference: mean of the first less mean of the second, in the measure's unit, with Student's interval
            (Welch's for two groups).
        size: the difference in standard deviations, with the interval from the noncentral t distribution.
        p: two-sided, of Welch's test for two groups and of the paired t test for pairs; not corrected.
        n: people in the first and in the second; for pairs these are the same people.
    """

    name: EffectName
    difference: Estimate
    size: Estimate
    p: float
    n: tuple[int, int]


def holm(p: Sequence[float] | FloatArray) -> FloatArray:
    """P values corrected for several comparisons by Holm's step-down method, in the order given.

    Holm, Scand. J. Stat. 6, 1979, 65-70; as adjusted P values: the i-th smallest of m is multiplied by m - i + 1,
    none is smaller than the one before it, and none is above 1.

    Args:
        p: shape (m,), from 0 to 1; an unknown one (NaN) stays unknown and is not counted.

    Raises:
        ValueError: it is no row of P values.
    """
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"P values must have the shape (m,), got {values.shape}")
    told = np.flatnonzero(~np.isnan(values))
    if np.any((values[told] < 0) | (values[told] > 1)):
        raise ValueError(f"a P value is from 0 to 1, got {values[told].min():g} to {values[told].max():g}")
    order = told[np.argsort(values[told], kind="stable")]
    out = np.full(values.shape, np.nan)
    out[order] = np.minimum(1.0, np.maximum.accumulate(values[order] * np.arange(len(order), 0, -1)))
    return out


def bias_correction(df: float) -> float:
    """Hedges' J: what takes the bias off a standardised difference whose SD has ``df`` degrees of freedom.

    Exact, by the gamma function (Hedges, J. Educ. Stat. 6, 1981, 107-128); NaN below 2 degrees of freedom, where
    the expectation does not exist.
    """
    if not df > 1:
        return NAN
    return math.exp(float(gammaln(df / 2)) - 0.5 * math.log(df / 2) - float(gammaln((df - 1) / 2)))


def hedges_g(a: npt.ArrayLike, b: npt.ArrayLike) -> Effect:
    """Two groups of people: Hedges' g, the difference in pooled standard deviations without its bias.

    ``g = J(n_a + n_b - 2) (mean a - mean b) / s_pooled`` (Hedges 1981). The interval is that of the population's
    standardised difference, exact where both groups are normal with one variance (Steiger and Fouladi, in What If
    There Were No Significance Tests?, 1997, 221-257).

    Args:
        a, b: one number a person, shapes (n_a,) and (n_b,); unknown ones are left out.

    Raises:
        ValueError: one is not a row of numbers.
    """
    x, y = known(a, "the first group"), known(b, "the second group")
    n, total = (len(x), len(y)), len(x) + len(y)
    if min(n) < 2:
        gap = float(x.mean() - y.mean()) if min(n) else NAN
        return Effect("hedges_g", Estimate(gap, n=total), Estimate(NAN, n=total), NAN, n)
    gap = float(x.mean() - y.mean())
    squares = float(x.var(ddof=1)) / n[0], float(y.var(ddof=1)) / n[1]
    df = total - 2
    pooled = math.sqrt((squares[0] * n[0] * (n[0] - 1) + squares[1] * n[1] * (n[1] - 1)) / df)
    difference, p = _welch(gap, squares, n)
    scale = math.sqrt(1 / n[0] + 1 / n[1])
    size = _standardised(gap, pooled, scale * pooled, df)
    return Effect("hedges_g", difference, Estimate(bias_correction(df) * size.value, size.low, size.high, total), p, n)


def d_z(a: npt.ArrayLike, b: npt.ArrayLike) -> Effect:
    """Pairs: the mean difference in standard deviations of the differences.

    ``d_z = mean(a - b) / sd(a - b)`` (Cohen, Statistical Power Analysis, 1988, section 2.3.5). Not corrected for
    bias: :func:`bias_correction` of n - 1 is the factor. The interval is exact for normal differences.

    Args:
        a, b: one number a person in either condition, shapes (n,); a pair of which one is unknown is left out.

    Raises:
        ValueError: they are not two rows of one length.
    """
    return _paired("d_z", pairs(a, b))


def d_av(a: npt.ArrayLike, b: npt.ArrayLike) -> Effect:
    """Pairs: the mean difference in standard deviations between people.

    ``d_av = mean(a - b) / sqrt((var a + var b) / 2)`` (Cumming, Understanding the New Statistics, 2012, chapter
    11), to be compared with a difference between groups. Not corrected for bias. The interval is that of Algina
    and Keselman, Educ. Psychol. Meas. 63, 2003, 537-553: noncentral t with n - 1 degrees of freedom, times
    sd(a - b) / (sqrt(n) times the SD above).

    Args:
        a, b: one number a person in either condition, shapes (n,); a pair of which one is unknown is left out.

    Raises:
        ValueError: they are not two rows of one length.
    """
    return _paired("d_av", pairs(a, b))


def _paired(name: EffectName, both: FloatArray) -> Effect:
    n = len(both)
    gaps = both[:, 0] - both[:, 1]
    mean = float(gaps.mean()) if n else NAN
    if n < 2:
        return Effect(name, Estimate(mean, n=n), Estimate(NAN, n=n), NAN, (n, n))
    error = float(gaps.std(ddof=1)) / math.sqrt(n)
    unit = error * math.sqrt(n) if name == "d_z" else math.sqrt(float(both.var(axis=0, ddof=1).mean()))
    size = _standardised(mean, unit, error, n - 1)
    difference, p = _student(mean, error, n - 1, n)
    return Effect(name, difference, Estimate(size.value, size.low, size.high, n), p, (n, n))


def _welch(gap: float, squares: tuple[float, float], n: tuple[int, int]) -> tuple[Estimate, float]:
    """Welch's interval and P value from the squared standard errors of both means (Biometrika 34, 1947, 28-35)."""
    both = sum(squares)
    if not both > 0:
        return Estimate(gap, n=sum(n)), NAN
    df = both**2 / sum(square**2 / (count - 1) for square, count in zip(squares, n, strict=True))
    return _student(gap, math.sqrt(both), df, sum(n))


def _student(mean: float, error: float, df: float, n: int) -> tuple[Estimate, float]:
    if not error > 0:
        return Estimate(mean, n=n), NAN
    half = float(student.ppf(1 - TAIL, df)) * error
    return Estimate(mean, mean - half, mean + half, n), 2 * float(student.sf(abs(mean) / error, df))


def _standardised(gap: float, unit: float, error: float, df: float) -> Estimate:
    """``gap / unit`` with the limits of the noncentrality of ``gap / error``, times ``error / unit``."""
    if not (unit > 0 and error > 0):
        return Estimate(NAN)
    low, high = noncentrality(gap / error, df)
    return Estimate(gap / unit, low * error / unit, high * error / unit)


def noncentrality(t: float, df: float) -> tuple[float, float]:
    """95 % limits of the noncentrality of a t statistic: where it would be the 97.5th and the 2.5th percentile.

    Args:
        t: the observed statistic. df: its degrees of freedom.
    """
    if t < 0:
        low, high = noncentrality(-t, df)
        return -high, -low
    reach = 4.0 * math.sqrt(1 + t**2 / (2 * df)) + 4.0

    def limit(share: float) -> float:
        return float(brentq(lambda shift: _below(t, df, shift) - share, t - reach, t + reach, xtol=1e-9))

    return limit(1 - TAIL), limit(TAIL)


def _below(t: float, df: float, shift: float) -> float:
    """The noncentral t distribution at ``t`` of 0 or more: the mean over z of P(S >= (z + shift) / t), z normal and
    S the root of a chi-squared variable over its degrees of freedom. scipy's own is NaN in the far tails (1.17).
    """
    never = float(ndtr(-shift))
    if t == 0 or shift < -_FAR:
        return never
    # S lies about 1, within a few of its standard deviations of about 1 / sqrt(2 df): the share falls there.
    width = _FAR / math.sqrt(2 * df)
    falls = [t * max(0.0, 1 - width) - shift, t - shift, t * (1 + width) - shift]
    cuts = np.unique(np.clip([-shift, *falls, _FAR], -_FAR, _FAR))
    middle, half = (cuts[1:] + cuts[:-1]) / 2, (cuts[1:] - cuts[:-1]) / 2
    z = middle[:, None] + half[:, None] * _NODES
    shares = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi) * chdtrc(df, df * ((z + shift) / t) ** 2)
    return never + float(half @ (shares @ _WEIGHTS))
