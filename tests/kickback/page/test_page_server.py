"""The page is served beside a session, to several viewers, and neither disturbs the other."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import segno
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from kickback.errors import KickbackError
from kickback.page import lan
from kickback.page.guard import Right
from kickback.page.history import history_document
from kickback.page.server import PageServer, PortTaken
from kickback.page.shapes import error_of
from kickback.page.site import TYPES, parts
from kickback.page.viewer import Limits, Viewer
from kickback.store import LaneFacts, open_store

Serve = Callable[..., Any]
Run = Callable[[Awaitable[None]], None]
Hears = Callable[[ClientConnection], Awaitable[dict[str, Any]]]


def progress(count: int, lane: int = 0) -> dict[str, Any]:
    return {"type": "progress", "lane": lane, "count": count}


def rep(number: int) -> dict[str, Any]:
    return {"type": "rep", "lane": 0, "rep": {"rep": number}}


def test_every_part_comes_from_the_package_with_its_type_and_a_tag(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve() as page:
            assert "index.html" in parts()
            for name, part in parts().items():
                answer = await page.ask(f"/static/{name}")
                assert (answer.status, answer.body) == (200, part.body), name
                assert answer.headers["content-type"] == TYPES["." + name.rpartition(".")[2]]
                assert answer.headers["cache-control"] == "no-cache"
                again = await page.ask(f"/static/{name}", headers=[f"If-None-Match: {answer.headers['etag']}"])
                assert (again.status, again.body) == (304, b"")
            first = await page.ask("/", host=f"Host: LocalHost:{page.port}")
            assert (first.status, first.body) == (200, parts()["index.html"].body)
            assert (await page.ask("/", method="HEAD")).body == b""
            assert (await page.ask("/static/nothing.js")).status == 404
            assert (await page.ask("/static/")).status == 404

    run(work())


def test_every_answer_forbids_what_comes_from_outside(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve() as page:
            for path in ("/", "/static/index.html", "/static/nothing.js", "/nothing", "/ws"):
                headers = (await page.ask(path)).headers
                policy = headers["content-security-policy"]
                assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
                assert "unsafe" not in policy and "*" not in policy
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["referrer-policy"] == "no-referrer"
                assert headers["cross-origin-resource-policy"] == "same-origin"
                assert "server" not in headers and "access-control-allow-origin" not in headers

    run(work())


def test_the_page_names_no_part_that_is_not_there_and_none_from_outside() -> None:
    text = parts()["index.html"].body.decode()
    named = re.findall(r'(?:src|href)="([^"#]+)"', text)
    assert named
    for name in named:
        assert name in ("data:,", "/", "/history") or name.removeprefix("/static/") in parts(), name
    assert "<style" not in text and " style=" not in text and not re.search(r"<script(?![^>]*src=)", text)


def test_a_viewer_gets_the_whole_and_then_what_is_new(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve() as page, page.socket() as first:
            snapshot = {"type": "snapshot", "v": 1, "taken": [], "may_control": True, "history": False}
            assert await hears(first) == snapshot
            await first.send('{"do": "leg_ok", "lane": 0, "leg": "left"}')
            assert await hears(first) == {"type": "settings", "taken": ["leg_ok"]}
            assert page.asked == [{"do": "leg_ok", "lane": 0, "leg": "left"}]
            async with page.socket() as second:
                assert (await hears(second))["taken"] == ["leg_ok"]
                page.server.publish([rep(1), progress(1)])
                for viewer in (first, second):
                    assert [await hears(viewer), await hears(viewer)] == [rep(1), progress(1)]
                assert page.server.viewers == 2 and page.server.watched.is_set()

    run(work())


def test_nothing_is_missed_or_told_twice_by_one_who_joins_in_the_middle(serve: Serve, run: Run, hears: Hears) -> None:
    """Each message is in the snapshot or comes after it, whenever the viewer joins."""

    async def work() -> None:
        async with serve() as page:
            done = asyncio.Event()

            async def train() -> None:
                number = 0
                while not done.is_set():
                    number += 1
                    page.model.taken.append(str(number))
                    page.server.publish([rep(number)])
                    await asyncio.sleep(0)

            training = asyncio.ensure_future(train())
            for _ in range(5):
                async with page.socket() as socket:
                    known = (await hears(socket))["taken"]
                    news = [str((await hears(socket))["rep"]["rep"]) for _ in range(20)]
                    assert known + news == [str(number) for number in range(1, len(known) + 21)]
            done.set()
            await training

    run(work())


def test_what_cannot_be_done_is_told_to_the_one_who_asked(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve() as page, page.socket() as one, page.socket() as other:
            await hears(one)
            await hears(other)
            await one.send('{"do": "fly"}')
            assert await hears(one) == error_of("fly: there is no such command")
            page.server.publish([rep(1)])
            assert await hears(other) == rep(1)
            assert page.asked == []

    run(work())


def test_a_fault_of_ours_ends_neither_the_session_nor_the_others(
    serve: Serve, run: Run, hears: Hears, capfd: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        async with serve(fault="RuntimeError: a fault of ours") as page, page.socket() as one, page.socket() as other:
            await hears(one)
            await hears(other)
            await one.send('{"do": "break"}')
            with pytest.raises(ConnectionClosed):
                await one.recv()
            page.server.publish([rep(1)])
            assert await hears(other) == rep(1)

    run(work())
    assert capfd.readouterr() == ("", "")


def test_only_the_newest_progress_waits_and_it_keeps_its_place_behind_the_reps() -> None:
    async def work() -> None:
        viewer = Viewer(True, True, 256)
        for message in (progress(0), rep(1), progress(1), progress(7, lane=1), rep(2), progress(2)):
            key = (message["type"], message["lane"]) if message["type"] == "progress" else None
            viewer.put(key, json.dumps(message))
        heard = [json.loads(str(await viewer.next())) for _ in range(4)]
        assert heard == [rep(1), progress(7, lane=1), rep(2), progress(2)]

    asyncio.run(work())


def test_a_viewer_hears_all_and_why_before_the_end(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve() as page:
            socket = await page.socket()
            await hears(socket)
            page.server.publish([rep(1), {"type": "ended", "files": [], "text": ""}])
        assert [(await hears(socket))["type"] for _ in range(2)] == ["rep", "ended"]
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "the session has ended")

    run(work())


def test_the_sessions_signals_and_its_log_stay_its_own(serve: Serve, run: Run) -> None:
    async def work() -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), logging.getLogger().handlers[:]
        async with serve() as page:
            await page.ask()
            now = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), logging.getLogger().handlers[:]
            assert now == before

    run(work())


def test_a_port_that_is_taken_is_one_line(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve() as page:
            with pytest.raises(PortTaken) as taken:
                async with PageServer(page.model, port=page.port):
                    pass
            assert str(taken.value) == (
                f"--port {page.port}: another program uses this port, maybe another session; "
                "end it, or choose another one"
            )
        async with PageServer(page.model, port=page.port) as again:  # free as soon as the session is over
            assert again.url == page.server.url
        with pytest.raises(KickbackError, match="a number from 0 to 65535"):
            async with PageServer(page.model, port=70_000):
                pass

    run(work())


def test_invitations_are_two_and_a_camera_can_read_them(serve: Serve, run: Run, far: str) -> None:
    async def work() -> None:
        async with serve(lan=True) as page:
            look, control = page.server.invitations
            assert (look.right, control.right) == (Right.LOOK, Right.CONTROL)
            for each, token in zip((look, control), page.tokens, strict=True):
                assert each.url == f"http://{far}:{page.port}/?token={token}" and len(token) >= 22
                assert each.text == f"To {each.right.name.lower()}: {each.url}"
                assert read_blocks(each.qr_text(colours=False)) == segno.make_qr(each.url, error="l").matrix
                assert all(re.fullmatch("\x1b\\[97;40m[▀▄█ ]+\x1b\\[0m", line) for line in each.qr_text().splitlines())
            assert page.tokens[0] != page.tokens[1]
        async with serve(lan=True) as page_after:
            assert not set(page_after.tokens) & set(page.tokens)

    run(work())


def read_blocks(text: str) -> tuple[bytearray, ...]:
    """The modules of a code that is drawn with half blocks, without the quiet ones around."""
    rows = []
    for line in text.splitlines():
        rows.append([sign not in "▀█" for sign in line])
        rows.append([sign not in "▄█" for sign in line])
    width = len(rows[0])
    inner = rows[lan.QUIET : width - lan.QUIET]
    return tuple(bytearray(row[lan.QUIET : width - lan.QUIET]) for row in inner)


def test_without_a_network_lan_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KickbackError, match="--lan: this computer is in no network"):
        lan.invitations([], 8000, "a", "b")
    assert all(not address.startswith("127.") for address in lan.lan_addresses())
    first = lan.invitations(["192.0.2.7", "198.51.100.7"], 80, "a", "b")[0]
    assert (first.url, first.also) == ("http://192.0.2.7/?token=a", ("http://198.51.100.7/?token=a",))


def test_the_history_is_there_where_sessions_are_kept(serve: Serve, run: Run, hears: Hears, tmp_path: Path) -> None:
    async def work() -> None:
        with open_store(tmp_path / "kept.sqlite3") as store:
            started, lanes = datetime(2026, 1, 5, 18, 0, tzinfo=UTC), [LaneFacts("ankle", "left")]
            what: dict[str, Any] = {"software": "0", "exercise": "kickback", "tempo": "3-0-1-1", "params": {}}
            store.begin_session(person="Ann", started=started, lanes=lanes, simulated=False, **what)
            async with serve(store=store) as page, page.socket() as socket:
                assert (await hears(socket))["history"] is True
                answer = await page.ask("/history.json")
                assert answer.headers["content-type"] == "application/json"
                assert answer.headers["cache-control"] == "no-store"
                assert json.loads(answer.body) == json.loads(json.dumps(history_document(store)))
                assert b"Ann" in answer.body
                assert (await page.ask("/history")).body == parts()["history.html"].body
        async with serve() as page:
            assert [(await page.ask(path)).status for path in ("/history", "/history.json")] == [404, 404]

    run(work())


def test_a_store_that_cannot_be_read_is_one_line(serve: Serve, run: Run, tmp_path: Path) -> None:
    async def work() -> None:
        store = open_store(tmp_path / "kept.sqlite3")
        store.close()
        async with serve(store=store) as page:
            answer = await page.ask("/history.json")
            assert answer.status == 503 and answer.body.startswith(str(store.path).encode())
            assert b"\n" not in answer.body and b"Traceback" not in answer.body

    run(work())


def test_a_message_without_a_place_in_json_is_our_fault(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve(limits=Limits()) as page:
            with pytest.raises(ValueError, match="not JSON compliant"):
                page.server.publish([{"type": "rep", "at_s": float("nan")}])

    run(work())
