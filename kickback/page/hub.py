"""The viewers of one session: each gets the whole of it on joining, then all that is new, and none holds up another."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from kickback.page.corrections import BadCommand
from kickback.page.guard import parse_command
from kickback.page.shapes import Message, error_of
from kickback.page.viewer import (
    NOT_TEXT,
    SESSION_OVER,
    TOO_MANY,
    TOO_SLOW,
    TOO_WRONG,
    UNREADABLE,
    VOID,
    Farewell,
    Limits,
    Viewer,
)

LATEST_ONLY = ("progress", "link")
"""Of these only the newest is worth sending: what waits is replaced."""

MAY_ONLY_LOOK = "This page may only look; to control, open the other address of the session."


class Model(Protocol):
    """What a hub asks of a page's model."""

    def snapshot(self) -> Message:
        """Everything that somebody who joins needs."""

    def command(self, command: Mapping[str, Any]) -> list[Message]:
        """Carry it out; what all are to be told. Raises BadCommand, one line, for what cannot be done."""


class Hub:
    """Takes messages, hands them to all viewers, and hands their commands to the model.

    Args:
        model: of the page. limits: of a viewer.
        on_message: is told each command once it was carried out.

    Attributes:
        history: whether there is one to show, to who may control.
        viewers: that are there. watched: set once the first one has come.
        farewells: how many connections the hub has ended, by reason.
    """

    def __init__(
        self,
        model: Model,
        limits: Limits | None = None,
        on_message: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.viewers: set[Viewer] = set()
        self.watched = asyncio.Event()
        self.history = False
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
        may = {"may_control": viewer.may_control, "history": self.history and viewer.may_control}
        viewer.put(None, to_text({**self._model.snapshot(), **may}))
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
        except BadCommand as error:
            self._complain(viewer, str(error))
            return
        viewer.faults = 0
        self.publish(messages)
        if self._on_message is not None:
            self._on_message(command)

    def _complain(self, viewer: Viewer, why: str) -> None:
        viewer.faults += 1
        viewer.put(None, to_text(error_of(why)))

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
