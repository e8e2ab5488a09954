"""What a page of another site, or a request that no browser sends, may try."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import product
from typing import Any

from kickback.page.site import parts

Serve = Callable[..., Any]
Run = Callable[[Awaitable[None]], None]


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
            assert "not the address" in await page.refused(host="evil.example", origin=f"http://evil.example:{port}")
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
                assert "Another site" in await page.refused(additional_headers={"Origin": said})
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
