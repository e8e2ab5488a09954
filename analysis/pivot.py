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
from scipy.signal import sosfiltfilt

from analysis.vectors import low_pass
from imu.blocks import FloatArray

LOW_PASS_HZ = 3.0
"""Lower than the prototype's 5 Hz: a loose strap that rings at 9 Hz otherwise hides the hip (multiset_01)."""
GRAVITY_MPS2 = 9.81
WEIGHT_LOST = 0.03
IMPACT_MPS2 = 25.0
"""Away from gravity by more than this a sample is an impact (heel strikes: algorithm notes)."""
NOISE_MPS2 = 0.1
"""What soft tissue and the sensor leave unexplained at best (algorithm notes)."""


@dataclass(frozen=True, slots=True)
class Pivot:
    """The fitted hip.

    Attributes:
        arm_m: (3,) from the hip to the sensor, in the sensor's frame; its part along the swing's axis cannot be seen
            in a swing about one axis and is taken as zero.
        along_m: its length along the resting leg (positive: the hip is above).
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
) -> Pivot | None:
    """Fit the hip to a window.

    Args:
        acc: (n, 3) m/s². gyr: (n, 3) rad/s, bias removed. up: (n, 3) upward direction in the sensor's frame.
        lost: (n,) True where not measured. rate_hz: samples per second.
        swing: (3,) unit, where ``up`` goes in the excursion, orthogonal to ``rest``; rest: (3,) unit.

    Returns:
        The fit, or None when the window is shorter than half a second.
    """
    if len(acc) < max(12, 0.5 * rate_hz):
        return None
    linear = acc - GRAVITY_MPS2 * up
    weight = np.where(lost | (np.linalg.norm(linear, axis=1) > IMPACT_MPS2), WEIGHT_LOST, 1.0)
    sos = low_pass(3, LOW_PASS_HZ, rate_hz)
    smooth = sosfiltfilt(sos, np.hstack([linear, gyr]), axis=0, padlen=min(len(acc) - 1, int(rate_hz)))
    alpha = np.gradient(smooth[:, 3:], 1.0 / rate_hz, axis=0)
    step = max(1, int(rate_hz / 25.0))
    b, w, alpha, weight = smooth[::step, :3], smooth[::step, 3:], alpha[::step], weight[::step]
    design = np.zeros((len(b), 3, 6))
    # alpha x r + w x (w x r) = ([alpha] + w w^T - |w|^2 I) r
    design[:, :, :3] = w[:, :, None] * w[:, None, :] - np.einsum("ij,ij->i", w, w)[:, None, None] * np.eye(3)
    design[:, 0, 1] -= alpha[:, 2]
    design[:, 0, 2] += alpha[:, 1]
    design[:, 1, 0] += alpha[:, 2]
    design[:, 1, 2] -= alpha[:, 0]
    design[:, 2, 0] -= alpha[:, 1]
    design[:, 2, 1] += alpha[:, 0]
    design[:, :, 3:] = np.eye(3)
    plane = np.stack([rest, swing], axis=1)
    design = np.concatenate([design[:, :, :3] @ plane, design[:, :, 3:]], axis=2)
    solution, weight = _robust(design, b, weight)
    left = b - design @ solution
    mean = (weight[:, None] * b).sum(0) / weight.sum()
    total = float((weight[:, None] * (b - mean) ** 2).sum())
    rest_sum = float((weight[:, None] * left**2).sum())
    arm = plane @ solution[:2]
    along = float(-solution[0])
    return Pivot(
        (float(arm[0]), float(arm[1]), float(arm[2])),
        along,
        math.degrees(math.atan2(float(solution[1]), along)),
        1.0 - rest_sum / max(total, 1e-12),
        math.sqrt(total / weight.sum()),
        math.sqrt(rest_sum / weight.sum()),
    )


def _robust(design: FloatArray, b: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    base = weight
    unknowns = design.shape[2]
    solution = np.zeros(unknowns)
    ridge = 1e-6 * np.eye(unknowns)
    for _ in range(4):
        weighted = design * weight[:, None, None]
        normal = np.einsum("nij,nik->jk", weighted, design) + ridge
        solution = np.linalg.solve(normal, np.einsum("nij,ni->j", weighted, b))
        left = np.linalg.norm(b - design @ solution, axis=1)
        scale = max(1.48 * float(np.median(left)), 0.5 * NOISE_MPS2)
        weight = base * np.minimum(1.0, 1.5 * scale / np.maximum(left, 1e-9))
    return solution, weight
