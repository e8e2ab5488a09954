"""Exact truth of a simulated set, from its intended movement alone: no sway, tremor, tissue or sensor in it.

The leg angle θ is the direction of the shank's long axis, turned about the set's mean swing axis and counted
from the set's mean rest direction. Everything follows the project's page of measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

from imu.simulate import rotations
from imu.simulate.chain import DT_S, Orientations
from imu.simulate.plans import RepPlan, SetPlan
from imu.simulate.track import BODY_RATE_HZ, INDEX

FloatArray = npt.NDArray[np.float64]

HIP_ROTATION_DEG = 10.0
"""The pelvis has taken part in the rotation beyond this."""
LEAST_PULSE_DEG = 2.0
RUSHED_BACK_S = 1.5
"""Half of the default target of a 3 s eccentric."""


@dataclass(frozen=True, slots=True)
class _Course:
    """θ in degrees and its rate in degrees per second over a set, with the frames it was taken from."""

    first: int
    theta_deg: FloatArray
    rate_dps: FloatArray
    bodies: Orientations
    rest: FloatArray
    axis: FloatArray
    pelvis_deg: FloatArray
    femur_deg: FloatArray
    ahead: FloatArray
    left: FloatArray


def set_truth(plan: SetPlan, number: int, bodies: Orientations, track: FloatArray) -> list[dict[str, Any]]:
    """One dictionary a rep, times on the body's clock in seconds, angles in degrees."""
    if not plan.reps:
        return []
    course = _course(plan, bodies, track)
    reps = [_rep(course, rep, plan.side) for rep in plan.reps]
    excursions = np.array([r["excursion_deg"] for r in reps])
    tilts = np.array([r["plane_tilt_deg"] for r in reps])
    for k, (rep, planned) in enumerate(zip(reps, plan.reps, strict=True)):
        others = np.delete(excursions, k)
        following = reps[k + 1]["start_s"] - rep["end_s"] if k + 1 < len(reps) else None
        rep.update(
            set=number,
            index=k,
            leg="left" if plan.side > 0 else "right",
            plane_tilt_deg=float(tilts[k] - tilts.mean()),
            plane_tilt_abs_deg=float(tilts[k]),
            is_partial=bool(len(others) and excursions[k] < 0.5 * np.median(others)),
            bottom_pause_s=following,
            optional=planned.fault == "balance",
            fault=planned.fault,
            missing=0.0,
        )
    return reps


def _course(plan: SetPlan, bodies: Orientations, track: FloatArray) -> _Course:
    first = max(int(plan.t0_s * BODY_RATE_HZ), 0)
    last = min(int(plan.t1_s * BODY_RATE_HZ) + 1, len(track))
    cut = slice(first, last)
    part = Orientations(bodies.pelvis[cut], bodies.thigh[cut], bodies.shank[cut])
    bone = -part.shank[:, :, 2]

    def at(t: float) -> int:
        return round(t * BODY_RATE_HZ) - first

    rest = _unit(np.mean([bone[at(rep.start_s)] for rep in plan.reps], axis=0))
    tops = [bone[at((rep.top_s + rep.leave_s) / 2)] for rep in plan.reps]
    axis = _unit(np.mean([np.cross(rest, top) for top in tops], axis=0))
    onward = np.cross(axis, rest)
    theta = np.unwrap(np.arctan2(bone @ onward, bone @ rest))
    return _Course(
        first,
        np.degrees(theta),
        np.degrees(np.gradient(theta, DT_S)),
        part,
        rest,
        axis,
        track[cut, INDEX["pelvis"]],
        track[cut, INDEX["femur"]],
        *_facing(track[first, INDEX["heading"]]),
    )


def _facing(heading_deg: float) -> tuple[FloatArray, FloatArray]:
    """Unit vectors forwards and to the left of a person who faces ``heading_deg``."""
    c, s = np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg))
    return np.array([c, s, 0.0]), np.array([-s, c, 0.0])


def _unit(v: FloatArray) -> FloatArray:
    return np.asarray(v / np.linalg.norm(v))


def _rep(course: _Course, plan: RepPlan, side: int) -> dict[str, Any]:
    offset = course.first
    start, top, leave, end = (
        round(t * BODY_RATE_HZ) - offset for t in (plan.start_s, plan.top_s, plan.leave_s, plan.end_s)
    )
    low, high = max(start - 60, 0), min(end + 60, len(course.rate_dps) - 1)
    peak_out = start + int(np.argmax(course.rate_dps[start : top + 1]))
    peak_back = leave + int(np.argmin(course.rate_dps[leave : end + 1]))
    out, back = course.rate_dps, -course.rate_dps
    defs = {
        name: [
            _before(out, peak_out, share, low),
            _after(out, peak_out, share, peak_back),
            _before(back, peak_back, share, peak_out),
            _after(back, peak_back, share, high),
        ]
        for name, share in (("v5", 0.05), ("v10", 0.10))
    }
    v5 = defs["v5"]
    times = {name: [(offset + i) / BODY_RATE_HZ for i in v] for name, v in defs.items()}
    times["a5"] = [(offset + i) / BODY_RATE_HZ for i in _by_angle(course.theta_deg, v5)]
    times["knots"] = [plan.start_s, plan.top_s, plan.leave_s, plan.end_s]
    return {
        "start_s": times["v5"][0],
        "concentric_end_s": times["v5"][1],
        "eccentric_start_s": times["v5"][2],
        "end_s": times["v5"][3],
        "defs": times,
        "peak_vel_con_dps": float(out[peak_out]),
        "peak_vel_ecc_dps": float(back[peak_back]),
        "rushed": bool(times["v5"][3] - times["v5"][2] < RUSHED_BACK_S),
        **_angles(course, plan, v5, side),
    }


