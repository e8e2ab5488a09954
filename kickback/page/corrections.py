"""What people say of the sets: commands made into records, and what the records together say. Pure.

The measurement is never changed: a record stands beside it, with the time at which it was made. What is shown is
made of all records that were not undone, so that undoing one is leaving it out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analysis.params import LEGS, Tempo
from analysis.results import Rep

LANE_COMMANDS = frozenset(
    ("leg", "next_leg", "start", "stop", "add_rep", "delete_rep", "undo", "restart_set", "warm_up", "note")
)
"""Commands that speak of one lane."""
FOR_GOOD = frozenset(("exercise", "end"))
"""Commands that no undo takes back: what was counted anew, and what is over."""
COMMANDS = LANE_COMMANDS | FOR_GOOD | {"tempo"}
"""All of them."""
COUNT_IN_S = 5.0
"""Of a count-in where the command says none: time to bend over and take hold."""
LONGEST_COUNT_IN_S = 60.0
MOST_EFFORT = 10
"""Ratings of effort run from 0 to 10, as in Borg's CR10 scale and in "reps in reserve" turned round."""
LONGEST_BAND = 40
MOST_ADDED = 50
"""More reps than these are not added to one set: somebody leans on a key."""


class BadCommand(ValueError):
    """A command that cannot be done; its text is one line that says why."""


@dataclass
class SetNotes:
    """What people said of one set.

    Attributes:
        set: its number. leg: as chosen, None when nobody chose. warm_up, band, effort: as noted.
        deleted: numbers of the measured reps that are taken out. added: those put in, ``{-1: at_s, ...}``.
        windows: stretches of time whose reps are not shown: (from, to, why), by a rep's begin.
        started: a person began it. stopped_s: a person ended it then, None when nobody did.
    """

    set: int
    leg: str | None = None
    warm_up: bool = False
    band: str | None = None
    effort: float | None = None
    deleted: list[int] = field(default_factory=list)
    added: dict[int, float] = field(default_factory=dict)
    windows: list[tuple[float, float, str]] = field(default_factory=list)
    started: bool = False
    stopped_s: float | None = None

    def out(self, rep: int, start_s: float) -> str | None:
        """Why a measured rep is not shown, None when it is."""
        if rep in self.deleted:
            return "deleted"
        return next((why for low, high, why in self.windows if low <= start_s < high), None)

    def shown(self, reps: Iterable[Rep]) -> int:
        """How many reps count: those of the measured ones that are not out, and those that were added."""
        return sum(self.out(rep.rep, rep.start_s) is None for rep in reps) + len(self.added)

    def take(self, record: Mapping[str, Any]) -> None:
        """One more record of this set."""
        getattr(self, f"_{record['do']}")(record)

    def _warm_up(self, record: Mapping[str, Any]) -> None:
        self.warm_up = record["on"]

    def _note(self, record: Mapping[str, Any]) -> None:
        self.band, self.effort = record["band"], record["effort"]

    def _add_rep(self, record: Mapping[str, Any]) -> None:
        self.added[record["rep"]] = record["t"]

    def _delete_rep(self, record: Mapping[str, Any]) -> None:
        if record["rep"] < 0:
            self.added.pop(record["rep"], None)
        else:
            self.deleted.append(record["rep"])

    def _restart_set(self, record: Mapping[str, Any]) -> None:
        self.windows.append((-math.inf, record["t"], "restarted"))
        self.added.clear()

    def _start(self, record: Mapping[str, Any]) -> None:
        self.started = True
        if self.stopped_s is None:
            self.windows.append((-math.inf, record["until_s"], "before start"))
        else:
            self.windows[-1] = (self.stopped_s, record["until_s"], "after stop")
            self.stopped_s = None

    def _stop(self, record: Mapping[str, Any]) -> None:
        if record["empty"]:
            self.windows, self.started, self.stopped_s = [], False, None
            return
        self.stopped_s = record["t"]
        self.windows.append((record["t"], math.inf, "after stop"))


