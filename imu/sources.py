"""Where blocks come from: the one protocol of live, replay and offline, and the replay of a recording."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, runtime_checkable

from imu.blocks import Recording, SampleBlock

BLOCK_S = 0.05
"""Signal in a replayed block, seconds: what a sensor sends at once."""


@runtime_checkable
class Source(Protocol):
    """Anything that gives blocks of one session in order: ``async for block in source``.

    Blocks follow each other: each starts where the one before ended, plus its ``missing_before``.
    """

    def __aiter__(self) -> AsyncIterator[SampleBlock]:
        """The blocks, each as soon as it is there; the end of the iteration is the end of the session."""


async def replay(
    recording: Recording,
    *,
    speed: float = 1.0,
    block_s: float = BLOCK_S,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[SampleBlock]:
    """Give a recording's blocks when its own clock says so.

    The time to wait is counted from the beginning, so a slow consumer is caught up with and waits do not
    add up to a lag.

    Args:
        recording: what to replay.
        speed: seconds of signal per second; ``inf`` does not wait at all.
        block_s: signal in a block, seconds; a block holds one sample at least.
        sleep: waits for some seconds.
        clock: the present in seconds.

    Raises:
        ValueError: speed or block_s is not positive.
    """
    if not speed > 0:
        raise ValueError(f"speed must be positive, got {speed:g}")
    if not block_s > 0:
        raise ValueError(f"block_s must be positive, got {block_s:g}")
    began = clock()
    for block in recording.blocks(max(1, round(block_s * recording.rate_hz))):
        wait_s = began + block.stop / recording.rate_hz / speed - clock()
        if wait_s > 0:
            await sleep(wait_s)
        yield block
