"""A live sensor from its first subscription to its last record, in virtual time."""

from __future__ import annotations

import asyncio
import errno

import pytest

from benchmarks.fake_link import FakeSensor, now_ns, run, until
from benchmarks.fake_session import Session, plain, session
from firmware_protocol.control import Op
from imu.client import LiveSensor
from imu.inbox import Inbox
from imu.link import LinkError
from imu.records import Kind, Record
from imu.sources import Source
from imu.talk import Refused


def test_it_subscribes_before_it_starts_and_stops_before_it_leaves() -> None:
    said = session(plain).fake.said
    assert said[:5] == ["connect", "subscribe control", "subscribe data", "subscribe back-fill", "write start"]
    assert said[-2:] == ["write stop", "close"]


def test_records_are_kept_in_order() -> None:
    done = session(plain)
    assert done.kinds[:4] == [Kind.SESSION, Kind.CONNECTED, Kind.READ, Kind.WRITTEN]
    assert done.kinds[-3:] == [Kind.DISCONNECTED, Kind.FITTED, Kind.ENDED]
    assert done.kinds.count(Kind.DECIDED) == 1
    times = [record.time_ns for record in done.records]
    assert times == sorted(times)
    facts = done.records[0].facts
    assert (facts["codec"], facts["serial"], facts["simulated"]) == ("kickback", "S-1", False)
    assert done.reasons() == ["stopped"]
    assert done.live.status.state == "stopped"
    assert isinstance(done.live, Source)


def test_blocks_follow_each_other() -> None:
    blocks = session(plain).blocks
    ends = [0, *(block.stop for block in blocks)]
    assert [block.start - block.missing_before for block in blocks] == ends[:-1]


def test_the_header_knows_its_rate_from_the_first_block_on() -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        with pytest.raises(RuntimeError, match="before the first block"):
            now.live.header()
        await now.live.stop()

    session(during)
    assert session(plain).live.header().rate_hz == pytest.approx(100.0)


def test_a_refused_start_is_told_and_nothing_is_left_open() -> None:
    async def during(now: Session) -> None:
        now.fake.refuses = {Op.START}
        await now.live.open()
        with pytest.raises(Refused, match=r"^The sensor refused the command to start: failed\.$"):
            await now.stream()

    done = session(during)
    assert done.fake.link is None
    assert done.kinds[-1] is Kind.ENDED


def test_a_start_that_is_not_answered_is_tried_again_on_a_fresh_connection() -> None:
    async def during(now: Session) -> None:
        now.fake.mute = {Op.START}
        await now.live.open()
        now.task = asyncio.get_running_loop().create_task(now.stream())
        await until(lambda: now.fake.said.count("connect") == 2)
        now.fake.mute = set()
        await until(lambda: now.count > 100)
        await now.end()

    assert "no answer in 3 s" in session(during).reasons()[0]


def test_cancelling_whoever_iterates_stops_the_sensor() -> None:
    async def during(now: Session) -> None:
        await now.begin()
        assert now.task is not None
        now.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await now.task

    done = session(during)
    assert done.fake.said[-2:] == ["write stop", "close"]
    assert done.kinds[-1] is Kind.ENDED


def test_leaving_the_loop_and_stopping_twice_is_an_end_in_order() -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        async for _ in now.live:
            break
        await now.live.stop()
        await now.live.stop()

    done = session(during)
    assert done.fake.said[-2:] == ["write stop", "close"]
    assert done.kinds.count(Kind.ENDED) == 1
    assert done.kinds[-1] is Kind.ENDED


@pytest.mark.parametrize("milliseconds", range(0, 400, 7))
def test_a_search_that_is_cancelled_at_any_moment_leaves_nothing_open(milliseconds: int) -> None:
    async def during(now: Session) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(milliseconds / 1000):
                await now.live.open()
                await asyncio.Event().wait()
        await now.live.stop()

    assert session(during).fake.link is None


@pytest.mark.parametrize("milliseconds", range(0, 4000, 97))
def test_a_stream_that_is_cancelled_at_any_moment_ends_in_order(milliseconds: int) -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(milliseconds / 1000):
                await now.stream()

    done = session(during)
    assert done.fake.link is None
    assert done.kinds.count(Kind.ENDED) == 1 and done.kinds[-1] is Kind.ENDED


def test_a_consumer_that_fails_leaves_a_file_in_order_once_the_sensor_is_stopped() -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        with pytest.raises(ZeroDivisionError) as kept:
            async for _ in now.live:
                raise ZeroDivisionError
        await now.live.stop()
        assert now.kinds[-1] is Kind.ENDED
        now.live.keep = None
        assert kept.value.__traceback__ is not None

    session(during)


def test_whoever_stops_within_the_loop_still_gets_every_block() -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        async for block in now.live:
            now.blocks.append(block)
            await now.live.stop()

    done = session(during)
    assert done.live.assembler is not None
    assert done.count == done.live.assembler.tally.received > 100


def test_stopping_before_streaming_lets_the_sensor_go() -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        await now.live.stop()

    done = session(during)
    assert done.fake.link is None
    assert done.kinds[-1] is Kind.ENDED


def test_iterating_needs_an_open_sensor_and_happens_once() -> None:
    async def during(now: Session) -> None:
        with pytest.raises(RuntimeError, match="open"):
            await now.stream()
        await now.begin()
        with pytest.raises(RuntimeError, match="one iteration"):
            await now.stream()
        await now.end()

    session(during)


def test_a_full_disk_ends_the_recording_and_not_the_set() -> None:
    async def during(now: Session) -> None:
        def full(_: Record) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        now.live.keep = full
        await now.begin(1000)
        (warning,) = [each for each in now.live.status.warnings if "recording" in each]
        assert warning.startswith("The recording ended: No space left on device.")
        await now.end()

    assert session(during).count >= 1000


def test_two_sensors_stream_at_once_over_one_radio() -> None:
    async def during(now: Session) -> None:
        other = LiveSensor(now.radio, "Kickback 2", clock_ns=now_ns)
        await now.begin()
        await other.open()
        count = 0
        async for block in other:
            count += len(block)
            if count > 500:
                await other.stop()
        await now.end()
        assert other.status.serial == "S-2"

    assert session(during, FakeSensor("Kickback 2", "S-2", "B1")).count > 1000


def test_a_slow_consumer_loses_counted_packets_and_no_other_record() -> None:
    async def going() -> list[Record]:
        inbox = Inbox(bound=3, clock_ns=now_ns)
        for number in range(5):
            inbox.packet(number, b"x")
        inbox.put(Record.of_facts(Kind.DISCONNECTED, 9, reason="link lost"))
        assert (inbox.dropped, inbox.most) == (2, 4)
        inbox.close()
        records = []
        while (record := await inbox.take()) is not None:
            records.append(record)
        return records

    records = run(going())
    assert [each.kind for each in records[:4]] == [Kind.NOTIFIED] * 3 + [Kind.DISCONNECTED]
    assert records[4].facts["text"] == "2 packets dropped: the queue of 3 was full"


def test_a_link_that_breaks_while_it_opens_is_an_error_and_not_a_hang() -> None:
    async def during(now: Session) -> None:
        now.fake.advertises = True
        now.radio.connect_trouble = [LinkError("broken")] * 3
        with pytest.raises(LinkError, match="broken"):
            await now.live.open()

    session(during)
