from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analysis.params import Params
from firmware_protocol.registry import BATTERY_LEVEL, SERIAL_NUMBER, Advert, Wish
from imu.finding import none_found, several_found
from imu.link import Found, Link, LinkError, NoAdapter, Radio
from imu.raw_file import read_records
from imu.status import Times
from kickback.cli import app
from kickback.commands.live import live, nobody_there
from kickback.commands.record import record
from kickback.commands.scan import scan_for
from kickback.errors import KickbackError
from kickback.live.air import INSTALL, Air, trace_of
from kickback.live.strap import Plan
from kickback.live.worn import Worn

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
    assert ("No sensor found" if nobody else "no Bluetooth adapter") in told.out, "the screen says it, too"
    assert "SIMULATED" in told.out
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_name_is_a_line_and_no_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    radio = FakeRadio([KNOWN], answers={SERIAL_NUMBER: b"KB-0007"})
    with pytest.raises(KickbackError, match="There is: Kickback 7"):
        live(plan_of(tmp_path, Worn("Kickback 9")), radio.air())
    assert "REPLAY" not in capsys.readouterr().out


def test_who_is_there_is_told_from_who_is_meant() -> None:
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
    assert "Hz, 0 sets" not in told.out, "no table of nothing"


class InterruptedRadio(FakeRadio):
    """Ctrl-C comes in the middle of the search."""

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None = None) -> list[Found]:
        signal.raise_signal(signal.SIGINT)
        while enough is None or not enough([]):
            await asyncio.sleep(0)
        return []


@pytest.mark.parametrize("command", [live, record])
def test_ctrl_c_before_the_session_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: Callable[[Plan, Air], int]
) -> None:
    assert command(plan_of(tmp_path), InterruptedRadio().air()) == 130
    assert capsys.readouterr().err == "Ended before all sensors were ready: there was no session.\n"


@pytest.mark.parametrize(("legs", "leg"), [(("left", "right"), None), (("left",), "left"), ((), "right")])
def test_legs_by_the_set_are_not_the_leg_of_the_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], legs: tuple[str, ...], leg: str | None
) -> None:
    times = Times(alone_s=0.0, tries=1, deadline_s=0.05)
    plan = replace(plan_of(tmp_path, Worn(None, legs)), times=times, played=trace_of(None))
    assert plan.played is not None
    assert plan.played.header.leg == "right"
    record(plan, FakeRadio([KNOWN], answers={SERIAL_NUMBER: b"KB-0007"}).air())
    capsys.readouterr()
    (raw,) = tmp_path.glob("*.kbraw")
    assert read_records(raw).session["leg"] == leg
    assert (leg or "7") in raw.stem.rsplit("_", 1)[-1]


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
