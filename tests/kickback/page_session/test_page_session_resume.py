"""A session that broke off goes on: what it had counted, what was said of it by hand, and its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analysis.params import Params, Tempo
from analysis.presets import PRESETS
from analysis.results import Event, Phase, Progress, Rep, SetClosed
from firmware_protocol.registry import Wish
from kickback.errors import KickbackError, UsageError
from kickback.live.board import Board
from kickback.live.goingon import BROKEN_OFF, Earlier, earlier
from kickback.live.keeping import Kept, KeptView
from kickback.live.opening import gone_on
from kickback.live.renumber import Renumbered
from kickback.live.setting import Setting
from kickback.live.stage import Lane, Stage
from kickback.live.strap import Plan
from kickback.live.worn import Worn
from kickback.page.session import Page
from kickback.page.wish import PageWish
from kickback.result import Analysis
from kickback.store import Store

STARTED = datetime(2026, 11, 24, 18, 5).astimezone()
Begin = Callable[..., int]
Cut = Callable[..., Earlier]
PARAMS = Params(tempo=Tempo.parse("3-0-1-1"))


@pytest.fixture
def cut(store: Store, whole: Analysis, begin: Begin) -> Cut:
    """A session that was killed after some reps, looked at by the next one."""

    def looked_at(raw: Path | None, **more: Any) -> Earlier:
        number = begin(raw, **more)
        for rep in whole.all_reps[:3]:
            store.add_rep(number, 0, rep)
        (row,) = store.unfinished()
        return earlier(store, row)

    return looked_at


def test_what_the_process_had_not_written_comes_from_the_raw_file(
    trace: Path, whole: Analysis, store: Store, cut: Cut
) -> None:
    before = cut(trace)
    (closed,) = before.closed[0][0]
    assert closed.reps == tuple(whole.all_reps)
    assert [each.rep for each in store.reps(before.last.id)] == list(whole.all_reps)
    assert before.line().endswith("1 set, 8 reps until now")
    assert before.notes == ()


@pytest.mark.parametrize("raw", [None, Path("gone.kbraw")])
def test_without_the_raw_file_the_reps_stand_as_they_were_said(whole: Analysis, cut: Cut, raw: Path | None) -> None:
    before = cut(raw)
    (closed,) = before.closed[0][0]
    assert (closed.reason, closed.reps) == (BROKEN_OFF, tuple(whole.all_reps[:3]))
    (note,) = before.notes
    assert "what was counted until then is kept as it was shown" in note
    assert "\n" not in note


def test_sets_are_counted_on_and_lie_before_the_beginning(
    trace: Path, whole: Analysis, store: Store, begin: Begin
) -> None:
    first = begin(trace, STARTED - timedelta(minutes=10))
    for closed in whole.closed:
        store.close_set(first, 0, closed)
    second = begin(trace, continues=first)
    before = earlier(store, store.unfinished()[-1])
    assert [row.id for row in before.rows] == [first, second]
    assert (before.sets(0, first), before.sets(0, second), before.sets(0)) == (0, 1, 2)
    told = before.told(0, STARTED + timedelta(minutes=1))
    assert [each.set for each in told] == [1, 2]
    assert [round(each.start_s - whole.closed[0].start_s) for each in told] == [-660, -60]
    assert all(rep.set == each.set for each in told for rep in each.reps)
    assert told[1].reps[0].concentric_s == pytest.approx(whole.all_reps[0].concentric_s)


class Notebook:
    """A view that keeps what it was told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.looks = 0

    def __enter__(self) -> Notebook:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        self.events += events

    def look(self) -> None:
        self.looks += 1


def test_the_views_count_on_and_the_store_does_not(whole: Analysis, store: Store, begin: Begin) -> None:
    notebook, kept = Notebook(), Kept(store)
    kept._begin = lambda: begin(None)
    progress = Progress(0, 0.0, Phase.REST, 0.0, 0, 0, 0, 0.0)
    with KeptView(Renumbered(notebook, [2]), kept) as view:
        view.take([progress, replace(progress, set=1), *whole.all_reps, *whole.closed, *whole.rejected])
        view.look()
    numbers = [event.set for event in notebook.events if isinstance(event, Progress | Rep | SetClosed)]
    assert numbers == [0, 3, *[3] * 8, 3]
    assert notebook.looks == 1
    assert kept.session is not None
    assert [row.closed.set for row in store.sets(kept.session)] == [1]
    assert tuple(row.rep for row in store.reps(kept.session)) == tuple(whole.all_reps)


