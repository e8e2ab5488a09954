from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from imu.blocks import Recording
from imu.units import DEG_PER_RAD, G0_MPS2

Rows = npt.NDArray[np.float64]

PLAIN = ("time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")


def write(
    path: Path,
    rows: Rows,
    names: tuple[str, ...] = PLAIN,
    *,
    separator: str = ",",
    decimal: str = ".",
    end: str = "\n",
    encoding: str = "utf-8",
    preamble: tuple[str, ...] = (),
) -> Path:
    lines = [*preamble, separator.join(names)]
    lines += [separator.join(f"{value:.9g}".replace(".", decimal) for value in row) for row in rows.tolist()]
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    return path


def same(recording: Recording, rows: Rows, rel: float = 1e-6) -> None:
    assert recording.rate_hz == pytest.approx(50.0, rel=1e-6)
    assert recording.header.start_s == pytest.approx(rows[0, 0], abs=1e-6)
    np.testing.assert_allclose(recording.block.acc_mps2, rows[:, 1:4], rtol=rel, atol=1e-5)
    np.testing.assert_allclose(recording.block.gyr_radps, rows[:, 4:7], rtol=rel, atol=1e-5)


def test_plain_names_are_read_as_si_and_it_is_said(tmp_path: Path, rows: Rows) -> None:
    path = write(tmp_path / "monday.csv", rows)
    recording = recordings.read(path, leg="left")
    same(recording, rows)
    header = recording.header
    assert (header.name, header.dialect, header.leg, header.simulated) == ("monday", "generic", "left", False)
    assert header.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert header.notes[0].startswith("No unit for the acceleration: read as m/s² (9.8")
    assert header.notes[1:] == ("No unit for the angular velocity: read as rad/s, as gravity's turns confirm.",)


@pytest.mark.parametrize(
    "names",
    [
        ("t_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"),
        ("time", "ax", "ay", "az", "wx", "wy", "wz"),
        ("Timestamp", "AccX", "AccY", "AccZ", "GyroX", "GyroY", "GyroZ"),
        ("t", "accelerometer_x", "accelerometer_y", "accelerometer_z", "gyroscope_x", "gyroscope_y", "gyroscope_z"),
        ("seconds_elapsed", "Accel-X", "Accel-Y", "Accel-Z", "gx", "gy", "gz"),
    ],
)
def test_spellings_of_the_columns(tmp_path: Path, rows: Rows, names: tuple[str, ...]) -> None:
    same(recordings.read(write(tmp_path / "a.csv", rows, names)), rows)


@pytest.mark.parametrize(
    ("acc", "acc_factor", "gyr", "gyr_factor"),
    [
        ("Acc {} (g)", 1 / G0_MPS2, "Gyro {} (deg/s)", DEG_PER_RAD),
        ("acc_{}[mg]", 1000 / G0_MPS2, "gyr_{}[dps]", DEG_PER_RAD),
        ("Acceleration {} (m/s^2)", 1.0, "Gyroscope {} (rad/s)", 1.0),
        ("acc{} (m/(s^2))", 1.0, "w{}(°/s)", DEG_PER_RAD),
        ("acc_{}_g", 1 / G0_MPS2, "gyr_{}_dps", DEG_PER_RAD),
        ("acc_{}_mps2", 1.0, "gyr_{}_radps ", 1.0),
        ("accelerometerAcceleration{}(G)", 1 / G0_MPS2, "gyroRotation{}(rad/s)", 1.0),
    ],
)
def test_units_in_the_header(
    tmp_path: Path, rows: Rows, acc: str, acc_factor: float, gyr: str, gyr_factor: float
) -> None:
    names = ("time (s)", *(acc.format(axis) for axis in "XYZ"), *(gyr.format(axis) for axis in "XYZ"))
    logged = rows * np.array([1, *3 * [acc_factor], *3 * [gyr_factor]])
    recording = recordings.read(write(tmp_path / "a.csv", logged, names), dialect="generic")
    same(recording, rows)
    assert recording.header.notes == ()


