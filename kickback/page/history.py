"""What was done on which day: the data of the history page and of ``kickback history``. Everything is decided here."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.params import Tempo
from analysis.presets import PRESETS
from analysis.results import NAN
from analysis.summary import SYMMETRY_MEASURES, spread, summarise, symmetry
from kickback.document import plain
from kickback.page.history_weeks import AIM, weeks_of
from kickback.report.view import MEASURES
from kickback.store.done import CUT_OFF, Done, done_in
from kickback.store.reading import ANYBODY

if TYPE_CHECKING:
    from kickback.store import SessionRow, Store

SCHEMA = 1
SIDES = ("left", "right")
UNSAID = "unsaid"
"""Stands for the leg where nobody said which it was."""
FORMULA = "limb symmetry index = 100 × smaller / larger"
SYMMETRY_NOTE = (
    "Means per rep of all sets of that day but warm-ups. Whether a difference is real depends on the minimal "
    "detectable change, which nobody has measured for this yet."
)


def history_document(store: Store, person: str | None = None, *, today: date | None = None) -> dict[str, Any]:
    """Everything that the history page shows, as JSON; unknown is None.

    There is one history a person, and one of the sessions that belong to nobody. Simulated sessions are in a second
    one of the same person only, so that no figure of a person is made of movements that nobody made.

    Args:
        store: to read. person: only theirs, in any case of the letters; empty: only of nobody; None: everybody's.
        today: the day of the last week shown; by default the day that it is.

    Returns:
        ``schema``, ``first`` (index of the history to show first: of who trained last), and ``histories``.
    """
    whose: object = ANYBODY if person is None else " ".join(person.split()) or None
    of_person: dict[str | None, list[SessionRow]] = defaultdict(list)
    for session in store.sessions(whose):
        of_person[session.person].append(session)
    histories: list[dict[str, Any]] = []
    latest: list[tuple[bool, float]] = []
    for name, sessions in of_person.items():
        real = [one for one in sessions if not one.simulated]
        for simulated in (False, True) if len(real) < len(sessions) else (False,):
            chosen = sessions if simulated else real
            histories.append(_history(store, name, chosen, simulated, len(sessions) - len(real), today or date.today()))
            latest.append((bool(real) is not simulated, max((one.started.timestamp() for one in chosen), default=0.0)))
    first = max(range(len(histories)), key=latest.__getitem__) if histories else None
    document: dict[str, Any] = plain("", {"schema": SCHEMA, "first": first, "histories": histories})
    return document


def _history(
    store: Store, person: str | None, sessions: Sequence[SessionRow], simulated: bool, how_many: int, today: date
) -> dict[str, Any]:
    of_exercise: dict[str, list[Done]] = defaultdict(list)
    for session in sessions:
        of_exercise[session.exercise] += done_in(store, session)
    return {
        "person": person,
        "simulated": simulated,
        "simulated_sessions": how_many,
        "sessions": [_session(one) for one in sessions],
        "exercises": [_exercise(name, done, today) for name, done in of_exercise.items() if done],
    }


def _session(one: SessionRow) -> dict[str, Any]:
    return {
        "session": one.id,
        "date": one.started.date().isoformat(),
        "started": one.started.isoformat(timespec="seconds"),
        "ended": None if one.ended is None else one.ended.isoformat(timespec="seconds"),
        "exercise": one.exercise,
        "target": one.tempo,
        "simulated": one.simulated,
        "software": one.software,
        "files": [str(path) for path in one.files],
    }


def _exercise(name: str, done: Sequence[Done], today: date) -> dict[str, Any]:
    of_day: dict[date, list[Done]] = defaultdict(list)
    for one in done:
        of_day[one.session.started.date()].append(one)
    return {
        "exercise": name,
        "title": PRESETS[name].title if name in PRESETS else name,
        "days": [_day(day, of_day[day]) for day in sorted(of_day, reverse=True)],
        "sets": [_set(one) for one in done],
        "symmetry": {
            "formula": FORMULA,
            "note": SYMMETRY_NOTE,
            "days": [found for day in sorted(of_day, reverse=True) if (found := _symmetry(day, of_day[day]))],
        },
        "aim": AIM,
        "weeks": weeks_of(of_day, today),
    }


def _day(day: date, done: Sequence[Done]) -> dict[str, Any]:
    legs = {}
    for leg in (*SIDES, UNSAID):
        theirs = [one for one in done if (one.leg or UNSAID) == leg]
        if theirs:
            legs[leg] = {
                "sets": sum(not one.notes.warm_up and one.shown > 0 for one in theirs),
                "warm_ups": sum(one.notes.warm_up for one in theirs),
                "shown": sum(one.shown for one in theirs),
                "measured": sum(len(one.measured.reps) for one in theirs),
            }
    return {
        "date": day.isoformat(),
        "sessions": sorted({one.session.id for one in done}),
        "simulated": any(one.session.simulated for one in done),
        "legs": legs,
    }


def _set(one: Done) -> dict[str, Any]:
    """A set in a line: what was measured (less what was taken out by hand), and what was said beside it."""
    standing = one.standing
    of = summarise(standing, Tempo.parse(one.session.tempo))
    turn = _mean(abs(rep.axial_rotation_deg) for rep in standing.reps)
    return {
        "session": one.session.id,
        "date": one.session.started.date().isoformat(),
        "lane": one.lane,
        "set": standing.set,
        "leg": one.leg,
        "leg_measured": one.measured.leg,
        "measured": len(one.measured.reps),
        "shown": one.shown,
        "added": len(one.notes.added),
        "taken_out": len(one.measured.reps) - len(standing.reps),
        "warm_up": one.notes.warm_up,
        "band": one.notes.band,
        "effort": one.notes.effort,
        "target": one.session.tempo,
        "tempo": of.tempo_code,
        **{name: getattr(of, name).mean for name in ("concentric_s", "hold_s", "eccentric_s", "pause_s", "rom_deg")},
        "turn_deg": turn,
        "hip_rotation": of.flags["hip_rotation"].yes,
        "rushed": of.flags["rushed"].yes,
        "partial": of.flags["is_partial"].yes,
        "calibration": one.measured.calibration.quality,
        "simulated": one.session.simulated,
        "closed": one.measured.reason != CUT_OFF,
    }


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return spread(range(len(known)), known).mean if known else NAN


def _symmetry(day: date, done: Sequence[Done]) -> dict[str, Any] | None:
    """Left against right on a day; None unless both trained."""
    sides = [[one.standing for one in done if one.leg == leg and not one.notes.warm_up] for leg in SIDES]
    if not all(any(closed.reps for closed in side) for side in sides):
        return None
    rows = []
    for pair in symmetry(*sides):
        title, digits, unit = MEASURES[pair.measure]
        sizes = {name: getattr(pair, name) for name in ("left", "right", "left_n", "right_n", "lsi_percent")}
        rows.append({"measure": pair.measure, "title": title, "digits": digits, "unit": unit, **sizes})
    assert [row["measure"] for row in rows] == list(SYMMETRY_MEASURES)
    return {"date": day.isoformat(), "measures": rows}
