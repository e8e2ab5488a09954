"""A page that is served on this computer, and what it takes to ask it things no browser would ask."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kickback.page import guard, server, site
from kickback.page.corrections import BadCommand
from kickback.page.server import PageServer
from kickback.page.viewer import Limits
from kickback.store import Store

DEADLINE_S = 20.0
NEAR = "127.0.0.1"
FAR = "127.0.0.2"
"""Stands for another computer in the network; the tests tell the page so."""


@dataclass
class Answer:
    """What came back on a plain connection."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class FakeModel:
    """A model that takes what ends in ``_ok``, and whose snapshot tells what was taken."""

    taken: list[str] = field(default_factory=list)

    def snapshot(self) -> dict[str, Any]:
        return {"type": "snapshot", "v": 1, "taken": list(self.taken)}

    def command(self, command: Mapping[str, Any]) -> list[dict[str, Any]]:
        if command["do"] == "break":
            raise RuntimeError("a fault of ours")
        if not str(command["do"]).endswith("_ok"):
            raise BadCommand(f"{command['do']}: there is no such command")
        self.taken.append(str(command["do"]))
        return [{"type": "settings", "taken": list(self.taken)}]


@dataclass
class Served:
    """A server, and ways to it."""

    server: PageServer
    model: FakeModel
    asked: list[Mapping[str, Any]]

    @property
    def port(self) -> int:
        return int(self.server.url.rstrip("/").rpartition(":")[2])

    @property
    def tokens(self) -> tuple[str, str]:
        """To look and to control."""
        look, control = (each.url.rpartition("=")[2] for each in self.server.invitations)
        return look, control

    async def ask(
        self,
        path: str = "/",
        *,
        host: str | None = None,
        headers: Sequence[str] = (),
        method: str = "GET",
        at: str = NEAR,
        version: str = "1.1",
        body: bytes = b"",
    ) -> Answer:
        """Send a request byte by byte as it is said here, and read all that comes."""
        host = f"Host: {at}:{self.port}" if host is None else host
        lines = [f"{method} {path} HTTP/{version}", host, "Connection: close", *headers]
        head = "\r\n".join(line for line in lines if line) + "\r\n\r\n"
        reader, writer = await asyncio.open_connection(at, self.port, local_addr=(at, 0))
        try:
            writer.write(head.encode("latin-1") + body)
            answer = await reader.read()
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
        top, _, rest = answer.partition(b"\r\n\r\n")
        first, *others = top.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in others)}
        return Answer(int(first.split()[1]), fields, rest)

    def socket(
        self, query: str = "", *, host: str | None = None, at: str = NEAR, **more: Any
    ) -> AbstractAsyncContextManager[ClientConnection]:
        """A viewer's connection."""
        uri = f"ws://{host or at}:{self.port}/ws{query}"
        return connect(uri, host=at, port=self.port, local_addr=(at, 0), proxy=None, **more)

    async def refused(self, query: str = "", **more: Any) -> str:
        """Why a viewer's connection was not opened."""
        with pytest.raises(InvalidStatus) as refusal:
            async with self.socket(query, **more):
                pass
        response = refusal.value.response
        assert response.status_code == 403
        assert response.headers["content-security-policy"]
        return response.body.decode() if response.body else ""

    async def still_well(self, socket: ClientConnection) -> None:
        """A viewer has noticed nothing of what others do."""
        await socket.send('{"do": "still_ok"}')
        assert (await hear(socket))["taken"] == ["still_ok"]
        assert self.model.taken == ["still_ok"]

    async def opened(self, reads: int | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A viewer's connection, by hand. ``reads``: bytes that the system keeps for it while it reads nothing."""
        plain = sockets.socket()
        if reads is not None:
            plain.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, reads)
        plain.connect((NEAR, self.port))
        reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
        upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
        key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
        head = "\r\n".join(("GET /ws HTTP/1.1", f"Host: {NEAR}:{self.port}", *upgrade, key))
        writer.write(f"{head}\r\n\r\n".encode())
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        return reader, writer

    @staticmethod
    async def shut(writer: asyncio.StreamWriter) -> None:
        """Close a connection, whatever its other end has done."""
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    @staticmethod
    async def end_of(socket: ClientConnection) -> tuple[int, str]:
        """The close code and the reason, after whatever else comes."""
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await socket.recv()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason


async def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    message = json.loads(await socket.recv())
    assert isinstance(message, dict)
    return message


Serve = Callable[..., AbstractAsyncContextManager[Served]]
Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def serve() -> Serve:
    """Serve a page; its own faults are ours."""

    @asynccontextmanager
    async def served(
        *,
        lan: bool = False,
        limits: Limits | None = None,
        store: Store | None = None,
        person: str | None = None,
        fault: str = "",
    ) -> AsyncIterator[Served]:
        model, asked = FakeModel(), list[Mapping[str, Any]]()
        serving = PageServer(model, lan=lan, limits=limits, store=store, person=person, on_message=asked.append)
        async with serving as page:
            yield Served(page, model, asked)
        assert page.fault == fault

    return served


@pytest.fixture
def run() -> Run:
    """Run it within a deadline."""

    def running(work: Awaitable[None]) -> None:
        asyncio.run(_within(work))

    return running


async def _within(work: Awaitable[None]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        await work


@pytest.fixture
def hears() -> Callable[[ClientConnection], Awaitable[dict[str, Any]]]:
    """Gives a connection's next message."""
    return hear


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> str:
    """An address that the page takes for one in the network, not for this computer."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux has a second address of its own")
    for module in (guard, site, server):
        monkeypatch.setattr(module, "is_loopback", lambda address: address == NEAR)
    monkeypatch.setattr(server, "lan_addresses", lambda: [FAR])
    return FAR
