"""A live sensor against what a link does to it, in virtual time."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from benchmarks.fake_link import FakeRadio, FakeSensor, now_ns, run, until
from firmware_protocol.control import Op
from imu.blocks import SampleBlock
from imu.client import LiveSensor, Times
from imu.inbox import Inbox
from imu.link import LinkError
from imu.records import Kind, Record
from imu.sources import Source
from imu.talk import Refused


class Session:
    """A fake sensor, a client, and what came of it."""

    def __init__(self, *others: FakeSensor, times: Times = Times()) -> None:  # noqa: B008 (frozen)
        self.fake = FakeSensor()
        self.radio = FakeRadio(self.fake, *others)
        self.records: list[Record] = []
        self.blocks: list[SampleBlock] = []
        self.live = LiveSensor(self.radio, "S-1", keep=self.records.append, times=times, clock_ns=now_ns)
        self.task: asyncio.Task[None] | None = None

    async def stream(self) -> None:
        async for block in self.live:
            self.blocks.append(block)

    async def begin(self, samples: int = 500) -> None:
        await self.live.open()
        self.task = asyncio.get_running_loop().create_task(self.stream())
        await until(lambda: self.count >= samples)

    async def end(self) -> None:
        await self.live.stop()
        assert self.task is not None
        await self.task

    @property
    def count(self) -> int:
        return sum(len(block) for block in self.blocks)

    @property
    def kinds(self) -> list[Kind]:
        return [record.kind for record in self.records]

    def reasons(self) -> list[str]:
        return [record.facts["reason"] for record in self.records if record.kind is Kind.DISCONNECTED]


def session(during: Callable[[Session], Awaitable[None]], *others: FakeSensor, times: Times = Times()) -> Session:  # noqa: B008 (frozen)
    async def going() -> Session:
        new = Session(*others, times=times)
        await during(new)
        return new

    return run(going())


async def plain(now: Session) -> None:
    await now.begin()
    await now.end()


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


def test_a_dropped_link_comes_back_and_what_was_missed_is_filled_in() -> None:
    async def during(now: Session) -> None:
        await now.begin()
        now.fake.drop()
        await until(lambda: now.count >= 1500)
        await now.end()

    done = session(during)
    assert done.reasons() == ["link lost", "stopped"]
    assert done.live.status.reconnects == 1
    assert done.live.assembler is not None
    assert done.live.assembler.tally.lost == 0
    assert done.live.assembler.tally.backfilled > 0
    assert sum(block.missing_before for block in done.blocks) == 0
    assert done.kinds.count(Kind.SESSION) == 1
    assert done.kinds.count(Kind.CONNECTED) == 2


def test_a_link_that_looks_alive_and_brings_nothing_is_left_after_a_second() -> None:
    async def during(now: Session) -> None:
        await now.begin()
        now.fake.frozen = True
        froze_ns = now_ns()
        await until(lambda: now.fake.link is None)
        assert 0.9 <= (now_ns() - froze_ns) / 1e9 <= 1.5
        now.fake.frozen = False
        await until(lambda: now.count >= 1000)
        await now.end()

    assert session(during).reasons() == ["no data", "stopped"]


def test_a_question_that_hangs_does_not_hide_a_dead_link() -> None:
    async def during(now: Session) -> None:
        await now.begin()
        assert now.fake.link is not None
        now.fake.link.hangs = now.fake.frozen = True
        froze_ns = now_ns()
        await until(lambda: now.fake.link is None)
        assert (now_ns() - froze_ns) / 1e9 <= 1.5
        now.fake.frozen = False
        await until(lambda: now.count >= 1000)
        await now.end()

    assert session(during, times=Times(sync_every_s=0.2)).reasons() == ["no data", "stopped"]


def test_a_slow_rhythm_is_no_dead_link() -> None:
    async def during(now: Session) -> None:
        now.fake.batch = 70
        await now.begin(3000)
        assert now.live.status.state == "streaming"
        await now.end()

    assert session(during).reasons() == ["stopped"]


def test_answers_alone_do_not_count_as_data() -> None:
    async def during(now: Session) -> None:
        await now.begin()
        assert now.fake.link is not None
        link, control = now.fake.link, "6b620103-1f0e-4c57-9a6d-2d8b3f5c7e91"
        now.fake.frozen = True
        for _ in range(20):
            link.notify(control, b"\x20\x03\x04")
            await asyncio.sleep(0.1)
        assert now.fake.link is not link
        now.fake.frozen = False
        await now.end()

    assert session(during).reasons()[0] == "no data"


def test_attempts_to_come_back_grow_apart_and_end_with_the_deadline() -> None:
    async def during(now: Session) -> None:
        await now.begin()
        now.radio.scans.clear()
        now.fake.advertises = False
        lost_ns = now_ns()
        now.fake.drop()
        assert now.task is not None
        await now.task
        assert (now_ns() - lost_ns) / 1e9 == pytest.approx(30.0, abs=0.5)

    done = session(during, times=Times(look_s=1.0, deadline_s=30.0))
    apart = [b - a for a, b in pairwise(done.radio.scans)]
    assert apart[:5] == pytest.approx([1.27, 1.52, 2.02, 3.02, 5.02], abs=0.15)
    assert all(each == pytest.approx(5.02, abs=0.15) for each in apart[4:-1])
    assert done.live.status.text.startswith("Kickback 1 did not come back within 30 s (link lost). What was received")
    assert done.kinds[-1] is Kind.ENDED
    assert done.live.status.state == "stopped"


def test_coming_back_without_ever_streaming_does_not_move_the_deadline() -> None:
    async def during(now: Session) -> None:
        await now.begin()
        now.fake.refuses = {Op.START}
        now.fake.drop()
        lost_ns = now_ns()
        assert now.task is not None
        await now.task
        assert (now_ns() - lost_ns) / 1e9 == pytest.approx(30.0, abs=0.5)

    done = session(during, times=Times(deadline_s=30.0))
    assert 5 < done.live.status.reconnects < 15


def test_it_comes_back_to_the_same_sensor_and_not_to_its_twin() -> None:
    twin = FakeSensor("Kickback 1", "S-2", "B1", -30)

    async def during(now: Session) -> None:
        await now.begin()
        now.fake.address = "A9"
        now.fake.drop()
        await until(lambda: now.count >= 1000)
        await now.end()

    done = session(during, twin)
    assert {each.facts["serial"] for each in done.records if each.kind is Kind.CONNECTED} == {"S-1"}
    assert twin.said.count("connect") == twin.said.count("close") > 0


def test_stop_ends_a_search_for_a_lost_sensor_at_once() -> None:
    async def during(now: Session) -> None:
        await now.begin()
        now.fake.advertises = False
        now.fake.drop()
        await until(lambda: now.live.status.state == "lost")
        began_ns = now_ns()
        await now.end()
        assert (now_ns() - began_ns) / 1e9 < 0.5

    assert session(during).kinds[-1] is Kind.ENDED


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


def test_a_link_that_is_lost_before_the_stream_begins_comes_back() -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        now.fake.drop()
        now.task = asyncio.get_running_loop().create_task(now.stream())
        await until(lambda: now.count > 300)
        await now.end()

    assert session(during).reasons() == ["link lost", "stopped"]


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
