"""The simulator's face: every kind runs, the same seed gives the same recording, bad arguments are named."""

from __future__ import annotations

import json

import numpy as np
import pytest

from imu.simulate import NEGATIVES, RATES_HZ, SENSORS, STAMPS, SUITES, Simulated, simulate

REP_KEYS = {
    "set", "index", "leg", "start_s", "concentric_end_s", "eccentric_start_s", "end_s", "defs", "excursion_deg",
    "swing_deg", "peak_vel_con_dps", "peak_vel_ecc_dps", "pulses", "pulse_amps_deg", "axial_rotation_deg",
    "plane_tilt_deg", "pelvis_rotation_deg", "femoral_rotation_deg", "is_partial", "rushed", "hip_rotation", "missing",
    "optional", "bottom_pause_s",
}  # fmt: skip


def samples(made: Simulated) -> np.ndarray:
    return np.column_stack([made.rows.time_s, made.rows.acc_mps2, made.rows.gyr_radps])


@pytest.mark.parametrize("kind", [*SUITES, *NEGATIVES])
def test_every_kind_makes_finite_rows_and_a_truth_that_fits_them(kind: str) -> None:
    made = simulate(kind, 5)
    table = samples(made)
    truth = json.loads(json.dumps(made.truth))
    assert table.shape[1] == 7
    assert np.isfinite(table).all()
    assert truth["simulated"] is True
    assert truth["negative_kind"] == (kind if kind in NEGATIVES else None)
    assert truth["n_reps"] == len(truth["reps"]) == sum(s["n_reps"] for s in truth["sets"] if s["visible"])
    assert (truth["n_reps"] > 0) == (kind in SUITES)
    for rep in truth["reps"]:
        assert set(rep) >= REP_KEYS
        assert table[0, 0] < rep["start_s"] < rep["end_s"] < table[:, 0].max()
    span = made.rows.time_s.max() - made.rows.time_s.min()
    assert span == pytest.approx(truth["duration_s"], abs=0.6)


@pytest.mark.parametrize("kind", ["everyday", "noisy", "fidget"])
def test_the_same_seed_gives_the_same_recording_and_another_seed_another(kind: str) -> None:
    first, again, other = simulate(kind, 3), simulate(kind, 3), simulate(kind, 4)
    assert np.array_equal(samples(first), samples(again))
    assert first.truth == again.truth
    assert first.name != other.name
    assert samples(first).shape != samples(other).shape or not np.array_equal(samples(first), samples(other))


def test_the_body_does_not_depend_on_the_sensor() -> None:
    slow, quick = simulate("pulses", 2, rate_hz=50, stamp="device"), simulate("pulses", 2, rate_hz=200, stamp="device")
    assert quick.rows.time_s.size == pytest.approx(4 * slow.rows.time_s.size, rel=0.15)
    for a, b in zip(slow.truth["reps"], quick.truth["reps"], strict=True):
        assert a["excursion_deg"] == b["excursion_deg"]
        assert a["pulses"] == b["pulses"]


def test_overrides_are_obeyed() -> None:
    made = simulate("everyday", 1, rate_hz=25, leg="left", reps=5, sensor="cheap", stamp="burst")
    assert made.leg == "left"
    assert made.truth["nominal_rate_hz"] == 25
    assert made.truth["sensor"]["profile"] == "cheap"
    assert made.truth["sensor"]["stamp"] == "burst"
    assert {s["n_reps"] for s in made.truth["sets"]} == {5}


def test_a_recording_is_marked_as_simulated_and_keeps_leg_and_rate() -> None:
    made = simulate("clean", 1, leg="right")
    recording = made.recording()
    assert recording.header.simulated
    assert recording.header.leg == "right"
    assert recording.rate_hz == pytest.approx(100.0, rel=1e-5)
    assert recording.duration_s == pytest.approx(made.truth["duration_s"], abs=0.1)


def test_values_on_offer_are_not_empty() -> None:
    assert len(SUITES) >= 15
    assert {"walk", "fidget", "stand", "cycling", "sit", "stairs", "squats", "shoes", "side", "kicks"} <= set(NEGATIVES)
    assert {25, 50, 52, 100, 104, 200} == set(RATES_HZ)
    assert {"device", "spread", "burst"} == set(STAMPS)
    assert "cheap" in SENSORS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "dance", "seed": 1}, "kind must be one of"),
        ({"kind": "clean", "seed": -1}, "seed must be 0 or more"),
        ({"kind": "clean", "seed": 1, "rate_hz": 99}, "rate_hz must be one of 25"),
        ({"kind": "clean", "seed": 1, "leg": "third"}, "leg must be one of left, right"),
        ({"kind": "clean", "seed": 1, "reps": 2}, "reps must be between 3 and 60"),
        ({"kind": "clean", "seed": 1, "sensor": "x"}, "sensor must be one of"),
        ({"kind": "clean", "seed": 1, "stamp": "x"}, "stamp must be one of"),
    ],
)
def test_a_bad_argument_is_named(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        simulate(**arguments)  # type: ignore[arg-type]  # wrong on purpose
