"""Sessions as they were lived: what broke off and what went on with it are one, their sets counted on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kickback.store.done import Done, done_in

if TYPE_CHECKING:
    from kickback.store import SessionRow, Store


@dataclass(frozen=True)
class Whole:
    """A session with those that went on with it.

    Attributes:
        parts: as they are kept, in their order; one where nothing broke off.
    """

    parts: tuple[SessionRow, ...]

    @property
    def first(self) -> SessionRow:
        """The one that the others went on with."""
        return self.parts[0]


def wholes_of(sessions: Sequence[SessionRow]) -> list[Whole]:
    """The sessions put together, in the order of their first parts; one that goes on with none of these is a first."""
    first: dict[int, int] = {}
    parts: dict[int, list[SessionRow]] = defaultdict(list)
    for one in sorted(sessions, key=lambda one: one.id):  # in the order in which they were written
        first[one.id] = first.get(one.continues or one.id, one.id)
        parts[first[one.id]].append(one)
    return [Whole(tuple(parts[one.id])) for one in sessions if one.id in parts]


def sets_of(store: Store, whole: Whole) -> list[Done]:
    """All sets, numbered on from part to part as the page of the session counted them."""
    before: Counter[int] = Counter()
    found: list[Done] = []
    for part in whole.parts:
        done = done_in(store, part)
        found += [replace(one, whole=whole.first.id, number=before[one.lane] + one.number) for one in done]
        for lane in {one.lane for one in done}:
            before[lane] += max(one.number for one in done if one.lane == lane)
    return found
