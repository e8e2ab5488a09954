"""The session's sample grid: samples come in any order, go out in theirs; what a gap becomes.

A hole that the sensor may still fill is waited for; what follows it is held. A hole that nobody fills is a gap:
the next block says how many samples are missing before it, and no value is made up.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np

from imu.blocks import FloatArray, SampleBlock

LEAST_BLOCK_S = 0.04
"""Single samples are gathered into blocks of so many seconds; the pipeline looks about 25 times a second."""


@dataclass(slots=True)
class Gap:
    """Samples that did not come in their turn.

    Attributes:
        start: number of the first on the grid. length: how many.
        why: "lost", "link lost", "sensor started anew", "sensor paused", "silence".
        filled: how many of them came later, by back-fill.
    """

    start: int
    length: int
    why: str
    filled: int = 0

    @property
    def stop(self) -> int:
        """Just behind the last."""
        return self.start + self.length


@dataclass
class Tally:
    """What became of the samples of a session.

    Attributes:
        received: samples that came, back-filled ones included. lost: given up. backfilled: came when asked for.
        repeated: came twice and were dropped. bad_packets: bytes that were no packet; ``trouble`` says the last one.
        reboots, disconnects: of the sensor, of the link. gaps: each stretch that did not come in its turn.
    """

    received: int = 0
    lost: int = 0
    backfilled: int = 0
    repeated: int = 0
    bad_packets: int = 0
    reboots: int = 0
    disconnects: int = 0
    trouble: str = ""
    gaps: list[Gap] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    start: int
    acc: FloatArray
    gyr: FloatArray
    at_s: float

    @property
    def stop(self) -> int:
        return self.start + len(self.acc)


_START = attrgetter("start")


class Grid:
    """Runs of samples in, blocks out.

    Args:
        rate_hz: samples a second. tally: is kept up to date.
    """

    def __init__(self, rate_hz: float, tally: Tally) -> None:
        self._rate_hz, self._tally = rate_hz, tally
        self._least = max(1, round(LEAST_BLOCK_S * rate_hz))
        self._next = 0
        self._runs: list[_Run] = []
        self._holes: list[tuple[int, int, float]] = []
        """Stretches that may still be filled, in order, and since when nothing came of them or before them."""
        self._missing = 0
        self.end = 0
        """Just behind the furthest sample that came."""

    @property
    def awaited(self) -> list[tuple[int, int]]:
        """Stretches [start, stop) that may still be filled, in order."""
        return [(start, stop) for start, stop, _ in self._holes]

    def put(self, start: int, acc: FloatArray, gyr: FloatArray, at_s: float, why: str = "lost", fills: bool = False,
            awaits: bool = False) -> None:  # fmt: skip
        """Place samples.

        Args:
            start: number of the first. acc: shape (n, 3), m/s². gyr: shape (n, 3), rad/s. at_s: arrival, host's clock.
            why: what a hole before them is called. fills: they were asked for. awaits: such a hole may be filled.
        """
        run = _Run(start, acc, gyr, at_s)
        if start > self.end:
            self._tally.gaps.append(Gap(self.end, start - self.end, why))
            if awaits:
                self._holes.append((self.end, start, at_s))
        for piece in self._fresh(run):
            self._tally.received += len(piece.acc)
            if fills:
                self._fill(piece)
            insort(self._runs, piece, key=_START)
        self.end = max(self.end, run.stop)

    def give_up(self, start: int, stop: int) -> None:
        """Wait no longer for [start, stop)."""
        self._holes = [
            (*piece, since_s) for first, end, since_s in self._holes for piece in _minus((first, end), (start, stop))
        ]

    def renew(self, start: int, now_s: float) -> None:
        """Samples from ``start`` on are coming now. They come in order, so what was awaited before them does not."""
        self._holes = [(first, stop, now_s if stop > start else since_s) for first, stop, since_s in self._holes]

    def expire(self, before_s: float) -> None:
        """Wait no longer for what nothing came of since then."""
        self._holes = [hole for hole in self._holes if hole[2] >= before_s]

    def take(self, last: bool = False) -> list[SampleBlock]:
        """The blocks that can go out now. last: nothing will follow, so everything goes."""
        if last:
            self._holes.clear()
        out: list[SampleBlock] = []
        while self._runs:
            first = self._runs[0]
            if first.start > self._next:
                wait = next((hole for hole in self._holes if hole[0] <= first.start), None)
                skip = (first.start if wait is None else max(wait[0], self._next)) - self._next
                self._missing += skip
                self._next += skip
                if wait is not None:
                    break
            ready = self._ready()
            behind = self._runs[len(ready) : len(ready) + 1]
            if not last and not behind and sum(len(run.acc) for run in ready) < self._least:
                break
            out.append(self._block(ready))
        return out

    def _ready(self) -> list[_Run]:
        ready = [self._runs[0]]
        for run in self._runs[1:]:
            if run.start != ready[-1].stop:
                break
            ready.append(run)
        return ready

    def _block(self, runs: list[_Run]) -> SampleBlock:
        del self._runs[: len(runs)]
        acc = runs[0].acc if len(runs) == 1 else np.concatenate([run.acc for run in runs])
        gyr = runs[0].gyr if len(runs) == 1 else np.concatenate([run.gyr for run in runs])
        block = SampleBlock(self._next, self._rate_hz, acc, gyr, self._missing, max(run.at_s for run in runs))
        self._tally.lost += self._missing
        self._missing = 0
        self._next = block.stop
        return block

    def _fresh(self, run: _Run) -> list[_Run]:
        """The pieces of a run that did not come before."""
        near = max(bisect_left(self._runs, run.start, key=_START) - 1, 0)
        beyond = bisect_left(self._runs, run.stop, key=_START)
        taken = [(-(1 << 62), self._next), *((each.start, each.stop) for each in self._runs[near:beyond])]
        spans = without([(run.start, run.stop)], taken)
        self._tally.repeated += len(run.acc) - sum(stop - start for start, stop in spans)
        if spans == [(run.start, run.stop)]:
            return [run]
        cuts = [(start, slice(start - run.start, stop - run.start)) for start, stop in spans]
        return [_Run(start, run.acc[part], run.gyr[part], run.at_s) for start, part in cuts]

    def _fill(self, piece: _Run) -> None:
        self._tally.backfilled += len(piece.acc)
        gaps = self._tally.gaps
        for number in range(bisect_left(gaps, piece.stop, key=_START) - 1, -1, -1):
            gap = gaps[number]
            if gap.stop <= piece.start:
                break
            gap.filled += max(0, min(gap.stop, piece.stop) - max(gap.start, piece.start))
        self.give_up(piece.start, piece.stop)
        self.renew(piece.start, piece.at_s)


def without(spans: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of stretches [start, stop) when others are taken from them, in order."""
    for each in taken:
        spans = [piece for span in spans for piece in _minus(span, each)]
    return spans


def _minus(span: tuple[int, int], taken: tuple[int, int]) -> list[tuple[int, int]]:
    """What is left of a stretch when another is taken from it."""
    pieces = [(span[0], min(span[1], taken[0])), (max(span[0], taken[1]), span[1])]
    return [piece for piece in pieces if piece[0] < piece[1]] if taken[0] < taken[1] else [span]
