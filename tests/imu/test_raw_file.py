from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.raw_session import Mishaps, Session
from firmware_protocol import wire
from firmware_protocol.registry import Wish, codec
from imu.assembler import Assembler
from imu.blocks import Header, Recording, SampleBlock
from imu.raw_file import RawFile, RawFileError, assembler_of, parsed, read_records, recording_of, replay_records
from imu.raw_format import LEAST, MAGIC, MARK, encoded
from imu.raw_notes import CRASH_NOTE, CUT_NOTE, HEADLESS_NOTE
from imu.records import Kind, Record

MISHAPS = Mishaps(unheard=((4.0, 4.3),), away=((6.0, 7.5),), forgotten=((9.0, 9.5),), reboots=((12.0, 12.8),))


@cache
def played() -> Recording:
    """15 s at 100 Hz of a swing, small enough to see rounding."""
    time_s = np.arange(1500) / 100
    angle = np.sin(2 * np.pi * 0.4 * time_s)
    acc = 9.80665 * np.column_stack([np.sin(angle), np.cos(angle), 0 * angle])
    gyr = np.column_stack([0 * angle, 0 * angle, np.gradient(angle) * 100])
    return Recording(Header("played", 100.0, leg="left", simulated=True), SampleBlock(0, 100.0, acc, gyr))


@cache
def session(mishaps: Mishaps = MISHAPS) -> tuple[Record, ...]:
    return tuple(Session(played(), mishaps=mishaps).records())


def live(records: tuple[Record, ...]) -> tuple[list[SampleBlock], list[Record]]:
    """The blocks of a live session, and its records with what was decided where it was decided."""
    assembler = Assembler(codec("kickback"), Wish())
    blocks, kept, decided = [], [], False
    for record in records:
        kept.append(record)
        blocks += assembler.take(record)
        if assembler.rate_hz is not None and not decided:
            decided = True
            kept.append(Record.of_facts(Kind.DECIDED, record.time_ns, rate_hz=assembler.rate_hz))
    return blocks + assembler.finish(), kept


def file_of(records: Iterable[Record]) -> bytes:
    return MAGIC + b"".join(encoded(record) for record in records)


def raw_of(records: Iterable[Record]) -> RawFile:
    return parsed(file_of(records), "x.kbraw")


SMALL = file_of(session()[:6])
"""A file of six records, for cuts and blows at every byte."""


def starts() -> list[int]:
    """Where the records of the small file begin."""
    lengths = [len(encoded(record)) for record in session()[:6]]
    return [len(MAGIC), *(len(MAGIC) + int(sum(lengths[: number + 1])) for number in range(6))]


# --- damage ------------------------------------------------------------------------------------------------------


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


# --- samples -----------------------------------------------------------------------------------------------------


def test_offline_has_the_samples_of_live() -> None:
    blocks, kept = live(session())
    recording = recording_of(raw_of(kept), "x")
    at = 0
    for block in blocks:
        assert recording.lost[at : at + block.missing_before].all()
        at += block.missing_before
        assert at == block.start
        np.testing.assert_array_equal(recording.block.acc_mps2[at : block.stop], block.acc_mps2)
        np.testing.assert_array_equal(recording.block.gyr_radps[at : block.stop], block.gyr_radps)
        at = block.stop
    assert at == len(recording)


def test_the_samples_are_those_that_were_played_but_for_what_was_lost() -> None:
    recording = recording_of(raw_of(session()), "x")
    assert abs(len(recording) - 1500) <= 3  # a sensor that starts anew is placed by the host's clock
    lost = recording.lost
    assert lost[400:430].all()
    assert not lost[430:900].any()  # 1.5 s of a lost link were sent again
    assert lost[900:950].all()
    np.testing.assert_allclose(recording.block.acc_mps2[:400], played().block.acc_mps2[:400], atol=3e-3)
    np.testing.assert_allclose(recording.block.gyr_radps[600:750], played().block.gyr_radps[600:750], atol=6e-4)


