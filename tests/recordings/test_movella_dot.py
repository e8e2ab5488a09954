from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import recordings
from benchmarks.specimens import movella_dot as specimen
from imu.assemble import recording_from_rows
from imu.blocks import Header, Recording
from imu.units import RAD_PER_DEG
from recordings import RecordingError
from recordings.options import Options

Rows = npt.NDArray[np.float64]


@pytest.fixture
def made(rows: Rows) -> Recording:
    return recording_from_rows(rows[:, 0], rows[:, 1:4], rows[:, 4:7], Header("made", 1.0))


def write(path: Path, above: str, table: pd.DataFrame) -> Path:
    path.write_text(above + table.to_csv(index=False, float_format="%.6f"), encoding="utf-8")
    return path


def same(recording: Recording, made: Recording) -> None:
    assert recording.header.dialect == "movella_dot"
    assert recording.rate_hz == pytest.approx(50.0, rel=1e-4)
    np.testing.assert_allclose(recording.block.acc_mps2, made.block.acc_mps2, atol=1e-5)
    np.testing.assert_allclose(recording.block.gyr_radps, made.block.gyr_radps, atol=1e-5)


@pytest.mark.parametrize("variant", list(specimen.VARIANTS))
def test_preambles_of_any_length_and_a_counter_that_wraps(tmp_path: Path, made: Recording, variant: str) -> None:
    recording = recordings.read(specimen.VARIANTS[variant](made, tmp_path), leg="right")
    same(recording, made)
    assert recording.header.start_s == pytest.approx(0.0, abs=1e-4)
    assert recording.header.leg == "right"


def test_the_counter_may_wrap_inside_of_a_hole(tmp_path: Path, made: Recording) -> None:
    table = specimen.frame(made, specimen.WRAP - 6_000_000).drop(index=range(290, 340))
    recording = recordings.read(write(tmp_path / "a.csv", specimen.preamble(50, "Rate quantities"), table))
    assert len(recording) == 600
    assert np.flatnonzero(recording.lost).tolist() == list(range(290, 340))


def test_the_tag_and_the_start_stay_in_the_file(tmp_path: Path, made: Recording) -> None:
    path = write(tmp_path / "a.csv", specimen.preamble(50, "Rate quantities"), specimen.frame(made))
    header = recordings.read(path).header
    assert "Shank" not in repr(header)
    assert "2025" not in repr(header)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("Euler_X", "Euler_Y", "Euler_Z", "FreeAcc_X", "FreeAcc_Y", "FreeAcc_Z", "Status"), "without gravity"),
        (("Quat_W", "Quat_X", "Quat_Y", "Quat_Z", "Status"), "without gravity"),
        (("dq_W", "dq_X", "dq_Y", "dq_Z", "dv[1]", "dv[2]", "dv[3]"), "increments"),
        (("Euler_X", "Euler_Y", "Euler_Z", "Gyr_X", "Gyr_Y", "Gyr_Z"), "no acceleration"),
        (("Acc_X", "Acc_Y", "Acc_Z", "Mag_X", "Mag_Y", "Mag_Z"), "no angular velocity"),
    ],
)
def test_other_modes_say_which_mode_to_choose(
    tmp_path: Path, made: Recording, names: tuple[str, ...], what: str
) -> None:
    table = specimen.frame(made)
    table = table[["PacketCounter", "SampleTimeFine"]].assign(**dict.fromkeys(names, table["Acc_X"]))
    path = write(tmp_path / "a.csv", specimen.preamble(50, "Sensor fusion Mode - Extended(Euler)"), table)
    with pytest.raises(RecordingError, match=f"{what}.*choose the measurement mode Rate quantities"):
        recordings.read(path)


def test_empty_times_are_counted_at_the_rate_of_the_preamble(tmp_path: Path, made: Recording) -> None:
    table = specimen.frame(made).assign(SampleTimeFine="").drop(index=[100, 101])
    recording = recordings.read(write(tmp_path / "a.csv", specimen.preamble(50, "Rate quantities"), table))
    assert recording.rate_hz == pytest.approx(50.0)
    assert np.flatnonzero(recording.lost).tolist() == [100, 101]


def test_a_rate_named_by_hand_counts_packets(tmp_path: Path, made: Recording) -> None:
    path = write(tmp_path / "a.csv", specimen.preamble(50, "Rate quantities"), specimen.frame(made))
    options = Options(rate_hz=60.0, gyr_unit="deg/s")
    assert recordings.read(path, options=options).rate_hz == pytest.approx(60.0)


def test_a_preamble_that_names_another_rate_is_told(tmp_path: Path, made: Recording) -> None:
    path = write(tmp_path / "a.csv", specimen.preamble(60, "Rate quantities"), specimen.frame(made))
    assert any("60 Hz" in note and "50.0 Hz" in note for note in recordings.read(path).header.notes)


def test_radians_under_a_dot_preamble_are_contradicted(tmp_path: Path, made: Recording) -> None:
    table = specimen.frame(made)
    table[["Gyr_X", "Gyr_Y", "Gyr_Z"]] *= RAD_PER_DEG
    path = write(tmp_path / "a.csv", specimen.preamble(50, "Rate quantities"), table)
    with pytest.raises(RecordingError, match="--gyro-unit"):
        recordings.read(path)
    same(recordings.read(path, options=Options(gyr_unit="rad/s")), made)


def test_two_sensors_in_a_folder_are_two_recordings(tmp_path: Path, made: Recording) -> None:
    for name in ("left.csv", "right.csv"):
        write(tmp_path / name, specimen.preamble(50, "Rate quantities"), specimen.frame(made))
    same(recordings.read(tmp_path / "left.csv"), made)
    with pytest.raises(RecordingError):
        recordings.read(tmp_path)


def test_a_last_line_cut_within_its_stamp_costs_one_sample(tmp_path: Path, made: Recording) -> None:
    path = write(tmp_path / "a.csv", specimen.preamble(50, "Rate quantities"), specimen.frame(made))
    whole = path.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(whole[: whole.rindex("\n") + len("\n600,24")], encoding="utf-8")
    assert len(recordings.read(path)) == 599
