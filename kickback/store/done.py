"""The sets of kept sessions, each with what was said of it by hand: the measurement, and beside it what is shown."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.results import NAN, Calibration, Rep, SetClosed
from kickback.live.renumber import shifted
from kickback.page.corrections import Corrections, SetNotes
from kickback.store.rows import CorrectionRow, SessionRow

if TYPE_CHECKING:
    from kickback.store.store import Store

CUT_OFF = "cut off"
"""The reason of a set that never closed: its session was cut off, or goes on now."""


@dataclass(frozen=True)
class Done:
    """A set of a session.

    Attributes:
        session, lane: where it belongs. measured: as the pipeline closed it; of one that never closed, its reps.
        notes: what was said of it by hand.
        whole, number: of the session that it was a part of for the person, and of the set in that; as kept, unless
            the session went on with another one.
    """

    session: SessionRow
    lane: int
    measured: SetClosed
    notes: SetNotes
    whole: int
    number: int

    @property
    def leg(self) -> str | None:
        """The leg: as chosen by hand, else as it was measured."""
        return self.notes.leg or self.measured.leg

    @property
    def standing(self) -> SetClosed:
        """The set without the measured reps that somebody took out; their numbers are as measured."""
        kept = tuple(rep for rep in self.measured.reps if self.notes.out(rep.rep, rep.start_s) is None)
        return replace(self.measured, leg=self.leg, reps=kept)

    @property
    def shown(self) -> int:
        """Reps, corrections included."""
        return len(self.standing.reps) + len(self.notes.added)


def corrections_of(rows: Iterable[CorrectionRow]) -> Corrections:
    """The records as the page made them, to be asked what they say together.

    An undo names its record by number. Where a session was resumed the numbers may begin anew, so they are counted on.
    """
    made = Corrections()
    numbers: dict[int, int] = {}
    for row in rows:
        record: dict[str, Any] = {"lane": None, "at": row.at.isoformat(), **row.record}
        if record["do"] == "undo":
            record["of"] = numbers.get(record.get("of", 0), 0)
        theirs = record.get("id")
        kept = made.add(record)
        numbers[theirs if isinstance(theirs, int) else kept["id"]] = kept["id"]
    return made


def done_in(store: Store, session: SessionRow) -> list[Done]:
    """The sets of a session, by lane and number; those without a rep, measured or added, are left out."""
    made = corrections_of([*_said_before(store, session), *store.corrections(session.id)])
    closed = {(row.lane, row.closed.set): row.closed for row in store.sets(session.id)}
    loose: Mapping[tuple[int, int], list[Rep]] = defaultdict(list)
    for row in store.reps(session.id):
        if (key := (row.lane, row.rep.set)) not in closed:
            loose[key].append(row.rep)
    whole = closed | {key: _unclosed(reps) for key, reps in loose.items()}
    found = [
        Done(session, lane, measured, made.notes(lane, number), session.id, number)
        for (lane, number), measured in sorted(whole.items())
    ]
    return [one for one in found if one.measured.reps or one.notes.added]


def _said_before(store: Store, session: SessionRow) -> list[CorrectionRow]:
    """What was said in the sessions that it goes on with, in its own numbers and on its own clock.

    A leg that was chosen for the next set holds when that set comes after a crash, as it does on the page.
    """
    if session.continues is None:
        return []
    known = {row.id: row for row in store.sessions()}
    sets: Counter[int] = Counter()
    found: list[CorrectionRow] = []
    earlier, seen = known.get(session.continues), {session.id}
    while earlier is not None and earlier.id not in seen:
        seen.add(earlier.id)
        sets.update(row.lane for row in store.sets(earlier.id))
        back, by_s = {lane: -many for lane, many in sets.items()}, (earlier.started - session.started).total_seconds()
        said = [replace(row, record=shifted(row.record, back, by_s)) for row in store.corrections(earlier.id)]
        found, earlier = said + found, known.get(earlier.continues or 0)
    return found


def _unclosed(reps: Sequence[Rep]) -> SetClosed:
    first, last = reps[0], reps[-1]
    return SetClosed(
        set=first.set,
        leg=first.leg,
        start=first.start,
        end=last.end,
        known_at=last.known_at,
        start_s=first.start_s,
        end_s=last.end_s if math.isfinite(last.end_s) else NAN,
        reason=CUT_OFF,
        reps=tuple(reps),
        calibration=Calibration(NAN, ""),
        uncertain=any(rep.uncertain for rep in reps),
    )
