"""``kickback replay``: a recording as if it happened now."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.presets import PRESETS
from imu.blocks import Recording, SampleBlock
from imu.sources import replay
from kickback.commands.analyze import plain_console
from kickback.errors import EXIT_INTERRUPTED, KickbackError, one_line
from kickback.live.running import term_as_interrupt
from kickback.live.stage import Lane, Stage
from kickback.live.view import LineView, View, view_of
from kickback.live.watch import Watch
from kickback.result import Analysis
from kickback.session import collect, for_recording, load, part, pipeline_for
from kickback.tables import Found, render

if TYPE_CHECKING:
    from imu.raw_file import RawFile
    from imu.records import Record
    from kickback.live.link import Retold
    from kickback.page.session import Page
    from kickback.page.wish import PageWish
    from recordings.options import Options

OVER = "It was a recording; nothing was kept."
LOOK_S = 0.1
"""Between two looks at the link of a session that is replayed, on the session's clock and on the wall's."""


@dataclass(frozen=True)
class Shown:
    """What is replayed, how fast, and what is said of it.

    Attributes:
        recording: all of it. params: what counts it. speed: seconds of it per second.
        name: of the file. raw: its records where it is a raw file: these are then what is replayed.
        seconds: the longest that the replay lasts. why: it is shown at all, where nobody asked for it.
    """

    recording: Recording
    params: Params
    speed: float
    name: str
    raw: RawFile | None = None
    seconds: float | None = None
    why: str = ""

    def stage(self) -> Stage:
        """What the view shows."""
        header = self.recording.header
        started = header.extra.get("started")
        when = f", recorded {started}" if isinstance(started, str) else ""
        hint = f"×{self.speed:g}   Ctrl-C ends"
        banners = (*((self.why,) if self.why else ()), f"REPLAY of {self.name}{when}, not live")
        return Stage([Lane.of(header, self.params)], banners, header.simulated, hint)


def replay_file(
    path: Path,
    params: Params,
    speed: float,
    from_s: float | None,
    to_s: float | None,
    options: Options | None = None,
    seconds: float | None = None,
    unsaid: frozenset[str] = frozenset(),
    why: str = "",
    page: PageWish | None = None,
) -> int:
    """Replay a file and print its sets at the end.

    Returns:
        The exit code: 0, or 130 when Ctrl-C or SIGTERM ended it.

    Raises:
        KickbackError: the file cannot be used.
    """
    try:
        recording = part(load(path, options), from_s, to_s)
        params = for_recording(params, recording, unsaid)
        pipeline = pipeline_for(recording, params)
        raw = raw_of(path) if from_s is None and to_s is None else None
    except (OSError, ValueError) as error:
        raise KickbackError(one_line(error, path)) from error
    console = plain_console()
    shown = Shown(recording, params, speed, path.name, raw, seconds, why)
    stage = shown.stage()
    analysis, interrupted = play(shown, pipeline, view_beside(page, console, stage), stage, page_of(page, console))
    if console.is_terminal:
        for piece in render(Found.of(analysis)):
            console.print(piece)
    if not interrupted:
        return 0
    end_s = recording.header.start_s + analysis.recording.duration_s
    typer.echo(f"Ended by Ctrl-C at {end_s:.1f} s; what was counted until then is above.", err=True)
    return EXIT_INTERRUPTED


def saying(console: Console) -> Callable[[str], None]:
    """Lines for people, as they are."""

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    return say


def raw_of(path: Path) -> RawFile | None:
    """The records of a raw file, None when it is another kind of file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is a raw file that cannot be used.
    """
    from imu.raw_format import STEM

    if not path.is_file():
        return None
    with path.open("rb") as stream:
        if stream.read(len(STEM)) != STEM:
            return None
    from imu.raw_file import read_records

    return read_records(path)


def view_beside(page: PageWish | None, console: Console, stage: Stage) -> View:
    """The terminal's view. Beside a page for others it is lines: a screen would hide the codes."""
    return LineView(console, stage) if page is not None and page.lan else view_of(console, stage)


def page_of(wish: PageWish | None, console: Console) -> Page | None:
    """The page of a replay, if one is asked for."""
    if wish is None:
        return None
    from kickback.page.session import Page

    return Page(wish, saying(console), live=False)


