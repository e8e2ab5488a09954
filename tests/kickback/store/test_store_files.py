"""The store's file: cut off, damaged, older, newer, somebody else's, used by two at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from analysis.results import SetClosed
from kickback.store import Store, StoreError, open_store, trouble
from kickback.store.migrating import APPLICATION_ID, Migration, shipped, version_of

Begin = Callable[..., int]
MakeSet = Callable[..., SetClosed]
ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60.0


def python(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Another process that runs the code; what it says can be waited for."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)


SESSION = """
import sys
from datetime import datetime
from pathlib import Path
from analysis.results import Calibration, Rep, SetClosed
from kickback.store import LaneFacts, open_store

store = open_store(Path(sys.argv[1]))
session = store.begin_session(person=sys.argv[2], started=datetime.now(), software="0", exercise="kickback",
    tempo="3-0-1-1", params={}, lanes=[LaneFacts("K", "left")], simulated=False)

def rep(number, of_set):
    at = 6.0 * number
    return Rep(of_set, number, "left", int(at), int(at) + 5, int(at) + 6, at, at + 1, at + 2, at + 5)
"""


# --- cut off -----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_kill_9_loses_nothing_that_was_written(path: Path) -> None:
    code = (
        SESSION
        + """
store.close_set(session, 0, SetClosed(1, "left", 0, 9, 9, 0.0, 9.0, "rest", (rep(1, 1),), Calibration(0.9, "Good.")))
store.correct(session, {"do": "warm_up", "lane": 0, "set": 1, "on": True})
number = 0
while True:
    number += 1
    store.add_rep(session, 0, rep(number, 2))
    print(number, flush=True)
"""
    )
    with python(code, path, "Ann") as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(20)]
        os.kill(process.pid, signal.SIGKILL)
        said += [int(line) for line in process.stdout if line.endswith("\n")]
        assert process.wait(PATIENCE_S) == -signal.SIGKILL
    with open_store(path) as store:
        (row,) = store.unfinished()
        assert row.ended is None
        assert [one.closed.set for one in store.sets(row.id)] == [1]
        assert [one.what for one in store.corrections(row.id)] == ["warm_up"]
        kept = [one.rep.rep for one in store.reps(row.id) if one.rep.set == 2]
    assert kept[: len(said)] == said
    assert len(kept) <= len(said) + 1, "at most one was written and not said any more"


def test_every_state_of_the_log_that_a_crash_may_leave_can_be_read(
    path: Path, begin: Begin, make_set: MakeSet, tmp_path: Path
) -> None:
    """The log cut anywhere: a store with a beginning of what was written, whole transactions each."""
    closed = make_set(count=6)
    with open_store(path) as store:
        session = begin(store)
        store.end_session(session)
    with open_store(path) as store:
        for rep in closed.reps:
            store.add_rep(session, 0, rep)
        whole, log = path.read_bytes(), path.with_name(path.name + "-wal").read_bytes()
    assert len(log) > 6 * 4096
    counts = []
    for number in [*range(0, len(log), 1499), len(log)]:
        copy = tmp_path / f"{number}.sqlite3"
        copy.write_bytes(whole)
        copy.with_name(copy.name + "-wal").write_bytes(log[:number])
        with open_store(copy) as store:
            counts.append(len(store.reps(session)))
    assert counts == sorted(counts)
    assert set(counts) == set(range(7))


# --- two at once -------------------------------------------------------------------------------------------------


def test_two_processes_begin_on_a_new_file_at_once_and_write_at_once(path: Path) -> None:
    path.parent.mkdir()
    code = (
        "import sys; import kickback.store.store; sys.stdin.readline()\n"
        + SESSION
        + """
for number in range(1, 51):
    store.add_rep(session, 0, rep(number, 1))
