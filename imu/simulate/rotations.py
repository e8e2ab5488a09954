"""Rotation matrices for many samples at once: shape (n, 3, 3), radians, active rotations, body to world."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def about(axis: npt.ArrayLike, angle_rad: npt.ArrayLike) -> FloatArray:
    """Rotations by ``angle_rad`` (n,) about one fixed ``axis`` (3,), Rodrigues' formula; shape (n, 3, 3)."""
    unit = np.asarray(axis, dtype=np.float64)
    unit = unit / np.linalg.norm(unit)
    angle = np.atleast_1d(np.asarray(angle_rad, dtype=np.float64))
    return _rodrigues(np.broadcast_to(unit, (len(angle), 3)), angle)


def from_rotvec(rotvec_rad: FloatArray) -> FloatArray:
    """Rotations given as axis times angle, shape (n, 3) to (n, 3, 3)."""
    angle = np.linalg.norm(rotvec_rad, axis=1)
    safe = np.where(angle > 0, angle, 1.0)
    return _rodrigues(rotvec_rad / safe[:, None], angle)


def _rodrigues(unit: FloatArray, angle: FloatArray) -> FloatArray:
    x, y, z = unit.T
    c, s = np.cos(angle), np.sin(angle)
    k = 1.0 - c
    out = np.empty((len(angle), 3, 3))
    out[:, 0, 0] = c + x * x * k
    out[:, 0, 1] = x * y * k - z * s
    out[:, 0, 2] = x * z * k + y * s
    out[:, 1, 0] = y * x * k + z * s
    out[:, 1, 1] = c + y * y * k
    out[:, 1, 2] = y * z * k - x * s
    out[:, 2, 0] = z * x * k - y * s
    out[:, 2, 1] = z * y * k + x * s
    out[:, 2, 2] = c + z * z * k
    return out


def to_rotvec(rotation: FloatArray) -> FloatArray:
    """Axis times angle of one rotation matrix (3, 3), for angles below 180 degrees; shape (3,)."""
    skew = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    sine = np.linalg.norm(skew) / 2
    if sine < 1e-12:
        return np.zeros(3)
    angle = np.arctan2(sine, (np.trace(rotation) - 1) / 2)
    return np.asarray(skew / (2 * sine) * angle)


def body_rate_radps(rotation: FloatArray, dt_s: float) -> FloatArray:
    """Angular velocity in the body's frame by central differences of orientation; (n, 3, 3) to (n, 3).

    The turn between two samples must stay well below 90 degrees.
    """
    first = np.concatenate([rotation[:1], rotation[:-1]])
    last = np.concatenate([rotation[1:], rotation[-1:]])
    turn = np.matmul(first.transpose(0, 2, 1), last)
    skew = np.stack(
        [turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], axis=1
    )
    sine = np.linalg.norm(skew, axis=1) / 2
    gain = np.where(sine > 1e-12, np.arcsin(np.clip(sine, 0, 1)) / np.where(sine > 1e-12, sine, 1), 1.0)
    span = np.full(len(rotation), 2 * dt_s)
    span[[0, -1]] = dt_s
    return np.asarray(skew / 2 * (gain / span)[:, None])


def apply(rotation: FloatArray, vector: npt.ArrayLike) -> FloatArray:
    """Every rotation (n, 3, 3) applied to its own vector (n, 3), or all to one (3,); shape (n, 3)."""
    v = np.asarray(vector, dtype=np.float64)
    if v.ndim == 1:
        return np.asarray(rotation @ v)
    return np.asarray(np.matmul(rotation, v[:, :, None])[:, :, 0])


def twist_rad(rotation: FloatArray, axis: int) -> FloatArray:
    """Twist of (n, 3, 3) about a coordinate axis: the swing-twist decomposition of a quaternion; shape (n,).

    The quaternion's scalar part is proportional to ``1 + trace`` and its vector part to the skew part of the matrix.
    """
    i, j = (axis + 1) % 3, (axis + 2) % 3
    vector = rotation[:, j, i] - rotation[:, i, j]
    scalar = 1.0 + np.trace(rotation, axis1=1, axis2=2)
    return np.asarray(2.0 * np.arctan2(vector, scalar))


def any_rotation(rng: np.random.Generator) -> FloatArray:
    """One rotation matrix (3, 3), uniform over all orientations (a normalised Gaussian quaternion)."""
    q = rng.normal(size=4)
    q /= np.linalg.norm(q)
    w, x, y, z = q
    angle = 2 * np.arctan2(np.linalg.norm(q[1:]), w)
    return np.asarray(about((x, y, z), angle)[0])
