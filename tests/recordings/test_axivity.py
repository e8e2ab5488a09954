"""Axivity's quirks: blanks behind commas, no header, local time over midnight and set back, no gyroscope."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import axivity as specimens
from imu.blocks import Header, Recording, SampleBlock
from recordings import RecordingError

Rows = npt.NDArray[np.float64]


def original(rows: Rows, rate_hz: float = 50.0) -> Recording:
    return Recording(Header(name="made", rate_hz=rate_hz), SampleBlock(0, rate_hz, rows[:, 1:4], rows[:, 4:7]))


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_a_file_that_runs_over_midnight_has_no_hole(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "axivity"
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert len(read) == len(rows)
    assert not read.lost.any()


def test_without_a_header_physics_tells_the_units(rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.without_header(original(rows), tmp_path))
    assert any("read as g" in note for note in read.header.notes)
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=specimens.TOLERANCE[0])


def test_a_clock_set_back_is_told(rows: Rows, tmp_path: Path) -> None:
    path = specimens.with_header(original(rows), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    back = [line.replace("2024-05-07 00:", "2024-05-06 23:") for line in lines[len(lines) // 2 :]]
    path.write_text("\n".join(lines[: len(lines) // 2] + back) + "\n", encoding="utf-8")
    with pytest.raises(RecordingError, match="steps back by"):
        recordings.read(path)


@pytest.mark.parametrize("header", [True, False])
def test_an_accelerometer_alone_is_refused_with_what_to_use(rows: Rows, header: bool, tmp_path: Path) -> None:
    path = specimens.with_header(original(rows), tmp_path)
    lines = [",".join(line.split(",")[:4]) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(lines if header else lines[1:]) + "\n", encoding="utf-8")
    with pytest.raises(RecordingError, match="AX6"):
        recordings.read(path)


def test_a_cell_that_is_no_time_is_named(rows: Rows, tmp_path: Path) -> None:
    path = specimens.with_header(original(rows), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[40] = "yesterday" + lines[40][lines[40].index(",") :]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(RecordingError, match="'yesterday' is not a time"):
        recordings.read(path)
