"""The whole Bluetooth path in this process: a virtual sensor, our wire format, the client, the files, the table."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analysis.params import Params, Tempo
from firmware_protocol.registry import Wish
from imu.blocks import Recording
from imu.raw_file import read_records
from imu.simulate import simulate
from kickback import analyze
from kickback.cli import app
from kickback.commands.live import live
from kickback.errors import KickbackError
from kickback.live import air as air_module
from kickback.live.air import Air, trace_of
from kickback.live.strap import Plan
from kickback.live.worn import worn_of
from recordings import write_csv

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@dataclass(frozen=True)
class Held:
    """A session of two sensors, the left one of which lost its link."""

    code: int
    out: str
    err: str
    folder: Path

    def one(self, ending: str) -> Path:
        (path,) = self.folder.glob(f"*{ending}")
        return path


@pytest.fixture(scope="module")
def quick() -> Recording:
    """Five seconds with three quick reps."""
    whole = simulate("fast", seed=13, reps=3).recording()
    return whole.between(whole.header.start_s + 22.0, whole.header.start_s + 27.0)


@pytest.fixture(scope="module")
def held(quick: Recording, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Both legs do the quick reps; the left sensor's link is cut for half a second."""
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    from imu.virtual_backend import virtual_radio
    from imu.virtual_sensor import VirtualSensor
    from imu.virtual_truth import Faults

    folder = tmp_path_factory.mktemp("session")
    worn = worn_of(["Kickback left", "Kickback right"], ["left", "right"])
    faults = {"left": Faults(drop=((1.5, 0.5),), battery_percent=15), "right": Faults()}
    sensors = [
        VirtualSensor(quick, name=f"Kickback {leg}", serial=f"VIRTUAL-{leg}", faults=faults[leg])
        for leg in ("left", "right")
    ]
    air = Air(lambda: virtual_radio(*sensors), quick, lambda: all(each.played_out for each in sensors))
    params = Params(tempo=Tempo.parse("1-0-1-1"))
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = live(Plan(worn, params, Wish(), folder, 30.0, quick, " --tempo 1-0-1-1"), air)
    return Held(code, out.getvalue(), err.getvalue(), folder)


def test_a_session_says_what_it_is_and_ends_well(held: Held) -> None:
    assert (held.code, held.err) == (0, "")
    lines = held.out.splitlines()
    assert "Kickback left: Kickback sensor (our own firmware), serial VIRTUAL-left, left leg" in lines
    assert any("battery 15 %, signal strong" in line and "100 samples a second" in line for line in lines)
    assert "SIMULATED: no person made these movements." in lines
    assert "VIRTUAL SENSOR: it plays fast_13, nobody wears it" in lines
    assert any("The battery of Kickback left is low (15 %)" in line for line in lines)
    assert lines[-1].startswith("Again at any time: kickback analyze ")


def test_the_lost_link_is_told_and_nothing_is_missing(held: Held) -> None:
    left = [line for line in held.out.splitlines() if line.startswith("left  ")]
    lost = next(index for index, line in enumerate(left) if "LINK LOST" in line)
    assert any("back-filled, nothing is missing" in line for line in left[lost:])
    assert not any("LINK LOST" in line for line in held.out.splitlines() if line.startswith("right  "))


def test_both_legs_have_their_files_and_their_table(held: Held) -> None:
    for leg in ("left", "right"):
        for ending in (".kbraw", ".csv", ".json", ".reps.csv", ".summary.json", ".report.html"):
            assert held.one(f"_Kickback-{leg}{ending}").stat().st_size > 0
        assert f"Set 1  {leg} leg, 3 reps" in held.out
        summary = json.loads(held.one(f"-{leg}.summary.json").read_text(encoding="utf-8"))
        assert summary["simulated"] is True


def test_the_table_of_the_session_is_that_of_the_raw_file(held: Held) -> None:
    done = run("analyze", held.one("-left.kbraw"))
    assert done.exit_code == 0, done.output
    table = [line for line in done.stdout.splitlines() if line.strip()]
    assert len(table) > 8
    assert [line for line in table if line not in held.out.splitlines()] == []
    assert "target tempo 1-0-1-1" in done.stdout, "the tempo is in the raw file"


