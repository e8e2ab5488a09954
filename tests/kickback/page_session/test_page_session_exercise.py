"""The exercise is chosen on the page before the first rep: it is counted, replayed and analyzed as that one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from analysis.params import Params, Tempo
from analysis.pipeline import Pipeline
from analysis.presets import PRESETS
from analysis.results import Rep, SetClosed
from firmware_protocol.registry import Wish
from imu.blocks import Recording
from imu.records import Kind, Record
from kickback import analyze
from kickback.commands.live import live
from kickback.commands.replay import Shown, play
from kickback.live.air import Air
from kickback.live.keeping import Kept
from kickback.live.setting import Setting, said_for
from kickback.live.stage import Lane, Stage
from kickback.live.strap import Plan
from kickback.live.view import View
from kickback.live.watch import CHOOSE_S, Watch, joined
from kickback.live.worn import worn_of
from kickback.page.session import Page
from kickback.page.wish import PageWish
from kickback.session import pipeline_for
from kickback.store import StoreError, open_store

OTHER = PRESETS["seated-knee-extension"]


class Told:
    """A view that remembers."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def take(self, events: Any, lane: int = 0) -> None:
        self.events += events

    def look(self) -> None:
        return None


def watched(recording: Recording, chosen_at: int, view: View) -> Watch:
    """Begun as another exercise; chosen behind so many blocks, the right one."""
    params = analyze(recording).params
    other = Params(OTHER, params.tempo, params.legs)
    watch = Watch(pipeline_for(recording, other), view)

    async def source() -> Any:
        for number, block in enumerate(recording.blocks(50)):
            if number == chosen_at:
                watch.choose(lambda rate_hz: Pipeline(params, rate_hz, recording.header.start_s))
            yield block

    asyncio.run(watch.follow(source()))
    watch.finish()
    return watch


@pytest.mark.parametrize("chosen_at", [0, 1, 4])
def test_whenever_it_is_chosen_all_samples_are_counted_as_it(quick: Recording, chosen_at: int) -> None:
    """The same events as those of an analysis that knew it from the beginning."""
    view = Told()
    watch = watched(quick, chosen_at, view)
    reps = [rep for event in watch.events if isinstance(event, SetClosed) for rep in event.reps]
    assert tuple(reps) == analyze(quick).all_reps
    assert len(reps) == 3
    assert [event for event in view.events if isinstance(event, Rep)] == [e for e in watch.events if isinstance(e, Rep)]


def test_once_something_was_counted_it_is_too_late(quick: Recording) -> None:
    watch = Watch(pipeline_for(quick, analyze(quick).params), Told())

    async def source() -> Any:
        for block in quick.blocks(50):
            yield block

    asyncio.run(watch.follow(source()))
    watch.finish()
    with pytest.raises(ValueError, match="too late"):
        watch.choose(lambda rate_hz: pipeline_for(quick, analyze(quick).params))


def test_the_samples_are_not_kept_for_ever(quick: Recording) -> None:
    lane = Lane.of(quick.header, Params())
    watch = Watch(pipeline_for(quick, Params(OTHER)), Told(), shown=lane)

    async def source() -> Any:
        block = quick.block
        start = round(CHOOSE_S * block.rate_hz)
        yield replace(block, start=start, missing_before=start)

    asyncio.run(watch.follow(source()))
    assert lane.stop > CHOOSE_S * lane.rate_hz
    with pytest.raises(ValueError, match="too late"):
        watch.choose(lambda rate_hz: pipeline_for(quick, Params()))


def test_what_is_to_be_typed_for_another_analysis() -> None:
    assert said_for(" --tempo 3-0-1-1 --exercise mine.toml", OTHER) == " --tempo 3-0-1-1", "the raw file names it"
    own = replace(OTHER, name="mine")
    assert said_for(" --exercise mine.toml", own) == " --exercise mine.toml", "no raw file can hold it"


@pytest.fixture
def chosen(quick: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[dict[str, Any]], Any]:
    """A session that begins as another exercise and is chosen to be kickbacks by somebody at the page."""
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    from imu.virtual_backend import virtual_radio
    from imu.virtual_sensor import VirtualSensor

    heard: list[dict[str, Any]] = []
    serve = Page.serve

    async def somebody(url: str) -> None:
        async with connect(url.replace("http", "ws") + "ws", proxy=None) as socket:
            await socket.send(json.dumps({"do": "exercise", "exercise": "kickback"}))
            async for text in socket:
                heard.append(json.loads(text))

    async def served(page: Page) -> None:
        await serve(page)
        tasks.append(asyncio.ensure_future(somebody(page.url)))

    async def gone(page: Page) -> None:
        tasks[0].cancel()

    tasks: list[asyncio.Future[None]] = []
    monkeypatch.setattr(Page, "serve", served)
    monkeypatch.setattr(Page, "stay", gone)
    sensor = VirtualSensor(quick, name="Kickback 7", serial="VIRTUAL-7")
    air = Air(lambda: virtual_radio(sensor), quick, lambda: sensor.played_out)
    params = Params(OTHER, Tempo.parse("1-0-1-1"))
    said = " --tempo 1-0-1-1 --exercise seated-knee-extension"
    plan = Plan(worn_of(["Kickback 7"], ["left"]), params, Wish(), tmp_path, 30.0, quick, said)
    with open_store(tmp_path / "store.sqlite3") as store:
        code = live(plan, air, PageWish(browser=False), Kept(store, "Ann"))
        (row,) = store.sessions()
        return code, heard, (row, tuple(each.rep for each in store.reps(row.id)))