def play(
    shown: Shown, pipeline: Pipeline, view: View, stage: Stage | None = None, page: Page | None = None
) -> tuple[Analysis, bool]:
    """The same pipeline as :func:`kickback.session.analyze`, with a clock between the blocks.

    Args:
        shown: what is replayed. pipeline: a fresh one. view: is told. stage: what the view shows.
        page: is served beside it; it needs the stage.

    Returns:
        What was counted in the samples that were shown, and whether Ctrl-C or SIGTERM ended the replay.

    Raises:
        KickbackError: the page cannot be served.
    """
    recording = shown.recording
    lane = stage.lanes[0] if stage is not None else None
    if page is not None and stage is not None:
        page.show(stage, pipeline.params)
        view = page.view(view)
    watch = Watch(pipeline, view, shown=lane)
    begun = pipeline.params
    interrupted = False
    with term_as_interrupt():
        try:
            asyncio.run(_held(watch, shown, view, lane, page))
        except KeyboardInterrupt:
            interrupted = True
    seen = recording.between(None, recording.header.start_s + watch.stop / recording.rate_hz)
    params = begun if watch.pipeline is None else watch.pipeline.params
    return collect(seen, params, watch.events), interrupted


async def _held(watch: Watch, shown: Shown, view: View, lane: Lane | None, page: Page | None) -> None:
    """The replay, and the page around it; what is open is closed, however it ends."""
    ending = asyncio.Event()
    async with page or contextlib.nullcontext():
        if page is not None and lane is not None:
            page.asked = _Asked(watch, shown.recording.header.start_s, lane, ending)
            await page.serve()
            await page.watched()
        with view:
            try:
                await _follow(watch, _source(shown, view, lane), view, shown.seconds, ending)
            finally:
                watch.finish()
                if page is not None:
                    page.ended(OVER)
        if page is not None:
            await page.stay()
            for line in page.remarks():
                typer.echo(line, err=True)


class _Asked:
    """Carries out what the page asks for and its model does not do itself: the end, another exercise."""

    def __init__(self, watch: Watch, start_s: float, lane: Lane, ending: asyncio.Event) -> None:
        assert watch.pipeline is not None
        self._watch, self._params, self._start_s = watch, watch.pipeline.params, start_s
        self._lane, self._ending = lane, ending

    def __call__(self, command: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> None:
        if command.get("do") == "end":
            self._ending.set()
        elif command.get("do") == "exercise":
            exercise = PRESETS.get(command["exercise"], self._params.exercise)
            params = replace(self._params, exercise=exercise)
            self._watch.choose(lambda rate_hz: Pipeline(params, rate_hz, self._start_s))
            self._lane.exercise = exercise.title


async def _follow(
    watch: Watch, source: AsyncIterable[SampleBlock], view: View, seconds: float | None, ending: asyncio.Event
) -> None:
    """Until the source ends, the time is over, or the event comes."""

    async def look_often() -> None:
        while True:
            view.look()
            await asyncio.sleep(LOOK_S)

    looking, following, ended = map(asyncio.ensure_future, (look_often(), watch.follow(source), ending.wait()))
    try:
        await asyncio.wait({following, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()
        view.look()
    finally:
        for task in (looking, following, ended):
            task.cancel()
        await asyncio.gather(looking, following, ended, return_exceptions=True)


def _source(shown: Shown, view: View, lane: Lane | None) -> AsyncIterator[SampleBlock]:
    if shown.raw is None:
        return replay(shown.recording, speed=shown.speed)
    from imu.raw_file import assembler_of, replay_records
    from kickback.live.link import Retold

    assembler = assembler_of(shown.raw)
    retold = Retold(assembler, shown.speed)
    if lane is not None:
        lane.look = retold
    return replay_records(shown.raw, shown.speed, assembler=assembler, seen=_Looking(retold, view))


class _Looking:
    """Takes each record, and looks often enough on the session's own clock, however fast it is replayed."""

    def __init__(self, retold: Retold, view: View) -> None:
        self._retold, self._view = retold, view
        self._looked_ns = 0

    def __call__(self, record: Record) -> None:
        self._retold.take(record)
        if record.time_ns - self._looked_ns >= LOOK_S * 1e9:
            self._looked_ns = record.time_ns
            self._view.look()
