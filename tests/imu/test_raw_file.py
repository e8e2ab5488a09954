"""A raw file opens whatever happened to it."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.raw_session import Mishaps, Session, file_of, swing
from firmware_protocol import wire
from imu.raw_file import RawFile, RawFileError, parsed, read_records, recording_of
from imu.raw_format import LEAST, MAGIC, MARK, encoded
from imu.raw_notes import CRASH_NOTE, CUT_NOTE, HEADLESS_NOTE
from imu.records import Kind, Record

MISHAPS = Mishaps(unheard=((4.0, 4.3),), away=((6.0, 7.5),), forgotten=((9.0, 9.5),), reboots=((12.0, 12.8),))


@cache
def session() -> tuple[Record, ...]:
    return tuple(Session(swing(15, 100), mishaps=MISHAPS).records())


def raw_of(records: Iterable[Record]) -> RawFile:
    return parsed(file_of(records), "x.kbraw")


SMALL = file_of(session()[:6])
"""A file of six records, for cuts and blows at every byte."""


def starts() -> list[int]:
    """Where the records of the small file begin."""
    lengths = [len(encoded(record)) for record in session()[:6]]
    return [len(MAGIC), *(len(MAGIC) + int(sum(lengths[: number + 1])) for number in range(6))]


def test_every_beginning_of_a_file_opens() -> None:
    borders = starts()
    for stop in range(len(SMALL) + 1):
        raw = parsed(SMALL[:stop], "x.kbraw")
        whole = sum(border <= stop for border in borders[1:])
        assert raw.records == list(session()[:whole])
        assert raw.damaged == 0
        assert (CUT_NOTE in raw.notes) == (stop > len(MAGIC) and stop not in borders)
        assert CRASH_NOTE in raw.notes
        assert (HEADLESS_NOTE in raw.notes) == (whole == 0)


def test_a_record_with_any_byte_changed_is_skipped_and_no_other() -> None:
    borders = starts()
    for at in range(len(MAGIC), len(SMALL)):
        data = bytearray(SMALL)
        data[at] ^= 0x40
        raw = parsed(bytes(data), "x.kbraw")
        hit = sum(border <= at for border in borders) - 1
        kept = [record for number, record in enumerate(session()[:6]) if number != hit]
        assert raw.records == kept
        assert raw.damaged == 1 or CUT_NOTE in raw.notes


def test_what_is_damaged_is_counted_and_said() -> None:
    data = bytearray(SMALL)
    first, second = starts()[1], starts()[3]
    data[first + 30] ^= 1
    data[second : second + 4] = b"\0\0\0\0"
    raw = parsed(bytes(data), "x.kbraw")
    size = starts()[2] - first + starts()[4] - second
    assert raw.damaged == 2
    assert f"{size} bytes of the file in 2 places are damaged, the first at byte {first}." in raw.notes


def test_zeros_that_a_loss_of_power_leaves_at_the_end_are_damage() -> None:
    raw = parsed(SMALL + bytes(4096), "x.kbraw")
    assert raw.records == list(session()[:6])
    assert f"4096 bytes of the file in 1 place are damaged, the first at byte {len(SMALL)}." in raw.notes


def test_a_mark_within_a_payload_begins_no_record() -> None:
    inner = encoded(Record.of_facts(Kind.NOTED, 5, text="not a record"))
    outer = Record.of_bytes(Kind.NOTIFIED, 7, wire.DATA, MARK + inner)
    assert raw_of([outer]).records == [outer]


def test_a_whole_record_of_a_kind_to_come_is_left_out_and_said() -> None:
    data = bytearray(encoded(session()[1]))
    data[8] = 77
    data[17:21] = crc32(data[LEAST:], crc32(data[:17])).to_bytes(4, "little")
    raw = parsed(file_of(session()[:1]) + bytes(data), "x.kbraw")
    assert raw.records == list(session()[:1])
    assert "1 record of a kind that only a newer Kickback knows: left out." in raw.notes


@pytest.mark.parametrize(
    "record",
    [
        Record(Kind.NOTIFIED, 1, b"short"),
        Record(Kind.NOTED, 1, b"no json"),
        Record(Kind.NOTED, 1, b"[" * 9000),
        Record(Kind.CONNECTED, 1, b"[1]"),
        Record.of_facts(Kind.DECIDED, 1, rate_hz="fast"),
        Record(Kind.DECIDED, 1, b'{"rate_hz": NaN}'),
        Record.of_facts(Kind.DECIDED, 1, rate_hz=True),
        Record.of_facts(Kind.DECIDED, 1),
    ],
)
def test_a_record_that_does_not_hold_what_its_kind_does_is_left_out(record: Record) -> None:
    raw = raw_of([session()[0], record])
    assert raw.records == list(session()[:1])
    assert "1 record without the contents of such a record: left out." in raw.notes


@settings(max_examples=200)
@given(st.data())
def test_any_damage_leaves_a_session_or_one_line(data: st.DataObject) -> None:
    file = bytearray(file_of(session()))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(file)))
        length = data.draw(st.integers(0, 4000))
        blow = data.draw(st.sampled_from(["cut", "drop", "insert", "overwrite", "repeat"]))
        if blow == "cut":
            del file[at:]
        elif blow == "drop":
            del file[at : at + length]
        elif blow == "repeat":
            file[at:at] = file[at : at + length]
        else:
            new = data.draw(st.binary(max_size=64))
            file[at : at + (len(new) if blow == "overwrite" else 0)] = new
    try:
        raw = parsed(bytes(file), "x.kbraw")
        recording = recording_of(raw, "x")
    except RawFileError as error:
        assert str(error).startswith("x.kbraw: ")
        assert len(str(error).splitlines()) == 1
    else:
        assert set(raw.records) <= set(session())
        assert recording.rate_hz == pytest.approx(100.0)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.lists(st.sampled_from([MARK, MARK + b"\x10\0\0\0", bytes(17)]), max_size=20))
def test_any_bytes_behind_the_first_line(start: bytes, pieces: list[bytes]) -> None:
    assert parsed(MAGIC + start + b"".join(pieces), "x").records == []


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"time_s,acc_x_mps2\n", "x.kbraw: this is no raw file of Kickback: it does not begin as one"),
        (MAGIC.replace(b"1", b"2"), "x.kbraw: version '2' of the raw file; this Kickback reads version 1"),
        (MAGIC.replace(b"\r\n", b"\n"), "x.kbraw: its first line was changed as by a transfer as text; copy"),
    ],
)
def test_what_is_no_raw_file_of_this_version_is_one_line(data: bytes, what: str) -> None:
    with pytest.raises(RawFileError) as caught:
        parsed(data + SMALL[len(MAGIC) :], "x.kbraw")
    assert str(caught.value).startswith(what)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (RawFileError, str(caught.value))


def test_a_file_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.kbraw"
    path.write_bytes(file_of(session()))
    raw = read_records(path)
    assert raw.records == list(session())
    assert (raw.notes, raw.ended, raw.session["serial"]) == ((), True, "MADE-1")
    with pytest.raises(FileNotFoundError):
        read_records(tmp_path / "gone.kbraw")
