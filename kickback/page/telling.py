"""Events and looks at one lane made into the messages that tell of them. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.results import Event, Progress, Rejected, Rep, SetClosed
from imu.status import LOW_BATTERY_PERCENT
from kickback.live.link import STOPPED, LinkBoard
from kickback.live.notice import OLD_PACKET_S, said_of
from kickback.page.cues import FAULT_CUES, Ear, Warner, cue, warning_of, worst
from kickback.page.lane import LaneState
from kickback.page.said import all_said
from kickback.page.shapes import PHASE_TARGETS, TRAIL_S, Message, figures_of, number, rejected_of, rep_of


@dataclass
class LaneModel(LaneState):
    """A lane that is told what happens, and tells what of it goes to the page.

    Attributes:
        warner: what is to be seen. ear: what is to be heard.
    """

    warner: Warner = field(default_factory=Warner)
    ear: Ear = field(init=False)
    _links: LinkBoard = field(default_factory=LinkBoard)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.ear = Ear(self.number)

    def take(self, events: Sequence[Event], asked: Message) -> list[Message]:
        """Bring it up to date; the messages that tell of it, in order.

        Args:
            events: as the pipeline said them. asked: TARGET that the page shows.
        """
        said: list[Message] = []
        faults: list[Message] = []
        counted: list[Rep] = []
        for event in events:
            self.board.take([event])
            if isinstance(event, Progress):
                said += self._judge(counted, faults) + self._progress(event, asked)
            elif isinstance(event, Rep):
                said += self._rep(event)
                if self.notes(event.set).out(event.rep, event.start_s) is None:
                    counted.append(event)
                    faults += filter(None, [warning_of(event, self.board)])
            elif isinstance(event, SetClosed):
                said += self._judge(counted, faults) + self._closed(event)
            else:
                said += self._rejected(event)
        return said + self._judge(counted, faults)

    def _judge(self, counted: list[Rep], faults: list[Message]) -> list[Message]:
        """Once for all reps that were said at the same time: the count, and the worst fault."""
        if not counted:
            return []
        said = [cue(self.number, "count", self.t, self.counts()["shown"])]
        fault = worst(faults)
        if fault is not None and fault["kind"] in FAULT_CUES:
            said.append(cue(self.number, FAULT_CUES[fault["kind"]], self.t))
        self.warner.judge(fault)
        counted.clear()
        faults.clear()
        return said + self._warn()

    def _warn(self) -> list[Message]:
        if not self.warner.tick(self.t):
            return []
        self.warning = self.warner.shown
        return [{"type": "warning", "lane": self.number, "warning": self.warning}]

    def _progress(self, event: Progress, asked: Message) -> list[Message]:
        if event.time_s < self.t:
            self.trail.clear()
        self.t = event.time_s
        count_in = self.count_in
        self.guarded = self.board.candidates if count_in is not None else min(self.guarded, self.board.candidates)
        active, counts = self.active, self.counts()
        target_s = asked[PHASE_TARGETS[event.phase]]
        rest_from_s = self.rest_from_s
        self.now = {
            "type": "progress",
            "lane": self.number,
            "t": round(event.time_s, 3),
            "phase": event.phase.value,
            "phase_s": round(event.phase_s, 2),
            "target_s": target_s,
            "active": active,
            "angle_deg": number(event.angle_deg, 1),
            "full_deg": round(self.board.full_deg, 1),
            "rotation_deg": number(event.rotation_deg, 1),
            **counts,
            "rest_s": None if rest_from_s is None else round(max(self.t - rest_from_s, 0.0), 1),
            "count_in": count_in,
        }
        self.trail.append([self.now["t"], self.now["angle_deg"], self.now["phase"]])
        while self.trail and self.trail[0][0] < self.now["t"] - TRAIL_S:
            self.trail.popleft()
        ear = self.ear
        due = ear.counting_in(count_in, self.t)
        due += ear.candidates(counts["candidates"], self.t, unconfirmed=counts["unconfirmed"])
        due += ear.move(event, asked["hold_s"], active=active)
        return [self.now, *due, *self._warn()]

    def _rep(self, rep: Rep) -> list[Message]:
        self.guarded, self.rejected = 0, None
        self.ear.fresh()
        shown = rep_of(rep, self.leg(rep.set), self.notes(rep.set).out(rep.rep, rep.start_s))
        return [{"type": "rep", "lane": self.number, "rep": shown, "set_now": self.set_now()}]

    def _closed(self, closed: SetClosed) -> list[Message]:
        heard = self.notes(closed.set).stopped_s is not None
        self.warner.judge(None)
        said: list[Message] = [
            {"type": "set", "lane": self.number, "set": self.closed_set(closed), "set_now": self.set_now()}
        ]
        return said + ([] if heard else [cue(self.number, "set_done", self.t, closed.set)]) + self._warn()

    def _rejected(self, event: Rejected) -> list[Message]:
        """Told while it can still be seen on the strip chart; what is found out later would only puzzle."""
        if self.t - event.end_s > TRAIL_S:
            return []
        self.rejected = rejected_of(event)
        return [{"type": "rejected", "lane": self.number, **self.rejected}]

    def corrected(self) -> Message:
        """What is shown after people said something of it."""
        self.ear.count_in = self.count_in
        return {"type": "corrected", "lane": self.number, "set_now": self.set_now(), "closed": self.closed()}

    def look(self) -> list[Message]:
        """Look at the link; what changed."""
        if self.lane.look is None:
            return []
        self._links.take(self.lane.look())
        away_s, said = self._links.away_s, said_of(self._links)
        link = {
            **figures_of(self._links.now, OLD_PACKET_S, LOW_BATTERY_PERCENT),
            "away_s": None if away_s is None else math.floor(away_s),
            "key": said.key if said else "",
            "text": said.text if said else "",
            "said": all_said(said.lines) if said else [],
            "level": said.level if said else "ok",
        }
        gone = self._links.now.state == STOPPED
        due = self.ear.link(away=away_s is not None, gone=gone, t=self.t)
        if _same(link, self.link):
            return due
        self.link = link
        return [{"type": "link", "lane": self.number, "link": link}, *due]


def _same(link: Message, before: Message | None) -> bool:
    """Whether nothing is news; the age of the last packet is only where it is old, and then each second."""
    if before is None:
        return False
    coarse = [
        {**each, "age_s": math.floor(each["age_s"]) if each["old"] else each["age_s"] is None}
        for each in (link, before)
    ]
    return coarse[0] == coarse[1]