@pytest.mark.parametrize(("acc_factor", "acc"), [(1 / G0_MPS2, "g"), (1000 / G0_MPS2, "mg"), (1.0, "m/s²")])
@pytest.mark.parametrize(("gyr_factor", "gyr"), [(DEG_PER_RAD, "deg/s"), (1.0, "rad/s")])
def test_without_units_the_physics_tells_them(
    tmp_path: Path, rows: Rows, acc_factor: float, acc: str, gyr_factor: float, gyr: str
) -> None:
    logged = rows * np.array([1, *3 * [acc_factor], *3 * [gyr_factor]])
    recording = recordings.read(write(tmp_path / "a.csv", logged))
    same(recording, rows)
    assert f"read as {acc} (" in recording.header.notes[0]
    assert f"read as {gyr}, as gravity's turns confirm" in recording.header.notes[1]


@pytest.mark.parametrize(
    ("name", "factor"),
    [("time (ms)", 1e3), ("time_us", 1e6), ("timestamp [ns]", 1e9), ("time", 1e3), ("t", 1e6), ("timestamp", 1e9)],
)
def test_units_of_time_by_name_or_by_size(tmp_path: Path, rows: Rows, name: str, factor: float) -> None:
    logged = rows * np.array([factor, 1, 1, 1, 1, 1, 1])
    recording = recordings.read(write(tmp_path / "a.csv", logged, (name, *PLAIN[1:])))
    same(recording, rows)
    assert ("has no unit" in " ".join(recording.header.notes)) == (name in ("time", "t", "timestamp"))


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), ("\t", "."), (";", ","), ("\t", ","), (", ", ".")]
)
@pytest.mark.parametrize(("end", "encoding"), [("\n", "utf-8"), ("\r\n", "utf-8-sig"), ("\r\n", "utf-16")])
def test_separators_decimals_line_ends_and_encodings(
    tmp_path: Path, rows: Rows, separator: str, decimal: str, end: str, encoding: str
) -> None:
    path = write(tmp_path / "a.csv", rows, separator=separator, decimal=decimal, end=end, encoding=encoding)
    same(recordings.read(path), rows)


def test_a_preamble_quotes_blanks_and_empty_last_columns_do_no_harm(tmp_path: Path, rows: Rows) -> None:
    names = tuple(f'"{name}"' for name in PLAIN)
    preamble = ("sep=;", "Device: 7; left ankle", "")
    path = write(tmp_path / "a.csv", rows, names, separator=" ; ", preamble=preamble)
    path.write_text(path.read_text().replace("\n", " ;\n"))
    same(recordings.read(path), rows)


def test_columns_are_told_by_name_not_by_place(tmp_path: Path, rows: Rows) -> None:
    order = [0, 3, 2, 1, 6, 5, 4]
    path = write(tmp_path / "a.csv", rows[:, order], tuple(PLAIN[i] for i in order))
    same(recordings.read(path), rows)


def test_other_columns_may_hold_text(tmp_path: Path, rows: Rows) -> None:
    path = write(tmp_path / "a.csv", rows)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0] + ",note", *(line + ",ok" for line in lines[1:])]))
    same(recordings.read(path), rows)


def test_of_two_columns_of_time_the_one_in_numbers_counts(tmp_path: Path, rows: Rows) -> None:
    path = write(tmp_path / "a.csv", rows, ("elapsed (s)", *PLAIN[1:]))
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["time," + lines[0], *("2026-01-02T03:04:05," + line for line in lines[1:])]))
    same(recordings.read(path), rows)


def test_empty_cells_and_missing_rows_are_lost_samples(tmp_path: Path, rows: Rows) -> None:
    path = write(tmp_path / "a.csv", rows)
    lines = path.read_text().splitlines()
    cells = lines[101].split(",")
    lines[101] = ",".join([*cells[:4], "", *cells[5:]])
    lines[111] = lines[111].replace(lines[111].split(",")[1], "null", 1)
    del lines[201]
    path.write_text("\n".join(lines))
    assert np.flatnonzero(recordings.read(path).lost).tolist() == [100, 110, 200]


def test_a_rate_that_the_clock_contradicts_is_told(rows: npt.NDArray[np.float64], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    head = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
    np.savetxt(path, rows, delimiter=",", header=head, comments="")
    read = recordings.read(path, options=recordings.Options(rate_hz=100.0))
    assert any("--rate 100 overruled" in note and "50.0 Hz" in note for note in read.header.notes)
    assert read.rate_hz == pytest.approx(100.0)
