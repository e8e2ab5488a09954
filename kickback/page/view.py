"""The terminal's view with the page beside it: both are told the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from analysis.results import Event
from kickback.errors import one_line
from kickback.live.passing import PassingView
from kickback.live.view import View
from kickback.page.shapes import Message, error_of

FAULTY = "The page has a fault and stands still; the session goes on, and the terminal shows it."


class Model(Protocol):
    """What the view asks of a page's model."""

    def take(self, events: Sequence[Event], lane: int = 0) -> list[Message]:
        """What the viewers are to be told of a lane's events."""

    def look(self) -> list[Message]:
        """What they are to be told of the links."""


class Publisher(Protocol):
    """What the view asks of a server."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand messages to all viewers, without waiting."""


class PageView(PassingView):
    """A :class:`kickback.live.view.View` that passes all on to another one, and to the page.

    Args:
        inner: the terminal's view; it comes first. model: decides what the page shows. server: takes it there.

    Attributes:
        fault: why the page stands still, one line; empty while all is well. The session goes on in any case.
    """

    def __init__(self, inner: View, model: Model, server: Publisher) -> None:
        super().__init__(inner)
        self.fault = ""
        self._model = model
        self._server = server

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Show what just became known of a lane."""
        self._inner.take(events, lane)
        self._publish(lambda: self._model.take(events, lane))

    def look(self) -> None:
        """Look at the links, and show what is news."""
        self._inner.look()
        self._publish(self._model.look)

    def _publish(self, messages: Callable[[], list[Message]]) -> None:
        if self.fault:
            return
        try:
            self._server.publish(messages())
        except Exception as error:  # noqa: BLE001  # a fault of the page must never end a person's session
            self.fault = f"{type(error).__name__}: {one_line(error)}"
            self._server.publish([error_of(FAULTY)])
