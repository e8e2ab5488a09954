from __future__ import annotations

import errno
import os
import re
import threading
from pathlib import Path

import pytest

from imu import append
from imu.append import AppendFile
from imu.raw_file import read_records
from imu.raw_format import HEAD, LEAST, MAGIC, MARK, MOST_PAYLOAD, encoded
from imu.recorder import Recorder, fresh_path
from imu.records import Kind, Record

DATA = "6b620101-1f0e-4c57-9a6d-2d8b3f5c7e91"
LONG = 30.0
"""Seconds that a test waits at most for a thread."""


def notified(number: int) -> Record:
    return Record.of_bytes(Kind.NOTIFIED, 1000 + number, DATA, bytes([number % 256]) * 20)


RECORDS = [Record.of_facts(Kind.SESSION, 1, format=1, codec="kickback"), *map(notified, range(50))]


class Disk:
    """A disk that fails when told to: ``os.write`` with a number of bytes after which it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        self.error = errno.ENOSPC
        self.now_s = 0.0
        self._write = os.write
        monkeypatch.setattr("imu.append.os.write", self.write)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        if self.room is None:
            return self._write(fd, data)
        if not self.room:
            raise OSError(self.error, os.strerror(self.error))
        done = self._write(fd, bytes(data[: self.room]))
        self.room -= done
        return done


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    with Recorder(tmp_path / "x.kbraw") as recorder:
        for record in RECORDS:
            recorder.keep(record)
    assert read_records(tmp_path / "x.kbraw").records == RECORDS


def test_a_record_is_with_the_system_as_soon_as_it_is_kept(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "x.kbraw", sync_s=LONG)
    for number, record in enumerate(RECORDS, 1):
        recorder.keep(record)
        assert len(read_records(tmp_path / "x.kbraw").records) == number
    recorder.close()


def test_the_bytes_are_those_of_the_page(root: Path) -> None:
    record = Record(Kind.NOTED, -2, b"{}")
    assert encoded(record).hex(" ") == "f5 4b 42 fa 02 00 00 00 09 fe ff ff ff ff ff ff ff 0c af 6b 33 7b 7d"
    page = (root / "docs" / "raw_files.md").read_text(encoding="utf-8")
    example = re.search(r"^`((?:[0-9A-F]{2}\s+)+[0-9A-F]{2})`\.$", page, re.MULTILINE)
    assert example
    assert bytes.fromhex(example[1]) == encoded(record)
    kinds = {name: int(number) for number, name in re.findall(r"^\| (\d+) \| (\w+) \|", page, re.MULTILINE)}
    assert {name: kinds.get(name.lower()) for name in Kind.__members__} == {kind.name: kind for kind in Kind}
    assert f"at most {MOST_PAYLOAD} " in page
    assert (HEAD.size, LEAST, MARK, MAGIC) == (17, 21, b"\xf5KB\xfa", b"\x89kickback raw 1\r\n\x1a\n")


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "x.kbraw"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError):
        Recorder(path)
    assert path.read_bytes() == b"precious"


def test_a_payload_beyond_any_is_refused(tmp_path: Path) -> None:
    with Recorder(tmp_path / "x.kbraw") as recorder:
        recorder.keep(Record(Kind.NOTED, 1, b"x" * MOST_PAYLOAD))
        with pytest.raises(ValueError, match="16385 bytes; 16384 fit"):
            recorder.keep(Record(Kind.NOTED, 1, b"x" * (MOST_PAYLOAD + 1)))


def test_a_closed_recorder_takes_no_more(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "x.kbraw")
    recorder.close()
    recorder.close()
    with pytest.raises(ValueError, match="closed"):
        recorder.keep(RECORDS[0])


def test_a_full_disk_is_told_once_and_the_rest_is_kept_when_there_is_room(tmp_path: Path, disk: Disk) -> None:
    told: list[str] = []
    path = tmp_path / "x.kbraw"
    file = AppendFile(path, MAGIC, tell=told.append, clock=lambda: disk.now_s)
    assert file.write(encoded(RECORDS[0]))
    disk.room = 30  # less than a record: a torn one would be left
    assert not file.write(encoded(RECORDS[1]))
    assert path.read_bytes() == MAGIC + encoded(RECORDS[0])
    disk.room = None
    assert not file.write(encoded(RECORDS[2]))  # left alone for a second
    assert (file.trouble, told) == (f"{path}: the disk is full; make room and the recording goes on", [file.trouble])
    disk.now_s = 1.5
    assert file.write(encoded(RECORDS[3]))
    assert file.trouble is None
    assert told[1:] == [f"{path}: is being written again; 2 pieces are missing in it"]
    file.close()
    assert read_records(path).records == [RECORDS[0], RECORDS[3]]


def test_a_hole_in_the_record_is_in_the_record(tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append, "AGAIN_S", 0.0)
    with Recorder(tmp_path / "x.kbraw") as recorder:
        recorder.keep(RECORDS[0])
        disk.room = 0
        recorder.keep(RECORDS[1])
        assert (recorder.dropped, bool(recorder.trouble)) == (1, True)
        disk.room = None
        recorder.keep(RECORDS[2])
        recorder.keep(RECORDS[3])
    raw = read_records(tmp_path / "x.kbraw")
    assert [record.kind for record in raw.records] == [Kind.SESSION, Kind.NOTED, Kind.NOTIFIED, Kind.NOTIFIED]
    assert raw.records[1].facts == {"text": "1 record before this one could not be written"}
    assert raw.damaged == 0


def test_a_disk_that_cannot_even_be_mended_leaves_a_record_that_is_skipped(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int, size: int) -> None:
        raise OSError(errno.EIO, "no")

    with monkeypatch.context() as patch:
        patch.setattr("imu.append.os.ftruncate", refuse)
        recorder = Recorder(tmp_path / "x.kbraw")
        recorder.keep(RECORDS[0])
        disk.room = 30
        recorder.keep(RECORDS[1])
        disk.room = None
        recorder.close()
    assert read_records(tmp_path / "x.kbraw").records == RECORDS[:1]


def test_a_disk_that_is_full_from_the_start_is_an_error(tmp_path: Path, disk: Disk) -> None:
    disk.room = 3
    with pytest.raises(OSError, match="No space"):
        Recorder(tmp_path / "x.kbraw")


@pytest.mark.parametrize(("error", "what"), [(errno.EIO, "plug it in again"), (errno.ENXIO, "check the disk")])
def test_every_trouble_is_one_line_with_the_file_and_what_to_do(
    tmp_path: Path, disk: Disk, error: int, what: str
) -> None:
    with Recorder(tmp_path / "x.kbraw") as recorder:
        disk.room, disk.error = 0, error
        recorder.keep(RECORDS[0])
        assert recorder.trouble
        assert recorder.trouble.startswith(f"{tmp_path / 'x.kbraw'}: ")
        assert what in recorder.trouble
        assert "\n" not in recorder.trouble


def test_the_disk_is_asked_in_a_thread_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    threads: list[int] = []
    fsync = os.fsync

    def watched(fd: int) -> None:
        fsync(fd)
        threads.append(threading.get_ident())
        if len(threads) > 1:  # the first is for the folder
            asked.set()

    monkeypatch.setattr("imu.append.os.fsync", watched)
    with Recorder(tmp_path / "x.kbraw", sync_s=0.001) as recorder:
        recorder.keep(RECORDS[0])
        assert asked.wait(LONG)
    assert threading.get_ident() not in threads[:2]


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no open file")
def test_a_file_that_was_deleted_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    recorder = Recorder(tmp_path / "x.kbraw", tell=told.append)
    (tmp_path / "x.kbraw").unlink()
    recorder.keep(RECORDS[0])
    recorder.close()
    assert told == [f"{tmp_path / 'x.kbraw'}: {append.GONE}"]


def test_a_name_is_fresh_when_no_file_of_the_session_has_it(tmp_path: Path) -> None:
    assert fresh_path(tmp_path, "monday") == tmp_path / "monday.kbraw"
    (tmp_path / "monday.csv").touch()
    (tmp_path / "monday-2.json").touch()
    assert fresh_path(tmp_path, "monday") == tmp_path / "monday-3.kbraw"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("2026-01-01 left", "2026-01-01 left"),
        ("a/../b:c", "a_.._b_c"),
        ("..", "session"),
        ("Ö" * 200, "Ö" * 80),
        ("x\x1b[2J", "x__2J"),
    ],
)
def test_a_name_is_one_that_every_system_can_have(tmp_path: Path, stem: str, name: str) -> None:
    assert fresh_path(tmp_path, stem) == tmp_path / f"{name}.kbraw"
