"""A view that passes all on to another one: what stands beside the terminal is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from analysis.results import Event

if TYPE_CHECKING:
    from kickback.live.view import View


class PassingView:
    """A :class:`kickback.live.view.View` that does nothing by itself.

    Args:
        inner: the view that is told.
    """

    def __init__(self, inner: View) -> None:
        self._inner = inner

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.__exit__(kind, error, trace)

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Pass the events of a lane on."""
        self._inner.take(events, lane)

    def look(self) -> None:
        """The view looks at the links."""
        self._inner.look()
