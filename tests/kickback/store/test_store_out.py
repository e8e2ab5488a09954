"""What is taken out of the store: everything as files, or a person wholly."""

from __future__ import annotations

import csv
import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.results import REP_COLUMNS, SetClosed
from kickback.document import reps_csv
from kickback.errors import UsageError
from kickback.store import LaneFacts, Store, StoreError, open_store

Begin = Callable[..., int]
MakeSet = Callable[..., SetClosed]
SECRET = "Annabella Quixote-Vandermeer"


@pytest.fixture
def filled(path: Path, begin: Begin, make_set: MakeSet) -> Store:
    store = open_store(path)
    for person in (SECRET, "Bo", None):
        session = begin(store, person=person)
        store.close_set(session, 0, make_set(1))
        store.add_rep(session, 0, make_set(2).reps[0])
        store.correct(session, {"do": "note", "lane": 0, "set": 1, "band": f"band of {person}", "effort": None})
        store.end_session(session, [])
    return store


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# --- export ------------------------------------------------------------------------------------------------------


def test_everything_is_exported_as_tables_and_as_one_document(filled: Store, make_set: MakeSet, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    written = filled.export(folder)
    assert sorted(path.name for path in written) == sorted(path.name for path in folder.iterdir())
    assert [(row["session"], row["person"], row["simulated"]) for row in rows(folder / "sessions.csv")] == [
        ("1", SECRET, "false"),
        ("2", "Bo", "false"),
        ("3", "", "false"),
    ]
    (first, *_) = rows(folder / "sets.csv")
    assert (first["session"], first["set"], first["leg"], first["reps"], first["notes"]) == (
        *("1", "1", "left", "4"),
        '["a note"]',
    )
    assert [row["what"] for row in rows(folder / "corrections.csv")] == ["note"] * 3
    table = (folder / "2026-11-24_2_0.reps.csv").read_text(encoding="utf-8")
    assert table == reps_csv([*make_set(1).reps, make_set(2).reps[0]])
    assert table.splitlines()[0] == ",".join(REP_COLUMNS)
    document = json.loads((folder / "history.json").read_text(encoding="utf-8"))
    assert [one["person"] for one in document["sessions"]] == [SECRET, "Bo", None]
    (lane,) = document["sessions"][0]["lanes"]
    assert [(rep["set"], rep["rep"], rep["final"]) for rep in lane["reps"]] == [
        *((1, number, True) for number in range(1, 5)),
        (2, 1, False),
    ]
    assert lane["reps"][1]["concentric_s"] is None
    assert lane["sets"][0]["calibration"]["swing"] == [None, None, None]
    assert document["sessions"][0]["corrections"][0]["record"]["band"] == f"band of {SECRET}"


def test_one_person_is_exported_alone(filled: Store, tmp_path: Path) -> None:
    filled.export(tmp_path / "out", "BO")
    assert [row["person"] for row in rows(tmp_path / "out" / "sessions.csv")] == ["Bo"]
    assert SECRET not in "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())


def test_a_second_export_takes_the_place_of_the_first(filled: Store, tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in filled.export(tmp_path / "out")}
    assert {path.name: path.read_bytes() for path in filled.export(tmp_path / "out")} == first


def test_an_export_needs_a_folder(filled: Store, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(UsageError, match="--export needs a folder"):
        filled.export(tmp_path / "out")


# --- delete ------------------------------------------------------------------------------------------------------


def bytes_of(path: Path) -> bytes:
    """Of the store and of everything beside it that has its name."""
    return b"".join(each.read_bytes() for each in path.parent.iterdir() if each.name.startswith(path.name))


def test_a_person_is_deleted_to_the_last_byte(filled: Store, path: Path) -> None:
    assert bytes_of(path).count(SECRET.encode()) > 0
    gone = filled.delete_person(SECRET.upper())
    assert (gone.name, gone.sessions, gone.deleted, gone.left, gone.lingers) == (SECRET, 1, (), (), False)
    assert SECRET.encode() not in bytes_of(path), "while it is still open"
    assert filled.people() == [("Bo", 1), (None, 1)]
    with filled.alone() as connection:
        for table in ("lanes", "sets", "reps", "corrections"):
            sessions = connection.execute(f"SELECT DISTINCT session_id FROM {table}").fetchall()
            assert [row[0] for row in sessions] == [2, 3], table
    filled.close()
    assert SECRET.encode() not in bytes_of(path)
    with open_store(path) as store:
        assert [len(store.reps(row.id)) for row in store.sessions()] == [5, 5]


def test_a_deleted_sessions_number_leads_nowhere(filled: Store, begin: Begin) -> None:
    begin(filled, person="Bo", continues=1)
    filled.delete_person(SECRET)
    assert [row.continues for row in filled.sessions()] == [None, None, None]


def test_whoever_reads_meanwhile_keeps_the_old_bytes_and_that_is_said(
    filled: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled.alone() as connection:
        connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM people").fetchone()
    gone = filled.delete_person(SECRET)
    assert gone.lingers
    assert SECRET.encode() in bytes_of(path)
    other.execute("ROLLBACK")
    other.close()
    filled.close()
    assert SECRET.encode() not in bytes_of(path)


@pytest.mark.parametrize("name", ["Zoe", "", "  ", "%"])
def test_nobody_of_that_name_is_said_with_those_that_are_there(filled: Store, name: str) -> None:
    with pytest.raises(UsageError) as error:
        filled.delete_person(name)
    assert "'Bo'" in str(error.value)
    assert len(filled.sessions()) == 3


@pytest.fixture
def on_disk(path: Path, begin: Begin, tmp_path: Path) -> dict[str, Path]:
    """Two people's files: Ann's session was cut off, so the store knows of its raw file only."""
    folder = tmp_path / "sessions"
    folder.mkdir()
    names = ("ann.kbraw", "ann.csv", "ann.json", "ann.reps.csv", "ann.report.html", "ann.txt", "bo.kbraw", "bo.csv")
    files = {name: folder / name for name in names}
    for each in files.values():
        each.write_text("movements")
    with open_store(path) as store:
        begin(store, person="Ann", lanes=[LaneFacts("K", raw=files["ann.kbraw"])])
        session = begin(store, person="Bo", lanes=[LaneFacts("K", raw=files["bo.kbraw"])])
        store.end_session(session, [files["bo.csv"]])
    return files


def test_the_files_stay_and_are_named_unless_they_are_to_go(path: Path, on_disk: dict[str, Path]) -> None:
    with open_store(path) as store:
        gone = store.delete_person("Ann")
    assert {each.name for each in gone.left} == {
        *("ann.kbraw", "ann.csv", "ann.json", "ann.reps.csv", "ann.report.html")
    }
    assert all(each.exists() for each in on_disk.values())


def test_the_files_go_with_what_was_made_of_them(path: Path, on_disk: dict[str, Path]) -> None:
    with open_store(path) as store:
        gone = store.delete_person("Ann", files=True)
    assert gone.left == ()
    assert len(gone.deleted) == 5
    assert {name for name, each in on_disk.items() if each.exists()} == {"ann.txt", "bo.kbraw", "bo.csv"}


@pytest.mark.skipif(sys.platform == "win32", reason="a folder is no file elsewhere")
def test_a_file_that_cannot_be_deleted_keeps_the_rows(
    path: Path, on_disk: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    with open_store(path) as store:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", refuse)
            with pytest.raises(StoreError, match="nothing was deleted from the store"):
                store.delete_person("Ann", files=True)
        assert store.people() == [("Ann", 1), ("Bo", 1)]
        assert len(store.delete_person("Ann", files=True).deleted) == 5
