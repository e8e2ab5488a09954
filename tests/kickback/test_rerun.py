"""A result says with what it was made, and is made again and compared."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from kickback.cli import app
from kickback.errors import KickbackError
from kickback.provenance import NAME, Provenance, sha256_of
from kickback.rerunning import Again, again_of, make_again
from kickback.typed import words_of
from recordings import shipped_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a shipped trace."""
    folder = tmp_path_factory.mktemp("analyzed")
    done = run("analyze", shipped_path("clean_set"), "--tempo", "4-0-1-1", "--to", "30", "--angle", "--out", folder)
    assert done.exit_code == 0, done.output
    return folder


def test_an_analysis_says_its_command_and_is_made_again(analyzed: Path) -> None:
    summary = analyzed / "clean_set.summary.json"
    said = json.loads(summary.read_text(encoding="utf-8"))["command"]
    assert said == ["analyze", str(shipped_path("clean_set")), "--tempo", "4-0-1-1", "--angle", "--to", "30.0"]
    done = run("rerun", summary)
    assert done.exit_code == 0, done.output
    assert done.stdout.count("the same to the last byte") == 3
    assert done.stdout.endswith("3 of 3 files are the same.\n")


def test_what_was_changed_since_is_found(analyzed: Path, tmp_path: Path) -> None:
    for path in analyzed.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = tmp_path / "clean_set.reps.csv"
    frame = pd.read_csv(table)
    frame["rom_deg"] = frame["rom_deg"].where(frame.index != 1, frame["rom_deg"] + 5.0)
    frame.to_csv(table, index=False)
    angle = tmp_path / "clean_set.angle.csv"
    angle.write_text("\n".join(angle.read_text(encoding="utf-8").splitlines()[:-3]), encoding="utf-8")
    document = json.loads((tmp_path / "clean_set.summary.json").read_text(encoding="utf-8"))
    (tmp_path / "clean_set.summary.json").write_text(json.dumps({**document, "n_reps": 99}), encoding="utf-8")
    done = run("rerun", tmp_path / "clean_set.summary.json", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert not found["same"]
    what = {each["file"]: each["what"] for each in found["files"]}
    assert "by 5 at most, in rom_deg" in what["clean_set.reps.csv"]
    assert "rows" in what["clean_set.angle.csv"]
    assert what["clean_set.summary.json"] == "other: n_reps"


def test_a_folder_of_results_is_made_again_from_any_of_its_files(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra 'research' is not installed")
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    for trace in ("clean_set", "pulses"):
        source = shipped_path(trace)
        for path in (source, source.with_suffix(".json")):
            (recordings / path.name).write_bytes(path.read_bytes())
    out = tmp_path / "out"
    assert run("batch", recordings, "--jobs", "1", "--out", out).exit_code == 0
    for result in (out, out / NAME, out / "reps.parquet"):
        done = run("rerun", result, "--json")
        assert done.exit_code == 0, done.output
    assert {each["file"] for each in json.loads(done.stdout)["files"]} >= {"reps.csv", "reps.parquet", "sets.csv"}
    (recordings / "pulses.csv").unlink()
    done = run("rerun", out)
    assert done.exit_code == 1
    assert "pulses.csv is not there any more" in done.stdout
    (out / "sets.csv").unlink()
    assert "it is not there any more" in run("rerun", out).stdout


@pytest.mark.parametrize(
    ("content", "why"),
    [("{", "no JSON"), ("[]", "schema 1"), ('{"schema": 1}', "it has no command, params")],
)
def test_a_broken_account_is_one_line(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / NAME).write_text(content, encoding="utf-8")
    done = run("rerun", tmp_path)
    assert done.exit_code == 1
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_says_nothing_cannot_be_made_again(tmp_path: Path) -> None:
    with pytest.raises(KickbackError, match="no such file"):
        again_of(tmp_path / "nothing")
    alone = tmp_path / "x.csv"
    alone.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(KickbackError, match="nothing says with what it was made"):
        again_of(alone)
    Provenance((), {}, {}).write(tmp_path, [alone])
    with pytest.raises(KickbackError, match="made from Python"):
        again_of(alone)
    (tmp_path / "y.summary.json").write_text('{"schema": 1}', encoding="utf-8")
    with pytest.raises(KickbackError, match="does not say by which command"):
        again_of(tmp_path / "y.summary.json")


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    gone = Again("x", tmp_path, ("analyze", str(tmp_path / "gone.csv")), {}, {}, {})
    with pytest.raises(KickbackError, match=r"cannot be done again here: .*gone.csv: there is no such file"):
        make_again(gone)


def test_the_account_holds_the_sums_of_what_it_tells(tmp_path: Path) -> None:
    table = tmp_path / "angle" / "a.csv"
    table.parent.mkdir()
    table.write_text("a\n1\n", encoding="utf-8")
    made = Provenance(("batch", "x"), {"tempo": "3-0-1-1"}, {"x.csv": "00"}, True)
    read = Provenance.read(made.write(tmp_path, [table]))
    assert read.outputs == {"angle/a.csv": sha256_of(table)}
    assert (read.command, read.inputs, read.simulated) == (made.command, made.inputs, True)
    assert read.software["kickback"]


def test_options_as_they_are_typed_again() -> None:
    assert words_of(tempo="3-0-1-1", to_s=None, angle=True, report=False, hip_rotation_limit=8.0) == (
        *("--tempo", "3-0-1-1", "--angle"),
        *("--hip-rotation-limit", "8.0"),
    )
