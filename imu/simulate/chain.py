"""From joint angles to what an ideal sensor at the ankle feels: pelvis, thigh, shank, strap.

World: x forward, y left, z up. Standing upright, thigh and shank share these axes. A free foot hangs from the
hip; a planted foot stands still and the shank turns about the ankle. Between the two the ankle's *velocity* is
blended, so a foot that meets the floor in 20-40 ms gives the jolt of a heel strike.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from imu.simulate import rotations
from imu.simulate.person import Person
from imu.simulate.profiles import band, sway, tremor
from imu.simulate.track import BODY_RATE_HZ, INDEX
from imu.units import G0_MPS2

FloatArray = npt.NDArray[np.float64]

DT_S = 1.0 / BODY_RATE_HZ
X, Y, Z = np.eye(3)


@dataclass(frozen=True, slots=True)
class Mount:
    """How the sensor sits on the shank.

    ``rotation`` turns sensor axes into shank axes; ``position_m`` is counted from the ankle joint, shank axes.
    From ``from_s`` on, after a change that lasts ``change_s``.
    """

    placement: str
    position_m: FloatArray
    rotation: FloatArray
    from_s: float = 0.0
    change_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Tissue:
    """Skin and strap as a damped spring: natural frequency, damping ratio, share of the body's acceleration
    that reaches it, and the lever in metres that turns its travel into a rocking angle."""

    f0_hz: float
    zeta: float
    gain: float
    lever_m: float


@dataclass(frozen=True, slots=True)
class Motion:
    """What an ideal sensor feels at the body's rate: m/s² and rad/s in its own frame, shape (n, 3)."""

    acc_mps2: FloatArray
    gyr_radps: FloatArray


@dataclass(frozen=True, slots=True)
class Orientations:
    """Body to world, each (n, 3, 3)."""

    pelvis: FloatArray
    thigh: FloatArray
    shank: FloatArray


def orientations(person: Person, side: FloatArray, track: FloatArray) -> Orientations:
    """The chain's orientations for the coordinates ``track`` (n, channels); ``side`` (n,) is 1 left, -1 right."""
    angle = {name: np.radians(track[:, INDEX[name]]) for name in
             ("swing", "plane", "abduction", "femur", "knee", "pelvis", "heading")}  # fmt: skip
    trunk = np.radians(person.trunk_deg)
    pelvis = rotations.about(Z, angle["heading"]) @ rotations.about(
        (np.sin(trunk), 0.0, np.cos(trunk)), side * angle["pelvis"]
    )
    turn = rotations.about(Z, -side * angle["plane"])
    hip = turn @ rotations.about(Y, angle["swing"]) @ turn.transpose(0, 2, 1)
    thigh = pelvis @ hip @ rotations.about(X, side * angle["abduction"]) @ rotations.about(Z, side * angle["femur"])
    return Orientations(pelvis, thigh, thigh @ rotations.about(Y, angle["knee"]))


def with_unsteadiness(rng: np.random.Generator, person: Person, track: FloatArray) -> FloatArray:
    """The coordinates with sway and tremor on top; a copy."""
    n = len(track)
    out = track.copy()
    alert, strain = track[:, INDEX["alert"]], track[:, INDEX["strain"]]
    for name, share in (("swing", 1.0), ("abduction", 0.9), ("femur", 0.6), ("knee", 0.5), ("pelvis", 0.25)):
        out[:, INDEX[name]] += share * person.sway_deg * alert * sway(rng, n, BODY_RATE_HZ)
    for name, share in (("swing", 1.0), ("abduction", 0.8), ("femur", 0.8), ("knee", 0.6)):
        out[:, INDEX[name]] += share * person.tremor_deg * strain * tremor(rng, n, BODY_RATE_HZ)
    for name, share in (("forward", 1.0), ("outward", 1.0), ("upward", 0.2)):
        out[:, INDEX[name]] += share * person.sway_m * alert * sway(rng, n, BODY_RATE_HZ)
    return out


