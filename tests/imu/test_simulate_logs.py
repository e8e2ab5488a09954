"""Clocks, batches, losses and repeats as the simulated logger writes them."""

from __future__ import annotations

import numpy as np
import pytest

from imu.simulate import simulate
from imu.simulate.stamps import Link, clock, write_log

RATE_HZ = 100.0
INSTANTS_S = np.arange(6000) / RATE_HZ


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_a_perfect_link_writes_every_sample_once_at_its_time() -> None:
    log = write_log(rng(), Link(), INSTANTS_S, RATE_HZ)
    assert np.array_equal(log.sample, np.arange(6000))
    assert log.time_s == pytest.approx(INSTANTS_S)


def test_a_device_clock_runs_off_and_the_truth_goes_with_it() -> None:
    link = Link(ppm=80.0, offset_s=12.0)
    log = write_log(rng(), link, INSTANTS_S, RATE_HZ)
    assert log.time_s[-1] - log.time_s[0] == pytest.approx(59.99 * (1 + 80e-6), abs=1e-9)
    assert clock(link, 10.0) == pytest.approx(22.0008)


def test_bursts_share_an_arrival_and_never_arrive_before_they_were_taken() -> None:
    log = write_log(rng(), Link(stamp="burst", batch=8, interval_s=0.03), INSTANTS_S, RATE_HZ)
    steps = np.diff(log.time_s)
    assert np.mean(steps < 0.001) == pytest.approx(7 / 8, abs=0.01)
    assert (log.time_s[7::8] >= INSTANTS_S[7::8]).all()
    assert np.median(log.time_s[7::8] - INSTANTS_S[7::8]) < 0.1


def test_spread_stamps_are_dated_back_from_the_arrival_by_the_nominal_interval() -> None:
    log = write_log(rng(), Link(stamp="spread", batch=10, interval_s=0.03), INSTANTS_S, RATE_HZ)
    inside = np.diff(log.time_s.reshape(-1, 10), axis=1)
    assert inside == pytest.approx(1 / RATE_HZ)
    assert np.ptp(np.diff(log.time_s[9::10])) > 0.01


@pytest.mark.parametrize("stamp", ["device", "burst", "spread"])
def test_losses_come_at_the_rate_that_was_asked_for(stamp: str) -> None:
    log = write_log(rng(), Link(stamp=stamp, loss=0.05), np.arange(60000) / RATE_HZ, RATE_HZ)
    assert 1 - len(log.sample) / 60000 == pytest.approx(0.05, abs=0.015)
    if stamp != "device":
        assert set(np.diff(log.sample)) <= {1 + 8 * k for k in range(6)}


def test_a_gap_takes_everything_and_repeats_are_whole_rows() -> None:
    log = write_log(rng(), Link(gap=(20.0, 2.5), repeats=2), INSTANTS_S, RATE_HZ)
    there = INSTANTS_S[np.unique(log.sample)]
    assert not ((there >= 20.0) & (there < 22.5)).any()
    extra = len(log.sample) - len(np.unique(log.sample))
    assert 6 <= extra <= 40
    for sample in np.unique(log.sample)[np.unique(log.sample, return_counts=True)[1] > 1]:
        assert len(set(log.time_s[log.sample == sample])) == 1


def test_a_gap_within_a_rep_is_told_by_the_truth() -> None:
    found = 0
    for seed in range(12):
        truth = simulate("noisy", seed, stamp="device").truth
        gap = truth["sensor"]["gap"]
        for rep in truth["reps"]:
            if gap is None or gap[0] > rep["end_s"] or gap[0] + gap[1] < rep["start_s"]:
                continue
            inside = min(gap[0] + gap[1], rep["end_s"]) - max(gap[0], rep["start_s"])
            assert rep["missing"] >= inside - 0.05
            found += inside > 0.3
    assert found >= 2


def test_the_rebuilt_recording_keeps_the_clock_of_the_truth() -> None:
    for seed in range(4):
        made = simulate("slow", seed, stamp="device")
        sensor = made.truth["sensor"]
        recording = made.recording()
        assert recording.rate_hz == pytest.approx(sensor["actual_rate"] / (1 + sensor["ppm"] * 1e-6), rel=2e-4)
        assert recording.header.start_s == pytest.approx(made.rows.time_s[0], abs=0.02)
