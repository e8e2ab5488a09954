from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from analysis.results import SetClosed
from kickback import analyze
from kickback.errors import UsageError
from kickback.store import LaneFacts, Store, StoreError, open_store
from kickback.store.opening import default_path
from kickback.store.rows import is_running
from recordings import shipped_path

Begin = Callable[..., int]
MakeSet = Callable[..., SetClosed]


def same(one: object, other: object) -> bool:
    """Equal to the last bit, unknown numbers included."""
    return repr(one) == repr(other)


def test_what_was_measured_comes_back_to_the_last_bit(path: Path, begin: Begin, make_set: MakeSet) -> None:
    closed = make_set()
    with open_store(path) as store:
        session = begin(store)
        store.close_set(session, 0, closed)
    with open_store(path) as store:
        (row,) = store.sets(session)
        assert same(row.closed, closed)
        assert [(each.lane, each.final) for each in store.reps(session)] == [(0, True)] * 4
        assert all(same(each.rep, rep) for each, rep in zip(store.reps(session), closed.reps, strict=True))


def test_a_shipped_trace_comes_back_to_the_last_bit(path: Path, begin: Begin) -> None:
    analysis = analyze(shipped_path("two_legs_walking"))
    with open_store(path) as store:
        session = begin(store)
        for closed in analysis.closed:
            for rep in closed.reps:
                store.add_rep(session, 0, rep)
            store.close_set(session, 0, closed)
        assert len(analysis.closed) > 1
        assert same([row.closed for row in store.sets(session)], [replace(one, trace=None) for one in analysis.closed])


def test_a_rep_is_there_at_once_and_restated_when_its_set_closes(path: Path, begin: Begin, make_set: MakeSet) -> None:
    closed = make_set()
    with open_store(path) as store, open_store(path) as other:
        session = begin(store)
        store.add_rep(session, 0, replace(closed.reps[0], rom_deg=1.0))
        store.add_rep(session, 0, replace(closed.reps[0], rep=9))
        assert [(row.rep.rep, row.rep.rom_deg, row.final) for row in other.reps(session)] == [
            (1, 1.0, False),
            (9, 40.0, False),
        ]
        assert other.sets(session) == []
        store.close_set(session, 0, closed)
        store.close_set(session, 0, closed)
        assert [(row.rep.rep, row.rep.rom_deg, row.final) for row in other.reps(session)] == [
            (number + 1, 40.0 + number, True) for number in range(4)
        ]


