"""ST BLE Sensor's quirks: a file a feature, ticks of unknown length that wrap, several nodes, a clock at rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import st_ble as specimens
from imu.blocks import Header, Recording, SampleBlock
from recordings import RecordingError

Rows = npt.NDArray[np.float64]


def original(rows: Rows, rate_hz: float = 50.0) -> Recording:
    return Recording(Header(name="made", rate_hz=rate_hz), SampleBlock(0, rate_hz, rows[:, 1:4], rows[:, 4:7]))


def rewritten(folder: Path, column: int, new: list[str]) -> None:
    """Put other cells into a column of both files; ``new`` is taken in turns."""
    for path in folder.glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for at in range(5, len(lines)):
            cells = lines[at].split(",")
            cells[column] = new[at % len(new)]
            lines[at] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_the_nodes_clock_goes_on_over_its_wrap(variant: str, rows: Rows, tmp_path: Path) -> None:
    assert len(rows) / 50.0 > 6.0, "long enough for the clock to wrap"
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "st_ble"
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert not read.lost.any()
    np.testing.assert_allclose(read.block.acc_mps2, rows[: len(read), 1:4], atol=specimens.TOLERANCE[0])


def test_a_clock_that_stands_still_is_replaced_by_the_hosts(rows: Rows, tmp_path: Path) -> None:
    specimens.folder_of_two(original(rows), tmp_path)
    rewritten(tmp_path, 3, ["7"])
    read = recordings.read(tmp_path)
    assert read.rate_hz == pytest.approx(50.0, rel=1e-2)
    assert any("host's times" in note for note in read.header.notes)


def test_several_nodes_are_named(rows: Rows, tmp_path: Path) -> None:
    specimens.folder_of_two(original(rows), tmp_path)
    rewritten(tmp_path, 2, ["left", "right"])
    with pytest.raises(RecordingError, match="2 nodes sent: left, right"):
        recordings.read(tmp_path)


def test_a_feature_alone_asks_for_the_other(rows: Rows, tmp_path: Path) -> None:
    specimens.folder_of_two(original(rows), tmp_path)
    (tmp_path / "20240506_070809_Gyroscope.csv").unlink()
    with pytest.raises(RecordingError, match="20240506_070809_Accelerometer"):
        recordings.read(tmp_path / "20240506_070809_Accelerometer.csv")


def test_other_features_are_left_aside(rows: Rows, tmp_path: Path) -> None:
    specimens.folder_of_two(original(rows), tmp_path)
    text = specimens.feature(original(rows), "Magnetometer", gyro=False).replace("(mg)", "(mGa)")
    (tmp_path / "20240506_070809_Magnetometer.csv").write_text(text, encoding="utf-8")
    assert recordings.read(tmp_path).header.dialect == "st_ble"


def counted_on(folder: Path, hole_ms: int = 0) -> None:
    """The app's own count of ticks instead of the node's 16 bits, with a hole in the middle."""
    for path in folder.glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for at in range(5, len(lines)):
            cells = lines[at].split(",")
            later = hole_ms if at > len(lines) // 2 else 0
            cells[1] = str(int(cells[1]) + later)
            cells[3] = str(int(cells[1]) + 60_000)
            lines[at] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("hole_ms", [0, 40_000, 70_000])
def test_a_hole_in_a_count_that_goes_on_is_no_wrap(hole_ms: int, rows: Rows, tmp_path: Path) -> None:
    specimens.folder_of_two(original(rows), tmp_path)
    counted_on(tmp_path, hole_ms)
    read = recordings.read(tmp_path)
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert read.lost.sum() == pytest.approx(hole_ms / 20, abs=1)


def test_the_clock_may_begin_again_between_the_two_features(rows: Rows, tmp_path: Path) -> None:
    late = rows[275:]  # the first tick after 60000 + 275 * 20 ms is 65500: the fourth row is beyond the wrap
    specimens.folder_of_two(original(late), tmp_path)
    for path in tmp_path.glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        cells = [line.split(",") for line in lines[5:]]
        moved = [",".join([*row[:3], str((int(row[3]) + 5500) % 65536), *row[4:]]) for row in cells]
        gone = 4 if "Gyroscope" in path.name else 0
        path.write_text("\n".join([*lines[:5], *moved[gone:]]) + "\n", encoding="utf-8")
    read = recordings.read(tmp_path)
    assert len(read) == len(late) - 4
    kept = ~read.lost
    assert kept.mean() > 0.98
    np.testing.assert_allclose(read.block.acc_mps2[kept], late[4:, 1:4][kept], atol=specimens.TOLERANCE[0])


def test_a_node_that_only_said_hello_is_passed_over(rows: Rows, tmp_path: Path) -> None:
    specimens.folder_of_two(original(rows), tmp_path)
    for path in tmp_path.glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        hello = [line.replace("BlueNRG", "other") for line in lines[5:8]]
        path.write_text("\n".join([*lines[:5], *hello, *lines[5:]]) + "\n", encoding="utf-8")
    assert len(recordings.read(tmp_path)) == len(rows)
