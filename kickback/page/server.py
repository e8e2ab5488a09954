"""Serves the page from inside the session's own event loop: uvicorn without its signals, its log and its patience."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kickback.errors import KickbackError, one_line
from kickback.page.guard import LARGEST_COMMAND, Guard, is_loopback
from kickback.page.hub import Hub, Model
from kickback.page.lan import Invitation, invitations, lan_addresses
from kickback.page.shapes import Message
from kickback.page.site import Site, parts
from kickback.page.viewer import Limits

if TYPE_CHECKING:
    from kickback.store import Store

NEAR, EVERYWHERE = "127.0.0.1", "0.0.0.0"
LARGEST_HEAD = 16_384
"""Bytes of a request before its body: four times what a browser sends."""
IDLE_S = 10.0
"""A plain connection that gets no answer done in this time is cut: it says nothing, or reads nothing."""
MOST_FAR = 64
"""Plain connections from other computers at a time; a browser opens six."""
PING_S = 10.0
"""A viewer whose computer has gone without a word is known so soon, or in twice the time."""
SHUTDOWN_S = 1


class PortTaken(KickbackError):
    """The port cannot be had."""


class PageServer:
    """An async context: the page is served while it lasts, and the tokens are void when it is over.

    Args:
        model: of the page. port: to serve at; 0 takes a free one.
        lan: let other computers in the network come, with a token.
        on_message: is told each command of a viewer, once the model has carried it out.
        store: the sessions that are kept, for the history page; None shows none.
        person: whose session it is, None: nobody's. Other computers see the history of this one alone.
        limits: of what a viewer may cost.

    Attributes:
        url: for a browser on this computer; known inside the context.
        invitations: with ``lan``: to look and to control.
    """

    def __init__(
        self,
        model: Model,
        *,
        port: int = 0,
        lan: bool = False,
        on_message: Callable[[Mapping[str, Any]], None] | None = None,
        store: Store | None = None,
        person: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.url = ""
        self.invitations: list[Invitation] = []
        self.hub = Hub(model, limits, on_message)
        self._port = port
        self._lan = lan
        self._store = store
        self._person = person
        self._site: Site | None = None
        self._guard: Guard | None = None
        self._uvicorn: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to serve.

        Raises:
            PortTaken: the port is in use, or not ours to take.
            KickbackError: with ``lan``, there is no network.
        """
        listening = listen(EVERYWHERE if self._lan else NEAR, self._port)
        try:
            self._open(listening)
        except BaseException:
            listening.close()
            raise
        assert self._uvicorn is not None
        self._serving = asyncio.ensure_future(self._uvicorn.serve(sockets=[listening]))
        started = asyncio.ensure_future(self._uvicorn.begun.wait())
        await asyncio.wait({self._serving, started}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._serving.done():
            await self._serving
        return self

    def _open(self, listening: socket.socket) -> None:
        port = listening.getsockname()[1]
        self._guard = Guard(port, self._lan)
        self.hub.history = self._store is not None
        self._site = Site(self._guard, self.hub, parts(), _history_of(self._store, self._person), self._abort)
        self._uvicorn = _Uvicorn(_config(self._site))
        self.url = f"http://{NEAR}{'' if port == 80 else f':{port}'}/"
        if self._lan:
            self.invitations = invitations(lan_addresses(), port, self._guard.look, self._guard.control)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.revoke()
        await self.hub.close()
        if self._uvicorn is not None and self._serving is not None:
            self._uvicorn.should_exit = True
            await self._serving

    @property
    def fault(self) -> str:
        """The first fault of our own that a request met, one line; empty while all is well."""
        return self._site.fault if self._site is not None else ""

    @property
    def viewers(self) -> int:
        """How many watch now."""
        return len(self.hub.viewers)

    @property
    def connections(self) -> int:
        """How many there are, of viewers and others."""
        return len(self._uvicorn.server_state.connections) if self._uvicorn is not None else 0

    @property
    def watched(self) -> asyncio.Event:
        """Set once the first viewer has come."""
        return self.hub.watched

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand messages to all viewers. Never waits; see :meth:`Hub.publish`."""
        self.hub.publish(messages)

    def revoke(self) -> None:
        """Make the invitations void, and send away whoever came by them; this computer's own viewers stay."""
        if self._guard is not None:
            self._guard.revoke()
        self.hub.send_far_away()

    def _abort(self, client: tuple[str, int] | None) -> None:
        """Cut the connection from there."""
        assert self._uvicorn is not None
        for each in list(self._uvicorn.server_state.connections):
            if client is not None and _client(each) == client:
                each.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket.

    Raises:
        PortTaken: it cannot be had; one line says why.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # a session that is resumed may have the port of the one that ended a moment ago
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise PortTaken(f"--port {port}: {_why(error)}") from error
    return listening


def _why(error: OSError | OverflowError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, OverflowError):
        return "a port is a number from 0 to 65535; choose another one"
    if number == errno.EADDRINUSE:
        return "another program uses this port, maybe another session; end it, or choose another one"
    if number == errno.EACCES:
        return "this port is not for everyone; choose one from 1024 on"
    return one_line(error)


def _history_of(store: Store | None, person: str | None) -> Callable[[bool], dict[str, Any]] | None:
    """Gives everybody's history, or else this person's alone."""
    if store is None:
        return None
    from kickback.page.history import history_document

    return lambda everybodys: history_document(store, None if everybodys else person or "")


def _config(site: Site) -> uvicorn.Config:
    return uvicorn.Config(
        site.app(),
        loop="none",
        http=_Plain,
        ws="websockets-sansio",
        ws_max_size=LARGEST_COMMAND,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,  # the messages are small, and what a phone saves the sensor's loop would pay
        lifespan="off",
        log_config=None,
        log_level="critical",  # what strangers send must not be written on the screen of the session
        access_log=False,
        workers=1,
        proxy_headers=False,  # an address that a request gives itself is not believed
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        h11_max_incomplete_event_size=LARGEST_HEAD,
    )


class _Uvicorn(uvicorn.Server):
    """Leaves the signals to the session, and says when it has begun."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()


class _Plain(H11Protocol):
    """Cuts plain connections that only cost: too many from afar, and ones that get nothing done."""

    _done = _seen_done = 0
    _watching: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn does so too
        super().connection_made(transport)
        if _far(self) and sum(map(_far, self.connections)) > MOST_FAR:
            transport.abort()
        else:
            self._watch()

    def _watch(self) -> None:
        self._watching = self.loop.call_later(IDLE_S, self._look)

    def _look(self) -> None:
        if self._done == self._seen_done:
            self.transport.abort()
        else:
            self._seen_done = self._done
            self._watch()

    def on_response_complete(self) -> None:
        self._done += 1
        super().on_response_complete()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._leave()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None


def _client(connection: object) -> tuple[str, int] | None:
    """The other end of one of uvicorn's connections."""
    client: tuple[str, int] | None = getattr(connection, "client", None)
    return client


def _far(connection: object) -> bool:
    """Whether it comes from another computer."""
    client = _client(connection)
    return client is None or not is_loopback(client[0])