def sensor_motion(
    rng: np.random.Generator,
    person: Person,
    side: FloatArray,
    track: FloatArray,
    mounts: list[Mount],
    tissue: Tissue | None,
) -> Motion:
    """Specific force and angular velocity at the sensor for the coordinates ``track`` (n, channels)."""
    bodies = orientations(person, side, track)
    position, strap = _strap(mounts, len(track))
    ankle_v = _ankle_velocity(person, side, track, bodies)
    shank = bodies.shank
    if tissue is not None:
        bone_a = _rate(ankle_v + _rate(rotations.apply(shank, position)))
        travel = _wobble(tissue, rotations.apply(shank.transpose(0, 2, 1), bone_a))
        position = position + travel
        rocking = np.stack([-travel[:, 1], travel[:, 0], 0.4 * travel[:, 1]], axis=1) / tissue.lever_m
        strap = rotations.from_rotvec(rocking) @ strap
    velocity = ankle_v + _rate(rotations.apply(shank, position))
    sensor = shank @ strap
    handled = track[:, INDEX["handled"]]
    if handled.any():
        sensor, velocity = _in_the_hands(rng, handled, sensor, velocity)
    force = _rate(velocity) + G0_MPS2 * Z
    return Motion(rotations.apply(sensor.transpose(0, 2, 1), force), rotations.body_rate_radps(sensor, DT_S))


def _rate(values: FloatArray) -> FloatArray:
    return np.asarray(np.gradient(values, DT_S, axis=0))


def _ankle_velocity(person: Person, side: FloatArray, track: FloatArray, bodies: Orientations) -> FloatArray:
    zero = np.zeros(len(track))
    hip = rotations.apply(bodies.pelvis, np.stack([zero, side * person.hip_offset_m, zero], axis=1))
    reach = hip - person.thigh_m * bodies.thigh[:, :, 2] - person.shank_m * bodies.shank[:, :, 2]
    travel = np.stack(
        [track[:, INDEX["forward"]], side * track[:, INDEX["outward"]], track[:, INDEX["upward"]]], axis=1
    )
    heading = rotations.about(Z, np.radians(track[:, INDEX["heading"]]))
    free = _rate(reach) + rotations.apply(heading, _rate(travel))
    return np.asarray(free * (1.0 - track[:, INDEX["contact"]])[:, None])


def _strap(mounts: list[Mount], n: int) -> tuple[FloatArray, FloatArray]:
    """Position (n, 3) and rotation (n, 3, 3) of the sensor on the shank, through every change of mount."""
    t = np.arange(n) * DT_S
    position = np.tile(mounts[0].position_m, (n, 1))
    rotation = np.tile(mounts[0].rotation, (n, 1, 1))
    for before, after in itertools.pairwise(mounts):
        first = min(int(after.from_s * BODY_RATE_HZ), n)
        tau = np.clip((t[first:] - after.from_s) / max(after.change_s, DT_S), 0, 1)
        share = tau**3 * (10 - 15 * tau + 6 * tau**2)
        turn = rotations.to_rotvec(after.rotation @ before.rotation.T)
        rotation[first:] = rotations.from_rotvec(share[:, None] * turn) @ before.rotation
        position[first:] = before.position_m + share[:, None] * (after.position_m - before.position_m)
    return position, rotation


def _wobble(tissue: Tissue, acc_mps2: FloatArray) -> FloatArray:
    """Travel of the sensor on the skin: ``u'' + 2 ζ ω u' + ω² u = -gain · a``, shank axes, metres, (n, 3)."""
    omega, k = 2 * np.pi * tissue.f0_hz, 2 * BODY_RATE_HZ  # bilinear transform, s = k (1 - z⁻¹) / (1 + z⁻¹)
    damping = 2 * tissue.zeta * omega * k
    denominator = np.array([k**2 + damping + omega**2, 2 * (omega**2 - k**2), k**2 - damping + omega**2])
    return np.asarray(lfilter(-tissue.gain * np.array([1.0, 2.0, 1.0]), denominator, acc_mps2, axis=0))


def _in_the_hands(
    rng: np.random.Generator, handled: FloatArray, sensor: FloatArray, velocity: FloatArray
) -> tuple[FloatArray, FloatArray]:
    n = len(handled)
    turn = np.stack([np.radians(55.0) * band(rng, n, BODY_RATE_HZ, 0.15, 1.2) for _ in range(3)], axis=1)
    drift = np.stack([0.45 * band(rng, n, BODY_RATE_HZ, 0.3, 2.5) for _ in range(3)], axis=1)
    return (
        sensor @ rotations.from_rotvec(handled[:, None] * turn),
        velocity * (1 - handled)[:, None] + drift * handled[:, None],
    )