def test_the_csv_has_the_samples_of_the_raw_file(held: Held) -> None:
    raw, table = (analyze(held.one(f"-left{ending}")) for ending in (".kbraw", ".csv"))
    assert len(raw.recording) == len(table.recording)
    assert int(raw.recording.lost.sum()) == 0
    assert (table.header.leg, table.header.simulated) == ("left", True)
    assert table.params.tempo == raw.params.tempo == Tempo.parse("1-0-1-1")
    assert [rep.rep for rep in table.all_reps] == [rep.rep for rep in raw.all_reps]


def test_the_replay_of_the_raw_file_says_what_the_session_said(held: Held) -> None:
    done = run("replay", held.one("-left.kbraw"), "--speed", "inf")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith("SIMULATED")
    assert lines[1].startswith("REPLAY of ")
    assert ", recorded 20" in lines[1]
    assert any("LINK LOST" in line for line in lines)
    assert any("back-filled, nothing is missing" in line for line in lines)
    counted = [line for line in lines if "  rep " in line or "closed" in line]
    session = [line.removeprefix("left  ") for line in held.out.splitlines() if line.startswith("left  ")]
    assert counted
    assert counted == [line for line in session if "  rep " in line or "closed" in line]


def test_a_part_of_a_raw_file_can_be_replayed(held: Held) -> None:
    done = run("replay", held.one("-right.kbraw"), "--speed", "inf", "--from", "1", "--to", "5", "--leg", "left")
    assert done.exit_code == 0, done.output
    assert "LINK" not in done.stdout


def test_an_unknown_exercise_of_a_session_is_said(held: Held, tmp_path: Path) -> None:
    done = run("analyze", held.one("-right.kbraw"), "--exercise", "standing-kickback", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "counted live as kickback, here as standing-kickback" in done.stdout


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "kickback", *arguments],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def until(process: subprocess.Popen[str], word: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return lines
    raise AssertionError(f"it ended without {word!r}: {''.join(lines)}")


@pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system")
def test_sigterm_ends_a_session_in_order(quick: Recording, tmp_path: Path) -> None:
    write_csv(quick, tmp_path / "quick.csv")
    with started(tmp_path, "live", "--virtual", "--replay", "quick.csv") as process:
        until(process, "rep 3")
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "set 1 closed (end)  left leg  3 reps" in rest
    assert "Recorded: kickback-sessions" in rest
    (path,) = (tmp_path / "kickback-sessions").glob("*.kbraw")
    raw = read_records(path)
    assert raw.ended
    assert raw.notes == ()


def test_a_recording_ends_by_itself_and_counts_nothing(tmp_path: Path) -> None:
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    done = run("record", "--virtual", "--leg", "left", "--seconds", "0.5", "--out", tmp_path / "kept")
    assert done.exit_code == 0, done.output
    assert f"Recorded: {tmp_path / 'kept'}" in done.stdout
    assert "reps" not in done.stdout
    assert sorted(path.suffix for path in (tmp_path / "kept").iterdir()) == [".csv", ".json", ".kbraw"]
    (table,) = (tmp_path / "kept").glob("*.json")
    facts = json.loads(table.read_text(encoding="utf-8"))
    assert (facts["simulated"], facts["leg"], facts["ended"]) == (True, "left", True)


@pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system")
def test_ctrl_c_ends_a_scan(tmp_path: Path) -> None:
    with started(tmp_path, "scan", "--virtual", "--seconds", "60") as process:
        until(process, "Looking for")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_the_trace_that_a_virtual_sensor_plays_ships(tmp_path: Path) -> None:
    assert trace_of(None).header.simulated
    assert trace_of(None).header.name == air_module.TRACE
    with pytest.raises(KickbackError, match="absent"):
        trace_of(tmp_path / "absent.csv")
