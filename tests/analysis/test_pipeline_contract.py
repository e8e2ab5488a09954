"""The contract that holds the pipeline together: cut a recording anywhere, get the same events."""

from __future__ import annotations

import dataclasses
import math
import pickle
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Event, Progress, Rejected, Rep, SetClosed
from imu.blocks import Recording, SampleBlock
from imu.simulate import simulate

KINDS = (("everyday", 3), ("noisy", 5), ("multiset", 2), ("slip", 1))


@cache
def recording(kind: str, seed: int) -> Recording:
    return simulate(kind, seed, reps=4).recording()


def with_gap(whole: Recording, first: int, length: int) -> Recording:
    acc, gyr = whole.block.acc_mps2.copy(), whole.block.gyr_radps.copy()
    acc[first : first + length] = np.nan
    gyr[first : first + length] = np.nan
    return Recording(whole.header, SampleBlock(0, whole.rate_hz, acc, gyr))


def run(whole: Recording, sizes: Iterable[int]) -> list[Event]:
    pipeline = Pipeline(Params(), whole.rate_hz, whole.header.start_s)
    events: list[Event] = []
    at = 0
    for size in sizes:
        stop = min(at + size, len(whole))
        events += pipeline.push(whole.block.cut(at, stop))
        at = stop
    events += pipeline.push(whole.block.cut(at, len(whole)))
    return [*events, *pipeline.finish()]


def same(a: Any, b: Any) -> bool:
    """Ranges, counts and flags with ==, real numbers within 1e-9, unknown equals unknown."""
    if dataclasses.is_dataclass(a) and not isinstance(a, type):
        return type(a) is type(b) and all(
            same(getattr(a, field.name), getattr(b, field.name)) for field in dataclasses.fields(a)
        )
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=0, abs_tol=1e-9)
    if isinstance(a, np.ndarray):
        return bool(np.allclose(a, b, rtol=0, atol=1e-9, equal_nan=True))
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def assert_same(found: list[Event], expected: list[Event]) -> None:
    assert [type(event) for event in found] == [type(event) for event in expected]
    for a, b in zip(found, expected, strict=True):
        assert same(a, b), f"{a}\nis not\n{b}"


@cache
def expected(kind: str, seed: int) -> list[Event]:
    return run(recording(kind, seed), [])


@pytest.mark.parametrize(("kind", "seed"), KINDS)
def test_a_whole_recording_yields_reps_and_a_closed_set(kind: str, seed: int) -> None:
    events = expected(kind, seed)
    closed = [event for event in events if isinstance(event, SetClosed)]
    assert closed
    assert sum(len(one.reps) for one in closed) == sum(isinstance(event, Rep) for event in events)


@pytest.mark.parametrize(("kind", "seed"), KINDS)
@settings(max_examples=20)
@given(sizes=st.lists(st.integers(0, 700), max_size=40))
@example(sizes=[0, 0, 1, 0, 1, 1, 2, 0])
def test_cut_anywhere(kind: str, seed: int, sizes: list[int]) -> None:
    assert_same(run(recording(kind, seed), sizes), expected(kind, seed))


def test_single_samples() -> None:
    whole = recording("everyday", 3)
    assert_same(run(whole, [1] * len(whole)), expected("everyday", 3))


