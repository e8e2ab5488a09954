from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kickback.cli import app
from kickback.errors import EXIT_BAD_FILE, EXIT_INTERRUPTED, EXIT_USAGE
from kickback.options import READING
from kickback.reading import Reading, options_of
from kickback.typed import EPILOG
from recordings.options import Options

TRACE = Path(__file__).resolve().parents[2] / "recordings" / "traces" / "clean_set.csv"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_nothing_said_overrules_nothing() -> None:
    assert options_of() == Options()
    assert set(READING) == Reading.__optional_keys__


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"sep": "tab"}, {"separator": "\t"}),
        ({"sep": "Semicolon"}, {"separator": ";"}),
        ({"sep": ","}, {"separator": ","}),
        ({"sep": "\\t"}, {"separator": "\t"}),
        ({"decimal": "comma"}, {"decimal": ","}),
        ({"decimal": "."}, {"decimal": "."}),
        ({"time_unit": "ms"}, {"time_unit": "ms"}),
        ({"time_unit": "Microseconds"}, {"time_unit": "us"}),
        ({"acc_unit": "G"}, {"acc_unit": "g"}),
        ({"acc_unit": "[m/s^2]"}, {"acc_unit": "m/s^2"}),
        ({"gyro_unit": "deg/s"}, {"gyr_unit": "deg/s"}),
        ({"rate": 52.0}, {"rate_hz": 52.0}),
        ({"dialect": "kickback_csv"}, {"dialect": "kickback_csv"}),
    ],
)
def test_what_is_typed_becomes_what_readers_want(typed: Any, found: dict[str, Any]) -> None:
    assert options_of(**typed) == Options(**found)


WRONG = [
    ("--dialect", "excel", "'excel' is not known; known are"),
    ("--sep", "dash", "--sep 'dash' is not comma or semicolon or tab"),
    ("--decimal", ";", "--decimal ';' is not point or comma"),
    ("--time-unit", "minutes", "--time-unit 'minutes' is not s, ms, us or ns"),
    ("--acc-unit", "deg/s", "--acc-unit: 'deg/s' is not a known unit of acceleration; known are"),
    ("--gyro-unit", "g", "--gyro-unit: 'g' is not a known unit of angular velocity; known are"),
    ("--rate", "0", "--rate 0 is not a number of samples a second"),
    ("--rate", "nan", "--rate nan is not a number of samples a second"),
]


@pytest.mark.parametrize("command", ["analyze", "replay", "inspect", "convert"])
@pytest.mark.parametrize(("option", "value", "said"), WRONG)
def test_a_wrong_value_is_wrong_usage(command: str, option: str, value: str, said: str, tmp_path: Path) -> None:
    more: list[str | Path] = ["--out", tmp_path / "out"] if command == "convert" else []
    done = run(command, TRACE, option, value, *more)
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.stderr.split())
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_exercise_is_named_in_every_face(tmp_path: Path) -> None:
    done = run("analyze", TRACE, "--exercise", "standing-kickback", "--out", tmp_path, "--report")
    assert done.exit_code == 0, done.output
    assert "standing kickback" in done.stdout.splitlines()[0]
    summary = json.loads((tmp_path / "clean_set.summary.json").read_text(encoding="utf-8"))
    assert summary["params"]["exercise"] == summary["exercise"]["name"] == "standing-kickback"
    assert "<li>standing kickback</li>" in (tmp_path / "clean_set.report.html").read_text(encoding="utf-8")


def test_an_exercise_of_ones_own_and_wrong_ones(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('like = "kickback"\ntitle = "my kick"\n', encoding="utf-8")
    done = run("analyze", TRACE, "--exercise", mine, "--json")
    assert json.loads(done.stdout)["files"][0]["exercise"]["title"] == "my kick"
    mine.write_text('like = "kickback"\nleast = 3\n', encoding="utf-8")
    for name, said in ((str(mine), "mine.toml: the key 'least' is not known"), ("squat", "'squat' is not known")):
        for command in ("analyze", "replay"):
            done = run(command, TRACE, "--exercise", name)
            assert done.exit_code == 2
            assert said in done.stderr
            assert len(done.stderr.splitlines()) == 1


def test_the_list_of_exercises() -> None:
    done = run("exercises")
    assert done.exit_code == 0
    listed = json.loads(run("exercises", "--json").stdout)["exercises"]
    assert listed[0]["name"] == "kickback"
    for one in listed:
        assert all(str(one[key]) in done.stdout for key in ("name", "title", "source"))
        assert all(what in done.stdout for what in one["work_on"])


def test_the_page_has_the_exit_codes() -> None:
    page = (TRACE.parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|", page.split("## Exit codes")[1].split("\n## ")[0], re.MULTILINE)
    assert rows == [str(code) for code in (0, EXIT_BAD_FILE, EXIT_USAGE, EXIT_INTERRUPTED)]
    assert [str(code) in EPILOG for code in rows] == [True] * 4


@pytest.mark.parametrize("command", ["analyze", "inspect", "convert", "replay"])
def test_ctrl_c_while_a_file_is_read_is_130(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("recordings.registry.open_source", interrupted)
    more: list[str | Path] = ["--out", tmp_path] if command == "convert" else []
    done = run(command, TRACE, *more)
    assert done.exit_code == EXIT_INTERRUPTED, done.output
    assert done.stderr == "Interrupted; files that were written already are whole.\n"
    assert list(tmp_path.iterdir()) == []
