"""What the user decides and what the pipeline says: tempo targets, tempo codes, tables."""

from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest

from analysis.params import Params, Tempo
from analysis.presets import KICKBACK
from analysis.results import REP_COLUMNS, Rep, to_frame


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3-0-1-1", (3.0, 0.0, 1.0, 1.0)),
        ("4/0/1/1", (4.0, 0.0, 1.0, 1.0)),
        ("3011", (3.0, 0.0, 1.0, 1.0)),
        ("30X1", (3.0, 0.0, 0.0, 1.0)),
        ("3-0-x-1", (3.0, 0.0, 0.0, 1.0)),
        (" 2.5 - 0.5 - 1 - 2 ", (2.5, 0.5, 1.0, 2.0)),
        ("10-0-2-3", (10.0, 0.0, 2.0, 3.0)),
        ("60-0-0-0", (60.0, 0.0, 0.0, 0.0)),
    ],
)
def test_a_tempo_is_read(text: str, seconds: tuple[float, ...]) -> None:
    tempo = Tempo.parse(text)
    assert (tempo.eccentric_s, tempo.lengthened_s, tempo.concentric_s, tempo.shortened_s) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3-0-1",
        "3-0-1-1-1",
        "301",
        "30111",
        "a-b-c-d",
        "3--1-1",
        "-3-0-1-1",
        "61-0-1-1",
        "nan-0-1-1",
        "inf-0-1-1",
        "3011s",
    ],
)
def test_what_is_no_tempo_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="four numbers of seconds such as 3-0-1-1") as caught:
        Tempo.parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["3-0-1-1", "2.5-0-1-0.5", "4-1-0-2"])
def test_a_tempo_is_written_as_it_is_read(text: str) -> None:
    assert str(Tempo.parse(text)) == text


def test_the_default_target_is_three_down_one_up_one_squeezed() -> None:
    assert str(Params().tempo) == "3-0-1-1"
    assert Params().exercise is KICKBACK
    assert KICKBACK.least_excursion_deg == 10.0


@pytest.mark.parametrize(
    ("legs", "of_sets"),
    [
        ((), (None, None, None)),
        (("left",), ("left", "left", "left")),
        (("left", "right"), ("left", "right", None)),
    ],
)
def test_legs_go_by_set(legs: tuple[str, ...], of_sets: tuple[str | None, ...]) -> None:
    assert tuple(Params(legs=legs).leg_of_set(number) for number in (1, 2, 3)) == of_sets


def test_a_wrong_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match="neither 'left' nor 'right'"):
        Params(legs=("left", "middle"))
    for limit in (0.0, -3.0, math.nan):
        with pytest.raises(ValueError, match="must be positive"):
            Params(hip_rotation_limit_deg=limit)


def rep(concentric_s: float, hold_s: float, eccentric_s: float, pause_s: float = math.nan, **more: object) -> Rep:
    top, leave = 10.0 + concentric_s, 10.0 + concentric_s + hold_s
    plain = Rep(1, 1, None, 1000, 2000, 2050, 10.0, top, leave, leave + eccentric_s, pause_s=pause_s)
    return dataclasses.replace(plain, **more)  # type: ignore[arg-type]  # any field of a rep


def test_phases_are_differences_of_the_instants() -> None:
    one = rep(1.2, 0.9, 3.1)
    assert one.concentric_s == pytest.approx(1.2)
    assert one.hold_s == pytest.approx(0.9)
    assert one.eccentric_s == pytest.approx(3.1)
    assert one.tut_s == pytest.approx(5.2)


@pytest.mark.parametrize(
    ("phases_s", "code"),
    [
        ((1.0, 1.0, 3.0, 0.0), "3-0-1-1"),
        ((1.49, 0.49, 3.49, 0.49), "3-0-1-0"),
        ((1.51, 0.51, 3.51, 0.51), "4-1-2-1"),
        ((0.625, 2.5, 12.5, 1.5), "13-2-1-3"),  # halves go up, as people expect; never to the even digit
    ],
)
def test_the_tempo_code_is_rounded_to_whole_seconds(phases_s: tuple[float, float, float, float], code: str) -> None:
    assert rep(*phases_s).tempo_code == code


def test_the_last_rep_of_a_set_has_no_pause_and_yet_a_code() -> None:
    assert rep(1.0, 1.0, 3.0).tempo_code == "3-0-1-1"


@pytest.mark.parametrize(
    ("instant", "lost"),
    [
        ("start_s", {"concentric_s", "tut_s"}),
        ("concentric_end_s", {"concentric_s", "hold_s"}),
        ("eccentric_start_s", {"hold_s", "eccentric_s"}),
        ("end_s", {"eccentric_s", "tut_s"}),
    ],
)
def test_a_hidden_instant_hides_the_phases_on_both_sides(instant: str, lost: set[str]) -> None:
    inner = instant in ("concentric_end_s", "eccentric_start_s")
    one = rep(1.0, 1.0, 3.0, hidden=(instant,), **({instant: math.nan} if inner else {}))
    unknown = {name for name in ("concentric_s", "hold_s", "eccentric_s", "tut_s") if math.isnan(getattr(one, name))}
    assert unknown == lost
    assert one.tempo_code is None


def test_the_table_has_its_columns_and_says_unknown() -> None:
    frame = to_frame([rep(1.0, 1.0, 3.0, hidden=("start_s",)), rep(1.0, 1.0, 3.0, 0.2, pulses=2, is_partial=True)])
    assert tuple(frame.columns) == REP_COLUMNS
    assert pd.isna(frame["concentric_s"][0])
    assert pd.isna(frame["pulses"][0])
    assert pd.isna(frame["is_partial"][0])
    assert (frame["pulses"][1], bool(frame["is_partial"][1])) == (2, True)
    assert frame["pause_s"][1] == pytest.approx(0.2)


def test_an_empty_table_has_the_same_columns_and_types() -> None:
    empty, full = to_frame([]), to_frame([rep(1.0, 1.0, 3.0)])
    assert tuple(empty.columns) == REP_COLUMNS
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_a_rep_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        rep(1.0, 1.0, 3.0).rep = 2  # type: ignore[misc]  # that it cannot be set is the point
