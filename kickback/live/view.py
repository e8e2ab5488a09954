"""Where events go while they happen: a :class:`ScreenView` on a terminal, a :class:`LineView` elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from analysis.results import Event, Progress
from kickback.live.lines import line_of
from kickback.live.link import LinkBoard
from kickback.live.panes import Panes
from kickback.live.stage import Lane, Stage
from kickback.words import UNKNOWN

LEAST_BETWEEN_DRAWS_S = 1 / 15


class View(Protocol):
    """A context that is told the events of each block in turn."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Show what just became known of a lane."""

    def look(self) -> None:
        """Look at the links, and show what is news. To be called a few times a second."""


def look_at(lane: Lane) -> list[str]:
    """Bring a lane's link up to date; what is news, a line each."""
    if lane.look is None:
        return []
    lane.link = lane.link or LinkBoard()
    return lane.link.take(lane.look())


class LineView:
    """One line an event, with the second of the recording at which it became known.

    Args:
        console: where to. stage: what is shown.
    """

    def __init__(self, console: Console, stage: Stage) -> None:
        self._console = console
        self._stage = stage

    def __enter__(self) -> Self:
        for line in self._stage.lines:
            self._print(line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Print the events that are more than progress."""
        shown = self._stage.lanes[lane]
        for event in events:
            if isinstance(event, Progress):
                continue
            line = line_of(event, shown.second(event.known_at))
            if line is not None:
                self._print(line, shown)

    def look(self) -> None:
        """Print what happened to the links."""
        for lane in self._stage.lanes:
            for line in look_at(lane):
                at_s = lane.second(lane.stop)
                self._print(f"{f'{at_s:.2f} s' if math.isfinite(at_s) else UNKNOWN}  {line}", lane)

    def _print(self, line: str, lane: Lane | None = None) -> None:
        tag = self._stage.tag(lane) if lane is not None else ""
        line = f"{tag}  {line}" if tag else line
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class ScreenView:
    """The full screen, drawn at most fifteen times a second.

    Args:
        console: a terminal. stage: what is shown.
        now_s: the wall clock, which only limits how often the screen is drawn.
    """

    def __init__(self, console: Console, stage: Stage, now_s: Callable[[], float] = time.monotonic) -> None:
        self._stage = stage
        self._live = Live(Panes(stage), console=console, screen=True, auto_refresh=False)
        self._now_s = now_s
        self._drawn_s = -1.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Bring the board up to date and draw it when it is time."""
        self._stage.lanes[lane].board.take(events)
        self._draw(self._now_s())

    def look(self) -> None:
        """Bring the links up to date and draw them when it is time."""
        for lane in self._stage.lanes:
            look_at(lane)
        self._draw(self._now_s())

    def _draw(self, now_s: float) -> None:
        if now_s - self._drawn_s >= LEAST_BETWEEN_DRAWS_S:
            self._drawn_s = now_s
            self._live.refresh()


def view_of(console: Console, stage: Stage) -> View:
    """A screen on a terminal, lines elsewhere."""
    return ScreenView(console, stage) if console.is_terminal else LineView(console, stage)
