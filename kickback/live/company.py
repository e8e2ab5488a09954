"""What goes on beside a session's terminal: the page, and the store. Either may be absent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from analysis.presets import PRESETS
from analysis.results import SetClosed
from kickback.live.keeping import NOT_KEPT, Kept, KeptView
from kickback.live.renumber import Renumbered
from kickback.live.setting import said_for
from kickback.live.stage import Stage
from kickback.live.strap import Plan, Strapped
from kickback.live.view import View
from kickback.page.wish import PageWish

if TYPE_CHECKING:
    from kickback.page.session import Page

T = TypeVar("T")
MAKING = "The table and the report are being made."


class Company:
    """An async context that joins a session when its sensors are there, and outlasts it for a moment.

    Args:
        plan: of the session. page: that is asked for. kept: the session's way into the store.
        say: takes a line for people.
    """

    def __init__(self, plan: Plan, page: PageWish | None, kept: Kept | None, say: Callable[[str], None]) -> None:
        self._plan, self._kept, self._say = plan, kept, say
        self._begun = plan
        self._page: Page | None = None
        if page is not None:
            from kickback.page.session import Page

            store, person = (kept.store, kept.person) if kept else (None, None)
            self._page = Page(page, say, live=True, store=store, person=person)

    async def join(self, strapped: Sequence[Strapped], stage: Stage, end: Callable[[], None]) -> None:
        """The sensors are there: the session begins in the store, and the page is served.

        Args:
            strapped: the sensors. stage: what is shown. end: ends the session in order.

        Raises:
            KickbackError: the page cannot be served, or the store cannot be read.
        """
        kept, params = self._kept, self._plan.params
        assert params is not None
        if kept is not None:
            kept.started = datetime.now().astimezone()
        before: dict[int, list[SetClosed]] = {}
        records: list[dict[str, Any]] = []
        if kept is not None and kept.earlier is not None:
            before = {lane: kept.earlier.told(lane, kept.started) for lane in range(len(stage.lanes))}
            records = kept.earlier.records(kept.store, kept.started)
        for lane, sets in before.items():
            stage.lanes[lane].board.take(sets)
        if self._page is not None:
            self._page.show(stage, params, before, records)
            await self._page.serve()
            self._page.asked = partial(self._asked, strapped, end)
        if kept is not None:  # last, so that a session that cannot be shown as it was asked for leaves nothing behind
            kept.begin(strapped, self._plan, stage)

    def _asked(
        self,
        strapped: Sequence[Strapped],
        end: Callable[[], None],
        command: Mapping[str, Any],
        records: Sequence[Mapping[str, Any]],
    ) -> None:
        if self._kept is not None:
            for record in records:
                self._kept.correct(record)
        if command.get("do") == "end":
            end()
        elif command.get("do") == "exercise":
            self._choose(strapped, command["exercise"])

    def _choose(self, strapped: Sequence[Strapped], name: str) -> None:
        """Count it as another exercise; by whom it was allowed, see :func:`kickback.page.commands.record_of`."""
        begun = self._begun.params
        assert begun is not None
        exercise = PRESETS.get(name, begun.exercise)
        self._plan = replace(
            self._begun, params=replace(begun, exercise=exercise), said=said_for(self._begun.said, exercise)
        )
        if self._kept is not None:
            self._kept.choose(strapped, self._plan)
        for each in strapped:
            each.choose(exercise)

    def view(self, inner: View) -> View:
        """The terminal's view with all that is told beside it."""
        view = inner if self._page is None else self._page.view(inner)
        if self._kept is None:
            return view
        if (earlier := self._kept.earlier) is not None:
            view = Renumbered(view, [earlier.sets(lane) for lane in range(len(self._plan.worn))])
        return KeptView(view, self._kept)

    def over(self, strapped: Sequence[Strapped], more: Sequence[Path] = ()) -> None:
        """The files are closed, or more of them were written."""
        if self._kept is not None:
            self._kept.end(strapped, more)
        if self._page is not None:
            files = [path for each in strapped for path in each.files.paths]
            self._page.ended(*(self.remarks(strapped) if more else [MAKING]), files=[*files, *more])

    async def meanwhile(self, work: Callable[[], T]) -> T:
        """Do what takes a moment; the page goes on being served."""
        return work() if self._page is None else await asyncio.to_thread(work)

    def remarks(self, strapped: Sequence[Strapped]) -> list[str]:
        """What is to be known at the end, a line each: where the sets before are, what was not kept or not shown."""
        lines = list(self._page.remarks()) if self._page is not None else []
        lines += self._plan.lab.remarks() if self._plan.lab is not None else []
        if self._kept is not None:
            if self._kept.earlier is not None:
                lines.append(self._kept.earlier.remark())
            if any(each.gone for each in strapped):
                lines.append("`kickback live --resume` goes on with this session.")
            if self._kept.trouble:
                lines.append(f"{NOT_KEPT}: {self._kept.trouble}; the raw file has everything")
        return lines

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._page is None:
            return
        if error is None:
            await self._page.stay()
        await self._page.__aexit__(kind, error, trace)
