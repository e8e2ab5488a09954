"""Physics Toolbox's quirks: an empty first line, stale values, zeros before the first, the time of day as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import physics_toolbox as specimens
from imu.blocks import Header, Recording, SampleBlock
from imu.units import G0_MPS2
from recordings import RecordingError

Rows = npt.NDArray[np.float64]
NAMES = "time,gFx,gFy,gFz,ax,ay,az,wx,wy,wz,"


def original(rows: Rows) -> Recording:
    return Recording(Header(name="made", rate_hz=50.0), SampleBlock(0, 50.0, rows[:, 1:4], rows[:, 4:7]))


def write(path: Path, columns: Rows, names: str = NAMES) -> Path:
    lines = [",".join([f"{row[0]:.6f}", *(f"{value:.4f}" for value in row[1:])]) + "," for row in columns]
    path.write_text("\n".join(["", names, *lines, ""]), encoding="utf-8")
    return path


def in_app_columns(rows: Rows) -> Rows:
    return np.column_stack([rows[:, 0], rows[:, 1:4] / G0_MPS2, 0 * rows[:, 1:4], rows[:, 4:7]])


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_every_export_holds_the_same_samples(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "physics_toolbox"
    assert len(read) == pytest.approx(len(rows), abs=2)
    n = min(len(read), len(rows))
    kept = ~read.lost[:n]
    assert kept.mean() > 0.98
    np.testing.assert_allclose(read.block.acc_mps2[:n][kept], rows[:n][kept, 1:4], atol=2e-3)
    np.testing.assert_allclose(read.block.gyr_radps[:n][kept], rows[:n][kept, 4:7], atol=2e-3)


def test_sensors_that_take_turns_get_their_own_rows_back(rows: Rows, tmp_path: Path) -> None:
    turns = specimens.one_at_a_time(in_app_columns(rows), 1 / 150)
    read = recordings.read(write(tmp_path / "turns.csv", turns))
    assert read.rate_hz == pytest.approx(50.0, rel=0.01)
    kept = ~read.lost
    assert kept.mean() > 0.98
    acc = np.column_stack([np.interp(read.time_s, rows[:, 0], column) for column in rows[:, 1:4].T])
    gyr = np.column_stack([np.interp(read.time_s, rows[:, 0] + 2 / 150, column) for column in rows[:, 4:7].T])
    assert np.abs(read.block.acc_mps2 - acc)[kept].max() < 0.15
    assert np.abs(read.block.gyr_radps - gyr)[kept].max() < 0.15
    assert any("repeat old values" in note for note in read.header.notes)


def test_sensors_that_take_turns_too_slowly_are_refused_with_the_reason(rows: Rows, tmp_path: Path) -> None:
    slow = in_app_columns(rows)[::3]
    turns = specimens.one_at_a_time(slow, 1 / 50)
    with pytest.raises(RecordingError, match=r"new values only 17 times a second .* 20 are needed"):
        recordings.read(write(tmp_path / "slow.csv", turns))


@pytest.mark.parametrize("form", ["colons", "dated", "minutes"])
def test_times_of_day_go_on_over_midnight_and_the_hour(form: str, rows: Rows, tmp_path: Path) -> None:
    colons = specimens.of_day(rows[:, 0] + 86395.0)
    clock = {
        "colons": colons,
        "dated": [f"2024-05-01 {at[:8]}.{at[9:]}0" for at in colons],
        "minutes": [f"{at[3:8]}.{at[9:]}" for at in colons],
    }[form]
    values = in_app_columns(rows)[:, 1:]
    lines = [",".join([at, *(f"{value:.4f}" for value in row)]) + "," for at, row in zip(clock, values, strict=True)]
    path = tmp_path / "clock.csv"
    path.write_text("\n".join(["", NAMES, *lines, ""]), encoding="utf-8")
    read = recordings.read(path)
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert read.duration_s == pytest.approx(12.0, abs=0.05)


def test_a_time_of_day_that_is_none_is_named_with_its_line(rows: Rows, tmp_path: Path) -> None:
    path = specimens.VARIANTS["clock"](original(rows), tmp_path)
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[100] = "noon" + lines[100][12:]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RecordingError, match="line 101, column time: 'noon' is not a time of day"):
        recordings.read(path)


def test_linear_acceleration_is_refused_with_what_to_record(rows: Rows, tmp_path: Path) -> None:
    columns = in_app_columns(rows)[:, [0, 4, 5, 6, 7, 8, 9]]
    path = write(tmp_path / "linear.csv", columns, "time,ax,ay,az,wx,wy,wz,")
    with pytest.raises(RecordingError, match=r"with gravity \(gFx, gFy, gFz\) was not recorded.*g-Force"):
        recordings.read(path)


def test_a_table_without_gyroscope_says_so(rows: Rows, tmp_path: Path) -> None:
    path = write(tmp_path / "gforce.csv", in_app_columns(rows)[:, :4], "time,gFx,gFy,gFz,")
    with pytest.raises(RecordingError, match=r"the gyroscope .* was not recorded"):
        recordings.read(path)


def test_a_gyroscope_that_never_ran_says_so(rows: Rows, tmp_path: Path) -> None:
    columns = in_app_columns(rows)
    columns[:, 7:] = 0.0
    with pytest.raises(RecordingError, match="the gyroscope's values never change"):
        recordings.read(write(tmp_path / "dead.csv", columns))


def test_a_value_that_comes_out_the_same_in_its_turn_is_kept(rows: Rows, tmp_path: Path) -> None:
    columns = in_app_columns(rows)
    for at in range(20, 560, 30):
        columns[at : at + 4, 7:] = columns[at, 7:]
    turns = specimens.one_at_a_time(columns, 1 / 150)
    read = recordings.read(write(tmp_path / "same.csv", turns))
    assert read.rate_hz == pytest.approx(50.0, rel=0.01)
    assert not read.lost[:-1].any()
