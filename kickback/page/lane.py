"""One sensor's side of what the page shows: its board, and its sets with what people said of them. Pure."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from analysis.params import Tempo
from analysis.results import Rep, SetClosed
from kickback.live.board import Board
from kickback.live.stage import Lane
from kickback.page.corrections import Corrections, SetNotes
from kickback.page.shapes import Message, note_of, reps_of, set_of


@dataclass
class LaneState:
    """What the page knows of one lane.

    Attributes:
        number: of the lane. lane: on the stage. corrections: of the session. target: that "rushed" is judged by.
        board: the state of the set, with all of its reps.
        t: the latest instant on the lane's clock; NaN before the first.
        trail: [t, angle, phase] of the last ten seconds.
        now, link, rejected, warning: PROGRESS, LINK, REJECTED and WARNING as they were told last, or None.
        guarded: candidates from before the end of a count-in.
    """

    number: int
    lane: Lane
    corrections: Corrections
    target: Tempo
    t: float = math.nan
    board: Board = field(init=False)
    trail: deque[list[Any]] = field(default_factory=deque)
    now: Message | None = None
    link: Message | None = None
    rejected: Message | None = None
    warning: Message | None = None
    guarded: int = 0

    def __post_init__(self) -> None:
        self.board = Board(self.target, reps=deque())

    @property
    def open_set(self) -> int | None:
        """The number of the set that is going, as measured; None between sets."""
        return self.board.reps[-1].set if self.board.reps and not self.board.between else None

    @property
    def next_set(self) -> int:
        """The number that the next set will have."""
        closed = self.board.closed[-1].set if self.board.closed else 0
        return max(closed, self.open_set or 0) + 1

    @property
    def shown_set(self) -> int:
        """The set to show: the one that is going, one that a person has begun, else the last; 0 before the first."""
        if self.open_set is not None:
            return self.open_set
        if self.corrections.notes(self.number, self.next_set).started:
            return self.next_set
        return self.board.reps[-1].set if self.board.reps else 0

    def reps(self, in_set: int) -> tuple[Rep, ...]:
        """The measured reps of a set as they are known now."""
        if self.board.reps and self.board.reps[-1].set == in_set:
            return tuple(self.board.reps)
        return next((closed.reps for closed in self.board.closed if closed.set == in_set), ())

    def notes(self, in_set: int) -> SetNotes:
        """What people said of a set."""
        return self.corrections.notes(self.number, in_set)

    def leg(self, in_set: int) -> str | None:
        """A set's leg as it is shown: as chosen, else as measured, else as the sensor is worn."""
        reps = self.reps(in_set)
        return self.notes(in_set).leg or (reps[-1].leg if reps else self.lane.leg)

    @property
    def leg_now(self) -> str | None:
        """The leg of the set that is going, else of the next."""
        return self.leg(self.open_set or self.next_set)

    @property
    def stopped(self) -> bool:
        """Whether a person has ended the set that is shown."""
        return self.notes(self.shown_set).stopped_s is not None

    @property
    def resting(self) -> bool:
        """Whether the set that is shown is over."""
        return self.stopped or (self.board.between and self.shown_set == self.board.closed[-1].set)

    @property
    def rest_from_s(self) -> float | None:
        """Since when there is rest; None in a set and before the first."""
        if not self.resting:
            return None
        stopped_s = self.notes(self.shown_set).stopped_s
        return stopped_s if stopped_s is not None else self.board.closed[-1].end_s

    @property
    def candidates(self) -> int:
        """Excursions that wait to be counted, without those from before the end of a count-in."""
        return max(self.board.candidates - self.guarded, 0)

    @property
    def unconfirmed(self) -> bool:
        """Whether the first excursions of a set wait for a third like them."""
        return self.board.unconfirmed and self.candidates > 0 and not self.stopped

    @property
    def active(self) -> bool:
        """Whether the phase means something now."""
        going = self.open_set is not None and not self.stopped
        return (going or self.unconfirmed) and self.count_in is None

    @property
    def count_in(self) -> int | None:
        """Seconds that are left of a count-in, from its whole length down to 1; None outside of one."""
        until_s = self.corrections.count_in_until_s(self.number, (self.open_set or self.next_set,))
        if until_s is None or not self.t < until_s:
            return None
        return math.ceil(until_s - self.t)

    def counts(self) -> Message:
        """What of the count stands in SETNOW and in PROGRESS alike."""
        in_set = self.shown_set
        reps = self.reps(in_set)
        shown = self.notes(in_set).shown(reps)
        return {
            "count": len(reps),
            "shown": shown,
            "candidates": self.candidates,
            "number": self.candidates if self.unconfirmed else shown,
            "unconfirmed": self.unconfirmed,
        }

    def set_now(self) -> Message:
        """SETNOW."""
        in_set = self.shown_set
        notes = self.notes(in_set)
        last = self.corrections.last(self.number)
        return {
            "set": in_set,
            "next_set": self.next_set,
            "leg": self.leg_now,
            **self.counts(),
            "resting": self.resting,
            "rest_from_s": None if self.rest_from_s is None else round(self.rest_from_s, 3),
            "stopped": self.stopped,
            "reps": reps_of(self.reps(in_set), notes, self.leg(in_set)),
            "warm_up": notes.warm_up,
            "note": note_of(notes),
            "can_undo": last["do"] if last else None,
        }

    def closed(self) -> list[Message]:
        """[SET]."""
        return [self.closed_set(closed) for closed in self.board.closed]

    def closed_set(self, closed: SetClosed) -> Message:
        """SET."""
        return set_of(closed, self.notes(closed.set), self.leg(closed.set), self.target)

    def snapshot(self) -> Message:
        """LANE."""
        return {
            "lane": self.number,
            "name": self.lane.name,
            "exercise": self.lane.exercise,
            "leg": self.leg_now,
            "now": self.now,
            "trail": [list(point) for point in self.trail],
            "set": self.set_now(),
            "closed": self.closed(),
            "link": self.link,
            "warning": self.warning,
            "rejected": self.rejected,
        }
