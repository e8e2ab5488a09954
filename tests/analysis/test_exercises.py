"""The presets, on movements made here: a straight leg that swings about one joint, with a sensor strapped on anyhow."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from analysis.fits import contradiction, fitting
from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.presets import KICKBACK, PRESETS, Exercise, named
from analysis.results import Rep, SetClosed
from imu.blocks import FloatArray, Header, Recording, SampleBlock
from imu.units import G0_MPS2

RATE_HZ = 50.0
LYING = ("prone-hip-extension", "straight-leg-raise", "side-lying-abduction")


def lifts(peak_deg: float, reps: int = 8, hold_s: float = 1.0) -> FloatArray:
    """The lift over time, radians: 5 s of rest, then 1 s up, a hold, 2 s down, 1.5 s of rest for each rep."""
    up = _minimum_jerk(1.0)
    one = np.concatenate(
        [up, np.ones(round(hold_s * RATE_HZ)), 1.0 - _minimum_jerk(2.0), np.zeros(round(1.5 * RATE_HZ))]
    )
    return math.radians(peak_deg) * np.concatenate([np.zeros(round(5 * RATE_HZ)), np.tile(one, reps), np.zeros(250)])


def _minimum_jerk(duration_s: float) -> FloatArray:
    part = np.arange(1, round(duration_s * RATE_HZ) + 1) / round(duration_s * RATE_HZ)
    return np.asarray(10 * part**3 - 15 * part**4 + 6 * part**5)


def recorded(lift: FloatArray, arm_m: float, *, level: bool, twist_deg: float = 0.0, seed: int = 0) -> Recording:
    """What a sensor on a leg of this length measures as it is lifted in a vertical plane from level or from hanging.

    ``twist_deg`` turns the leg about its own axis in step with the lift.
    """
    rng = np.random.default_rng(seed)
    speed = np.gradient(lift, 1 / RATE_HZ)
    accel = np.gradient(speed, 1 / RATE_HZ)
    from_down = lift + (math.pi / 2 if level else 0.0)
    # leg frame: x along the leg to the foot, z upwards when level; the leg turns about -y as it rises
    acc = np.column_stack([-arm_m * speed**2, np.zeros_like(lift), arm_m * accel])
    acc += G0_MPS2 * np.column_stack([-np.cos(from_down), np.zeros_like(lift), np.sin(from_down)])
    gyr = np.column_stack([np.zeros_like(lift), -speed, np.zeros_like(lift)])
    turn = math.radians(twist_deg) * lift / lift.max()
    about = Rotation.from_rotvec(np.column_stack([turn, 0 * turn, 0 * turn]))
    acc, gyr = about.inv().apply(acc), about.inv().apply(gyr)
    gyr[:, 0] += np.gradient(turn, 1 / RATE_HZ)
    mounting = Rotation.random(random_state=seed)
    acc = mounting.apply(acc) + rng.normal(0, 0.03, acc.shape)
    gyr = mounting.apply(gyr) + rng.normal(0, 0.003, gyr.shape)
    return Recording(Header("made", RATE_HZ, simulated=True), SampleBlock(0, RATE_HZ, acc, gyr))


def counted(recording: Recording, exercise: Exercise, leg: str | None = None) -> list[Rep]:
    pipeline = Pipeline(Params(exercise=exercise, legs=(leg,) if leg else ()), recording.rate_hz)
    events = [event for block in recording.blocks(200) for event in pipeline.push(block)] + pipeline.finish()
    return [rep for event in events if isinstance(event, SetClosed) for rep in event.reps]


@pytest.mark.parametrize("name", LYING)
@pytest.mark.parametrize("peak_deg", [6.0, 15.0, 45.0, 75.0])
def test_a_level_leg_lifted_is_counted_from_six_degrees_on(name: str, peak_deg: float) -> None:
    for seed in range(3):
        reps = counted(recorded(lifts(peak_deg), 0.8, level=True, seed=seed), named(name))
        assert len(reps) == 8
        assert [rep.rom_deg for rep in reps] == pytest.approx([peak_deg] * 8, abs=max(1.0, 0.06 * peak_deg))


def test_a_long_hold_is_not_taken_for_the_rest() -> None:
    reps = counted(recorded(lifts(30.0, hold_s=5.0), 0.8, level=True), PRESETS["prone-hip-extension"])
    assert len(reps) == 8
    assert all(rep.hold_s > 4.0 for rep in reps)


def test_a_knee_extension_is_one_by_its_short_arm() -> None:
    seated = PRESETS["seated-knee-extension"]
    assert len(counted(recorded(lifts(70.0), 0.4, level=False), seated)) == 8
    assert counted(recorded(lifts(70.0), 0.85, level=False), seated) == []
    assert counted(recorded(lifts(70.0), 0.4, level=False), KICKBACK) == []


def test_a_standing_kickback_may_be_smaller() -> None:
    small = recorded(lifts(9.0), 0.85, level=False)
    assert len(counted(small, PRESETS["standing-kickback"])) == 8
    assert counted(small, KICKBACK) == []


def test_of_a_level_leg_no_rotation_is_made_up() -> None:
    for rep in counted(recorded(lifts(40.0), 0.8, level=True, twist_deg=15.0), PRESETS["prone-hip-extension"]):
        assert math.isnan(rep.axial_rotation_deg)
        assert math.isnan(rep.plane_tilt_deg)
        assert rep.hip_rotation is None


@pytest.mark.parametrize(
    ("recording", "names"),
    [
        (recorded(lifts(45.0), 0.8, level=True), LYING),
        (recorded(lifts(70.0), 0.4, level=False), ("seated-knee-extension",)),
    ],
    ids=["lying", "seated"],
)
def test_the_exercise_that_fits_is_named(recording: Recording, names: tuple[str, ...]) -> None:
    best = fitting(recording, KICKBACK)
    assert best is not None
    assert (tuple(one.name for one in best.exercises), best.reps) == (names, 8)
    said = contradiction(recording, KICKBACK)
    assert said is not None
    assert f"try --exercise {names[0]}" in said
    assert "\n" not in said


def test_nothing_is_named_where_nothing_moves() -> None:
    still = recorded(np.append(np.zeros(2000), 1e-9), 0.8, level=True)
    assert contradiction(still, KICKBACK) is None


def test_an_exercise_of_ones_own_needs_no_joint() -> None:
    free = replace(PRESETS["prone-hip-extension"], name="mine", rest="any", pivot=None, arm_m=None)
    assert len(counted(recorded(lifts(45.0), 0.8, level=True), free)) == 8
    hip = replace(free, pivot="hip", arm_m=(0.5, 1.2))
    assert len(counted(recorded(lifts(45.0), 0.8, level=True), hip)) == 8


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rest": "sideways"}, "rest must be one of"),
        ({"pivot": "ankle"}, "pivot must be"),
        ({"least_excursion_deg": 2.0}, "3 to 90"),
        ({"least_excursion_deg": math.nan}, "finite"),
        ({"shortest_s": 40.0}, "in order"),
        ({"pivot": None}, "go together"),
        ({"arm_m": (1.0, 0.5)}, "two lengths in order"),
        ({"least_axis": 0.0}, "least_axis"),
        ({"most_passing": 0.0}, "most_passing"),
        ({"name": " "}, "name"),
    ],
)
def test_an_exercise_checks_its_values(change: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        replace(KICKBACK, **change)  # type: ignore[arg-type]  # wrong values are the point


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(ValueError, match="prone-hip-extension"):
        named("squat")
