"""Does one fixed hip explain the acceleration of an excursion? The test that carries the counting.

In a kickback the ankle circles the hip: ``a - g = alpha x r + w x (w x r) + c`` with one arm ``r`` from the
hip to the sensor, in the sensor's frame. ``c`` takes the accelerometer's bias. Rigid-body kinematics of a
point on a body that turns about a fixed pivot; the robust solution is iteratively reweighted least squares
with Huber's weights (Huber, Robust Statistics, 1981).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.vectors import cross, smooth
from imu.blocks import FloatArray

LOW_PASS_HZ = 3.0
"""Lower than the prototype's 5 Hz: a loose strap that rings at 9 Hz otherwise hides the hip (multiset_01)."""
GRAVITY_MPS2 = 9.81
WEIGHT_LOST = 0.03
IMPACT_MPS2 = 25.0
"""Away from gravity by more than this a sample is an impact (heel strikes: prototype's notes)."""
NOISE_MPS2 = 0.1
"""What soft tissue and the sensor leave unexplained at best (prototype's notes)."""


ROUNDS = 4
RIDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Pivot:
    """The fitted hip.

    Attributes:
        arm_m: (3,) from the hip to the sensor, in the sensor's frame; its part along the swing's axis cannot be seen
            in a swing about one axis and is taken as zero.
        along_m: its length along the resting leg (positive: the joint is at its upper end).
        tilt_deg: its tilt against the resting leg in the plane of the swing.
        explained: share of the acceleration explained, 0 to 1.
        signal_mps2: root mean square of the acceleration to be explained.
        residual_mps2: root mean square of what is left.
    """

    arm_m: tuple[float, float, float]
    along_m: float
    tilt_deg: float
    explained: float
    signal_mps2: float
    residual_mps2: float


def fit(
    acc: FloatArray,
    gyr: FloatArray,
    up: FloatArray,
    lost: np.ndarray,
    rate_hz: float,
    swing: FloatArray,
    rest: FloatArray,
    lies: str = "hanging",
) -> Pivot | None:
    """Fit the hip to a window.

    Args:
        acc: (n, 3) m/s². gyr: (n, 3) rad/s, bias removed. up: (n, 3) upward direction in the sensor's frame.
        lost: (n,) True where not measured. rate_hz: samples per second.
        swing: (3,) unit, where ``up`` goes in the excursion, orthogonal to ``rest``; rest: (3,) unit.
        lies: how the leg rests. A hanging one points down; a level one points where upwards goes when its end is
            raised; "any" takes the leg to lie where the arm does.

    Returns:
        The fit, or None when the window is shorter than half a second.
    """
    if len(acc) < max(12, 0.5 * rate_hz):
        return None
    linear = acc - GRAVITY_MPS2 * up
    weight = np.where(lost | (np.sqrt(np.einsum("ij,ij->i", linear, linear)) > IMPACT_MPS2), WEIGHT_LOST, 1.0)
    both, weight, rate_hz = _thinned(np.hstack([linear, gyr]), weight, rate_hz)
    slow = smooth(both, 3, LOW_PASS_HZ, rate_hz)
    alpha = np.gradient(slow[:, 3:], 1.0 / rate_hz, axis=0)
    step = max(1, int(rate_hz / 25.0))
    b, turn, alpha, weight = slow[::step, :3], slow[::step, 3:], alpha[::step], weight[::step]
    field = (_field(alpha, turn, rest), _field(alpha, turn, swing))
    below, ahead, weight, left, total = _robust(field, b, weight)
    arm = below * rest + ahead * swing
    unexplained = float(weight @ left)
    along, across = resting(below, ahead, lies)
    return Pivot(
        (float(arm[0]), float(arm[1]), float(arm[2])),
        along,
        math.degrees(math.atan2(across, along)),
        1.0 - unexplained / max(total, 1e-12),
        math.sqrt(total / weight.sum()),
        math.sqrt(unexplained / weight.sum()),
    )


def resting(below: float, ahead: float, lies: str) -> tuple[float, float]:
    """The arm's parts along the resting leg and across it, m."""
    if lies == "level":
        return ahead, below
    if lies == "any":
        return math.hypot(below, ahead), 0.0
    return -below, ahead


def _thinned(values: FloatArray, weight: FloatArray, rate_hz: float) -> tuple[FloatArray, FloatArray, float]:
    """Means of neighbours, down to about 50 Hz: the low-pass that follows leaves nothing of what this loses."""
    step = int(rate_hz / 50.0)
    if step < 2:
        return values, weight, rate_hz
    count = len(values) // step
    kept = count * step
    means = values[:kept].reshape(count, step, -1).mean(axis=1)
    return means, weight[:kept].reshape(count, step).mean(axis=1), rate_hz / step


def _field(alpha: FloatArray, turn: FloatArray, arm: FloatArray) -> FloatArray:
    """Acceleration (n, 3) of a point at ``arm`` (3,) from a pivot, by angular acceleration and velocity (n, 3)."""
    square = np.einsum("ij,ij->i", turn, turn)
    return np.asarray(cross(alpha, arm) + turn * (turn @ arm)[:, None] - square[:, None] * arm)


def _robust(
    field: tuple[FloatArray, FloatArray], b: FloatArray, weight: FloatArray
) -> tuple[float, float, FloatArray, FloatArray, float]:
    """Iteratively reweighted: the arm's two parts, weights, squared residuals (n,), and the weighted total."""
    base = weight
    x, y = 0.0, 0.0
    for _ in range(ROUNDS):
        share = weight / weight.sum()
        target, first, second = b - share @ b, field[0] - share @ field[0], field[1] - share @ field[1]
        of = share[:, None]
        a11, a12, a22 = (float((of * u * v).sum()) for u, v in ((first, first), (first, second), (second, second)))
        b1, b2 = float((of * first * target).sum()), float((of * second * target).sum())
        a11, a22 = a11 + RIDGE, a22 + RIDGE
        det = a11 * a22 - a12 * a12
        x, y = (a22 * b1 - a12 * b2) / det, (a11 * b2 - a12 * b1) / det
        rest = target - x * first - y * second
        left = np.einsum("ij,ij->i", rest, rest)
        total = float(weight @ np.einsum("ij,ij->i", target, target))
        used = weight
        size = np.sqrt(left)
        scale = max(1.48 * float(np.median(size)), 0.5 * NOISE_MPS2)
        weight = base * np.minimum(1.0, 1.5 * scale / np.maximum(size, 1e-9))
    return x, y, used, left, total
