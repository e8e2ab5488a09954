from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from analysis.params import Params, Tempo
from analysis.results import Calibration, Event, Phase, Progress, Reason, Rejected, Rep, SetClosed
from imu.blocks import Header
from kickback.live.board import LAST_REPS, Board
from kickback.live.digits import ROWS, big, width_of
from kickback.live.lines import line_of
from kickback.live.panes import Panes
from kickback.live.screen import BEYOND_TARGET, WORDS, bar, tempo_bar
from kickback.live.stage import Lane, Stage
from kickback.live.view import LineView, ScreenView

HEADER = Header("monday", rate_hz=100.0, start_s=2.0)


def rep_of(number: int, in_set: int = 1, **changes: Any) -> Rep:
    start_s = 10.0 + 6.0 * number
    rep = Rep(
        set=in_set,
        rep=number,
        leg="left",
        start=int(100 * start_s),
        end=int(100 * start_s) + 501,
        known_at=int(100 * start_s) + 560,
        start_s=start_s,
        concentric_end_s=start_s + 1.0,
        eccentric_start_s=start_s + 2.0,
        end_s=start_s + 5.0,
        pause_s=1.0,
        rom_deg=41.2,
        axial_rotation_deg=3.4,
    )
    return replace(rep, **changes)


def set_of(*reps: Rep) -> SetClosed:
    first, last = reps[0], reps[-1]
    return SetClosed(
        set=first.set,
        leg="left",
        start=first.start,
        end=last.end,
        known_at=last.end + 900,
        start_s=first.start_s,
        end_s=last.end_s,
        reason="rest",
        reps=reps,
        calibration=Calibration(0.9, "The axis was found well."),
    )


def progress_of(**changes: Any) -> Progress:
    now = Progress(1234, 12.34, Phase.HOLD, 35.0, count=0, candidates=0, set=0, phase_s=0.5)
    return replace(now, **changes)


REJECTED = Rejected(100, 200, 250, 3.0, 4.0, 6.2, Reason.TOO_SMALL, "6 of at least 10 degrees")


def board_of(*events: Event) -> Board:
    board = Board(Tempo())
    board.take(events)
    return board


def drawn(board: Board, width: int = 80, height: int = 24, simulated: bool = False) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    console.print(Panes(Stage([Lane("monday", board)], simulated=simulated)), end="")
    text = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO was put there
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize("number", [0, 7, 12, 345, 68, 9])
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_digits_fill_a_block_of_the_promised_size(number: int, scale: int) -> None:
    lines = big(number, scale)
    assert len(lines) == ROWS * scale
    assert {len(line) for line in lines} == {width_of(len(str(number)), scale)}
    assert set("".join(lines)) == {" ", "█"}


def test_every_digit_looks_different() -> None:
    assert len({tuple(big(digit)) for digit in range(10)}) == 10


@pytest.mark.parametrize(("number", "scale"), [(-1, 1), (3, 0)])
def test_digits_refuse_what_has_no_shape(number: int, scale: int) -> None:
    with pytest.raises(ValueError, match="needs a number from 0"):
        big(number, scale)


def test_the_first_two_excursions_are_shown_as_candidates() -> None:
    board = board_of(progress_of(candidates=2))
    assert (board.number, board.unconfirmed) == (2, True)
    assert "to be confirmed" in "\n".join(drawn(board))


def test_counted_reps_are_shown_as_counted() -> None:
    board = board_of(progress_of(candidates=2), rep_of(1), rep_of(2), rep_of(3), progress_of(count=3, set=1))
    assert (board.number, board.unconfirmed, board.between) == (3, False, False)
    assert "to be confirmed" not in "\n".join(drawn(board))


def test_after_a_set_its_reps_stay_until_the_next_begins() -> None:
    reps = [rep_of(number) for number in (1, 2, 3)]
    board = board_of(*reps, set_of(*reps), progress_of(phase=Phase.REST, set=1))
    assert (board.number, board.between) == (3, True)
    text = "\n".join(drawn(board))
    assert "after set 1: 3 reps" in text
    assert "mean tempo 3-1-1-1, ROM 41°" in text
    board.take([progress_of(candidates=1, set=1)])
    assert (board.number, board.unconfirmed, board.active) == (1, True, True)
    board.take([rep_of(number, in_set=2) for number in (1, 2, 3)])
    assert [rep.set for rep in board.reps] == [2, 2, 2]
    assert (board.number, board.unconfirmed, board.between) == (3, False, False)


def test_restated_reps_replace_those_first_told() -> None:
    board = board_of(rep_of(1), rep_of(2), rep_of(3))
    board.take([set_of(*(rep_of(number, rom_deg=50.0) for number in (1, 2, 3)))])
    assert [rep.rom_deg for rep in board.reps] == [50.0, 50.0, 50.0]


def test_a_pause_is_shown_as_soon_as_the_next_rep_ends_it() -> None:
    board = board_of(rep_of(1, pause_s=math.nan), rep_of(2, pause_s=math.nan))
    first, second = board.reps
    assert first.pause_s == pytest.approx(1.0)
    assert math.isnan(second.pause_s)


