"""A session on the page, in the store, in the files: the same reps; and the page's place beside live and replay."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result
from websockets.asyncio.client import connect

from analysis.params import Params, Tempo
from analysis.results import Rep
from firmware_protocol.registry import Wish
from imu.blocks import Recording
from imu.simulate import simulate
from kickback import analyze
from kickback.cli import app
from kickback.commands.live import live
from kickback.commands.replay import Shown, play, raw_of
from kickback.errors import KickbackError
from kickback.live.air import Air
from kickback.live.keeping import Kept
from kickback.live.stage import Stage
from kickback.live.strap import Plan
from kickback.live.view import LineView
from kickback.live.worn import worn_of
from kickback.page import session as page_session
from kickback.page.session import Page
from kickback.page.wish import PORT, PageWish
from kickback.session import load, pipeline_for
from kickback.store import SessionRow, open_store

PARAMS = Params(tempo=Tempo.parse("1-0-1-1"))


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@dataclass(frozen=True)
class Held:
    """A session of a virtual sensor that was kept."""

    code: int
    out: str
    folder: Path
    row: SessionRow
    reps: tuple[Rep, ...]

    @property
    def raw(self) -> Path:
        (path,) = self.folder.glob("*.kbraw")
        return path


@pytest.fixture(scope="module")
def quick() -> Recording:
    """Five seconds with three quick reps."""
    whole = simulate("fast", seed=13, reps=3).recording()
    return whole.between(whole.header.start_s + 22.0, whole.header.start_s + 27.0)


@pytest.fixture(scope="module")
def held(quick: Recording, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """With the page and the store beside it; nobody watches."""
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    from imu.virtual_backend import virtual_radio
    from imu.virtual_sensor import VirtualSensor

    folder = tmp_path_factory.mktemp("kept")
    sensor = VirtualSensor(quick, name="Kickback 7", serial="VIRTUAL-7")
    air = Air(lambda: virtual_radio(sensor), quick, lambda: sensor.played_out)
    plan = Plan(worn_of(["Kickback 7"], ["left"]), PARAMS, Wish(), folder, 30.0, quick, " --tempo 1-0-1-1")
    out = io.StringIO()
    with open_store(folder / "store.sqlite3") as store, redirect_stdout(out):
        code = live(plan, air, PageWish(browser=False), Kept(store, "Ann"))
        (row,) = store.sessions()
        assert all(each.final for each in store.reps(row.id))
        return Held(code, out.getvalue(), folder, row, tuple(each.rep for each in store.reps(row.id)))


def test_the_session_is_kept_with_all_that_was_set(held: Held) -> None:
    assert held.code == 0, held.out
    row = held.row
    assert (row.person, row.exercise, row.tempo, row.simulated) == ("Ann", "kickback", "1-0-1-1", True)
    assert row.ended is not None
    assert row.ended > row.started
    assert row.lanes[0].raw == held.raw
    assert (row.lanes[0].name, row.lanes[0].leg) == ("Kickback 7", "left")
    endings = sorted(path.name.split(".", 1)[1] for path in row.files)
    assert endings == ["csv", "json", "kbraw", "report.html", "reps.csv", "summary.json"]
    assert all(path.is_file() for path in row.files)


def test_the_page_is_said_and_does_not_stay_for_nobody(held: Held) -> None:
    lines = held.out.splitlines()
    assert any(line.startswith("The page: http://127.0.0.1:") for line in lines)
    assert not any("The page stays" in line for line in lines)


def test_store_page_replay_and_analysis_have_the_same_reps(held: Held) -> None:
    analysis = analyze(held.raw)
    assert len(analysis.all_reps) == 3
    assert held.reps == tuple(analysis.all_reps), "to the last bit"

    out = io.StringIO()
    recording = load(held.raw)
    pipeline = pipeline_for(recording, analysis.params)
    shown = Shown(recording, analysis.params, float("inf"), held.raw.name, raw_of(held.raw))
    stage = shown.stage()
    page = Page(PageWish(browser=False), lambda line: None, live=False)
    replayed, interrupted = play(shown, pipeline, LineView(Console(file=out), stage), stage, page)
    assert not interrupted
    assert replayed.all_reps == analysis.all_reps
    assert page.model is not None
    picture = page.model.snapshot()
    assert (picture["live"], picture["ended"], picture["simulated"]) == (False, True, True)
    (closed,) = picture["lanes"][0]["closed"]
    on_page = [(rep["rep"], rep["at_s"], rep["rom_deg"], rep["tempo"]) for rep in closed["reps"]]
    assert on_page == [(r.rep, round(r.start_s, 3), round(r.rom_deg, 1), r.tempo_code) for r in analysis.all_reps]
    assert out.getvalue().count("  rep ") == 3, "in the terminal beside it"


def test_the_history_has_it(held: Held) -> None:
    done = run("history", "--store", held.folder / "store.sqlite3", "--simulated", "--json")
    assert done.exit_code == 0, done.output
    assert '"Ann"' in done.stdout
    assert json.loads(done.stdout)


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
            page.ended("It is over.", [Path("a.csv")])
            staying = asyncio.ensure_future(page.stay(30.0))
            late = await picture_of(page.url)
            staying.cancel()
            return late

    late = asyncio.run(story())
    assert (late["ended"], late["end"]) == (True, {"files": ["a.csv"], "text": "It is over."})
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
    assert page.model.snapshot()["end"]["text"] == "The replay is over."


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
