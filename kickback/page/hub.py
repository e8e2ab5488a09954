"""The viewers of one session: each gets the whole of it on joining, then all that is new, and none holds up another."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from kickback.page.guard import parse_command

Message = dict[str, Any]

LATEST_ONLY = ("progress", "link")
"""Of these only the newest is worth sending: what waits is replaced."""

GOING_AWAY, UNREADABLE, BROKEN_RULE, TRY_AGAIN = 1001, 1007, 1008, 1013
"""Close codes of RFC 6455, 7.4.1, and its registry."""
MAY_ONLY_LOOK = "This page may only look; to control, open the other address of the session."


class Model(Protocol):
    """What a hub asks of a page's model."""

    def snapshot(self) -> Message:
        """Everything that somebody who joins needs."""

    def command(self, command: Mapping[str, Any]) -> list[Message]:
        """Carry it out; what all are to be told. Raises ValueError, one line, for one that makes no sense."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a viewer may cost. Times in seconds.

    Attributes:
        viewers: at once. waiting: messages that may wait for one; a set has about 50 in all, so 256 is minutes behind.
        slow_s: so long one message may take. goodbye_s: so long a viewer that is sent away has to hear why.
        faults: so many messages may make no sense or not be allowed until the viewer is sent away.
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
TOO_WRONG = Farewell(BROKEN_RULE, "too many messages that cannot be obeyed")
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


class Hub:
    """Takes messages, hands them to all viewers, and hands their commands to the model.

    Args:
        model: of the page. limits: of a viewer.
        on_message: is told each command once it was carried out.

    Attributes:
        viewers: that are there. watched: set once the first one has come.
        farewells: how many connections the hub has ended, by reason.
    """

    def __init__(
        self,
        model: Model,
        limits: Limits | None = None,
        on_message: Callable[[Message], None] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.viewers: set[Viewer] = set()
        self.watched = asyncio.Event()
        self.farewells: Counter[str] = Counter()
        self._model = model
        self._on_message = on_message
        self._closed = False
        self._here = 0
        self._gone = asyncio.Event()

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand messages to all viewers. Never waits.

        Raises:
            ValueError: a message is no JSON, such as one with a NaN.
        """
        for message in messages:
            key = (message["type"], message.get("lane")) if message["type"] in LATEST_ONLY else None
            text = to_text(message)
            for viewer in self.viewers:
                viewer.put(key, text)

    async def attend(self, socket: WebSocket, may_control: bool, near: bool, abort: Callable[[], None]) -> None:
        """Serve one viewer until it goes or is sent away.

        Args:
            socket: not accepted yet. may_control, near: see :class:`Viewer`.
            abort: ends its connection although it reads nothing any more.
        """
        self._here += 1
        try:
            await socket.accept()
            farewell = await self._receive(socket, Viewer(may_control, near, self.limits.waiting))
            if farewell is not None:
                self.farewells[farewell.reason] += 1
                await self._send_away(socket, farewell, abort)
        finally:
            self._here -= 1
            self._gone.set()

    async def _receive(self, socket: WebSocket, viewer: Viewer) -> Farewell | None:
        """Let a viewer in; why it is to be sent away, None when it has gone."""
        if self._closed:
            return SESSION_OVER
        if len(self.viewers) >= self.limits.viewers:
            return TOO_MANY
        # Nothing may come between the picture and the place in the row: no message is missed or told twice.
        viewer.put(None, to_text({**self._model.snapshot(), "may_control": viewer.may_control}))
        self.viewers.add(viewer)
        self.watched.set()
        try:
            return await self._converse(socket, viewer)
        finally:
            self.viewers.discard(viewer)

    async def close(self) -> None:
        """Let every viewer have what waits for it, then send it away; no other may come."""
        self._closed = True
        for viewer in self.viewers:
            viewer.end(SESSION_OVER)
        if not await self._all_gone():
            for viewer in self.viewers:
                viewer.drop(SESSION_OVER)
            await self._all_gone()

    def send_far_away(self) -> None:
        """Send the viewers on other computers away, each once it has what waits for it."""
        for viewer in self.viewers:
            if not viewer.near:
                viewer.end(VOID)

    async def _all_gone(self) -> bool:
        """Wait a moment for them to go; whether they did."""
        try:
            async with asyncio.timeout(self.limits.goodbye_s):
                while self._here:
                    self._gone.clear()
                    await self._gone.wait()
        except TimeoutError:
            return False
        return True

    async def _converse(self, socket: WebSocket, viewer: Viewer) -> Farewell | None:
        """Send and hear; why the viewer is to be sent away, None when it has gone."""
        work: list[asyncio.Future[Farewell | None]] = [
            asyncio.ensure_future(self._send(socket, viewer)),
            asyncio.ensure_future(self._hear(socket, viewer)),
            asyncio.ensure_future(viewer.over()),
        ]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            return next(each for each in work if each in done).result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _send(self, socket: WebSocket, viewer: Viewer) -> Farewell | None:
        while True:
            text = await viewer.next()
            if isinstance(text, Farewell):
                return text
            try:
                async with asyncio.timeout(self.limits.slow_s):
                    await socket.send_text(text)
            except TimeoutError:
                return TOO_SLOW
            except WebSocketDisconnect:
                return None

    async def _hear(self, socket: WebSocket, viewer: Viewer) -> Farewell | None:
        while True:
            event = await socket.receive()
            if event["type"] == "websocket.disconnect":
                return None
            text = event.get("text")
            if text is None:
                return NOT_TEXT
            try:
                self._obey(viewer, text)
            except Unreadable as error:
                return Farewell(UNREADABLE, str(error))
            if viewer.faults > self.limits.faults:
                return TOO_WRONG

    def _obey(self, viewer: Viewer, text: str) -> None:
        try:
            command = parse_command(text)
        except ValueError as error:
            raise Unreadable(str(error)) from error
        if not viewer.may_control:
            self._complain(viewer, MAY_ONLY_LOOK)
            return
        try:
            messages = self._model.command(command)
        except ValueError as error:
            self._complain(viewer, str(error))
            return
        self.publish(messages)
        if self._on_message is not None:
            self._on_message(command)

    def _complain(self, viewer: Viewer, why: str) -> None:
        viewer.faults += 1
        viewer.put(None, to_text({"type": "error", "text": why}))

    async def _send_away(self, socket: WebSocket, farewell: Farewell, abort: Callable[[], None]) -> None:
        """Say why, as long as it takes somebody who reads; then the connection is cut."""
        try:
            async with asyncio.timeout(self.limits.goodbye_s):
                await socket.close(*farewell)
        except WebSocketDisconnect:
            return
        except TimeoutError:
            abort()
            return
        # The word may still wait behind what was not read: cut later, whether it was read or not.
        asyncio.get_running_loop().call_later(self.limits.goodbye_s, abort)


class Unreadable(ValueError):
    """A message that is no command at all."""


def to_text(message: Message) -> str:
    """A message on the wire: plain ASCII, so that nothing in it can fail to be sent.

    Raises:
        ValueError: it holds a NaN or an infinity.
    """
    return json.dumps(message, separators=(",", ":"), allow_nan=False)
