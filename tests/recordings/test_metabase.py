from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import metabase as specimen
from imu.assemble import recording_from_rows
from imu.blocks import Header, Recording
from imu.units import DEG_PER_RAD, G0_MPS2
from recordings import RecordingError

Rows = npt.NDArray[np.float64]

STEM = "Ben_2024-05-06T07.08.09.123_C0FFEE123456_"


def write_pair(folder: Path, rows: Rows, stem: str = STEM, **kwargs: bool) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    acc, gyr = rows[:, 1:4] / G0_MPS2, rows[:, 4:7] * DEG_PER_RAD
    return (
        specimen.write_stream(folder / f"{stem}Accelerometer.csv", rows[:, 0], acc, "g", **kwargs),
        specimen.write_stream(folder / f"{stem}Gyroscope.csv", rows[:, 0], gyr, "deg/s", **kwargs),
    )


def close(recording: Recording, rows: Rows, first_s: float = 0.0) -> None:
    """The recording's values are those of the rows at the same time, but for what rounding the stamps does."""
    assert recording.header.dialect == "metabase"
    time_s = recording.time_s - recording.header.start_s + first_s
    for values, first, tolerance in (
        (recording.block.acc_mps2, 1, specimen.TOLERANCE[0]),
        (recording.block.gyr_radps, 4, specimen.TOLERANCE[1]),
    ):
        expected = np.column_stack([np.interp(time_s, rows[:, 0], rows[:, first + i]) for i in range(3)])
        inside = (time_s >= rows[0, 0]) & (time_s <= rows[-1, 0]) & ~recording.lost
        np.testing.assert_allclose(values[inside], expected[inside], atol=tolerance)


@pytest.mark.parametrize("variant", list(specimen.VARIANTS))
def test_both_spellings_and_every_way_to_name_the_pair(tmp_path: Path, rows: Rows, variant: str) -> None:
    made = recording_from_rows(rows[:, 0], rows[:, 1:4], rows[:, 4:7], Header("made", 1.0))
    recording = recordings.read(specimen.VARIANTS[variant](made, tmp_path))
    assert recording.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert abs(len(recording) - 600) <= 1
    close(recording, rows)


def test_either_file_of_a_pair_finds_the_other(tmp_path: Path, rows: Rows) -> None:
    acc, gyr = write_pair(tmp_path, rows)
    one, two = recordings.read(acc), recordings.read(gyr)
    np.testing.assert_array_equal(one.block.acc_mps2, two.block.acc_mps2)
    np.testing.assert_array_equal(one.block.gyr_radps, two.block.gyr_radps)


def test_the_zone_in_the_name_of_the_column_does_not_move_the_clock(tmp_path: Path, rows: Rows) -> None:
    acc, gyr = rows[:, 1:4] / G0_MPS2, rows[:, 4:7] * DEG_PER_RAD
    path = specimen.write_stream(tmp_path / "a_acc.csv", rows[:, 0], acc, "g", hours_east=5)
    specimen.write_stream(tmp_path / "a_gyro.csv", rows[:, 0], gyr, "deg/s", hours_east=-13, new=False)
    assert "(+0500)" in path.read_text().splitlines()[0]
    assert "time (-13:00)" in (tmp_path / "a_gyro.csv").read_text().splitlines()[0]
    close(recordings.read(path), rows)


def test_the_gyro_may_be_slower_and_start_later(tmp_path: Path, rows: Rows) -> None:
    specimen.write_stream(tmp_path / "a_acc.csv", rows[:, 0], rows[:, 1:4] / G0_MPS2, "g")
    slow = rows[51::2]
    specimen.write_stream(tmp_path / "a_gyro.csv", slow[:, 0], slow[:, 4:7] * DEG_PER_RAD, "deg/s")
    recording = recordings.read(tmp_path / "a_acc.csv")
    assert recording.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert recording.header.start_s == pytest.approx(1.02, abs=0.021)
    assert recording.duration_s == pytest.approx(10.98, abs=0.05)
    np.testing.assert_allclose(
        recording.block.gyr_radps[:, 2], np.interp(recording.time_s, rows[:, 0], rows[:, 6]), atol=0.05
    )


def test_pairs_of_one_folder_are_kept_apart_by_address_and_start(tmp_path: Path, rows: Rows) -> None:
    other = rows.copy()
    other[:, 4:7] *= -1
    other[:, 1:4] *= -1
    write_pair(tmp_path, other, STEM.replace("C0FFEE", "BADA55"))
    write_pair(tmp_path, other, STEM.replace("08.09", "18.09"))
    acc, _ = write_pair(tmp_path, rows)
    close(recordings.read(acc), rows)
    with pytest.raises(RecordingError):
        recordings.read(tmp_path)


def test_a_file_alone_says_which_is_missing(tmp_path: Path, rows: Rows) -> None:
    acc, gyr = write_pair(tmp_path, rows)
    gyr.unlink()
    with pytest.raises(RecordingError, match=r"gyr"):
        recordings.read(acc)


def test_another_sensor_in_the_folder_is_no_obstacle(tmp_path: Path, rows: Rows) -> None:
    acc, _ = write_pair(tmp_path, rows)
    specimen.write_stream(tmp_path / f"{STEM}Magnetometer.csv", rows[:, 0], rows[:, 1:4], "T")
    specimen.write_stream(tmp_path / f"{STEM}Gravity.csv", rows[:, 0], rows[:, 1:4], "g")
    close(recordings.read(acc), rows)
    close(recordings.read(tmp_path), rows)


def test_linear_acceleration_is_refused_with_what_to_log(tmp_path: Path, rows: Rows) -> None:
    path = specimen.write_stream(tmp_path / f"{STEM}Linear Acceleration.csv", rows[:, 0], rows[:, 1:4] / 50, "g")
    with pytest.raises(RecordingError, match=r"without gravity.*Accelerometer and Gyroscope"):
        recordings.read(path)


def test_packets_delivered_at_once_keep_the_sampling_clock(tmp_path: Path, rows: Rows) -> None:
    """Streaming stamps several rows of a packet alike; the sampling clock is rebuilt."""
    bunched = rows.copy()
    bunched[:, 0] = np.repeat(rows[1::2, 0], 2)
    acc, _ = write_pair(tmp_path, bunched)
    recording = recordings.read(acc)
    assert recording.rate_hz == pytest.approx(50.0, rel=1e-2)


def test_an_address_in_the_name_stays_there(tmp_path: Path, rows: Rows) -> None:
    write_pair(tmp_path / "session", rows)
    header = recordings.read(tmp_path / "session").header
    assert "C0FFEE" not in repr(header)


def test_a_unit_that_physics_contradicts_names_the_option(tmp_path: Path, rows: Rows) -> None:
    specimen.write_stream(tmp_path / "a_acc.csv", rows[:, 0], rows[:, 1:4] / G0_MPS2, "g")
    specimen.write_stream(tmp_path / "a_gyro.csv", rows[:, 0], rows[:, 4:7], "deg/s")
    with pytest.raises(RecordingError, match="--gyro-unit"):
        recordings.read(tmp_path / "a_acc.csv")
