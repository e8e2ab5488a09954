"""What others in the network may try."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from kickback.page import guard
from kickback.page.guard import Guard, Refused, Right, Visit
from kickback.page.hub import MAY_ONLY_LOOK
from kickback.page.shapes import error_of
from kickback.store import open_store

Serve = Callable[..., Any]
Run = Callable[[Awaitable[None]], None]
Hears = Callable[[ClientConnection], Awaitable[dict[str, Any]]]


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
                assert await page.end_of(await page.socket(query, at=far)) == NO_TOKEN
            for header in (
                "X-Forwarded-For: 127.0.0.1",
                "Forwarded: for=127.0.0.1",
                "X-Real-IP: 127.0.0.1",
                "Cookie: a=b",
            ):
                assert (await page.ask(at=far, headers=[header])).status == 403
            here = f"Host: 127.0.0.1:{page.port}"
            assert (await page.ask(at=far, host=here, headers=["X-Forwarded-For: 127.0.0.1"])).status == 403
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
                assert await hears(socket) == error_of(MAY_ONLY_LOOK)
                assert page.model.taken == [] and page.asked == []
                await page.still_well(near)
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


@pytest.mark.parametrize(("person", "theirs"), [("Ann", {"Ann"}), (None, {None}), ("Zoe", set())])
def test_who_may_control_sees_the_history_of_this_sessions_person_alone(
    serve: Serve, run: Run, far: str, tmp_path: Path, person: str | None, theirs: set[str | None]
) -> None:
    """By the address and by the cookie; who sits at this computer sees everybody's."""

    async def work() -> None:
        with open_store(tmp_path / "kept.sqlite3") as store:
            for name in ("Ann", "Bo", None):
                store.begin_session(
                    person=name,
                    started=datetime(2026, 11, 24, 18, 5, tzinfo=UTC),
                    software="0.1.0",
                    exercise="kickback",
                    tempo="3-0-1-1",
                    params={},
                    lanes=[],
                    simulated=True,
                )
            async with serve(lan=True, store=store, person=person) as page:
                _, control = page.tokens
                cookie = [f"Cookie: kickback_{page.port}={control}"]
                by_token = await page.ask(f"/history.json?token={control}", at=far)
                by_cookie = await page.ask("/history.json", at=far, headers=cookie)
                asked_for_more = await page.ask(f"/history.json?token={control}&person=Bo", at=far)
                for answer in (by_token, by_cookie, asked_for_more):
                    assert people_in(answer) == theirs
                    assert b"Bo" not in answer.body
                assert people_in(await page.ask("/history.json")) == {"Ann", "Bo", None}

    run(work())


def people_in(answer: Any) -> set[str | None]:
    """Whose history was answered."""
    assert answer.status == 200
    return {one["person"] for one in json.loads(answer.body)["histories"]}


def cookie_of(page: Any, token: str) -> dict[str, str]:
    return {"Cookie": f"kickback_{page.port}={token}"}


def test_who_may_control_does_and_only_from_this_page(serve: Serve, run: Run, hears: Hears, far: str) -> None:
    async def work() -> None:
        async with serve(lan=True) as page:
            _, control = page.tokens
            async with page.socket(f"?token={control}", at=far, origin=f"http://{far}:{page.port}") as socket:
                await hears(socket)
                await page.still_well(socket)
            evil = {"Origin": "http://evil.example", **cookie_of(page, control)}
            assert "Another site" in await page.refused(at=far, additional_headers=evil)
            rebound = {"host": "evil.example", "origin": f"http://evil.example:{page.port}"}
            assert "not the address" in await page.refused(f"?token={control}", at=far, **rebound)

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
                assert await page.end_of(socket) == (1008, "the session has ended; this address is void")
                assert (await hears(near))["type"] == "ended"
                await page.still_well(near)
            for token in (look, control):
                assert (await page.ask(f"/?token={token}", at=far)).status == 403
                assert await page.end_of(await page.socket(f"?token={token}", at=far)) == NO_TOKEN

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
