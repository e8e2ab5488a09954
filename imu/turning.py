"""Gravity against the gyro: does the sensor turn as far as its gyro says?

Between two quiet moments gravity's direction in the sensor's frame changes by what the gyro adds up to,
``dg/dt = -ω × g``. No mounting and no calibration enters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray
from imu.units import DEG_PER_RAD, RAD_PER_DEG

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

PRESENT = 0.8
"""Share of the rows that must be there for a mean to be taken."""
STEP_HZ = 25.0
"""The gyro is added up in steps of this rate."""
QUIET_S = 0.3
QUIET_SHARE = 0.04
"""At a quiet moment the acceleration is gravity, to within this share of it, for this long."""
BRIDGE_S = 0.15
"""Shorter holes in the turn rate are bridged."""
LAGS_S = (0.8, 1.2, 1.8, 2.6, 3.6, 5.0)
"""Distances of the quiet moments compared: from rest to the hold, from the hold to rest."""
LEAST_TURN_DEG = 12.0
LEAST_PAIRS = 4
MOST_PAIRS = 60
"""Gravity must have turned this far between so many pairs of quiet moments before the gyro is judged."""
FAR_DEG = 25.0
"""Disagreement is told from here on: a quiet moment may be off by 2.3° (``QUIET_SHARE``), and a gyro's offset of
1 °/s by 5° over the longest lag, so at smaller turns half of the turn says nothing. Of 1,980 simulated recordings 5
had been refused at median turns of 13 to 18°."""
UNIT_FACTORS = (RAD_PER_DEG, 1.0, DEG_PER_RAD)
TRIES = np.array([0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.4])
FITTING = 0.85
"""Other axes are named when with them, at a scale of 1, gravity and the gyro agree as well as in people's files."""
SCALE_OFF = 0.15
"""No gyro's scale is off by more; other axes are tried, too, when it seems to be."""
FEW_PAIRS = 20
"""So many pairs are enough to try other axes on."""


@dataclass(frozen=True, slots=True)
class Turning:
    """Gravity against the gyro.

    Attributes:
        ratio: the factor that makes the gyro's turns those of gravity; NaN when too little turned to tell, infinite
            when the gyro shows nothing although gravity turned.
        agreement: how well they then agree, 1 less the median error as a share of the median turn; 0 when untold.
        axes: how the gyro's axes have to be taken to fit the accelerometer's, such as "y, x, z" or "-x, -y, -z";
            "" when they fit as they are, or when none fit.
    """

    ratio: float = math.nan
    agreement: float = 0.0
    axes: str = ""


def turns(acc: FloatArray, gyr: FloatArray, rate_hz: float, gravity: float, still: slice, agrees: float) -> Turning:
    """Compare gravity's turns with the gyro's; other axes are tried when they agree less than ``agrees``."""
    size = max(1, round(rate_hz / STEP_HZ))
    step_s = size / rate_hz
    bias = np.nan_to_num(box_means(gyr[still], len(gyr[still]))[0])
    down, spin = _thin(acc, size), _thin(gyr - bias, size)
    quiet = _quiet(down, max(3, round(QUIET_S / step_s)), gravity)
    spin, broken = _bridged(spin, round(BRIDGE_S / step_s))
    first, last = _pairs(down, quiet, broken, step_s)
    if len(first) < LEAST_PAIRS:
        return Turning()
    if not spin.any():
        return Turning(ratio=math.inf)
    unit = down / np.maximum(np.linalg.norm(down, axis=1, keepdims=True), 1e-9)
    factors = np.concatenate([centre * TRIES for centre in UNIT_FACTORS])
    agreement = _agreement(unit, spin * step_s, first, last, factors[:, None, None] * np.eye(3))
    best = int(np.argmax(agreement))
    scale_off = abs(TRIES[best % len(TRIES)] - 1.0) > SCALE_OFF
    axes = ""
    if agreement[best] < agrees or scale_off:
        axes = _other_axes(unit, spin * step_s, first, last, max(FITTING, float(agreement[best]) + 0.05))
    if agreement[best] < agrees and not axes and np.median(_apart(down[first], down[last])) < math.radians(FAR_DEG):
        return Turning()
    return Turning(float(factors[best]), float(agreement[best]), axes)


def _agreement(unit: FloatArray, turn: FloatArray, first: IntArray, last: IntArray, tries: FloatArray) -> FloatArray:
    """How well gravity's turns from ``first`` to ``last`` agree with the gyro's, for each matrix tried on the gyro.

    ``unit`` is gravity's direction and ``turn`` the rotation vector of every step, shape (n, 3); ``tries`` has the
    shape (m, 3, 3), the agreements (m,).
    """
    seen = np.repeat(unit[first][None], len(tries), axis=0)
    for step in range(int((last - first).max())):
        now = np.minimum(first + step, last - 1)
        going = (first + step < last)[None, :, None]
        seen = np.where(going, _turned(seen, -(turn[now] @ np.swapaxes(tries, 1, 2))), seen)
    error = np.median(_apart(seen, unit[last][None]), axis=1)
    return np.asarray(np.maximum(0.0, 1.0 - error / np.median(_apart(unit[first], unit[last]))))


