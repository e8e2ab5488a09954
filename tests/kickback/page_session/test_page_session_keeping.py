"""Which session is gone on with, and a store that cannot be used."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from firmware_protocol.registry import Wish
from kickback.live.board import Board
from kickback.live.keeping import NOT_KEPT, Kept
from kickback.live.opening import KeepWish, kept_of
from kickback.live.stage import Lane, Stage
from kickback.live.strap import Plan, Strapped
from kickback.live.worn import Worn
from kickback.result import Analysis
from kickback.store import Store, StoreError
from kickback.store.trouble import BUSY_S

STARTED = datetime(2026, 11, 24, 18, 5).astimezone()
Begin = Callable[..., int]
STARTED = datetime(2026, 11, 24, 18, 5).astimezone()


def test_the_right_session_is_gone_on_with(trace: Path, store: Store, begin: Begin) -> None:
    begin(trace, STARTED, person="Ann")
    begin(trace, STARTED + timedelta(hours=1), person="Ben")
    begin(trace, STARTED + timedelta(hours=2), person="Ann", virtual=True)
    said: list[str] = []

    def found(**wish: Any) -> Kept:
        kept = kept_of(KeepWish(path=store.path, **wish), said.append)
        assert kept is not None
        kept.store.close()
        return kept

    ben, ann = found(resume=True).earlier, found(resume=True, person="ann").earlier
    assert ben is not None
    assert ann is not None
    assert (ben.last.person, ann.last.person) == ("Ben", "Ann")
    assert ann.last.started == STARTED
    assert found(resume=True, virtual=True).earlier is not None
    assert found(resume=True, person="Carl").earlier is None
    assert said[-1] == "There is no session that broke off: a new one begins."


def test_a_session_that_broke_off_today_is_worth_a_line(store: Store, begin: Begin) -> None:
    now = datetime.now().astimezone()
    begin(None, now)
    said: list[str] = []
    for wish in (KeepWish(store.path), KeepWish(store.path, virtual=True)):
        kept = kept_of(wish, said.append)
        assert kept is not None
        assert kept.earlier is None
        kept.store.close()
    assert said == [f"The session of {now:%H:%M} broke off; `kickback live --resume` goes on with it."]


def test_a_store_that_nobody_named_and_that_is_broken_ends_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.sqlite3"
    bad.write_text("this is no store, and it is long enough to be looked at as one" * 20)
    with pytest.raises(StoreError):
        kept_of(KeepWish(bad), print)
    monkeypatch.setattr("kickback.store.store.default_path", lambda: bad)
    said: list[str] = []
    assert kept_of(KeepWish(), said.append) is None
    assert said[0].endswith("this session is recorded, and not kept in the store")
    with pytest.raises(StoreError):
        kept_of(KeepWish(resume=True), print)


def test_what_the_store_does_not_take_is_on_the_screen_and_tried_again(
    trace: Path, whole: Analysis, store: Store, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, stage = Kept(store), Stage([], ("REPLAY",))
    kept._stage, kept._begin = stage, lambda: begin(None)
    full = True

    def banners() -> list[str]:
        return list(stage.banners)

    def refusing(method: Any) -> Any:
        def maybe(*arguments: Any) -> None:
            if full:
                raise StoreError("the disk is full; make room")
            method(*arguments)

        return maybe

    for name in ("add_rep", "correct", "close_set"):
        monkeypatch.setattr(store, name, refusing(getattr(store, name)))
    kept.take(whole.all_reps[:2], 0)
    kept.correct({"id": 1, "do": "tempo", "lane": None, "tempo": "4-0-1-1"})
    assert banners() == ["REPLAY", f"{NOT_KEPT}: the disk is full; make room"]
    full = False
    kept.take(whole.all_reps[2:], 0)
    assert banners() == ["REPLAY"]
    kept.take(whole.closed, 0)
    watch = SimpleNamespace(events=[*whole.all_reps, *whole.closed])
    strapped = cast(Strapped, SimpleNamespace(watch=watch, gone=False, files=SimpleNamespace(paths=(trace,))))
    kept.end([strapped])
    assert kept.session is not None
    assert tuple(row.rep for row in store.reps(kept.session)) == tuple(whole.all_reps)
    assert [row.what for row in store.corrections(kept.session)] == ["tempo"]
    (row,) = store.sessions()
    assert row.ended is not None
    assert row.files == (trace,)


def test_nobody_waits_for_another_program_and_nothing_is_lost(
    trace: Path, whole: Analysis, store: Store, tmp_path: Path
) -> None:
    """The store is locked from the first rep until behind the last one."""
    kept = Kept(store)
    lane = Lane("Kickback 7", Board(whole.params.tempo), "left")
    facts = SimpleNamespace(paths=(trace,), raw=trace)
    watch = SimpleNamespace(events=[*whole.all_reps, *whole.closed])
    sensor = SimpleNamespace(status=SimpleNamespace(title="a sensor"))
    strapped = cast(
        Strapped,
        SimpleNamespace(watch=watch, gone=False, files=facts, lane=lane, params=whole.params, sensor=sensor),
    )
    kept.begin([strapped], Plan((Worn(),), whole.params, Wish(), tmp_path), Stage([lane]))
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    before_s = time.perf_counter()
    kept.take(whole.all_reps[:2], 0)
    assert time.perf_counter() - before_s < BUSY_S, "of the two writes neither has waited as long as it may"
    assert "kept this store busy" in kept.trouble
    other.execute("ROLLBACK")
    other.close()
    kept.take(whole.all_reps[2:], 0)
    assert kept.trouble == ""
    kept.take(whole.closed, 0)
    kept.end([strapped])
    assert kept.session is not None
    assert tuple(row.rep for row in store.reps(kept.session)) == tuple(whole.all_reps)
    assert store.unfinished() == []
