"""Who takes without giving: slow readers, silent ones, and too many."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from kickback.page import server
from kickback.page.viewer import Limits

Serve = Callable[..., Any]
Run = Callable[[Awaitable[None]], None]
Hears = Callable[[ClientConnection], Awaitable[dict[str, Any]]]


def test_a_slow_reader_is_dropped_with_a_reason_and_holds_up_nobody(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        limits = Limits(waiting=50, goodbye_s=0.05)
        async with serve(limits=limits) as page, page.socket() as other:
            await hears(other)
            _reader, writer = await page.opened(reads=4096)  # and never reads again
            while page.server.viewers < 2:
                await asyncio.sleep(0)
            sent, waited = 0, 0
            while page.server.viewers == 2:
                page.server.publish([{"type": "rep", "number": sent, "filler": "x" * 20_000}])
                sent += 1
                assert (await hears(other))["number"] == sent - 1
                waited += 1
            assert page.server.hub.farewells == {"too slow to keep up; come again for the whole picture": 1}
            assert waited < 5000
            while page.server.connections > 1:  # nothing of it lingers
                await asyncio.sleep(0)
            async with page.socket() as again:  # and it comes back by itself
                assert (await hears(again))["type"] == "snapshot"
            await page.shut(writer)

    run(work())


def test_a_slow_reader_that_reads_again_hears_why(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve(limits=Limits(waiting=10)) as page, page.socket() as one:
            await hears(one)
            page.server.publish([{"type": "rep", "number": number} for number in range(12)])  # more than may wait
            assert await page.end_of(one) == (1013, "too slow to keep up; come again for the whole picture")

    run(work())


def test_one_message_that_nobody_takes_ends_the_connection_after_a_while(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve(limits=Limits(slow_s=0.05, goodbye_s=0.05)) as page:
            _reader, writer = await page.opened(reads=4096)
            while not page.server.viewers:
                await asyncio.sleep(0)
            page.server.publish([{"type": "rep", "filler": "x" * 20_000_000}, {"type": "rep", "filler": ""}])
            while page.server.viewers:
                await asyncio.sleep(0)
            assert list(page.server.hub.farewells) == ["too slow to keep up; come again for the whole picture"]
            await page.shut(writer)

    run(work())


def test_who_reads_nothing_does_not_hold_up_the_end(serve: Serve, run: Run) -> None:
    async def work() -> None:
        async with serve(limits=Limits(goodbye_s=0.05)) as page:
            stuck = [await page.opened(reads=4096) for _ in range(3)]
            while page.server.viewers < 3:
                await asyncio.sleep(0)
            page.server.publish([{"type": "rep", "filler": "x" * 20_000_000}])
            idle = await asyncio.open_connection("127.0.0.1", page.port)
            half = await asyncio.open_connection("127.0.0.1", page.port)
            half[1].write(b"GET / HT")
            began_s = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began_s < 10 * server.SHUTDOWN_S  # the machine may be busy
        assert page.server.viewers == 0
        for _, writer in (*stuck, idle, half):
            await page.shut(writer)

    run(work())


def test_viewers_are_as_many_as_can_be_served(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve(limits=Limits(viewers=2)) as page, page.socket() as one, page.socket() as two:
            await hears(one)
            await hears(two)
            async with page.socket() as three:
                assert await page.end_of(three) == (1013, "there are as many viewers as can be served")

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
                await page.shut(writer)
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