class Corrections:
    """All records of a session.

    Attributes:
        records: in the order in which they were made; JSON-able mappings, to be stored as they are.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self._notes: dict[tuple[int, int], SetNotes] = {}

    def add(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Keep one more; it gets its number in ``id``."""
        kept = {"id": len(self.records) + 1, **{key: value for key, value in record.items() if key != "id"}}
        self.records.append(kept)
        self._notes.clear()
        return kept

    def take_up(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Keep those of a session that goes on. They are numbered anew; each undo still speaks of its own record."""
        numbers: dict[object, int] = {}
        for record in records:
            named = {"of": numbers.get(record["of"], 0)} if record["do"] == "undo" else {}
            numbers[record.get("id")] = self.add({"lane": None, **record, **named})["id"]

    def standing(self) -> Iterable[dict[str, Any]]:
        """Those that were not undone, in order."""
        gone = {record["of"] for record in self.records if record["do"] == "undo"}
        return (record for record in self.records if record["do"] != "undo" and record["id"] not in gone)

    def last(self, lane: int) -> dict[str, Any] | None:
        """The latest of a lane, or of all lanes, that an undo would leave out."""
        found = [
            record for record in self.standing() if record["lane"] in (lane, None) and record["do"] not in FOR_GOOD
        ]
        return found[-1] if found else None

    def notes(self, lane: int, in_set: int) -> SetNotes:
        """What they say of a set together."""
        key = lane, in_set
        if key not in self._notes:
            notes = SetNotes(in_set)
            for record in self.standing():
                if record["do"] == "leg":
                    if str(lane) in record["legs"] and _covers(record, lane, in_set):
                        notes.leg = record["legs"][str(lane)][1]
                elif record["lane"] == lane and record.get("set") == in_set:
                    notes.take(record)
            self._notes[key] = notes
        return self._notes[key]

    def tempo(self, first: Tempo) -> Tempo:
        """The target that the page asks for; ``first`` when nobody chose one."""
        chosen = [record["tempo"] for record in self.standing() if record["do"] == "tempo"]
        return Tempo.parse(chosen[-1]) if chosen else first

    def count_in_until_s(self, lane: int, in_sets: tuple[int, ...]) -> float | None:
        """The end of the latest count-in of these sets that nobody stopped, on the lane's clock."""
        until_s = None
        for record in self.standing():
            if record["lane"] == lane and record.get("set") in in_sets:
                if record["do"] == "start":
                    until_s = record["until_s"]
                elif record["do"] == "stop":
                    until_s = None
        return until_s


def _covers(record: Mapping[str, Any], lane: int, in_set: int) -> bool:
    """Whether a choice of leg speaks of the set: of one set, or of all from one on."""
    first = record["legs"][str(lane)][0]
    return bool(in_set == first if record["only"] else in_set >= first)


def whole(command: Mapping[str, Any], key: str, least: int | None = None) -> int:
    """A whole number of a command.

    Raises:
        BadCommand: it is missing, no whole number, or below the least.
    """
    value = command.get(key)
    if type(value) is not int or (least is not None and value < least):
        raise BadCommand(f"{key!r} must be a whole number{'' if least is None else f' from {least}'}")
    return value


def amount(value: object, what: str, most: float) -> float:
    """A number from 0 to the most.

    Raises:
        BadCommand: it is another thing.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadCommand(f"{what} must be a number from 0 to {most:g}")
    return float(value)


def leg_named(value: object) -> str:
    """A leg of a command.

    Raises:
        BadCommand: it is neither left nor right.
    """
    if value not in LEGS:
        raise BadCommand("the leg is 'left' or 'right'")
    return str(value)


def noted(command: Mapping[str, Any], before: SetNotes) -> dict[str, Any]:
    """Band and effort of a command; what it does not name stays.

    Raises:
        BadCommand: they are too long, too large, or neither is there.
    """
    if not {"band", "effort"} & set(command):
        raise BadCommand("a note has a 'band' or an 'effort'")
    band, effort = command.get("band", before.band), command.get("effort", before.effort)
    if band is not None and not isinstance(band, str):
        raise BadCommand("the band is a text")
    band = " ".join(band.split()) if band else ""
    if len(band) > LONGEST_BAND or not band.isprintable():
        raise BadCommand(f"the band is a text of at most {LONGEST_BAND} characters")
    return {
        "band": band or None,
        "effort": None if effort is None else amount(effort, "the effort", MOST_EFFORT),
    }
