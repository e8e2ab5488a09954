"""``kickback compare``: tables in, tables out, one line for a mistake; and the same from Python."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from kickback.cli import app
from kickback.comparing import LEFT_OUT, compare
from kickback.comparison.reading import read_reps, where
from kickback.errors import KickbackError, UsageError
from kickback.provenance import Provenance

MakeStudy = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def table(simulated_study: MakeStudy) -> pd.DataFrame:
    made = simulated_study(people=(5, 5), reps=4)
    made.loc[0, "is_partial"] = True
    return made.assign(subject="00" + made["subject"].str.removeprefix("s"))  # an id that must not become a number


@pytest.fixture(scope="module")
def files(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as ``kickback batch`` writes it, and the same table with commas in its numbers."""
    folder = tmp_path_factory.mktemp("results")
    table.to_parquet(folder / "reps.parquet")
    shown = table.astype(object).replace({True: "true", False: "false"})
    shown.to_csv(folder / "reps.csv", index=False)
    shown.to_csv(folder / "komma.csv", index=False, sep=";", decimal=",")
    return folder


def typed(*words: object) -> Result:
    return CliRunner().invoke(app, ["compare", *map(str, words)])


def one_line(result: Result, code: int) -> str:
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return str(result.stderr)


@pytest.mark.parametrize("name", ["reps.parquet", "reps.csv", "komma.csv", ""])
def test_every_kind_of_file_gives_the_same(name: str, files: Path, table: pd.DataFrame) -> None:
    _, read = read_reps(files / name)
    assert read["subject"].tolist() == table["subject"].tolist()
    for column in ("eccentric_s", "pause_s"):
        assert read[column].to_numpy() == pytest.approx(table[column].to_numpy(), nan_ok=True)
    assert read["is_partial"].astype(bool).tolist() == table["is_partial"].astype(bool).tolist()
    assert read["simulated"].astype(bool).all()


def test_json_holds_every_table_and_no_nan(files: Path, table: pd.DataFrame) -> None:
    result = typed(files, "--by", "group", "--measure", "eccentric_s", "--measure", "pause_s", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["by"], found["levels"]) == ("group", ["control", "patient"])
    assert found["reps"] == len(table) - 1
    assert found["simulated"] == 1.0
    wanted = compare(table, by="group", measures=["eccentric_s", "pause_s"])
    for name, rows in found["tables"].items():
        assert len(rows) == len(wanted.tables[name]), name
    assert [row["estimate"] for row in found["tables"]["effects"]] == pytest.approx(list(wanted.effects["estimate"]))
    assert found["tables"]["symmetry"][0]["beyond_mdc95"] in (True, False)
    assert found["tables"]["drift"][0]["loss_percent"] is None
    assert "statsmodels" in found["versions"]


def test_the_terminal_says_simulated_and_what_to_keep_in_mind(files: Path) -> None:
    result = typed(files, "--by", "group", "--measure", "eccentric_s")
    assert result.exit_code == 0, result.stderr
    words = " ".join(result.stdout.split())
    assert "SIMULATED: no person made these movements." in words
    assert "control (5), patient (5) people" in words
    assert "leg: right - left" in words
    assert "1 reps left out: a partial rep." in words
    assert "ICC(2,1)" in words


