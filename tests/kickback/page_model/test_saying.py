"""What people say of their sets stands beside the measurement, and can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from analysis.results import Event, Progress, Rep
from kickback.page.model import BadCommand

PageOf = Callable[..., Any]


def a_rep(number: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Rep) and event.rep == number


def test_a_rep_is_deleted_beside_its_measure_and_comes_back(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(a_rep(5))
    viewers.do("delete_rep", rep=2)
    now = viewers.set_now
    assert (now["count"], now["shown"], now["number"], now["can_undo"]) == (5, 4, 4, "delete_rep")
    assert [(rep["rep"], rep["why"]) for rep in now["reps"] if rep["deleted"]] == [(2, "deleted")]
    assert now["reps"][1]["rom_deg"] is not None
    with pytest.raises(BadCommand, match="deleted already"):
        viewers.do("delete_rep", rep=2)
    viewers.do("undo")
    assert (viewers.set_now["shown"], viewers.set_now["can_undo"]) == (5, None)
    with pytest.raises(BadCommand, match="nothing to undo"):
        viewers.do("undo")


def test_a_rep_is_added_to_the_open_set_and_to_a_closed_one(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(a_rep(4))
    viewers.do("add_rep")
    viewers.play()
    viewers.do("add_rep", set=1)
    closed = viewers.closed
    assert (closed["count"], closed["shown"]) == (8, 10)
    assert [rep["label"] for rep in closed["reps"]] == ["1", "2", "3", "4", "+1", "5", "6", "7", "8", "+2"]
    viewers.do("delete_rep", set=1, rep=-1)
    assert viewers.closed["shown"] == 9
    viewers.do("undo")
    viewers.do("undo")
    viewers.do("add_rep", set=1)
    assert viewers.closed["reps"][-1]["rep"] == -3, "a number is not given twice"
    (said,) = viewers.model.sets()
    assert (said.shown, len(said.closed.reps), said.leg) == (10, 8, "left")


def test_a_count_in_guards_the_set_and_is_counted_aloud(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(lambda event: isinstance(event, Progress) and event.candidates == 1)
    viewers.do("start", count_in_s=5)
    assert (viewers.set_now["set"], viewers.set_now["next_set"]) == (1, 1)
    with pytest.raises(BadCommand, match="running"):
        viewers.do("start")
    viewers.play()
    counted = [message["count_in"] for message in viewers.messages if message["type"] == "progress"]
    assert [left for left in dict.fromkeys(counted) if left is not None] == [5, 4, 3, 2, 1]
    assert viewers.cues("count_in") == [("count_in", 3), ("count_in", 2), ("count_in", 1)]
    assert viewers.cues("go") == [("go", None)]
    closed = viewers.closed
    assert [rep["why"] for rep in closed["reps"]] == ["before start"] * 2 + [None] * 6
    assert (closed["count"], closed["shown"]) == (8, 6)
    assert viewers.cues("count")[0] == ("count", 1)


def test_candidates_from_before_the_end_of_a_count_in_are_not_shown(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(lambda event: isinstance(event, Progress) and event.candidates == 1)
    assert viewers.set_now["number"] == 1
    before = len(viewers.messages)
    viewers.do("start", count_in_s=1)
    viewers.until(lambda event: isinstance(event, Progress) and event.candidates == 2)
    numbers = [message["number"] for message in viewers.messages[before:] if message["type"] == "progress"]
    assert set(numbers[:20]) == {0}
    assert numbers[-1] == 1, "the second movement is the first that is shown"


def test_a_stop_during_the_count_in_takes_it_back_without_a_word(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(lambda event: isinstance(event, Progress))
    viewers.do("start", count_in_s=3)
    viewers.do("stop")
    viewers.play(60)
    assert viewers.cues("go") == viewers.cues("set_done") == []
    with pytest.raises(BadCommand, match="no set is going"):
        viewers.do("stop")


def test_a_stop_ends_the_set_that_is_shown_and_is_said_once(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(a_rep(5))
    viewers.do("stop")
    assert (viewers.set_now["resting"], viewers.set_now["stopped"], viewers.set_now["shown"]) == (True, True, 5)
    viewers.play()
    closed = viewers.closed
    assert (closed["count"], closed["shown"]) == (8, 5)
    assert viewers.cues("set_done") == [("set_done", 1)]
    assert viewers.cues("count")[-1] == ("count", 5)


def test_a_set_that_is_restarted_counts_from_nought(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(a_rep(4))
    viewers.do("restart_set")
    assert (viewers.set_now["shown"], viewers.set_now["count"]) == (0, 4)
    viewers.play()
    assert viewers.closed["shown"] == 4


def test_a_leg_is_for_the_next_set_and_stands_beside_the_measured_one(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(a_rep(4))
    viewers.do("next_leg")
    assert viewers.lane()["leg"] == "left"
    viewers.play()
    lane = viewers.lane()
    assert (lane["leg"], lane["closed"][0]["leg"]) == ("right", "left")
    viewers.do("leg", leg="right", set=1)
    closed = viewers.closed
    assert (closed["leg"], closed["leg_measured"]) == ("right", "left")
    assert {rep["leg"] for rep in closed["reps"]} == {"right"}
    viewers.do("undo")
    viewers.do("undo")
    assert viewers.lane()["leg"] == "left"


def test_two_sensors_are_on_two_legs(page_of: PageOf) -> None:
    viewers = page_of("clean_set", "hip_rotation")
    viewers.do("leg", 0, leg="right")
    assert [lane["leg"] for lane in viewers.state["lanes"]] == ["right", "left"]
    viewers.do("next_leg", 1)
    assert [lane["leg"] for lane in viewers.state["lanes"]] == ["left", "right"]
    viewers.do("undo", 0)
    assert [lane["leg"] for lane in viewers.state["lanes"]] == ["right", "left"]


def test_another_tempo_is_asked_for_while_the_measure_stays(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(a_rep(3))
    before = viewers.set_now["reps"]
    viewers.do("tempo", tempo="4012")
    target = viewers.state["target"]
    assert (target["code"], target["judged_by"]) == ("4-0-1-2", "3-0-1-1")
    assert (target["eccentric_s"], target["hold_s"]) == (4, 2)
    viewers.play(1)
    assert viewers.lane()["now"]["target_s"] in (0, 1, 2, 4)
    assert viewers.set_now["reps"] == before
    viewers.do("undo")
    assert viewers.state["target"]["code"] == "3-0-1-1"


def test_sets_are_marked_and_noted(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.do("warm_up", on=True)
    viewers.play()
    viewers.do("note", set=1, band="  red,   long ", effort=7)
    viewers.do("note", effort=7.5)
    closed = viewers.closed
    assert (closed["warm_up"], closed["note"]) == (True, {"band": "red, long", "effort": 7.5})
    viewers.do("note", band=None)
    assert viewers.set_now["note"] == {"band": None, "effort": 7.5}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("add_rep", "object with a 'do'"),
        (["do"], "object"),
        ({}, "'do' is none of"),
        ({"do": "__class__"}, "'do' is none of"),
        ({"do": ["stop"]}, "'do' is none of"),
        ({"do": "stop", "lane": 2}, "'lane'"),
        ({"do": "stop", "lane": True}, "'lane'"),
        ({"do": "stop", "lane": -1}, "'lane'"),
        ({"do": "stop"}, "no set is going"),
        ({"do": "restart_set"}, "no set is going"),
        ({"do": "add_rep"}, "no set yet"),
        ({"do": "add_rep", "set": 3}, "there is no set 3"),
        ({"do": "add_rep", "set": "1"}, "'set' must be a whole number"),
        ({"do": "delete_rep", "set": 1, "rep": 1}, "there is no set 1"),
        ({"do": "leg", "leg": "both"}, "'left' or 'right'"),
        ({"do": "leg"}, "'left' or 'right'"),
        ({"do": "tempo", "tempo": "3-0"}, "not four numbers"),
        ({"do": "tempo", "tempo": "x\n" * 5000}, "not four numbers"),
        ({"do": "tempo"}, "not four numbers"),
        ({"do": "start"}, "nothing has come"),
        ({"do": "start", "count_in_s": -1}, "from 0 to 60"),
        ({"do": "start", "count_in_s": float("nan")}, "from 0 to 60"),
        ({"do": "start", "count_in_s": True}, "from 0 to 60"),
        ({"do": "warm_up"}, "'on'"),
        ({"do": "warm_up", "on": True, "set": 2}, "the next is 1"),
        ({"do": "note"}, "'band' or an 'effort'"),
        ({"do": "note", "band": "x" * 41}, "at most 40"),
        ({"do": "note", "band": "red\x00"}, "at most 40"),
        ({"do": "note", "band": 3}, "a text"),
        ({"do": "note", "effort": 11}, "from 0 to 10"),
        ({"do": "note", "effort": "hard"}, "from 0 to 10"),
        ({"do": "undo"}, "nothing to undo"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(command: Any, why: str, page_of: PageOf) -> None:
    viewers = page_of("clean_set")
    with pytest.raises(BadCommand, match=why) as caught:
        viewers.model.command(command)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 250
    assert viewers.model.corrections.records == []
    assert viewers.told([]) == []


def test_the_end_is_asked_for_once_and_then_nothing_is_done_any_more(page_of: PageOf) -> None:
    viewers = page_of("clean_set")
    assert viewers.model.command({"do": "end"}) == []
    assert viewers.model.ending
    viewers.told(viewers.model.end([], "over"))
    with pytest.raises(BadCommand, match="over"):
        viewers.do("warm_up", on=True)


def test_records_are_taken_up_by_a_session_that_goes_on(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.until(a_rep(5))
    viewers.do("delete_rep", rep=2)
    viewers.do("delete_rep", rep=3)
    viewers.do("undo")
    records = json.loads(json.dumps(viewers.model.corrections.records))
    assert [record["at"] for record in records] == ["tick 0", "tick 1", "tick 2"]
    strange = [{**record, "id": record["id"] + 40, "of": record.get("of", 0) + 40} for record in records]
    again = page_of("hip_rotation", records=strange)
    again.until(a_rep(5))
    assert again.set_now == viewers.set_now


def test_the_exercise_is_chosen_before_the_first_rep_and_not_after_it(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    assert viewers.state["exercises"] == [
        {"name": "kickback", "title": "Kickback"},
        {"name": "other", "title": "Another"},
    ]
    (said,) = viewers.do("exercise", exercise="other")
    assert (said["exercise"], said["exercise_name"]) == ("Another", "other")
    assert viewers.model.corrections.records[-1]["exercise"] == "other"
    with pytest.raises(BadCommand, match="nothing to undo"):
        viewers.do("undo")
    for wrong in ("jumping", None, 3):
        with pytest.raises(BadCommand, match="none of kickback, other"):
            viewers.do("exercise", exercise=wrong)
    viewers.until(a_rep(1))
    with pytest.raises(BadCommand, match="reps were counted"):
        viewers.do("exercise", exercise="kickback")
    assert viewers.state["exercise_name"] == "other"


def test_the_exercise_is_not_chosen_after_five_minutes(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    lane = viewers.model.lanes[0].lane
    lane.stop = round(300 * lane.rate_hz) + 1
    with pytest.raises(BadCommand, match="first 5 minutes"):
        viewers.do("exercise", exercise="other")
