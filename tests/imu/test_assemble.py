from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu.assemble import join, recording_from_rows
from imu.blocks import Header, Recording, SampleBlock

HEADER = Header("log", 1.0, notes=("before",))


def rows(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return 5.0 + np.arange(n) / 50.0, rng.normal(size=(n, 3)), rng.normal(size=(n, 3))


def test_a_missing_row_becomes_a_row_of_nan() -> None:
    time_s, acc, gyr = rows()
    kept = np.delete(np.arange(400), [100, 200, 201])
    recording = recording_from_rows(time_s[kept], acc[kept], gyr[kept], HEADER)
    assert np.flatnonzero(recording.lost).tolist() == [100, 200, 201]
    assert np.array_equal(recording.block.acc_mps2[kept], acc[kept])
    assert np.array_equal(recording.block.gyr_radps[kept], gyr[kept])
    assert recording.rate_hz == recording.header.rate_hz == pytest.approx(50.0)
    assert recording.header.start_s == pytest.approx(5.0)
    assert recording.header.notes == ("before",)


@pytest.mark.parametrize("sensor", ["acc", "gyr"])
def test_a_row_with_one_value_missing_is_lost_in_both_sensors(sensor: str) -> None:
    time_s, acc, gyr = rows()
    {"acc": acc, "gyr": gyr}[sensor][7, 1] = np.nan
    recording = recording_from_rows(time_s, acc, gyr, HEADER)
    assert np.isnan(recording.block.acc_mps2[7]).all()
    assert np.isnan(recording.block.gyr_radps[7]).all()
    assert recording.lost.sum() == 1


def test_rows_without_a_stamp_and_rows_that_repeat_are_dropped_and_said() -> None:
    time_s, acc, gyr = rows()
    time_s[50] = np.nan
    order = np.concatenate([np.arange(208), np.arange(200, 400)])
    recording = recording_from_rows(time_s[order], acc[order], gyr[order], HEADER)
    assert np.flatnonzero(recording.lost).tolist() == [50]
    assert recording.header.notes == (
        "before",
        "1 row had no time stamp and was dropped.",
        "8 rows repeated others and were dropped.",
    )


def test_arrivals_are_said() -> None:
    _, acc, gyr = rows()
    arrival = (np.arange(400) // 8 + 1) * 8 / 50.0 + np.random.default_rng(0).exponential(0.02, 50).repeat(8)
    recording = recording_from_rows(np.maximum.accumulate(arrival), acc, gyr, HEADER)
    assert any("arrivals at a host" in note for note in recording.header.notes)
    assert recording.rate_hz == pytest.approx(50.0, rel=2e-3)


def test_two_recordings_in_one_are_an_error() -> None:
    time_s, acc, gyr = rows()
    time_s[200:] += 7200.0
    with pytest.raises(ValueError, match="a hole of 7200 s"):
        recording_from_rows(time_s, acc, gyr, HEADER)


@given(cuts=st.lists(st.integers(0, 300), max_size=12), holes=st.sets(st.integers(0, 299), max_size=30))
def test_blocks_joined_again_are_the_recording(cuts: list[int], holes: set[int]) -> None:
    _, acc, gyr = rows(300)
    acc[list(holes)] = gyr[list(holes)] = np.nan
    whole = Recording(Header("r", 50.0), SampleBlock(0, 50.0, acc, gyr))
    blocks, missing, stop = [], 0, 0
    for cut in sorted({*cuts, 300}):
        block = whole.block.cut(stop, cut)
        if len(block) and np.isnan(block.acc_mps2).all():
            missing += len(block)  # a live source counts a packet that did not come
        else:
            blocks.append(SampleBlock(block.start, 50.0, block.acc_mps2, block.gyr_radps, missing))
            missing = 0
        stop = cut
    joined = join(blocks, whole.header)
    expected = whole.between(None, (300 - missing) / 50.0)
    assert np.array_equal(joined.block.acc_mps2, expected.block.acc_mps2, equal_nan=True)
    assert np.array_equal(joined.block.gyr_radps, expected.block.gyr_radps, equal_nan=True)


def test_blocks_that_do_not_follow_each_other_are_an_error() -> None:
    block = SampleBlock(0, 50.0, np.zeros((5, 3)), np.zeros((5, 3)))
    late = SampleBlock(7, 50.0, np.zeros((5, 3)), np.zeros((5, 3)), missing_before=1)
    with pytest.raises(ValueError, match="starts at sample 7, but the one before ended at 5 and 1 are said"):
        join([block, late], Header("r", 50.0))


def test_no_blocks_are_an_empty_recording() -> None:
    assert len(join([], Header("r", 50.0))) == 0


@pytest.mark.parametrize("absurd", [1e300, -2e6, np.inf, -np.inf])
def test_a_value_that_no_sensor_gives_is_a_lost_sample_and_said(absurd: float) -> None:
    time_s, acc, gyr = rows()
    acc[30, 2] = gyr[31, 0] = absurd
    recording = recording_from_rows(time_s, acc, gyr, HEADER)
    assert np.flatnonzero(recording.lost).tolist() == [30, 31]
    assert "2 rows had values that no sensor gives and were taken for lost." in recording.header.notes


@pytest.mark.parametrize("absurd", [1e300, -1e300, np.inf])
def test_a_time_that_no_clock_shows_is_no_time(absurd: float) -> None:
    time_s, acc, gyr = rows()
    time_s[40] = absurd
    recording = recording_from_rows(time_s, acc, gyr, HEADER)
    assert recording.rate_hz == pytest.approx(50.0)
    assert "1 row had no time stamp and was dropped." in recording.header.notes