@settings(max_examples=25)
@given(first=st.integers(0, 4000), length=st.integers(1, 500), size=st.integers(1, 300))
def test_cut_anywhere_across_a_gap(first: int, length: int, size: int) -> None:
    whole = with_gap(recording("everyday", 3), first, length)
    assert_same(run(whole, [size] * (len(whole) // size)), run(whole, []))


@settings(max_examples=25)
@given(first=st.integers(1, 4000), length=st.integers(1, 500))
def test_missing_before_is_the_same_as_rows_of_nan(first: int, length: int) -> None:
    whole = with_gap(recording("everyday", 3), first, length)
    last = min(first + length, len(whole))
    pipeline = Pipeline(Params(), whole.rate_hz, whole.header.start_s)
    events = pipeline.push(whole.block.cut(0, first))
    rest = whole.block.cut(last, len(whole))
    events += pipeline.push(dataclasses.replace(rest, missing_before=last - first))
    assert_same(events + pipeline.finish(), run(whole, []))


@settings(max_examples=20)
@given(share=st.floats(0, 1))
@pytest.mark.parametrize(("kind", "seed"), KINDS[:2])
def test_saved_and_restored_half_way(kind: str, seed: int, share: float) -> None:
    whole = recording(kind, seed)
    at = int(share * len(whole))
    first = Pipeline(Params(), whole.rate_hz, whole.header.start_s)
    events = first.push(whole.block.cut(0, at))
    kept = pickle.dumps(first.snapshot())
    first.push(whole.block.cut(at, len(whole)))
    first.finish()
    second = Pipeline(Params(), whole.rate_hz, whole.header.start_s)
    second.restore(pickle.loads(kept))
    events += second.push(whole.block.cut(at, len(whole)))
    assert_same(events + second.finish(), expected(kind, seed))


def test_empty_in_empty_out() -> None:
    pipeline = Pipeline(Params(), 100.0)
    nothing = np.empty((0, 3))
    assert pipeline.push(SampleBlock(0, 100.0, nothing, nothing)) == []
    assert pipeline.finish() == []


def test_only_lost_samples() -> None:
    pipeline = Pipeline(Params(), 100.0)
    lost = np.full((1000, 3), np.nan)
    assert pipeline.push(SampleBlock(0, 100.0, lost, lost)) == []
    assert pipeline.finish() == []


def test_blocks_must_follow_each_other() -> None:
    pipeline = Pipeline(Params(), 100.0)
    some = np.ones((10, 3))
    pipeline.push(SampleBlock(0, 100.0, some, some))
    with pytest.raises(ValueError, match="does not follow sample 10"):
        pipeline.push(SampleBlock(20, 100.0, some, some))
    with pytest.raises(ValueError, match="50 Hz in a pipeline for 100 Hz"):
        pipeline.push(SampleBlock(10, 50.0, some, some))


@pytest.mark.parametrize("rate_hz", [19.0, 1001.0, math.nan])
def test_rates_that_cannot_be_analyzed(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="20 to 1000 Hz"):
        Pipeline(Params(), rate_hz)


@pytest.mark.parametrize(("kind", "seed"), KINDS)
def test_events_are_consistent(kind: str, seed: int) -> None:
    events = expected(kind, seed)
    known = [event.known_at for event in events if isinstance(event, Rep | SetClosed)]
    assert known == sorted(known)
    start_s, rate_hz = recording(kind, seed).header.start_s, recording(kind, seed).rate_hz
    for event in events:
        if isinstance(event, Rep):
            assert event.start < event.end <= event.known_at + 1
            instants = (event.start_s, event.concentric_end_s, event.eccentric_start_s, event.end_s)
            inside = [instant for instant in instants if not math.isnan(instant)]
            assert inside == sorted(inside)
            for instant in inside:
                assert event.start - 1e-6 <= (instant - start_s) * rate_hz <= event.end + 1e-6
        if isinstance(event, Rejected):
            assert event.start < event.end
            assert event.detail
        if isinstance(event, SetClosed):
            assert [rep.rep for rep in event.reps] == list(range(1, len(event.reps) + 1))
            assert event.known_at >= event.reps[-1].end - 1


@pytest.mark.parametrize(("kind", "seed"), KINDS)
def test_a_counted_rep_is_never_taken_back(kind: str, seed: int) -> None:
    counted: dict[int, int] = {}
    for event in expected(kind, seed):
        if isinstance(event, Rep):
            counted[event.set] = counted.get(event.set, 0) + 1
        if isinstance(event, SetClosed):
            assert len(event.reps) == counted[event.set]


@pytest.mark.parametrize(("kind", "seed"), KINDS)
def test_once_a_set_is_confirmed_a_rep_is_counted_within_a_second(kind: str, seed: int) -> None:
    rate_hz, start_s = recording(kind, seed).rate_hz, recording(kind, seed).header.start_s
    confirmed: dict[int, int] = {}
    for rep in (event for event in expected(kind, seed) if isinstance(event, Rep)):
        if rep.known_at > confirmed.setdefault(rep.set, rep.known_at):
            assert start_s + rep.known_at / rate_hz - rep.end_s <= 1.0


def test_progress_counts_candidates_before_the_set_is_confirmed() -> None:
    progress = [event for event in expected("everyday", 3) if isinstance(event, Progress)]
    first_counted = next(n for n, event in enumerate(progress) if event.count)
    assert max(event.candidates for event in progress[:first_counted]) == 2
    assert progress[first_counted].count >= 3


def test_memory_is_bounded() -> None:
    pipeline = Pipeline(Params(), 100.0)
    rng = np.random.default_rng(1)
    acc = rng.normal(0, 0.02, (30_000, 3)) + np.array([0, 0, 9.81])
    gyr = rng.normal(0, 0.01, (30_000, 3))
    sizes = []
    for n in range(4):
        pipeline.push(SampleBlock(30_000 * n, 100.0, acc, gyr))
        sizes.append(len(pickle.dumps(pipeline.snapshot())))
    assert sizes[3] <= 1.01 * sizes[1]


def test_a_long_session_does_not_depend_on_blocks() -> None:
    """Long enough that samples are forgotten on the way: what is forgotten must not depend on the blocks either."""
    parts = [recording("multiset", seed).block for seed in (2, 3, 5)] * 2
    rate_hz = parts[0].rate_hz
    acc, gyr = np.vstack([p.acc_mps2 for p in parts]), np.vstack([p.gyr_radps for p in parts])
    header = dataclasses.replace(recording("multiset", 2).header, start_s=0.0)
    whole = Recording(header, SampleBlock(0, rate_hz, acc, gyr))
    assert whole.duration_s > 400
    assert_same(run(whole, [997] * (len(whole) // 997)), run(whole, []))


@settings(max_examples=10)
@given(first=st.integers(0, 4000), length=st.integers(1, 400), size=st.integers(200, 900))
def test_restored_after_every_block_on_lossy_data(first: int, length: int, size: int) -> None:
    whole = with_gap(recording("noisy", 5), first, length)
    events: list[Event] = []
    state = Pipeline(Params(), whole.rate_hz, whole.header.start_s).snapshot()
    for block in whole.blocks(size):
        pipeline = Pipeline(Params(), whole.rate_hz, whole.header.start_s)
        pipeline.restore(state)
        events += pipeline.push(block)
        state = pipeline.snapshot()
    pipeline.restore(state)
    assert_same([*events, *pipeline.finish()], run(whole, []))


def test_a_leg_held_out_for_minutes_does_not_depend_on_blocks() -> None:
    """Longer than samples are kept: what is asked for must not depend on what happens to be there still."""
    rate_hz, out = 50.0, np.zeros(50 * 600)
    out[50 * 20 : 50 * 500] = np.radians(60.0)
    angle = np.convolve(np.pad(out, 25, mode="edge"), np.hanning(51) / np.hanning(51).sum(), mode="valid")
    acc = 9.81 * np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], axis=1)
    gyr = np.stack([np.zeros_like(angle), -np.gradient(angle) * rate_hz, np.zeros_like(angle)], axis=1)
    header = dataclasses.replace(recording("everyday", 3).header, rate_hz=rate_hz, start_s=0.0)
    whole = Recording(header, SampleBlock(0, rate_hz, acc, gyr))
    assert_same(run(whole, [10] * (len(whole) // 10)), run(whole, []))
