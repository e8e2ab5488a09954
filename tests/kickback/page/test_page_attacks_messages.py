"""Messages and bytes that are none of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from kickback.page.guard import LARGEST_COMMAND
from kickback.page.viewer import Limits

Serve = Callable[..., Any]
Run = Callable[[Awaitable[None]], None]
Hears = Callable[[ClientConnection], Awaitable[dict[str, Any]]]


def test_a_message_that_is_too_large_ends_its_own_connection(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve() as page, page.socket() as other:
            await hears(other)
            for size, pieces in product((LARGEST_COMMAND + 1, 10_000_000), (1, 50)):
                async with page.socket() as one:
                    await hears(one)
                    piece = " " * (size // pieces + 1)
                    sending = asyncio.ensure_future(one.send([piece] * pieces if pieces > 1 else piece))
                    assert (await page.end_of(one))[0] == 1009
                    await asyncio.gather(sending, return_exceptions=True)
            await page.still_well(other)

    run(work())


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
                    code, reason = await page.end_of(one)
                    assert code == 1007 and reason.startswith("a message must "), text
            await page.still_well(other)

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
                reader, writer = await page.opened()
                writer.write(frame)
                await reader.read()  # to the end
                await page.shut(writer)
            for said in (b"\x16\x03\x01\x00\x05hello\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
                writer.write(said)
                assert (await reader.read()).startswith(b"HTTP/1.1 40")
                await page.shut(writer)
            await page.still_well(other)

    run(work())
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name != "asyncio"] == []


def test_who_goes_on_asking_for_what_cannot_be_is_sent_away(serve: Serve, run: Run, hears: Hears) -> None:
    async def work() -> None:
        async with serve(limits=Limits(faults=5)) as page, page.socket() as one:
            await hears(one)
            for _ in range(5):  # a person who errs now and then
                await one.send('{"do": "fly"}')
                assert (await hears(one))["type"] == "error"
                await one.send('{"do": "leg_ok"}')
                assert (await hears(one))["type"] == "settings"
            for _ in range(5):
                await one.send('{"do": "fly"}')
                assert (await hears(one))["type"] == "error"
            await one.send('{"do": "fly"}')
            assert await page.end_of(one) == (1013, "too many messages that cannot be obeyed")

    run(work())
