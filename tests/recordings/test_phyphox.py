"""phyphox's quirks: five kinds of CSV, pairs, zips, padded columns, pauses, and tables without gravity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import phyphox as specimens
from imu.blocks import Header, Recording, SampleBlock
from recordings import RecordingError

Rows = npt.NDArray[np.float64]
NAMES = '"Time (s)",' + ",".join(f'"Acceleration {axis} (m/s^2)"' for axis in "xyz")
TURNS = ",".join(f'"Gyroscope {axis} (rad/s)"' for axis in "xyz")


def original(rows: Rows) -> Recording:
    return Recording(Header(name="made", rate_hz=50.0), SampleBlock(0, 50.0, rows[:, 1:4], rows[:, 4:7]))


def table(names: str, values: Rows, path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    np.savetxt(path, values, fmt="%.9E", delimiter=",", header=names, comments="")
    return path


def pair(folder: Path, acc: Rows, gyr: Rows) -> Path:
    table('"Time (s)","X (m/s^2)","Y (m/s^2)","Z (m/s^2)"', acc, folder / "Accelerometer.csv")
    return table('"Time (s)","X (rad/s)","Y (rad/s)","Z (rad/s)"', gyr, folder / "Gyroscope.csv")


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_every_export_holds_the_same_samples(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "phyphox"
    assert len(read) == len(rows)
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=1e-6)
    np.testing.assert_allclose(read.block.gyr_radps, rows[:, 4:7], atol=1e-6)


def test_the_time_may_begin_below_zero(rows: Rows, tmp_path: Path) -> None:
    early = rows.copy()
    early[:, 0] -= 0.14
    read = recordings.read(table(f"{NAMES},{TURNS}", early, tmp_path / "Raw Data.csv"))
    assert read.header.start_s == pytest.approx(-0.14, abs=1e-6)


def test_a_pause_is_a_hole(rows: Rows, tmp_path: Path) -> None:
    paused = rows.copy()
    paused[300:, 0] += 4.0
    read = recordings.read(table(f"{NAMES},{TURNS}", paused, tmp_path / "Raw Data.csv"))
    assert read.lost.sum() == 200
    assert read.lost[300:500].all()


def test_sensors_that_tick_apart_come_to_one_clock(rows: Rows, tmp_path: Path) -> None:
    other = rows[:, 0] + 0.007
    gyr = np.column_stack([other, *(np.interp(other, rows[:, 0], column) for column in rows[:, 4:7].T)])
    read = recordings.read(pair(tmp_path, rows[:, :4], gyr))
    again = np.column_stack([np.interp(read.time_s, rows[:, 0], column) for column in rows[:, 1:7].T])
    kept = ~read.lost
    assert kept.sum() > 0.97 * len(rows)
    assert np.abs(read.block.acc_mps2 - again[:, :3])[kept].max() < 0.1
    assert np.abs(read.block.gyr_radps - again[:, 3:])[kept].max() < 0.1


def test_columns_padded_with_nan_end_where_their_numbers_end(rows: Rows, tmp_path: Path) -> None:
    padded = np.column_stack([rows[:, :4], rows[:, [0, 4, 5, 6]]])
    padded[580:, 4:] = np.nan
    text = np.char.replace(np.char.mod("%.9E", padded), "nan", "NaN")
    lines = [f'{NAMES},"Time (s)",{TURNS}', *(",".join(row) for row in text.tolist())]
    path = tmp_path / "Raw Data.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    read = recordings.read(path)
    assert (~read.lost).sum() == 580
    np.testing.assert_allclose(read.block.gyr_radps[:580], rows[:580, 4:7], atol=1e-6)


@pytest.mark.parametrize("name", ["Linear Accelerometer.csv", "Linear Acceleration.csv"])
def test_a_linear_table_beside_the_pair_is_left_alone(name: str, rows: Rows, tmp_path: Path) -> None:
    path = pair(tmp_path, rows[:, :4], rows[:, [0, 4, 5, 6]])
    table('"Time (s)","X (m/s^2)","Y (m/s^2)","Z (m/s^2)"', rows[:, :4] * 0.01, tmp_path / name)
    for what in (path, tmp_path):
        np.testing.assert_allclose(recordings.read(what).block.acc_mps2, rows[:, 1:4], atol=1e-6)


@pytest.mark.parametrize(
    "names", ['"Time (s)","X (m/s^2)","Y (m/s^2)","Z (m/s^2)"', NAMES.replace("Acceleration", "Linear Acceleration")]
)
def test_linear_acceleration_is_refused_with_what_to_export(names: str, rows: Rows, tmp_path: Path) -> None:
    path = table(names, rows[:, :4], tmp_path / "Linear Accelerometer.csv")
    with pytest.raises(RecordingError, match=r"no gravity.*Acceleration \(with g\)"):
        recordings.read(path)


def test_a_pair_whose_accelerometer_has_no_gravity_is_refused_by_physics(rows: Rows, tmp_path: Path) -> None:
    noise = rows[:, :4].copy()
    noise[:, 1:] = np.random.default_rng(3).normal(0, 0.02, (len(rows), 3))
    with pytest.raises(RecordingError, match="gravity"):
        recordings.read(pair(tmp_path, noise, rows[:, [0, 4, 5, 6]]))


@pytest.mark.parametrize("named", ["", "Gyroscope.csv", "Linear Accelerometer.csv"])
def test_a_gyroscope_beside_linear_acceleration_is_refused_with_what_to_export(
    named: str, rows: Rows, tmp_path: Path
) -> None:
    pair(tmp_path, rows[:, :4], rows[:, [0, 4, 5, 6]])
    (tmp_path / "Accelerometer.csv").rename(tmp_path / "Linear Accelerometer.csv")
    with pytest.raises(RecordingError, match=r"Linear Accelerometer.csv: .*Acceleration \(with g\)"):
        recordings.read(tmp_path / named)


def test_linear_acceleration_with_the_gyroscope_in_one_table_is_refused(rows: Rows, tmp_path: Path) -> None:
    path = table(f"{NAMES.replace('Acceleration', 'Linear Acceleration')},{TURNS}", rows, tmp_path / "Raw Data.csv")
    with pytest.raises(RecordingError, match=r"no gravity.*Acceleration \(with g\)"):
        recordings.read(path)


def test_half_a_pair_is_one_line(rows: Rows, tmp_path: Path) -> None:
    path = pair(tmp_path, rows[:, :4], rows[:, [0, 4, 5, 6]])
    path.unlink()
    with pytest.raises(RecordingError) as told:
        recordings.read(tmp_path / "Accelerometer.csv")
    assert "gyr" in str(told.value).lower()
    assert "\n" not in str(told.value)
