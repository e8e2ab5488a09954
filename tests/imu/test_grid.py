"""The grid: each sample once and in its place, whatever the order; and no more work for a run the more are held."""

from __future__ import annotations

import sys
from types import FrameType

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from imu.blocks import SampleBlock
from imu.grid import Grid, Tally

RATE_HZ = 100.0


def put(grid: Grid, start: int, stop: int, fills: bool = False, awaits: bool = False) -> None:
    values = np.repeat(np.arange(start, stop, dtype=np.float64)[:, None], 3, axis=1)
    grid.put(start, values, -values, float(stop), fills=fills, awaits=awaits)


def numbers(blocks: list[SampleBlock]) -> list[int]:
    return [round(value) for block in blocks for value in block.acc_mps2[:, 0]]


RUNS = st.lists(st.tuples(st.integers(0, 120), st.integers(1, 12), st.booleans(), st.booleans()), max_size=40)


@given(RUNS)
def test_runs_in_any_order_give_each_sample_once_in_its_place(runs: list[tuple[int, int, bool, bool]]) -> None:
    grid, came, given_out = Grid(RATE_HZ, Tally()), set[int](), list[SampleBlock]()
    for start, length, fills, awaits in runs:
        put(grid, start, start + length, fills, awaits)
        late = given_out[-1].stop if given_out else 0
        came |= {number for number in range(start, start + length) if number >= late}
        given_out += grid.take()
    given_out += grid.take(last=True)
    found = numbers(given_out)
    assert found == sorted(set(found))
    assert set(found) <= came
    at = 0
    for block in given_out:
        assert block.start == at + block.missing_before
        assert numbers([block]) == list(range(block.start, block.stop))
        at = block.stop


def test_a_hole_is_waited_for_while_samples_come_that_stand_before_its_end_and_no_longer() -> None:
    grid = Grid(RATE_HZ, Tally())
    for start in (0, 110, 220):
        put(grid, start, start + 100, awaits=True)
    assert grid.awaited == [(100, 110), (210, 220)]
    grid.renew(0, 1000.0)
    put(grid, 102, 105, fills=True)
    assert grid.awaited == [(100, 102), (105, 110), (210, 220)]
    grid.renew(106, 2000.0)
    grid.expire(1500.0)
    assert grid.awaited == [(105, 110), (210, 220)]
    grid.renew(200, 3000.0)
    grid.expire(2500.0)
    assert grid.awaited == [(210, 220)]


def calls_of_one_put(held: int) -> int:
    """How many functions are called to place a run behind so many others that wait for a hole to be filled."""
    grid = Grid(RATE_HZ, Tally())
    put(grid, 0, 5)
    grid.take()
    put(grid, 10, 11, awaits=True)
    for number in range(12, 2 * held, 2):
        put(grid, number, number + 1)
    assert not grid.take()
    count = 0

    def called(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        put(grid, 2 * held, 2 * held + 1)
        put(grid, 5, 6, fills=True)
    finally:
        sys.setprofile(None)
    return count


def test_a_long_wait_makes_no_run_dearer() -> None:
    assert calls_of_one_put(4000) <= calls_of_one_put(40) + 20
