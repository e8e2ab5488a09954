"""Limits of agreement of two methods or sessions, by Bland and Altman: one pair a person, or repeated measurements.

Values of one person resemble each other, so with repeated measurements the people are kept apart from the values
within them (Bland and Altman, J. Biopharm. Stat. 17, 2007, 571-582). A difference is always the first less the
second. Formulas and worked examples: the page on statistics.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, linregress
from scipy.stats import t as student

from analysis.agreement import Z95
from analysis.estimates import NAN, TAIL, Estimate, pairs
from imu.blocks import FloatArray

Form = Literal["single", "varies", "constant"]


@dataclass(frozen=True, slots=True)
class Trend:
    """Whether the difference grows with what is measured: a straight line through one point a person.

    Attributes:
        slope: of the difference against the mean of both, no unit; 0 without a proportional bias.
        intercept: the line's difference at a mean of 0, the measure's unit.
        p: two-sided, of a slope of 0; not corrected.
    """

    slope: Estimate
    intercept: float
    p: float


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Agreement of a single value by the one with a single value by the other. All in the measure's unit.

    Attributes:
        form: "single" (one pair a person), "varies" (pairs, the true value changes from pair to pair) or
            "constant" (replicates of one true value a person).
        bias: the mean difference.
        sd: of a single difference in a person newly drawn.
        lower, upper: the 95 % limits of agreement, bias -/+ 1.96 sd; each with its own interval.
        trend: see :class:`Trend`; from the means of each person.
        n: people. n_first, n_second: values by the first and by the second.
        between: variance of the difference between people; 0 where the estimate falls below it.
        within: variance of the difference within people; NaN for one pair a person.
    """

    form: Form
    bias: Estimate
    sd: float
    lower: Estimate
    upper: Estimate
    trend: Trend
    n: int
    n_first: int
    n_second: int
    between: float
    within: float


@dataclass(frozen=True, slots=True)
class _Part:
    """A variance estimate with its degrees of freedom, and with what weight it enters a sum."""

    weight: float
    variance: float
    df: int


def bland_altman(a: npt.ArrayLike, b: npt.ArrayLike) -> BlandAltman:
    """One pair a person (Bland and Altman, Lancet 327, 1986, 307-310).

    Args:
        a, b: one value a person by either method, shapes (n,); a pair of which one is unknown is left out.

    Raises:
        ValueError: they are not two rows of one length.
    """
    both = pairs(a, b)
    n = len(both)
    gaps = both[:, 0] - both[:, 1]
    variance = float(gaps.var(ddof=1)) if n > 1 else NAN
    bias = _mean(float(gaps.mean()) if n else NAN, variance / n if n else NAN, n)
    return _limits("single", bias, [_Part(1.0, variance, n - 1)], both, (n, n), (variance, NAN))


def bland_altman_varies(people: Iterable[object], a: npt.ArrayLike, b: npt.ArrayLike) -> BlandAltman:
    """Several pairs a person, both values of a pair of the same rep: the true value may change between the pairs.

    The variance of a difference is that between people plus that within them, from the one-way analysis of variance
    of the differences; unequal numbers of pairs are allowed (Bland and Altman 2007).

    Args:
        people: who each pair is of, shape (m,). a, b: the pairs, shapes (m,); one with an unknown value is left out.

    Raises:
        ValueError: they are not rows of one length.
    """
    first, second = _row(a), _row(b)
    who = _same_length(people, first, second)
    told = np.isfinite(first) & np.isfinite(second)
    both, who = np.column_stack([first, second])[told], who[told]
    gaps = both[:, 0] - both[:, 1]
    index, counts = _grouped(who)
    n, m = len(counts), len(gaps)
    if n < 2:
        return _nothing("varies", float(gaps.mean()) if m else NAN, n, (m, m))
    means = _means(both, index, counts)
    steps = means[:, 0] - means[:, 1]
    mean = float(gaps.mean())
    pairs_each = (m - float(np.sum(counts**2)) / m) / (n - 1)
    inner = _pooled(gaps, steps[index], m - n)
    outer = float(counts @ (steps - mean) ** 2) / (n - 1)
    between = max(0.0, (outer - inner.variance) / pairs_each) if inner.df else outer
    within = inner.variance if inner.df else 0.0
    spread = between * float(np.sum(counts**2)) / m**2 + within / m
    parts = [_Part(1 / pairs_each, outer, n - 1), _Part(1 - 1 / pairs_each, inner.variance, inner.df)]
    found = (between, inner.variance)
    return _limits("varies", _mean(mean, spread, n), parts, means, (m, m), found)


