"""What was done on which day: the data of the history page and of ``kickback history``. Everything is decided here."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.params import Tempo
from analysis.presets import PRESETS
from analysis.results import NAN
from analysis.summary import SYMMETRY_MEASURES, spread, summarise, symmetry
from kickback.page.history_weeks import AIM, weeks_of
from kickback.page.history_wholes import Whole, sets_of, wholes_of
from kickback.report.view import MEASURES
from kickback.store.done import CUT_OFF, Done
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
    """Everything that the history page shows, as JSON. Unknown is None; no number is rounded, who shows it does that.

    There is one history a person, and one of the sessions that belong to nobody. Simulated sessions are in a second
    one of the same person only, so that no figure of a person is made of movements that nobody made. A session that
    broke off and those that went on with it are one.

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
        how_many = len(wholes_of(sessions)) - len(wholes_of(real))
        for simulated in (False, True) if len(real) < len(sessions) else (False,):
            chosen = sessions if simulated else real
            histories.append(_history(store, name, chosen, simulated, how_many, today or date.today()))
            latest.append((bool(real) is not simulated, max((one.started.timestamp() for one in chosen), default=0.0)))
    first = max(range(len(histories)), key=latest.__getitem__) if histories else None
    document: dict[str, Any] = _known({"schema": SCHEMA, "first": first, "histories": histories})
    return document


def _known(value: Any) -> Any:
    """As JSON knows it: what is not a finite number is None, tuples are lists."""
    if isinstance(value, Mapping):
        return {key: _known(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_known(entry) for entry in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _history(
    store: Store, person: str | None, sessions: Sequence[SessionRow], simulated: bool, how_many: int, today: date
) -> dict[str, Any]:
    of_exercise: dict[str, list[Done]] = defaultdict(list)
    wholes = wholes_of(sessions)
    for whole in wholes:
        for one in sets_of(store, whole):
            of_exercise[one.session.exercise].append(one)
    return {
        "person": person,
        "simulated": simulated,
        "simulated_sessions": how_many,
        "all_simulated": bool(sessions) and all(one.simulated for one in sessions),
        "sessions": [_session(one) for one in wholes],
        "gone_on": sum(len(one.parts) > 1 for one in wholes),
        "exercises": [_exercise(name, done, today) for name, done in of_exercise.items()],
    }


def _session(whole: Whole) -> dict[str, Any]:
    one, last = whole.first, whole.parts[-1]
    return {
        "session": one.id,
        "parts": [part.id for part in whole.parts],
        "date": one.started.date().isoformat(),
        "started": one.started.isoformat(timespec="seconds"),
        "ended": None if last.ended is None else last.ended.isoformat(timespec="seconds"),
        "exercise": one.exercise,
        "target": one.tempo,
        "simulated": any(part.simulated for part in whole.parts),
        "software": one.software,
        "files": [str(path) for part in whole.parts for path in part.files],
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
        "sessions": sorted({one.whole for one in done}),
        "gone_on": any(one.session.id != one.whole for one in done),
        "simulated": any(one.session.simulated for one in done),
        "legs": legs,
    }


def _set(one: Done) -> dict[str, Any]:
    """A set in a line: what was measured (less what was taken out by hand), and what was said beside it."""
    standing = one.standing
    target = Tempo.parse(one.session.tempo)
    of = summarise(standing, target)
    turn = _mean(abs(rep.axial_rotation_deg) for rep in standing.reps)
    return {
        "session": one.whole,
        "set": one.number,
        "kept_session": one.session.id,
        "kept_set": standing.set,
        "date": one.session.started.date().isoformat(),
        "lane": one.lane,
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
        "targets": {
            "concentric_s": target.concentric_s,
            "hold_s": target.shortened_s,
            "eccentric_s": target.eccentric_s,
        },
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
