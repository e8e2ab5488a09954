"""Who wears the sensor: lengths, habits and how steady they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imu.simulate.profiles import Profile


@dataclass(frozen=True, slots=True)
class Person:
    """One person's body. Lengths in metres, angles in degrees.

    Segment lengths follow Drillis and Contini (1966): thigh 0.245 and shank 0.246 of the height.
    """

    thigh_m: float
    shank_m: float
    hip_offset_m: float
    trunk_deg: float
    toe_out_deg: float
    sway_deg: float
    sway_m: float
    tremor_deg: float
    stride_s: float
    gait_gain: float
    heel_strike_s: float
    out_profile: Profile
    back_profile: Profile


def draw_person(rng: np.random.Generator, steady: float = 1.0) -> Person:
    """A random adult; ``steady`` below 1 calms sway and tremor, above 1 worsens them."""
    height = rng.normal(1.72, 0.10)
    return Person(
        thigh_m=0.245 * height * rng.normal(1, 0.02),
        shank_m=0.246 * height * rng.normal(1, 0.02),
        hip_offset_m=rng.uniform(0.075, 0.10),
        trunk_deg=rng.uniform(45, 85),
        toe_out_deg=rng.uniform(0, 10),
        sway_deg=steady * rng.uniform(0.15, 0.45),
        sway_m=steady * rng.uniform(0.002, 0.008),
        tremor_deg=steady * rng.uniform(0.003, 0.011),
        stride_s=rng.uniform(0.95, 1.2),
        gait_gain=rng.uniform(0.95, 1.13),
        heel_strike_s=rng.uniform(0.03, 0.06),
        out_profile=Profile(rng.uniform(1.7, 2.5), rng.uniform(1.7, 2.5), rng.uniform(0, 0.35)),
        back_profile=Profile(rng.uniform(1.7, 2.5), rng.uniform(1.7, 2.5), rng.uniform(0, 0.6)),
    )
