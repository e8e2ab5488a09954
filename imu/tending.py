"""What a good stream needs now and then: the sensor's clock is asked for, and lost samples are asked for again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from imu.keeping import Keeping
from imu.status import Times
from imu.talk import Talk
from imu.waiting import wait

PAUSE_S = 0.5
"""Before a back-fill that was not answered is asked for again: the sensor may be busy with the command before."""
TRIES = 3


class Tending:
    """Of one connection, from its start command on.

    Args:
        talk: the connection. keeping: its assembler says what is wanted. times: how often the clock is asked for.
        clock_ns: the host's monotonic clock.
    """

    def __init__(self, talk: Talk, keeping: Keeping, times: Times, clock_ns: Callable[[], int]) -> None:
        self._talk = talk
        self._keeping = keeping
        self._times = times
        self._clock_ns = clock_ns
        self._asked = 0
        self._sync_ns = clock_ns()
        self._fill_ns = clock_ns()
        self._wanted: deque[tuple[int, int, int]] = deque()

    async def tend(self) -> None:
        """Do what is due, until the link is lost. It may hang for seconds on a dead link, so the watchdog runs apart.

        Raises:
            LinkError: the link was lost over it.
        """
        while not self._talk.lost.is_set():
            await self._sync()
            await self._backfill()
            await wait(self._talk.lost, self._times.glance_s)

    async def _sync(self) -> None:
        """The first questions wait until the rate is decided: the assembler compares no clocks before."""
        codec, assembler = self._talk.codec, self._keeping.assembler
        if self._clock_ns() < self._sync_ns or assembler is None or assembler.rate_hz is None:
            return
        command = codec.sync(self._keeping.next_token())
        self._asked += 1
        burst = self._asked < self._times.sync_burst
        self._sync_ns = self._clock_ns() + int((self._times.sync_gap_s if burst else self._times.sync_every_s) * 1e9)
        if command is not None:
            await self._talk.do(command)

    async def _backfill(self) -> None:
        assert self._keeping.assembler is not None
        self._wanted += [(first, length, TRIES) for first, length in self._keeping.assembler.wanted()]
        if not self._wanted or self._clock_ns() < self._fill_ns:
            return
        first, length, tries = self._wanted.popleft()
        command = self._talk.codec.backfill(first, length)
        if command is None:
            self._wanted.clear()
        elif await self._talk.do(command) is not None:
            return
        elif tries > 1:
            self._wanted.appendleft((first, length, tries - 1))
            self._fill_ns = self._clock_ns() + int(PAUSE_S * 1e9)
        else:
            self._talk.note(f"{length} samples from {first} on were not sent again")
