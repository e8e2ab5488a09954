"""The page beside a session or a replay: its model, its server, the view that tells them; open as long as it lasts."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from analysis.params import Params
from analysis.presets import PRESETS
from analysis.results import Event
from kickback.live.running import endings
from kickback.live.stage import Stage
from kickback.live.view import View
from kickback.page.wish import PORT, PageWish

if TYPE_CHECKING:
    from kickback.page.model import PageModel
    from kickback.page.server import PageServer
    from kickback.page.view import PageView
    from kickback.store import Store

Record = dict[str, Any]
Asked = Callable[[Mapping[str, Any], Sequence[Record]], None]

STAYS_S = 6.0
"""So long the page is still served after the end where anybody watched: one that was away for a moment comes back
within seconds, and says then what became of the session."""
FIRST_S = 8.0
"""So long a replay waits for the page in the browser that it opened; a browser that has to be started takes some."""


class Page:
    """An async context in which the page is served.

    Args:
        wish: as asked for. say: takes a line for people.
        live: whether a person trains now. store: what the page of the history reads, None without one.
        person: whose session it is; other computers see nobody else's history.
        browse: opens an address in a browser.

    Attributes:
        asked: is told each command that the page gave once it was carried out, with the records that it made.
        model: decides what the page shows; None before :meth:`show`.
    """

    def __init__(
        self,
        wish: PageWish,
        say: Callable[[str], None],
        *,
        live: bool,
        store: Store | None = None,
        person: str | None = None,
        browse: Callable[[str], object] = webbrowser.open,
    ) -> None:
        self.asked: Asked = lambda command, records: None
        self._wish, self._say, self._live, self._browse = wish, say, live, browse
        self._store, self._person = store, person
        self._browsing = False
        self._recorded = 0
        self._stage: Stage | None = None
        self.model: PageModel | None = None
        self._view: PageView | None = None
        self._server: PageServer | None = None

    @property
    def url(self) -> str:
        """Of the page, for a browser on this computer."""
        assert self._server is not None
        return self._server.url

    def show(
        self,
        stage: Stage,
        params: Params,
        earlier: Mapping[int, Sequence[Event]] | None = None,
        records: Sequence[Record] = (),
    ) -> None:
        """Say what the page is to show.

        Args:
            stage: what is shown. params: for the target and the title.
            earlier: what a session that goes on had counted, by lane. records: what was said by hand of that.
        """
        from kickback.page.model import PageModel

        model = PageModel(
            stage,
            params.tempo,
            exercise=params.exercise.title,
            name=params.exercise.name,
            exercises={name: preset.title for name, preset in PRESETS.items()},
            live=self._live,
            now=time_of_day,
        )
        model.recall(records)
        for lane, events in (earlier or {}).items():
            model.take(events, lane)
        self._recorded = len(model.corrections.records)
        self._stage, self.model = stage, model

    async def serve(self) -> None:
        """Serve the page, say where it is, here and on the stage, and open it where there is a display.

        Raises:
            KickbackError: the port is taken; with ``--lan``: there is no network.
        """
        assert self.model is not None
        assert self._stage is not None
        self._server = await self._served(self.model)
        self._stage.hint = f"{self.url}   {self._stage.hint}"
        self._say(f"The page: {self.url}")
        for invitation in self._server.invitations:
            self._say(f"\n{invitation.text}\n{invitation.qr_text(sys.stdout.isatty())}")
            for other in invitation.also:
                self._say(f"or {other}")
        if self._wish.browser and has_display():
            self._browsing = True
            threading.Thread(target=self._browse, args=(self.url,), daemon=True).start()

    async def _served(self, model: PageModel) -> PageServer:
        """On the port that was asked for; where nobody asked on ours, or a free one."""
        wish = self._wish
        if wish.port is not None:
            return await self._begin(model, wish.port)
        from kickback.page.server import PortTaken

        try:
            return await self._begin(model, PORT)
        except PortTaken:
            return await self._begin(model, 0)

    async def _begin(self, model: PageModel, port: int) -> PageServer:
        from kickback.page.server import PageServer

        server = PageServer(
            model,
            port=port,
            lan=self._wish.lan,
            on_message=self._commanded,
            store=self._store,
            person=self._person,
        )
        return await server.__aenter__()

    def _commanded(self, command: Mapping[str, Any]) -> None:
        assert self.model is not None
        records = self.model.corrections.records[self._recorded :]
        self._recorded += len(records)
        self.asked(command, records)

    def view(self, inner: View) -> View:
        """The terminal's view, with the page told beside it."""
        from kickback.page.view import PageView

        assert self.model is not None
        self._view = PageView(inner, self.model, self)
        return self._view

    def publish(self, messages: Sequence[Record]) -> None:
        """Hand messages to whoever watches; nobody does before the page is served."""
        if self._server is not None:
            self._server.publish(messages)

    async def watched(self, seconds: float = FIRST_S) -> None:
        """Wait for the page in the browser that was opened, but not for ever; not at all where none was."""
        if self._browsing and self._server is not None:
            await _within(self._server.watched, seconds)

    def ended(self, *lines: str, files: Iterable[Path] = ()) -> None:
        """Say on the page that it is over, where the files are, and what else is to be known."""
        if self.model is not None:
            self.publish(self.model.end([str(path) for path in files], *lines))

    async def stay(self, seconds: float = STAYS_S) -> None:
        """Go on being served for a moment, if anybody ever watched; Ctrl-C ends that."""
        if self._server is None or not self._server.watched.is_set():
            return
        done = asyncio.Event()
        with endings(done.set):
            self._say(f"The page stays for {seconds:g} s; Ctrl-C closes it.")
            await _within(done, seconds)

    def remarks(self) -> list[str]:
        """Faults of our own that the page met, a line each."""
        met = (
            self._view.fault if self._view is not None else "",
            self._server.fault if self._server is not None else "",
        )
        return [f"The page had a fault: {fault}; please report it" for fault in met if fault]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            await self._server.__aexit__(kind, error, trace)


async def _within(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but no longer."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def time_of_day() -> str:
    """Now, as the store keeps it: local, with its offset."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def has_display() -> bool:
    """Whether a browser that opens here could be seen."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
