"""What waits to be sent to one viewer: bounded, the newest only where only that is worth sending; and why it ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

GOING_AWAY, UNREADABLE, BROKEN_RULE, TRY_AGAIN = 1001, 1007, 1008, 1013
"""Close codes of RFC 6455, 7.4.1, and its registry."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a viewer may cost. Times in seconds.

    Attributes:
        viewers: at once. waiting: messages that may wait for one; a set has about 50 in all, so 256 is minutes behind.
        slow_s: so long one message may take. goodbye_s: so long a viewer that is sent away has to hear why.
        faults: so many messages in a row may not be obeyed until the viewer is sent away.
    """

    viewers: int = 16
    waiting: int = 256
    slow_s: float = 5.0
    goodbye_s: float = 1.0
    faults: int = 20


class Farewell(NamedTuple):
    """Why a connection ends: a close code, and a reason of at most 123 bytes."""

    code: int
    reason: str


TOO_SLOW = Farewell(TRY_AGAIN, "too slow to keep up; come again for the whole picture")
TOO_MANY = Farewell(TRY_AGAIN, "there are as many viewers as can be served")
TOO_WRONG = Farewell(TRY_AGAIN, "too many messages that cannot be obeyed")
SESSION_OVER = Farewell(GOING_AWAY, "the session has ended")
VOID = Farewell(BROKEN_RULE, "the session has ended; this address is void")
NOT_TEXT = Farewell(UNREADABLE, "a message must be text")


class Viewer:
    """One connection, and what waits to be sent to it.

    Args:
        may_control: whether it may send commands. near: on this computer. waiting: see :class:`Limits`.
    """

    def __init__(self, may_control: bool, near: bool, waiting: int) -> None:
        self.may_control = may_control
        self.near = near
        self.faults = 0
        self._most = waiting
        self._ending: Farewell | None = None
        self._dropped: Farewell | None = None
        self._drop = asyncio.Event()
        self._queue: dict[object, str] = {}
        self._number = 0
        self._news = asyncio.Event()

    def put(self, key: object, text: str) -> None:
        """Let a text wait. One with a key replaces the one that waits under it; too many end the connection."""
        if self._ending is not None or self._dropped is not None:
            return
        if key is None:
            self._number += 1
            key = self._number
        self._queue.pop(key, None)
        self._queue[key] = text
        if len(self._queue) > self._most:
            self.drop(TOO_SLOW)
        self._news.set()

    def end(self, farewell: Farewell) -> None:
        """End the connection once what waits is sent."""
        self._ending = self._ending or farewell
        self._news.set()

    def drop(self, farewell: Farewell) -> None:
        """End the connection now."""
        self._queue.clear()
        self._dropped = self._dropped or farewell
        self._drop.set()

    async def over(self) -> Farewell | None:
        """Wait until the connection is to end at once; why."""
        await self._drop.wait()
        return self._dropped

    async def next(self) -> str | Farewell:
        """The next text; after the last one why it was the last."""
        while not self._queue:
            if self._ending is not None:
                return self._ending
            self._news.clear()
            await self._news.wait()
        return self._queue.pop(next(iter(self._queue)))
