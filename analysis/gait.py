"""Which way is backwards, told by walking before the set.

In walking the shank swings further behind the vertical (at toe-off) than before it (at heel strike), and
both in one plane: Winter, Biomechanics and Motor Control of Human Movement (2009), sagittal shank angles. So
the largest lean of each stride points backwards in the sensor's frame, however the sensor was strapped on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.vectors import cross
from imu.blocks import FloatArray

STRIDE_S = 1.4
"""Holds a whole stride of slow to usual walking (0.9 to 1.4 s)."""
MEMORY_S = 90.0
NEWEST = 8
"""Only the newest stretches of walking count: the sensor may have been moved before them."""
LEAN_DEG = (28.0, 85.0)
AHEAD_DEG = (6.0, 50.0)
LEAST_DPS = 60.0
NARROW = 0.6
TOGETHER_DEG = 40.0
HANDLED_DEG = 100.0
"""A sensor turned this far from its rest position was off the leg: what came before does not tell how it sits now."""
LEAST_STRETCHES = 3
"""Tuned on 142 simulated sets: found in all that had three seconds of walking before, never on the wrong side."""


@dataclass(frozen=True, slots=True, eq=False)
class Gait:
    """The direction that walking says is backwards.

    Attributes:
        back: (3,) unit, in the sensor's frame, orthogonal to the rest position.
        stretches: overlapping stretches of walking that agree.
        asymmetry_deg: how much further the shank leaned backwards than forwards, mean.
    """

    back: FloatArray
    stretches: int
    asymmetry_deg: float


def backwards(up: FloatArray, tick_hz: float, rest: FloatArray) -> Gait | None:
    """Look for walking and tell its backwards.

    Args:
        up: (n, 3) upward direction in the sensor's frame before the set; NaN where lost.
        tick_hz: rows a second. rest: (3,) unit, upwards in the set's rest position.

    Returns:
        The direction, or None when fewer than three stretches agree.
    """
    plane, angle, basis = _leans(up, rest)
    length, hop = round(STRIDE_S * tick_hz), max(1, round(0.5 * STRIDE_S * tick_hz))
    speed = np.degrees(np.linalg.norm(np.diff(up, axis=0), axis=1)) * tick_hz
    found: list[tuple[FloatArray, float, float]] = []
    handled = np.flatnonzero(angle > HANDLED_DEG)
    since = int(handled[-1]) + 1 if len(handled) else 0
    for i in range(len(up) - length, since - 1, -hop):
        lean = _stride(plane[i : i + length], angle[i : i + length], speed[i : i + length - 1])
        if lean is not None:
            found.append(lean)
        if len(found) == NEWEST:
            break
    if len(found) < LEAST_STRETCHES:
        return None
    ways = np.array([way for way, _, _ in found])
    near = ways @ ways.T > math.cos(math.radians(TOGETHER_DEG))
    best = near[int(np.argmax(near.sum(axis=1)))]
    if int(best.sum()) < LEAST_STRETCHES:
        return None
    mean = ways[best].sum(axis=0)
    mean = mean / np.linalg.norm(mean)
    more = float(np.mean([behind - ahead for (_, behind, ahead), use in zip(found, best, strict=True) if use]))
    return Gait(mean @ basis, int(best.sum()), more)


def _leans(up: FloatArray, rest: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lean (n, 2) in degrees in the plane across the rest position, its size (n,), and that plane's basis (2, 3)."""
    helper = np.eye(3)[int(np.argmin(np.abs(rest)))]
    first = cross(rest, helper)
    first = first / np.linalg.norm(first)
    basis = np.stack([first, cross(rest, first)])
    angle = np.degrees(np.arccos(np.clip(up @ rest, -1.0, 1.0)))
    flat = up @ basis.T
    size = np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    return flat / size * angle[:, None], angle, basis


def _stride(plane: FloatArray, angle: FloatArray, speed_dps: FloatArray) -> tuple[FloatArray, float, float] | None:
    """The way of the largest lean, its size, and the size of the lean the other way; None when it is no stride."""
    if np.isnan(angle).any() or float(np.mean(speed_dps)) < LEAST_DPS:
        return None
    at = int(np.argmax(angle))
    behind = float(angle[at])
    if not LEAN_DEG[0] < behind < LEAN_DEG[1]:
        return None
    way = plane[at] / behind
    ahead = -float((plane @ way).min())
    aside = float(np.abs(plane @ np.array([-way[1], way[0]])).max())
    if not AHEAD_DEG[0] < ahead < AHEAD_DEG[1] or aside > NARROW * behind:
        return None
    return way, behind, ahead
