"""What a stream needs now and then: clock questions, back-fill, notes for the file. In virtual time."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from benchmarks.fake_link import FakeRadio, FakeSensor, now_ns, run, until
from firmware_protocol.control import Op
from imu.client import LiveSensor
from imu.records import Kind, Record
from imu.status import Times
from imu.tending import TRIES

Story = Callable[[LiveSensor, FakeSensor, Callable[[float], Awaitable[None]]], Awaitable[None]]


def streamed(story: Story) -> list[Record]:
    """The records of a session during which the story goes on; its third argument waits for seconds."""

    async def going() -> list[Record]:
        fake, records = FakeSensor(), list[Record]()
        live = LiveSensor(FakeRadio(fake), "Kickback 1", keep=records.append, clock_ns=now_ns)
        await live.open()

        async def take() -> None:
            async for _ in live:
                pass

        task = asyncio.get_running_loop().create_task(take())
        await story(live, fake, asyncio.sleep)
        await live.stop()
        await task
        return records

    return run(going())


def written(records: list[Record], op: Op) -> list[Record]:
    return [each for each in records if each.kind is Kind.WRITTEN and each.data[0] == op]


async def two_minutes(_: LiveSensor, __: FakeSensor, wait: Callable[[float], Awaitable[None]]) -> None:
    await wait(125.0)


def test_the_clock_is_asked_for_in_a_burst_and_then_now_and_again() -> None:
    records = streamed(two_minutes)
    asked = written(records, Op.SYNC)
    assert [struct.unpack_from("<H", each.data, 1)[0] for each in asked] == list(range(1, len(asked) + 1))
    apart = [(b.time_ns - a.time_ns) / 1e9 for a, b in pairwise(asked)]
    assert max(apart[:7]) < 0.3
    every_s = Times().sync_every_s
    assert every_s <= 60.0
    assert apart[7:] == pytest.approx([every_s] * len(apart[7:]), abs=0.3)
    decided = next(each for each in records if each.kind is Kind.DECIDED)
    assert 0 <= asked[0].time_ns - decided.time_ns < 0.5e9


def test_the_fit_is_kept_every_minute_and_at_the_end() -> None:
    records = streamed(two_minutes)
    fits = [each for each in records if each.kind is Kind.FITTED]
    assert len(fits) == 3
    assert fits[-1].facts["uncertainty_s"] < 0.02
    assert fits[-1].facts["skew_ppm"] == pytest.approx(0.0, abs=5.0)


def test_a_back_fill_that_is_not_answered_is_asked_for_again_and_then_given_up() -> None:
    async def story(live: LiveSensor, fake: FakeSensor, wait: Callable[[float], Awaitable[None]]) -> None:
        await wait(5.0)
        fake.mute = {Op.BACKFILL}
        fake.drop()
        await wait(30.0)
        assert live.status.state == "streaming"
        assert live.assembler is not None and live.assembler.tally.lost > 0

    records = streamed(story)
    asked = written(records, Op.BACKFILL)
    assert len(asked) == TRIES
    assert len({each.data for each in asked}) == 1
    assert any("were not sent again" in each.facts["text"] for each in records if each.kind is Kind.NOTED)


def test_a_refused_back_fill_is_noted_and_the_stream_goes_on() -> None:
    async def story(live: LiveSensor, fake: FakeSensor, wait: Callable[[float], Awaitable[None]]) -> None:
        await wait(5.0)
        fake.refuses = {Op.BACKFILL}
        fake.drop()
        await wait(10.0)
        assert live.status.state == "streaming"

    records = streamed(story)
    assert len(written(records, Op.BACKFILL)) == 1
    assert [each.facts["text"] for each in records if each.kind is Kind.NOTED] == ["back-fill: failed"]


def test_what_was_missed_before_one_disconnect_is_asked_for_after_the_next() -> None:
    async def story(live: LiveSensor, fake: FakeSensor, wait: Callable[[float], Awaitable[None]]) -> None:
        await wait(5.0)
        fake.drop()
        await until(lambda: live.status.reconnects == 1)
        fake.drop()
        await wait(5.0)
        assert live.assembler is not None
        assert (live.assembler.tally.lost, live.status.reconnects) == (0, 2)

    assert written(streamed(story), Op.BACKFILL)
