"""The page beside a replay: where it is served, who is told the end, and what may be typed."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result
from websockets.asyncio.client import connect

from analysis.params import Params, Tempo
from imu.blocks import Recording
from kickback.cli import app
from kickback.commands.replay import Shown, play
from kickback.errors import KickbackError
from kickback.live.stage import Stage
from kickback.live.view import LineView
from kickback.page import session as page_session
from kickback.page.session import Page
from kickback.page.wish import PORT, PageWish
from kickback.session import pipeline_for

PARAMS = Params(tempo=Tempo.parse("1-0-1-1"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@dataclass
class Shop:
    """A page that is served for a replay of nothing, and what was said of it."""

    page: Page
    said: list[str]
    opened: list[str]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, quick: Recording) -> Shop:
    said: list[str] = []
    opened: list[str] = []
    page = Page(PageWish(), said.append, live=False, browse=opened.append)
    page.show(Shown(quick, PARAMS, 1.0, "quick").stage(), PARAMS)
    return Shop(page, said, opened)


async def picture_of(url: str) -> dict[str, Any]:
    async with connect(url.replace("http", "ws") + "ws", origin=url.rstrip("/")) as socket:  # type: ignore[arg-type]  # an origin is text
        picture: dict[str, Any] = json.loads(await socket.recv())
        return picture


def test_whoever_watched_is_told_the_end(shop: Shop) -> None:
    async def story() -> dict[str, Any]:
        async with shop.page as page:
            await page.serve()
            await picture_of(page.url)
            page.ended("It is over.", files=[Path("a.csv")])
            staying = asyncio.ensure_future(page.stay(30.0))
            late = await picture_of(page.url)
            staying.cancel()
            return late

    late = asyncio.run(story())
    said = [dict[str, object](text="It is over.", key=None, values={})]
    assert (late["ended"], late["end"]) == (True, {"files": ["a.csv"], "text": "It is over.", "said": said})
    assert "The page stays for 30 s; Ctrl-C closes it." in shop.said


def test_a_taken_port_is_another_one_unless_it_was_asked_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(page_session, "PORT", port)

        async def served(page: Page) -> str:
            async with page:
                await page.serve()
                return page.url

        assert f":{port}/" not in asyncio.run(served(shop.page))
        mine = Page(PageWish(port=port), lambda line: None, live=False)
        mine.show(Stage([]), PARAMS)
        with pytest.raises(KickbackError, match=str(port)):
            asyncio.run(served(mine))
    assert PORT == 8571, "the page of commands says so"


@pytest.mark.parametrize("display", [False, True])
def test_the_browser_is_opened_where_there_is_a_display(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, display: bool
) -> None:
    monkeypatch.setattr(page_session, "has_display", lambda: display)
    opening = asyncio.Event()

    async def story() -> None:
        loop = asyncio.get_running_loop()

        def browse(url: str) -> None:
            shop.opened.append(url)
            loop.call_soon_threadsafe(opening.set)

        shop.page._browse = browse
        async with shop.page as page:
            await page.serve()
            if display:
                await asyncio.wait_for(opening.wait(), 5.0)
            await page.watched(0.0)

    asyncio.run(story())
    assert len(shop.opened) == display


def test_the_end_on_the_page_ends_a_replay(quick: Recording) -> None:
    """At a speed at which it would take hours."""
    shown = Shown(quick, PARAMS, 0.001, "quick")
    stage = shown.stage()
    tasks: list[asyncio.Task[None]] = []

    class Ending(Page):
        async def watched(self, seconds: float = 0.0) -> None:
            tasks.append(asyncio.ensure_future(self._ask()))

        async def _ask(self) -> None:
            async with connect(self.url.replace("http", "ws") + "ws") as there:
                await there.recv()
                await there.send('{"do": "end"}')
                async for text in there:
                    if json.loads(text)["type"] == "ended":
                        return

        async def stay(self, seconds: float = 0.0) -> None:
            await tasks[0]

    page = Ending(PageWish(browser=False), lambda line: None, live=False)
    _, interrupted = play(shown, pipeline_for(quick, PARAMS), LineView(Console(file=io.StringIO()), stage), stage, page)
    assert not interrupted
    assert page.model is not None
    assert page.model.snapshot()["end"]["text"] == "It was a recording; nothing was kept."


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("live", "--lan"), "--lan is about the page: say --page, too"),
        (("replay", "x.csv", "--port", "80"), "--port is about the page"),
        (("demo", "--no-browser"), "--no-browser is about the page"),
        (("demo", "--page", "--no-replay"), "--page shows the replay"),
        (("live", "--no-store", "--resume"), "--resume needs the store: leave out --no-store"),
        (("live", "--no-store", "--person", "Ann"), "--person needs the store"),
        (("live", "--person", "A" * 200), "at most 100 letters"),
        (("live", "--replay", "x.csv", "--resume"), "keeps nothing"),
        (("live", "--page", "--port", "0"), "greater than or equal to 1"),
    ],
)
def test_wrong_usage_is_code_2_and_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert why in " ".join(done.stderr.split())
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A network of its own."""
    monkeypatch.setattr("kickback.page.server.lan_addresses", lambda: ["127.0.0.1"])
    yield


def test_with_lan_both_addresses_are_said_with_codes(codes: None, quick: Recording) -> None:
    said: list[str] = []
    page = Page(PageWish(lan=True, browser=False), said.append, live=False)
    page.show(Stage([]), PARAMS)

    async def served() -> None:
        async with page:
            await page.serve()

    asyncio.run(served())
    text = "\n".join(said)
    assert "To look: http://127.0.0.1:" in text
    assert "To control: http://127.0.0.1:" in text
    assert text.count("▀") > 50


def test_nothing_of_the_page_or_the_store_is_loaded_before_it_is_used() -> None:
    heavy = {"starlette", "uvicorn", "websockets", "sqlite3", "segno", "platformdirs"}
    code = f"import sys, kickback.cli; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
