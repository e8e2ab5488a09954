"""Commands from the page, checked and made into records of what people said. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from analysis.params import Tempo
from kickback.live.watch import CHOOSE_S
from kickback.page.corrections import (
    COMMANDS,
    COUNT_IN_S,
    LANE_COMMANDS,
    LONGEST_COUNT_IN_S,
    MOST_ADDED,
    BadCommand,
    amount,
    leg_named,
    noted,
    whole,
)
from kickback.page.lane import LaneState

Record = dict[str, Any]


def record_of(command: object, lanes: Sequence[LaneState], exercises: Collection[str] = ()) -> Record:
    """A command as the record that it makes; nothing is changed yet.

    Args:
        command: as it came. lanes: all of them. exercises: the names of those that can be chosen.

    Raises:
        BadCommand: it is no command, or cannot be done now; one line that says why.
    """
    if not isinstance(command, Mapping):
        raise BadCommand("a command is an object with a 'do'")
    do = command.get("do")
    if not isinstance(do, str) or do not in COMMANDS:
        raise BadCommand("'do' is none of " + ", ".join(sorted(COMMANDS)))
    if do == "end":
        return {"lane": None, "do": do}
    if do == "tempo":
        return {"lane": None, "do": do, "tempo": _tempo(command.get("tempo"))}
    if do == "exercise":
        return {"lane": None, "do": do, "exercise": _exercise(command.get("exercise"), lanes, exercises)}
    assert do in LANE_COMMANDS
    number = command.get("lane", 0 if len(lanes) == 1 else None)
    if type(number) is not int or not 0 <= number < len(lanes):
        raise BadCommand(f"'lane' is a whole number from 0 to {len(lanes) - 1}")
    lane = lanes[number]
    made: Record = RECORDS[do](command, lane, lanes)
    t = None if lane.now is None else lane.now["t"]
    return {"lane": number, "do": do, "t": t, **made}


def _tempo(text: object) -> str:
    try:
        return str(Tempo.parse(str(text)))
    except ValueError as error:
        raise BadCommand(
            "the tempo is not four numbers of seconds from 0 to 60 such as 3-0-1-1 (down - pause - up - squeeze)"
        ) from error


def _exercise(name: object, lanes: Sequence[LaneState], exercises: Collection[str]) -> str:
    """One that can be chosen, as long as nothing was counted as another one."""
    if not isinstance(name, str) or name not in exercises:
        raise BadCommand("the exercise is none of " + (", ".join(exercises) or "those here: none can be chosen"))
    if any(lane.board.reps or lane.board.closed for lane in lanes):
        raise BadCommand("reps were counted: the exercise is chosen before the first of them, or in the next session")
    if any(lane.lane.stop > CHOOSE_S * lane.lane.rate_hz for lane in lanes):
        raise BadCommand(f"the exercise is chosen in the first {CHOOSE_S / 60:g} minutes, or in the next session")
    return name


def _existing(command: Mapping[str, Any], lane: LaneState) -> int:
    """The set that a command names, or the one that is shown; it must have begun."""
    in_set = whole(command, "set", 1) if command.get("set") is not None else lane.shown_set
    if in_set == lane.shown_set != 0 or lane.reps(in_set):
        return in_set
    raise BadCommand(f"there is no set {in_set}" if in_set else "there is no set yet: begin one with 'start'")


def _any_set(command: Mapping[str, Any], lane: LaneState) -> int:
    """The set that a command names, up to the next one; else the one that is shown, or the first."""
    in_set = whole(command, "set", 1) if command.get("set") is not None else lane.shown_set or lane.next_set
    if in_set > lane.next_set:
        raise BadCommand(f"there is no set {in_set}; the next is {lane.next_set}")
    return in_set


def _now_s(lane: LaneState) -> float:
    if lane.now is None:
        raise BadCommand("nothing has come from the sensor yet")
    return float(lane.now["t"])


def _leg(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    leg = leg_named(command.get("leg"))
    if command.get("set") is None:
        return _legs(leg, lane, lanes)
    in_set = _any_set(command, lane)
    return {"set": in_set, "leg": leg, "only": True, "legs": {str(lane.number): [in_set, leg]}}


def _next_leg(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    now = lane.leg(lane.next_set) or lane.leg(lane.shown_set)
    if now is None:
        raise BadCommand("it is not known which leg it is now: choose one")
    return {**_legs(_other(now), lane, lanes), "do": "leg"}


def _legs(leg: str, lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    """From the next set on; where there are two sensors the other one is on the other leg."""
    legs = {str(each.number): [each.next_set, leg if each is lane else _other(leg)] for each in lanes}
    alone = {} if len(lanes) == 1 else {"lane": None}
    return {**alone, "set": lane.next_set, "leg": leg, "only": False, "legs": legs}


def _other(leg: str) -> str:
    return "left" if leg == "right" else "right"


def _start(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    count_in_s = amount(command.get("count_in_s", COUNT_IN_S), "the count-in", LONGEST_COUNT_IN_S)
    now_s = _now_s(lane)
    if lane.count_in is not None:
        raise BadCommand("the count-in is running")
    return {"set": lane.open_set or lane.next_set, "count_in_s": count_in_s, "until_s": round(now_s + count_in_s, 3)}


def _stop(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    in_set = lane.open_set or lane.next_set
    if lane.notes(in_set).stopped_s is not None or not (lane.open_set or lane.notes(in_set).started):
        raise BadCommand("no set is going")
    return {"set": in_set, "t": _now_s(lane), "empty": lane.open_set is None}


def _add_rep(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    in_set = _existing(command, lane)
    before = sum(
        record["do"] == "add_rep" and record["lane"] == lane.number and record["set"] == in_set
        for record in lane.corrections.records
    )
    if len(lane.notes(in_set).added) >= MOST_ADDED:
        raise BadCommand(f"no more than {MOST_ADDED} reps are added to a set")
    closed = next((one for one in lane.board.closed if one.set == in_set), None)
    return {"set": in_set, "rep": -1 - before, "t": round(closed.end_s, 3) if closed else _now_s(lane)}


def _delete_rep(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    in_set, rep = _existing(command, lane), whole(command, "rep")
    notes = lane.notes(in_set)
    known = rep in notes.added if rep < 0 else any(one.rep == rep for one in lane.reps(in_set))
    if not known:
        raise BadCommand(f"there is no rep {rep} in set {in_set}")
    if rep in notes.deleted:
        raise BadCommand(f"rep {rep} of set {in_set} is deleted already")
    return {"set": in_set, "rep": rep}


def _undo(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    last = lane.corrections.last(lane.number)
    if last is None:
        raise BadCommand("there is nothing to undo")
    return {"lane": last["lane"], "of": last["id"], "undone": last["do"], "set": last.get("set")}


def _restart_set(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    if lane.open_set is None or lane.stopped:
        raise BadCommand("no set is going")
    return {"set": lane.open_set, "t": _now_s(lane)}


def _warm_up(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    if not isinstance(command.get("on"), bool):
        raise BadCommand("'on' is true or false")
    return {"set": _any_set(command, lane), "on": command["on"]}


def _note(command: Mapping[str, Any], lane: LaneState, lanes: Sequence[LaneState]) -> Record:
    in_set = _any_set(command, lane)
    return {"set": in_set, **noted(command, lane.notes(in_set))}


RECORDS = {
    "leg": _leg,
    "next_leg": _next_leg,
    "start": _start,
    "stop": _stop,
    "add_rep": _add_rep,
    "delete_rep": _delete_rep,
    "undo": _undo,
    "restart_set": _restart_set,
    "warm_up": _warm_up,
    "note": _note,
}