def test_live_store_and_file_have_the_exercise_that_was_chosen(
    chosen: tuple[int, list[dict[str, Any]], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, heard, (row, kept) = chosen
    assert code == 0
    assert {"type": "exercise", "exercise": "bent-over kickback", "exercise_name": "kickback"} in heard
    assert heard[0]["exercise_name"] == OTHER.name
    assert [each["name"] for each in heard[0]["exercises"]] == list(PRESETS)
    assert row.exercise == "kickback"
    assert Setting.of(row.params).params.exercise == PRESETS["kickback"]
    (raw,) = tmp_path.glob("*.kbraw")
    offline = analyze(raw)
    assert offline.params.exercise == PRESETS["kickback"]
    assert kept == tuple(offline.all_reps), "to the last bit"
    assert len(kept) == 3
    summary = json.loads(raw.with_suffix(".summary.json").read_text(encoding="utf-8"))
    assert (summary["params"]["exercise"], summary["n_reps"]) == ("kickback", 3)
    sidecar = json.loads(raw.with_suffix(".json").read_text(encoding="utf-8"))
    assert sidecar["exercise"] == "kickback"


def test_the_raw_file_says_the_latest_choice() -> None:
    from benchmarks.raw_session import Session, file_of, swing
    from imu.raw_file import header_of, parsed

    records = list(Session(swing(4, 100)).records())
    for name in ("standing-kickback", "prone-hip-extension"):
        records.insert(5, Record.of_facts(Kind.CHOSEN, records[4].time_ns, exercise=name))
    raw = parsed(file_of(records), "x.kbraw")
    assert header_of(raw, "x", 100.0).extra["exercise"] == "standing-kickback"
    assert raw.notes == parsed(file_of(Session(swing(4, 100)).records()), "x.kbraw").notes


def test_few_blocks_have_the_samples_of_many_and_their_gaps(quick: Recording) -> None:
    blocks = [block for block in quick.blocks(7) if block.start % 5 or block.start < 200]
    parts, next_ = [], 0
    for block in blocks:
        parts.append(replace(block, missing_before=block.start - next_))
        next_ = block.stop
    few = list(joined(parts))
    assert 1 < len(few) < len(parts)
    assert sum(map(len, few)) == sum(map(len, parts))
    pipelines = [pipeline_for(quick, analyze(quick).params) for _ in range(2)]
    mine, yours = (
        [e for block in those for e in pipeline.push(block)] + pipeline.finish()
        for pipeline, those in zip(pipelines, (few, parts), strict=True)
    )
    assert [e for e in mine if isinstance(e, SetClosed)] == [e for e in yours if isinstance(e, SetClosed)]


def test_a_replay_that_ends_before_its_first_block_is_told(quick: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chosen, and ended at once: nothing was counted, and that is what is said."""

    async def served(page: Page) -> None:
        page.asked({"do": "exercise", "exercise": OTHER.name}, [])
        page.asked({"do": "end"}, [])

    monkeypatch.setattr(Page, "serve", served)
    params = analyze(quick).params
    shown = Shown(quick, params, 0.001, "quick.csv")
    page = Page(PageWish(browser=False), lambda line: None, live=False)
    analysis, interrupted = play(shown, pipeline_for(quick, params), Told(), shown.stage(), page)
    assert (analysis.all_reps, interrupted) == ((), False)


def test_what_a_busy_store_does_not_take_is_written_with_the_next(
    quick: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path / "store.sqlite3") as store:
        kept = Kept(store, "Ann")
        params = Params(PRESETS["kickback"], Tempo.parse("1-0-1-1"))
        plan = Plan(worn_of(["Kickback 7"], ["left"]), params, Wish(), tmp_path, 30.0, quick)
        kept.begin([], plan, Stage([]))
        with monkeypatch.context() as busy:
            busy.setattr(store, "choose", refused)
            kept.choose([], replace(plan, params=replace(params, exercise=OTHER)))
        assert kept.trouble == "the store is busy"
        assert store.sessions()[0].exercise == "kickback"
        kept.end([])
        assert kept.trouble == ""
        assert store.sessions()[0].exercise == OTHER.name
        assert Setting.of(store.sessions()[0].params).params.exercise == OTHER


def refused(*_: object) -> None:
    raise StoreError("the store is busy")
