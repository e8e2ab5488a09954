"""The four instants of a rep, its pulses, range of motion and peak speeds: definitions of ``docs/measures.md``.

The instants are crossings of 5 % of a phase's peak velocity. They are extrapolated from the flank between
15 % and 40 %, where the movement stands above sway and tremor (prototype's notes, step 6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from analysis.orientation import rotate
from analysis.track import Window
from analysis.vectors import smooth
from imu.blocks import FloatArray

EDGE = 0.05
"""The share of the peak that defines the instants (``docs/measures.md``)."""
FLANK = (0.15, 0.40)
FLANK_POWER = 0.77
"""Between linear (1) and the onset of a minimum-jerk movement (0.5; Flash and Hogan 1985); see the algorithm page."""
SMOOTH_S, SMOOTH_SHARE = 0.015, 0.015
ROUGH_S = 0.03
ROM_LOW_PASS_HZ = 4.0
TOP_SHARE = 0.6
PULSE_DEG = 2.0
PULSE_HYSTERESIS_DEG = 1.5
PULSE_RETURN = 0.5
STROKE = 0.1
"""A stroke that does this share of the way back belongs to it, whatever standstill lies before it."""
BLIND_S = 0.15
"""A run of lost samples longer than this leaves what it cuts unknown: an instant on its flank, a peak on its lobe, a
range it lies within. It is bridged by a straight line up to half a second, which is good enough to go on counting only:
with 0.28 s lost in mid-movement the range came out 3 degrees short (clean_set)."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A measured rep. Instants are real sample indices of the session.

    ``hidden`` names those that lost samples hid: the inner ones are NaN, the outer ones are interpolated. What a
    loss cuts is unknown too: a peak, the range and the heading are NaN, the pulses None.
    ``hold`` and ``quiet`` index the window: the samples of the hold, and True where no pulse was going on.
    """

    start: float
    concentric_end: float
    eccentric_start: float
    end: float
    rom_deg: float
    peak_concentric_dps: float
    peak_eccentric_dps: float
    pulses: int | None
    hold: slice
    quiet: np.ndarray
    heading: float
    hidden: tuple[str, ...]


def motion(window: Window, first: int, top: int) -> tuple[FloatArray, FloatArray, float]:
    """Leg angle (n,) in degrees and its velocity (n,) in deg/s over a window, positive on the way out.

    The angle is that of the shank's long axis, vertical at ``first``, towards where it points at ``top`` (both
    indices into the window); also the direction of travel about the vertical in radians, in the earth's frame
    of the window. Across a long gap only the inclination is known and the direction is NaN.
    """
    rest = window.up[max(first - 1, 0) : first + 2].mean(axis=0)
    rest = rest / np.linalg.norm(rest)
    if np.isnan(window.quat[:, 0]).any():
        angle = np.degrees(np.arccos(np.clip(window.up @ rest, -1.0, 1.0)))
        return angle, np.gradient(angle) * window.rate_hz, math.nan
    shank = rotate(window.quat, np.broadcast_to(rest, window.up.shape))
    towards = shank[top, :2] - shank[first, :2]
    towards = towards / max(float(np.linalg.norm(towards)), 1e-12)
    angle = np.degrees(np.arctan2(shank[:, :2] @ towards, shank[:, 2]))
    earth = rotate(window.quat, window.gyr)
    velocity = np.degrees(earth[:, 1] * towards[0] - earth[:, 0] * towards[1])
    return angle, velocity, math.atan2(towards[1], towards[0])


def measure(window: Window, first: int, top: int, last: int) -> Shape | None:
    """Measure one rep.

    Args:
        window: from before the rep to as far behind it as is known.
        first, top, last: session indices of rest, top and return, as segmentation found them.

    Returns:
        The shape, or None when there is no way out or no way back in the window.
    """
    whole = window.filled()
    i, k, j = (min(max(at - window.start, 0), len(window) - 1) for at in (first, top, last))
    if not i < k < j:
        return None
    angle, velocity, heading = motion(whole, i, k)
    rate = window.rate_hz
    rough = gaussian_filter1d(angle, ROUGH_S * rate)
    tops, pulses = _tops(rough[i : j + 1], rough[i])
    if not tops:
        return None
    out_end, back_start = i + tops[0], i + tops[-1]
    slack = round(0.3 * rate)
    concentric = _edges(velocity, i, min(out_end + slack, j), out_end, rate)
    eccentric = _edges(-velocity, max(back_start - slack, i), len(velocity) - 1, j, rate, floor=back_start)
    if concentric is None or eccentric is None:
        return None
    blind = blind_at(window, round(BLIND_S * rate))
    found = {
        "start_s": concentric[0],
        "concentric_end_s": concentric[1],
        "eccentric_start_s": eccentric[0],
        "end_s": eccentric[1],
    }
    hidden = tuple(name for name, edge in found.items() if math.isnan(edge[0]) or blind[edge[1] : edge[2] + 1].any())
    start = float(i) if math.isnan(concentric[0][0]) else concentric[0][0]
    end = float(j) if math.isnan(eccentric[1][0]) else eccentric[1][0]
    concentric_end = math.nan if "concentric_end_s" in hidden else concentric[1][0]
    eccentric_start = math.nan if "eccentric_start_s" in hidden else eccentric[0][0]
    hold = _hold(concentric_end, eccentric_start, out_end, back_start, rate)
    quiet = np.ones(len(window), bool)
    for dip_from, dip_to in pulses:
        quiet[i + dip_from : i + dip_to + 1] = False
    out, held, back = blind[round(start) : hold.start], blind[hold], blind[hold.stop : round(end)]
    way_out_cut = bool(out.any() or {"start_s", "concentric_end_s"} & set(hidden))
    way_back_cut = bool(back.any() or {"eccentric_start_s", "end_s"} & set(hidden))
    return Shape(
        window.start + start,
        window.start + concentric_end,
        window.start + eccentric_start,
        window.start + end,
        math.nan if way_out_cut or held.mean() > 0.5 else _rom(angle, rate, round(start), hold),
        math.nan if way_out_cut else concentric[2],
        math.nan if way_back_cut else eccentric[2],
        None if held.any() else len(pulses),
        hold,
        quiet,
        math.nan if way_out_cut else heading,
        hidden,
    )


def _tops(angle: FloatArray, base: float) -> tuple[list[int], list[tuple[int, int]]]:
    """Tops of the hold and the pulses between them, as indices (from, to)."""
    height = angle.max() - base
    turns: list[int] = []
    rising, best = True, 0
    values = angle.tolist()
    for at, value in enumerate(values):
        ahead = value - values[best] if rising else values[best] - value
        if ahead >= 0:
            best = at
        elif -ahead > PULSE_HYSTERESIS_DEG:
            turns.append(best)
            rising, best = not rising, at
    tops = [n for n in range(0, len(turns), 2) if values[turns[n]] - base >= TOP_SHARE * height]
    if not tops:
        return [], []
    found, pulses = [turns[tops[0]]], []
    for n in range(tops[0] + 2, len(turns), 2):
        before, dip, after = found[-1], turns[n - 1], turns[n]
        depth = values[before] - values[dip]
        if values[after] - base < TOP_SHARE * height or values[after] - values[dip] < PULSE_RETURN * depth:
            break
        if min(values[before], values[after]) - values[dip] >= PULSE_DEG:
            pulses.append((before, after))
        found.append(after)
    return found, pulses


def _edges(
    velocity: FloatArray, low: int, high: int, limit: int, rate: float, floor: int | None = None
) -> tuple[tuple[float, int, int], tuple[float, int, int], float] | None:
    """The two edges of the lobe of a phase, each with the samples it came from, and the lobe's peak."""
    rough = gaussian_filter1d(velocity, ROUGH_S * rate)
    begin = low if floor is None else floor
    if limit <= begin:
        return None
    peak = begin + int(np.argmax(rough[begin : limit + 1]))
    if rough[peak] <= 0:
        return None
    above = rough > 0.2 * rough[peak]
    down = np.flatnonzero(~above[: peak + 1])
    after = np.flatnonzero(~above[peak:])
    length = (peak + after[0] if len(after) else len(rough)) - (down[-1] if len(down) else 0)
    soft = gaussian_filter1d(velocity, max(SMOOTH_S * rate, SMOOTH_SHARE * length))
    peak = begin + int(np.argmax(soft[begin : limit + 1]))
    height = float(soft[peak])
    if height <= 0:
        return None
    share = soft / height
    rise = _flank(share, np.arange(peak, low - 1, -1))
    fall = _flank(share, np.arange(peak if floor is None else _last_stroke(soft, peak, limit, height), high + 1))
    return rise, fall, height