def test_a_folder_of_results_says_with_what_it_was_made(files: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = typed(files, "--by", "group", "--measure", "eccentric_s", "--reference", "patient", "--out", out)
    assert result.exit_code == 0, result.stderr
    made = Provenance.read(out / "provenance.json")
    wanted = ("compare", str(files), "--by", "group", "--measure", "eccentric_s", "--reference", "patient")
    assert made.command == wanted
    assert made.simulated is True
    assert list(made.inputs) == [(files / "reps.parquet").as_posix()]
    assert made.params["left_out"] == list(LEFT_OUT)
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert there == {*made.outputs, "provenance.json"}
    assert {"paper.md", "methods.md", "log.csv", "effects.csv", "figures/raincloud_eccentric_s.svg"} <= there
    log = pd.read_csv(out / "log.csv")
    assert log["reason"].tolist() == ["a partial rep"]
    assert "SIMULATED" in (out / "paper.md").read_text(encoding="utf-8")
    assert "statsmodels" in (out / "methods.md").read_text(encoding="utf-8")


def test_the_command_that_is_kept_gives_the_same_files_again(files: Path, tmp_path: Path) -> None:
    words = [files, "--by", "condition", "--measure", "eccentric_s", "--where", "session=1", "--where", "session=2"]
    words += ["--keep-partial", "--nested-only", "--no-figures"]
    _, table = read_reps(files)
    changed = table.assign(condition=table["set"].map({1: "a", 2: "a", 3: "b", 4: "b"}))
    changed.to_parquet(tmp_path / "reps.parquet")
    words[0] = tmp_path / "reps.parquet"
    assert typed(*words, "--out", tmp_path / "one").exit_code == 0
    made = Provenance.read(tmp_path / "one" / "provenance.json")
    assert made.command == ("compare", *map(str, words))
    assert typed(*made.command[1:], "--out", tmp_path / "two").exit_code == 0
    assert Provenance.read(tmp_path / "two" / "provenance.json").outputs == made.outputs


def test_where_chooses_reps(table: pd.DataFrame) -> None:
    assert set(where(table, ["session=1"])["session"]) == {"1"}
    assert set(where(table, ["set=1", "set=3", "leg=right"])["set"]) == {1, 3}
    assert len(where(table, ["simulated=true"])) == len(table)
    with pytest.raises(UsageError, match="no rep has session=9; there is 1, 2"):
        where(table, ["session=9"])
    with pytest.raises(UsageError, match="--where cohort=1: write COLUMN=VALUE"):
        where(table, ["cohort=1"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--by", "cohort"], "no column 'cohort'; it has subject,"),
        (["--by", "condition"], "nobody said its condition"),
        (["--by", "exercise"], "nothing to compare it with"),
        (["--by", "group", "--measure", "cadence"], "no measure 'cadence'"),
        (["--by", "group", "--reference", "athletes"], "never 'athletes'; it is control, patient"),
        (["--by", "group", "--where", "group=control"], "there is nothing to compare it with"),
        (["--by", "group", "--where", "session"], "write COLUMN=VALUE"),
        (["--by", "group", "--same-reps"], "nobody is seen at two levels"),
        (["--by", "group", "--no-figures"], "--no-figures is for --out"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], said: str, files: Path) -> None:
    assert said in one_line(typed(files, *words), 2)


def test_a_file_that_is_no_table_of_reps_is_one_line(files: Path, tmp_path: Path) -> None:
    assert "there is no such file" in one_line(typed(tmp_path / "none.csv", "--by", "group"), 1)
    assert "there is no such file" in one_line(typed(tmp_path, "--by", "group"), 1)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "no column 'subject', 'recording'" in one_line(typed(tmp_path / "other.csv", "--by", "group"), 1)
    (tmp_path / "empty.csv").write_bytes(b"")
    assert "no CSV table" in one_line(typed(tmp_path / "empty.csv", "--by", "group"), 1)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    assert "no Parquet file" in one_line(typed(tmp_path / "bad.parquet", "--by", "group"), 1)
    head = (files / "reps.csv").read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "head.csv").write_text(head + "\n", encoding="utf-8")
    assert "the table of reps is empty" in one_line(typed(tmp_path / "head.csv", "--by", "group"), 1)
    (tmp_path / "taken").write_text("", encoding="utf-8")
    assert "this is a file" in one_line(typed(files, "--by", "group", "--out", tmp_path / "taken"), 2)


def test_without_statsmodels_one_line_says_what_to_install(
    files: Path, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.regression.mixed_linear_model", None)
    assert "pip install 'kickback[research]'" in one_line(typed(files, "--by", "group"), 1)
    with pytest.raises(KickbackError, match="statsmodels"):
        compare(table, by="group")


def test_without_pyarrow_the_csv_still_works(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert "or name the CSV beside it" in one_line(typed(files, "--by", "group"), 1)
    assert len(read_reps(files / "reps.csv")[1]) > 100


def test_from_python_a_table_or_a_file_goes_in(files: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    one = compare(table, by="group", measures=["eccentric_s"])
    two = compare(str(files), by="group", measures=["eccentric_s"], out=tmp_path / "out", figures=False)
    pd.testing.assert_frame_equal(one.effects, two.effects, rtol=1e-6)
    made = Provenance.read(tmp_path / "out" / "provenance.json")
    assert made.command == ()
    assert not (tmp_path / "out" / "figures").exists()
    effects = pd.read_csv(tmp_path / "out" / "effects.csv")
    assert np.allclose(effects["estimate"], one.effects["estimate"])


def test_a_level_may_be_called_anything(table: pd.DataFrame, tmp_path: Path) -> None:
    odd = table.assign(group=table["group"].map({"control": "x [bold]|[/red]" + 7 * " long", "patient": "y"}))
    odd.to_csv(tmp_path / "reps.csv", index=False)
    result = typed(tmp_path, "--by", "group", "--measure", "eccentric_s", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "x [bold]|[/red] long long" in result.output
    odd["group"] = odd["group"].map(lambda name: name * 3)
    odd.to_csv(tmp_path / "reps.csv", index=False)
    said = one_line(typed(tmp_path, "--by", "group", "--measure", "eccentric_s"), 2)
    assert "with 150 letters: give levels names of at most 60" in said
