"""A live sensor against what a link does to it, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from benchmarks.fake_link import FakeRadio, FakeSensor, VirtualTimeLoop, now_ns, until
from benchmarks.fake_session import Session, session
from firmware_protocol.control import Op
from imu.client import LiveSensor, Times
from imu.link import Found
from imu.records import Kind


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


@pytest.mark.parametrize("held_s", [1.5, 3.0, 20.0])
def test_a_program_that_was_held_up_does_not_blame_the_link(held_s: float) -> None:
    async def during(now: Session) -> None:
        await now.begin()
        for _ in range(5):
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualTimeLoop)
            loop.now_s += held_s
            await asyncio.sleep(0.37)
        await now.end()

    assert session(during).reasons() == ["stopped"]


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

    done = session(during, times=Times(look_again_s=1.0, deadline_s=30.0))
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


@pytest.mark.parametrize("serial", ["S-2", None])  # None: it could not be read
def test_it_comes_back_to_the_same_sensor_and_not_to_its_twin(serial: str | None) -> None:
    twin = FakeSensor("Kickback 1", serial, "B1", -30)

    async def during(now: Session) -> None:
        await now.begin()
        now.fake.address = "A9"
        now.fake.drop()
        await until(lambda: now.count >= 1000)
        await now.end()

    done = session(during, twin)
    assert {each.facts["serial"] for each in done.records if each.kind is Kind.CONNECTED} == {"S-1"}
    assert twin.said.count("connect") == twin.said.count("close") > 0
    assert not any(each.startswith("subscribe") for each in twin.said)


def test_without_serials_it_comes_back_to_the_same_one_of_two_of_a_name() -> None:
    twin = FakeSensor("Kickback 1", None, "B1", -30)

    async def during(now: Session) -> None:
        now.fake.serial = None
        now.radio.sensors.remove(twin)
        now.live = LiveSensor(now.radio, "Kickback 1", keep=now.records.append, clock_ns=now_ns)
        await now.begin()
        now.radio.sensors.append(twin)
        now.fake.advertises = False
        now.fake.drop()
        await asyncio.sleep(30.0)
        assert now.live.status.reconnects == 0
        now.fake.advertises = True
        await until(lambda: now.live.status.state == "streaming")
        await now.end()

    session(during, twin)
    assert twin.said == []


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


def test_a_link_that_is_lost_before_the_stream_begins_comes_back() -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        now.fake.drop()
        now.task = asyncio.get_running_loop().create_task(now.stream())
        await until(lambda: now.count > 300)
        await now.end()

    assert session(during).reasons() == ["link lost", "stopped"]


class BusyRadio(FakeRadio):
    """Scans one at a time, as adapters do."""

    def __init__(self, *sensors: FakeSensor) -> None:
        super().__init__(*sensors)
        self.lock = asyncio.Lock()

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None = None) -> list[Found]:
        async with self.lock:
            return await super().scan(seconds, enough)


def test_a_sensor_that_stays_away_holds_up_no_other() -> None:
    gone = FakeSensor("Kickback 2", "S-2", "B2")

    async def during(now: Session) -> None:
        now.radio = radio = BusyRadio(now.fake, gone)
        now.live = LiveSensor(radio, "S-1", keep=now.records.append, clock_ns=now_ns)
        other = LiveSensor(radio, "S-2", clock_ns=now_ns)
        await other.open()
        blocks = aiter(other)
        await anext(blocks)
        await now.begin()
        gone.advertises = False
        gone.drop()
        await until(radio.lock.locked)
        dropped_ns = now_ns()
        now.fake.drop()
        await until(lambda: now.live.status.reconnects == 1)
        assert (now_ns() - dropped_ns) / 1e9 < 4.0
        await now.end()
        await other.stop()

    session(during)
