"""Linear mixed models by restricted maximum likelihood: fixed effects with 95 % intervals, and whether the fit is one.

statsmodels finds the variances. That its optimizer says "converged" is not enough (it says so far from the optimum,
too), so the slope of the restricted likelihood is taken here (:mod:`analysis.reml`), the last digits are found by
Fisher scoring, and a fit is called converged only when the slope vanishes. A variance that is estimated as 0 makes
the fit singular: the term is dropped, which leaves the same likelihood, and named.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from analysis.estimates import TAIL
from analysis.reml import Block, Component, Reml, blocks_of, evaluate
from imu.blocks import FloatArray

OPTIMIZERS = ("bfgs", "cg", "powell")
"""statsmodels' ways to the optimum, the next one when one breaks off. lbfgs is left out: it stopped short in trials."""
SHORTFALL = 1e-6
"""A fit is converged when the log likelihood could still rise by less than this, by its slope and information."""
NOTHING = 1e-5
"""A variance below this share of the whole is tried as 0."""
CLOSER = 1e-4
"""By so much smaller a share is tried as 0 once that turned out wrong for a term."""
EXACT = 1e-18
"""The search ends when so little is left to gain: the variances are then exact to about nine digits."""
ROUNDING = 1e-9
"""The criterion is not told apart below this: at the optimum a step may seem to make it worse by rounding alone."""
MOST_STEPS = 200
MOST_HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Contrast:
    """A combination of fixed effects, in the measure's unit.

    Attributes:
        estimate, se: the estimate and its standard error.
        df: Satterthwaite's degrees of freedom.
        p: two-sided, by Student's t; not corrected.
        low, high: the 95 % interval.
    """

    estimate: float
    se: float
    df: float
    p: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class MixedFit:
    """A fitted model.

    Attributes:
        names: of the fixed effects, p of them.
        beta: the fixed effects, shape (p,). covariance: theirs, shape (p, p).
        variances: of each random term by its name, 0 where the fit is singular in it.
        residual: the variance that is left.
        criterion: -2 log restricted likelihood.
        converged: whether the likelihood is at its maximum, by its own slope.
        shortfall: by how much the log likelihood could still rise.
        singular: the terms whose variance is estimated as 0.
        n: rows. people: independent blocks of rows.
    """

    names: tuple[str, ...]
    beta: FloatArray
    covariance: FloatArray
    variances: dict[str, float]
    residual: float
    criterion: float
    converged: bool
    shortfall: float
    singular: tuple[str, ...]
    n: int
    people: int
    _slopes: FloatArray = field(repr=False)
    _of_variances: FloatArray = field(repr=False)

    def contrast(self, weights: npt.ArrayLike) -> Contrast:
        """The sum of weights times fixed effects; weights of the shape (p,).

        Degrees of freedom: Satterthwaite's for mixed models (Giesbrecht and Burns, Biometrics 41, 1985, 477-486), with
        the expected information of the variances that are not 0.
        """
        c = np.asarray(weights, dtype=np.float64)
        variance = float(c @ self.covariance @ c)
        slope = np.array([float(c @ each @ c) for each in self._slopes])
        df = 2.0 * variance**2 / float(slope @ self._of_variances @ slope)
        estimate, se = float(c @ self.beta), math.sqrt(variance)
        half = float(student.ppf(1 - TAIL, df)) * se
        p = 2.0 * float(student.sf(abs(estimate) / se, df))
        return Contrast(estimate, se, df, p, estimate - half, estimate + half)


def fit(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    names: Sequence[str],
    people: npt.NDArray[np.int64],
    components: Sequence[Component],
) -> MixedFit:
    """Fit y = X b + random terms + residual by restricted maximum likelihood.

    Args:
        y: the measure, shape (n,), all known. x: the design, shape (n, p), of full rank. names: of its columns.
        people: whose row it is, shape (n,); rows of two people are independent.
        components: the random terms; none may be shared by two people. With none it is a linear regression.

    Raises:
        ModuleNotFoundError: statsmodels is not installed.
        ValueError: the design is not of full rank, there are too few rows, or y does not vary about the design or
            within the random terms.
    """
    y, x = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    n, p = x.shape
    if np.linalg.matrix_rank(x) < p:
        raise ValueError(f"the {p} columns of the design are not independent of each other")
    if n < p + len(components) + 1:
        raise ValueError(f"{n} rows are too few for {p} fixed effects and {len(components)} random terms")
    about = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    unit = math.sqrt(float(about @ about) / (n - p))
    if not unit > 1e-12 * max(1.0, float(np.abs(y).max())):
        raise ValueError("the measure does not vary about the fixed effects")
    blocks = blocks_of(y / unit, x, people, components)
    start = _by_statsmodels(y / unit, x, people, components)
    try:
        active, variances, found, shortfall = _to_the_optimum(blocks, start)
    except np.linalg.LinAlgError:
        raise ValueError("the measure does not vary within the random terms: no residual is left") from None
    zero = np.setdiff1d(np.arange(len(components)), active)
    every = dict.fromkeys((component.name for component in components), 0.0)
    every |= {
        components[i].name: float(v) * unit**2 for i, v in zip(active, variances, strict=False)
    }  # but for the residual
    return MixedFit(
        names=tuple(names),
        beta=found.beta * unit,
        covariance=found.covariance * unit**2,
        variances=every,
        residual=float(variances[-1]) * unit**2,
        criterion=found.criterion + 2.0 * (n - p) * math.log(unit),
        converged=shortfall < SHORTFALL,
        shortfall=shortfall,
        singular=tuple(components[i].name for i in zero),
        n=n,
        people=len(blocks),
        _slopes=found.slopes * unit**2,
        _of_variances=np.asarray(np.linalg.pinv(found.information), dtype=np.float64),
    )


