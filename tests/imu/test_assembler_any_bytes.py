"""Whatever a sensor sends and its link does, the assembler gives blocks that follow one another, and raises nothing."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import firmware_protocol
from firmware_protocol.codecs import metamotion, movella_dot, polar
from firmware_protocol.registry import CODECS, Wish, codec
from imu.assembler import MOST_EARLY, Assembler
from imu.blocks import SampleBlock
from imu.records import Kind, Record

VECTORS = Path(firmware_protocol.__path__[0]) / "vectors"
STEPS_NS = (1, 20_000_000, 100_000_000, 3_000_000_000)


def notifications(name: str) -> list[list[list[str]]]:
    """Sequences of the vectors."""
    file: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    found = [case["feed"] for case in file.get("decode", ())] + [[case["feed"]] for case in file.get("errors", ())]
    for part in ("data", "backfill", "info"):
        found += [[[file["uuids"][part], case["hex"]]] for case in file.get(part, {}).get("good", ())]
    return found


def connected(at_ns: int) -> Record:
    return Record.of_facts(Kind.CONNECTED, at_ns, name="simulated")


def check(assembler: Assembler, blocks: list[SampleBlock]) -> None:
    at = 0
    for block in blocks:
        at += block.missing_before
        assert block.start == at
        assert block.rate_hz == assembler.rate_hz
        at = block.stop
    assert sum(len(block) for block in blocks) == assembler.tally.received
    assert sum(block.missing_before for block in blocks) == assembler.tally.lost


@st.composite
def sessions(draw: st.DrawFn, name: str) -> list[Record]:
    """Notifications of the vectors in any order, some with bits flipped or cut, at any times, over several links."""
    sequences, now_ns = notifications(name), 1
    records = [connected(0)]
    for _ in range(draw(st.integers(1, 25))):
        now_ns += draw(st.sampled_from(STEPS_NS))
        for uuid, text in draw(st.sampled_from(sequences)):
            data = bytearray.fromhex(text)
            if data and draw(st.integers(0, 3)) == 0:
                data[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
            if draw(st.integers(0, 15)) == 0:
                del data[draw(st.integers(0, len(data))) :]
            records.append(Record.of_bytes(Kind.NOTIFIED, now_ns, uuid, bytes(data)))
        if draw(st.integers(0, 9)) == 0:
            records += [Record.of_facts(Kind.DISCONNECTED, now_ns, reason="simulated"), connected(now_ns + 1)]
    return records


@pytest.mark.parametrize("name", CODECS)
@settings(max_examples=60)
@given(data=st.data())
def test_any_session_gives_blocks_in_a_row(name: str, data: st.DataObject) -> None:
    assembler = Assembler(codec(name), Wish())
    blocks = [block for record in data.draw(sessions(name)) for block in assembler.take(record)]
    assembler.wanted()
    check(assembler, blocks + assembler.finish())


def dot(at_s: float, ticks_us: int) -> Record:
    data = struct.pack("<I6f", ticks_us % 2**32, 0.0, 0.0, 9.75, 0.0, 0.0, 0.0)
    return Record.of_bytes(Kind.NOTIFIED, round(at_s * 1e9), movella_dot.MEDIUM, data)


@pytest.mark.parametrize("wild", [3, 100, 300])
@pytest.mark.parametrize("off_us", [2**31, 2**28, -(2**28), 2**30 + 7])
def test_a_wild_reading_of_the_clock_costs_no_rate_and_no_session(wild: int, off_us: int) -> None:
    assembler = Assembler(movella_dot.CODEC, Wish())
    blocks = assembler.take(connected(0))
    for number in range(600):
        ticks_us = round(number * 1e6 / 60) + 5_000_000 + (off_us if number == wild else 0)
        blocks += assembler.take(dot(0.1 + number / 60, ticks_us))
    blocks += assembler.finish()
    check(assembler, blocks)
    assert assembler.rate_hz == pytest.approx(60.0, rel=1e-3)
    assert sum(len(block) for block in blocks) >= 595
    assert assembler.tally.lost <= 5


def test_a_clock_of_64_bits_that_was_set_makes_no_gap_of_years() -> None:
    assembler = Assembler(polar.CODEC, Wish())
    blocks = assembler.take(connected(0))
    for number in range(40):
        at_ns = round((number + 1) * 10 / 52 * 1e9)
        ticks = at_ns + (800_000_000_000_000_000 if number >= 25 else 0)
        content = struct.pack("<3h", 0, 0, 1000)
        for kind, form, body in ((polar.ACC, 1, content * 10), (polar.GYRO, 0x80, content + b"\x01\x09" + bytes(4))):
            data = struct.pack("<BQB", kind, ticks, form) + body
            blocks += assembler.take(Record.of_bytes(Kind.NOTIFIED, at_ns, polar.DATA, data))
    blocks += assembler.finish()
    check(assembler, blocks)
    assert sum(len(block) for block in blocks) >= 390
    assert assembler.tally.lost <= 5


def test_what_was_held_when_the_link_broke_is_given_though_the_next_link_said_nothing() -> None:
    assembler = Assembler(metamotion.CODEC, Wish())
    records = [connected(0)]
    records += [
        Record.of_bytes(Kind.NOTIFIED, 1 + n, metamotion.NOTIFY, bytes.fromhex(answer))
        for n, answer in enumerate(("03800101", "0383280c", "13832800"))
    ]
    for number in range(0, 700, 3):
        at_ns = round((0.1 + number / 100 + (1.0 if number >= 690 else 0.0)) * 1e9)  # a silence, and little after it
        for head in (b"\x03\x1c", b"\x13\x07"):
            data = head + struct.pack("<9h", *[0, 0, 2048] * 3)
            records.append(Record.of_bytes(Kind.NOTIFIED, at_ns, metamotion.NOTIFY, data))
    records += [Record.of_facts(Kind.DISCONNECTED, 9_000_000_000, reason="simulated"), connected(9_500_000_000)]
    blocks = [block for record in records for block in assembler.take(record)] + assembler.finish()
    check(assembler, blocks)
    assert sum(len(block) for block in blocks) >= 695


def test_a_clock_that_stands_still_costs_no_session() -> None:
    assembler = Assembler(movella_dot.CODEC, Wish())
    blocks = assembler.take(connected(0))
    for number in range(60 * 20):
        blocks += assembler.take(dot(0.1 + number / 60, 5_000_000))
    check(assembler, blocks + assembler.finish())
    assert assembler.rate_hz == 60.0


def test_one_of_two_sensors_alone_takes_no_memory_and_does_not_hold_up_the_other() -> None:
    assembler = Assembler(polar.CODEC, Wish())
    blocks = assembler.take(connected(0))
    content = struct.pack("<3h", 0, 0, 1000)
    alone = MOST_EARLY + 300
    for number in range(alone + 40):
        at_ns = round((number + 1) * 10 / 52 * 1e9)
        data = struct.pack("<BQB", polar.ACC, at_ns, 1) + content * 10
        blocks += assembler.take(Record.of_bytes(Kind.NOTIFIED, at_ns, polar.DATA, data))
        assert len(assembler._early) <= MOST_EARLY
        if number >= alone:
            data = struct.pack("<BQB", polar.GYRO, at_ns, 0x80) + content + b"\x01\x09" + bytes(4)
            blocks += assembler.take(Record.of_bytes(Kind.NOTIFIED, at_ns, polar.DATA, data))
    check(assembler, blocks + assembler.finish())
    assert assembler.rate_hz == pytest.approx(52.0, rel=1e-3)
    assert sum(len(block) for block in blocks) >= 380


def test_what_a_sensor_said_of_its_units_is_known_after_the_link_broke() -> None:
    assembler = Assembler(metamotion.CODEC, Wish())
    assembler.take(connected(0))
    for n, answer in enumerate(("03800101", "0383280c", "13832800")):
        assembler.take(Record.of_bytes(Kind.NOTIFIED, 1 + n, metamotion.NOTIFY, bytes.fromhex(answer)))
    said = assembler.layout
    assembler.take(connected(9))
    assert said is not None
    assert assembler.layout == said
