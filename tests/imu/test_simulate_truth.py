"""The truth against itself and against other ways to the same numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from imu.simulate import SUITES, simulate
from imu.simulate.chain import orientations
from imu.simulate.kickback_set import write_set
from imu.simulate.person import draw_person
from imu.simulate.plans import Style
from imu.simulate.rotations import about, body_rate_radps, from_rotvec, to_rotvec, twist_rad
from imu.simulate.track import BODY_RATE_HZ, Track
from imu.simulate.truth import set_truth

FloatArray = npt.NDArray[np.float64]
INSTANTS = ("start_s", "concentric_end_s", "eccentric_start_s", "end_s")


def body_of(style: Style, side: int = 1, seed: int = 0) -> tuple[FloatArray, list[dict[str, Any]]]:
    """Shank orientations at the body's rate, and the truth, of one set without any unsteadiness."""
    rng = np.random.default_rng(seed)
    person = draw_person(rng)
    track = Track()
    track.base["femur"] = person.toe_out_deg
    plan = write_set(rng, track, person, style, side)
    values = track.render()
    bodies = orientations(person, np.full(len(values), float(side)), values)
    return bodies.shank, set_truth(plan, 0, bodies, values)


@pytest.mark.parametrize("kind", SUITES)
def test_instants_are_in_order_and_reps_do_not_overlap(kind: str) -> None:
    reps = simulate(kind, 11).truth["reps"]
    times = np.array([[rep[name] for name in INSTANTS] for rep in reps])
    assert (np.diff(times, axis=1) > 0.02).all()
    assert (times[1:, 0] > times[:-1, 3]).all()
    for rep, row in zip(reps, times, strict=True):
        assert rep["defs"]["v5"] == pytest.approx(row)
        inner, outer = rep["defs"]["v10"], rep["defs"]["v5"]
        assert outer[0] < inner[0]
        assert inner[1] < outer[1]
        assert outer[2] < inner[2]
        assert inner[3] < outer[3]


CALM = Style(pelvis_deg=0.0, femur_deg=0.0)


@pytest.mark.parametrize("style", [CALM, replace(CALM, back_s=5.0), replace(CALM, bounce=True, settle=False)])
def test_the_five_percent_instants_are_where_a_spline_of_the_angular_velocity_says(style: Style) -> None:
    shank, reps = body_of(style)
    spin = np.einsum("nij,nj->ni", shank, body_rate_radps(shank, 1 / BODY_RATE_HZ))
    first, last = (round(t * BODY_RATE_HZ) for t in (reps[0]["start_s"], reps[-1]["end_s"]))
    axis = np.linalg.svd(spin[first:last], full_matrices=False)[2][0]
    axis *= np.sign(spin[first : first + 100].sum(axis=0) @ axis)
    rate = CubicSpline(np.arange(len(spin)) / BODY_RATE_HZ, spin @ axis)
    for rep in reps:
        start, top, leave, end = (rep[name] for name in INSTANTS)
        for sign, a, b in ((1, start, top), (-1, leave, end)):
            grid = np.linspace(a, b, 2000)
            level = 0.05 * (sign * rate(grid)).max()
            for instant in (a, b):
                found = brentq(lambda x, s=sign, lv=level: s * rate(x) - lv, instant - 0.05, instant + 0.05)
                assert found == pytest.approx(instant, abs=0.01 if style.back_s < 3 else 0.02)
            assert np.degrees((sign * rate(grid)).max()) == pytest.approx(
                rep["peak_vel_con_dps" if sign > 0 else "peak_vel_ecc_dps"], rel=0.02
            )


def test_the_integrated_angular_velocity_gives_the_excursion() -> None:
    shank, reps = body_of(Style(pelvis_deg=0.0, femur_deg=0.0, hold_s=1.0, settle=False))
    gyr = body_rate_radps(shank, 1 / BODY_RATE_HZ)
    for rep in reps:
        first, last = (round(rep[name] * BODY_RATE_HZ) for name in ("start_s", "concentric_end_s"))
        turn = np.eye(3)
        for w in gyr[first:last]:
            turn = turn @ from_rotvec(w[None] / BODY_RATE_HZ)[0]
        tilt = np.degrees(np.arccos(turn[2, 2]))  # how far the long axis has gone
        assert tilt == pytest.approx(rep["excursion_deg"], abs=1.0)


@pytest.mark.parametrize("side", [1, -1])
def test_pelvis_and_thigh_add_up_to_an_external_rotation_for_either_leg(side: int) -> None:
    _, still = body_of(Style(pelvis_deg=0.0, femur_deg=0.0), side)
    _, turned = body_of(Style(pelvis_deg=18.0, femur_deg=4.0), side)
    gained = [b["axial_rotation_deg"] - a["axial_rotation_deg"] for a, b in zip(still, turned, strict=True)]
    assert 14.0 < np.mean(gained) < 24.0  # 4 degrees of the thigh, and what the trunk's lean leaves of the pelvis' 18
    for a, b in zip(still, turned, strict=True):
        assert b["hip_rotation"]
        assert not a["hip_rotation"]
        assert b["pelvis_rotation_deg"] - a["pelvis_rotation_deg"] == pytest.approx(18.0, abs=2.0)


def test_outward_travel_is_a_positive_tilt_for_either_leg() -> None:
    for side in (1, -1):
        _, reps = body_of(Style(plane_deg=12.0, pelvis_deg=0.0), side)
        assert np.mean([rep["plane_tilt_abs_deg"] for rep in reps]) == pytest.approx(12.0, abs=4.0)
        assert np.mean([rep["plane_tilt_deg"] for rep in reps]) == pytest.approx(0.0, abs=1e-6)


def test_pulses_partials_and_bounces_are_what_the_style_asked_for() -> None:
    _, reps = body_of(Style(pulses=(2, 2), pulse_share=1.0))
    assert {rep["pulses"] for rep in reps} == {2}
    assert all(2.0 <= depth < rep["excursion_deg"] / 2 for rep in reps for depth in rep["pulse_amps_deg"])
    _, reps = body_of(Style(partial_share=0.15, reps=14), seed=3)
    assert 1 <= sum(rep["is_partial"] for rep in reps) <= 4
    _, reps = body_of(Style(bounce=True, settle=False))
    assert all(0 < rep["bottom_pause_s"] < 0.05 for rep in reps[:-1])
    assert reps[-1]["bottom_pause_s"] is None


def test_speeds_and_seconds_of_the_kinds_are_what_their_names_say() -> None:
    def mean(kind: str, first: str, last: str) -> float:
        return float(np.mean([r[last] - r[first] for seed in range(3) for r in simulate(kind, seed).truth["reps"]]))

    assert mean("slow", "eccentric_start_s", "end_s") > 3.5
    assert mean("holds", "concentric_end_s", "eccentric_start_s") > 3.0
    assert 0.8 < mean("fast", "start_s", "end_s") < 1.2
    assert all(simulate("long", seed).truth["n_reps"] >= 20 for seed in range(3))


def test_swing_and_twist_of_known_rotations() -> None:
    angles = np.radians([-100.0, -20.0, 0.0, 35.0, 120.0])
    twist = about((0, 0, 1), angles)
    swing = about((0.6, 0.8, 0), np.full(5, np.radians(70.0)))
    assert twist_rad(swing @ twist, 2) == pytest.approx(angles)
    assert to_rotvec(about((1, 2, 2), np.array([0.7]))[0]) == pytest.approx(np.array([1, 2, 2]) / 3 * 0.7)
