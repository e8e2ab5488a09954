"""A session's event loop: sources that are followed side by side, links that are looked at, an end in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from imu.blocks import SampleBlock
from imu.link import Found, Link, LinkError, Radio
from kickback.errors import EXIT_INTERRUPTED
from kickback.live.view import View
from kickback.live.watch import Watch

T = TypeVar("T")
GRACE_S = 2.0
"""So long a search or a connection has to end by itself after Ctrl-C."""
LOOK_S = 0.1
"""Between two looks at the links: fast enough for an eye, and nothing for a processor."""


@dataclass
class Course:
    """One source on its way through one pipeline.

    Attributes:
        source: of blocks. watch: takes them. stop: ends the source in order, and waits for that.
    """

    source: AsyncIterable[SampleBlock]
    watch: Watch
    stop: Callable[[], Awaitable[None]]


async def look_often(view: View, until: Callable[[], bool], then: asyncio.Event) -> None:
    """Look at the links for ever; set the event once ``until`` is true."""
    while True:
        view.look()
        if until():
            then.set()
        await asyncio.sleep(LOOK_S)


async def follow(
    courses: Sequence[Course],
    view: View,
    stopping: asyncio.Event,
    *,
    seconds: float | None = None,
    over: Callable[[], bool] = lambda: False,
) -> None:
    """Follow all sources until each has ended; the event, the time or ``over`` ends them in order.

    Args:
        courses: what is followed. view: an open view.
        stopping: ends the session when it is set; it is set whenever the session ends before its sources do.
        seconds: the longest that the session lasts. over: asked now and then whether it is.

    Raises:
        Exception: what a source or a pipeline raised; the other sources are ended in order first.
    """
    if seconds is not None:
        asyncio.get_running_loop().call_later(seconds, stopping.set)
    looking = asyncio.ensure_future(look_often(view, over, stopping))
    ending = asyncio.ensure_future(_until(stopping))
    following = [asyncio.ensure_future(course.watch.follow(course.source)) for course in courses]
    try:
        waiting: set[asyncio.Future[None]] = set(following)
        while waiting and not stopping.is_set():
            done, _ = await asyncio.wait({*waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
            waiting -= done
            if any(each is not ending and each.exception() for each in done):
                stopping.set()
        if waiting:
            await asyncio.gather(*(course.stop() for course in courses))
        await asyncio.gather(*following)
    finally:
        for task in (looking, ending):
            task.cancel()
        await asyncio.gather(looking, ending, return_exceptions=True)
        view.look()


async def _until(event: asyncio.Event) -> None:
    await event.wait()


class Endable:
    """A radio whose search ends when the event comes: in order, where a cancelled one leaves half of a command behind.

    Args:
        radio: the radio. stopping: the event.
    """

    def __init__(self, radio: Radio, stopping: asyncio.Event) -> None:
        self._radio = radio
        self._stopping = stopping

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None = None) -> list[Found]:
        """See :class:`imu.link.Radio`."""

        def done(found: Sequence[Found]) -> bool:
            return self._stopping.is_set() or (enough is not None and enough(found))

        return await self._radio.scan(seconds, done)

    async def connect(self, found: Found, lost: Callable[[], None]) -> Link:
        """See :class:`imu.link.Radio`. Nothing is connected any more once the event has come."""
        if self._stopping.is_set():
            raise LinkError("The session was ended.")
        return await self._radio.connect(found, lost)


async def unless_soon(stopping: asyncio.Event, doing: Awaitable[T]) -> T | None:
    """Do it; when the event comes it has a moment to end by itself, then it is cancelled: None. Errors pass through."""
    work, stop = asyncio.ensure_future(doing), asyncio.ensure_future(_until(stopping))
    try:
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({work}, timeout=None if work.done() else GRACE_S)
    finally:
        for each in (work, stop):
            each.cancel()
        await asyncio.wait({work, stop})
    return None if work.cancelled() else work.result()


@contextmanager
def endings(first: Callable[[], None]) -> Iterator[None]:
    """While it lasts, the first Ctrl-C or SIGTERM calls ``first``; the next one ends the process at once.

    Whatever was written to a file until then is with the operating system.
    """
    loop = asyncio.get_running_loop()
    came = 0

    def called() -> None:
        nonlocal came
        came += 1
        if came > 1:
            _give_up()
        first()

    before: dict[signal.Signals, object] = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, called)
        except NotImplementedError:  # Windows: the loop knows no signals, Python does
            before[number] = signal.signal(number, lambda *_: loop.call_soon_threadsafe(called))
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            if number in before:
                signal.signal(number, before[number])  # type: ignore[arg-type]  # what it was before
            else:
                loop.remove_signal_handler(number)


@contextmanager
def term_as_interrupt() -> Iterator[None]:
    """While it lasts, SIGTERM is Ctrl-C: a screen is left in order. Outside of the main thread it changes nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _give_up() -> NoReturn:
    """End now; leave the other screen first, so that the line can be read."""
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[?1049l\x1b[?25h")
        sys.stdout.flush()
    sys.stderr.write("\nEnded at once; what was recorded until now is in the files. The sensor may need a moment.\n")
    sys.stderr.flush()
    os._exit(EXIT_INTERRUPTED)