def _other_axes(unit: FloatArray, turn: FloatArray, first: IntArray, last: IntArray, least: float) -> str:
    """The gyro's axes, changed as little as it takes to agree with gravity as well as ``least``; "" when none do."""
    chosen = np.unique(np.linspace(0, len(first) - 1, FEW_PAIRS).astype(np.int64))
    kinds = [(order, signs) for order in permutations(range(3)) for signs in product((1, -1), repeat=3)]
    one = np.array([np.diag(signs) @ np.eye(3)[list(order)] for order, signs in kinds])
    fits = np.zeros(len(kinds))
    for factor in UNIT_FACTORS:
        fits = np.maximum(fits, _agreement(unit, turn, first[chosen], last[chosen], one * factor))
    turned_round: dict[tuple[int, ...], int] = {(1, 1, 1): 0, (-1, -1, -1): 1}
    changes = [
        sum(here != i for i, here in enumerate(order)) + turned_round.get(signs, signs.count(-1))
        for order, signs in kinds
    ]
    good = [i for i in range(len(kinds)) if fits[i] >= least]
    if not good:
        return ""
    order, signs = kinds[min(good, key=lambda i: (changes[i], -fits[i]))]
    return ", ".join(("-" if sign < 0 else "") + "xyz"[here] for here, sign in zip(order, signs, strict=True))


def box_means(values: FloatArray, size: int) -> FloatArray:
    """Means over ``size`` rows, NaN where fewer than ``PRESENT`` of them are there. Shape (n - size + 1, columns)."""
    there: BoolArray = np.asarray(np.isfinite(values).all(axis=1))
    total = np.cumsum(np.where(there[:, None], values, 0.0), axis=0)
    total = np.vstack([np.zeros((1, values.shape[1])), total])
    count = np.append(0, np.cumsum(there))
    count = count[size:] - count[:-size]
    mean = (total[size:] - total[:-size]) / np.maximum(count, 1)[:, None]
    mean[count < PRESENT * size] = np.nan
    return np.asarray(mean)


def _thin(values: FloatArray, size: int) -> FloatArray:
    """Means of ``size`` rows after another; NaN where too many are lost."""
    blocks = values[: len(values) // size * size].reshape(-1, size, 3)
    there: BoolArray = np.asarray(np.isfinite(blocks).all(axis=2))
    total = np.where(there[:, :, None], blocks, 0.0).sum(axis=1)
    count = there.sum(axis=1)
    mean = total / np.maximum(count, 1)[:, None]
    mean[count < PRESENT * size] = np.nan
    return np.asarray(mean)


def _quiet(down: FloatArray, size: int, gravity: float) -> BoolArray:
    """Where the acceleration is nothing but gravity, told from ``size`` rows around."""
    quiet = np.zeros(len(down), dtype=bool)
    if len(down) <= size:
        return quiet
    mean = box_means(down, size)
    scatter = np.sqrt(np.maximum(box_means(down**2, size) - mean**2, 0.0).sum(axis=1))
    length = np.linalg.norm(mean, axis=1)
    calm = (scatter < QUIET_SHARE * gravity) & (np.abs(length - gravity) < QUIET_SHARE * gravity)
    quiet[size // 2 : size // 2 + len(calm)] = calm
    return quiet


def _bridged(spin: FloatArray, longest: int) -> tuple[FloatArray, BoolArray]:
    """Holes of up to ``longest`` rows filled by straight lines, and where longer ones are."""
    hole = np.isnan(spin).any(axis=1)
    row = np.arange(len(spin))
    edges = np.flatnonzero(np.diff(hole, prepend=False, append=False))
    broken = np.zeros(len(spin), dtype=bool)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        broken[first:last] = last - first > longest
    if hole.any() and not hole.all():
        spin = np.column_stack([np.interp(row, row[~hole], axis[~hole]) for axis in spin.T])
    return spin, broken


def _pairs(down: FloatArray, quiet: BoolArray, broken: BoolArray, step_s: float) -> tuple[IntArray, IntArray]:
    """Quiet moments a few seconds apart between which gravity turned most, without a hole between them."""
    first, last = [], []
    holes = np.append(0, np.cumsum(broken))
    for lag_s in LAGS_S:
        lag = round(lag_s / step_s)
        start = np.arange(0, max(0, len(down) - lag), 3)
        good = quiet[start] & quiet[start + lag] & (holes[start + lag + 1] == holes[start])
        first.append(start[good])
        last.append(start[good] + lag)
    a, b = np.concatenate(first), np.concatenate(last)
    turn = _apart(down[a], down[b])
    best = np.argsort(-turn, kind="stable")[:MOST_PAIRS]
    best = best[turn[best] >= math.radians(LEAST_TURN_DEG)]
    return a[best], b[best]


def _turned(vectors: FloatArray, by: FloatArray) -> FloatArray:
    """Vectors turned by rotation vectors (Rodrigues' formula)."""
    angle = np.linalg.norm(by, axis=-1, keepdims=True)
    axis = by / np.maximum(angle, 1e-12)
    along = (axis * vectors).sum(axis=-1, keepdims=True) * axis
    return np.asarray(along + (vectors - along) * np.cos(angle) + np.cross(axis, vectors) * np.sin(angle))


def _apart(a: FloatArray, b: FloatArray) -> FloatArray:
    """Angles between vectors, radians."""
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.arctan2(cross, (a * b).sum(axis=-1)))
