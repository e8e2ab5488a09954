from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from recordings import RecordingError

Rows = npt.NDArray[np.float64]

NAMES = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"


def table(rows: Rows, names: str = NAMES) -> str:
    return "\n".join([names, *(",".join(f"{value:.6f}" for value in row) for row in rows.tolist()), ""])


def refused(path: Path, data: str | bytes | None = None) -> RecordingError:
    if data is not None:
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(RecordingError) as caught:
        recordings.read(path)
    error = caught.value
    assert str(error).startswith(str(path))
    assert "\n" not in str(error)
    assert error.path == path
    return error


def test_files_that_are_no_table(tmp_path: Path) -> None:
    for data, what in (
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (bytes(range(256)) * 40, "this is a binary file, not a CSV"),
        ("Dear diary,\ntoday I trained.\n", "this is not a table"),
        ("eggs,milk\n6,1\n", "this is not a table"),
        ("1,2,3\n4,5,6\n", "the table has no header"),
        ("a,b,c\n" + "1,2,3\n" * 50, "no columns of acceleration and angular velocity found"),
    ):
        assert what in str(refused(tmp_path / "bad.csv", data))


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert "there is no such file" in str(refused(tmp_path / "gone.csv"))
    (tmp_path / "empty").mkdir()
    assert "this is a folder" in str(refused(tmp_path / "empty"))


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_open(self: Path, *_: object) -> None:
        raise PermissionError(13, os.strerror(13), str(self))

    path = tmp_path / "locked.csv"
    path.write_text("x")
    monkeypatch.setattr(Path, "open", no_open)
    assert "no permission to read it" in str(refused(path))


def test_a_missing_sensor_or_axis_or_time_or_one_too_many(tmp_path: Path, rows: Rows) -> None:
    for names, columns, what in (
        ("time_s,acc_x,acc_y,acc_z", [0, 1, 2, 3], "the columns of angular velocity are missing; name them gyr_x"),
        ("time_s,gyr_x,gyr_y,gyr_z", [0, 4, 5, 6], "the columns of acceleration are missing; name them acc_x"),
        (
            "time_s,acc_x,acc_y,gyr_x,gyr_y,gyr_z",
            [0, 1, 2, 4, 5, 6],
            "acceleration are missing (there is only acc_x)",
        ),
        ("acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z", [1, 2, 3, 4, 5, 6], "no column of time in numbers"),
        (NAMES + ",ax", [0, 1, 2, 3, 4, 5, 6, 1], "two columns for the acceleration along x: acc_x and ax"),
        (
            "time_s,linear_acceleration_x,linear_acceleration_y,linear_acceleration_z,gyr_x,gyr_y,gyr_z",
            [0, 1, 2, 3, 4, 5, 6],
            "the acceleration is without gravity",
        ),
    ):
        assert what in str(refused(tmp_path / "bad.csv", table(rows[:, columns], names)))


def test_a_cell_that_is_no_number_is_named_by_line_and_column(tmp_path: Path, rows: Rows) -> None:
    lines = table(rows).splitlines()
    lines[41] = lines[41].rsplit(",", 1)[0] + ",oops"
    error = refused(tmp_path / "bad.csv", "\n".join(lines))
    assert str(error).endswith(
        "bad.csv, line 42, column gyr_z: 'oops' is not a number; correct the cell or leave it empty"
    )
    assert (error.line, error.column) == (42, "gyr_z")


def test_too_short_too_slow_too_few(tmp_path: Path, rows: Rows) -> None:
    assert "only 1.0 s long; a recording needs at least 2 s" in str(refused(tmp_path / "bad.csv", table(rows[:50])))
    assert "5 rows are too few" in str(refused(tmp_path / "bad.csv", table(rows[:5])))
    assert "10.0 samples a second are too few" in str(refused(tmp_path / "bad.csv", table(rows[::5])))


def test_times_that_are_no_clock(tmp_path: Path, rows: Rows) -> None:
    for change, what in (
        (np.zeros(600), "the time stamps do not advance"),
        (np.where(np.arange(600) < 300, rows[:, 0], rows[:, 0] - 4), "time steps back by"),
        (np.where(np.arange(600) < 300, rows[:, 0], rows[:, 0] + 9000), "a hole of 9000 s"),
    ):
        bad = np.column_stack([change, rows[:, 1:]])
        assert what in str(refused(tmp_path / "bad.csv", table(bad)))


def test_steps_of_time_that_fit_no_unit(tmp_path: Path, rows: Rows) -> None:
    slow = rows * np.array([100, 1, 1, 1, 1, 1, 1])
    names = NAMES.replace("time_s", "time")
    error = refused(tmp_path / "bad.csv", table(rows * np.array([0, 1, 1, 1, 1, 1, 1]), names))
    assert str(error).endswith("column time: steps of 0 fit neither s, ms, us nor ns; name the unit with --time-unit")
    assert "samples a second are too few" in str(refused(tmp_path / "bad.csv", table(slow, NAMES)))


def test_dead_sensors(tmp_path: Path, rows: Rows) -> None:
    for column, value, what in (
        (slice(1, 4), 1.0, "the acceleration never changes: the sensor was not running"),
        (slice(4, 7), 0.0, "the gyro was not running"),
        (slice(1, 2), np.nan, "no row has all three values of acceleration"),
    ):
        bad = rows.copy()
        bad[:, column] = value
        assert what in str(refused(tmp_path / "bad.csv", table(bad)))


def test_units_that_physics_contradicts(tmp_path: Path, rows: Rows) -> None:
    for names, what in (
        ("time_s,acc_x_g,acc_y_g,acc_z_g,gyr_x,gyr_y,gyr_z", "the header says g, but at rest the acceleration is 9.8"),
        (NAMES.replace("gyr_x", "gyr_x_dps").replace("gyr_y", "gyr_y_dps").replace("gyr_z", "gyr_z_dps"), "it rad/s;"),
        (NAMES.replace("gyr_z", "gyr_z (furlong)"), "gyr_z (furlong) differ; use one"),
        (
            NAMES.replace("acc_", "acc_ ")
            .replace("gyr_x", "gyr_x(rpm)")
            .replace("gyr_y", "gyr_y(rpm)")
            .replace("gyr_z", "gyr_z(rpm)"),
            "the unit 'rpm' is not known",
        ),
    ):
        assert what in str(refused(tmp_path / "bad.csv", table(rows, names)))


def test_linear_acceleration_under_a_plain_name(tmp_path: Path, rows: Rows) -> None:
    bad = rows.copy()
    bad[:, 1:4] = np.random.default_rng(0).normal(0, 0.02, (600, 3))
    assert "gravity was taken out (linear acceleration)" in str(refused(tmp_path / "bad.csv", table(bad)))


def test_the_caller_is_told_of_a_wrong_leg_or_dialect(tmp_path: Path, rows: Rows) -> None:
    path = tmp_path / "a.csv"
    path.write_text(table(rows))
    with pytest.raises(ValueError, match="leg 'middle' is neither 'left' nor 'right'"):
        recordings.read(path, leg="middle")
    with pytest.raises(RecordingError, match=r"unknown dialect 'klingon'; known are kickback_csv, .*generic"):
        recordings.read(path, dialect="klingon")
    with pytest.raises(RecordingError, match="the column acc_x_mps2 is missing"):
        recordings.read(path, dialect="kickback_csv")


def test_the_error_travels_between_processes(tmp_path: Path) -> None:
    error = RecordingError(tmp_path / "a.csv", "it is green", line=3, column="acc_x")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert (again.path, again.line, again.column) == (error.path, 3, "acc_x")
