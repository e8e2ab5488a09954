"""A session on the page, in the store, in the files: the same reps; and the page's place beside live and replay."""

from __future__ import annotations

import io
import json
import socket
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from analysis.params import Params, Tempo
from analysis.results import Rep
from firmware_protocol.registry import Advert, Wish
from imu.blocks import Recording
from imu.link import Found, LinkError, NoAdapter
from imu.status import Times
from kickback import analyze
from kickback.cli import app
from kickback.commands.live import live
from kickback.commands.replay import Shown, play, raw_of
from kickback.errors import KickbackError
from kickback.live.air import Air
from kickback.live.goingon import earlier
from kickback.live.keeping import Kept
from kickback.live.strap import Plan
from kickback.live.view import LineView
from kickback.live.worn import worn_of
from kickback.page.session import Page
from kickback.page.wish import PageWish
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
    assert on_page == [(r.rep, round(r.start_s, 3), round(r.rom_deg, 3), r.tempo_code) for r in analysis.all_reps]
    assert out.getvalue().count("  rep ") == 3, "in the terminal beside it"


def test_the_history_has_it(held: Held) -> None:
    done = run("history", "--store", held.folder / "store.sqlite3", "--simulated", "--json")
    assert done.exit_code == 0, done.output
    assert '"Ann"' in done.stdout
    assert json.loads(done.stdout)


class NoRadio:
    """Finds nothing to find with, or one sensor that never says a word."""

    def __init__(self, there: bool) -> None:
        self._there = there

    async def scan(self, seconds: float, enough: object = None) -> list[Found]:
        if not self._there:
            raise NoAdapter("This machine has no Bluetooth adapter.")
        return [Found("A", Advert("Kickback 7", frozenset({"6b620100-1f0e-4c57-9a6d-2d8b3f5c7e91"})), -70)]

    async def connect(self, found: Found, lost: object) -> Any:
        return Mute()

    def air(self) -> Air:
        return Air(lambda: nullcontext(self))


class Mute:
    """A link that is there, and to nothing."""

    mtu = None
    characteristics: frozenset[str] = frozenset()

    async def read(self, uuid: str) -> bytes:
        raise LinkError("there is no such characteristic")

    async def write(self, uuid: str, data: bytes, response: bool) -> None:
        raise LinkError("it takes nothing")

    async def subscribe(self, uuid: str, callback: object) -> None:
        raise LinkError("it says nothing")

    async def close(self) -> None:
        return None


def test_without_bluetooth_the_replay_is_on_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = Plan(worn_of([], []), PARAMS, Wish(), tmp_path, 0.01)
    with open_store(tmp_path / "store.sqlite3") as store:
        assert live(plan, NoRadio(False).air(), PageWish(browser=False), Kept(store)) == 1
        assert store.sessions() == [], "a replay is not kept"
    said = capsys.readouterr().out.splitlines()
    assert any(line.startswith("The page: http://127.0.0.1:") for line in said)
    assert "REPLAY of clean_set.csv, not live" in said


def test_a_page_that_cannot_be_served_leaves_no_session_behind(tmp_path: Path) -> None:
    plan = Plan(worn_of([], ["left"]), PARAMS, Wish(), tmp_path)
    with socket.socket() as taken, open_store(tmp_path / "store.sqlite3") as store:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(KickbackError, match=str(port)):
            live(plan, NoRadio(True).air(), PageWish(port, browser=False), Kept(store))
        assert store.sessions() == []


def test_a_sensor_that_is_gone_for_good_leaves_a_session_to_go_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = Times(alone_s=0.0, tries=1, deadline_s=0.05)
    plan = Plan(worn_of([], ["left"]), PARAMS, Wish(), tmp_path, times=times)
    with open_store(tmp_path / "store.sqlite3") as store:
        assert live(plan, NoRadio(True).air(), None, Kept(store)) == 1
        (row,) = store.unfinished()
        assert row.lanes[0].name == "Kickback 7"
        assert earlier(store, row).sets(0) == 0
    assert "`kickback live --resume` goes on with this session." in capsys.readouterr().err
