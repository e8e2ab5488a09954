"""What somebody who means no good may try against the page, each tried."""

from __future__ import annotations

import asyncio
import hmac
import json
import socket as sockets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kickback.page import guard, server
from kickback.page.guard import LARGEST_COMMAND, Guard, Refused, Right, Visit
from kickback.page.hub import MAY_ONLY_LOOK
from kickback.page.site import parts
from kickback.page.viewer import Limits
from kickback.store import open_store

Serve = Callable[..., Any]
Run = Callable[[Awaitable[None]], None]
Hears = Callable[[ClientConnection], Awaitable[dict[str, Any]]]


async def refused(page: Any, query: str = "", **more: Any) -> str:
    """Why a viewer's connection was not opened."""
    with pytest.raises(InvalidStatus) as refusal:
        await page.socket(query, **more)
    response = refusal.value.response
    assert response.status_code == 403
    assert response.headers["content-security-policy"]
    return str(response.body.decode())


async def end_of(socket: ClientConnection) -> tuple[int, str]:
    """The close code and the reason, after whatever else comes."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await socket.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


# --- somebody else's page in the same browser


def test_a_name_that_was_made_to_point_here_gets_nothing(serve: Serve, run: Run) -> None:
    """DNS rebinding: the browser takes it for the evil site's own server, and says so in Host."""

    async def work() -> None:
        async with serve() as page:
            port = page.port
            for host in (
                "evil.example",
                f"evil.example:{port}",
                f"127.0.0.1.evil.example:{port}",
                f"127.0.0.1:{port + 1}",
            ):
                for path in ("/", "/static/index.html", "/history.json"):
                    answer = await page.ask(path, host=f"Host: {host}")
                    assert answer.status == 403
                    assert b"<" not in answer.body
            assert "not the address" in await refused(page, host="evil.example", origin=f"http://evil.example:{port}")
            assert (await page.ask(host="", version="1.0")).status == 403
            twice = await page.ask(headers=[f"Host: evil.example:{port}"])
            assert twice.status == 400

    run(work())


def test_another_site_cannot_open_the_socket_nor_read_a_thing(serve: Serve, run: Run) -> None:
    """Cross-site WebSocket hijacking: no rule of the browser forbids the opening, so Origin must be looked at."""

    async def work() -> None:
        async with serve() as page:
            here = f"127.0.0.1:{page.port}"
            own = f"http://{here}"
            for said in ("http://evil.example", "null", "http://localhost:1", "file://", f"https://{here}", ""):
                assert "Another site" in await refused(page, additional_headers={"Origin": said})
                assert (await page.ask("/static/index.html", headers=[f"Origin: {said}"])).status == 403
                assert (await page.ask(headers=[f"Origin: {own}", f"Origin: {said}"])).status == 403
            assert not page.server.watched.is_set()
            assert (await page.ask(headers=[f"Origin: {own}"])).status == 200
            async with page.socket(origin=own) as socket:
                assert json.loads(await socket.recv())["may_control"] is True

    run(work())


