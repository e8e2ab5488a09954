"""The view beside the terminal: the page is told what the terminal is told, and what the analysis says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from analysis.results import Event
from imu.blocks import SampleBlock
from kickback.live.keeping import NOT_KEPT, Kept, KeptView
from kickback.live.stage import Lane, Stage
from kickback.live.watch import Watch
from kickback.page.model import PageModel
from kickback.page.server import PageServer
from kickback.page.view import FAULTY, PageView
from kickback.session import analyze, pipeline_for
from recordings import read, shipped_path

Run = Callable[[Awaitable[None]], None]
Hears = Callable[[ClientConnection], Awaitable[dict[str, Any]]]


def test_the_page_is_told_the_reps_that_the_analysis_gives(run: Run, hears: Hears) -> None:
    """The same trace beside a page and offline, cut into other blocks: the same reps, to the last digit shown."""
    recording = read(shipped_path("two_legs_walking"))
    offline = analyze(recording)
    stage = Stage([Lane.of(recording.header, offline.params)])
    model = PageModel(stage, offline.params.tempo, exercise="", live=False)

    async def slowly() -> AsyncIterator[SampleBlock]:
        for block in recording.blocks(37):
            yield block

    async def work() -> None:
        async with PageServer(model) as server:
            address = f"{server.url.replace('http', 'ws')}ws"
            async with connect(address, proxy=None) as early:
                assert (await hears(early))["lanes"][0]["closed"] == []
                hearing = asyncio.ensure_future(until_the_end(early, hears))
                with PageView(Told(), model, server) as view:
                    watch = Watch(pipeline_for(recording, offline.params), view)
                    await watch.follow(slowly())
                    watch.finish()
                server.publish(model.end([], "over"))
                heard = await hearing
            async with connect(address, proxy=None) as late:
                kept = (await hears(late))["lanes"][0]["closed"]
        assert (view.fault, server.fault) == ("", "")
        told = [message["set"] for message in heard if message["type"] == "set"]
        assert kept == told
        assert [
            (rep["set"], rep["rep"], rep["leg"], rep["at_s"], rep["tempo"]) for closed in told for rep in closed["reps"]
        ] == [(rep.set, rep.rep, rep.leg, round(rep.start_s, 3), rep.tempo_code) for rep in offline.all_reps]
        assert len(offline.all_reps) >= 8
        assert any(message["type"] == "progress" for message in heard)

    run(work())


async def until_the_end(socket: ClientConnection, hears: Hears) -> list[dict[str, Any]]:
    heard = [await hears(socket)]
    while heard[-1]["type"] != "ended":
        heard.append(await hears(socket))
    return heard


class Told:
    """A view, a model and a server in one, which write down what they are told."""

    def __init__(self, fault: bool = False) -> None:
        self.said: list[str] = []
        self.fault = fault

    def __enter__(self) -> Told:
        self.said.append("in")
        return self

    def __exit__(self, *_: object) -> None:
        self.said.append("out")

    def take(self, events: Sequence[Event], lane: int = 0) -> Any:
        self.said.append(f"take {len(events)} {lane}")
        if self.fault:
            raise RuntimeError("a fault of ours")
        return [{"type": "rep"}]

    def look(self) -> Any:
        self.said.append("look")
        return [{"type": "progress"}]

    def publish(self, messages: Sequence[dict[str, Any]]) -> None:
        self.said += [message["type"] for message in messages]


def test_the_view_tells_the_terminal_first_and_then_the_page() -> None:
    terminal, model, server = Told(), Told(), Told()
    with PageView(terminal, model, server) as view:
        view.take([], 1)
        view.look()
    assert terminal.said == ["in", "take 0 1", "look", "out"]
    assert model.said == ["take 0 1", "look"]
    assert server.said == ["rep", "progress"]
    assert view.fault == ""


def test_a_fault_of_the_model_stops_the_page_and_not_the_terminal() -> None:
    terminal, model, server = Told(), Told(fault=True), Told()
    with PageView(terminal, model, server) as view:
        view.take([])
        view.take([])
        view.look()
    assert terminal.said == ["in", "take 0 0", "take 0 0", "look", "out"]
    assert model.said == ["take 0 0"]
    assert server.said == ["error"]
    assert view.fault == "RuntimeError: a fault of ours"
    assert "goes on" in FAULTY


def test_who_is_there_is_told_that_the_store_takes_nothing_and_when_it_does_again() -> None:
    recording = read(shipped_path("clean_set"))
    params = analyze(recording).params
    stage = Stage([Lane.of(recording.header, params)], ("VIRTUAL",))
    model, server = PageModel(stage, params.tempo, exercise="", live=True), Heard()
    full, kept = "/a.sqlite3: the disk is full; make room", Refused(stage)
    with KeptView(PageView(Told(), model, server), kept) as view:
        view.look()
        kept.why = full
        view.take([])
        view.look()
        assert model.snapshot()["banners"] == ["VIRTUAL", f"{NOT_KEPT}: {full}"]
        kept.why = ""
        view.take([])
    told = [message["banners"] for message in server.messages if message["type"] == "banners"]
    assert told == [["VIRTUAL", f"{NOT_KEPT}: {full}"], ["VIRTUAL"]]


class Refused(Kept):
    """A way into a store that does not take what it is told."""

    def __init__(self, stage: Stage) -> None:
        self.why, self.trouble, self._stage = "", "", stage

    def take(self, events: Sequence[Event], lane: int) -> None:
        self._say(self.why)


class Heard:
    """A server that keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def publish(self, messages: Sequence[dict[str, Any]]) -> None:
        self.messages += messages
