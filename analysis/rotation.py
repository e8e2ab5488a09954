"""Rotation of the leg at the top of a rep, the tilt of its plane, and how still the hold was.

Axial rotation is the twist of the relative orientation about the shank's long axis (swing-twist
decomposition: Dobrowolski, Swing-twist decomposition in Clifford algebra, 2015). Signs: ``docs/measures.md``.
"""

from __future__ import annotations

import math

import numpy as np

from analysis.orientation import rotate
from analysis.phases import Shape
from analysis.track import Window
from analysis.vectors import cross
from imu.blocks import FloatArray

LIMIT_DEG, LIMIT_WITH_GAIT_DEG = 12.0, 9.0
"""The flag's defaults without and with a known backwards. Tuned on simulated sets: on the 22 shared ones 95 % sensitive
and 97 % specific, on those of our own simulator (seeds 1 to 5, 50 to 54, 1000 to 1010, 3000 to 3010) 95 and 94 %.
Without gait the thigh's own rotation cannot be told apart, hence the higher limit."""
AZIMUTH_SHARE = 0.1
"""Weight of the direction of travel against walking's backwards, beside the twist."""

OUTWARDS = {"right": 1.0, "left": -1.0}


def axial_deg(window: Window, shape: Shape, lies: str = "hanging") -> float:
    """Twist of the shank at the hold against the rep's start, degrees, counter-clockwise seen from the hip.

    NaN when the rep's start is unknown, a long gap lies between, or the leg did not hang: in a level one gravity does
    not show the long axis.
    """
    if lies != "hanging" or "start_s" in shape.hidden or math.isnan(shape.heading):
        return math.nan
    at = min(max(round(shape.start) - window.start, 0), len(window) - 1)
    quiet = shape.quiet[shape.hold] & ~window.lost[shape.hold]
    hold = window.quat[shape.hold][quiet] if quiet.any() else window.quat[shape.hold]
    begin = window.quat[at]
    axis = window.up[max(at - 1, 0) : at + 2].mean(axis=0)
    axis = axis / np.linalg.norm(axis)
    return float(np.median(twist_deg(begin, hold, axis)))


def twist_deg(begin: FloatArray, then: FloatArray, axis: FloatArray) -> FloatArray:
    """Twist between orientations about an axis of the sensor's frame, degrees within 180, shape (n,).

    Args:
        begin: (4,) quaternion, sensor to earth. then: (n, 4), later ones. axis: (3,) unit, as ``begin`` sees it.
    """
    # scalar and vector part of conj(begin) * then
    scalar = then @ begin
    vector = begin[0] * then[:, 1:] - then[:, :1] * begin[1:] - cross(begin[1:], then[:, 1:])
    twist = np.degrees(2 * np.arctan2(vector @ axis, scalar))
    return np.asarray((twist + 180.0) % 360.0 - 180.0)


def travel(window: Window, shape: Shape) -> FloatArray | None:
    """Where the ankle travels, horizontal at the rep's start, in the sensor's frame, (3,) unit; None when unknown.

    The upper end of the shank leans the other way, which is what the shape's heading tells.
    """
    if "start_s" in shape.hidden or math.isnan(shape.heading):
        return None
    at = min(max(round(shape.start) - window.start, 0), len(window) - 1)
    back = window.quat[at] * np.array([1.0, -1.0, -1.0, -1.0])
    towards = np.array([[-math.cos(shape.heading), -math.sin(shape.heading), 0.0]])
    return np.asarray(rotate(back[None, :], towards)[0])


def tilt_deg(direction: FloatArray, mean: FloatArray, rest: FloatArray) -> float:
    """Angle from the set's mean direction of travel to a rep's, about ``rest``; counter-clockwise from above.

    All three are unit vectors (3,) in the sensor's frame.
    """
    return math.degrees(math.atan2(float(cross(mean, direction) @ rest), float(mean @ direction)))


def turned_out(twist_deg: float, way: FloatArray | None, rest: FloatArray, back: FloatArray | None) -> float:
    """How far the leg opened, degrees counter-clockwise: the twist, with some of the travel off backwards when known.

    Args:
        twist_deg: from :func:`axial_deg`. way: from :func:`travel`. rest: (3,) unit, upwards at rest.
        back: (3,) unit, backwards in the sensor's frame, or None.
    """
    if back is None or way is None:
        return twist_deg
    return (1.0 - AZIMUTH_SHARE) * twist_deg - AZIMUTH_SHARE * tilt_deg(way, back, rest)


def default_limit_deg(back: FloatArray | None) -> float:
    """The flag's default limit."""
    return LIMIT_DEG if back is None else LIMIT_WITH_GAIT_DEG


def sway_deg(window: Window, shape: Shape) -> float:
    """RMS deviation of the shank's direction from its mean during the hold, pulses left out; NaN when unknown."""
    if shape.pulses is None:
        return math.nan
    quiet = shape.quiet[shape.hold] & ~window.lost[shape.hold]
    up = window.up[shape.hold][quiet]
    up = up[~np.isnan(up[:, 0])]
    if len(up) < 2:
        return math.nan
    mean = up.mean(axis=0)
    mean = mean / np.linalg.norm(mean)
    off = np.degrees(np.arctan2(np.linalg.norm(cross(up, mean), axis=1), up @ mean))
    return float(np.sqrt(np.mean(off**2)))
