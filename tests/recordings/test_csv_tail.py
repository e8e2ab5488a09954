"""A table that grows beside the raw file can be read at any moment, and after any end."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from imu.blocks import Header, Recording, SampleBlock
from imu.raw_notes import CRASH_NOTE
from recordings import RecordingError
from recordings.csv_tail import CsvTail
from recordings.formats.kickback_csv import COLUMNS, sidecar_of
from recordings.rows import CUT_NOTE

Rows = npt.NDArray[np.float64]
HEADER = Header("made", 1.0, sensor="Acme 9", placement="lateral", leg="right", origin="a test", simulated=True)


def blocks(rows: Rows, size: int = 10, gap: range = range(0)) -> list[SampleBlock]:
    """The rows in blocks at 50 Hz; those of the gap are missing before the block behind it."""
    found, missing = [], 0
    for first in range(0, len(rows), size):
        if first in gap:
            missing += size
            continue
        part = rows[first : first + size]
        found.append(SampleBlock(first, 50.0, part[:, 1:4], part[:, 4:7], missing))
        missing = 0
    return found


def grown(folder: Path, rows: Rows, gap: range = range(0)) -> Path:
    with CsvTail(folder / "x.csv", HEADER) as tail:
        for block in blocks(rows, gap=gap):
            tail.take(block)
    return folder / "x.csv"


def test_it_is_the_file_that_would_have_been_written_at_once(tmp_path: Path, rows: Rows) -> None:
    path = grown(tmp_path, rows)
    whole = Recording(replace(HEADER, rate_hz=50.0), SampleBlock(0, 50.0, rows[:, 1:4], rows[:, 4:7]))
    recordings.write_csv(whole, tmp_path / "y.csv")
    assert path.read_bytes() == (tmp_path / "y.csv").read_bytes()
    said = json.loads(sidecar_of(path).read_text())
    assert said == json.loads((tmp_path / "y.json").read_text()) | {"ended": True}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["x.csv", "x.json", "y.csv", "y.json"]


def test_it_can_be_read_while_it_grows(tmp_path: Path, rows: Rows) -> None:
    tail = CsvTail(tmp_path / "x.csv", HEADER)
    for block in blocks(rows):
        tail.take(block)
        if block.stop >= 100 and block.stop % 100 == 0:
            now = recordings.read(tmp_path / "x.csv")
            assert (len(now), now.header.simulated, now.header.leg) == (block.stop, True, "right")
            assert now.header.extra == {"rate_hz": 50.0, "ended": False}
            assert CRASH_NOTE in now.header.notes
    assert tail.rows == len(rows)
    tail.close()
    assert CRASH_NOTE not in recordings.read(tmp_path / "x.csv").header.notes


def test_lost_samples_are_rows_that_are_not_there(tmp_path: Path, rows: Rows) -> None:
    read = recordings.read(grown(tmp_path, rows, gap=range(200, 230)))
    assert np.flatnonzero(read.lost).tolist() == list(range(200, 230))


def test_lost_rows_within_a_block_are_not_there_either(tmp_path: Path, rows: Rows) -> None:
    rows = rows.copy()
    rows[301, 5] = np.nan
    assert np.flatnonzero(recordings.read(grown(tmp_path, rows)).lost).tolist() == [301]


def test_before_the_first_block_the_sidecar_says_no_rate(tmp_path: Path) -> None:
    tail = CsvTail(tmp_path / "x.csv", HEADER)
    said = json.loads((tmp_path / "x.json").read_text())
    assert (said["rate_hz"], said["simulated"], said["ended"]) == (None, True, False)
    assert (tmp_path / "x.csv").read_text() == ",".join(COLUMNS) + "\n"
    tail.close()


def test_the_end_completes_the_sidecar(tmp_path: Path, rows: Rows) -> None:
    tail = CsvTail(tmp_path / "x.csv", HEADER)
    tail.take(blocks(rows)[0])
    tail.close(replace(HEADER, leg="left"), lost=3)
    tail.close()
    said = json.loads((tmp_path / "x.json").read_text())
    assert (said["leg"], said["lost"], said["ended"], said["rate_hz"]) == ("left", 3, True, 50.0)
    with pytest.raises(ValueError, match="closed"):
        tail.take(blocks(rows)[1])


def test_cut_at_any_byte_it_is_read_without_the_cut_row(tmp_path: Path, rows: Rows) -> None:
    """The number that was cut last is no row's: a shorter number would be another one."""
    path = grown(tmp_path, rows)
    data = path.read_bytes()
    before = data[:-1].rindex(b"\n") + 1
    whole = recordings.read(path)
    for stop in range(before, len(data)):
        path.write_bytes(data[:stop])
        read = recordings.read(path)
        complete = stop == len(data) - 1
        assert len(read) == len(whole) - (not complete)
        assert (CUT_NOTE in read.header.notes) == (before < stop < len(data) - 1)
        np.testing.assert_array_equal(read.block.gyr_radps, whole.block.gyr_radps[: len(read)])


@pytest.mark.parametrize("stop", [0, 5, 82, 83, 100, 500])
def test_cut_near_its_beginning_it_is_refused_in_one_line(tmp_path: Path, rows: Rows, stop: int) -> None:
    path = grown(tmp_path, rows)
    path.write_bytes(path.read_bytes()[:stop])
    with pytest.raises(RecordingError) as caught:
        recordings.read(path)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("taken", ["x.csv", "x.json"])
def test_nothing_is_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("precious")
    with pytest.raises(FileExistsError):
        CsvTail(tmp_path / "x.csv", HEADER)
    assert [each.name for each in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "precious"


def test_a_full_disk_is_told_and_leaves_whole_rows(tmp_path: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    tail = CsvTail(tmp_path / "x.csv", HEADER, tell=told.append)
    first, second, *_ = blocks(rows)
    tail.take(first)
    with monkeypatch.context() as patch:
        patch.setattr("imu.append.os.write", full_after(50))
        tail.take(second)
    assert tail.trouble == told[0]
    assert "the disk is full" in told[0]
    assert tail.rows == 10
    lines = (tmp_path / "x.csv").read_text().splitlines()
    assert [len(line.split(",")) for line in lines] == [7] * 11
    tail.close()


def full_after(room: int) -> Callable[[int, memoryview], int]:
    """``os.write`` of a disk with so many bytes left."""
    left, write = [room], os.write

    def limited(fd: int, data: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = write(fd, bytes(data[: left[0]]))
        left[0] -= done
        return done

    return limited


def test_a_sidecar_that_cannot_be_written_is_told_and_the_table_goes_on(
    tmp_path: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(errno.EACCES, "Permission denied")

    told: list[str] = []
    monkeypatch.setattr(Path, "replace", refuse)
    with CsvTail(tmp_path / "x.csv", HEADER, tell=told.append) as tail:
        for block in blocks(rows):
            tail.take(block)
    assert told[0] == f"{tmp_path / 'x.json'}: cannot be written (Permission denied); the table goes on without it"
    assert len(recordings.read(tmp_path / "x.csv")) == len(rows)
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]


def test_a_half_written_sidecar_that_cannot_be_removed_raises_nothing(tmp_path: Path, rows: Rows) -> None:
    (tmp_path / f".x.json.{os.getpid()}.tmp").mkdir()  # can be neither written nor removed as a file
    with CsvTail(tmp_path / "x.csv", HEADER) as tail:
        for block in blocks(rows):
            tail.take(block)
        assert tail.trouble is not None
    assert tail.rows == len(rows)
