"""What was done on which day: the document behind the history page, and ``kickback history``."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analysis.results import SetClosed
from kickback.page.history import history_document
from kickback.page.history_weeks import MOST_WEEKS
from kickback.store import LaneFacts, Store, open_store

Begin = Callable[..., int]
MakeSet = Callable[..., SetClosed]
MONDAY = datetime(2026, 11, 16, 18, 5, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def only(store: Store, person: str | None = None, *, simulated: bool = False, today: date = TODAY) -> dict[str, Any]:
    """The one history of the person, with or without the simulated sessions."""
    document = history_document(store, person, today=today)
    json.dumps(document, allow_nan=False)
    (found,) = [one for one in document["histories"] if one["simulated"] is simulated]
    return dict(found)


def train(store: Store, begin: Begin, when: datetime, *sets: SetClosed, **changes: Any) -> int:
    session = begin(store, started=when, **changes)
    for closed in sets:
        store.close_set(session, 0, closed)
    store.end_session(session, [], when + timedelta(minutes=20))
    return session


def said(store: Store, session: int, do: str, **more: Any) -> None:
    number = len(store.corrections(session)) + 1
    store.correct(session, {"id": number, "do": do, "lane": 0, "at": "2026-11-24T18:06:00+00:00", **more})


# --- days and sets -----------------------------------------------------------------------------------------------


def test_an_empty_store_has_no_history(path: Path) -> None:
    with open_store(path) as store:
        assert history_document(store, today=TODAY) == {"schema": 1, "first": None, "histories": []}


def test_a_set_has_the_means_of_its_measured_reps(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        train(store, begin, MONDAY, make_set(1, "left", 4))
        (exercise,) = only(store)["exercises"]
    (one,) = exercise["sets"]
    assert (exercise["exercise"], exercise["title"]) == ("kickback", "bent-over kickback")
    assert (one["date"], one["leg"], one["measured"], one["shown"]) == ("2026-11-16", "left", 4, 4)
    assert one["rom_deg"] == pytest.approx(41.5)
    assert one["concentric_s"] == pytest.approx(1.0)
    assert one["eccentric_s"] == pytest.approx(2.5)
    assert one["turn_deg"] == pytest.approx(4.0), "its size"
    assert (one["hip_rotation"], one["rushed"], one["target"]) == (1, 1, "3-0-1-1")
    assert exercise["days"] == [
        {
            "date": "2026-11-16",
            "sessions": [1],
            "gone_on": False,
            "simulated": False,
            "legs": {"left": {"sets": 1, "warm_ups": 0, "shown": 4, "measured": 4}},
        }
    ]


def test_what_was_said_by_hand_stands_beside_the_measurement(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        session = train(store, begin, MONDAY, make_set(1, "left", 4), make_set(2, "left", 3, 100.0))
        said(store, session, "delete_rep", set=1, rep=4)
        said(store, session, "add_rep", set=1, rep=-1, t=30.0)
        said(store, session, "add_rep", set=1, rep=-2, t=31.0)
        said(store, session, "warm_up", set=1, on=True)
        said(store, session, "undo", of=4)
        said(store, session, "note", set=2, band="red", effort=7.5)
        said(store, session, "leg", set=2, legs={"0": [2, "right"]}, only=True)
        first, second = only(store)["exercises"][0]["sets"]
        assert len(store.sets(session)[0].closed.reps) == 4
    assert (first["measured"], first["shown"], first["added"], first["taken_out"]) == (4, 5, 2, 1)
    assert first["rom_deg"] == pytest.approx(41.0), "without the one that was taken out"
    assert (first["warm_up"], first["leg"], first["leg_measured"]) == (False, "left", "left")
    assert (second["band"], second["effort"], second["leg"], second["leg_measured"]) == ("red", 7.5, "right", "left")


def test_an_undo_finds_its_record_where_numbers_are_missing_or_begin_anew(
    path: Path, begin: Begin, make_set: MakeSet
) -> None:
    with open_store(path) as store:
        session = train(store, begin, MONDAY, make_set(1, "left", 4))
        for record in (
            {"id": 7, "do": "warm_up", "set": 1, "on": True},
            {"id": 9, "do": "delete_rep", "set": 1, "rep": 1},
            {"id": 12, "do": "undo", "of": 7},
            {"id": 1, "do": "delete_rep", "set": 1, "rep": 2},
            {"id": 2, "do": "undo", "of": 1},
        ):
            store.correct(session, {"lane": 0, **record})
        (one,) = only(store)["exercises"][0]["sets"]
    assert (one["warm_up"], one["taken_out"], one["shown"]) == (False, 1, 3)


def test_a_leg_chosen_before_a_crash_holds_after_it(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        first = train(store, begin, MONDAY, make_set(1, "right", 4))
        second = train(store, begin, MONDAY + timedelta(minutes=2), make_set(1, "right", 4), continues=first)
        said(store, second, "leg", set=2, leg="left", legs={"0": [2, "left"]}, only=False)
        said(store, second, "warm_up", set=1, on=True)
        third = train(store, begin, MONDAY + timedelta(minutes=4), make_set(1, "right", 4), continues=second)
        sets = only(store)["exercises"][0]["sets"]
        assert [(one["leg"], one["warm_up"]) for one in sets] == [("right", False), ("right", True), ("left", False)]
        store.correct(third, {"id": 3, "do": "undo", "lane": 0, "of": 1, "undone": "leg", "set": 1})
        assert [one["leg"] for one in only(store)["exercises"][0]["sets"]] == ["right"] * 3
        alone = train(store, begin, MONDAY + timedelta(minutes=9), make_set(1, "right", 4))
        assert [one["leg"] for one in only(store)["exercises"][0]["sets"] if one["session"] == alone] == ["right"]


def test_what_went_on_after_it_broke_off_is_one_session_and_its_sets_are_counted_on(
    path: Path, begin: Begin, make_set: MakeSet
) -> None:
    two = {"lanes": [LaneFacts(name, None, "Kickback sensor") for name in ("A", "B")]}
    with open_store(path) as store:
        one, other = (train(store, begin, MONDAY, make_set(1, leg), make_set(2, leg)) for leg in ("left", "right"))
        first = begin(store, started=MONDAY + timedelta(days=1), **two)
        store.close_set(first, 0, make_set(1, "left"))
        store.close_set(first, 1, make_set(1, "right"))
        store.close_set(first, 1, make_set(2, "right", 4, 90.0))
        second = begin(store, started=MONDAY + timedelta(days=1, minutes=3), continues=first, **two)
        store.close_set(second, 0, make_set(1, "left", 6))
        for rep in make_set(2, "left", 3, 90.0).reps:
            store.add_rep(second, 0, rep)
        when = MONDAY + timedelta(days=1, minutes=6)
        third = train(store, begin, when, make_set(1, "left", 5), continues=second, **two)
        store.close_set(third, 1, make_set(1, "right", 7))
        history = only(store)
    assert [each["parts"] for each in history["sessions"]] == [[one], [other], [first, second, third]]
    assert history["sessions"][2]["ended"] is not None
    assert (history["gone_on"], history["exercises"][0]["days"][0]["gone_on"]) == (1, True)
    assert history["exercises"][0]["days"][0]["sessions"] == [first]
    chain = [each for each in history["exercises"][0]["sets"] if each["session"] == first]
    numbers = [(each["lane"], each["set"], each["measured"]) for each in chain]
    assert sorted(numbers) == [(0, 1, 4), (0, 2, 6), (0, 3, 3), (0, 4, 5), (1, 1, 4), (1, 2, 4), (1, 3, 7)]
    kept = [(each["kept_session"], each["kept_set"]) for each in chain if each["lane"] == 0]
    assert kept == [(first, 1), (second, 1), (second, 2), (third, 1)], "as they are found in the store and the files"


def test_a_session_that_went_on_with_a_deleted_one_is_a_session(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        gone = train(store, begin, MONDAY, make_set(1), person="Bo")
        session = train(store, begin, MONDAY + timedelta(minutes=9), make_set(1), continues=gone)
        history = only(store, "Ann")
    assert [each["parts"] for each in history["sessions"]] == [[session]]
    assert history["gone_on"] == 0
    assert [each["set"] for each in history["exercises"][0]["sets"]] == [1]


def test_no_number_is_rounded_before_it_is_shown(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        train(store, begin, MONDAY, make_set(1, "left", rom_deg=40.4996), make_set(2, "right", 4, 90.0, rom_deg=50.0))
        (exercise,) = only(store)["exercises"]
    rom = next(row for row in exercise["symmetry"]["days"][0]["measures"] if row["measure"] == "rom_deg")
    assert rom["left"] == pytest.approx(40.4996, abs=1e-9), "40.5 would be shown as 41"
    assert exercise["sets"][0]["rom_deg"] == pytest.approx(40.4996, abs=1e-9)
    assert exercise["sets"][0]["targets"] == {"concentric_s": 1.0, "hold_s": 1.0, "eccentric_s": 3.0}


def test_a_set_that_was_taken_out_wholly_is_no_set_of_its_day(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        session = train(store, begin, MONDAY, make_set(1, "left", 4), make_set(2, "left", 3, 100.0))
        said(store, session, "restart_set", set=2, t=200.0)
        (exercise,) = only(store)["exercises"]
    assert exercise["days"][0]["legs"]["left"] == {"sets": 1, "warm_ups": 0, "shown": 4, "measured": 7}
    assert exercise["weeks"][-1]["legs"]["left"]["sets"]["each"] == [1]


def test_a_set_that_never_closed_is_there_and_says_so(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        session = begin(store, started=MONDAY)
        for rep in make_set(3, "right", 2).reps:
            store.add_rep(session, 0, rep)
        (one,) = only(store)["exercises"][0]["sets"]
    assert (one["set"], one["leg"], one["shown"], one["closed"], one["calibration"]) == (3, "right", 2, False, None)


def test_exercises_are_not_mixed_and_one_of_ones_own_is_known_by_its_name(
    path: Path, begin: Begin, make_set: MakeSet
) -> None:
    with open_store(path) as store:
        train(store, begin, MONDAY, make_set(1))
        train(store, begin, MONDAY, make_set(1), exercise="my-own")
        assert [(one["title"], len(one["sets"])) for one in only(store)["exercises"]] == [
            ("bent-over kickback", 1),
            ("my-own", 1),
        ]


# --- whose -------------------------------------------------------------------------------------------------------


def test_people_are_kept_apart_and_the_last_one_comes_first(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        train(store, begin, MONDAY, make_set(1), person="Ann")
        train(store, begin, MONDAY + timedelta(days=2), make_set(1), person="Bo")
        train(store, begin, MONDAY + timedelta(days=1), make_set(1), person=None)
        document = history_document(store, today=TODAY)
        assert {one["person"]: len(one["sessions"]) for one in document["histories"]} == {"Ann": 1, "Bo": 1, None: 1}
        assert document["histories"][document["first"]]["person"] == "Bo"
        assert [one["person"] for one in history_document(store, " ANN ", today=TODAY)["histories"]] == ["Ann"]
        assert [one["person"] for one in history_document(store, "", today=TODAY)["histories"]] == [None]
        assert history_document(store, "Zoe", today=TODAY)["histories"] == []


def test_simulated_sessions_are_in_a_history_of_their_own_only(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        train(store, begin, MONDAY, make_set(1, count=4))
        train(store, begin, MONDAY + timedelta(days=1), make_set(1, count=9), simulated=True)
        real, mixed = only(store), only(store, simulated=True)
        document = history_document(store, today=TODAY)
    assert [one["measured"] for one in real["exercises"][0]["sets"]] == [4]
    assert [(one["measured"], one["simulated"]) for one in mixed["exercises"][0]["sets"]] == [(4, False), (9, True)]
    assert (real["all_simulated"], mixed["all_simulated"]) == (False, False)
    assert real["simulated_sessions"] == mixed["simulated_sessions"] == 1
    assert document["histories"][document["first"]]["simulated"] is False


# --- left and right ----------------------------------------------------------------------------------------------


def test_both_raw_values_stand_beside_the_index(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        left, right = make_set(1, "left", 4, rom_deg=30.0), make_set(2, "right", 5, 90.0, rom_deg=40.0)
        warm_up = make_set(3, "left", 3, 200.0, rom_deg=90.0)
        session = train(store, begin, MONDAY, left, right, warm_up)
        said(store, session, "warm_up", set=3, on=True)
        train(store, begin, MONDAY + timedelta(days=1), make_set(1, "left"))
        symmetry = only(store)["exercises"][0]["symmetry"]
    assert symmetry["formula"] == "limb symmetry index = 100 × smaller / larger"
    assert "minimal detectable change" in symmetry["note"]
    (day,) = symmetry["days"]
    assert day["date"] == "2026-11-16"
    rom = next(row for row in day["measures"] if row["measure"] == "rom_deg")
    assert (rom["left"], rom["right"], rom["left_n"], rom["right_n"], rom["lsi_percent"]) == (30.0, 40.0, 4, 5, 75.0)


# --- weeks -------------------------------------------------------------------------------------------------------


def test_a_week_is_held_against_what_is_advised(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        train(store, begin, MONDAY, *(make_set(number, "left", 8, 100.0 * number) for number in (1, 2)))
        train(store, begin, MONDAY + timedelta(hours=1), make_set(1, "left", 13), make_set(2, "right", 12, 100.0))
        sunday = train(store, begin, MONDAY + timedelta(days=6), make_set(1, "left", 7), make_set(2, None, 8, 100.0))
        said(store, sunday, "add_rep", set=1, rep=-1, t=30.0)
        train(store, begin, MONDAY + timedelta(days=7), make_set(1, "left", 8))
        now, week = only(store)["exercises"][0]["weeks"]
    assert (now["week"], now["goes_on"], week["week"], week["goes_on"]) == ("2026-W48", True, "2026-W47", False)
    assert (week["from"], week["to"], week["sets_without_leg"]) == ("2026-11-16", "2026-11-22", 1)
    assert week["legs"]["left"] == {
        "sessions": {"count": 2, "is": "within"},
        "sets": {"each": [3, 1], "within": 1},
        "reps": {"each": [8, 8, 13, 8], "within": 3},
    }
    assert week["legs"]["right"]["sessions"] == {"count": 1, "is": "below"}
    assert now["legs"]["right"] == {
        "sessions": {"count": 0, "is": "below"},
        "sets": {"each": [], "within": 0},
        "reps": {"each": [], "within": 0},
    }


def test_weeks_without_training_are_shown_up_to_a_limit(path: Path, begin: Begin, make_set: MakeSet) -> None:
    with open_store(path) as store:
        train(store, begin, MONDAY, make_set(1))
        for day in range(1, 5):
            train(store, begin, MONDAY + timedelta(days=day), make_set(1))
        weeks = only(store, today=TODAY + timedelta(weeks=3))["exercises"][0]["weeks"]
        assert [week["legs"]["left"]["sessions"]["count"] for week in weeks] == [0, 0, 0, 0, 5]
        assert weeks[-1]["legs"]["left"]["sessions"]["is"] == "above"
        assert len(only(store, today=TODAY + timedelta(weeks=50))["exercises"][0]["weeks"]) == MOST_WEEKS
        assert len(only(store, today=date(2020, 1, 1))["exercises"][0]["weeks"]) == 1, "a clock that was set back"
