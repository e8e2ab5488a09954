"""Whatever a link does and in whatever order, a session ends in order and says live what its records say later."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fake_link import FakeSensor, until
from benchmarks.fake_session import Session, session
from firmware_protocol.codecs.kickback import CODEC
from firmware_protocol.control import Op
from imu.assembler import Assembler
from imu.client import Times
from imu.link import LinkError
from imu.records import Kind
from imu.talk import Refused

TIMES = Times(look_s=2.0, deadline_s=60.0)


def reboot(fake: FakeSensor) -> None:
    """It starts anew, and its numbers with it."""
    fake.drop()
    fake.boot += 1
    fake.born_s = asyncio.get_running_loop().time()


def vanish(fake: FakeSensor) -> None:
    fake.advertises = False
    fake.drop()


def appear(fake: FakeSensor) -> None:
    fake.advertises, fake.frozen, fake.refuses, fake.mute = True, False, set(), set()


def freeze(fake: FakeSensor) -> None:
    fake.frozen = True


def hang(fake: FakeSensor) -> None:
    if fake.link is not None:
        fake.link.hangs = True


def refuse(fake: FakeSensor) -> None:
    fake.refuses = {Op.START, Op.BACKFILL}


def mute(fake: FakeSensor) -> None:
    fake.mute = {Op.START, Op.BACKFILL, Op.SYNC, Op.STOP}


def garbage(fake: FakeSensor) -> None:
    if fake.link is not None:
        for uuid in fake.link.characteristics:
            fake.link.notify(uuid, b"\x13\x01garbage")


DEEDS = (FakeSensor.drop, reboot, vanish, appear, freeze, hang, refuse, mute, garbage)


@settings(max_examples=25)
@given(
    deeds=st.lists(st.tuples(st.floats(0.0, 6.0), st.sampled_from(DEEDS)), max_size=10),
    busy=st.integers(0, 4),
    settle=st.booleans(),
)
def test_a_session_survives_anything(deeds: list[tuple[float, object]], busy: int, settle: bool) -> None:
    async def during(now: Session) -> None:
        await now.live.open()
        now.task = asyncio.get_running_loop().create_task(now.stream())
        now.radio.trouble = [LinkError("busy")] * busy
        for wait_s, deed in deeds:
            await asyncio.sleep(wait_s)
            assert callable(deed)
            deed(now.fake)
        if settle:
            appear(now.fake)
            before = now.count
            flows = ("streaming", "catching up")
            await until(lambda: refused(now) or (now.count > before + 100 and now.live.status.state in flows))
        with suppress(Refused):
            await now.end()

    done = session(during, times=TIMES)
    check(done)


def refused(now: Session) -> bool:
    """Whether the very first start was refused, which ends a session."""
    assert now.task is not None
    return now.task.done() and isinstance(now.task.exception(), Refused)


def check(done: Session) -> None:
    assert done.fake.link is None
    assert done.live.status.state == "stopped"
    assert done.kinds[0] is Kind.SESSION and done.kinds[-1] is Kind.ENDED
    times = [record.time_ns for record in done.records]
    assert times == sorted(times)
    assert done.kinds.count(Kind.CONNECTED) == len(done.reasons()) == done.live.status.reconnects + 1
    ends = [0, *(block.stop for block in done.blocks)]
    assert [block.start - block.missing_before for block in done.blocks] == ends[:-1]
    rate_hz = next((record.facts["rate_hz"] for record in done.records if record.kind is Kind.DECIDED), None)
    again = Assembler(CODEC, rate_hz=rate_hz)
    blocks = [block for record in done.records for block in again.take(record)] + again.finish()
    assert [(block.start, len(block), block.missing_before) for block in blocks if len(block)] == [
        (block.start, len(block), block.missing_before) for block in done.blocks if len(block)
    ]
    for one, other in zip((b for b in blocks if len(b)), (b for b in done.blocks if len(b)), strict=True):
        assert np.array_equal(one.acc_mps2, other.acc_mps2, equal_nan=True)
