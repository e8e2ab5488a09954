"""The page's model, followed by a viewer written here: a snapshot is what one has who followed from the beginning."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.params import Params, Tempo
from analysis.results import Event, Progress, Rep, SetClosed
from imu.blocks import Recording
from kickback.live.link import LinkNow
from kickback.live.stage import Lane, Stage
from kickback.page.cues import CUES, LEAST_WARNING_S
from kickback.page.model import BadCommand, PageModel
from kickback.page.shapes import MESSAGES, SHAPES, TRAIL_S, Message
from kickback.session import for_recording, load, pipeline_for
from recordings import shipped_path

SET_NOW_OF_PROGRESS = ("count", "shown", "candidates", "number", "unconfirmed")
PARTS = {
    **SHAPES,
    "END": {"files": "[str]", "text": "str"},
    "LEG": {"lane": "int", "leg": "str?"},
}
PLAIN: dict[str, tuple[type, ...]] = {"int": (int,), "num": (int, float), "str": (str,), "bool": (bool,)}


# --- a viewer, as the page is one ----------------------------------------------------------------------------------


def follow(state: Message, message: Message) -> None:
    """What a viewer does with a message. ``state`` is a snapshot."""
    kind = message["type"]
    lane = state["lanes"][message["lane"]] if "lane" in message else {}
    if kind == "progress":
        lane["now"] = message
        lane["set"].update({key: message[key] for key in SET_NOW_OF_PROGRESS})
        trail = lane["trail"]
        if trail and message["t"] < trail[-1][0]:
            trail.clear()
        trail.append([message["t"], message["angle_deg"], message["phase"]])
        lane["trail"] = [point for point in trail if point[0] >= message["t"] - TRAIL_S]
    elif kind in ("rep", "set", "corrected"):
        lane["set"], lane["leg"] = message["set_now"], message["set_now"]["leg"]
        if kind == "rep":
            lane["rejected"] = None
        elif kind == "set":
            lane["closed"].append(message["set"])
        else:
            lane["closed"] = message["closed"]
    elif kind == "rejected":
        lane["rejected"] = {key: message[key] for key in SHAPES["REJECTED"]}
    elif kind in ("link", "warning"):
        lane[kind] = message[kind]
    elif kind == "settings":
        state["target"] = message["target"]
        for each in message["lanes"]:
            state["lanes"][each["lane"]]["leg"] = each["leg"]
    elif kind == "ended":
        state["ended"], state["end"] = True, {key: message[key] for key in ("files", "text")}
    else:
        assert kind == "cue"


def fault(value: object, kind: str) -> str | None:
    """What is wrong with a value that should be of a kind, None when nothing is."""
    if kind.endswith("?"):
        return None if value is None else fault(value, kind[:-1])
    if kind == "[POINT]":
        assert isinstance(value, list)
        return next((str(point) for point in value if fault(point[1], "num?") or len(point) != 3), None)
    if kind.startswith("["):
        return next(filter(None, (fault(each, kind[1:-1]) for each in value)), None)  # type: ignore[attr-defined]  # a list
    if kind in PLAIN:
        fits = isinstance(value, PLAIN[kind]) and (kind == "bool" or not isinstance(value, bool))
        return None if fits else f"{value!r} is no {kind}"
    return misfit(value, PARTS[kind])


def misfit(value: Any, fields: dict[str, str]) -> str | None:
    if set(value) != set(fields):
        return f"{sorted(set(value) ^ set(fields))} of {value}"
    return next((f"{name}: {said}" for name, kind in fields.items() if (said := fault(value[name], kind))), None)


def sound(message: Message) -> Message:
    """The message as it arrives, after a look at its shape."""
    assert misfit(message, MESSAGES[message["type"]]) is None
    return dict(json.loads(json.dumps(message, allow_nan=False)))


class Viewers:
    """One viewer from the beginning; whoever joins later must see the same."""

    def __init__(self, model: PageModel) -> None:
        self.model = model
        self.state = sound(model.snapshot())
        self.messages: list[Message] = []

    def told(self, messages: Iterable[Message]) -> list[Message]:
        arrived = [sound(message) for message in messages]
        self.messages += arrived
        for message in arrived:
            follow(self.state, copy.deepcopy(message))
        assert self.state == sound(self.model.snapshot())
        return arrived

    def take(self, events: Sequence[Event], lane: int = 0) -> list[Message]:
        return self.told(self.model.take(events, lane))

    def do(self, do: str, lane: int = 0, **more: Any) -> list[Message]:
        return self.told(self.model.command({"do": do, "lane": lane, **more}))

    def cues(self, name: str | None = None) -> list[tuple[str, int | None]]:
        said = [message for message in self.messages if message["type"] == "cue"]
        return [(each["cue"], each["number"]) for each in said if name in (None, each["cue"])]

    @property
    def set_now(self) -> Message:
        return dict(self.state["lanes"][0]["set"])


@cache
def heard(trace: str, size: int = 13) -> tuple[Recording, Params, tuple[tuple[Event, ...], ...]]:
    """The events of a shipped trace, block by block."""
    recording = load(shipped_path(trace))
    params = for_recording(Params(), recording)
    pipeline = pipeline_for(recording, params)
    batches = [tuple(pipeline.push(block)) for block in recording.blocks(size)]
    return recording, params, (*filter(None, batches), tuple(pipeline.finish()))


def page_of(*traces: str, look: Callable[[], LinkNow] | None = None) -> Viewers:
    """Viewers of a page with a lane for each trace."""
    lanes = []
    for trace in traces:
        recording, params, _ = heard(trace)
        lane = Lane.of(recording.header, params)
        lane.look = look
        lanes.append(lane)
    stage = Stage(lanes, ("REPLAY of it, not live",), simulated=True)
    ticks = iter(range(1_000_000))
    model = PageModel(stage, Tempo(), exercise="Kickback", live=False, now=lambda: f"tick {next(ticks)}")
    return Viewers(model)


def until(viewers: Viewers, trace: str, enough: Callable[[Event], bool]) -> tuple[tuple[Event, ...], ...]:
    """Take the batches of a trace up to the one with such an event; those that are left."""
    batches = heard(trace)[2]
    for index, batch in enumerate(batches):
        viewers.take(batch)
        if any(map(enough, batch)):
            return batches[index + 1 :]
    raise AssertionError(f"{trace} has no such event")


def a_rep(number: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Rep) and event.rep == number


def closes(event: Event) -> bool:
    return isinstance(event, SetClosed)


def measured(model: PageModel) -> list[tuple[int, int]]:
    return [(rep.start, rep.end) for said in model.sets() for rep in said.closed.reps]


# --- following ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trace", ["hip_rotation", "two_legs_walking", "pulses"])
def test_who_joins_sees_what_those_see_who_followed(trace: str) -> None:
    viewers = page_of(trace)
    for batch in heard(trace)[2]:
        viewers.take(batch)
    expected = [event for batch in heard(trace)[2] for event in batch]
    reps = [event for event in expected if isinstance(event, Rep)]
    assert len([message for message in viewers.messages if message["type"] == "rep"]) == len(reps)
    assert [one["count"] for one in viewers.state["lanes"][0]["closed"]] == [
        len(event.reps) for event in expected if isinstance(event, SetClosed)
    ]
    viewers.told(viewers.model.end(["monday.kbraw"], "All is written."))
    assert viewers.state["ended"]


def test_the_trail_is_the_last_ten_seconds() -> None:
    viewers = page_of("clean_set")
    for batch in heard("clean_set")[2]:
        viewers.take(batch)
    trail = viewers.state["lanes"][0]["trail"]
    assert TRAIL_S - 0.2 < trail[-1][0] - trail[0][0] <= TRAIL_S
    assert {phase for _, _, phase in trail} <= {"rest", "concentric", "hold", "eccentric"}


def test_two_lanes_are_told_apart() -> None:
    viewers = page_of("clean_set", "hip_rotation")
    for first, second in zip(heard("clean_set")[2], heard("hip_rotation")[2], strict=False):
        viewers.take(first, 0)
        viewers.take(second, 1)
    left, right = viewers.state["lanes"]
    assert (left["lane"], right["lane"]) == (0, 1)
    assert left["now"]["t"] != right["now"]["t"]
    assert {message["lane"] for message in viewers.messages if message["type"] == "cue"} == {0, 1}


COMMANDS = st.sampled_from(
    [
        *[{"do": do} for do in ("next_leg", "stop", "add_rep", "undo", "undo", "restart_set", "start")],
        *[{"do": "leg", "leg": leg} for leg in ("left", "right")],
        *[{"do": "delete_rep", "rep": rep} for rep in (1, 2, 3, -1)],
        {"do": "delete_rep", "set": 1, "rep": 2},
        {"do": "start", "count_in_s": 0},
        {"do": "tempo", "tempo": "4-0-1-2"},
        {"do": "warm_up", "on": True},
        {"do": "warm_up", "on": False, "set": 1},
        {"do": "leg", "leg": "left", "set": 1},
        {"do": "note", "band": "red"},
        {"do": "note", "effort": 7},
    ]
)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1), COMMANDS), max_size=25), st.booleans())
def test_what_people_say_never_touches_what_was_measured(
    said: list[tuple[int, int, dict[str, Any]]], two: bool
) -> None:
    traces = ("two_legs_walking", "hip_rotation")[: 1 + two]
    viewers = page_of(*traces)
    batches = [heard(trace, 400)[2] for trace in traces]
    done = 0
    for number in range(max(map(len, batches))):
        for lane, mine in enumerate(batches):
            viewers.take(mine[number] if number < len(mine) else (), lane)
        for _, lane, command in (each for each in said if each[0] == number):
            try:
                viewers.told(viewers.model.command({"lane": lane % len(traces), **command}))
                done += 1
            except BadCommand as error:
                assert str(error).splitlines() == [str(error)]
    assert measured(viewers.model) == [
        (rep.start, rep.end)
        for mine in batches
        for batch in mine
        for event in batch
        if isinstance(event, SetClosed)
        for rep in event.reps
    ]
    records = viewers.model.corrections.records
    assert [record["id"] for record in records] == list(range(1, done + 1))
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    for record in reversed(records):
        if viewers.model.corrections.last(record["lane"] or 0) is None:
            continue
        viewers.do("undo", record["lane"] or 0)
    for lane in viewers.state["lanes"]:
        assert all(one["shown"] == one["count"] for one in lane["closed"])


# --- what people say ------------------------------------------------------------------------------------------------


def test_a_rep_is_deleted_beside_its_measure_and_comes_back() -> None:
    viewers = page_of("hip_rotation")
    until(viewers, "hip_rotation", a_rep(5))
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


def test_a_rep_is_added_to_the_open_set_and_to_a_closed_one() -> None:
    viewers = page_of("hip_rotation")
    rest = until(viewers, "hip_rotation", a_rep(4))
    viewers.do("add_rep")
    for batch in rest:
        viewers.take(batch)
    viewers.do("add_rep", set=1)
    closed = viewers.state["lanes"][0]["closed"][0]
    assert (closed["count"], closed["shown"]) == (8, 10)
    assert [rep["label"] for rep in closed["reps"]] == ["1", "2", "3", "4", "+1", "5", "6", "7", "8", "+2"]
    viewers.do("delete_rep", set=1, rep=-1)
    assert viewers.state["lanes"][0]["closed"][0]["shown"] == 9
    viewers.do("undo")
    viewers.do("undo")
    viewers.do("add_rep", set=1)
    assert viewers.state["lanes"][0]["closed"][0]["reps"][-1]["rep"] == -3, "a number is not given twice"
    (said,) = viewers.model.sets()
    assert (said.shown, len(said.closed.reps), said.leg) == (10, 8, "left")


def test_a_count_in_guards_the_set_and_is_counted_aloud() -> None:
    viewers = page_of("hip_rotation")
    rest = until(viewers, "hip_rotation", lambda event: isinstance(event, Progress) and event.candidates == 1)
    viewers.do("start", count_in_s=5)
    assert (viewers.set_now["set"], viewers.set_now["next_set"]) == (1, 1)
    with pytest.raises(BadCommand, match="running"):
        viewers.do("start")
    for batch in rest:
        viewers.take(batch)
    counted = [message["count_in"] for message in viewers.messages if message["type"] == "progress"]
    assert [left for left in dict.fromkeys(counted) if left is not None] == [5, 4, 3, 2, 1]
    assert viewers.cues("count_in") == [("count_in", 3), ("count_in", 2), ("count_in", 1)]
    assert viewers.cues("go") == [("go", None)]
    closed = viewers.state["lanes"][0]["closed"][0]
    assert [rep["why"] for rep in closed["reps"]] == ["before start"] * 2 + [None] * 6
    assert (closed["count"], closed["shown"]) == (8, 6)
    assert viewers.cues("count")[0] == ("count", 1)


def test_candidates_from_before_the_end_of_a_count_in_are_not_shown() -> None:
    viewers = page_of("hip_rotation")
    rest = until(viewers, "hip_rotation", lambda event: isinstance(event, Progress) and event.candidates == 1)
    assert viewers.set_now["number"] == 1
    viewers.do("start", count_in_s=1)
    numbers = []
    for batch in rest:
        if any(isinstance(event, Rep) for event in batch):
            break
        viewers.take(batch)
        numbers.append(viewers.set_now["number"])
    assert set(numbers[10:]) == {0, 1}, "the second movement is the first that is shown"


def test_a_stop_during_the_count_in_takes_it_back_without_a_word() -> None:
    viewers = page_of("hip_rotation")
    rest = until(viewers, "hip_rotation", lambda event: isinstance(event, Progress))
    viewers.do("start", count_in_s=3)
    viewers.do("stop")
    for batch in rest[:60]:
        viewers.take(batch)
    assert viewers.cues("go") == viewers.cues("set_done") == []
    with pytest.raises(BadCommand, match="no set is going"):
        viewers.do("stop")


def test_a_stop_ends_the_set_that_is_shown_and_is_said_once() -> None:
    viewers = page_of("hip_rotation")
    rest = until(viewers, "hip_rotation", a_rep(5))
    viewers.do("stop")
    assert (viewers.set_now["resting"], viewers.set_now["stopped"], viewers.set_now["shown"]) == (True, True, 5)
    for batch in rest:
        viewers.take(batch)
    closed = viewers.state["lanes"][0]["closed"][0]
    assert (closed["count"], closed["shown"]) == (8, 5)
    assert viewers.cues("set_done") == [("set_done", 1)]
    assert viewers.cues("count")[-1] == ("count", 5)


def test_a_set_that_is_restarted_counts_from_nought() -> None:
    viewers = page_of("hip_rotation")
    rest = until(viewers, "hip_rotation", a_rep(4))
    viewers.do("restart_set")
    assert (viewers.set_now["shown"], viewers.set_now["count"]) == (0, 4)
    for batch in rest:
        viewers.take(batch)
    assert viewers.state["lanes"][0]["closed"][0]["shown"] == 4


def test_a_leg_is_for_the_next_set_and_stands_beside_the_measured_one() -> None:
    viewers = page_of("hip_rotation")
    rest = until(viewers, "hip_rotation", a_rep(4))
    viewers.do("next_leg")
    assert viewers.state["lanes"][0]["leg"] == "left"
    for batch in rest:
        viewers.take(batch)
    lane = viewers.state["lanes"][0]
    assert (lane["leg"], lane["closed"][0]["leg"]) == ("right", "left")
    viewers.do("leg", leg="right", set=1)
    closed = viewers.state["lanes"][0]["closed"][0]
    assert (closed["leg"], closed["leg_measured"]) == ("right", "left")
    assert {rep["leg"] for rep in closed["reps"]} == {"right"}
    viewers.do("undo")
    viewers.do("undo")
    assert viewers.state["lanes"][0]["leg"] == "left"


def test_two_sensors_are_on_two_legs() -> None:
    viewers = page_of("clean_set", "hip_rotation")
    viewers.do("leg", 0, leg="right")
    assert [lane["leg"] for lane in viewers.state["lanes"]] == ["right", "left"]
    viewers.do("next_leg", 1)
    assert [lane["leg"] for lane in viewers.state["lanes"]] == ["left", "right"]
    viewers.do("undo", 0)
    assert [lane["leg"] for lane in viewers.state["lanes"]] == ["right", "left"]


def test_another_tempo_is_asked_for_while_the_measure_stays() -> None:
    viewers = page_of("hip_rotation")
    rest = until(viewers, "hip_rotation", a_rep(3))
    before = viewers.set_now["reps"]
    viewers.do("tempo", tempo="4012")
    target = viewers.state["target"]
    assert (target["code"], target["eccentric_s"], target["hold_s"], target["judged_by"]) == (
        "4-0-1-2",
        4,
        2,
        "3-0-1-1",
    )
    viewers.take(rest[0])
    assert viewers.state["lanes"][0]["now"]["target_s"] in (0, 1, 2, 4)
    assert viewers.set_now["reps"] == before
    viewers.do("undo")
    assert viewers.state["target"]["code"] == "3-0-1-1"


def test_sets_are_marked_and_noted() -> None:
    viewers = page_of("hip_rotation")
    viewers.do("warm_up", on=True)
    for batch in heard("hip_rotation")[2]:
        viewers.take(batch)
    viewers.do("note", set=1, band="  red,   long ", effort=7)
    viewers.do("note", effort=7.5)
    closed = viewers.state["lanes"][0]["closed"][0]
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
def test_what_makes_no_sense_is_refused_in_one_line(command: Any, why: str) -> None:
    viewers = page_of("clean_set")
    with pytest.raises(BadCommand, match=why) as caught:
        viewers.model.command(command)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 250
    assert viewers.model.corrections.records == []
    assert viewers.state == sound(viewers.model.snapshot())


def test_the_end_is_asked_for_once_and_then_nothing_is_done_any_more() -> None:
    viewers = page_of("clean_set")
    assert viewers.model.command({"do": "end"}) == []
    assert viewers.model.ending
    viewers.told(viewers.model.end([], "over"))
    with pytest.raises(BadCommand, match="over"):
        viewers.do("warm_up", on=True)


def test_records_are_taken_up_by_a_session_that_goes_on() -> None:
    viewers = page_of("hip_rotation")
    until(viewers, "hip_rotation", a_rep(5))
    viewers.do("delete_rep", rep=2)
    viewers.do("delete_rep", rep=3)
    viewers.do("undo")
    records = json.loads(json.dumps(viewers.model.corrections.records))
    assert [record["at"] for record in records] == ["tick 0", "tick 1", "tick 2"]
    again = page_of("hip_rotation")
    again.model.recall([{**record, "id": record["id"] + 40, "of": record.get("of", 0) + 40} for record in records])
    again = Viewers(again.model)
    until(again, "hip_rotation", a_rep(5))
    assert again.set_now == viewers.set_now


# --- to be seen and heard -------------------------------------------------------------------------------------------


def test_a_warning_stays_its_time_and_does_not_flicker() -> None:
    viewers = page_of("hip_rotation")
    seen: list[tuple[float, str | None]] = []
    for batch in heard("hip_rotation")[2]:
        for message in viewers.take(batch):
            if message["type"] == "warning":
                kind = message["warning"] and message["warning"]["kind"]
                seen.append((viewers.state["lanes"][0]["now"]["t"], kind))
    assert {kind for _, kind in seen} == {"hip_rotation", "rushed", None}
    for (from_s, before), (to_s, after) in pairwise(seen):
        if after is None or (before, after) == ("hip_rotation", "rushed"):
            assert to_s - from_s >= LEAST_WARNING_S - 0.15
    texts = [message["warning"] for message in viewers.messages if message["type"] == "warning"]
    shown = next(warning for warning in texts if warning and warning["kind"] == "hip_rotation")
    assert shown["text"].startswith("HIP ROTATION")
    assert shown["value"] > 5
    assert seen[-1][1] is None, "it goes when the set is over"


def test_each_event_is_heard_once() -> None:
    viewers = page_of("hip_rotation")
    for batch in heard("hip_rotation")[2]:
        viewers.take(batch)
    cues = viewers.cues()
    assert {name for name, _ in cues} <= set(CUES)
    assert [number for _, number in viewers.cues("count")] == [3, 4, 5, 6, 7, 8]
    assert viewers.cues("set_done") == [("set_done", 1)]
    flagged = [
        message["rep"]["flags"]
        for message in viewers.messages
        if message["type"] == "rep" and message["rep"]["rep"] > 2
    ]
    assert len(viewers.cues("hips")) == sum("hip rotation" in flags for flags in flagged)
    assert len(viewers.cues("slower")) == sum("rushed" in flags and "hip rotation" not in flags for flags in flagged)
    said = [name for name, _ in cues[cues.index(("count", 3)) + 1 : cues.index(("count", 8))] if name != "slower"]
    assert " ".join(said).split("count")[0].split() == ["hold", "down"], "once in rep 4"
    assert said.count("hold") == 5, "one squeeze for each of the reps 4 to 8"


def test_the_link_is_told_when_it_changes_and_heard_when_it_goes_and_comes() -> None:
    now = LinkNow("streaming", at_s=1.0, battery_percent=80, rssi_dbm=-70, age_s=0.05, rate_hz=60.0)
    looks = {"now": now}
    viewers = page_of("clean_set", look=lambda: looks["now"])
    assert viewers.state["lanes"][0]["link"] is None
    (lane,) = viewers.state["lanes"]

    def look(**changes: Any) -> list[Message]:
        looks["now"] = replace(looks["now"], **changes)
        return viewers.told(viewers.model.look())

    (first,) = look()
    assert (first["link"]["signal"], first["link"]["level"], first["link"]["old"]) == ("good", "ok", False)
    assert look(at_s=1.1, age_s=0.2) == []
    lost = look(at_s=3.0, state="lost", age_s=1.5)
    assert [message["type"] for message in lost] == ["link", "cue"]
    assert (lost[0]["link"]["level"], lost[0]["link"]["key"], lost[0]["link"]["away_s"]) == ("bad", "lost", 1)
    assert look(at_s=3.1, age_s=1.6) == []
    assert [message["type"] for message in look(at_s=4.1, age_s=2.6)] == ["link"]
    look(at_s=5.0, state="streaming", age_s=0.0, backfilled=180)
    back = look(at_s=5.6)
    assert lane["link"]["key"] == "back"
    assert "3.0 s back-filled" in lane["link"]["text"]
    assert viewers.cues() == [("lost", None), ("back", None)]
    assert back
    look(at_s=20.0, battery_percent=9, warnings=("The battery of it is low (9 %): charge it before the set.",))
    link = lane["link"]
    assert (link["level"], link["battery_low"], "charge it" in link["text"]) == ("warn", True, True)


def test_a_poor_calibration_says_so_and_what_to_do() -> None:
    viewers = page_of("two_legs_walking")
    for batch in heard("two_legs_walking")[2]:
        viewers.take(batch)
    for closed in viewers.state["lanes"][0]["closed"]:
        calibration = closed["calibration"]
        assert calibration["sentence"]
        assert calibration["poor"] == (calibration["quality"] < 0.5)


def test_rest_is_told_from_the_end_of_the_set() -> None:
    viewers = page_of("hip_rotation")
    for batch in heard("hip_rotation")[2]:
        viewers.take(batch)
    now, lane = viewers.set_now, viewers.state["lanes"][0]
    assert now["resting"]
    assert now["rest_from_s"] == lane["closed"][0]["end_s"]
    assert lane["now"]["rest_s"] == pytest.approx(lane["now"]["t"] - now["rest_from_s"], abs=0.06)


# --- the page of the protocol ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*MESSAGES, *SHAPES])
def test_the_page_of_the_protocol_has_every_field(name: str, root: Any) -> None:
    fields = {**MESSAGES, **SHAPES}[name]
    page = (root / "docs" / "page_protocol.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith((f"| `{name}` |", f"| {name} |")))
    cell = row.split("|")[2]
    if name == "progress":
        assert cell.strip() == "PROGRESS"
        return
    expected = [f"`{field}` {kind}" for field, kind in fields.items() if field != "type"]
    assert [part.strip() for part in cell.split(",")] == expected


def test_the_page_of_the_protocol_has_every_cue_and_command(root: Any) -> None:
    from kickback.page.corrections import COMMANDS as KNOWN

    page = (root / "docs" / "page_protocol.md").read_text(encoding="utf-8")
    assert {name for name in (*CUES, *KNOWN) if f"`{name}`" not in page} == set()
