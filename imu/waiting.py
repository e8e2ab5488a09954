"""Small helpers of the client for waiting on one thing unless another comes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")
GRACE_S = 2.0
"""For what was given up to clear up behind itself."""
_left_behind: set[asyncio.Task[Any]] = set()


class Lost:
    """Called when a connection ends, which may be before there is anybody to tell."""

    def __init__(self) -> None:
        self._gone = False
        self._tell: Callable[[], None] | None = None

    def __call__(self) -> None:
        """It has ended."""
        self._gone = True
        if self._tell is not None:
            self._tell()

    def tell(self, whom: Callable[[], None]) -> None:
        """Call this from now on, and at once if the connection has ended already."""
        self._tell = whom
        if self._gone:
            whom()


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or for so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


@asynccontextmanager
async def beside(doing: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Do it while the context lasts, which ends it. An error of it passes through at the end."""
    task = asyncio.get_running_loop().create_task(doing)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.result()


class Overdue(Exception):
    """Something was not done in time."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Do it, or give up after so many seconds, even where it does not end when it is cancelled: it is left behind then.

    Raises:
        Overdue: it was given up. ConnectionError: it was cancelled by somebody else than the caller.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    finally:
        late = not task.done()
        if late:
            task.cancel()
            _left_behind.add(task)
            task.add_done_callback(_forgotten)
            await asyncio.wait({task}, timeout=GRACE_S)
    if late:
        raise Overdue
    if task.cancelled():
        raise ConnectionError("it was interrupted")
    return task.result()


def _forgotten(task: asyncio.Task[Any]) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()  # nobody waits for it any more


async def unless(stopping: asyncio.Event, doing: Awaitable[None]) -> None:
    """Do it until the event comes, which cancels it and waits for its end. Errors pass through."""
    work, stop = asyncio.ensure_future(doing), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in (work, stop):
            each.cancel()
        await asyncio.wait({work, stop})
    if not work.cancelled():
        work.result()
