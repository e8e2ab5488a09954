"""Files in folders, zips and gzips: what is found, and what is refused before it does harm."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from recordings import Options, RecordingError, parts
from recordings.parts import Parts, file_part, folder_parts, zip_parts
from recordings.registry import open_source
from recordings.rows import CUT_NOTE
from recordings.table import numbers, texts

Rows = npt.NDArray[np.float64]

NAMES = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"


def table(rows: Rows) -> str:
    return "\n".join([NAMES, *(",".join(f"{value:.6f}" for value in row) for row in rows.tolist()), ""])


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path, words: str) -> str:
    with pytest.raises(RecordingError, match=words) as caught:
        recordings.read(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def same(path: Path, rows: Rows) -> None:
    np.testing.assert_allclose(recordings.read(path).block.acc_mps2, rows[:, 1:4], atol=1e-5)


def test_plain_gzipped_in_a_folder_and_in_a_zip(tmp_path: Path, rows: Rows) -> None:
    plain = put(tmp_path / "a.csv", table(rows))
    packed = tmp_path / "b.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "folder" / "deeper").mkdir(parents=True)
    shutil.copy(plain, tmp_path / "folder" / "a.csv")
    put(tmp_path / "folder" / "notes.txt", "Dear diary, today I trained.\n")
    put(tmp_path / "folder" / ".hidden.csv", table(rows))
    put(tmp_path / "folder" / "deeper" / "b.csv", table(rows))
    archive = tmp_path / "c.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.write(plain, "session/a.csv")
        zipped.writestr("__MACOSX/session/._a.csv", b"\x00\x05\x16\x07")
        zipped.writestr("picture.png", b"\x89PNG\r\n\x1a\n")
    for path in (plain, packed, tmp_path / "folder", archive):
        same(path, rows)


def test_the_digest_is_that_of_the_file_or_of_the_zip(tmp_path: Path, rows: Rows) -> None:
    plain = put(tmp_path / "a.csv", table(rows))
    archive = tmp_path / "c.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.write(plain, "a.csv")
    for path in (plain, archive):
        assert recordings.read(path).header.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_part_says_where_it_lies_and_opens_again(tmp_path: Path, rows: Rows) -> None:
    archive = tmp_path / "c.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("session/a.csv", table(rows))
    found: Parts = zip_parts(archive, Options())
    (part,) = found.texts
    assert part.path == archive / "session" / "a.csv"
    assert part.name == "a.csv"
    assert part.size == len(table(rows))
    for _ in range(2):
        with part.open() as stream:
            assert stream.read().decode() == table(rows)
    with pytest.raises(RecordingError, match="is not a number") as caught:
        put(tmp_path / "d.csv", table(rows).replace("0.020000", "soon", 1))
        recordings.read(tmp_path / "d.csv")
    assert (caught.value.line, caught.value.column) == (3, "time_s")


def test_several_recordings_are_listed_not_chosen(tmp_path: Path, rows: Rows) -> None:
    put(tmp_path / "a.csv", table(rows))
    put(tmp_path / "b.csv", table(rows))
    assert "a.csv, b.csv" in refused(tmp_path, "several recordings")
    recordings.write_csv(recordings.read(tmp_path / "a.csv"), tmp_path / "own.csv")
    assert "own.csv" in refused(tmp_path, "several recordings")


def test_too_many_files_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(tmp_path, "this is a folder without a recording in it")
    for name in "abc":
        put(tmp_path / f"{name}.csv", "1,2,3\n")
    monkeypatch.setattr(parts, "MOST_FILES", 2)
    refused(tmp_path, "3 files are too many")
    with pytest.raises(RecordingError, match="too many"):
        folder_parts(tmp_path, Options())


def test_a_zip_bomb_is_refused_by_what_it_declares_and_by_what_comes_out(tmp_path: Path, rows: Rows) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("a.csv", table(rows) + "0,0,0,0,0,0,0\n" * 1_300_000)
    packed = tmp_path / "bomb.csv.gz"
    packed.write_bytes(gzip.compress(zipfile.ZipFile(archive).read("a.csv")[:200_000] + b"0" * (20 << 20)))
    tracemalloc.start()
    refused(archive, "more than 200 times its size")
    refused(packed, "more than 200 times its size|longer than any table")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120e6


def test_big_files_and_long_lines_are_refused_from_the_outside(tmp_path: Path, rows: Rows) -> None:
    for name, start, size, words in (
        ("big.csv", table(rows).encode(), 10 << 30, r"10\.7 GB are more than"),
        ("line.csv", b"1,2,3,4,5,6,7," * 9000, 1 << 30, "first line is longer"),
        ("zeros.csv", table(np.vstack([rows] * 3)).encode(), 1 << 27, "binary data from byte"),
    ):
        path = tmp_path / name
        with path.open("wb") as stream:
            stream.write(start)
            stream.truncate(size)
        refused(path, words)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    refused(pipe, "a pipe, a socket or a device")
    refused(Path("/dev/zero"), "a pipe, a socket or a device")


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\x89HDF\r\n\x1a\n", "HDF5.*export it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel.*CSV"),
        (b"MD\xfc\x03", r"\.cwa.*CSV"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n", "image"),
        (b"".join(b"\x55" + bytes([0x51 + at % 3]) + bytes(range(1, 10)) for at in range(40)), "WitMotion"),
        (b"<!DOCTYPE html>\n<html></html>\n", "web page"),
        (bytes(257) + b"ustar\x0000", "tar"),
        (gzip.compress(b"1,2,3\n"), "gzip within"),
    ],
)
def test_other_kinds_of_file_are_named_with_what_to_do(tmp_path: Path, start: bytes, words: str) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(start))
    refused(path, words)


def test_a_damaged_member_is_one_line(tmp_path: Path, rows: Rows) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("a.csv", table(rows))
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 255
    archive.write_bytes(data)
    refused(archive, "damaged")
    archive.write_bytes(data[:-30])
    refused(archive, "the zip is damaged")


def test_a_row_that_is_too_long_is_named(tmp_path: Path, rows: Rows) -> None:
    lines = table(rows).splitlines()
    lines[300] += ",1,2"
    path = put(tmp_path / "a.csv", "\n".join([*lines, ""]))
    assert ", line 301: 9 cells, but the header has 7" in refused(path, "cells")
    part = file_part(path, Options())
    with pytest.raises(RecordingError, match="line 301"):
        texts(part, [0])
    lines[300] = lines[300].removesuffix(",1,2") + ",,"
    same(put(path, "\n".join([*lines, ""])), rows)


@pytest.mark.parametrize("end", ["", "11.98", "11.98,9.1,-0.2", "11.98,1,2,3,4,5,-", "11.98,1,2,3,4,5,1e"])
def test_a_last_line_that_was_cut_is_dropped_and_said(tmp_path: Path, rows: Rows, end: str) -> None:
    path = put(tmp_path / "a.csv", table(rows[:598]) + end)
    read = recordings.read(path)
    assert len(read) == 598
    assert (CUT_NOTE in read.header.notes) == bool(end)
    part = file_part(path, Options())
    assert len(numbers(part, [0, 3])) == len(texts(part, [0])[0]) == 598


def test_numbers_and_texts_of_a_table_much_longer_than_a_chunk(
    tmp_path: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recordings import rows as reading

    part = file_part(put(tmp_path / "a.csv", table(rows)), Options())
    whole, words = numbers(part, [6, 0]), texts(part, [1])[0]
    monkeypatch.setattr(reading, "CHUNK", 1000)
    np.testing.assert_array_equal(numbers(part, [6, 0]), whole)
    assert (texts(part, [1])[0] == words).all()
    np.testing.assert_allclose(whole, rows[:, [6, 0]], atol=1e-6)
    put(part.path, table(rows).replace("11.000000", "eleven"))
    with pytest.raises(RecordingError, match="line 552, column time_s: 'eleven' is not a number"):
        numbers(part, [0])


def test_what_the_user_says_goes_before_what_the_file_shows(tmp_path: Path, rows: Rows) -> None:
    path = put(tmp_path / "a.csv", "sep=,\n" + table(rows))
    assert open_source(path)[1].part.head.separator == ","
    with pytest.raises(RecordingError, match="--sep"):
        recordings.read(path, options=Options(separator=";"))
    slow = recordings.read(path, options=Options(rate_hz=100.0))
    assert slow.rate_hz == pytest.approx(100.0)
    assert any("100 times a second" in note for note in slow.header.notes)
    wide = put(tmp_path / "b.csv", table(rows * np.array([1000, 1, 1, 1, 1, 1, 1])).replace("time_s", "time"))
    assert recordings.read(wide, options=Options(time_unit="ms")).rate_hz == pytest.approx(50.0)
    with pytest.raises(RecordingError, match="--acc-unit m/s"):
        recordings.read(path, options=Options(acc_unit="g"))


@pytest.mark.parametrize(
    ("stamp", "zone"), [("2026-03-01T23:59:5{}", "+01:00"), ("23:59:5{}", ""), ("2026/03/01 23:59:5{}", " UTC")]
)
def test_clock_text_is_time(tmp_path: Path, rows: Rows, stamp: str, zone: str) -> None:
    first = np.datetime64("2026-03-01T23:59:57.000", "ms")
    at = first + np.round(rows[:, 0] * 1000).astype(np.int64)
    said = [str(each).split("T") for each in np.datetime_as_string(at, unit="ms")]
    mark = "T" if "T" in stamp else " "
    text = [f"{day.replace('-', '/') if '/' in stamp else day}{mark}{clock}{zone}" for day, clock in said]
    if stamp.startswith("23"):
        text = [clock for _, clock in said]
    lines = [NAMES.replace("time_s", "timestamp")]
    lines += [f"{when},{','.join(map(str, row[1:]))}" for when, row in zip(text, rows.tolist(), strict=True)]
    read = recordings.read(put(tmp_path / "a.csv", "\n".join(lines)))
    assert read.rate_hz == pytest.approx(50.0)
    assert len(read) == 600
    lines[9] = "soon" + lines[9][lines[9].index(",") :]
    refused(put(tmp_path / "a.csv", "\n".join(lines)), "'soon' is not a time such as")


def test_names_that_would_disturb_a_terminal_are_made_harmless(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("/\x1b[2J/\u2028a.csv", "\x00\x01")
    line = refused(archive, "binary")
    assert line.isprintable()
