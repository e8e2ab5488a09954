"""What the page's address answers: its own files, the socket of each viewer, the history; all behind the guard."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from kickback.errors import KickbackError, one_line
from kickback.page.guard import SECURITY_HEADERS, Guard, NoToken, Refused, Right, Visit, is_loopback
from kickback.page.hub import Hub
from kickback.page.viewer import BROKEN_RULE

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What is served at all. Python's own table is asked of the system, where .js can be anything."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the page.

    Attributes:
        body: its bytes. kind: its media type. tag: changes with the bytes (RFC 9110, 8.8.3).
    """

    body: bytes
    kind: str
    tag: str


def parts() -> dict[str, Part]:
    """The files of the page by name, such as ``texts/en.json``: read once, so that no request names a file on disk."""
    return dict(_parts(files("kickback.page").joinpath("static"), ""))


def _parts(folder: Traversable, before: str) -> Iterator[tuple[str, Part]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _parts(entry, f"{before}{entry.name}/")
        elif (kind := TYPES.get("." + entry.name.rpartition(".")[2])) is not None:
            body = entry.read_bytes()
            yield before + entry.name, Part(body, kind, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


@dataclass
class Site:
    """The application.

    Attributes:
        guard: judges each request. hub: serves each viewer. static: the files by name.
        history: gives the history as JSON-able data, everybody's or only that of this session's person; None where no
            sessions are kept.
        abort: ends the connection from a host and port at once.
        fault: the first one of our own, one line; empty while all is well.
    """

    guard: Guard
    hub: Hub
    static: Mapping[str, Part]
    history: Callable[[bool], Mapping[str, Any]] | None
    abort: Callable[[tuple[str, int] | None], None]
    fault: str = ""
    _looking_back: asyncio.Lock = field(default_factory=asyncio.Lock)

    def app(self) -> ASGIApp:
        """The whole of it, as an ASGI application that raises nothing."""
        routes: list[Route | WebSocketRoute] = [
            Route("/", self._page("index.html")),
            Route("/static/{name:path}", self._static),
            WebSocketRoute("/ws", self._viewer),
        ]
        if self.history is not None:
            routes += [Route("/history", self._page("history.html")), Route("/history.json", self._history)]
        inner = Starlette(routes=routes)
        inner.router.redirect_slashes = False
        return self._told(self._guarded(inner))

    def _told(self, inner: ASGIApp) -> ASGIApp:
        """Keep a fault of ours from the session and from the terminal; say nothing of it to the visitor."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await inner(scope, receive, send)
            except Exception as error:  # noqa: BLE001  # a fault of the page must never end a person's session
                self.fault = self.fault or f"{type(error).__name__}: {one_line(error)}"

        return app

    def _guarded(self, inner: ASGIApp) -> ASGIApp:
        """Nothing behind it sees a request that the guard refused, and no answer goes without the headers."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            async def sent(message: Message) -> None:
                if message["type"] in ("http.response.start", "websocket.http.response.start"):
                    headers = MutableHeaders(scope=message)
                    for name, value in SECURITY_HEADERS.items():
                        headers[name] = value
                    headers.setdefault("cache-control", "no-store")
                await send(message)

            try:
                right = self.guard.admit(visit_of(scope))
            except Refused as error:
                await _refuse(error, scope, receive, sent)
                return
            scope["kickback.right"] = right
            await inner(scope, receive, sent)

        return app

    def _page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def page(request: Request) -> Response:
            if name == "history.html":
                self._for_control(request)
            response = self._part(name, request)
            token = self.guard.token(visit_of(request.scope))
            if token and not is_loopback(_host(request.client)):
                # The page's parts are asked for without the token of its address.
                response.set_cookie(self.guard.cookie, token, httponly=True, samesite="strict", path="/")
            return response

        return page

    async def _static(self, request: Request) -> Response:
        return self._part(request.path_params["name"], request)

    def _part(self, name: str, request: Request) -> Response:
        part = self.static.get(name)
        if part is None:
            raise HTTPException(404)
        headers = {"etag": part.tag, "cache-control": "no-cache"}
        if part.tag in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
        return Response(part.body, 200, headers, media_type=part.kind)

    async def _history(self, request: Request) -> Response:
        self._for_control(request)
        assert self.history is not None
        async with self._looking_back:  # beside the session, which waits for nothing, and one at a time
            try:
                everybodys = is_loopback(_host(request.client))  # who sits at this computer could read the store itself
                return JSONResponse(await asyncio.to_thread(self.history, everybodys))
            except KickbackError as error:
                raise HTTPException(503, str(error)) from error

    def _for_control(self, request: Request) -> None:
        """Earlier sessions are not for everyone who may look at this one."""
        if request.scope["kickback.right"] < Right.CONTROL:
            raise HTTPException(403, "Earlier sessions are shown to the one who controls this one only.")

    async def _viewer(self, socket: WebSocket) -> None:
        right: Right = socket.scope["kickback.right"]
        client = socket.client
        at = None if client is None else (client.host, client.port)
        await self.hub.attend(socket, right is Right.CONTROL, is_loopback(_host(client)), lambda: self.abort(at))


def visit_of(scope: MutableMapping[str, Any]) -> Visit:
    """What the guard looks at. A header that came twice is told as both, and so fits nothing."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    client, server = scope.get("client"), scope.get("server")
    return Visit(
        headers,
        scope["query_string"].decode("latin-1"),
        client[0] if client else None,
        server[0] if server else None,
        scope["path"],
    )


def _host(client: Any) -> str | None:
    return None if client is None else str(client.host)


async def _refuse(error: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    refusal = PlainTextResponse(f"{error}\n", 403, {"connection": "close"})
    if scope["type"] == "http":
        await refusal(scope, receive, send)
        return
    socket = WebSocket(scope, receive, send)
    if isinstance(error, NoToken):  # a page that was left open: it is told, so that it stops trying
        await socket.accept()
        await socket.close(BROKEN_RULE, str(error))
    else:
        await socket.send_denial_response(refusal)
