from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from imu.blocks import Header, Recording, SampleBlock
from imu.plausibility import acc_unit, examine
from imu.simulate import simulate
from imu.units import DEG_PER_RAD, G0_MPS2, RAD_PER_DEG

RATE_HZ = 100.0


def swings(seed: int = 0, noise: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """A pendulum's sensor that is at rest, swings out by 50 degrees, rests, swings back: acceleration and turn rate."""
    rng = np.random.default_rng(seed)
    angle: list[np.ndarray] = []
    out = np.radians(50) * (1 - np.cos(np.pi * np.arange(80) / 80)) / 2
    for _ in range(5):
        angle += [np.zeros(150), out, np.full(120, out[-1]), out[::-1]]
    theta = np.concatenate([*angle, np.zeros(200)])
    acc = G0_MPS2 * np.column_stack([np.sin(theta), np.zeros_like(theta), np.cos(theta)])
    gyr = np.column_stack([np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)])
    gyr[:, 1] = -np.gradient(theta) * RATE_HZ
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    acc, gyr = acc @ turn.T, gyr @ turn.T
    return acc + rng.normal(0, noise, acc.shape), gyr + rng.normal(0, 0.002, gyr.shape)


def recording(acc: np.ndarray, gyr: np.ndarray) -> Recording:
    return Recording(Header("r", RATE_HZ), SampleBlock(0, RATE_HZ, acc, gyr))


def test_a_good_recording_has_no_findings() -> None:
    seen = examine(recording(*swings()))
    assert seen.findings == ()
    assert seen.gravity_mps2 == pytest.approx(9.80665, rel=0.01)
    assert (seen.acc_factor, seen.gyr_factor) == (1.0, 1.0)
    assert seen.turn_ratio == pytest.approx(1.0, abs=0.06)
    assert seen.turn_agreement > 0.9
    assert seen.acc_noise_mps2 == pytest.approx(0.02, rel=0.3)
    assert seen.gyr_noise_radps == pytest.approx(0.002, rel=0.3)


@pytest.mark.parametrize(("unit", "factor"), [("g", G0_MPS2), ("mg", G0_MPS2 / 1000)])
def test_the_stillest_second_tells_the_unit_of_acceleration(unit: str, factor: float) -> None:
    acc, gyr = swings()
    seen = examine(recording(acc / factor, gyr))
    assert seen.acc_factor == pytest.approx(factor)
    assert seen.gyr_factor == 1.0
    assert any(f"it is in {unit}, not in m/s²" in finding for finding in seen.findings)


def test_acceleration_without_gravity_gives_itself_away() -> None:
    acc, gyr = swings()
    rng = np.random.default_rng(1)
    linear = rng.normal(0, 0.03, acc.shape) + np.gradient(gyr, axis=0) * 10
    seen = examine(recording(linear, gyr))
    assert seen.acc_factor == 0.0
    assert any("gravity was taken out" in finding for finding in seen.findings)


@pytest.mark.parametrize(
    ("logged", "needed", "says"),
    [(DEG_PER_RAD, RAD_PER_DEG, "is in deg/s, not in rad/s"), (RAD_PER_DEG, DEG_PER_RAD, "is in rad/s, not in deg/s")],
)
def test_gravity_tells_the_unit_of_the_gyro(logged: float, needed: float, says: str) -> None:
    acc, gyr = swings()
    seen = examine(recording(acc, gyr * logged))
    assert seen.gyr_factor == needed
    assert any(says in finding for finding in seen.findings)


def test_a_gyro_whose_scale_is_off_is_said() -> None:
    acc, gyr = swings()
    seen = examine(recording(acc, gyr * 1.3))
    assert any("the gyro's scale is off" in finding for finding in seen.findings)


@pytest.mark.parametrize(
    ("order", "signs", "needed"),
    [
        ([1, 0, 2], [1, 1, 1], "y, x, z"),
        ([2, 1, 0], [1, 1, 1], "z, y, x"),
        ([0, 1, 2], [-1, -1, -1], "the other way round, as in left-handed axes"),
    ],
)
def test_swapped_axes_are_said_with_what_would_fit(order: list[int], signs: list[int], needed: str) -> None:
    acc, gyr = swings(seed=1)
    seen = examine(recording(acc, gyr[:, order] * signs))
    assert seen.gyr_factor is None
    assert "do not turn together" in seen.apart
    assert needed in seen.apart
    assert any("do not turn together" in finding for finding in seen.findings)


@pytest.mark.parametrize("factor", [1.0, DEG_PER_RAD, RAD_PER_DEG])
def test_swapped_axes_are_found_in_any_unit(factor: float) -> None:
    acc, gyr = swings(seed=1)
    assert "y, x, z" in examine(recording(acc, gyr[:, [1, 0, 2]] * factor)).apart


