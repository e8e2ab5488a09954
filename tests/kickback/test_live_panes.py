from __future__ import annotations

import io
import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from analysis.params import Params, Tempo
from analysis.results import Phase, Progress, Reason, Rejected
from imu.blocks import Header, SampleBlock
from imu.records import Kind, Record
from kickback.commands.record import StateView
from kickback.errors import KickbackError, UsageError
from kickback.live.board import Board
from kickback.live.files import SessionFiles, made, stem_of_session
from kickback.live.link import LinkBoard, LinkNow
from kickback.live.panes import LEAST_PANE, Panes
from kickback.live.stage import Lane, Stage
from kickback.live.view import LineView
from kickback.live.worn import Worn, worn_of

FINE = LinkNow("streaming", at_s=10.0, battery_percent=87, rssi_dbm=-62, age_s=0.04, rate_hz=100.0)
LOST = replace(FINE, state="lost", at_s=14.0, age_s=4.0)
NOW = Progress(1234, 12.34, Phase.HOLD, 35.0, count=0, candidates=2, set=0, phase_s=0.5)


def lane_of(name: str, leg: str | None, *looks: LinkNow) -> Lane:
    board = Board(Tempo())
    board.take([NOW])
    lane = Lane(name, board, leg, "bent-over kickback", rate_hz=100.0, link=LinkBoard())
    assert lane.link is not None
    for look in looks:
        lane.link.take(look)
    return lane


def console_of(width: int, height: int, terminal: bool = True) -> Console:
    return Console(file=io.StringIO(), width=width, height=height, force_terminal=terminal, color_system=None)


