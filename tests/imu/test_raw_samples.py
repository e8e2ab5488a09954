"""Live, offline and replay of a raw file have the same samples."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from functools import cache

import numpy as np
import pytest

from benchmarks.raw_session import Mishaps, Session, file_of, swing
from firmware_protocol.registry import Wish, codec
from imu.assembler import Assembler
from imu.blocks import Recording, SampleBlock
from imu.raw_file import RawFile, RawFileError, assembler_of, parsed, recording_of, replay_records
from imu.raw_notes import HEADLESS_NOTE
from imu.records import Kind, Record

MISHAPS = Mishaps(unheard=((4.0, 4.3),), away=((6.0, 7.5),), forgotten=((9.0, 9.5),), reboots=((12.0, 12.8),))


@cache
def played() -> Recording:
    return swing(15, 100)


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


def raw_of(records: Iterable[Record]) -> RawFile:
    return parsed(file_of(records), "x.kbraw")


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
