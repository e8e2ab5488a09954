"""The restricted likelihood of a linear mixed model: its value, its slope and its information at given variances.

The model is y = X b + sum of Z_k u_k + e with independent u_k ~ N(0, v_k), e ~ N(0, v_0); people share no random
effect, so the covariance of y falls into one block a person. Formulas: Searle, Casella and McCulloch, Variance
Components, 1992, sections 6.6 and 6.7.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A random term of the model.

    Attributes:
        name: such as "subject" or "subject/session".
        codes: the group of each row, shape (n,).
        weights: what the group's effect is multiplied by in each row, shape (n,); None for an intercept.
    """

    name: str
    codes: npt.NDArray[np.int64]
    weights: FloatArray | None = None

    def columns(self, rows: npt.NDArray[np.int64]) -> FloatArray:
        """The part of Z for these rows: one column for each group that occurs in them, shape (len(rows), groups)."""
        found, place = np.unique(self.codes[rows], return_inverse=True)
        z = np.zeros((len(rows), len(found)))
        z[np.arange(len(rows)), place] = 1.0 if self.weights is None else self.weights[rows]
        return z


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The rows of one person: y (n,), X (n, p), and Z of each component (n, groups)."""

    y: FloatArray
    x: FloatArray
    z: tuple[FloatArray, ...]


def blocks_of(
    y: FloatArray, x: FloatArray, people: npt.NDArray[np.int64], components: Sequence[Component]
) -> list[Block]:
    """The data, a block a person.

    Raises:
        ValueError: a group of a component has rows of two people.
    """
    for component in components:
        pairs = np.unique(np.column_stack([component.codes, people]), axis=0)
        if len(pairs) != len(np.unique(component.codes)):
            raise ValueError(f"the random term {component.name!r} has a group that two people share")
    rows = [np.flatnonzero(people == person) for person in np.unique(people)]
    return [Block(y[of], x[of], tuple(component.columns(of) for component in components)) for of in rows]


@dataclass(frozen=True, slots=True, eq=False)
class Reml:
    """The restricted likelihood at one set of variances (k components, then the residual; p fixed effects).

    Attributes:
        criterion: -2 log restricted likelihood, as lme4 gives it.
        score: slope of the log likelihood by each variance, shape (k + 1,).
        information: expected information of the variances, shape (k + 1, k + 1).
        beta: fixed effects, shape (p,). covariance: theirs, shape (p, p).
        slopes: of the covariance by each variance, shape (k + 1, p, p).
    """

    criterion: float
    score: FloatArray
    information: FloatArray
    beta: FloatArray
    covariance: FloatArray
    slopes: FloatArray


def evaluate(blocks: Sequence[Block], variances: FloatArray) -> Reml:
    """The restricted likelihood at ``variances``, shape (k + 1,): of the components in order, then of the residual.

    Raises:
        LinAlgError: a covariance is not positive definite.
    """
    k, p = len(variances) - 1, blocks[0].x.shape[1]
    parts = [_part(block, variances) for block in blocks]
    covariance = np.linalg.inv(sum(part.xwx for part in parts))
    covariance = (covariance + covariance.T) / 2
    beta = covariance @ sum(part.xwy for part in parts)
    middle, cross = np.zeros((k + 1, p, p)), np.zeros((k + 1, k + 1, p, p))
    trace, pairs, quadratic = np.zeros(k + 1), np.zeros((k + 1, k + 1)), np.zeros(k + 1)
    spread = 0.0
    for block, part in zip(blocks, parts, strict=True):
        rest = block.y - block.x @ beta
        weighted = part.w @ rest
        spread += float(rest @ weighted)
        for i, (z, a, t) in enumerate(zip(part.z, part.xwz, part.zwz, strict=True)):
            middle[i] += a @ a.T
            trace[i] += sum(part.w_diagonal) if z is None else float(np.trace(t[i]))
            quadratic[i] += float(np.sum(np.square(weighted if z is None else z.T @ weighted)))
            for j in range(i, k + 1):
                pairs[i, j] += float(np.sum(np.square(t[j])))
                cross[i, j] += a @ t[j] @ part.xwz[j].T
    slopes = np.array([covariance @ each @ covariance for each in middle])
    bent = np.array([covariance @ each for each in middle])
    score = 0.5 * (quadratic - trace + np.trace(bent, axis1=1, axis2=2))
    information = np.zeros((k + 1, k + 1))
    for i in range(k + 1):
        for j in range(i, k + 1):
            once, twice = np.sum(covariance * cross[i, j].T), np.sum(bent[i] * bent[j].T)
            information[i, j] = information[j, i] = 0.5 * (pairs[i, j] - 2.0 * once + twice)
    n = sum(len(block.y) for block in blocks)
    logs = sum(part.log_det for part in parts) - float(np.linalg.slogdet(covariance)[1])
    criterion = (n - p) * math.log(2 * math.pi) + logs + spread
    return Reml(criterion, score, information, beta, covariance, slopes)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What one person adds, with W the inverse of the covariance; the residual is the last component, with Z = 1."""

    w: FloatArray
    w_diagonal: FloatArray
    log_det: float
    xwx: FloatArray
    xwy: FloatArray
    z: tuple[FloatArray | None, ...]
    xwz: tuple[FloatArray, ...]
    zwz: tuple[tuple[FloatArray, ...], ...]


def _part(block: Block, variances: FloatArray) -> _Part:
    v = variances[-1] * np.eye(len(block.y))
    for z, variance in zip(block.z, variances[:-1], strict=True):
        v += variance * (z @ z.T)
    lower = np.linalg.cholesky(v)
    inverse = np.linalg.inv(lower)
    w = inverse.T @ inverse
    wz = (*(w @ z for z in block.z), w)
    zwz = tuple(tuple(each if z is None else z.T @ each for each in wz) for z in (*block.z, None))
    return _Part(
        w=w,
        w_diagonal=np.diag(w),
        log_det=2.0 * float(np.log(np.diag(lower)).sum()),
        xwx=block.x.T @ w @ block.x,
        xwy=block.x.T @ (w @ block.y),
        z=(*block.z, None),
        xwz=tuple(block.x.T @ each for each in wz),
        zwz=zwz,
    )
