from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analysis.params import Params, Tempo
from firmware_protocol.registry import BATTERY_LEVEL, SERIAL_NUMBER, Advert, Wish
from imu.blocks import Recording
from imu.finding import none_found, several_found
from imu.link import Found, Link, LinkError, NoAdapter, Radio
from imu.raw_file import read_records
from imu.simulate import simulate
from imu.status import Times
from kickback import analyze
from kickback.cli import app
from kickback.commands.live import live, nobody_there
from kickback.commands.record import record
from kickback.commands.scan import scan_for
from kickback.errors import KickbackError
from kickback.live import air as air_module
from kickback.live.air import INSTALL, Air, trace_of
from kickback.live.strap import Plan
from kickback.live.worn import Worn, worn_of
from recordings import write_csv

ROOT = Path(__file__).resolve().parents[2]
KNOWN = Found("A", Advert("Kickback 7", frozenset({"6b620100-1f0e-4c57-9a6d-2d8b3f5c7e91"})), -70)
WITMOTION = Found("B", Advert("WT901BLE67", frozenset({"0000ffe5-0000-1000-8000-00805f9a34fb"})), -88)
STRANGER = Found("C", Advert("A fridge"), -50)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@dataclass
class FakeLink:
    """A link to a sensor that only tells its serial number and its battery."""

    answers: dict[str, bytes]
    mtu: int | None = None
    characteristics: frozenset[str] = frozenset()

    async def read(self, uuid: str) -> bytes:
        if uuid not in self.answers:
            raise LinkError("there is no such characteristic")
        return self.answers[uuid]

    async def write(self, uuid: str, data: bytes, response: bool) -> None:
        raise LinkError("it takes nothing")

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        raise LinkError("it says nothing")

    async def close(self) -> None:
        self.answers = {}


@dataclass
class FakeRadio:
    """Finds what it was told, at once; ``trouble`` is raised instead."""

    found: list[Found] = field(default_factory=list)
    trouble: LinkError | None = None
    answers: dict[str, bytes] = field(default_factory=dict)

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None = None) -> list[Found]:
        if self.trouble is not None:
            raise self.trouble
        return self.found

    async def connect(self, found: Found, lost: Callable[[], None]) -> Link:
        if not self.answers:
            raise LinkError(f"connecting to {found.advert.name} failed: out of reach.")
        return FakeLink(dict(self.answers))

    def air(self) -> Air:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Radio]:
            yield self

        return Air(opened)


def plan_of(folder: Path, *worn: Worn, seconds: float | None = None) -> Plan:
    return Plan(worn or (Worn(),), Params(), Wish(), folder, seconds)


def test_a_scan_says_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    radio = FakeRadio([KNOWN, WITMOTION, STRANGER], answers={SERIAL_NUMBER: b"KB-0007", BATTERY_LEVEL: b"\x0c"})
    assert scan_for(radio.air(), 1.0, as_json=False) == 0
    text = capsys.readouterr().out
    for word in ("Kickback 7", "KB-0007", "good (-70 dBm)", "weak (-88 dBm)", "12 %, charge it", "WitMotion"):
        assert word in text
    assert "1 other Bluetooth device that Kickback does not know" in text
    assert "WT901BLE67: " in text, "its doubts stand below the table"


def test_a_sensor_that_cannot_be_asked_is_listed_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert scan_for(FakeRadio([KNOWN]).air(), 1.0, as_json=False) == 0
    assert "Kickback 7: connecting to Kickback 7 failed: out of reach." in capsys.readouterr().out


def test_a_scan_without_a_sensor_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert scan_for(FakeRadio([STRANGER]).air(), 1.0, as_json=False) == 1
    text = capsys.readouterr().out
    assert "No sensor found. Switch it on, bring it near" in text
    assert "A fridge" not in text


