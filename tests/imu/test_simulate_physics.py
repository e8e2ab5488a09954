"""What the simulated sensor feels, judged as physics and not through the simulator's own formulas."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from imu.simulate import Simulated, simulate

FloatArray = npt.NDArray[np.float64]
G_MPS2 = 9.80665


def uniform(made: Simulated) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A clean recording's rows, which are all there, on its own even grid."""
    rows, rate = made.rows, made.truth["sensor"]["actual_rate"]
    return rows.time_s[0] + np.arange(len(rows.time_s)) / rate, rows.acc_mps2, rows.gyr_radps


def between(t: FloatArray, first_s: float, last_s: float) -> npt.NDArray[np.bool_]:
    return np.asarray((t >= first_s) & (t < last_s))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_fixed_hip_pivot_explains_the_acceleration_of_a_clean_rep(seed: int) -> None:
    made = simulate("clean", seed)
    t, acc, gyr = uniform(made)
    rate = made.truth["sensor"]["actual_rate"]
    low = butter(2, 5.0, fs=rate, output="sos")
    acc, gyr = sosfiltfilt(low, acc, axis=0), sosfiltfilt(low, gyr, axis=0)
    spin = np.gradient(gyr, 1 / rate, axis=0)
    for rep in made.truth["reps"]:
        part = np.nonzero(between(t, rep["start_s"] - 0.1, rep["end_s"] + 0.1))[0]
        turn = Rotation.identity()
        still = acc[part[0]]
        linear = []
        for i in part:
            linear.append(acc[i] - turn.inv().apply(still))
            turn = turn * Rotation.from_rotvec(gyr[i] / rate)
        design = [np.cross(spin[part], e) + np.cross(gyr[part], np.cross(gyr[part], e)) for e in np.eye(3)]
        design += [np.tile(e, (len(part), 1)) for e in np.eye(3)]
        matrix = np.stack([d.ravel() for d in design], axis=1)
        wanted = np.array(linear)
        found = np.linalg.lstsq(matrix, wanted.ravel(), rcond=None)[0]
        left = wanted.ravel() - matrix @ found
        explained = 1 - (left**2).sum() / ((wanted - wanted.mean(axis=0)) ** 2).sum()
        along_leg = -found[:3] @ still / np.linalg.norm(still)
        assert explained > 0.9
        assert 0.6 < along_leg < 1.0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gravity_and_gyro_tell_the_true_excursion(seed: int) -> None:
    made = simulate("clean", seed)
    t, acc, gyr = uniform(made)
    rate = made.truth["sensor"]["actual_rate"]
    for rep in made.truth["reps"]:
        if rep["eccentric_start_s"] - rep["concentric_end_s"] < 0.5:
            continue
        rest = acc[between(t, rep["start_s"] - 0.25, rep["start_s"])].mean(axis=0)
        top = acc[between(t, rep["concentric_end_s"] + 0.15, rep["eccentric_start_s"] - 0.15)].mean(axis=0)
        by_gravity = np.degrees(np.arccos(rest @ top / np.linalg.norm(rest) / np.linalg.norm(top)))
        assert by_gravity == pytest.approx(rep["excursion_deg"], abs=3.0)
        turn = Rotation.identity()
        for w in gyr[between(t, rep["start_s"] - 0.1, (rep["concentric_end_s"] + rep["eccentric_start_s"]) / 2)]:
            turn = turn * Rotation.from_rotvec(w / rate)
        up = rest / np.linalg.norm(rest)
        assert np.degrees(np.arccos(up @ turn.apply(up))) == pytest.approx(rep["excursion_deg"], abs=2.5)


def test_standing_still_is_still_and_reads_one_g() -> None:
    for seed in range(3):
        made = simulate("stand", seed)
        size = np.linalg.norm(made.rows.acc_mps2, axis=1)
        assert np.median(size) == pytest.approx(G_MPS2, abs=0.6)
        assert size.std() < 0.15
        turning = np.degrees(made.rows.gyr_radps - np.median(made.rows.gyr_radps, axis=0))
        assert np.sqrt((turning**2).sum(axis=1).mean()) < 4.0


def test_walking_swings_the_shank_and_strikes_the_heel() -> None:
    for seed in range(3):
        made = simulate("walk", seed, rate_hz=100, stamp="device")
        segment = next(s for s in made.truth["segments"] if s["name"] == "walk")
        part = between(made.rows.time_s, segment["t0"] + 1, segment["t1"] - 1)
        speed = np.degrees(np.linalg.norm(made.rows.gyr_radps[part], axis=1))
        assert 250 < np.percentile(speed, 99) < 650
        assert 20 < np.linalg.norm(made.rows.acc_mps2[part], axis=1).max() < 90


def test_the_standing_leg_tilts_less_than_a_countable_rep() -> None:
    for seed in range(3):
        made = simulate("standing_only", seed, stamp="device")
        plan = made.truth["sets"][0]
        assert not plan["visible"]
        part = between(made.rows.time_s, plan["t0"], plan["t1"])
        speed = np.degrees(np.linalg.norm(made.rows.gyr_radps[part] - np.median(made.rows.gyr_radps, axis=0), axis=1))
        assert np.median(speed) < 15


def test_a_slipping_strap_turns_gravity_in_the_sensor_for_good() -> None:
    made = simulate("slip", 1, stamp="device")
    before, after = (np.array(m["R_sensor_to_shank"]) for m in made.truth["mounts"])
    turn = np.degrees(Rotation.from_matrix(after @ before.T).magnitude())
    assert 12 < turn < 70
    starts = [s for s in made.truth["segments"] if s["name"] == "stand"]
    t = made.rows.time_s
    first, last = (
        made.rows.acc_mps2[between(t, s["t0"] + 0.2, s["t1"] - 0.2)].mean(axis=0) for s in (starts[0], starts[-1])
    )
    measured = np.degrees(np.arccos(first @ last / np.linalg.norm(first) / np.linalg.norm(last)))
    expected = np.degrees(np.arccos(np.clip((before.T @ np.array([0, 0, 1])) @ (after.T @ np.array([0, 0, 1])), -1, 1)))
    assert measured == pytest.approx(expected, abs=8.0)


def test_a_narrow_range_saturates() -> None:
    made = simulate("fast", 7)
    limit = made.truth["sensor"]["gyr_dps"]
    assert np.degrees(np.abs(made.rows.gyr_radps)).max() <= limit
    step = np.radians(limit) / 32768
    counts = made.rows.gyr_radps / step
    assert counts == pytest.approx(np.round(counts), abs=1e-6)