def bland_altman_constant(
    people_a: Iterable[object], a: npt.ArrayLike, people_b: Iterable[object], b: npt.ArrayLike
) -> BlandAltman:
    """Replicates of one true value a person, as of the reps of two sessions: their numbers need not be the same.

    The variance of the difference of the persons' means, corrected to single values by the variance within people of
    either method (Bland and Altman 2007). The bias weighs a person by 1 / (1 / m_a + 1 / m_b), which for
    equal numbers is the mean of all differences, as theirs is.

    Args:
        people_a, a: who each value by the first is of, and the value, shapes (m_a,). people_b, b: by the second,
            shapes (m_b,). Unknown values, and people with values by one of them alone, are left out.

    Raises:
        ValueError: a row of people is not as long as its values.
    """
    sides = []
    for people, values in ((people_a, _row(a)), (people_b, _row(b))):
        who = _same_length(people, values)
        sides.append((who[np.isfinite(values)], values[np.isfinite(values)]))
    both = np.intersect1d(sides[0][0], sides[1][0])
    n = len(both)
    means, counts, inner = np.empty((n, 2)), np.empty((n, 2)), []
    for side, (who, values) in enumerate(sides):
        kept = np.isin(who, both)
        index, counts[:, side] = _grouped(who[kept])
        means[:, side] = _means(values[kept][:, None], index, counts[:, side])[:, 0]
        inner.append(_pooled(values[kept], means[index, side], int(counts[:, side].sum()) - n))
    total = (int(counts[:, 0].sum()), int(counts[:, 1].sum()))
    steps = means[:, 0] - means[:, 1]
    if n < 2:
        return _nothing("constant", float(steps.mean()) if n else NAN, n, total)
    rest = 1 - np.mean(1 / counts, axis=0)
    parts = [_Part(1.0, float(steps.var(ddof=1)), n - 1)]
    parts += [_Part(float(share), part.variance, part.df) for share, part in zip(rest, inner, strict=True)]
    noise = sum(part.variance / counts[:, side] for side, part in enumerate(inner) if part.df) + np.zeros(n)
    between = max(0.0, parts[0].variance - float(noise.mean()))
    weights = 1 / np.sum(1 / counts, axis=1)
    weights /= weights.sum()
    bias = _mean(float(weights @ steps), float(weights**2 @ (between + noise)), n)
    within = sum(part.variance for part in inner)
    return _limits("constant", bias, parts, means, total, (between, within))


def _limits(
    form: Form,
    bias: Estimate,
    parts: Sequence[_Part],
    means: FloatArray,
    counts: tuple[int, int],
    variances: tuple[float, float],
) -> BlandAltman:
    """Both limits with intervals by the method of variance estimates recovery (Zou, Stat. Methods Med. Res. 22, 2013,
    630-642): that of the bias and that of the SD, each side by itself.
    """
    told = [part for part in parts if part.df > 0]
    total = sum(part.weight * part.variance for part in told) if told else NAN
    down = up = 0.0
    for part in told:
        size = (part.weight * part.variance) ** 2
        down += size * (1 - part.df / float(chi2.ppf(1 - TAIL, part.df))) ** 2
        up += size * (part.df / float(chi2.ppf(TAIL, part.df)) - 1) ** 2
    half = Z95 * math.sqrt(total)
    inner = half - Z95 * math.sqrt(max(0.0, total - math.sqrt(down)))
    outer = Z95 * math.sqrt(total + math.sqrt(up)) - half
    shift = bias.high - bias.value
    near, far = math.hypot(shift, inner), math.hypot(shift, outer)
    lower = Estimate(bias.value - half, bias.value - half - far, bias.value - half + near, bias.n)
    upper = Estimate(bias.value + half, bias.value + half - near, bias.value + half + far, bias.n)
    return BlandAltman(
        form, bias, math.sqrt(total), lower, upper, _trend(means), bias.n, counts[0], counts[1], *variances
    )


def _nothing(form: Form, bias: float, n: int, counts: tuple[int, int]) -> BlandAltman:
    """What fewer than two people tell: the bias of those there are."""
    unknown = Estimate(NAN, n=n)
    trend = Trend(unknown, NAN, NAN)
    return BlandAltman(form, Estimate(bias, n=n), NAN, unknown, unknown, trend, n, counts[0], counts[1], NAN, NAN)


def _mean(value: float, variance: float, n: int) -> Estimate:
    """A mean with Student's interval from its squared standard error; the people give the degrees of freedom."""
    if n < 2:
        return Estimate(value, n=n)
    half = float(student.ppf(1 - TAIL, n - 1)) * math.sqrt(variance)
    return Estimate(value, value - half, value + half, n)


def _trend(means: FloatArray) -> Trend:
    """The line through the persons' differences against their means (Bland and Altman, Stat. Methods Med. Res. 8,
    1999, 135-160, section 3.2), each person once.
    """
    n = len(means)
    x, y = means.mean(axis=1), means[:, 0] - means[:, 1]
    if n < 3 or not np.ptp(x) > 0:
        return Trend(Estimate(NAN, n=n), NAN, NAN)
    line = linregress(x, y)
    half = float(student.ppf(1 - TAIL, n - 2)) * float(line.stderr)
    slope = float(line.slope)
    return Trend(Estimate(slope, slope - half, slope + half, n), float(line.intercept), float(line.pvalue))


def _row(values: npt.ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"the values must have the shape (m,), got {array.shape}")
    return array


def _same_length(people: Iterable[object], *rows: FloatArray) -> npt.NDArray[np.str_]:
    who = np.array([str(person) for person in people], dtype=np.str_)
    lengths = [len(who), *map(len, rows)]
    if len(set(lengths)) > 1:
        raise ValueError(f"people and values must have one length, got {' and '.join(map(str, lengths))}")
    return who


def _grouped(who: npt.NDArray[np.str_]) -> tuple[npt.NDArray[np.intp], FloatArray]:
    """Which person each value is of, numbered in sorted order, shape (m,), and how many values each has, (n,)."""
    _, index, counts = np.unique(who, return_inverse=True, return_counts=True)
    return index, counts.astype(np.float64)


def _means(values: FloatArray, index: npt.NDArray[np.intp], counts: FloatArray) -> FloatArray:
    """The mean of each person, shape (n, k) from values (m, k)."""
    sums = np.zeros((len(counts), values.shape[1]))
    np.add.at(sums, index, values)
    return sums / counts[:, None]


def _pooled(values: FloatArray, centres: FloatArray, df: int) -> _Part:
    """The variance within people; NaN where no person has two values."""
    return _Part(1.0, float(np.sum((values - centres) ** 2)) / df if df > 0 else NAN, df)
