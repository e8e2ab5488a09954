"""A live sensor over a fake radio in virtual time, with what came of it: for the tests of the client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from benchmarks.fake_link import FakeRadio, FakeSensor, now_ns, run, until
from imu.blocks import SampleBlock
from imu.client import LiveSensor, Times
from imu.records import Kind, Record


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
        """Take the blocks until there are no more."""
        async for block in self.live:
            self.blocks.append(block)

    async def begin(self, samples: int = 500) -> None:
        """Open, and stream in a task until so many samples have come."""
        await self.live.open()
        self.task = asyncio.get_running_loop().create_task(self.stream())
        await until(lambda: self.count >= samples)

    async def end(self) -> None:
        """Stop, and wait for the task."""
        await self.live.stop()
        assert self.task is not None
        await self.task

    @property
    def count(self) -> int:
        """Samples so far."""
        return sum(len(block) for block in self.blocks)

    @property
    def kinds(self) -> list[Kind]:
        """Of the records, in order."""
        return [record.kind for record in self.records]

    def reasons(self) -> list[str]:
        """Why each connection ended."""
        return [record.facts["reason"] for record in self.records if record.kind is Kind.DISCONNECTED]


def session(during: Callable[[Session], Awaitable[None]], *others: FakeSensor, times: Times = Times()) -> Session:  # noqa: B008 (frozen)
    """Run a story in virtual time; gives what came of it."""

    async def going() -> Session:
        new = Session(*others, times=times)
        await during(new)
        return new

    return run(going())


async def plain(now: Session) -> None:
    """A story without trouble: five seconds."""
    await now.begin()
    await now.end()
