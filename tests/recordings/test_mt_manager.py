from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import movella_dot
from benchmarks.specimens import mt_manager as specimen
from imu.assemble import recording_from_rows
from imu.blocks import Header, Recording
from imu.units import DEG_PER_RAD
from recordings import RecordingError
from recordings.options import Options

Rows = npt.NDArray[np.float64]


@pytest.fixture
def made(rows: Rows) -> Recording:
    return recording_from_rows(rows[:, 0], rows[:, 1:4], rows[:, 4:7], Header("made", 1.0))


def same(recording: Recording, made: Recording) -> None:
    assert recording.header.dialect == "mt_manager"
    assert recording.rate_hz == pytest.approx(50.0, rel=1e-4)
    np.testing.assert_allclose(recording.block.acc_mps2, made.block.acc_mps2, atol=1e-5)
    np.testing.assert_allclose(recording.block.gyr_radps, made.block.gyr_radps, atol=1e-5)


@pytest.mark.parametrize("variant", list(specimen.VARIANTS))
def test_tab_or_comma_with_and_without_a_clock(tmp_path: Path, made: Recording, variant: str) -> None:
    same(recordings.read(specimen.VARIANTS[variant](made, tmp_path)), made)


def test_without_any_rate_the_option_is_named(tmp_path: Path, made: Recording) -> None:
    path = specimen.write(tmp_path / "a.csv", "", specimen.frame(made, ticks=False), ",")
    with pytest.raises(RecordingError, match=r"name the rate with --rate"):
        recordings.read(path)
    same(recordings.read(path, options=Options(rate_hz=50.0)), made)


def test_packets_missing_around_the_wrap_are_lost_samples(tmp_path: Path, made: Recording) -> None:
    wrap = 65_536 - specimen.FIRST_PACKET
    table = specimen.frame(made, ticks=False).drop(index=range(wrap - 5, wrap + 5))
    recording = recordings.read(specimen.write(tmp_path / "a.txt", specimen.comments(50.0), table, "\t"))
    assert len(recording) == 600
    assert np.flatnonzero(recording.lost).tolist() == list(range(wrap - 5, wrap + 5))


def test_a_clock_in_microseconds_is_told_by_its_steps(tmp_path: Path, made: Recording) -> None:
    table = specimen.frame(made, ticks=True)
    table["SampleTimeFine"] = np.arange(600) * 20_000
    same(recordings.read(specimen.write(tmp_path / "a.csv", "", table, ",")), made)


def test_without_a_packet_counter_the_clock_is_enough(tmp_path: Path, made: Recording) -> None:
    table = specimen.frame(made, ticks=True).drop(columns="PacketCounter")
    same(recordings.read(specimen.write(tmp_path / "a.csv", "", table, ",")), made)


def test_without_any_counter_it_is_said(tmp_path: Path, made: Recording) -> None:
    table = specimen.frame(made, ticks=False).drop(columns="PacketCounter")
    with pytest.raises(RecordingError, match="neither SampleTimeFine nor PacketCounter"):
        recordings.read(specimen.write(tmp_path / "a.csv", "", table, ","))


def test_a_dot_file_without_its_preamble_is_contradicted_by_physics(tmp_path: Path, made: Recording) -> None:
    path = tmp_path / "a.csv"
    movella_dot.frame(made).to_csv(path, index=False)
    with pytest.raises(RecordingError, match="--gyro-unit"):
        recordings.read(path)
    recording = recordings.read(path, options=Options(gyr_unit="deg/s"))
    same(recording, made)


def test_radians_are_read_as_they_stand(tmp_path: Path, made: Recording) -> None:
    table = specimen.frame(made, ticks=True)
    table[["Gyr_X", "Gyr_Y", "Gyr_Z"]] *= DEG_PER_RAD
    with pytest.raises(RecordingError, match="--gyro-unit"):
        recordings.read(specimen.write(tmp_path / "a.csv", "", table, ","))


@pytest.mark.parametrize("names", [("Roll", "Pitch", "Yaw"), ("Mat[1][1]", "Mat[2][1]"), ("VelInc_X", "OriInc_q0")])
def test_orientation_alone_says_what_to_tick(tmp_path: Path, made: Recording, names: tuple[str, ...]) -> None:
    table = specimen.frame(made, ticks=True)
    table = table[["PacketCounter", "SampleTimeFine"]].assign(**dict.fromkeys(names, table["Acc_X"]))
    path = specimen.write(tmp_path / "a.txt", specimen.comments(50.0), table, "\t")
    with pytest.raises(RecordingError, match="tick Acceleration and Angular velocity"):
        recordings.read(path)