def test_what_was_said_by_hand_finds_its_session_and_comes_back(
    trace: Path, store: Store, begin: Begin, cut: Cut
) -> None:
    before = cut(trace)
    kept = Kept(store, earlier=before)
    kept.started = STARTED + timedelta(minutes=1)
    kept._begin = lambda: begin(None, kept.started, continues=before.last.id)
    records: list[dict[str, Any]] = [
        {"id": 1, "do": "delete_rep", "lane": 0, "set": 1, "rep": 2, "t": -30.0},
        {"id": 2, "do": "start", "lane": 0, "set": 2, "t": 3.0, "until_s": 8.0},
        {"id": 3, "do": "tempo", "lane": None, "tempo": "4-0-1-1"},
        {"id": 4, "do": "leg", "lane": None, "set": 2, "leg": "right", "only": False, "legs": {"0": [2, "right"]}},
        {"id": 5, "do": "undo", "lane": 0, "of": 1, "undone": "delete_rep", "set": 1},
    ]
    for record in records:
        kept.correct(record)
    assert kept.session is not None
    old = [each.record for each in store.corrections(before.last.id)]
    new = [each.record for each in store.corrections(kept.session)]
    assert [each["id"] for each in old] == [1, 5]
    assert old[0] == {**records[0], "t": 30.0}
    assert [(each["do"], each.get("set")) for each in new] == [("start", 1), ("tempo", None), ("leg", 1)]
    assert new[2]["legs"] == {"0": [1, "right"]}

    (row,) = store.unfinished()
    again = earlier(store, row)
    assert again.records(store, kept.started) == records


def test_the_page_shows_what_was_before(trace: Path, store: Store, cut: Cut) -> None:
    before = cut(trace)
    store.correct(before.last.id, {"id": 1, "do": "delete_rep", "lane": 0, "set": 1, "rep": 2, "t": 30.0})
    now = STARTED + timedelta(minutes=2)
    stage = Stage([Lane("Kickback 7", Board(PARAMS.tempo), "left")])
    page = Page(PageWish(browser=False), lambda line: None, live=True)
    page.show(stage, PARAMS, {0: before.told(0, now)}, before.records(store, now))
    assert page.model is not None
    (lane,) = page.model.snapshot()["lanes"]
    (closed,) = lane["closed"]
    assert (closed["set"], closed["count"], closed["shown"]) == (1, 8, 7)
    assert (lane["set"]["resting"], lane["set"]["next_set"]) == (True, 2)
    assert lane["set"]["rest_from_s"] < 0
    assert lane["warning"] is None


def plan_of(*worn: Worn, said: str = "") -> Plan:
    return Plan(worn or (Worn(),), Params(), Wish(), Path(), said=said)


def test_a_session_goes_on_as_it_was_unless_something_else_is_said(trace: Path, cut: Cut) -> None:
    before = cut(trace, said=" --tempo 3-0-1-1 --exercise own.toml", legs=(("left", "right", "left"),))
    plan = gone_on(plan_of(), before, lambda params: params)
    assert plan.worn == (Worn("Kickback 7", ("right", "left")),), "the first leg's set has been done"
    assert plan.params == PARAMS
    assert plan.said == " --tempo 3-0-1-1 --exercise own.toml"
    slower = Tempo.parse("5-0-1-1")
    plan = gone_on(
        plan_of(Worn(None, ("left",)), said=" --tempo 5-0-1-1"), before, lambda params: replace(params, tempo=slower)
    )
    assert (plan.worn, plan.said) == ((Worn("Kickback 7", ("left",)),), " --tempo 5-0-1-1 --exercise own.toml")
    assert plan.params == replace(PARAMS, tempo=slower)
    with pytest.raises(UsageError, match="had one sensor"):
        gone_on(plan_of(Worn("A"), Worn("B")), before, lambda params: params)


@pytest.mark.parametrize("name", [*PRESETS, "my own"])
def test_a_setting_comes_back_whole(store: Store, name: str) -> None:
    exercise = PRESETS.get(name) or replace(PRESETS["kickback"], name=name, work_on=("one", "two"))
    setting = Setting(Params(exercise, Tempo.parse("4-0-X-1"), (), 12.5), (("left",), ()), " --leg left", True)
    number = store.begin_session(
        person=None,
        started=STARTED,
        software="",
        exercise=name,
        tempo="",
        params=setting.document(),
        lanes=[],
        simulated=False,
    )
    (row,) = [row for row in store.sessions() if row.id == number]
    assert Setting.of(row.params) == setting


@pytest.mark.parametrize("broken", [{}, {"exercise": {}}, {"exercise": 1}])
def test_a_strange_setting_is_one_line(whole: Analysis, broken: dict[str, Any]) -> None:
    with pytest.raises(KickbackError, match="parameters that are not whole"):
        Setting.of(broken)
