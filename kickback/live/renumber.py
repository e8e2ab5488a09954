"""Sets that are counted on over several raw files: other numbers, another clock; samples keep their indices. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.results import Event, Progress, Rep, SetClosed
from kickback.live.passing import PassingView
from kickback.live.view import View


def moved(closed: SetClosed, sets: int = 0, by_s: float = 0.0) -> SetClosed:
    """A set with another number, on another clock; samples keep their indices."""
    reps = tuple(
        replace(
            rep,
            set=rep.set + sets,
            start_s=rep.start_s + by_s,
            concentric_end_s=rep.concentric_end_s + by_s,
            eccentric_start_s=rep.eccentric_start_s + by_s,
            end_s=rep.end_s + by_s,
        )
        for rep in closed.reps
    )
    start_s, end_s = closed.start_s + by_s, closed.end_s + by_s
    return replace(closed, set=closed.set + sets, start_s=start_s, end_s=end_s, reps=reps, trace=None)


def sets_of(record: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The sets that a record of the page speaks of, with their lanes."""
    found = [(int(lane), int(first)) for lane, (first, *_) in (record.get("legs") or {}).items()]
    if isinstance(record.get("lane"), int) and isinstance(record.get("set"), int):
        found.append((record["lane"], record["set"]))
    return found


def shifted(record: Mapping[str, Any], sets: Mapping[int, int], by_s: float) -> dict[str, Any]:
    """A record of the page with other numbers of its sets, by lane, on another clock."""
    other = dict(record)
    for key in ("t", "until_s"):
        if isinstance(record.get(key), int | float):
            other[key] = record[key] + by_s
    if isinstance(record.get("set"), int):
        other["set"] = record["set"] + sets.get(_lane_of(record), 0)
    if isinstance(record.get("legs"), Mapping):
        other["legs"] = {
            lane: [first + sets.get(int(lane), 0), *rest] for lane, (first, *rest) in record["legs"].items()
        }
    return other


def _lane_of(record: Mapping[str, Any]) -> int:
    """Whose set a record names; a choice of legs speaks of all lanes, and names the set of the one that was chosen."""
    if isinstance(record.get("lane"), int):
        return int(record["lane"])
    chosen = [record.get("set"), record.get("leg")]
    return next((int(lane) for lane, legs in (record.get("legs") or {}).items() if list(legs) == chosen), 0)


class Renumbered(PassingView):
    """Counts sets on from those that there were, and tells a view.

    Args:
        inner: the view. before: how many sets each lane has had.
    """

    def __init__(self, inner: View, before: Sequence[int]) -> None:
        super().__init__(inner)
        self._before = before

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Renumber, then tell."""
        self._inner.take([_counted_on(event, self._before[lane]) for event in events], lane)


def _counted_on(event: Event, before: int) -> Event:
    if isinstance(event, SetClosed):
        return replace(moved(event, before), trace=event.trace)
    if isinstance(event, Rep) or (isinstance(event, Progress) and event.set):
        return replace(event, set=event.set + before)
    return event
