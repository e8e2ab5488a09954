"""The pipeline fed by anything that hands out blocks in its own time, with a view that is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterator, Sequence
from itertools import accumulate, groupby
from operator import itemgetter

import numpy as np

from analysis.pipeline import Pipeline
from analysis.results import Event, Progress, Rep, SetClosed
from imu.blocks import SampleBlock
from kickback.live.stage import Lane
from kickback.live.view import View

CHOOSE_S = 300.0
"""So long from its first sample on a session can be counted anew as another exercise: the samples are kept for
it, 1.4 MB a sensor at 100 Hz; counting all of them again takes about a second, in which packets wait in their queue."""


def joined(blocks: Sequence[SampleBlock]) -> Iterator[SampleBlock]:
    """The same samples in few blocks, as far as nothing is missing between them: a pipeline is asked less often."""
    for _, run in groupby(zip(blocks, accumulate(bool(b.missing_before) for b in blocks), strict=True), itemgetter(1)):
        those = [block for block, _ in run]
        acc = np.concatenate([block.acc_mps2 for block in those])
        gyr = np.concatenate([block.gyr_radps for block in those])
        yield SampleBlock(those[0].start, those[0].rate_hz, acc, gyr, those[0].missing_before)


class Watch:
    """A run that can be ended at any moment without losing what was counted.

    Args:
        pipeline: a fresh one, or what makes one for a rate in Hz, where that is known with the first block only;
            None counts nothing.
        view: is told the events of each block.
        lane: which of the view's lanes this is.
        keep: is given each block before it is looked at, such as a file that grows.
        shown: the lane itself, which is told the rate and how far the samples go.

    Attributes:
        events: everything but progress, in order.
        stop: index just behind the last sample taken.
        pipeline: None before the first block of an unknown rate.
    """

    def __init__(
        self,
        pipeline: Pipeline | Callable[[float], Pipeline] | None,
        view: View,
        lane: int = 0,
        *,
        keep: Callable[[SampleBlock], None] | None = None,
        shown: Lane | None = None,
    ) -> None:
        self.pipeline = pipeline if isinstance(pipeline, Pipeline) else None
        self._make = None if isinstance(pipeline, Pipeline) else pipeline
        self._view = view
        self._lane = lane
        self._keep = keep
        self._shown = shown
        self.events: list[Event] = []
        self.stop = 0
        self._blocks: list[SampleBlock] = []
        self._choosable = True

    async def follow(self, source: AsyncIterable[SampleBlock]) -> None:
        """Take blocks until the source ends.

        Raises:
            ValueError: the rate of the first block is too low or too high.
        """
        async for block in source:
            if self._keep is not None:
                self._keep(block)
            if self.pipeline is None and self._make is not None:
                self.pipeline = self._make(block.rate_hz)
            if self._shown is not None:
                self._shown.rate_hz, self._shown.stop = block.rate_hz, block.stop
            if self.pipeline is not None:
                self._tell(self.pipeline.push(block))
                self._remember(block)
            self.stop = block.stop
            await asyncio.sleep(0)  # lets Ctrl-C in when the source never waits

    @property
    def _counted(self) -> bool:
        return any(isinstance(event, Rep | SetClosed) for event in self.events)

    def _remember(self, block: SampleBlock) -> None:
        """As long as the exercise can still be chosen."""
        self._choosable &= not self._counted and block.stop <= CHOOSE_S * block.rate_hz
        if self._choosable:
            self._blocks.append(block)
        else:
            self._blocks.clear()

    def choose(self, pipeline: Callable[[float], Pipeline]) -> None:
        """Count all samples until now with another pipeline, and those to come.

        Only where nothing was counted yet, and within ``CHOOSE_S`` of the first sample; the view is told what
        the other pipeline says of them, without the progress that is past.

        Args:
            pipeline: what makes a fresh one for a rate in Hz.

        Raises:
            ValueError: it is too late.
        """
        if self._counted or not self._choosable:
            raise ValueError("it is too late for another exercise")
        self._make = pipeline
        if not self._blocks:
            self.pipeline = None
            return
        self.pipeline = made = pipeline(self._blocks[0].rate_hz)
        events = [event for block in joined(self._blocks) for event in made.push(block)]
        latest = next((event for event in reversed(events) if isinstance(event, Progress)), None)
        self.events.clear()
        self._tell([event for event in events if not isinstance(event, Progress) or event is latest])

    def finish(self) -> None:
        """No more samples will come: close what is open."""
        if self.pipeline is not None:
            self._tell(self.pipeline.finish())

    def _tell(self, events: list[Event]) -> None:
        self.events += [event for event in events if not isinstance(event, Progress)]
        self._view.take(events, self._lane)