def test_another_site_can_lead_here_and_not_build_this_page_into_its_own(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve() as page:

            async def status(path: str, site: str, mode: str, dest: str) -> int:
                told = [f"Sec-Fetch-Site: {site}", f"Sec-Fetch-Mode: {mode}", f"Sec-Fetch-Dest: {dest}"]
                return int((await page.ask(path, headers=told)).status)

            for site in ("cross-site", "same-site"):
                assert await status("/", site, "navigate", "document") == 200
                assert await status("/", site, "navigate", "iframe") == 403
                assert await status("/static/index.html", site, "no-cors", "script") == 403
                assert await status("/static/index.html", site, "navigate", "document") == 403
                assert await status("/history.json", site, "no-cors", "script") == 403
            assert await status("/static/index.html", "same-origin", "no-cors", "script") == 200

    run(work())


# --- files


WAYS_OUT = (
    "/static/../server.py",
    "/static/../../../pyproject.toml",
    "/static/%2e%2e/server.py",
    "/static/%2e%2e%2fserver.py",
    "/static/..%5cserver.py",
    "/static/....//server.py",
    "/static//etc/passwd",
    "/static/%2fetc%2fpasswd",
    "/static/index.html%00.js",
    "/static/./../static/../server.py",
    "/static/%c0%ae%c0%ae/server.py",
    "/../server.py",
    "//etc/passwd",
    "/server.py",
    "http://127.0.0.1/static/index.html",
    "*",
)


def test_no_path_leads_out_of_the_pages_own_files(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve() as page:
            for path in WAYS_OUT:
                answer = await page.ask(path)
                assert answer.status in (400, 403, 404), path
                assert b"import" not in answer.body and b"root:" not in answer.body

    run(work())


METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


def test_nothing_can_be_sent_here(serve: Serve, run: Run) -> None:
    """No way to upload: whatever comes with a request is not even read to its end."""

    async def work() -> None:
        async with serve() as page:
            for method, path in product(METHODS, ("/", "/static/index.html", "/static/new.js", "/ws", "/upload")):
                answer = await page.ask(path, method=method, headers=["Content-Length: 5"], body=b"12345")
                assert answer.status in (404, 405), path
            assert "new.js" not in parts()

    run(work())


def test_a_request_of_any_size_is_an_answer_or_an_end(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve() as page:
            with suppress(ConnectionError):  # cut while the rest of it was still on its way
                assert (await page.ask(headers=["X: " + "a" * 1_000_000])).status == 400
            assert (await page.ask("/" + "a" * 10_000)).status == 404
            assert (await page.ask("/?" + "&".join(["token=a"] * 300))).status == 200
            assert (await page.ask("/?token=%ff%00%e2%80")).status == 200

    run(work())


# --- messages


def test_a_message_that_is_too_large_ends_its_own_connection(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve() as page, page.socket() as other:
            await hears(other)
            for size, pieces in product((LARGEST_COMMAND + 1, 10_000_000), (1, 50)):
                async with page.socket() as one:
                    await hears(one)
                    piece = " " * (size // pieces + 1)
                    sending = asyncio.ensure_future(one.send([piece] * pieces if pieces > 1 else piece))
                    assert (await end_of(one))[0] == 1009
                    await asyncio.gather(sending, return_exceptions=True)
            await still_well(page, other, hears)

    run(work())


async def still_well(page: Any, socket: ClientConnection, hears: Hears) -> None:
    """The others notice nothing."""
    await socket.send('{"do": "still_ok"}')
    assert (await hears(socket))["taken"] == ["still_ok"]
    assert page.model.taken == ["still_ok"]


MALFORMED = [
    "",
    "hello",
    "[]",
    '"do"',
    "null",
    "{}",
    '{"do": 1}',
    '{"do": null}',
    '{"do": "leg_ok"',
    '{"do": "leg_ok", "lane": NaN}',
    '{"do": "leg_ok", "lane": -Infinity}',
    '{"do": "leg_ok", "lane": 1e999}',
    '{"do": "leg_ok", "lane": [0]}',
    '{"do": "leg_ok", "lane": {"a": 1}}',
    '{"do": "note_ok", "band": "\\ud800"}',
    '{"do": "note_ok", "band": "red\\u001b[2J"}',
    '{"do": "note_ok", "band": "red\\u202e"}',
    '{"do": "note_ok", "band": "a\\u0000b"}',
    "[" * 4000,
    '{"do":' * 600,
    "9" * 4000,
]


def test_a_message_that_makes_no_sense_ends_its_own_connection_politely(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve() as page, page.socket() as other:
            await hears(other)
            for text in (*MALFORMED, b"\x00\x01", b'{"do": "leg_ok"}', b""):
                async with page.socket() as one:
                    await hears(one)
                    await one.send(text)
                    code, reason = await end_of(one)
                    assert code == 1007 and reason.startswith("a message must "), text
            await still_well(page, other, hears)

    run(work())


BROKEN = (
    b"\x81\x84\x00\x00\x00\x00\xff\xfe\xfd\xfc",  # text that is no UTF-8
    b"\x81\x02{}",  # not masked
    b"\xc1\x80\x00\x00\x00\x00",  # an extension that nobody agreed on
    b"\x83\x80\x00\x00\x00\x00",  # a kind that is not known
    b"\x80\x80\x00\x00\x00\x00",  # goes on with what never began
    b"\x89\xfe\x00\x80\x00\x00\x00\x00" + bytes(128),  # a ping that is too long
    b"\x88\x81\x00\x00\x00\x00\x00",  # a close with half a code
    b"\x81\xff" + b"\xff" * 8 + b"\x00" * 4,  # 2^64 bytes, they say
)


def test_bytes_that_break_the_protocol_end_their_own_connection_and_say_nothing_on_the_terminal(
    serve: Serve, run: Run, hears: Hears, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        async with serve() as page, page.socket() as other:
            await hears(other)
            for frame in BROKEN:
                reader, writer = await opened(page)
                writer.write(frame)
                await reader.read()  # to the end
                await shut(writer)
            for said in (b"\x16\x03\x01\x00\x05hello\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
                writer.write(said)
                assert (await reader.read()).startswith(b"HTTP/1.1 40")
                await shut(writer)
            await still_well(page, other, hears)

    run(work())
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name != "asyncio"] == []


async def shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def opened(page: Any, reads: int | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A viewer's connection, by hand. ``reads``: bytes that the system keeps for it while it reads nothing."""
    plain = sockets.socket()
    if reads is not None:
        plain.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, reads)
    plain.connect(("127.0.0.1", page.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    head = "\r\n".join(("GET /ws HTTP/1.1", f"Host: 127.0.0.1:{page.port}", *upgrade, key))
    writer.write(f"{head}\r\n\r\n".encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def test_who_goes_on_asking_for_what_cannot_be_is_sent_away(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve(limits=Limits(faults=5)) as page, page.socket() as one:
            await hears(one)
            for _ in range(5):
                await one.send('{"do": "fly"}')
                assert (await hears(one))["type"] == "error"
            await one.send('{"do": "fly"}')
            assert await end_of(one) == (1013, "too many messages that cannot be obeyed")

    run(work())


# --- who takes without giving


def test_a_slow_reader_is_dropped_with_a_reason_and_holds_up_nobody(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        limits = Limits(waiting=50, goodbye_s=0.05)
        async with serve(limits=limits) as page, page.socket() as other:
            await hears(other)
            _reader, writer = await opened(page, reads=4096)  # and never reads again
            while page.server.viewers < 2:
                await asyncio.sleep(0)
            sent, waited = 0, 0
            while page.server.viewers == 2:
                page.server.publish([{"type": "rep", "number": sent, "filler": "x" * 20_000}])
                sent += 1
                assert (await hears(other))["number"] == sent - 1
                waited += 1
            assert page.server.hub.farewells == {"too slow to keep up; come again for the whole picture": 1}
            assert waited < 1000
            async with page.socket() as again:  # and it comes back by itself
                assert (await hears(again))["type"] == "snapshot"
            await shut(writer)

    run(work())


def test_a_slow_reader_that_reads_again_hears_why(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve(limits=Limits(waiting=10)) as page, page.socket() as one:
            await hears(one)
            page.server.publish([{"type": "rep", "number": number} for number in range(12)])  # more than may wait
            assert await end_of(one) == (1013, "too slow to keep up; come again for the whole picture")

    run(work())


def test_one_message_that_nobody_takes_ends_the_connection_after_a_while(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve(limits=Limits(slow_s=0.05, goodbye_s=0.05)) as page:
            _reader, writer = await opened(page, reads=4096)
            while not page.server.viewers:
                await asyncio.sleep(0)
            page.server.publish([{"type": "rep", "filler": "x" * 5_000_000}, {"type": "rep", "filler": ""}])
            while page.server.viewers:
                await asyncio.sleep(0)
            assert list(page.server.hub.farewells) == ["too slow to keep up; come again for the whole picture"]
            await shut(writer)

    run(work())


def test_who_reads_nothing_does_not_hold_up_the_end(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve(limits=Limits(goodbye_s=0.05)) as page:
            stuck = [await opened(page, reads=4096) for _ in range(3)]
            while page.server.viewers < 3:
                await asyncio.sleep(0)
            page.server.publish([{"type": "rep", "filler": "x" * 5_000_000}])
            idle = await asyncio.open_connection("127.0.0.1", page.port)
            half = await asyncio.open_connection("127.0.0.1", page.port)
            half[1].write(b"GET / HT")
            began_s = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began_s < 10 * server.SHUTDOWN_S  # the machine may be busy
        assert page.server.viewers == 0
        for _, writer in (*stuck, idle, half):
            await shut(writer)

    run(work())


def test_viewers_are_as_many_as_can_be_served(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve(limits=Limits(viewers=2)) as page, page.socket() as one, page.socket() as two:
            await hears(one)
            await hears(two)
            async with page.socket() as three:
                assert await end_of(three) == (1013, "there are as many viewers as can be served")

    run(work())


def test_a_connection_that_says_nothing_is_cut(serve: Serve, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "IDLE_S", 0.05)

    async def work() -> None:
        async with serve() as page, page.socket() as viewer:
            await viewer.recv()
            for said in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "):
                reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
                writer.write(said)
                with suppress(ConnectionError):
                    assert await reader.read() == b""
                await shut(writer)
            page.server.publish([{"type": "rep"}])  # a viewer who says nothing stays
            assert json.loads(await viewer.recv()) == {"type": "rep"}

    run(work())


def test_connections_from_afar_do_not_keep_the_trainee_out(
    serve: Serve, run: Run, far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_FAR", 3)
    monkeypatch.setattr(server, "IDLE_S", 1000.0)

    async def work() -> None:
        async with serve(lan=True) as page:
            held = [await asyncio.open_connection(far, page.port, local_addr=(far, 0)) for _ in range(8)]
            ends = [asyncio.ensure_future(reader.read()) for reader, _ in held]
            while sum(each.done() for each in ends) < 5:
                await asyncio.sleep(0)
            assert (await page.ask()).status == 200
            for _, writer in held:
                writer.close()
            await asyncio.gather(*ends, *(writer.wait_closed() for _, writer in held), return_exceptions=True)

    run(work())


# --- the network


def test_without_lan_nobody_else_is_listened_to(serve: Serve, run: Run, far: str) -> None:
    async def work() -> None:
        async with serve() as page:
            with pytest.raises(ConnectionRefusedError):
                await page.ask(at=far)
            assert page.server.invitations == []

    run(work())


NO_TOKEN = (1008, "Nothing to see without the whole address that the session shows; it ends with the session.")
PATHS = ("/", "/static/index.html", "/static/nothing.js", "/nothing", "/ws", "/history", "/history.json")


def test_without_a_token_the_network_gets_nothing(
    serve: Serve, run: Run, far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # meant for another server on this computer

    async def work() -> None:
        async with serve(lan=True) as page:
            look, control = page.tokens
            wrong = (
                "",
                "?token=",
                f"?token={look[:-1]}",
                f"?token={control}a",
                f"?token={look}&token={control}",
                "?token=%00",
            )
            for query in wrong:
                answers = [await page.ask(path + query, at=far) for path in PATHS]
                assert [answer.status for answer in answers] == [403] * len(PATHS)
                assert len({answer.body for answer in answers}) == 1  # not even what there is
                assert await end_of(await page.socket(query, at=far)) == NO_TOKEN
            for header in (
                "X-Forwarded-For: 127.0.0.1",
                "Forwarded: for=127.0.0.1",
                "X-Real-IP: 127.0.0.1",
                "Cookie: a=b",
            ):
                assert (await page.ask(at=far, headers=[header])).status == 403
            for host in (f"127.0.0.1:{page.port}", f"localhost:{page.port}", f"evil.example:{page.port}"):
                assert (await page.ask(f"/?token={control}", at=far, host=f"Host: {host}")).status == 403
            assert (await page.ask()).status == 200  # this computer needs none

    run(work())


def test_who_may_look_sees_all_and_changes_nothing(serve: Serve, run: Run, hears: Hears, far: str) -> None:
    async def work() -> None:
        async with serve(lan=True) as page:
            look, _ = page.tokens
            first = await page.ask(f"/?token={look}", at=far)
            assert first.status == 200
            cookie = first.headers["set-cookie"]
            assert cookie == f"kickback_{page.port}={look}; HttpOnly; Path=/; SameSite=strict"
            kept = [f"Cookie: other=1; {cookie.split(';')[0]}"]
            assert (await page.ask("/static/index.html", at=far, headers=kept)).status == 200
            async with page.socket(f"?token={look}", at=far) as socket, page.socket() as near:
                assert (await hears(socket))["may_control"] is False
                assert (await hears(near))["may_control"] is True
                await socket.send('{"do": "leg_ok"}')
                assert await hears(socket) == {"type": "error", "text": MAY_ONLY_LOOK}
                assert page.model.taken == [] and page.asked == []
                await still_well(page, near, hears)
                assert (await hears(socket))["taken"] == ["still_ok"]
            # the token of the address counts, whatever the cookie says
            _, control = page.tokens
            async with page.socket(f"?token={look}", at=far, additional_headers=cookie_of(page, control)) as socket:
                assert (await hears(socket))["may_control"] is False
            async with page.socket(at=far, additional_headers=cookie_of(page, control)) as socket:
                assert (await hears(socket))["may_control"] is True

    run(work())


def test_who_may_look_sees_this_session_and_no_earlier_one(serve: Serve, run: Run, far: str, tmp_path: Path) -> None:
    async def work() -> None:
        with open_store(tmp_path / "kept.sqlite3") as store:
            async with serve(lan=True, store=store) as page:
                for token, status in zip(page.tokens, (403, 200), strict=True):
                    for path in ("/history", "/history.json"):
                        assert (await page.ask(f"{path}?token={token}", at=far)).status == status
                    async with page.socket(f"?token={token}", at=far) as socket:
                        assert json.loads(await socket.recv())["history"] is (status == 200)

    run(work())


def cookie_of(page: Any, token: str) -> dict[str, str]:
    return {"Cookie": f"kickback_{page.port}={token}"}


def test_who_may_control_does_and_only_from_this_page(serve: Serve, run: Run, hears: Hears, far: str) -> None:
    async def work() -> None:
        async with serve(lan=True) as page:
            _, control = page.tokens
            async with page.socket(f"?token={control}", at=far, origin=f"http://{far}:{page.port}") as socket:
                await hears(socket)
                await still_well(page, socket, hears)
            evil = {"Origin": "http://evil.example", **cookie_of(page, control)}
            assert "Another site" in await refused(page, at=far, additional_headers=evil)
            rebound = {"host": "evil.example", "origin": f"http://evil.example:{page.port}"}
            assert "not the address" in await refused(page, f"?token={control}", at=far, **rebound)

    run(work())


def test_tokens_are_void_when_the_session_ends(serve: Serve, run: Run, hears: Hears, far: str) -> None:
    async def work() -> None:
        async with serve(lan=True) as page:
            look, control = page.tokens
            async with page.socket(f"?token={look}", at=far) as socket, page.socket() as near:
                await hears(socket)
                await hears(near)
                page.server.publish([{"type": "ended"}])
                page.server.revoke()
                assert (await hears(socket))["type"] == "ended"
                assert await end_of(socket) == (1008, "the session has ended; this address is void")
                assert (await hears(near))["type"] == "ended"
                await still_well(page, near, hears)
            for token in (look, control):
                assert (await page.ask(f"/?token={token}", at=far)).status == 403
                assert await end_of(await page.socket(f"?token={token}", at=far)) == NO_TOKEN

    run(work())


def test_a_token_is_compared_in_a_time_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    really = hmac.compare_digest

    def spied(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return really(one, other)

    monkeypatch.setattr(hmac, "compare_digest", spied)
    here = Guard(8000, lan=True, look="look", control="control")

    def right(token: str, **headers: str) -> Right:
        return here.admit(Visit({"host": "192.0.2.2:8000", **headers}, f"token={token}", "192.0.2.9", "192.0.2.2", "/"))

    assert right("look") is Right.LOOK and right("control") is Right.CONTROL
    for token in ("l", "controlled", "ä", "x" * 10_000):
        with pytest.raises(Refused):
            right(token)
    assert len(compared) == 2 * 6
    assert all(len(given) <= 2 * guard.LONGEST_TOKEN for given, _ in compared)
    assert "control" not in repr(here) and "look" not in repr(here)


def test_on_the_usual_port_a_browser_leaves_the_port_out() -> None:
    here = Guard(80)

    def right(host: str, headers: Sequence[tuple[str, str]] = ()) -> Right:
        return here.admit(Visit({"host": host, **dict(headers)}, "", "127.0.0.1", "127.0.0.1", "/"))

    assert right("localhost", [("origin", "http://localhost")]) is right("127.0.0.1:80") is Right.CONTROL
    with pytest.raises(Refused):
        right("localhost:81")
