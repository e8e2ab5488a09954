"""A session that broke off, so that the next one goes on with it: what it was to be, and what it had counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.params import Params
from analysis.results import Calibration, Rep, SetClosed
from kickback.errors import one_line
from kickback.live.renumber import moved, sets_of, shifted
from kickback.live.setting import Setting
from kickback.live.worn import Worn
from kickback.words import many

if TYPE_CHECKING:
    from kickback.store import LaneFacts, SessionRow, Store

BROKEN_OFF = "broken off"
"""Why a set closed whose end nobody saw, and whose raw file is gone."""


@dataclass(frozen=True)
class Earlier:
    """The sessions that the next one goes on with, oldest first.

    Attributes:
        rows: as they stand in the store. setting: of the latest one. worn: its sensors and legs.
        closed: of each session the sets that it had counted, by lane, numbered as in its own raw file.
        notes: what is to be known about it, a line each.
    """

    rows: tuple[SessionRow, ...]
    setting: Setting
    worn: tuple[Worn, ...]
    closed: tuple[Mapping[int, tuple[SetClosed, ...]], ...]
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> SessionRow:
        """The session that broke off."""
        return self.rows[-1]

    def sets(self, lane: int, session: int | None = None) -> int:
        """How many sets of a lane there were in all of them, or before one of them."""
        rows = [row.id for row in self.rows]
        until = len(rows) if session is None else rows.index(session)
        return sum(len(closed.get(lane, ())) for closed in self.closed[:until])

    def told(self, lane: int, now: datetime) -> list[SetClosed]:
        """The sets of a lane in one count, on the clock of the session that goes on: they lie before its beginning."""
        found = []
        for row, closed in zip(self.rows, self.closed, strict=True):
            earlier_s = (row.started - now).total_seconds()
            before = self.sets(lane, row.id)
            found += [moved(each, before, earlier_s) for each in closed.get(lane, ())]
        return found

    def home(self, record: Mapping[str, Any], session: int, started: datetime) -> tuple[int, dict[str, Any]]:
        """A record of the page, in the numbers and on the clock of the session whose set it is about.

        Args:
            record: as the page counts. session, started: of the one that goes on now.
        """
        lanes = dict(sets_of(record))
        for row in self.rows:
            until = {lane: self.sets(lane, row.id) + len(self._of(row, lane)) for lane in lanes}
            if lanes and all(number <= until[lane] for lane, number in lanes.items()):
                earlier_s = (row.started - started).total_seconds()
                return row.id, shifted(record, {lane: -self.sets(lane, row.id) for lane in lanes}, -earlier_s)
        return session, shifted(record, {lane: -self.sets(lane) for lane in lanes}, 0.0)

    def records(self, store: Store, started: datetime) -> list[dict[str, Any]]:
        """What was said by hand in all of them, as the page of the session that goes on counts; see :meth:`home`."""
        found = []
        for row in self.rows:
            earlier_s = (row.started - started).total_seconds()
            for each in store.corrections(row.id):
                lanes = {lane: self.sets(lane, row.id) for lane, _ in sets_of(each.record)}
                found.append(shifted(each.record, lanes, earlier_s))
        return sorted(found, key=lambda record: record.get("id", 0))

    def _of(self, row: SessionRow, lane: int) -> tuple[SetClosed, ...]:
        return self.closed[self.rows.index(row)].get(lane, ())

    def line(self) -> str:
        """What is gone on with, for people."""
        sets = [each for closed in self.closed for lane in closed.values() for each in lane]
        reps = sum(len(each.reps) for each in sets)
        when = f"{self.rows[0].started:%Y-%m-%d %H:%M}"
        return f"Going on with the session of {when}: {many(len(sets), 'set')}, {many(reps, 'rep')} until now"

    def remark(self) -> str:
        """How the numbers of the page and of the files go together, for people."""
        files = [str(facts.raw) for row in self.rows for facts in row.lanes.values() if facts.raw is not None]
        first = " or ".join(map(str, sorted({self.sets(lane) + 1 for lane in range(len(self.worn))})))
        there = ", ".join(files)
        return f"It went on with an earlier session: set 1 here was set {first} of the whole; before it: {there}"


def earlier(store: Store, last: SessionRow) -> Earlier:
    """What a session that broke off had counted, and those that it went on with; brought to its end in the store.

    What the process had not written any more is taken from the raw file, by the way that ``kickback analyze`` goes.

    Args:
        store: an open one. last: one of its unfinished sessions.

    Raises:
        KickbackError: the store cannot be used.
    """
    known = {row.id: row for row in store.sessions()}
    rows = [last]
    while (before := known.get(rows[0].continues or 0)) is not None and before not in rows:
        rows.insert(0, before)
    setting = Setting.of(last.params)
    legs = dict(enumerate(setting.legs))
    worn = tuple(Worn(facts.name, legs.get(lane, ())) for lane, facts in sorted(last.lanes.items()))
    notes: list[str] = []
    for lane, facts in last.lanes.items():
        notes += complete(store, last, lane, facts, worn[lane].params(setting.params))
    return Earlier(tuple(rows), setting, worn, tuple(_closed(store, row) for row in rows), tuple(notes))


def _closed(store: Store, row: SessionRow) -> dict[int, tuple[SetClosed, ...]]:
    found: dict[int, tuple[SetClosed, ...]] = {}
    for each in store.sets(row.id):
        found[each.lane] = (*found.get(each.lane, ()), each.closed)
    return found


def complete(store: Store, row: SessionRow, lane: int, facts: LaneFacts, params: Params) -> list[str]:
    """Bring a lane of a session that broke off to its end in the store; what is to be known about it, a line each.

    Raises:
        KickbackError: the store cannot be used.
    """
    known = {each.closed.set for each in store.sets(row.id) if each.lane == lane}
    try:
        for closed in counted(facts.raw, params):
            if closed.set not in known:
                store.close_set(row.id, lane, closed)
    except (OSError, ValueError) as error:
        reps = [each.rep for each in store.reps(row.id) if each.lane == lane and each.rep.set not in known]
        for number in sorted({rep.set for rep in reps}):
            store.close_set(row.id, lane, broken_off([rep for rep in reps if rep.set == number]))
        return [f"{one_line(error, facts.raw)}; what was counted until then is kept as it was shown"]
    return []


def counted(raw: Path | None, params: Params) -> list[SetClosed]:
    """The sets of a raw file.

    Raises:
        OSError: it cannot be read. ValueError: it cannot be used.
    """
    from kickback.session import load, pipeline_for, run

    if raw is None:
        raise ValueError("nobody knows where the raw file lies")
    recording = load(raw)
    events = run(pipeline_for(recording, params), recording.blocks(4096))
    return [event for event in events if isinstance(event, SetClosed)]


def broken_off(reps: Sequence[Rep]) -> SetClosed:
    """A set of the reps that were said of it, where nothing restates them any more."""
    first, last = reps[0], reps[-1]
    return SetClosed(
        set=first.set,
        leg=first.leg,
        start=first.start,
        end=last.end,
        known_at=last.known_at,
        start_s=first.start_s,
        end_s=last.end_s,
        reason=BROKEN_OFF,
        reps=tuple(reps),
        calibration=Calibration(0.0, "Unknown: the session broke off and its raw file is gone."),
        uncertain=any(rep.uncertain for rep in reps),
    )
