"""Polar's quirks: nanoseconds since 2000, two streams on clocks of their own, columns by name, other streams aside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import polar as specimens
from imu.blocks import Header, Recording, SampleBlock
from imu.units import DEG_PER_RAD, G0_MPS2
from recordings import RecordingError

Rows = npt.NDArray[np.float64]


def original(rows: Rows, rate_hz: float = 50.0) -> Recording:
    return Recording(Header(name="made", rate_hz=rate_hz), SampleBlock(0, rate_hz, rows[:, 1:4], rows[:, 4:7]))


def close(read: Recording, rows: Rows, first_s: float = 0.0) -> None:
    """The recording's values are those of the rows at the same time."""
    kept = ~read.lost
    time_s = (read.time_s + first_s)[kept]
    again = np.column_stack([np.interp(time_s, rows[:, 0], column) for column in rows[:, 1:7].T])
    assert kept.sum() > 0.95 * len(rows)
    np.testing.assert_allclose(read.block.acc_mps2[kept], again[:, :3], atol=specimens.TOLERANCE[0])
    np.testing.assert_allclose(read.block.gyr_radps[kept], again[:, 3:], atol=specimens.TOLERANCE[1])


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_every_variant_holds_the_same_samples(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "polar"
    close(read, rows)


def test_the_rate_is_that_of_the_stamps(rows: Rows, tmp_path: Path) -> None:
    rate_hz = 51.7
    read = recordings.read(specimens.whole_folder(original(rows, rate_hz), tmp_path))
    assert read.rate_hz == pytest.approx(rate_hz, rel=1e-5)


def test_a_gyro_that_starts_later_shortens_the_recording_to_what_both_saw(rows: Rows, tmp_path: Path) -> None:
    late = rows[100:]
    acc, gyr = rows[:, 1:4] / G0_MPS2 * 1e3, late[:, 4:7] * DEG_PER_RAD
    (tmp_path / "a_ACC.txt").write_text(specimens.table(rows[:, 0], acc, "mg"), encoding="utf-8")
    (tmp_path / "a_GYRO.txt").write_text(specimens.table(late[:, 0], gyr, "dps"), encoding="utf-8")
    read = recordings.read(tmp_path / "a_ACC.txt")
    assert read.header.start_s == pytest.approx(2.0, abs=0.03)
    close(read, rows[99:], 0.0)


def test_the_magnetometer_in_gauss_is_no_accelerometer(rows: Rows, tmp_path: Path) -> None:
    specimens.whole_folder(original(rows), tmp_path)
    text = specimens.table(rows[:, 0], rows[:, 1:4] / 20.0, "G")
    (tmp_path / "Polar_Sense_A40F6F28_20220425_113903_MAG.txt").write_text(text, encoding="utf-8")
    close(recordings.read(tmp_path), rows)


def test_one_stream_alone_is_not_enough(rows: Rows, tmp_path: Path) -> None:
    path = specimens.gyro_of_two(original(rows), tmp_path)
    for other in tmp_path.glob("*_ACC.txt"):
        other.unlink()
    with pytest.raises(RecordingError) as told:
        recordings.read(path)
    assert "\n" not in str(told.value)


def test_a_cell_that_is_no_number_is_named(rows: Rows, tmp_path: Path) -> None:
    path = specimens.gyro_of_two(original(rows), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[40] = lines[40].rsplit(";", 1)[0] + ";up"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"line 41, column Z \[dps\].*'up'"):
        recordings.read(path)


def test_named_as_polar_a_file_of_something_else_is_refused(rows: Rows, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    np.savetxt(path, rows, delimiter=",", header="time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z", comments="")
    with pytest.raises(RecordingError, match=r"_ACC\.txt is missing"):
        recordings.read(path, dialect="polar")