def _by_statsmodels(
    y: FloatArray, x: FloatArray, people: npt.NDArray[np.int64], components: Sequence[Component]
) -> FloatArray:
    """The variances that statsmodels finds, of the components and the residual; equal shares where it finds none."""
    equal = np.full(len(components) + 1, 1.0 / (len(components) + 1))
    if not components:
        return equal
    module: Any = import_module("statsmodels.regression.mixed_linear_model")
    rows = [np.flatnonzero(people == person) for person in np.unique(people)]
    matrices = [[component.columns(of) for of in rows] for component in components]
    columns = [[[str(i) for i in range(z.shape[1])] for z in each] for each in matrices]
    spec = module.VCSpec([component.name for component in components], columns, matrices)
    with warnings.catch_warnings(record=True):  # its warnings are about what is tested here by the slope
        warnings.simplefilter("always")
        for method in OPTIMIZERS:
            try:
                done = module.MixedLM(y, x, groups=people, exog_vc=spec).fit(reml=True, method=[method])
            except (np.linalg.LinAlgError, ValueError, FloatingPointError):
                continue
            found = np.append(done.vcomp, done.scale)
            if np.isfinite(found).all() and found[-1] > 0:  # not converged is near enough: the search goes on from here
                return np.asarray(np.maximum(found, 0.0), dtype=np.float64)
    return equal


def _to_the_optimum(blocks: list[Block], start: FloatArray) -> tuple[npt.NDArray[np.int64], FloatArray, Reml, float]:
    """Fisher scoring from ``start``; terms whose variance goes to 0 are dropped, the smallest first.

    A term that was dropped too early, so that the likelihood would rise with it, is taken in again, once.

    Returns:
        The terms that are kept, their variances and the residual's, the likelihood there, and by how much it could
        still rise, with the dropped terms or without.
    """
    count = len(start) - 1
    active, variances = np.arange(count), np.maximum(start, 1e-4 * start.sum())
    again: set[int] = set()
    while True:
        part = [Block(block.y, block.x, tuple(block.z[i] for i in active)) for block in blocks]
        least = NOTHING if not again else NOTHING * CLOSER
        variances, found, shortfall = _score(part, variances, least)
        if len(active) and variances[:-1].min() < least * variances.sum():
            smallest = int(np.argmin(variances[:-1]))
            active, variances = np.delete(active, smallest), np.delete(variances, smallest)
            continue
        missed = _missed(blocks, variances, active, count)
        worst = max(missed, key=lambda i: missed[i], default=-1)
        if worst in again or missed.get(worst, 0.0) < SHORTFALL:
            return active, variances, found, max(shortfall, missed.get(worst, 0.0))
        again.add(worst)
        place = int(np.searchsorted(active, worst))
        active, variances = np.insert(active, place, worst), np.insert(variances, place, 0.01 * variances.sum())


def _missed(blocks: list[Block], variances: FloatArray, active: npt.NDArray[np.int64], count: int) -> dict[int, float]:
    """By how much the log likelihood would rise, to the second order, with each dropped term; 0 where it would fall."""
    whole = np.zeros(count + 1)
    whole[active], whole[-1] = variances[:-1], variances[-1]
    dropped = np.setdiff1d(np.arange(count), active)
    if not len(dropped):
        return {}
    at = evaluate(blocks, whole)
    return {int(i): max(0.0, float(at.score[i])) ** 2 / (2 * float(at.information[i, i])) for i in dropped}


def _score(blocks: list[Block], variances: FloatArray, least: float) -> tuple[FloatArray, Reml, float]:
    """Steps of Fisher scoring, halved until the likelihood rises; ends early when a share is below the least."""
    found = evaluate(blocks, variances)
    shortfall = math.inf
    for _ in range(MOST_STEPS):
        step = np.linalg.pinv(found.information) @ found.score
        shortfall = abs(0.5 * float(found.score @ step))
        if shortfall < EXACT or variances[:-1].min(initial=1.0) < least * variances.sum():
            break
        for _ in range(MOST_HALVINGS):
            trial = np.maximum(variances + step, 0.1 * variances)
            better = evaluate(blocks, trial)
            if better.criterion <= found.criterion + ROUNDING:
                variances, found = trial, better
                break
            step = step / 2
        else:
            break
    return variances, found, shortfall