def test_what_happened_is_in_the_notes() -> None:
    header = recording_of(raw_of(session()), "x").header
    notes = "\n".join(header.notes)
    assert "were lost, in 3 gaps." in notes
    assert "150 samples that had been lost were sent again and stand in their place." in notes
    assert "The sensor started anew 1 time." in notes
    assert "The link was lost 3 times (link lost)." in notes
    assert (header.leg, header.simulated, header.dialect, header.name) == ("left", True, "kickback_raw", "x")
    json.dumps(header.extra, allow_nan=False)


def test_a_session_in_which_nothing_happened_has_nothing_to_note() -> None:
    notes = recording_of(raw_of(session(Mishaps())), "x").header.notes
    assert [note for note in notes if "clock" not in note] == []


def test_the_sessions_own_notes_are_told_but_not_thousands() -> None:
    noted = [Record.of_facts(Kind.NOTED, 1, text=f"queue full {number}") for number in range(9)]
    notes = recording_of(raw_of([*session()[:-1], *noted, session()[-1]]), "x").header.notes
    assert "Noted in the session: queue full 4." in notes
    assert "And 4 more of the session's notes." in notes


def test_the_rate_that_was_decided_is_taken() -> None:
    decided = Record.of_facts(Kind.DECIDED, session()[0].time_ns, rate_hz=99.5)
    recording = recording_of(raw_of([*session(), decided]), "x")
    assert recording.rate_hz == 99.5


def test_without_its_first_record_the_connection_tells_the_sensor() -> None:
    raw = raw_of(session()[1:])
    assert raw.codec.name == "kickback"
    assert HEADLESS_NOTE in raw.notes
    assert len(recording_of(raw, "x")) > 1400


@pytest.mark.parametrize(
    ("records", "what"),
    [
        ([], "no record says which kind of sensor it was"),
        ([Record.of_facts(Kind.SESSION, 1, codec="abacus")], "no sensor kind 'abacus'; known are kickback"),
        (list(session()[:5]), "no samples in it"),
    ],
)
def test_a_file_without_samples_is_one_line(records: list[Record], what: str) -> None:
    with pytest.raises(RawFileError) as caught:
        recording_of(raw_of(records), "x")
    assert what in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("wish", [None, 3, {"rate_hz": "x"}, {"rate_hz": True}, {"rate_hz": -1}, {"other": 1}])
def test_a_wish_that_is_none_is_the_usual_one(wish: object) -> None:
    assert raw_of([Record.of_facts(Kind.SESSION, 1, codec="kickback", wish=wish)]).wish == Wish()


# --- replay ------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def replayed(raw: RawFile, speed: float) -> tuple[list[SampleBlock], list[tuple[float, Record]]]:
    clock, seen = Clock(), []

    async def run() -> list[SampleBlock]:
        source = replay_records(
            raw, speed, seen=lambda record: seen.append((clock(), record)), sleep=clock.sleep, clock=clock
        )
        return [block async for block in source]

    return asyncio.run(run()), seen


def test_a_replay_gives_the_blocks_of_live_when_they_came() -> None:
    blocks, kept = live(session())
    again, seen = replayed(raw_of(kept), 2.0)
    recording = recording_of(raw_of(kept), "x")
    assert again[-1].stop == blocks[-1].stop == len(recording)
    joined = np.concatenate([block.acc_mps2 for block in again])
    np.testing.assert_array_equal(joined, recording.block.acc_mps2[~recording.lost])
    assert [record for _, record in seen] == kept
    first_ns = next(record.time_ns for record in kept if record.kind is Kind.NOTIFIED)
    for at_s, record in seen:
        assert at_s - 100.0 == pytest.approx(max(0.0, record.time_ns - first_ns) * 1e-9 / 2.0, abs=1e-6)


def test_a_replay_without_a_clock_does_not_wait() -> None:
    _, seen = replayed(raw_of(session()), float("inf"))
    assert {at_s for at_s, _ in seen} == {100.0}


def test_a_replay_shows_its_assembler() -> None:
    raw = raw_of(session())
    assembler = assembler_of(raw)

    async def run() -> int:
        source = replay_records(raw, float("inf"), assembler=assembler)
        return sum([len(block) async for block in source])

    assert asyncio.run(run()) == assembler.tally.received > 1000


def test_a_speed_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="speed must be positive"):
        replayed(raw_of(session()), 0.0)