def _last_stroke(velocity: FloatArray, peak: int, limit: int, height: float) -> int:
    """Where to look for a way back's end: the peak, or behind a standstill that a further stroke follows."""
    slow = np.flatnonzero(velocity[peak : limit + 1] < FLANK[0] * height)
    if not len(slow):
        return peak
    again = np.flatnonzero(velocity[peak + slow[0] : limit + 1] > FLANK[1] * height)
    if not len(again):
        return peak
    after = float(velocity[peak + slow[0] : limit + 1].sum())
    return peak + int(slow[0] + again[-1]) if after > STROKE * float(velocity[: limit + 1].clip(0).sum()) else peak


def _flank(share: FloatArray, path: np.ndarray) -> tuple[float, int, int]:
    """Follow a flank down from the peak and extrapolate it to the edge; samples count from the window."""
    along = share[path]
    below = np.flatnonzero(along < FLANK[0])
    foot = int(below[0]) if len(below) else len(along) - 1
    high = np.flatnonzero(along[: foot + 1] > FLANK[1])
    head = int(high[-1]) if len(high) else 0
    if foot <= head:
        return math.nan, int(path[0]), int(path[0])
    dense = np.linspace(head, foot, max(12, 4 * (foot - head + 1)))
    value = np.interp(dense, np.arange(head, foot + 1), along[head : foot + 1])
    used = (value >= FLANK[0]) & (value <= FLANK[1])
    if used.sum() < 2:
        used[:] = True
    slope, offset = _line(np.clip(value[used], 0, None) ** FLANK_POWER, dense[used])
    step = path[1] - path[0] if len(path) > 1 else 1
    edge = float(path[0] + step * (offset + slope * EDGE**FLANK_POWER))
    return edge, int(min(path[head], path[foot])), int(max(path[head], path[foot]))


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Slope and offset of the least-squares line; a level one through the mean when x does not vary."""
    middle, level = float(x.mean()), float(y.mean())
    off = x - middle
    square = float(off @ off)
    slope = float(off @ (y - level)) / square if square > 0 else 0.0
    return slope, level - slope * middle


def blind_at(window: Window, longest: int) -> np.ndarray:
    """True where a run of lost samples is longer than ``longest``."""
    lost = window.lost
    edges = np.flatnonzero(np.diff(np.concatenate([[0], lost.astype(int), [0]])))
    blind = np.zeros(len(lost), bool)
    for i, j in zip(edges[::2], edges[1::2], strict=True):
        if j - i > longest:
            blind[i:j] = True
    return blind


def _hold(begin: float, end: float, out_end: int, back_start: int, rate: float) -> slice:
    low = out_end if math.isnan(begin) else round(begin)
    high = back_start if math.isnan(end) else round(end)
    if high - low < 0.1 * rate:
        middle = (low + high) // 2
        low, high = middle - max(1, round(0.05 * rate)), middle + max(1, round(0.05 * rate))
    return slice(max(low, 0), high + 1)


def _rom(angle: FloatArray, rate: float, start: int, hold: slice) -> float:
    slow = smooth(angle[:, None], 2, ROM_LOW_PASS_HZ, rate)[:, 0]
    return float(slow[hold].max() - slow[min(max(start, 0), len(slow) - 1)])