def test_two_sensors_keep_their_sets_apart(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        lanes = [LaneFacts("A", "left", raw=Path("a.kbraw")), LaneFacts("B", "right", raw=Path("b.kbraw"))]
        session = begin(store, lanes=lanes)
        store.close_set(session, 1, make_set(1, "right", 2))
        store.close_set(session, 0, make_set(1, "left", 3))
        assert [(row.lane, row.closed.leg, len(row.closed.reps)) for row in store.sets(session)] == [
            (0, "left", 3),
            (1, "right", 2),
        ]
        (row,) = store.sessions()
        assert {lane: (facts.name, facts.leg, facts.raw) for lane, facts in row.lanes.items()} == {
            0: ("A", "left", Path("a.kbraw").absolute()),
            1: ("B", "right", Path("b.kbraw").absolute()),
        }


def test_a_session_says_all_that_was_set(path: Path, begin: Begin) -> None:
    started = datetime(2026, 11, 24, 23, 30, tzinfo=timezone(timedelta(hours=-8)))
    with open_store(path) as store:
        first = begin(store, started=started)
        store.end_session(first, [Path("x.csv")], started + timedelta(minutes=20))
        second = begin(store, person=None, started=started + timedelta(hours=1), simulated=True, continues=first)
        one, two = store.sessions()
    assert (one.id, one.person, one.started, one.ended) == (first, "Ann", started, started + timedelta(minutes=20))
    assert one.started.date().isoformat() == "2026-11-24", "the day is the one that the person lived"
    assert (one.software, one.exercise, one.tempo, one.simulated) == ("0.1.0", "kickback", "3-0-1-1", False)
    assert dict(one.params) == {"legs": ["left"], "limit": None}
    assert one.files == (Path("x.csv").absolute(),)
    assert (two.id, two.person, two.ended, two.continues, two.simulated) == (second, None, None, first, True)


def test_a_person_is_known_by_the_name_in_any_case(path: Path, begin: Begin) -> None:
    with open_store(path) as store:
        for name in ("Ann  Lee", "ann lee", None, "", "Bo"):
            begin(store, person=name)
        assert store.people() == [("Ann Lee", 2), ("Bo", 1), (None, 2)]
        assert len(store.sessions("ANN LEE")) == 2
        assert len(store.sessions(None)) == 2
        assert store.sessions("Zoe") == []


@pytest.mark.parametrize("name", ["a" * 101, "bell\a"])
def test_what_cannot_be_a_name_is_refused(path: Path, begin: Begin, name: str) -> None:
    with open_store(path) as store, pytest.raises(UsageError, match="--person"):
        begin(store, person=name)


def test_sessions_come_in_the_order_of_their_beginning_wherever_they_were(path: Path, begin: Begin) -> None:
    with open_store(path) as store:
        late = begin(store, started=datetime(2026, 11, 24, 9, tzinfo=UTC))
        early = begin(store, started=datetime(2026, 11, 24, 10, tzinfo=timezone(timedelta(hours=2))))
        assert [row.id for row in store.sessions()] == [early, late]


def test_simulated_sessions_are_left_out_on_request(path: Path, begin: Begin) -> None:
    with open_store(path) as store:
        real, made = begin(store), begin(store, simulated=True)
        assert [row.id for row in store.sessions()] == [real, made]
        assert [row.id for row in store.sessions(simulated=False)] == [real]


def test_a_correction_stands_beside_and_changes_nothing(path: Path, begin: Begin, make_set: MakeSet) -> None:
    closed = make_set()
    record = {"id": 1, "do": "delete_rep", "lane": 0, "set": 1, "rep": 2, "at": "2026-11-24T18:06:00.123+00:00"}
    with open_store(path) as store:
        session = begin(store)
        store.close_set(session, 0, closed)
        store.correct(session, record)
        store.correct(session, {"do": "end", "lane": None, "t": float("inf"), "legs": {"0": [1, "left"]}})
        assert same(store.sets(session)[0].closed, closed)
        first, second = store.corrections(session)
    assert (first.what, first.lane, first.set, first.rep, dict(first.record)) == ("delete_rep", 0, 1, 2, record)
    assert first.at == datetime(2026, 11, 24, 18, 6, 0, 123000, tzinfo=UTC)
    assert (second.what, second.lane, second.set, second.rep) == ("end", None, None, None)
    assert dict(second.record) == {"do": "end", "lane": None, "t": None, "legs": {"0": [1, "left"]}}


def test_unfinished_are_those_that_nobody_is_at_or_went_on_with(path: Path, begin: Begin) -> None:
    with open_store(path) as store:
        cut, continued, ended = begin(store), begin(store), begin(store)
        store.end_session(ended, [])
        last = begin(store, continues=continued)
        assert [row.id for row in store.unfinished()] == [cut, last]
        store.end_session(last, [])
        assert [row.id for row in store.unfinished()] == [cut]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are told apart by /proc")
def test_a_session_whose_process_lives_is_going_on(path: Path, begin: Begin) -> None:
    import subprocess

    with open_store(path) as store:
        begin(store)
        (row,) = store.sessions()
        command = [sys.executable, "-c", "print(flush=True); input()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            other.stdout.readline()
            theirs = replace(row, pid=other.pid)
            assert is_running(theirs, row.host)
            assert not is_running(replace(theirs, ended=row.started), row.host)
            assert not is_running(theirs, "another machine")
            other.communicate("\n")
        assert not is_running(theirs, row.host)
        assert not is_running(row, row.host), "this process knows what it is at"
        assert not is_running(replace(row, pid=1), row.host), "not ours, and no Python"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights another way")
def test_nobody_else_may_read_it(path: Path) -> None:
    with open_store(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in path.parent.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="the folder's name is that of Linux")
def test_the_default_is_in_the_users_folder_for_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path() == tmp_path / "kickback" / "kickback.sqlite3"
    with open_store() as store:
        assert store.path == default_path()
    assert default_path().exists()


def test_it_may_be_used_by_several_threads(path: Path, begin: Begin, make_set: MakeSet) -> None:
    from concurrent.futures import ThreadPoolExecutor

    closed = make_set(count=8)
    with open_store(path) as store, ThreadPoolExecutor(4) as pool:
        session = begin(store)
        jobs: list[Any] = [pool.submit(store.add_rep, session, 0, rep) for rep in closed.reps]
        jobs += [pool.submit(store.reps, session) for _ in range(8)]
        for job in jobs:
            job.result()
        assert len(store.reps(session)) == 8


def test_after_closing_there_is_one_file(path: Path, begin: Begin) -> None:
    store: Store = open_store(path)
    begin(store)
    store.close()
    store.close()
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    with pytest.raises(StoreError, match="closed"):
        store.people()