store.end_session(session)
store.close()
print("done", flush=True)
"""
    )
    both = [python(code, path, name) for name in ("Ann", "Bo")]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=PATIENCE_S)[0] for process in both] == ["done\n", "done\n"]
    with open_store(path) as store:
        assert store.people() == [("Ann", 1), ("Bo", 1)]
        assert [len(store.reps(row.id)) for row in store.sessions()] == [50, 50]


def test_a_writer_that_never_ends_is_told_in_one_line(
    path: Path, begin: Begin, make_set: MakeSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kickback.store.opening.BUSY_S", 0.05)
    with open_store(path) as store:
        session = begin(store)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as error:
            store.close_set(session, 0, make_set())
        other.execute("ROLLBACK")
        other.close()
        assert str(error.value).startswith(f"{path}: another program has kept this store busy")
        store.close_set(session, 0, make_set())
        assert len(store.sets(session)) == 1


def test_one_reads_while_another_writes(path: Path, begin: Begin) -> None:
    with open_store(path) as store, open_store(path) as other, other.reading() as connection:
        begin(store)
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] in (0, 1)
    with open_store(path) as store:
        assert len(store.sessions()) == 1


# --- what cannot be used -----------------------------------------------------------------------------------------


def refused(path: Path, *, make: bool = True) -> str:
    with pytest.raises(StoreError) as error:
        open_store(path, make=make)
    line = str(error.value)
    assert "\n" not in line
    assert line.startswith(f"{path}: ")
    return line


def helped(path: Path) -> str:
    """The line of a store that cannot be used; every way out of that stands in it."""
    line = refused(path)
    assert all(word in line for word in ("`--store FILE`", "--no-store", "move the file away"))
    return line


def test_a_store_of_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    open_store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(shipped()) + 1}")
    connection.close()
    before = path.read_bytes()
    assert "newer Kickback" in refused(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE shopping (what TEXT)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    assert "another program" in helped(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"eggs, milk\n" * 100, b"SQLite format 3\0" + b"\xff" * 200])
def test_what_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert "not a Kickback store" in helped(path)
    assert path.read_bytes() == content


def test_a_damaged_page_is_told_in_one_line(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        session = begin(store)
        for number in range(1, 20):
            store.close_set(session, 0, make_set(number, count=12))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = bytes(4096)
    path.write_bytes(content)
    assert "this store is damaged" in helped(path)


def test_a_file_that_was_cut_is_told_in_one_line(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        session = begin(store)
        for number in range(1, 20):
            store.close_set(session, 0, make_set(number, count=12))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "damaged" in helped(path)


def test_damage_while_it_is_open_is_told_in_one_line(path: Path) -> None:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorname = "SQLITE_CORRUPT_INDEX"
    with pytest.raises(StoreError, match="damaged"), trouble.in_one_line(path):
        raise error


def test_one_that_cannot_be_opened_is_told_with_the_ways_round_it(path: Path) -> None:
    path.mkdir(parents=True)
    assert all(word in refused(path) for word in ("this is a folder", "`--store FILE`", "--no-store"))


def test_a_missing_one_is_made_only_where_that_is_asked_for(path: Path, tmp_path: Path) -> None:
    assert "no store here" in refused(path, make=False)
    assert not path.exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file: a file of this name is in the way"):
        open_store(tmp_path / "file" / "kickback.sqlite3")
    assert "this is a folder" in refused(tmp_path)


def test_an_empty_file_becomes_a_store(path: Path, begin: Begin) -> None:
    path.parent.mkdir()
    path.touch()
    with open_store(path) as store:
        assert begin(store) == 1


# --- versions ----------------------------------------------------------------------------------------------------


OLD = Migration(1, "CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT) STRICT;\n")
NEXT = Migration(2, "-- a word; before it\n\nALTER TABLE pets\nADD COLUMN legs INTEGER;\nUPDATE pets SET legs = 4;\n")
BROKEN = Migration(3, "UPDATE pets SET legs = 3;\nDROP TABLE cats;\n")


def pets(path: Path, migrations: Sequence[Migration], do: str = "") -> tuple[int, list[tuple[object, ...]]]:
    with Store(path, migrations=migrations) as store, store.alone() as connection:
        if do:
            connection.execute(do)
        rows = connection.execute("SELECT * FROM pets ORDER BY id").fetchall()
        return version_of(connection), [tuple(row) for row in rows]


def test_a_store_of_an_older_version_is_brought_to_this_one_with_all_that_is_in_it(path: Path) -> None:
    assert pets(path, [OLD], "INSERT INTO pets (name) VALUES ('Rex')") == (1, [(1, "Rex")])
    assert pets(path, [OLD, NEXT]) == (2, [(1, "Rex", 4)])
    assert pets(path, [OLD, NEXT], "INSERT INTO pets VALUES (2, 'Polly', 2)")[1] == [(1, "Rex", 4), (2, "Polly", 2)]
    with pytest.raises(StoreError, match="newer Kickback"):
        pets(path, [OLD])


def test_a_new_store_goes_through_all_versions(path: Path) -> None:
    assert pets(path, [OLD, NEXT]) == (2, [])


def test_a_step_that_fails_leaves_the_store_as_it_was_before_it(path: Path) -> None:
    pets(path, [OLD], "INSERT INTO pets (name) VALUES ('Rex')")
    with pytest.raises(StoreError, match="no such table"):
        pets(path, [OLD, NEXT, BROKEN])
    assert pets(path, [OLD, NEXT]) == (2, [(1, "Rex", 4)])


def test_a_step_without_an_end_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="no end"):
        list(Migration(1, "CREATE TABLE a (b").statements())


def test_what_ships_makes_a_store_that_is_marked_as_ours(path: Path) -> None:
    with open_store(path) as store, store.alone() as connection:
        assert version_of(connection) == len(shipped())
        assert connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