def test_a_scan_as_json_is_json_alone(capsys: pytest.CaptureFixture[str]) -> None:
    radio = FakeRadio([KNOWN, STRANGER], answers={SERIAL_NUMBER: b"KB-0007"})
    assert scan_for(radio.air(), 1.0, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["virtual"] is False
    assert [(one["name"], one["serial"], one["codec"]) for one in said["sensors"]] == [
        ("Kickback 7", "KB-0007", "kickback"),
        ("A fridge", None, None),
    ]


def test_a_scan_without_bluetooth_is_one_line() -> None:
    with pytest.raises(KickbackError, match="no Bluetooth adapter"):
        scan_for(FakeRadio(trouble=NoAdapter("This machine has no Bluetooth adapter.")).air(), 1.0, as_json=False)


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("nobody", [False, True])
def test_where_there_is_nothing_it_says_which_and_replays(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    nobody: bool,
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    radio = FakeRadio() if nobody else FakeRadio(trouble=NoAdapter("This machine has no Bluetooth adapter."))
    assert live(plan_of(tmp_path, seconds=0.01), radio.air()) == 1
    told = capsys.readouterr()
    assert ("No sensor found" if nobody else "no Bluetooth adapter") in told.err
    assert "simulated, not live" in told.err
    assert "REPLAY of clean_set.csv, not live" in told.out
    assert "SIMULATED" in told.out
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_name_is_a_line_and_no_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    radio = FakeRadio([KNOWN], answers={SERIAL_NUMBER: b"KB-0007"})
    with pytest.raises(KickbackError, match="There is: Kickback 7"):
        live(plan_of(tmp_path, Worn("Kickback 9")), radio.air())
    assert "REPLAY" not in capsys.readouterr().out


def test_who_is_there_is_told_from_who_is_meant() -> None:
    """The words are those of imu.finding; should they change, this says so."""
    assert nobody_there(none_found([], None, 10.0))
    assert nobody_there(none_found([STRANGER], None, 10.0))
    assert nobody_there(none_found([STRANGER], "Kickback 9", 10.0))
    assert not nobody_there(none_found([KNOWN], "Kickback 9", 10.0))
    assert not nobody_there(none_found([STRANGER], "A fridge", 10.0))
    assert not nobody_there(several_found([KNOWN, WITMOTION], None))
    assert not nobody_there(LinkError("No sensor answers"))


@pytest.mark.parametrize("command", [live, record])
def test_a_sensor_that_never_sends_is_given_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: Callable[[Plan, Air], int]
) -> None:
    plan = replace(plan_of(tmp_path), times=Times(alone_s=0.0, tries=1, deadline_s=0.05))
    assert command(plan, FakeRadio([KNOWN], answers={SERIAL_NUMBER: b"KB-0007"}).air()) == 1
    told = capsys.readouterr()
    assert "Kickback 7 did not come back within 0.05 s" in told.err
    assert "Recorded: " in told.out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("live", "--seconds", "0"), "--seconds 0 is not above 0"),
        (("record", "--seconds", "nan"), "not above 0"),
        (("live", "--leg", "both"), "neither 'left' nor 'right'"),
        (("live", "--sensor", "A", "--replay", "x.csv"), "leave out --sensor"),
        (("live", "--tempo", "fast"), "tempo"),
        (("record", "--rate", "5000"), "1000"),
    ],
)
def test_wrong_usage_is_code_2_and_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert why in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_live_replays_a_file_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trace = ROOT / "recordings" / "traces" / "clean_set.csv"
    done = run("live", "--replay", trace, "--seconds", "0.01")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1] == "REPLAY of clean_set.csv, not live"
    assert list(tmp_path.iterdir()) == []
    done = run("live", "--replay", tmp_path / "absent.csv")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("imu.virtual_", "bumble"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "bumble", None)
    done = run("scan", "--virtual")
    assert (done.exit_code, done.stderr) == (1, INSTALL + "\n")


# ---- end to end: the whole Bluetooth path in this process ----


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