@pytest.mark.parametrize("phase", list(Phase))
def test_outside_of_a_set_there_is_no_phase(phase: Phase) -> None:
    walking = "\n".join(drawn(board_of(progress_of(phase=phase))))
    assert "waiting for a set" in walking
    assert not any(word in walking for word in WORDS.values())
    in_set = "\n".join(drawn(board_of(rep_of(1), progress_of(phase=phase, count=1, set=1))))
    assert WORDS[phase] in in_set


def test_the_angle_bar_is_scaled_by_the_reps() -> None:
    assert board_of().full_deg == 60.0
    assert board_of(rep_of(1), rep_of(2, rom_deg=50.0), rep_of(3, rom_deg=math.nan)).full_deg == pytest.approx(55.0)


def test_only_the_latest_reps_are_kept() -> None:
    board = board_of(*(rep_of(number) for number in range(1, 31)))
    assert board.number == 30
    assert [rep.rep for rep in board.reps] == list(range(31 - LAST_REPS, 31))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"hip_rotation": True, "axial_rotation_deg": -14.2}, "HIP ROTATION 14°"),
        ({"rushed": True}, "RUSHED: 3.0 s down in rep 2, target 3 s"),
        ({"is_partial": True}, "PARTIAL: 41°"),
    ],
)
def test_the_warning_speaks_of_the_latest_rep_alone(changes: dict[str, Any], word: str) -> None:
    board = board_of(rep_of(1), rep_of(2, **changes))
    assert word in "\n".join(drawn(board))
    board.take([rep_of(3)])
    assert board.advice is None
    assert word not in "\n".join(drawn(board))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 20), (120, 40), (200, 60), (40, 14)])
def test_the_screen_fits_the_terminal(width: int, height: int) -> None:
    board = board_of(
        *(rep_of(number, hip_rotation=True, rushed=True, pulses=3) for number in range(1, 26)),
        progress_of(count=25, set=1, rotation_deg=12.0),
    )
    lines = drawn(board, width, height, simulated=True)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    head = next(index for index, line in enumerate(lines) if "hold s" in line)
    assert lines[head + 2].lstrip().startswith("25 "), "the latest rep is the first of the table"
    assert "HIP ROTATION" in "\n".join(lines)


def test_the_screen_says_simulated() -> None:
    assert "SIMULATED" in drawn(board_of(), simulated=True)[0]
    assert "SIMULATED" not in "\n".join(drawn(board_of(), simulated=False))


@pytest.mark.parametrize(("share", "filled"), [(0.0, 0), (0.5, 10), (1.0, 20), (7.0, 20), (-1.0, 0), (float("nan"), 0)])
def test_a_bar_never_leaves_its_width(share: float, filled: int) -> None:
    text = bar(share, 20, "blue").plain
    assert (text.count("█"), len(text)) == (filled, 20)


@pytest.mark.parametrize("elapsed_s", [0.0, 1.5, 3.0, 4.0, 100.0])
def test_the_tempo_bar_has_its_mark_at_the_target(elapsed_s: float) -> None:
    text = tempo_bar(elapsed_s, 3.0, 30, "cyan").plain
    assert len(text) == 31
    assert text.index("│") == round(30 / BEYOND_TARGET)
    assert text.count("█") == round(30 * min(elapsed_s / 3.0 / BEYOND_TARGET, 1.0))


def test_lines_tell_when_and_what() -> None:
    assert line_of(rep_of(3, hip_rotation=True), 12.3) == (
        "12.30 s  rep 3  up 1.00 s  hold 1.00 s  down 3.00 s  ROM 41°  hip rotation"
    )
    assert line_of(set_of(rep_of(1)), 30.0) == "30.00 s  set 1 closed (rest)  left leg  1 rep"
    assert line_of(REJECTED, 4.5) == "4.50 s  not counted: too small, 6° at 3.00 s"
    assert line_of(progress_of(), 4.5) is None


def test_the_line_view_counts_from_the_recordings_own_clock() -> None:
    console = Console(file=io.StringIO(), width=40)
    stage = Stage([Lane.of(HEADER, Params())], simulated=True)
    with LineView(console, stage) as view:
        view.take([progress_of(), REJECTED])
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO was put there
    assert lines == ["SIMULATED: no person made these movements.", "4.50 s  not counted: too small, 6° at 3.00 s"]


def test_the_screen_view_draws_no_more_often_than_needed() -> None:
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=True, color_system=None)
    times_s = iter([0.0, 0.01, 0.02, 1.0])
    stage = Stage([Lane.of(HEADER, Params())])
    with ScreenView(console, stage, now_s=lambda: next(times_s)) as view:
        sizes = []
        for number in (1, 2, 3, 4):
            view.take([rep_of(number)])
            sizes.append(len(console.file.getvalue()))  # type: ignore[attr-defined]  # a StringIO was put there
    assert sizes[0] == sizes[1] == sizes[2] < sizes[3]
    assert stage.lanes[0].board.count == 4
