"""The pipeline fed by anything that hands out blocks in its own time, with a view that is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable

from analysis.pipeline import Pipeline
from analysis.results import Event, Progress
from imu.blocks import SampleBlock
from kickback.live.view import View


class Watch:
    """A run that can be ended at any moment without losing what was counted.

    Args:
        pipeline: a fresh one.
        view: is told the events of each block.

    Attributes:
        events: everything but progress, in order.
        stop: index just behind the last sample taken.
    """

    def __init__(self, pipeline: Pipeline, view: View) -> None:
        self._pipeline = pipeline
        self._view = view
        self.events: list[Event] = []
        self.stop = 0

    async def follow(self, source: AsyncIterable[SampleBlock]) -> None:
        """Take blocks until the source ends."""
        async for block in source:
            self._tell(self._pipeline.push(block))
            self.stop = block.stop
            await asyncio.sleep(0)  # lets Ctrl-C in when the source never waits

    def finish(self) -> None:
        """No more samples will come: close what is open."""
        self._tell(self._pipeline.finish())

    def _tell(self, events: list[Event]) -> None:
        self.events += [event for event in events if not isinstance(event, Progress)]
        self._view.take(events)