def test_sensors_that_were_not_logged_together_are_said() -> None:
    acc, gyr = swings(seed=1)
    seen = examine(recording(acc, np.random.default_rng(0).permutation(gyr)))
    assert seen.gyr_axes == ""
    assert "not logged at the same time" in seen.apart


def test_sensors_that_belong_together_or_hardly_move_are_not_called_apart() -> None:
    acc, gyr = swings(seed=1)
    assert examine(recording(acc, gyr)).apart == ""
    assert examine(recording(acc * 0 + acc[0], gyr[:, [1, 0, 2]])).apart == ""


def test_a_gyro_that_is_not_running_is_said() -> None:
    acc, gyr = swings()
    seen = examine(recording(acc, np.zeros_like(gyr)))
    assert math.isinf(seen.turn_ratio)
    assert any("it was not running" in finding for finding in seen.findings)


def test_saturation_is_measured() -> None:
    acc, gyr = swings()
    gyr[1000:1040, 2] = 5.0
    seen = examine(recording(acc, gyr))
    assert seen.gyr_saturated == pytest.approx(40 / len(gyr), rel=0.1)
    assert any("gyro is at the end of its range in" in finding for finding in seen.findings)


def test_noise_and_bias_are_said() -> None:
    acc, gyr = swings()
    rng = np.random.default_rng(0)
    loud = gyr + rng.normal(0, np.radians(2), gyr.shape) + np.radians(6)
    findings = examine(recording(acc + rng.normal(0, 0.45, acc.shape), loud)).findings
    assert {sentence.split(":")[0].split(" shows")[0] for sentence in findings} >= {
        "The accelerometer is noisy",
        "The gyro is noisy",
        "At rest the gyro",
    }


@pytest.mark.parametrize("rest", [0.0, 3.0])
def test_a_sensor_that_vanished_is_said_and_its_rows_are_no_rest(rest: float) -> None:
    acc, gyr = swings()
    gone = np.full((700, 3), rest)
    seen = examine(recording(np.vstack([acc, gone]), np.vstack([gyr, gone])))
    assert seen.acc_factor == 1.0
    assert seen.gyr_factor == 1.0
    assert seen.frozen_s == pytest.approx(7.0)
    assert seen.findings == ("For 7.0 s none of the six values changes: the sensor had stopped or gone.",)


def test_lost_samples_are_left_out() -> None:
    acc, gyr = swings()
    for first in range(37, len(acc), 90):
        acc[first : first + 3] = gyr[first : first + 3] = np.nan
    seen = examine(recording(acc, gyr))
    assert seen.findings == ()
    assert seen.gyr_factor == 1.0


def test_a_recording_that_never_rests_is_not_judged() -> None:
    rng = np.random.default_rng(0)
    seen = examine(recording(9.81 + rng.normal(0, 5, (500, 3)), rng.normal(0, 1, (500, 3))))
    assert seen.acc_factor is None
    assert seen.gyr_factor is None
    assert math.isnan(seen.gravity_mps2)
    assert seen.findings == ("There is no still second, so no unit could be checked.",)


@pytest.mark.parametrize("rows", [0, 1, 3, 99, 150])
def test_short_and_empty_recordings_are_no_trouble(rows: int) -> None:
    acc, gyr = swings()
    assert examine(recording(acc[:rows], gyr[:rows])).gyr_factor is None


@pytest.mark.parametrize(("at_rest", "unit"), [(9.5, "m/s²"), (1.02, "g"), (985.0, "mg"), (0.05, None), (5.0, None)])
def test_the_unit_of_gravity(at_rest: float, unit: str | None) -> None:
    assert acc_unit(at_rest) == unit


def test_people_and_simulated_recordings_obey_physics(datasets: Path) -> None:
    import recordings

    told = 0
    paths = sorted(datasets.glob("*/recordings/*.csv"))
    assert len(paths) == 82
    for path in paths[::4]:
        seen = examine(recordings.read(path))
        assert seen.acc_factor == 1.0, path.name
        assert seen.gyr_factor in (1.0, None), path.name
        assert seen.apart == "", path.name
        if seen.gyr_factor is not None:
            told += 1
            assert 0.85 <= seen.turn_ratio <= 1.15, path.name
            assert seen.turn_agreement >= 0.85, path.name
    assert told >= 12


@pytest.mark.parametrize(
    ("kind", "seed", "rate_hz"), [("partial", 50232, 200), ("fast", 50287, 100), ("balance", 50635, 50)]
)
def test_small_turns_alone_refuse_nobody(kind: str, seed: int, rate_hz: int) -> None:
    """Between quiet moments gravity turned by 13 to 18° only: what is off there says nothing of the two sensors."""
    seen = examine(simulate(kind, seed, rate_hz=rate_hz).recording())
    assert not seen.apart
    assert np.isnan(seen.turn_ratio)
