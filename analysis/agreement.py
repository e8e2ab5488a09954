"""How well repeated measurements of the same people agree: ICC, SEM, MDC95, typical error, Lin's concordance.

One number a person and session goes in (see :mod:`analysis.estimates`); between two methods or sessions there is
also :mod:`analysis.bland_altman`. Formulas and worked examples: the page on statistics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, norm
from scipy.stats import f as fisher

from analysis.estimates import NAN, TAIL, Estimate, complete, pairs

Z95 = 1.96
"""As the literature on minimal detectable change and on limits of agreement writes the 97.5 % point."""


@dataclass(frozen=True, slots=True)
class TwoWay:
    """The analysis of variance of people by sessions (or judges, or methods), one value a cell.

    Attributes:
        n: people in it. k: sessions.
        ms_people, ms_sessions, ms_error: mean squares with n - 1, k - 1 and (n - 1)(k - 1) degrees of freedom;
            NaN with fewer than two people.
        mean: of all values. sd: of all values, with nk - 1.
    """

    n: int
    k: int
    ms_people: float
    ms_sessions: float
    ms_error: float
    mean: float
    sd: float

    @property
    def df_error(self) -> int:
        """Degrees of freedom of ``ms_error``."""
        return (self.n - 1) * (self.k - 1)


@dataclass(frozen=True, slots=True)
class Reliability:
    """What the same people measured in two sessions or more tell of a measure.

    Attributes:
        icc_2_1, icc_3_1: see the functions of those names; without a unit.
        sem: standard error of measurement; ``mdc95``: minimal detectable change of one person; both in the
            measure's unit, systematic change between the sessions left out.
        sem_agreement: the same with the systematic change between the sessions in it; no interval.
        mean: of all values, the measure's unit.
        cv_percent: 100 x sem / mean; NaN unless the mean is positive.
        n: people with a value in every session. k: sessions.
        left_out: people of whom a session is missing.
    """

    icc_2_1: Estimate
    icc_3_1: Estimate
    sem: Estimate
    sem_agreement: float
    mdc95: Estimate
    mean: float
    cv_percent: float
    n: int
    k: int
    left_out: int


def two_way(values: npt.ArrayLike) -> TwoWay:
    """The mean squares of people by sessions.

    Args:
        values: one row a person, one column a session, shape (n, k); a person with an unknown value is left out.

    Raises:
        ValueError: it is no such table.
    """
    table = complete(values)
    n, k = table.shape
    if n < 2:
        return TwoWay(n, k, NAN, NAN, NAN, float(table.mean()) if n else NAN, NAN)
    mean = float(table.mean())
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    rest = table - rows[:, None] - columns + mean
    return TwoWay(
        n,
        k,
        ms_people=k * float(rows.var(ddof=1)),
        ms_sessions=n * float(columns.var(ddof=1)),
        ms_error=float(np.sum(rest**2)) / ((n - 1) * (k - 1)),
        mean=mean,
        sd=float(table.std(ddof=1)),
    )


def icc_2_1(values: npt.ArrayLike | TwoWay) -> Estimate:
    """ICC(2,1): absolute agreement of single values, the sessions being a sample of all possible ones.

    Shrout and Fleiss, Psychol. Bull. 86, 1979, 420-428; the interval is theirs, with Satterthwaite's degrees of
    freedom (ICC(A,1) of McGraw and Wong, Psychol. Methods 1, 1996, 30-46).

    Args:
        values: as for :func:`two_way`, or what it returned.

    Raises:
        ValueError: it is no such table.
    """
    of = values if isinstance(values, TwoWay) else two_way(values)
    n, k, people, sessions, error = of.n, of.k, of.ms_people, of.ms_sessions, of.ms_error
    if n < 2:
        return Estimate(NAN, n=n)
    whole = people + (k - 1) * error + k * (sessions - error) / n
    if not whole > 0:
        return Estimate(NAN, n=n)
    icc = (people - error) / whole
    if not (error > 0 and icc < 1):
        return Estimate(icc, n=n)
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    parts = (a * sessions) ** 2 / (k - 1), (b * error) ** 2 / of.df_error
    df = (a * sessions + b * error) ** 2 / sum(parts)
    noise = k * sessions + (k * n - k - n) * error
    lower, upper = float(fisher.ppf(1 - TAIL, n - 1, df)), float(fisher.ppf(1 - TAIL, df, n - 1))
    low = n * (people - lower * error) / (lower * noise + n * people)
    high = n * (upper * people - error) / (noise + n * upper * people)
    return Estimate(icc, low, high, n)


def icc_3_1(values: npt.ArrayLike | TwoWay) -> Estimate:
    """ICC(3,1): consistency of single values; what changed for everybody between the sessions does not count.

    Shrout and Fleiss 1979, with their exact interval (ICC(C,1) of McGraw and Wong 1996).

    Args:
        values: as for :func:`two_way`, or what it returned.

    Raises:
        ValueError: it is no such table.
    """
    of = values if isinstance(values, TwoWay) else two_way(values)
    n, k, people, error = of.n, of.k, of.ms_people, of.ms_error
    whole = people + (k - 1) * error
    if not whole > 0:
        return Estimate(NAN, n=n)
    if not error > 0:
        return Estimate(1.0, n=n)
    ratio = people / error
    low = ratio / float(fisher.ppf(1 - TAIL, n - 1, of.df_error))
    high = ratio * float(fisher.ppf(1 - TAIL, of.df_error, n - 1))
    return Estimate((people - error) / whole, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1), n)


def sem(values: npt.ArrayLike | TwoWay) -> Estimate:
    """Standard error of measurement: the root of the error mean square, in the measure's unit.

    Weir, J. Strength Cond. Res. 19, 2005, 231-240. It does not depend on how different the people are. With two
    sessions it is the typical error of Hopkins (Sports Med. 30, 2000, 1-15). The interval is that of a variance
    with (n - 1)(k - 1) degrees of freedom.

    Args:
        values: as for :func:`two_way`, or what it returned.

    Raises:
        ValueError: it is no such table.
    """
    of = values if isinstance(values, TwoWay) else two_way(values)
    if not of.ms_error > 0:
        return Estimate(math.sqrt(of.ms_error), n=of.n)
    squares = of.ms_error * of.df_error
    low, high = (math.sqrt(squares / float(chi2.ppf(share, of.df_error))) for share in (1 - TAIL, TAIL))
    return Estimate(math.sqrt(of.ms_error), low, high, of.n)


def sem_of_icc(sd: float, icc: float) -> float:
    """Standard error of measurement as SD x sqrt(1 - ICC), in the unit of ``sd``; NaN for an ICC above 1.

    The form for published tables that give only these two; it depends on which ICC it is (Weir 2005).
    """
    return sd * math.sqrt(1 - icc) if icc <= 1 else NAN


def mdc95(error: float) -> float:
    """Minimal detectable change of one person: 1.96 x sqrt(2) x the standard error of measurement, in its unit."""
    return Z95 * math.sqrt(2) * error


def typical_error(a: npt.ArrayLike, b: npt.ArrayLike) -> Estimate:
    """Typical error of two sessions: SD of the differences over sqrt(2), in the measure's unit (Hopkins 2000).

    Args:
        a, b: one number a person in either session, shapes (n,); a pair of which one is unknown is left out.

    Raises:
        ValueError: they are not two rows of one length.
    """
    return sem(pairs(a, b))


def reliability(values: npt.ArrayLike) -> Reliability:
    """All of it at once for one measure.

    Args:
        values: one row a person, one column a session, shape (n, k); the person's mean over the reps of a session.

    Raises:
        ValueError: it is no such table.
    """
    of = two_way(values)
    error = sem(of)
    systematic = max(0.0, (of.ms_sessions - of.ms_error) / of.n) if of.n > 1 else NAN
    return Reliability(
        icc_2_1=icc_2_1(of),
        icc_3_1=icc_3_1(of),
        sem=error,
        sem_agreement=math.sqrt(systematic + of.ms_error),
        mdc95=Estimate(mdc95(error.value), mdc95(error.low), mdc95(error.high), of.n),
        mean=of.mean,
        cv_percent=100 * error.value / of.mean if of.mean > 0 else NAN,
        n=of.n,
        k=of.k,
        left_out=len(np.asarray(values, dtype=np.float64)) - of.n,
    )


def concordance(a: npt.ArrayLike, b: npt.ArrayLike) -> Estimate:
    """Lin's concordance correlation coefficient of two methods or sessions.

    ``2 s_ab / (s_a^2 + s_b^2 + (mean a - mean b)^2)`` with moments over n, and the interval by Fisher's z with the
    variance of Lin (Biometrics 45, 1989, 255-268, as corrected in Biometrics 56, 2000, 324-325).

    Args:
        a, b: one number a person by either method, shapes (n,); a pair of which one is unknown is left out.

    Raises:
        ValueError: they are not two rows of one length.
    """
    both = pairs(a, b)
    n = len(both)
    if n < 2:
        return Estimate(NAN, n=n)
    (var_a, cov), (_, var_b) = np.cov(both.T, ddof=0).tolist()
    shift = float(both[:, 0].mean() - both[:, 1].mean())
    whole = var_a + var_b + shift**2
    if not whole > 0:
        return Estimate(NAN, n=n)
    c = 2 * cov / whole
    if n < 3 or not (var_a > 0 and var_b > 0 and cov != 0 and abs(c) < 1):
        return Estimate(c, n=n)
    r = cov / math.sqrt(var_a * var_b)
    u2 = shift**2 / math.sqrt(var_a * var_b)
    variance = (1 - r**2) * c**2 / ((1 - c**2) * r**2) + 2 * c**3 * (1 - c) * u2 / (r * (1 - c**2) ** 2)
    variance -= c**4 * u2**2 / (2 * r**2 * (1 - c**2) ** 2)
    half = float(norm.ppf(1 - TAIL)) * math.sqrt(max(0.0, variance) / (n - 2))
    return Estimate(c, math.tanh(math.atanh(c) - half), math.tanh(math.atanh(c) + half), n)
