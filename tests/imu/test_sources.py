from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator

import numpy as np
import pytest

from imu.blocks import Header, Recording, SampleBlock
from imu.sources import Source, replay


class Clock:
    """A clock that only its own sleep moves, and a consumer that takes time."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, wait_s: float) -> None:
        self.slept_s.append(wait_s)
        self.now_s += wait_s


def recording(samples: int = 1000, rate_hz: float = 100.0) -> Recording:
    acc = np.arange(3.0 * samples).reshape(-1, 3)
    return Recording(Header("r", rate_hz), SampleBlock(0, rate_hz, acc, -acc))


async def drain(
    source: AsyncIterator[SampleBlock], clock: Clock, work_s: float = 0.0
) -> list[tuple[float, SampleBlock]]:
    seen = []
    async for block in source:
        seen.append((clock.now_s, block))
        clock.now_s += work_s
    return seen


@pytest.mark.parametrize("speed", [0.5, 1.0, 8.0])
def test_a_block_comes_when_its_last_sample_is_over(speed: float) -> None:
    clock = Clock()
    seen = asyncio.run(drain(replay(recording(), speed=speed, sleep=clock.sleep, clock=clock), clock))
    assert [block.start for _, block in seen] == list(range(0, 1000, 5))
    assert [at for at, _ in seen] == pytest.approx([100.0 + block.stop / 100.0 / speed for _, block in seen])
    assert np.array_equal(np.vstack([block.acc_mps2 for _, block in seen]), recording().block.acc_mps2)


def test_a_slow_consumer_is_caught_up_with() -> None:
    clock = Clock()
    seen = asyncio.run(drain(replay(recording(), sleep=clock.sleep, clock=clock), clock, work_s=0.04))
    assert seen[-1][0] == pytest.approx(110.0)
    assert max(clock.slept_s) <= 0.05 + 1e-9


def test_at_endless_speed_nobody_waits() -> None:
    clock = Clock()
    seen = asyncio.run(drain(replay(recording(), speed=math.inf, sleep=clock.sleep, clock=clock), clock))
    assert clock.slept_s == []
    assert sum(len(block) for _, block in seen) == 1000


def test_a_block_holds_at_least_one_sample() -> None:
    clock = Clock()
    seen = asyncio.run(drain(replay(recording(50, 12.5), block_s=0.001, sleep=clock.sleep, clock=clock), clock))
    assert [len(block) for _, block in seen] == [1] * 50


@pytest.mark.parametrize(("speed", "block_s"), [(0.0, 0.05), (-1.0, 0.05), (math.nan, 0.05), (1.0, 0.0)])
def test_speed_and_block_must_be_positive(speed: float, block_s: float) -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="must be positive"):
        asyncio.run(drain(replay(recording(), speed=speed, block_s=block_s), clock))


def test_a_replay_is_a_source() -> None:
    source = replay(recording())
    assert isinstance(source, Source)