def text_of(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def drawn(stage: Stage, width: int, height: int) -> list[str]:
    console = console_of(width, height)
    console.print(Panes(stage), end="")
    return [line.rstrip() for line in text_of(console).splitlines()]


TWO = Stage(
    [lane_of("Kickback 7", "left", FINE), lane_of("Kickback 8", "right", FINE, LOST)],
    ("VIRTUAL SENSOR: it plays a trace, nobody wears it",),
    simulated=True,
)


@pytest.mark.parametrize(("width", "height"), [(120, 40), (100, 24), (99, 24), (98, 30), (80, 24), (60, 20), (40, 30)])
def test_two_sensors_fit_every_terminal(width: int, height: int) -> None:
    lines = drawn(TWO, width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert lines[0].startswith(" SIMULATED")
    assert lines[1].startswith(" VIRTUAL SENSOR")
    assert "Ctrl-C ends" in text
    assert "LINK LOST 4 s" in text
    beside = any("Kickback 7" in line and "Kickback 8" in line for line in lines)
    assert beside == (width >= 2 * LEAST_PANE + 3)


def test_a_lost_link_shows_no_phase_that_is_long_past() -> None:
    text = "\n".join(drawn(Stage([lane_of("Kickback 8", "right", FINE, LOST)]), 80, 24))
    assert "no signal" in text
    assert "HOLD" not in text
    assert "HOLD" in "\n".join(drawn(Stage([lane_of("Kickback 8", "right", FINE)]), 80, 24))


def test_a_replay_says_so_on_the_screen() -> None:
    stage = Stage([Lane.of(Header("monday", 100.0), Params())], ("REPLAY of monday.csv, not live",))
    assert drawn(stage, 80, 24)[0].strip() == "REPLAY of monday.csv, not live"


@pytest.mark.parametrize(
    ("width", "height", "rows"), [(140, 40, 1), (80, 24, 2), (60, 20, 2), (60, 12, 1), (45, 20, 3)]
)
def test_what_to_do_is_not_cut_where_there_is_room(width: int, height: int, rows: int) -> None:
    why = "There is no Bluetooth here (as in a container). On a machine with an adapter install and start bluez."
    stage = Stage([Lane.of(Header("monday", 100.0), Params())], (why, "REPLAY of monday.csv, not live"))
    lines = drawn(stage, width, height)
    assert len(lines) <= height
    assert lines[rows].strip() == "REPLAY of monday.csv, not live"
    assert (" ".join(line.strip() for line in lines[:rows]) == why) == (height > 12)


def test_lines_of_two_sensors_say_whose_they_are() -> None:
    looks = iter([FINE, LOST])
    first, second = lane_of("Kickback 7", "left"), lane_of("Kickback 8", "right")
    first.link = second.link = None
    first.look, second.look = (lambda: FINE), (lambda: next(looks))
    second.stop = 1234
    console = console_of(80, 24, terminal=False)
    with LineView(console, Stage([first, second])) as view:
        view.look()
        view.look()
        view.take([NOW, Rejected(100, 200, 250, 3.0, 4.0, 6.2, Reason.TOO_SMALL, "too small")], 1)
    assert text_of(console).splitlines() == [
        "left  0.00 s  samples are coming",
        "right  12.34 s  samples are coming",
        "right  12.34 s  LINK LOST: reconnecting, the count is kept",
        "right  2.50 s  not counted: too small, 6° at 3.00 s",
    ]


def test_lines_before_the_rate_is_known_have_no_time() -> None:
    lane = Lane("Kickback 7", Board(Tempo()), look=lambda: FINE)
    assert math.isnan(lane.rate_hz)
    console = console_of(80, 24, terminal=False)
    with LineView(console, Stage([lane])) as view:
        view.look()
    assert text_of(console) == "–  samples are coming\n"


def test_a_recording_on_a_terminal_says_how_it_goes() -> None:
    lane = lane_of("Kickback 7", "left")
    lane.look, lane.stop = (lambda: FINE), 500
    console = console_of(80, 24)
    with StateView(console, Stage([lane], simulated=True)) as view:
        view.take([NOW])
        view.look()
    text = text_of(console)
    assert "SIMULATED" in text
    assert "recording Kickback 7  left leg  5.0 s" in text
    assert "connected" in text


@pytest.mark.parametrize(
    ("sensors", "legs", "expected"),
    [
        ([], [], (Worn(),)),
        (["A"], ["left"], (Worn("A", ("left",)),)),
        ([], ["left,Right"], (Worn(None, ("left", "right")),)),
        (["A", "B"], ["Left", "right"], (Worn("A", ("left",)), Worn("B", ("right",)))),
        (["A", "B"], [], (Worn("A"), Worn("B"))),
    ],
)
def test_sensors_go_with_legs(sensors: list[str], legs: list[str], expected: tuple[Worn, ...]) -> None:
    assert worn_of(sensors, legs) == expected


def test_legs_alone_make_virtual_sensors() -> None:
    assert [each.leg for each in worn_of([], ["left", "right"], virtual=True)] == ["left", "right"]


@pytest.mark.parametrize(
    ("sensors", "legs", "why"),
    [
        (["A", "B", "C"], [], "3 sensors: 2 are the most"),
        (["A"], ["left", "right"], "said 2 times for 1 sensor"),
        (["A", "B"], ["left"], "said 1 times for 2 sensors"),
        (["A", "a"], [], "said twice"),
        (["A"], ["both"], "'both' is neither"),
        (["A", "B"], ["left", "left"], "two sensors are on two legs"),
        (["A", "B"], ["left,right", "right"], "two sensors are on two legs"),
    ],
)
def test_what_does_not_go_together_is_said(sensors: list[str], legs: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        worn_of(sensors, legs)


def test_names_of_a_sessions_files() -> None:
    now = datetime(2026, 11, 24, 18, 5, 31)
    assert stem_of_session("Kickback 7", "left", now) == "2026-11-24_18-05-31_Kickback-7_left"
    assert stem_of_session("Kickback left", "left", now) == "2026-11-24_18-05-31_Kickback-left"
    assert stem_of_session(" ", None, now) == "2026-11-24_18-05-31_sensor"


def test_the_files_of_a_session_grow_while_it_goes_on(tmp_path: Path) -> None:
    header = Header("monday", 100.0, leg="left", extra={"exercise": "kickback"})
    files = SessionFiles(made(tmp_path / "new"), "monday", header)
    files.keep(Record.of_facts(Kind.SESSION, 0, format=1))
    files.take(SampleBlock(0, 100.0, np.ones((3, 3)), np.zeros((3, 3))))
    assert files.csv.read_text(encoding="utf-8").count("\n") == 4
    assert [path.suffix for path in files.paths] == [".kbraw", ".csv", ".json"]
    assert (files.trouble, files.whole) == ("", True)
    files.close()
    files.close()
    again = SessionFiles(tmp_path / "new", "monday", header)
    assert again.raw.name == "monday-2.kbraw"
    again.close()
    assert again.told == f"Recorded: {', '.join(map(str, again.paths))}"
    for path in again.paths:
        path.unlink()
    assert again.told == "Recorded: nothing is left, the files were deleted meanwhile"


def test_files_that_cannot_be_made_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="a file of this name is in the way"):
        made(tmp_path / "taken")
    with pytest.raises(KickbackError, match="monday"):
        SessionFiles(tmp_path / "absent", "monday", Header("monday", 100.0))
