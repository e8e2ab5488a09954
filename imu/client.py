"""A sensor that streams now, as a source of blocks: everything that happens becomes records, and records blocks.

What a link does to it is survived here: a refused or lost connection, a stall that looks like a connection, a
consumer that is slow. Nothing here decides about samples: that is the assembler's, which reads the same records.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from firmware_protocol.registry import Wish
from imu.assembler import Assembler
from imu.blocks import Header, SampleBlock
from imu.finding import NotFound, Sighting, scan
from imu.inbox import Inbox
from imu.joining import Joined, Joining
from imu.keeping import Keeping
from imu.link import LinkError, NoAdapter, Radio
from imu.records import Kind, Record
from imu.status import Status, Times
from imu.talk import Refused, Talk
from imu.tending import Tending
from imu.waiting import Lost, beside, unless, wait

HELD_UP_S = 0.3
"""A glance that comes later than this shows that the program itself was held up, not the link."""

__all__ = ["LiveSensor", "NotFound", "Sighting", "Status", "Times", "scan"]


class LiveSensor:
    """One sensor over a radio: a :class:`imu.sources.Source`.

    ``await open()``, then ``async for block in sensor``; ``await stop()`` from anywhere ends the iteration in order.
    Whoever cancels the iterating task, or leaves the loop, ends it in order too. Several sensors share one radio.

    Args:
        radio: to look with.
        name: advertised name or serial number, its beginning if that is clear, in capitals or not. None: the only
            sensor around.
        wish: rate, ranges and latency to ask for.
        keep: told every record in order, such as :meth:`imu.recorder.Recorder.keep`; may be set until the iteration
            begins, when the sensor's name is known.
        facts: more keys for the SESSION record: leg, exercise, tempo, simulated, origin.
        times: how long to wait for what.
        clock_ns: the host's monotonic clock. sleep: waits for some seconds.

    Attributes:
        status: what a face shows.
        assembler: makes the blocks; None before :meth:`open`.
    """

    def __init__(
        self,
        radio: Radio,
        name: str | None = None,
        *,
        wish: Wish = Wish(),  # noqa: B008 (frozen: the same for all)
        keep: Callable[[Record], None] | None = None,
        facts: Mapping[str, Any] | None = None,
        times: Times = Times(),  # noqa: B008 (frozen: the same for all)
        clock_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.status = Status()
        self._wish = wish
        self._times = times
        self._clock_ns = clock_ns
        self._sleep = sleep
        self._inbox = Inbox(clock_ns=clock_ns)
        self._joining = Joining(radio, name, self.status, times, clock_ns)
        self._keeping = Keeping(self.status, wish, times, dict(facts or {}), keep)
        self._talk: Talk | None = None
        self._stopping = asyncio.Event()
        self._leaving = asyncio.Lock()
        self._runner: asyncio.Task[None] | None = None
        self._left: deque[SampleBlock] = deque()
        self._dark_ns = 0
        self._pause_s = 0.0
        self._streamed = False

    @property
    def assembler(self) -> Assembler | None:
        """What makes the blocks, None before :meth:`open`."""
        return self._keeping.assembler

    @property
    def keep(self) -> Callable[[Record], None] | None:
        """What is told every record."""
        return self._keeping.keep

    @keep.setter
    def keep(self, keep: Callable[[Record], None] | None) -> None:
        self._keeping.keep = keep

    def header(self) -> Header:
        """For the pipeline and the views.

        Raises:
            RuntimeError: the rate is not known yet; it is from the first block on.
        """
        return self._keeping.header()

    async def open(self) -> Status:
        """Find the sensor, connect, and read what it says of itself.

        Raises:
            NoAdapter: there is no Bluetooth here. NotFound: the sensor is not there, or it is not clear which is meant.
            LinkError: it could not be connected.
        """
        pause_s, longest_s = self._times.back_off_s
        for left in reversed(range(self._times.tries)):
            try:
                await self._enter(self._joining.first)
                return self.status
            except (NoAdapter, NotFound):
                raise
            except LinkError as error:
                self.status.text = str(error)
                if not left:
                    raise
                await self._sleep(pause_s)
                pause_s = min(2 * pause_s, longest_s)
        return self.status

    async def _enter(self, join: Callable[[Callable[[], None]], Awaitable[Joined]]) -> None:
        """Connect and record what the connection begins with."""
        lost = Lost()
        joined = await join(lost)
        talk = Talk(joined.link, joined.codec, self._wish, self._inbox, self._times, self._clock_ns)
        lost.tell(talk.hang_up)
        try:
            talk.check()
            read = await talk.read()
            self._keeping.heard(talk.said)
            for record in (*self._keeping.connected(joined), *read):
                self._inbox.put(record)
        except BaseException:  # a cancelled task included: leave nothing half open
            await talk.close()
            raise
        self._talk = talk
        self.status.rate_hz = self.status.rate_hz or talk.rate_hz
        self.status.text = ""

    def __aiter__(self) -> AsyncIterator[SampleBlock]:
        """Start to stream. Ends after :meth:`stop`, an earlier one too, or when a lost sensor does not come back.

        Raises:
            RuntimeError: it is not open, or is being iterated over already.
            LinkError: the sensor refused to start.
        """
        if self._runner is not None or (self._talk is None and not self._stopping.is_set()):
            raise RuntimeError("open() comes first, and one iteration over a sensor is all there is")
        self._runner = asyncio.get_running_loop().create_task(self._run())
        return self._blocks(self._runner)

    async def _blocks(self, runner: asyncio.Task[None]) -> AsyncIterator[SampleBlock]:
        try:
            while (record := await self._inbox.take()) is not None:
                self.status.queue_most, self.status.queue_dropped = self._inbox.most, self._inbox.dropped
                for block in self._keeping.take(record):
                    yield block
            await asyncio.shield(runner)
            self._wind_up()
            while self._left:
                yield self._left.popleft()
        finally:
            await asyncio.shield(asyncio.ensure_future(self.stop()))

    async def stop(self) -> None:
        """Stop the stream, unsubscribe, disconnect, keep the last record; waits for it. May be called again.

        Blocks that nobody has taken yet are still given to whoever iterates.
        """
        self._stopping.set()
        if self._runner is None:
            await self._leave("stopped")
            self.status.state = "stopped"
            self._inbox.close()
        else:
            await asyncio.wait({self._runner})
            if not self._runner.cancelled():
                self._runner.exception()  # told to whoever iterates, unless nobody does any more
        self._wind_up()

    def _wind_up(self) -> None:
        """Keep what is still in the queue, and the session's end."""
        if self._keeping.assembler is None:
            return
        while (record := self._inbox.take_now()) is not None:
            self._left += self._keeping.take(record)
        self._left += self._keeping.finish(self._clock_ns())

    async def _run(self) -> None:
        """The link's whole life, apart from whoever takes the blocks."""
        why = "stopped"
        try:
            if not self._stopping.is_set():
                await unless(self._stopping, self._live())
            why = self.status.text or why
        except Refused as error:
            why = self.status.text = str(error)
            raise
        finally:
            await self._leave("stopped" if self._stopping.is_set() else why)
            self.status.state = "stopped"
            self._inbox.close()

    async def _live(self) -> None:
        while True:
            self._dark_ns = self._dark_ns or self._clock_ns()
            why = await self._stream()
            self.status.text = why
            await self._leave(why)
            self._dark_ns = self._dark_ns or self._clock_ns()
            if not await self._back(why):
                return

    async def _stream(self) -> str:
        """Start and watch; gives the reason why it ended."""
        talk = self._talk
        assert talk is not None and self._keeping.assembler is not None
        try:
            await talk.start()
            self._keeping.heard(talk.said)
            self.status.rate_hz = self._keeping.assembler.rate_hz or talk.rate_hz or self.status.rate_hz
            async with beside(Tending(talk, self._keeping, self._times, self._clock_ns).tend()) as tending:
                while not (talk.lost.is_set() or talk.dead or tending.done()):
                    if talk.packets:
                        self._flowing(talk)
                    looked_ns = self._clock_ns()
                    await wait(talk.lost, self._times.glance_s)
                    if self._clock_ns() - looked_ns > (self._times.glance_s + HELD_UP_S) * 1e9:
                        talk.awake()
        except Refused:
            if not self._streamed:
                raise
            return "the sensor refused to start again"
        except LinkError as error:
            return "link lost" if talk.lost.is_set() else str(error)
        return "link lost" if talk.lost.is_set() else "no data"

    def _flowing(self, talk: Talk) -> None:
        self._streamed, self._dark_ns, self._pause_s = True, 0, 0.0
        status, assembler = self.status, self._keeping.assembler
        status.last_packet_ns = talk.last_ns
        status.mtu = talk.link.mtu or status.mtu
        status.state = "catching up" if assembler is not None and assembler.holding else "streaming"

    async def _leave(self, why: str) -> None:
        """End the connection, if there is one; begun anew where a stop came in between."""
        async with self._leaving:
            talk = self._talk
            if talk is None:
                return
            if why == "stopped" and not talk.why and not talk.lost.is_set() and not talk.dead:
                await talk.stop()
            talk.why = talk.why or why
            await talk.close()
            self._talk = None
            self._inbox.put(Record.of_facts(Kind.DISCONNECTED, self._clock_ns(), reason=talk.why))

    async def _back(self, why: str) -> bool:
        """Come back to the sensor, at growing intervals, until the deadline."""
        first_s, longest_s = self._times.back_off_s
        self.status.state = "lost"
        while (left_s := self._times.deadline_s - (self._clock_ns() - self._dark_ns) / 1e9) > 0:
            if self._pause_s:
                await self._sleep(min(self._pause_s, left_s))
            self._pause_s = min(max(2 * self._pause_s, first_s), longest_s)
            left_s = max(self._times.deadline_s - (self._clock_ns() - self._dark_ns) / 1e9, 0.0)
            try:
                async with asyncio.timeout(left_s):
                    await self._enter(partial(self._joining.again, left_s))
            except LinkError as error:
                self.status.text = str(error)
                continue
            except TimeoutError:
                break
            self.status.reconnects += 1
            return True
        self.status.text = (
            f"{self.status.label} did not come back within {self._times.deadline_s:g} s ({why}). "
            "What was received until then is kept."
        )
        return False
