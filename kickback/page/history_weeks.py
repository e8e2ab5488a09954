"""How each week compares with what is advised: sessions a week, sets a session, reps a set, for each leg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kickback.store.done import Done

SESSIONS, SETS, REPS = (2, 3), (2, 3), (8, 12)
AIM: dict[str, Any] = {
    "sessions": SESSIONS,
    "sets": SETS,
    "reps": REPS,
    "source": (
        "2 to 3 sessions a week, 2 to 3 sets of 8 to 12 reps a leg: the range that this project was asked to compare "
        "with. It lies within the American College of Sports Medicine's advice for healthy adults (Garber et al. 2011: "
        "2 to 3 days a week, 2 to 4 sets, 8 to 12 reps). It is no advice for one person: a therapist's goes before it."
    ),
}
"""What a week is compared with. Sessions are counted as days: whoever begins anew after a break trained once."""
MOST_WEEKS = 12


def weeks_of(of_day: Mapping[date, Sequence[Done]], today: date) -> list[dict[str, Any]]:
    """The weeks (Monday to Sunday) up to today's, the latest first, those without training too; 12 at the most.

    Warm-ups are not counted. A rep counts as shown, that is with what was put in and taken out by hand.
    """
    if not of_day:
        return []
    first, last = _monday(min(of_day)), _monday(max(today, max(of_day)))
    count = min((last - first).days // 7 + 1, MOST_WEEKS)
    return [_week(last - timedelta(weeks=back), of_day, today) for back in range(count)]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(monday: date, of_day: Mapping[date, Sequence[Done]], today: date) -> dict[str, Any]:
    days = [day for number in range(7) if (day := monday + timedelta(days=number)) in of_day]
    year, week, _ = monday.isocalendar()
    return {
        "week": f"{year}-W{week:02d}",
        "from": monday.isoformat(),
        "to": (monday + timedelta(days=6)).isoformat(),
        "goes_on": monday <= today <= monday + timedelta(days=6),
        "legs": {leg: _leg(leg, [of_day[day] for day in days]) for leg in ("left", "right")},
        "sets_without_leg": sum(one.leg is None and not one.notes.warm_up for day in days for one in of_day[day]),
    }


def _leg(leg: str, days: Sequence[Sequence[Done]]) -> dict[str, Any]:
    worked = [[one.shown for one in day if one.leg == leg and not one.notes.warm_up and one.shown] for day in days]
    sets = [len(reps) for reps in worked if reps]
    reps = [number for day in worked for number in day]
    return {
        "sessions": {"count": len(sets), "is": _against(len(sets), SESSIONS)},
        "sets": {"each": sets, "within": _within(sets, SETS)},
        "reps": {"each": reps, "within": _within(reps, REPS)},
    }


def _against(number: int, span: tuple[int, int]) -> str:
    return "below" if number < span[0] else "above" if number > span[1] else "within"


def _within(numbers: Sequence[int], span: tuple[int, int]) -> int:
    return sum(_against(number, span) == "within" for number in numbers)
