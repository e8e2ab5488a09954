"""Where events go while they happen: a :class:`ScreenView` on a terminal, a :class:`LineView` elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from analysis.params import Tempo
from analysis.results import Event, Progress
from imu.blocks import Header
from kickback.live.board import Board
from kickback.live.lines import line_of
from kickback.live.screen import Screen
from kickback.words import SIMULATED

LEAST_BETWEEN_DRAWS_S = 1 / 15


class View(Protocol):
    """A context that is told the events of each block in turn."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def take(self, events: Sequence[Event]) -> None:
        """Show what just became known."""


class LineView:
    """One line an event, with the second of the recording at which it became known."""

    def __init__(self, console: Console, header: Header) -> None:
        self._console = console
        self._header = header

    def __enter__(self) -> Self:
        if self._header.simulated:
            self._print(SIMULATED)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def take(self, events: Sequence[Event]) -> None:
        """Print the events that are more than progress."""
        for event in events:
            if isinstance(event, Progress):
                continue
            line = line_of(event, self._header.start_s + event.known_at / self._header.rate_hz)
            if line is not None:
                self._print(line)

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class ScreenView:
    """The full screen, drawn at most fifteen times a second.

    Args:
        console: a terminal.
        header: of what is shown.
        target: the tempo to keep.
        hint: shown in the corner.
        exercise: shown beside the recording's name.
        now_s: the wall clock, which only limits how often the screen is drawn.
    """

    def __init__(
        self,
        console: Console,
        header: Header,
        target: Tempo,
        hint: str = "Ctrl-C ends",
        exercise: str = "",
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.board = Board(target)
        title = f"{header.name}  {exercise}".rstrip()
        self._live = Live(
            Screen(self.board, title, header.simulated, hint), console=console, screen=True, auto_refresh=False
        )
        self._now_s = now_s
        self._drawn_s = -1.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def take(self, events: Sequence[Event]) -> None:
        """Bring the board up to date and draw it when it is time."""
        self.board.take(events)
        now_s = self._now_s()
        if now_s - self._drawn_s >= LEAST_BETWEEN_DRAWS_S:
            self._drawn_s = now_s
            self._live.refresh()
