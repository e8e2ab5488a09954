"""From an accepted excursion to a :class:`Rep`, and from a set's reps to its :class:`Calibration`."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from analysis import phases, rotation
from analysis.params import Params
from analysis.reps import Candidate
from analysis.results import NAN, Calibration, Rep
from analysis.sets import mean_direction, spread_deg
from analysis.track import Window
from imu.blocks import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A rep with what its set needs to know of it: its direction of travel (3,) in the sensor's frame, or None."""

    rep: Rep
    travel: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What a rep's measures need of its set and session.

    Attributes:
        set: its number. leg: as said, or None. rest: (3,) unit, upwards at rest. back: (3,) unit, backwards, or None.
        params: the user's. clock_s: the recording's clock at sample 0.
    """

    set: int
    leg: str | None
    rest: FloatArray
    back: FloatArray | None
    params: Params
    clock_s: float

    @property
    def flags(self) -> bool:
        """Whether a rep can be flagged: the default limit was tested on kickbacks alone."""
        return self.params.exercise.backwards or self.params.hip_rotation_limit_deg is not None

    @property
    def limit_deg(self) -> float:
        """The hip rotation flag's limit: the user's, else the tested one."""
        return self.params.hip_rotation_limit_deg or rotation.default_limit_deg(self.back)


def describe(window: Window, it: Candidate, number: int, frame: Frame, known_at: int) -> Measured | None:
    """Measure an excursion as a rep.

    Args:
        window: from before the rep to as far behind it as is known.
        number: of the rep in its set, from 1. frame: its set. known_at: the sample at which it is said.

    Returns:
        The rep without what only its set can tell; None when its way out or its way back cannot be measured.
    """
    shape = phases.measure(window, it.low, it.top, it.high)
    if shape is None:
        return None
    rate, leg, clock_s = window.rate_hz, frame.leg, frame.clock_s
    exercise = frame.params.exercise
    twist = rotation.axial_deg(window, shape, exercise.rest)
    way = rotation.travel(window, shape) if exercise.rest == "hanging" else None
    axial = abs(twist) if leg is None else -rotation.OUTWARDS[leg] * twist
    turned = rotation.turned_out(twist, way, frame.rest, frame.back)
    eccentric_s = (shape.end - shape.eccentric_start) / rate
    first, last = math.floor(shape.start), math.ceil(shape.end)
    lost = window.part(first, last + 1).lost
    rep = Rep(
        set=frame.set,
        rep=number,
        leg=leg,
        start=first,
        end=last + 1,
        known_at=known_at,
        start_s=clock_s + shape.start / rate,
        concentric_end_s=clock_s + shape.concentric_end / rate,
        eccentric_start_s=clock_s + shape.eccentric_start / rate,
        end_s=clock_s + shape.end / rate,
        rom_deg=shape.rom_deg,
        peak_concentric_dps=shape.peak_concentric_dps,
        peak_eccentric_dps=shape.peak_eccentric_dps,
        pulses=shape.pulses,
        axial_rotation_deg=axial,
        hip_rotation=None if math.isnan(turned) or not frame.flags else abs(turned) > frame.limit_deg,
        hold_sway_deg=rotation.sway_deg(window, shape),
        rushed=None if math.isnan(eccentric_s) else eccentric_s < 0.5 * frame.params.tempo.eccentric_s,
        missing_s=float(lost.sum()) / rate,
        confidence=confidence(it),
        hidden=shape.hidden,
    )
    return Measured(rep, way)


def confidence(it: Candidate) -> float:
    """How sure that an excursion is a rep, 0 to 1: the product of what the hip explains, of one axis, of being back.

    Lost samples lower it by their share of the excursion.
    """
    explained = 0.5 if it.pivot is None else min(1.0, max(0.0, it.pivot.explained))
    lost = it.lost_s / max(it.duration_s, 1e-9)
    return round(explained * min(1.0, it.axis) * (1.0 - min(1.0, lost)), 4)


def finish_set(
    measured: list[Measured], rest: FloatArray, leg: str | None, cut: Collection[int] = ()
) -> tuple[Rep, ...]:
    """What only the whole set can tell: pauses, partials, and the tilt of each rep's plane against the mean.

    Args:
        measured: the reps in order. rest: "up" at rest in the sensor's frame, shape (3,). leg: None: sizes, no signs.
        cut: positions of the reps whose pause a loss cut: nobody knows what the leg did in it.
    """
    reps = [one.rep for one in measured]
    travels = [one.travel for one in measured if one.travel is not None]
    mean = mean_direction(travels) if travels else None
    rom = np.array([rep.rom_deg for rep in reps])
    done = []
    for n, (rep, one) in enumerate(zip(reps, measured, strict=True)):
        pause = NAN
        if n + 1 < len(reps) and "end_s" not in rep.hidden and "start_s" not in reps[n + 1].hidden:
            pause = NAN if n in cut else max(0.0, reps[n + 1].start_s - rep.end_s)
        others = np.delete(rom, n)
        others = others[~np.isnan(others)]
        partial = None if math.isnan(rep.rom_deg) else bool(len(others) and rep.rom_deg < 0.5 * np.median(others))
        tilt = NAN
        if mean is not None and one.travel is not None:
            turn = rotation.tilt_deg(one.travel, mean, rest)
            tilt = abs(turn) if leg is None else rotation.OUTWARDS[leg] * turn
        hidden = (*rep.hidden, "pause_s") if n in cut else rep.hidden
        done.append(replace(rep, pause_s=pause, is_partial=partial, plane_tilt_deg=tilt, hidden=hidden))
    return tuple(done)


def calibrate(members: list[Candidate], joint: str | None = "hip") -> Calibration:
    """How well the set's axis and joint were found, with a sentence."""
    pivots = [it.pivot for it in members if it.pivot is not None]
    axis = float(np.median([it.axis for it in members]))
    rests = [it.begin_up for it in members]
    rest, swing = mean_direction(rests), mean_direction([it.swing for it in members])
    slip = _slip_deg(rests)
    explained = float(np.median([p.explained for p in pivots])) if pivots else NAN
    arm = float(np.median([p.along_m for p in pivots])) if pivots else NAN
    steady = max(0.0, 1.0 - spread_deg([it.swing for it in members]) / 45.0)
    known = 0.5 if math.isnan(explained) else max(0.0, explained)
    quality = known * axis * steady * (1.0 if slip < SLIP_DEG else 0.7)
    sentence = _sentence(quality, slip, steady, joint or "joint")
    return Calibration(round(quality, 4), sentence, arm, explained, axis, _three(rest), _three(swing), slip)