def _before(rate: FloatArray, peak: int, share: float, limit: int) -> float:
    """Last upward crossing of ``share`` of the peak before it, as a real index."""
    level = share * rate[peak]
    below = np.nonzero(rate[limit : peak + 1] < level)[0]
    if not len(below):
        return float(limit)
    i = limit + int(below[-1])
    return i + float((level - rate[i]) / (rate[i + 1] - rate[i]))


def _after(rate: FloatArray, peak: int, share: float, limit: int) -> float:
    """First downward crossing of ``share`` of the peak after it, as a real index."""
    level = share * rate[peak]
    below = np.nonzero(rate[peak : limit + 1] < level)[0]
    if not len(below):
        return float(limit)
    i = peak + int(below[0])
    return i - float((level - rate[i]) / (rate[i - 1] - rate[i]))


def _by_angle(theta: FloatArray, v5: list[float]) -> list[float]:
    """The same instants by 5 % of the way instead of the velocity, for comparison only."""
    at = np.interp(v5, np.arange(len(theta)), theta)
    bounds = [int(np.floor(v5[0])), int(np.ceil(v5[1])), int(np.floor(v5[2])), int(np.ceil(v5[3]))]
    out = theta[bounds[0] : bounds[1] + 1]
    back = theta[bounds[2] : bounds[3] + 1]
    found = []
    for part, first, level, rising in (
        (out, bounds[0], at[0] + 0.05 * (at[1] - at[0]), True),
        (out, bounds[0], at[0] + 0.95 * (at[1] - at[0]), True),
        (back, bounds[2], at[2] - 0.05 * (at[2] - at[3]), False),
        (back, bounds[2], at[2] - 0.95 * (at[2] - at[3]), False),
    ):
        passed = np.nonzero(part >= level if rising else part <= level)[0]
        i = max(int(passed[0]), 1) if len(passed) else len(part) - 1
        found.append(first + i - float((part[i] - level) / (part[i] - part[i - 1] or 1.0)))
    return found


def _angles(course: _Course, plan: RepPlan, v5: list[float], side: int) -> dict[str, Any]:
    first, last = round(v5[1]), round(v5[2])
    start = round(v5[0])
    theta = course.theta_deg
    zone = slice(first, max(last, first + 1) + 1)
    top = theta[zone].max()
    smooth = _four_hertz(theta)
    calm = _calm(course, plan, first, last)
    relative = np.einsum("ji,njk->nik", course.bodies.shank[start], course.bodies.shank[calm])
    bone = -course.bodies.shank[calm][:, :, 2].mean(axis=0)
    travel = bone - (bone @ course.rest) * course.rest
    dips = _dips(course, plan)
    return {
        "excursion_deg": float(top - np.interp(v5[0], np.arange(len(theta)), theta)),
        "rom_deg": float(smooth[zone].max() - np.interp(v5[0], np.arange(len(theta)), smooth)),
        "swing_deg": float(np.degrees(np.arccos(np.clip(bone @ -course.bodies.shank[start][:, 2], -1, 1)))),
        "pulses": len(dips),
        "pulse_amps_deg": dips,
        "axial_rotation_deg": float(np.degrees(side * np.median(rotations.twist_rad(relative, 2)))),
        "plane_tilt_deg": float(side * np.degrees(np.arctan2(course.left @ travel, -(course.ahead @ travel)))),
        "pelvis_rotation_deg": (turn := float(np.median(course.pelvis_deg[calm]) - course.pelvis_deg[start])),
        "femoral_rotation_deg": float(np.median(course.femur_deg[calm]) - course.femur_deg[start]),
        "hip_rotation": bool(abs(turn) > HIP_ROTATION_DEG),
    }


def _calm(course: _Course, plan: RepPlan, first: int, last: int) -> npt.NDArray[np.int_]:
    """Indices of the hold without its pulses; at least one."""
    index = np.arange(first, max(last, first + 1))
    t = (index + course.first) / BODY_RATE_HZ
    busy = np.zeros(len(index), dtype=bool)
    for leave, _, back in plan.pulse_knots_s:
        busy |= (t > leave) & (t < back)
    return index[~busy] if (~busy).any() else index


def _dips(course: _Course, plan: RepPlan) -> list[float]:
    """Depths of the pulses: how far the leg sank below where the pulse began and ended, the lower of the two."""
    depths = []
    for knots in plan.pulse_knots_s:
        leave, lowest, back = (course.theta_deg[round(t * BODY_RATE_HZ) - course.first] for t in knots)
        depth = float(min(leave, back) - lowest)
        if depth >= LEAST_PULSE_DEG:
            depths.append(depth)
    return depths


def _four_hertz(theta: FloatArray) -> FloatArray:
    sos = butter(2, 4.0, fs=BODY_RATE_HZ, output="sos")
    return np.asarray(sosfiltfilt(sos, theta))
