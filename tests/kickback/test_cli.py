from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from analysis.results import REP_COLUMNS
from imu.simulate import simulate
from kickback.cli import app
from kickback.commands import analyze as command
from recordings.formats.kickback_csv import COLUMNS

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="session")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short simulated set in our own CSV, with its sidecar."""
    made = simulate("clean", seed=1, reps=4)
    path = tmp_path_factory.mktemp("traces") / "monday.csv"
    table = np.column_stack(made.rows)
    np.savetxt(path, table, delimiter=",", header=",".join(COLUMNS), comments="", fmt="%.6f")
    path.with_suffix(".json").write_text(json.dumps({"simulated": True, "leg": "left"}), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def rest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sensor on a table, without a sidecar."""
    path = tmp_path_factory.mktemp("traces") / "table.csv"
    lines = [f"{i / 100:.2f},0.01,{0.02 * (i % 3):.2f},9.81,0,0,0" for i in range(600)]
    path.write_text("\n".join([",".join(COLUMNS), *lines, ""]), encoding="utf-8")
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "shopping.csv"
    path.write_text("eggs,milk\n6,1\n", encoding="utf-8")
    return path


def test_the_table_names_reps_and_says_simulated(trace: Path) -> None:
    done = run("analyze", trace)
    assert done.exit_code == 0, done.output
    assert "SIMULATED" in done.stdout
    assert "Set 1  left leg, 4 reps" in done.stdout
    assert done.stderr == ""


