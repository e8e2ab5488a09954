"""A session in the store, written while it happens; what the store does not take is said, and ends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from analysis.results import Event, Rep, SetClosed
from kickback.live.goingon import Earlier
from kickback.live.setting import Setting
from kickback.live.stage import Stage
from kickback.live.strap import Plan, Strapped
from kickback.live.view import View

if TYPE_CHECKING:
    from kickback.store import Store

NOT_KEPT = "NOT KEPT in the store"


class Kept:
    """One session's way into the store.

    Args:
        store: an open one. person: whose session it is.
        earlier: what it goes on with.

    Attributes:
        session: its number in the store, None before it began. started: when, by the day's clock.
        trouble: why something was not kept, one line; empty while all is well.
    """

    def __init__(self, store: Store, person: str | None = None, earlier: Earlier | None = None) -> None:
        self.store, self.earlier = store, earlier
        self._person = person
        self.session: int | None = None
        self.started = datetime.now().astimezone()
        self.trouble = ""
        self._stage: Stage | None = None
        self._missed = False
        self._unsaid: list[tuple[int, dict[str, Any]]] = []

    def begin(self, strapped: Sequence[Strapped], plan: Plan, stage: Stage) -> None:
        """The session begins. Where the store does not take it, it is held without."""
        from kickback.store import StoreError

        self._stage = stage
        try:
            self.session = self._begun(strapped, plan)
        except StoreError as error:
            self._say(str(error))

    def _begun(self, strapped: Sequence[Strapped], plan: Plan) -> int:
        from kickback.store import LaneFacts

        assert plan.params is not None
        legs = tuple(each.params.legs if each.params is not None else () for each in strapped)
        setting = Setting(plan.params, legs, plan.said, plan.played is not None)
        return self.store.begin_session(
            person=self._person,
            started=self.started,
            software=version("kickback"),
            exercise=plan.params.exercise.name,
            tempo=str(plan.params.tempo),
            params=setting.document(),
            lanes=[
                LaneFacts(each.lane.name, each.lane.leg, each.sensor.status.title or "", each.files.raw.absolute())
                for each in strapped
            ],
            simulated=plan.simulated,
            continues=self.earlier.last.id if self.earlier else None,
        )

    def take(self, events: Sequence[Event], lane: int) -> None:
        """Keep what was counted; numbered as in the lane's own raw file."""
        for event in events:
            if isinstance(event, Rep):
                self._write(partial(self._rep, lane, event))
            elif isinstance(event, SetClosed):
                self._write(partial(self._set, lane, event))

    def correct(self, record: Mapping[str, Any]) -> None:
        """Keep what was said by hand, with the session whose set it is about."""
        self._unsaid.append(self.home(record))
        self._write(self._say_by_hand)

    def home(self, record: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """The session that a record is about, and the record in that session's own numbers and times."""
        session = self.session or 0
        return (session, dict(record)) if self.earlier is None else self.earlier.home(record, session, self.started)

    def end(self, strapped: Sequence[Strapped], more: Sequence[Path] = ()) -> None:
        """The session has ended; what the store did not take before is tried again. May be said twice.

        Where a sensor was gone for good nobody has ended it: it can be gone on with.
        """
        if self._missed:
            self._missed = False
            for lane, each in enumerate(strapped):
                self.take(each.watch.events if each.watch is not None else (), lane)
            self._write(self._say_by_hand)
        if any(each.gone for each in strapped):
            return
        files = [path.absolute() for each in strapped for path in each.files.paths] + [each.absolute() for each in more]
        self._write(lambda session: self.store.end_session(session, files))

    def _say_by_hand(self, _: int) -> None:
        """In their order: one that was not kept must not be overtaken, later ones may speak of it."""
        while self._unsaid:
            self.store.correct(*self._unsaid[0])
            self._unsaid.pop(0)

    def _rep(self, lane: int, rep: Rep, session: int) -> None:
        self.store.add_rep(session, lane, rep)

    def _set(self, lane: int, closed: SetClosed, session: int) -> None:
        self.store.close_set(session, lane, closed)

    def _write(self, what: Callable[[int], None]) -> None:
        from kickback.store import StoreError

        if self.session is None:
            return
        try:
            what(self.session)
        except StoreError as error:
            self._missed = True
            self._say(str(error))
        else:
            self._say("")

    def _say(self, trouble: str) -> None:
        """Have it on the screen as long as it lasts."""
        if self._stage is not None and trouble != self.trouble:
            others = tuple(line for line in self._stage.banners if not line.startswith(NOT_KEPT))
            self._stage.banners = (*others, f"{NOT_KEPT}: {trouble}") if trouble else others
        self.trouble = trouble


class KeptView:
    """Keeps what a view is told, then tells it.

    Args:
        inner: the view. kept: the way into the store.
    """

    def __init__(self, inner: View, kept: Kept) -> None:
        self._inner, self._kept = inner, kept

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.__exit__(kind, error, trace)

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Keep, then tell."""
        self._kept.take(events, lane)
        self._inner.take(events, lane)

    def look(self) -> None:
        """The view looks."""
        self._inner.look()
