"""The queue between a link and whoever takes from it: bounded for packets, in order, and it never waits."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from imu.records import Kind, Record

PACKETS = 16384
"""Packets that may wait: 80 s of the smallest ones (200 a second at MTU 23), some 4 MB."""


class Inbox:
    """Records in the order in which they happened.

    Packets beyond the bound are dropped, counted, and the loss is noted as a record of its own as soon as there is
    room again. What is not a packet is never dropped.

    Args:
        bound: most packets that wait. clock_ns: the host's monotonic clock.
    """

    def __init__(self, bound: int = PACKETS, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._bound = bound
        self._clock_ns = clock_ns
        self._records: deque[Record] = deque()
        self._there = asyncio.Event()
        self._closed = False
        self._unsaid = 0
        self.dropped = 0
        self.most = 0

    def __len__(self) -> int:
        return len(self._records)

    def packet(self, time_ns: int, payload: bytes) -> None:
        """A notification: its time, and the 16 bytes of its UUID before its own. This is all that a callback does."""
        if len(self._records) >= self._bound:
            self.dropped += 1
            self._unsaid += 1
            return
        self._say_dropped()
        self.put(Record(Kind.NOTIFIED, time_ns, payload))

    def put(self, record: Record) -> None:
        """Anything else that happened."""
        self._records.append(record)
        self.most = max(self.most, len(self._records))
        self._there.set()

    def _say_dropped(self) -> None:
        if self._unsaid:
            text = f"{self._unsaid} packets dropped: the queue of {self._bound} was full"
            self._unsaid = 0
            self.put(Record.of_facts(Kind.NOTED, self._clock_ns(), text=text))

    def close(self) -> None:
        """Nothing more comes: once empty, :meth:`take` gives None."""
        self._say_dropped()
        self._closed = True
        self._there.set()

    def take_now(self) -> Record | None:
        """The next record, None when there is none now."""
        if self._records:
            return self._records.popleft()
        if not self._closed:
            self._there.clear()
        return None

    async def take(self) -> Record | None:
        """The next record; waits for it. None: closed and empty."""
        while (record := self.take_now()) is None:
            if self._closed:
                return None
            await self._there.wait()
        return record