def test_nothing_is_written_unasked(trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("analyze", trace).exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_out_gets_the_table_and_the_summary(trace: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    done = run("analyze", trace, "--out", out, "--angle", "--tempo", "4-0-1-2", "--leg", "right")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in out.iterdir()) == ["monday.angle.csv", "monday.reps.csv", "monday.summary.json"]
    with (out / "monday.reps.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == REP_COLUMNS
    assert [row["rep"] for row in rows] == ["1", "2", "3", "4"]
    assert {row["leg"] for row in rows} == {"right"}, "what was typed overrules the sidecar"
    summary = json.loads((out / "monday.summary.json").read_text(encoding="utf-8"))
    assert summary["sha256"] == hashlib.sha256(trace.read_bytes()).hexdigest()
    assert summary["simulated"] is True
    assert summary["params"]["tempo"] == "4-0-1-2"
    assert summary["sets"][0]["reps"] == 4
    with (out / "monday.angle.csv").open(encoding="utf-8") as stream:
        angle = list(csv.DictReader(stream))
    assert {row["phase"] for row in angle} == {"", "concentric", "hold", "eccentric"}


def test_report_alone_lands_in_the_current_folder(trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("analyze", trace, "--report")
    assert done.exit_code == 0, done.output
    assert [path.name for path in tmp_path.iterdir()] == ["monday.report.html"]
    assert "Written: monday.report.html" in done.stdout


def test_no_reps_give_the_header_alone_and_exit_code_0(rest: Path, tmp_path: Path) -> None:
    done = run("analyze", rest, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "No reps found." in done.stdout
    assert "SIMULATED" not in done.stdout
    assert (tmp_path / "table.reps.csv").read_text(encoding="utf-8") == ",".join(REP_COLUMNS) + "\n"


def test_json_is_one_document_and_nothing_else(trace: Path, rest: Path, bad: Path) -> None:
    done = run("analyze", trace, rest, bad, "--json", "--jobs", "1")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert [Path(one["file"]).name for one in document["files"]] == ["monday.csv", "table.csv", "shopping.csv"]
    first, second, third = document["files"]
    assert [rep["rep"] for rep in first["reps"]] == [1, 2, 3, 4]
    assert first["reps"][-1]["pause_s"] is None
    assert second["reps"] == []
    assert "shopping.csv" in third["error"]


def test_a_bad_file_gets_one_line_and_the_others_are_done(trace: Path, bad: Path, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.csv"
    done = run("analyze", missing, bad, tmp_path, trace, "--out", tmp_path / "out", "--jobs", "1")
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == [str(missing), str(bad), str(tmp_path)]
    assert all("Traceback" not in line for line in lines)
    assert (tmp_path / "out" / "monday.reps.csv").exists()


def test_files_in_parallel_are_printed_in_their_order(trace: Path, rest: Path, bad: Path, tmp_path: Path) -> None:
    done = run("analyze", bad, rest, trace, "--jobs", "2", "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert done.stdout.index("table ") < done.stdout.index("monday ")
    assert done.stderr.count("\n") == 1
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_a_fault_of_ours_is_not_called_a_bad_file(trace: Path, rest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise IndexError("off by one")

    monkeypatch.setattr(command, "summary", broken)
    done = run("analyze", trace, rest, "--jobs", "1")
    assert done.exit_code == 1
    assert done.stderr.count("Kickback failed (IndexError: off by one); please report this fault") == 2
    assert "Traceback" in done.stderr


def test_an_unwritable_place_is_told_in_one_line(trace: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "monday.reps.csv").mkdir(parents=True)
    done = run("analyze", trace, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "monday.reps.csv" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--leg", "both"), "neither 'left' nor 'right'"),
        (("--tempo", "3-0-1"), "not four numbers"),
        (("--hip-rotation-limit", "-2"), "must be positive"),
        (("--from", "5", "--to", "5"), "--from 5 is not before --to 5"),
        (("--angle",), "say where with --out DIR"),
        (("--jobs", "0"), "jobs"),
        (("--no-such-option",), "no-such-option"),
    ],
)
def test_wrong_usage_is_exit_code_2(trace: Path, arguments: tuple[str, ...], why: str) -> None:
    done = run("analyze", trace, *arguments)
    assert done.exit_code == 2
    assert why in done.stderr
    assert done.stdout == ""


def test_two_inputs_of_one_stem_are_refused_before_anything_is_written(trace: Path, tmp_path: Path) -> None:
    twin = tmp_path / trace.name
    twin.write_bytes(trace.read_bytes())
    done = run("analyze", trace, twin, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "would both write monday.*" in done.stderr
    assert not (tmp_path / "out").exists()
    assert run("analyze", trace, twin, "--jobs", "1").exit_code == 0, "nothing is written: nothing is in the way"


def test_a_part_of_a_recording(trace: Path) -> None:
    done = run("analyze", trace, "--from", "1e6")
    assert done.exit_code == 1
    assert "it runs from" in done.stderr
    done = run("analyze", trace, "--to", "5", "--json")
    assert json.loads(done.stdout)["files"][0]["recording"]["duration_s"] == pytest.approx(5.0, abs=0.1)


def test_help_and_version() -> None:
    done = run("--help")
    assert done.exit_code == 0
    for word in ("analyze", "replay", "demo", "simulate", "130"):
        assert word in done.stdout
    assert run("--version").stdout.startswith("kickback ")
    assert run().exit_code == 2


def test_replay_in_a_pipe_prints_lines(trace: Path) -> None:
    done = run("replay", trace, "--speed", "inf")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith("SIMULATED")
    assert sum("  rep " in line for line in lines) == 4
    assert any("set 1 closed" in line for line in lines)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("speed", ["0", "-1", "nan"])
def test_replay_needs_a_speed(trace: Path, speed: str) -> None:
    done = run("replay", trace, "--speed", speed)
    assert done.exit_code == 2
    assert "not above 0" in done.stderr


def test_replay_of_a_bad_file_is_one_line(bad: Path) -> None:
    done = run("replay", bad)
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX terminal")
def test_ctrl_c_ends_a_replay_with_what_was_counted(trace: Path, tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "kickback", "replay", str(trace), "--speed", "6"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        arguments, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "rep 3" in line:
                process.send_signal(signal.SIGINT)
                break
        rest_of_output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "set 1 closed" in rest_of_output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_on_a_full_disk_is_one_line() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Path("/dev/full").open("w") as full:
        arguments = [sys.executable, "-m", "kickback", "exercises"]
        done = subprocess.run(arguments, env=env, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is full" in done.stderr


def test_demo_shows_everything_and_says_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("demo", "--speed", "inf")
    assert done.exit_code == 0, done.output
    assert "SIMULATED" in done.stdout
    assert "set 1 closed" in done.stdout
    report = tmp_path / "kickback-demo" / "hip_rotation.report.html"
    assert str(report) in done.stdout
    assert "SIMULATED" in report.read_text(encoding="utf-8")
    assert (report.parent / "hip_rotation.summary.json").exists()


def test_demo_without_replay(tmp_path: Path) -> None:
    done = run("demo", "--no-replay", "--out", tmp_path / "place")
    assert done.exit_code == 0, done.output
    assert "set 1 closed" not in done.stdout
    assert len(list((tmp_path / "place").iterdir())) == 3


def test_simulate_writes_what_analyze_reads(tmp_path: Path) -> None:
    done = run("simulate", "clean", "--seed", "5", "--reps", "3", "--leg", "left", "--rate", "50", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean_5.csv", "clean_5.json", "clean_5.truth.json"]
    truth = json.loads((tmp_path / "clean_5.truth.json").read_text(encoding="utf-8"))
    assert truth["n_reps"] == 3
    found = json.loads(run("analyze", tmp_path / "clean_5.csv", "--json").stdout)["files"][0]
    assert (found["simulated"], found["recording"]["leg"]) == (True, "left")
    assert found["recording"]["rate_hz"] == pytest.approx(50.0, rel=0.02)
    assert [rep["start_s"] for rep in found["reps"]] == pytest.approx(
        [rep["start_s"] for rep in truth["reps"]], abs=0.1
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nonsense",), "kind must be one of clean, everyday"),
        (("clean", "--rate", "60"), "rate_hz must be one of"),
        (("clean", "--leg", "both"), "leg must be one of left, right"),
        (("clean", "--reps", "1"), "reps must be between"),
        (("clean", "--sensor", "vintage"), "sensor must be one of"),
    ],
)
def test_simulate_names_what_it_knows(arguments: tuple[str, ...], why: str, tmp_path: Path) -> None:
    done = run("simulate", *arguments, "--out", tmp_path)
    assert done.exit_code == 2
    assert why in done.stderr
    assert list(tmp_path.iterdir()) == []
