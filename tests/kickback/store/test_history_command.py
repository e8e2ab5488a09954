"""``kickback history`` on a store with two people and a simulated session."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from analysis.results import SetClosed
from kickback.cli import app
from kickback.page.history import history_document
from kickback.store import Store, open_store

Begin = Callable[..., int]
MakeSet = Callable[..., SetClosed]
MONDAY = datetime(2026, 11, 16, 18, 5, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def train(store: Store, begin: Begin, when: datetime, *sets: SetClosed, **changes: Any) -> int:
    session = begin(store, started=when, **changes)
    for closed in sets:
        store.close_set(session, 0, closed)
    store.end_session(session, [], when + timedelta(minutes=20))
    return session


def said(store: Store, session: int, do: str, **more: Any) -> None:
    number = len(store.corrections(session)) + 1
    store.correct(session, {"id": number, "do": do, "lane": 0, "at": "2026-11-24T18:06:00+00:00", **more})


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["history", *map(str, arguments)])


@pytest.fixture
def filled(path: Path, begin: Begin, make_set: MakeSet, tmp_path: Path) -> Path:
    raw = tmp_path / "ann.kbraw"
    raw.write_text("movements")
    with open_store(path) as store:
        session = train(store, begin, MONDAY, make_set(1, "left", 8), make_set(2, "right", 9, 100.0))
        said(store, session, "delete_rep", set=1, rep=3)
        said(store, session, "note", set=2, band="red", effort=7)
        store.end_session(session, [raw])
        train(store, begin, MONDAY, make_set(1, "left", 5), simulated=True)
        train(store, begin, MONDAY, make_set(1, None, 6), person=None)
    return path


def test_the_command_shows_each_person_apart(filled: Path) -> None:
    done = run("--store", filled)
    assert done.exit_code == 0, done.output
    ann, nobody = done.stdout.split("Sessions of nobody")
    assert "Ann  1 session" in ann
    assert "1 simulated session left out" in ann
    assert "1 × taken out by hand" in ann
    assert "band red, effort 7" in ann
    assert "limb symmetry index = 100 × smaller / larger" in ann
    assert "2026-11-16 to 2026-11-22" in ann
    assert "limb symmetry index" not in nobody
    assert "1 set of a leg that nobody said" in nobody
    assert "SIMULATED" not in done.stdout


def test_simulated_sessions_are_shown_on_request_and_say_so(filled: Path) -> None:
    done = run("--store", filled, "--person", "ann", "--simulated")
    assert "Ann  2 sessions" in done.stdout
    assert "SIMULATED" in done.stdout
    assert "nobody  " not in done.stdout


def test_a_session_that_broke_off_is_one_with_what_went_on(filled: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(filled) as store:
        first = begin(store, person="Cy", started=MONDAY)
        store.close_set(first, 0, make_set(1, "left", 7))
        train(store, begin, MONDAY + timedelta(minutes=5), make_set(1, "left", 6), person="Cy", continues=first)
    out = run("--store", filled, "--person", "Cy").stdout
    assert "Cy  1 session, 1 gone on with after it broke off" in out
    assert re.findall(r" (\d) +left +(\d) ", out) == [("1", "7"), ("2", "6")]
    assert "gone on with" not in run("--store", filled, "--person", "Ann").stdout


def test_json_is_the_document_of_the_page(filled: Path) -> None:
    done = run("--store", filled, "--json", "--person", "Ann")
    with open_store(filled) as store:
        assert json.loads(done.stdout) == history_document(store, "Ann")


def test_the_command_exports(filled: Path, tmp_path: Path) -> None:
    done = run("--store", filled, "--export", tmp_path / "out", "--person", "Ann")
    assert done.exit_code == 0, done.output
    assert "sessions.csv" in done.stdout
    assert len(list((tmp_path / "out").glob("*.reps.csv"))) == 2


def test_the_command_deletes_and_names_what_is_left(filled: Path, tmp_path: Path) -> None:
    done = run("--store", filled, "--delete-person", "Ann")
    assert done.exit_code == 0, done.output
    assert "Deleted: Ann, 2 sessions, 0 files." in done.stdout
    assert str(tmp_path / "ann.kbraw") in done.stdout
    assert run("--store", filled, "--delete-person", "Ann").exit_code == 2


def test_the_command_deletes_the_files_too(filled: Path, tmp_path: Path) -> None:
    done = run("--store", filled, "--delete-person", "Ann", "--files")
    assert "Deleted: Ann, 2 sessions, 1 file." in done.stdout
    assert not (tmp_path / "ann.kbraw").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--files",), 2, "--delete-person NAME"),
        (("--delete-person", "Ann", "--json"), 2, "leave out --json"),
        (("--delete-person", ""), 2, "no such person"),
        (("--export", "out", "--simulated"), 2, "leave out --simulated"),
    ],
)
def test_what_does_not_go_together_is_refused(filled: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = run("--store", filled, *arguments)
    assert (done.exit_code, done.stderr.count("\n")) == (code, 1)
    assert says in done.stderr


def test_a_store_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    done = run("--store", tmp_path / "nothing.sqlite3")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert not (tmp_path / "nothing.sqlite3").exists()


def test_somebody_who_is_not_there_is_told_apart_from_an_empty_store(filled: Path) -> None:
    done = run("--store", filled, "--person", "Zoe")
    assert done.exit_code == 0, done.output
    assert "No session of that person is kept here" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("--person", "Ann")])
def test_where_nothing_is_kept_yet_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr("kickback.store.store.default_path", lambda: tmp_path / "mine" / "kickback.sqlite3")
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    assert "No session is kept here yet" in done.stdout or "no session of 'Ann'" in done.stdout
