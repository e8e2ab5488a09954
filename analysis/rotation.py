"""Rotation of the leg at the top of a rep, the tilt of its plane, and how still the hold was.

Axial rotation is the twist of the relative orientation about the shank's long axis (swing-twist
decomposition: Dobrowolski, Swing-twist decomposition in Clifford algebra, 2015). Signs: ``measures.md``.
"""

from __future__ import annotations

import math

import numpy as np

from analysis.orientation import rotate
from analysis.phases import Shape
from analysis.track import Window
from imu.blocks import FloatArray

DEFAULT_LIMIT_DEG = 9.25
"""The flag's default: 98 % sensitive and 97 % specific on the prototype's tuning data (algorithm notes, step 8)."""

OUTWARDS = {"right": 1.0, "left": -1.0}


def axial_deg(window: Window, shape: Shape) -> float:
    """Twist of the shank at the hold against the rep's start, degrees, counter-clockwise seen from the hip.

    NaN when the rep's start is unknown or a long gap lies between.
    """
    if "start_s" in shape.hidden or math.isnan(shape.heading):
        return math.nan
    at = min(max(round(shape.start) - window.start, 0), len(window) - 1)
    quiet = shape.quiet[shape.hold] & ~window.lost[shape.hold]
    hold = window.quat[shape.hold][quiet] if quiet.any() else window.quat[shape.hold]
    begin = window.quat[at]
    axis = window.up[max(at - 1, 0) : at + 2].mean(axis=0)
    axis = axis / np.linalg.norm(axis)
    # vector and scalar part of conj(begin) * hold
    scalar = hold @ begin
    vector = begin[0] * hold[:, 1:] - hold[:, :1] * begin[1:] - np.cross(begin[1:], hold[:, 1:])
    twist = np.degrees(2 * np.arctan2(vector @ axis, scalar))
    return float(np.median((twist + 180.0) % 360.0 - 180.0))


def travel(window: Window, shape: Shape) -> FloatArray | None:
    """Direction of travel, horizontal at the rep's start, in the sensor's frame, (3,) unit; None when unknown."""
    if "start_s" in shape.hidden or math.isnan(shape.heading):
        return None
    at = min(max(round(shape.start) - window.start, 0), len(window) - 1)
    back = window.quat[at] * np.array([1.0, -1.0, -1.0, -1.0])
    towards = np.array([[math.cos(shape.heading), math.sin(shape.heading), 0.0]])
    return np.asarray(rotate(back[None, :], towards)[0])


def tilt_deg(direction: FloatArray, mean: FloatArray, rest: FloatArray) -> float:
    """Angle from the set's mean direction of travel to a rep's, about ``rest``; counter-clockwise from above.

    All three are unit vectors (3,) in the sensor's frame.
    """
    return math.degrees(math.atan2(float(np.cross(mean, direction) @ rest), float(mean @ direction)))


def sway_deg(window: Window, shape: Shape) -> float:
    """RMS deviation of the shank's direction from its mean during the hold, pulses left out; NaN when none is left."""
    quiet = shape.quiet[shape.hold] & ~window.lost[shape.hold]
    up = window.up[shape.hold][quiet]
    up = up[~np.isnan(up[:, 0])]
    if len(up) < 2:
        return math.nan
    mean = up.mean(axis=0)
    mean = mean / np.linalg.norm(mean)
    off = np.degrees(np.arctan2(np.linalg.norm(np.cross(up, mean), axis=1), up @ mean))
    return float(np.sqrt(np.mean(off**2)))
