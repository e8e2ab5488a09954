"""The command: what it prints, what it ends with, what it says of a mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from kickback.batching import running
from kickback.batching.pool import in_this_process
from kickback.provenance import Provenance
from kickback.research_commands.batch import batch

PATTERN = "{subject}/{session}_{leg}.csv"


def run(*words: str | Path) -> Result:
    app = typer.Typer()
    app.command()(batch)
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No processes: they are tested elsewhere."""
    monkeypatch.setattr(running, "by_processes", lambda job, recordings, _: in_this_process(job, recordings))


@pytest.mark.usefixtures("here")
def test_it_says_what_was_done_and_what_failed(study: Path, tmp_path: Path) -> None:
    done = run(study, "--out", tmp_path / "out", "--pattern", PATTERN)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "4 of 5 recordings done"
    assert "reps in 4 sets" in lines[1]
    assert lines[2] == "SIMULATED: no person made these movements."
    assert lines[-1].endswith("reps.parquet, reps.csv, sets.parquet, sets.csv, failures.csv, provenance.json")
    assert done.stderr.startswith("ben/friday_left.csv: this is not a table")
    again = run(study, "--out", tmp_path / "out", "--pattern", PATTERN)
    assert again.stdout.splitlines()[0] == "4 of 5 recordings done (4 unchanged since last time)"


@pytest.mark.usefixtures("here")
def test_as_json_it_is_one_document(study: Path, tmp_path: Path) -> None:
    (study / "ben" / "friday_left.csv").unlink()
    done = run(study, "--out", tmp_path / "out", "--pattern", PATTERN, "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["recordings"], document["failed"], document["subjects"], document["sets"]) == (4, 0, 2, 4)
    assert document["simulated"] == 4


@pytest.mark.usefixtures("here")
def test_the_command_is_kept_as_it_would_be_typed_again(study: Path, tmp_path: Path) -> None:
    words = ["--pattern", PATTERN, "--tempo", "2-0-1-1", "--decimal", ",", "--acc-unit", "m/s^2", "--angle"]
    run(study, "--out", tmp_path / "out", *words, "--jobs", "2")
    kept = Provenance.read(tmp_path / "out" / "provenance.json").command
    assert kept[:2] == ("batch", str(study))
    assert sorted(kept[2:]) == sorted(words)


@pytest.mark.usefixtures("here")
def test_ctrl_c_says_how_far_it_came(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "_settled", interrupted)
    done = run(study, "--out", tmp_path / "out", "--pattern", PATTERN)
    assert done.exit_code == 130
    assert done.stderr == (
        "Interrupted after 5 of 5 recordings; what was done is kept, and the same command goes on from there.\n"
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--pattern", "*.csv"], "names no column"),
        (["--decimal", ";"], "--decimal ';' is neither '.' nor ','"),
        (["--tempo", "fast"], "tempo 'fast' is not four numbers"),
        (["--acc-unit", "furlongs"], "--acc-unit"),
        (["--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "leave one out"),
        (["--pattern", "{subject}.xyz"], "none fits --pattern"),
        (["--scheduler", "localhost"], "is no address of a scheduler, such as tcp://host:8786"),
    ],
)
def test_a_mistake_gets_one_line_and_nothing_is_done(words: list[str], why: str, study: Path, tmp_path: Path) -> None:
    done = run(study, "--out", tmp_path / "out", *words)
    assert done.exit_code == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out" / "reps.csv").exists()


def test_a_table_that_is_not_there_is_a_bad_file(study: Path, tmp_path: Path) -> None:
    done = run(study, "--out", tmp_path / "out", "--table", tmp_path / "nowhere.csv")
    assert done.exit_code == 1
    assert "there is no such file" in done.stderr
