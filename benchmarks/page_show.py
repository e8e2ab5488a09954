"""A page that is served in a thread of its own, and recordings that go through the pipeline at the caller's pace.

For the tests in the browser, the pictures of the documentation, and ``page.py``.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from analysis.pipeline import Pipeline
from analysis.results import Event, Rep, SetClosed
from imu.blocks import Recording, SampleBlock
from kickback.live.link import LinkNow
from kickback.live.stage import Lane, Stage
from kickback.page.model import PageModel
from kickback.page.server import PageServer
from kickback.session import choose, for_recording, load, pipeline_for
from recordings import shipped_path

Message = dict[str, Any]
Until = Callable[[Event], bool]
T = TypeVar("T")
CHROMIUM_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
    "--mute-audio",
)
"""The browser of the tests asks nobody for anything."""
BLOCKS_S = 0.1
"""Signal in a block: what a sensor sends at once, about."""
ANSWER_WITHIN_S = 30.0


def a_rep(number: int, in_set: int = 1) -> Until:
    """Until a rep is told."""
    return lambda event: isinstance(event, Rep) and (event.set, event.rep) == (in_set, number)


def a_set(number: int) -> Until:
    """Until a set closes."""
    return lambda event: isinstance(event, SetClosed) and event.set == number


class Reel:
    """A recording on its way through the pipeline, and where it is."""

    def __init__(self, trace: str | Path, leg: str | None = None, tempo: str | None = None) -> None:
        path = Path(trace)
        self.recording: Recording = load(path if path.exists() else shipped_path(str(trace)))
        params = for_recording(choose(leg=leg, tempo=tempo), self.recording)
        self.pipeline: Pipeline = pipeline_for(self.recording, params)
        self.lane = Lane.of(self.recording.header, params)
        self.lane.leg = leg if leg in ("left", "right") else self.lane.leg
        size = max(1, round(BLOCKS_S * self.recording.rate_hz))
        self._blocks: Iterator[SampleBlock] = self.recording.blocks(size)

    def step(self) -> list[Event] | None:
        """The events of the next block; None at the end, when all is told."""
        block = next(self._blocks, None)
        if block is None:
            return None
        self.lane.stop = block.stop
        return self.pipeline.push(block)


class Show:
    """A context in which a page is served.

    Args:
        reels: one a lane. live: as if a person trained. lan: see :class:`PageServer`; this computer then needs a token.
        links: looks at each lane's link, for a session with sensors. store: for the history.

    Attributes:
        model: of the page. stage: that it shows. reels: as given.
        said: the commands that viewers gave. url: of the page.
    """

    def __init__(
        self,
        *reels: Reel,
        live: bool = False,
        links: Sequence[Callable[[], LinkNow]] = (),
        banners: Sequence[str] | None = None,
        store: Any = None,
    ) -> None:
        self.reels = reels
        for reel, look in zip(reels, links, strict=False):
            reel.lane.look = look
        name = reels[0].recording.header.name
        said = tuple(banners) if banners is not None else (f"REPLAY of {name}, not live",)
        self.stage = Stage([reel.lane for reel in reels], said, reels[0].recording.header.simulated)
        params = reels[0].pipeline.params
        exercise = params.exercise
        self.model = PageModel(self.stage, params.tempo, exercise=exercise.title, name=exercise.name, live=live)
        self.said: list[Mapping[str, Any]] = []
        self._store = store
        self._port = 0
        self._server: PageServer | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.serve()
        return self

    def __exit__(self, *exc: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(ANSWER_WITHIN_S)
        self._loop.close()

    def cpu_s(self) -> float:
        """Processor seconds of the thread that serves, the pipeline's included."""
        assert self._thread.ident is not None
        return time.clock_gettime(time.pthread_getcpuclockid(self._thread.ident))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the server's loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_WITHIN_S)

    def serve(self) -> None:
        """Serve the page, on the same port as before."""

        async def begin() -> PageServer:
            server = PageServer(self.model, port=self._port, on_message=self.said.append, store=self._store)
            return await server.__aenter__()

        self._server = self.run(begin())
        self._port = int(self.url.rstrip("/").rpartition(":")[2])

    def cut(self) -> None:
        """Serve no more; every socket is closed."""
        server, self._server = self._server, None
        if server is not None:
            self.run(server.__aexit__(None, None, None))

    @property
    def server(self) -> PageServer:
        """That serves now."""
        assert self._server is not None
        return self._server

    @property
    def url(self) -> str:
        """Of the page."""
        return self.server.url

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand messages to the viewers, from any thread."""

        async def told() -> None:
            if self._server is not None:
                self._server.publish(messages)

        self.run(told())

    def feed(self, until: Until | None = None, lane: int = 0) -> list[Message]:
        """Push the recording on, at once, until an event of that kind or to its end; what the page was told."""

        async def fed() -> list[Message]:
            told: list[Message] = []
            reel = self.reels[lane]
            while True:
                events = reel.step()
                last = events is None
                messages = self._take(reel.pipeline.finish() if events is None else events, lane)
                told += messages
                if last or (until is not None and events and any(map(until, events))):
                    return told
                await asyncio.sleep(0)

        return self.run(fed())

    def feed_for(self, seconds: float, lane: int = 0) -> list[Message]:
        """Push so many seconds of the recording on, at once."""

        async def fed() -> list[Message]:
            told: list[Message] = []
            for _ in range(round(seconds / BLOCKS_S)):
                told += self._take(self.reels[lane].step() or [], lane)
                await asyncio.sleep(0)
            return told

        return self.run(fed())

    def _take(self, events: Sequence[Event], lane: int) -> list[Message]:
        messages = [*self.model.take(events, lane), *self.model.look()]
        if self._server is not None:
            self._server.publish(messages)
        return messages

    def end(self, files: Sequence[str], text: str) -> None:
        """Say on the page that it is over."""
        self.publish(self.model.end(files, text))

    def snapshot(self) -> Message:
        """What the page ought to show, as it would be told to somebody who joins."""
        picture: Message = json.loads(json.dumps(self.model.snapshot()))
        return picture
