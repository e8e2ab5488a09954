from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

import pytest

from analysis.params import Params
from analysis.results import Event, Progress, Rep
from imu.blocks import Recording, SampleBlock
from imu.simulate import simulate
from kickback.commands.replay import Shown, play
from kickback.live.watch import Watch
from kickback.result import Analysis
from kickback.session import analyze, pipeline_for


class Notebook:
    """A view that keeps what it was told, and fails as told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.is_open = False

    def __enter__(self) -> Self:
        self.is_open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_open = False

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        assert self.is_open
        assert lane == 0
        self.events += events

    def look(self) -> None:
        assert self.is_open


@pytest.fixture(scope="module")
def recording() -> Recording:
    return simulate("clean", seed=2, reps=4).recording()


@pytest.fixture(scope="module")
def whole(recording: Recording) -> Analysis:
    return analyze(recording)


def assert_same_sets(one: Analysis, other: Analysis) -> None:
    def ranges(analysis: Analysis) -> list[tuple[int, ...]]:
        return [(s.set, s.start, s.end, s.known_at, *(r.start for r in s.reps)) for s in analysis.closed]

    assert ranges(one) == ranges(other)
    for mine, yours in zip(one.all_reps, other.all_reps, strict=True):
        for name, value in mine.row().items():
            expected = yours.row()[name]
            if isinstance(value, float):
                assert value == pytest.approx(expected, abs=1e-9, nan_ok=True), name
            else:
                assert value == expected, name
    assert [(r.start, r.end, r.reason) for r in one.rejected] == [(r.start, r.end, r.reason) for r in other.rejected]


def test_a_replay_counts_what_an_analysis_counts(recording: Recording, whole: Analysis) -> None:
    view = Notebook()
    shown = Shown(recording, whole.params, float("inf"), "monday.csv")
    replayed, interrupted = play(shown, pipeline_for(recording, whole.params), view)
    assert not interrupted
    assert len(whole.all_reps) == 4
    assert_same_sets(replayed, whole)
    assert any(isinstance(event, Progress) for event in view.events)


def test_the_size_of_blocks_does_not_matter(recording: Recording, whole: Analysis) -> None:
    assert_same_sets(analyze(recording, block_size=7), whole)


def test_a_frame_is_analyzed_like_the_recording_it_came_from(recording: Recording, whole: Analysis) -> None:
    again = analyze(recording.to_frame(), leg=recording.header.leg)
    assert len(again.all_reps) == len(whole.all_reps)
    for mine, yours in zip(again.all_reps, whole.all_reps, strict=True):
        assert mine.end_s == pytest.approx(yours.end_s, abs=0.01)


def test_what_was_counted_survives_the_end_in_the_middle(recording: Recording) -> None:
    """The source breaks off as Ctrl-C would make it: after the third rep."""
    view = Notebook()
    watch = Watch(pipeline_for(recording, Params()), view)

    async def until_the_third() -> AsyncIterator[SampleBlock]:
        for block in recording.blocks(5):
            if sum(isinstance(event, Rep) for event in view.events) >= 3:
                raise KeyboardInterrupt
            yield block

    with view, pytest.raises(KeyboardInterrupt):
        asyncio.run(watch.follow(until_the_third()))
    with view:
        watch.finish()
    assert 0 < watch.stop < len(recording)
    assert not any(isinstance(event, Progress) for event in watch.events)
    assert sum(isinstance(event, Rep) for event in watch.events) == 3


def test_sigterm_ends_a_replay_as_ctrl_c_does(recording: Recording, whole: Analysis) -> None:
    class Ended(Notebook):
        def take(self, events: Sequence[Event], lane: int = 0) -> None:
            came = any(isinstance(event, Rep) for event in self.events)
            super().take(events, lane)
            if not came and any(isinstance(event, Rep) for event in events):
                signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    view = Ended()
    shown = Shown(recording, whole.params, float("inf"), "clean.csv")
    replayed, interrupted = play(shown, pipeline_for(recording, whole.params), view)
    assert interrupted
    assert not view.is_open
    assert len(replayed.recording) < len(recording)
    assert signal.getsignal(signal.SIGTERM) is before
