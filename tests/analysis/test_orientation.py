"""Lost samples bridged or marked, and orientations against turns drawn by formula."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from analysis.orientation import BRIDGE_S, Chunk, GapBridge, Orientation, over_window, rotate, up_in_sensor
from imu.blocks import SampleBlock

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

RATE_HZ = 100.0
LONGEST = round(BRIDGE_S * RATE_HZ)


# --- gaps --------------------------------------------------------------------------------------------------------


def rows(count: int, gaps: Iterable[tuple[int, int]] = ()) -> FloatArray:
    """Numbers that grow by one a sample, so that every sample shows which it is; ``gaps`` (first, count) lost."""
    table = np.arange(count, dtype=np.float64)[:, None] + np.arange(6) * 1000.0
    for first, length in gaps:
        table[first : first + length] = np.nan
    return table


def bridged(table: FloatArray, cuts: Iterable[int] = ()) -> list[Chunk]:
    """What a bridge makes of a table that comes in blocks cut at ``cuts``."""
    bridge, chunks = GapBridge(RATE_HZ), []
    borders = [0, *sorted(cuts), len(table)]
    for i, j in pairwise(borders):
        chunks += bridge.push(SampleBlock(i, RATE_HZ, table[i:j, :3], table[i:j, 3:]))
    return chunks + bridge.finish()


def laid_out(chunks: list[Chunk]) -> tuple[FloatArray, BoolArray, BoolArray, list[int]]:
    """The chunks sample by sample: values (n, 6), lost, in a long gap, and when each could be known."""
    at = 0
    values, lost, gap, known = [np.empty((0, 6))], [np.empty(0, bool)], [np.empty(0, bool)], []
    for chunk in chunks:
        assert chunk.start == at, "chunks follow each other without a hole"
        assert len(chunk.acc) > 0
        at += len(chunk.acc)
        values.append(np.hstack([chunk.acc, chunk.gyr]))
        lost.append(chunk.lost)
        gap.append(np.full(len(chunk.acc), chunk.gap))
        known += [max(n, chunk.known_at or 0) for n in range(chunk.start, at)]
    return np.vstack(values), np.concatenate(lost), np.concatenate(gap), known


def test_samples_without_a_gap_pass_at_once() -> None:
    values, lost, gap, known = laid_out(bridged(rows(300), [10, 10, 11, 200]))
    assert np.array_equal(values, rows(300))
    assert not lost.any()
    assert not gap.any()
    assert known == list(range(300))


@pytest.mark.parametrize("length", [1, 20, LONGEST])
def test_up_to_half_a_second_is_interpolated_once_its_end_is_known(length: int) -> None:
    values, lost, gap, known = laid_out(bridged(rows(300, [(120, length)])))
    assert np.allclose(values, rows(300))  # the values grow evenly, so a straight line is the truth
    assert np.flatnonzero(lost).tolist() == list(range(120, 120 + length))
    assert not gap.any()
    assert known == [120 + length if 120 <= n < 120 + length else n for n in range(300)]


@pytest.mark.parametrize("length", [LONGEST + 1, 80, 150])
def test_a_longer_run_is_a_gap_and_nothing_is_made_up_in_it(length: int) -> None:
    values, lost, gap, known = laid_out(bridged(rows(300, [(120, length)])))
    inside = np.zeros(300, bool)
    inside[120 : 120 + length] = True
    assert np.isnan(values[inside]).all()
    assert np.array_equal(values[~inside], rows(300)[~inside])
    assert np.array_equal(lost, inside)
    assert np.array_equal(gap, inside)
    # what was held back is known to be a gap when half a second has gone by; later samples at once
    assert known == [max(n, 120 + LONGEST) if inside[n] else n for n in range(300)]


@pytest.mark.parametrize("length", [1, LONGEST, 120])
def test_a_gap_at_the_start_has_nothing_to_start_from(length: int) -> None:
    values, lost, gap, known = laid_out(bridged(rows(300, [(0, length)]), [3, 40]))
    assert np.flatnonzero(gap).tolist() == list(range(length))
    assert np.array_equal(lost, gap)
    assert np.isnan(values[:length]).all()
    assert known == list(range(300))


@pytest.mark.parametrize("length", [1, LONGEST, 120])
def test_a_gap_at_the_end_is_let_go_by_finish(length: int) -> None:
    chunks = bridged(rows(300, [(300 - length, length)]))
    values, lost, gap, _ = laid_out(chunks)
    assert len(values) == 300
    assert np.flatnonzero(gap).tolist() == list(range(300 - length, 300))
    assert np.array_equal(lost, gap)
    assert all(chunk.known_at is None or chunk.known_at < 300 for chunk in chunks)


def test_nothing_but_a_gap() -> None:
    values, lost, gap, known = laid_out(bridged(rows(90, [(0, 90)]), [20, 50]))
    assert np.isnan(values).all()
    assert lost.all()
    assert gap.all()
    assert known == list(range(90))


@given(
    gaps=st.lists(st.tuples(st.integers(0, 299), st.integers(1, 120)), max_size=4),
    cuts=st.lists(st.integers(0, 300), max_size=12),
)
@example(gaps=[(120, LONGEST)], cuts=[120, 120 + LONGEST])
@example(gaps=[(120, LONGEST + 1)], cuts=[120, 120 + LONGEST, 121 + LONGEST])
@example(gaps=[(120, LONGEST + 1)], cuts=[121, 119 + LONGEST])
@example(gaps=[(0, 60), (299, 1)], cuts=[0, 60, 299, 300])
def test_the_blocks_borders_change_nothing(gaps: list[tuple[int, int]], cuts: list[int]) -> None:
    table = rows(300, gaps)
    whole, pieces = laid_out(bridged(table)), laid_out(bridged(table, cuts))
    for a, b in zip(whole[:3], pieces[:3], strict=True):
        assert np.array_equal(a, b, equal_nan=True)
    assert whole[3] == pieces[3]


@pytest.mark.parametrize("length", [5, LONGEST, LONGEST + 1, 130])
def test_missing_before_is_rows_of_nan(length: int) -> None:
    table, bridge = rows(300, [(100, length)]), GapBridge(RATE_HZ)
    chunks = bridge.push(SampleBlock(0, RATE_HZ, table[:100, :3], table[:100, 3:]))
    rest = table[100 + length :]
    chunks += bridge.push(SampleBlock(100 + length, RATE_HZ, rest[:, :3], rest[:, 3:], missing_before=length))
    for a, b in zip(laid_out(chunks + bridge.finish())[:3], laid_out(bridged(table))[:3], strict=True):
        assert np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize(("start", "missing"), [(101, 0), (99, 0), (105, 4), (0, 0)])
def test_a_block_that_does_not_follow_is_refused(start: int, missing: int) -> None:
    bridge, table = GapBridge(RATE_HZ), rows(100)
    bridge.push(SampleBlock(0, RATE_HZ, table[:, :3], table[:, 3:]))
    with pytest.raises(ValueError, match="does not follow sample 100"):
        bridge.push(SampleBlock(start, RATE_HZ, table[:, :3], table[:, 3:], missing_before=missing))


# --- orientation -------------------------------------------------------------------------------------------------


def turning(seconds: float, bias_dps: float = 0.0) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Acceleration, angular velocity and true upward direction (n, 3) of a sensor that rests, swings and rests."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    angle = np.where(time_s > 6.0, 25.0 * (1 - np.cos(2 * np.pi * (time_s - 6.0) / 4.0)), 0.0)
    mount = Rotation.from_euler("xyz", [50.0, 20.0, -130.0], degrees=True)
    sensor = Rotation.from_rotvec(np.radians(angle)[:, None] * [[0.0, 1.0, 0.0]]) * mount
    up = sensor.inv().apply([0.0, 0.0, 1.0])
    rate_dps = np.gradient(angle, 1 / RATE_HZ)
    gyr = sensor.inv().apply(np.radians(rate_dps)[:, None] * [[0.0, 1.0, 0.0]])
    return 9.81 * up, gyr + math.radians(bias_dps), up


def chunk(acc: FloatArray, gyr: FloatArray, start: int = 0) -> Chunk:
    return Chunk(start, acc, gyr, np.zeros(len(acc), bool), False, None)


def gap(count: int, start: int) -> Chunk:
    nothing = np.full((count, 3), np.nan)
    return Chunk(start, nothing, nothing, np.ones(count, bool), True, None)


def off_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), (a * b).sum(axis=1))))


@pytest.mark.parametrize("bias_dps", [0.0, 1.5])
def test_inclination_stays_near_the_truth(bias_dps: float) -> None:
    acc, gyr, up = turning(30.0, bias_dps)
    quat, bias = Orientation(RATE_HZ).push(chunk(acc, gyr))
    assert off_deg(up_in_sensor(quat), up)[500:].max() < 0.7
    assert np.degrees(bias[-1]) == pytest.approx([bias_dps] * 3, abs=0.3)
    forth_and_back, _ = over_window(acc, gyr, RATE_HZ)
    assert off_deg(up_in_sensor(forth_and_back), up).max() < 0.5


def test_after_a_long_gap_it_starts_anew_and_keeps_the_bias() -> None:
    acc, gyr, up = turning(30.0, 1.5)
    orientation = Orientation(RATE_HZ)
    _, before = orientation.push(chunk(acc[:2000], gyr[:2000]))
    for values in orientation.push(gap(200, 2000)):
        assert np.isnan(values).all()
    quat, after = orientation.push(chunk(acc[2200:], gyr[2200:], 2200))
    assert after[0] == pytest.approx(before[-1], abs=math.radians(0.1))
    assert off_deg(up_in_sensor(quat), up[2200:]).max() < 1.5


def test_a_window_is_estimated_run_by_run() -> None:
    acc, gyr, _ = turning(20.0)
    holed = acc.copy()
    holed[900:1000] = np.nan
    quat, bias = over_window(holed, np.where(np.isnan(holed), np.nan, gyr), RATE_HZ)
    assert np.isnan(quat[900:1000]).all()
    assert np.isnan(bias[900:1000]).all()
    for part in (slice(0, 900), slice(1000, 2000)):
        alone, _ = over_window(acc[part], gyr[part], RATE_HZ)
        assert np.allclose(quat[part], alone)


@pytest.mark.parametrize("save", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_goes_on_alike(save: object) -> None:
    assert callable(save)
    acc, gyr, _ = turning(15.0, 0.5)
    first = Orientation(RATE_HZ)
    first.push(chunk(acc[:700], gyr[:700]))
    second = save(first)
    expected, found = (one.push(chunk(acc[700:], gyr[700:], 700)) for one in (first, second))
    assert np.array_equal(expected[0], found[0])
    assert np.array_equal(expected[1], found[1])


def test_rotations_agree_with_scipy() -> None:
    turns = Rotation.random(50, rng=np.random.default_rng(5))
    quat = np.roll(turns.as_quat(), 1, axis=1)
    vectors = np.random.default_rng(6).normal(size=(50, 3))
    assert np.allclose(rotate(quat, vectors), turns.apply(vectors))
    assert np.allclose(up_in_sensor(quat), turns.inv().apply([0.0, 0.0, 1.0]))
