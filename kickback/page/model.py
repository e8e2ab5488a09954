"""What the page shows, decided here and drawn there. Pure: no clock, no file, no loop, and so no browser in its tests.

Events of the pipeline and looks at the links come in, messages go out (``docs/page_protocol.md``). Whoever joins gets
a snapshot, and from then on the same messages as everybody. What people say by commands stands beside the measurement
and never changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from analysis.params import Tempo
from analysis.results import Event, SetClosed
from kickback.live.stage import Stage
from kickback.page.commands import record_of
from kickback.page.corrections import BadCommand, Corrections, SetNotes
from kickback.page.cues import cue
from kickback.page.said import all_said
from kickback.page.shapes import VERSION, Message, target_of
from kickback.page.telling import LaneModel

__all__ = ["BadCommand", "PageModel", "SetSaid"]


@dataclass(frozen=True)
class SetSaid:
    """A closed set: what was measured, and what people said of it.

    Attributes:
        lane: whose. closed: as measured. notes: as said. leg: as shown. shown: how many reps count.
    """

    lane: int
    closed: SetClosed
    notes: SetNotes
    leg: str | None
    shown: int


class PageModel:
    """The state of a session as the page shows it.

    Args:
        stage: the lanes and banners; its own boards and link boards are left alone.
        target: the tempo that "rushed" is judged by, and the one that is asked for at first.
        exercise: its title. live: a sensor, not a replay.
        name: of the exercise. exercises: titles of those that can be chosen instead, by name.
        now: the time of day for the records of what people said, as it shall be stored; None leaves it out.

    Attributes:
        lanes: one model a lane. ending: somebody asked for the end of the session.
        corrections: its ``records`` are what is to be stored of the commands, oldest first.
    """

    def __init__(
        self,
        stage: Stage,
        target: Tempo,
        *,
        exercise: str,
        live: bool,
        now: Callable[[], str] | None = None,
        name: str = "",
        exercises: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._stage, self._target, self._live, self._now = stage, target, live, now
        self._name, self._exercises = name, {**({} if name in exercises else {name: exercise}), **exercises}
        self.corrections = Corrections()
        self.lanes = [LaneModel(number, lane, self.corrections, target) for number, lane in enumerate(stage.lanes)]
        self.ending = False
        self._lines = stage.lines
        self._end: Message | None = None

    def take(self, events: Sequence[Event], lane: int = 0) -> list[Message]:
        """What the events of a lane have to say to the page, in order."""
        told = self.lanes[lane]
        before = told.leg_now
        said = [*self._banners(), *told.take(events, self._asked())]
        return said if told.leg_now == before else [*said, self._settings()]

    def look(self) -> list[Message]:
        """Look at the links, and at what stands above them; what changed."""
        return [*self._banners(), *(message for lane in self.lanes for message in lane.look())]

    def command(self, command: Mapping[str, Any]) -> list[Message]:
        """Do what somebody asks for; what has changed, for everybody.

        Raises:
            BadCommand: it is no command, or cannot be done now; one line that says why. Nothing has changed.
        """
        if self._end is not None:
            raise BadCommand("the session is over")
        record = record_of(command, self.lanes, [name for name in self._exercises if name])
        at = {} if self._now is None else {"at": self._now()}
        kept = self.corrections.add({**at, **record})
        if kept["do"] == "end":
            self.ending = True
            return []
        if kept["do"] == "exercise":
            self._name = kept["exercise"]
            for lane in self.lanes:
                lane.rejected = lane.board.rejected = None
            return [{"type": "exercise", **self._exercise()}]
        return self._told(kept)

    def recall(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Take up the records of a session that goes on; before anything else."""
        self.corrections.take_up(records)

    def end(self, files: Sequence[str], *lines: str) -> list[Message]:
        """The session is over: where it lies, and lines about it."""
        self._end = {"files": [str(file) for file in files], "text": " ".join(lines), "said": all_said(lines)}
        return [{"type": "ended", **self._end}]

    def snapshot(self) -> Message:
        """Everything that a viewer needs who joins now."""
        return {
            "type": "snapshot",
            "v": VERSION,
            "live": self._live,
            "banners": list(self._stage.lines),
            "said": all_said(self._stage.lines),
            "simulated": self._stage.simulated,
            **self._exercise(),
            "exercises": [{"name": name, "title": title} for name, title in self._exercises.items() if name],
            "target": self._asked(),
            "lanes": [lane.snapshot() for lane in self.lanes],
            "ended": self._end is not None,
            "end": self._end,
            "may_control": True,
            "history": False,
        }

    def sets(self) -> list[SetSaid]:
        """The closed sets of all lanes, with what people said of them."""
        return [
            SetSaid(lane.number, closed, notes, lane.leg(closed.set), notes.shown(closed.reps))
            for lane in self.lanes
            for closed in lane.board.closed
            for notes in [lane.notes(closed.set)]
        ]

    def _banners(self) -> list[Message]:
        """Those of now, where they are others than before."""
        if (lines := self._stage.lines) == self._lines:
            return []
        self._lines = lines
        return [{"type": "banners", "banners": list(lines), "said": all_said(lines)}]

    def _exercise(self) -> Message:
        return {"exercise": self._exercises[self._name], "exercise_name": self._name}

    def _asked(self) -> Message:
        return target_of(self.corrections.tempo(self._target), self._target)

    def _settings(self) -> Message:
        legs = [{"lane": lane.number, "leg": lane.leg_now} for lane in self.lanes]
        return {"type": "settings", "target": self._asked(), "lanes": legs}

    def _told(self, record: Mapping[str, Any]) -> list[Message]:
        """What a record changes on the page."""
        concerned = self.lanes if record["lane"] is None else [self.lanes[record["lane"]]]
        said: list[Message] = []
        if {record["do"], record.get("undone")} & {"leg", "tempo"}:
            said.append(self._settings())
        said += [lane.corrected() for lane in concerned]
        if record["do"] == "stop" and not record["empty"]:
            said.append(cue(record["lane"], "set_done", record["t"], record["set"]))
        return said
