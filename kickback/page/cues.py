"""What is to be heard, and the warning that is to be seen: each event once, and nothing that flickers. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.results import Phase, Progress, Rep
from kickback.live.board import Board
from kickback.page.said import said
from kickback.page.shapes import Message, number

LEAST_WARNING_S = 4.0
"""A warning stays for so long: what comes and goes faster is not read from three metres (the page's brief)."""
KINDS = ("hip_rotation", "rushed", "partial")
"""The faults, the most important first, as :func:`kickback.words.flags` has them."""
FAULT_CUES = {"hip_rotation": "hips", "rushed": "slower"}
"""What is said of a fault; the others are for the eye."""
COUNT_IN_FROM = 3
"""A count-in is counted aloud from here."""
CUES = (
    *("count", "hold", "down", "slower", "hips", "set_done", "unconfirmed", "lost", "back"),
    *("count_in", "go"),
)
"""All cues."""


def cue(lane: int, name: str, t: float, value: int | None = None) -> Message:
    """A cue message; ``t`` on the lane's clock."""
    return {"type": "cue", "lane": lane, "cue": name, "number": value, "t": number(t, 3)}


def fault_of(rep: Rep) -> str | None:
    """The worst fault of a rep, None when there is none."""
    found = (rep.hip_rotation, rep.rushed, rep.is_partial)
    return next((kind for kind, has in zip(KINDS, found, strict=True) if has), None)


def warning_of(rep: Rep, board: Board) -> Message | None:
    """WARNING of the board's latest rep, None when it has no fault."""
    kind, text = fault_of(rep), board.advice
    if kind is None or text is None:
        return None
    values = {
        "hip_rotation": (abs(rep.axial_rotation_deg), math.nan),
        "rushed": (rep.eccentric_s, board.target.eccentric_s),
        "partial": (rep.rom_deg, math.nan),
    }
    value, target = values[kind]
    figures = {"rep": rep.rep, "value": number(value, 3), "target": number(target, 1)}
    return {"kind": kind, "text": text, "said": said(text), **figures}


def worst(warnings: Iterable[Message]) -> Message | None:
    """The most important one, of equals the latest; None without any."""
    found = sorted(warnings, key=lambda warning: (KINDS.index(warning["kind"]), -int(warning["rep"])))
    return found[0] if found else None


@dataclass
class Warner:
    """The warning that is shown: it stays its time, and gives way at once to nothing less important.

    Attributes:
        shown: WARNING, or None. since_s: when it came. wanted: what is to be shown when its time is over.
    """

    shown: Message | None = None
    since_s: float = -math.inf
    wanted: Message | None = None

    def judge(self, warning: Message | None) -> None:
        """The latest reps have this fault, or none."""
        self.wanted = warning

    def tick(self, t: float) -> bool:
        """The lane's clock goes on; whether what is shown has changed."""
        if self.wanted == self.shown:
            return False
        if self.shown is not None and not self._gives_way(self.shown) and 0 <= t - self.since_s < LEAST_WARNING_S:
            return False
        self.shown, self.since_s = self.wanted, t
        return True

    def _gives_way(self, shown: Message) -> bool:
        wanted = self.wanted
        return wanted is not None and KINDS.index(wanted["kind"]) <= KINDS.index(shown["kind"])


@dataclass
class Ear:
    """What is due for the ear of one lane.

    Attributes:
        lane: which. count_in: the last number that was said of a count-in, None outside of one.
    """

    lane: int
    count_in: int | None = None
    _candidates: int = 0
    _held_from_s: float | None = None
    _down: bool = False
    _away: bool = False

    def fresh(self) -> None:
        """Another rep begins: its squeeze is due again."""
        self._held_from_s, self._down = None, False

    def move(self, now: Progress, hold_s: float, *, active: bool) -> list[Message]:
        """The phase goes on: "hold" when the squeeze begins, "down" when it has lasted ``hold_s``; once a rep each."""
        if now.phase is Phase.REST or not active:
            self.fresh()
        if now.phase is not Phase.HOLD or not active:
            return []
        due: list[Message] = []
        if self._held_from_s is None:
            self._held_from_s = now.time_s - now.phase_s
            if hold_s > 0:
                due.append(cue(self.lane, "hold", now.time_s))
        if not self._down and now.time_s - self._held_from_s >= hold_s:
            self._down = True
            due.append(cue(self.lane, "down", now.time_s))
        return due

    def candidates(self, count: int, t: float, *, unconfirmed: bool) -> list[Message]:
        """So many excursions wait to be counted."""
        more = unconfirmed and count > self._candidates
        self._candidates = count if unconfirmed else 0
        if not more:
            return []
        self.fresh()
        return [cue(self.lane, "unconfirmed", t, count)]

    def counting_in(self, left: int | None, t: float) -> list[Message]:
        """A count-in has so many seconds left; None outside of one."""
        before, self.count_in = self.count_in, left
        if before is not None and left is None:
            return [cue(self.lane, "go", t)]
        if left is None or left == before or left > COUNT_IN_FROM:
            return []
        return [cue(self.lane, "count_in", t, left)]

    def link(self, *, away: bool, gone: bool, t: float) -> list[Message]:
        """The link is away, or gone for good, or there."""
        before, self._away = self._away, away
        if away and not before:
            return [cue(self.lane, "lost", t)]
        if before and not away and not gone:
            return [cue(self.lane, "back", t)]
        return []