def _three(vector: FloatArray) -> tuple[float, float, float]:
    return (float(vector[0]), float(vector[1]), float(vector[2]))


SLIP_DEG = 15.0
"""The rest position of a steady set stays within this (simulated sets: 12 degrees at most)."""


def _slip_deg(rests: list[FloatArray]) -> float:
    """The largest lasting change of the rest position: medians of three before and after, degrees."""
    worst = 0.0
    for n in range(3, len(rests) - 2):
        before, after = mean_direction(rests[max(0, n - 3) : n]), mean_direction(rests[n : n + 3])
        worst = max(worst, math.degrees(math.acos(min(1.0, float(before @ after)))))
    return worst


def _sentence(quality: float, slip_deg: float, steady: float, joint: str) -> str:
    if slip_deg >= SLIP_DEG:
        return f"The sensor turned by about {slip_deg:.0f}° on the leg during this set: tighten the strap."
    if quality >= 0.8:
        return f"Good: the leg swung about one axis and one {joint} explains the movement."
    if steady < 0.8:
        return "Fair: the direction of the swing changed from rep to rep; angles of rotation are less sure."
    if quality >= 0.6:
        return "Fair: the strap or the body moved with the leg; tighten the strap just above the ankle bone."
    return f"Poor: a {joint} and one axis explain little of the movement; tighten the strap and keep the trunk still."
