"""A session in the store, written while it happens; what the store does not take is said, and ends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.results import Event, Rep, SetClosed
from kickback.live.goingon import Earlier
from kickback.live.passing import PassingView
from kickback.live.setting import Setting
from kickback.live.stage import Stage
from kickback.live.strap import Plan, Strapped
from kickback.live.view import View

if TYPE_CHECKING:
    from kickback.store import Store

NOT_KEPT = "NOT KEPT in the store"
PATIENCE_S = 0.2
"""So long a write waits for another program while somebody trains: the count on the screen waits with it."""


class Kept:
    """One session's way into the store.

    Args:
        store: an open one. person: whose session it is.
        earlier: what it goes on with.

    Attributes:
        person: as given. session: its number in the store, None before it began. started: when, by the day's clock.
        trouble: why something was not kept, one line; empty while all is well.
    """

    def __init__(self, store: Store, person: str | None = None, earlier: Earlier | None = None) -> None:
        self.store, self.earlier = store, earlier
        self.person = person
        self.session: int | None = None
        self.started = datetime.now().astimezone()
        self.trouble = ""
        self._stage: Stage | None = None
        self._missed = False
        self._chosen: Setting | None = None
        self._unsaid: list[Mapping[str, Any]] = []
        self._begin: Callable[[], int] | None = None

    def begin(self, strapped: Sequence[Strapped], plan: Plan, stage: Stage) -> None:
        """The session begins. Where the store does not take it, it is held, and tried again with each write."""
        self._stage = stage
        self._begin = partial(self._begun, strapped, plan)
        self._write(lambda session: None)
        self._wait_at_most(PATIENCE_S)

    def _begun(self, strapped: Sequence[Strapped], plan: Plan) -> int:
        from kickback.store import LaneFacts

        setting = _setting(strapped, plan)
        assert plan.params is not None
        return self.store.begin_session(
            person=self.person,
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

    def choose(self, strapped: Sequence[Strapped], plan: Plan) -> None:
        """Another exercise was chosen, before anything was counted.

        Args:
            strapped: the sensors. plan: of the session, with the exercise.
        """
        self._begin = partial(self._begun, strapped, plan)
        self._chosen = _setting(strapped, plan)
        self._write(lambda session: None)

    def _choose(self, session: int) -> None:
        """What was chosen and is not written yet."""
        if self._chosen is not None:
            self.store.choose(session, self._chosen.params.exercise.name, self._chosen.document())
            self._chosen = None

    def take(self, events: Sequence[Event], lane: int) -> None:
        """Keep what was counted; numbered as in the lane's own raw file."""
        for event in events:
            if isinstance(event, Rep):
                self._write(partial(self._rep, lane, event))
            elif isinstance(event, SetClosed):
                self._write(partial(self._set, lane, event))

    def correct(self, record: Mapping[str, Any]) -> None:
        """Keep what was said by hand, with the session whose set it is about."""
        self._unsaid.append(record)
        self._write(self._say_by_hand)

    def end(self, strapped: Sequence[Strapped], more: Sequence[Path] = ()) -> None:
        """The session has ended; what the store did not take before is tried again. May be said twice.

        Where a sensor was gone for good nobody has ended it: it can be gone on with.
        """
        from kickback.store.trouble import BUSY_S

        self._wait_at_most(BUSY_S)
        if self._missed:
            self._again(strapped)
        if self._missed or any(each.gone for each in strapped):
            return
        files = [path.absolute() for each in strapped for path in each.files.paths] + [each.absolute() for each in more]
        self._write(lambda session: self.store.end_session(session, files))

    def _again(self, strapped: Sequence[Strapped]) -> None:
        """All that was counted and said once more, up to what the store still does not take."""
        self._missed = False
        for lane, each in enumerate(strapped):
            for event in each.watch.events if each.watch is not None else ():
                if not self._missed:
                    self.take([event], lane)
        if not self._missed:
            self._write(self._say_by_hand)

    def _say_by_hand(self, session: int) -> None:
        """In their order: one that was not kept must not be overtaken, later ones may speak of it."""
        while self._unsaid:
            record = self._unsaid[0]
            if self.earlier is None:
                self.store.correct(session, record)
            else:
                self.store.correct(*self.earlier.home(record, session, self.started))
            self._unsaid.pop(0)

    def _rep(self, lane: int, rep: Rep, session: int) -> None:
        self.store.add_rep(session, lane, rep)

    def _set(self, lane: int, closed: SetClosed, session: int) -> None:
        self.store.close_set(session, lane, closed)

    def _wait_at_most(self, seconds: float) -> None:
        """For another program that is at the store."""
        with self.store.alone() as connection:
            connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")

    def _write(self, what: Callable[[int], None]) -> None:
        from kickback.store import StoreError

        if self._begin is None:
            return
        try:
            if self.session is None:
                self.session = self._begin()
            self._choose(self.session)
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


def _setting(strapped: Sequence[Strapped], plan: Plan) -> Setting:
    assert plan.params is not None
    legs = tuple(each.params.legs if each.params is not None else () for each in strapped)
    return Setting(plan.params, legs, plan.said, plan.played is not None)


class KeptView(PassingView):
    """Keeps what a view is told, then tells it.

    Args:
        inner: the view. kept: the way into the store.
    """

    def __init__(self, inner: View, kept: Kept) -> None:
        super().__init__(inner)
        self._kept = kept

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Keep, then tell."""
        self._kept.take(events, lane)
        self._inner.take(events, lane)
