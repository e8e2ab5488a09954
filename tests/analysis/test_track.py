"""The sliding store: what was put in comes out, whatever was forgotten before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from analysis.track import Track, Window

FloatArray = npt.NDArray[np.float64]


def columns(first: int, last: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Acceleration, angular velocity, bias, unit quaternion and loss, each sample's told by its index alone."""
    at = np.arange(first, last, dtype=np.float64)[:, None]
    half = at / 1000.0
    quat = np.hstack([np.cos(half), np.sin(half), 0 * half, 0 * half])
    axis = np.array([0.1, 0.2, 0.3])
    return at + axis, -at - axis, np.full((len(at), 3), 0.5), quat, at[:, 0] % 7 == 0


def same(window: Window, first: int, last: int) -> None:
    acc, gyr, bias, quat, lost = columns(first, last)
    assert (window.start, window.stop, len(window)) == (first, last, last - first)
    assert np.array_equal(window.acc, acc)
    assert np.array_equal(window.gyr, gyr - bias)
    assert np.array_equal(window.quat, quat)
    assert np.array_equal(window.lost, lost)


def filled_track(count: int, step: int = 777) -> Track:
    track = Track(100.0)
    for first in range(0, count, step):
        track.append(*columns(first, min(first + step, count)))
    return track


@given(
    count=st.integers(1, 12_000),
    forget=st.lists(st.integers(-10, 12_000), max_size=4),
    ends=st.tuples(st.integers(-50, 12_100), st.integers(-50, 12_100)),
)
def test_forgetting_keeps_the_windows_right(count: int, forget: list[int], ends: tuple[int, int]) -> None:
    track = filled_track(count)
    for before in forget:
        track.forget(before)
        assert track.base <= max(0, *forget)
    track.append(*columns(count, count + 100))
    assert track.stop == count + 100
    first, last = min(ends), max(ends)
    low = min(max(first, track.base), track.stop)
    high = min(max(last, low), track.stop)
    same(track.window(first, last), low, high)


def test_what_is_asked_to_be_kept_is_kept() -> None:
    track = filled_track(20_000)
    track.forget(15_000)
    assert track.base == 15_000
    same(track.window(15_000, 20_000), 15_000, 20_000)
    track.forget(10**9)
    assert (track.base, track.count) == (20_000, 0)
    track.append(*columns(20_000, 20_010))
    same(track.window(0, 10**9), 20_000, 20_010)


def test_memory_does_not_grow_with_the_stream() -> None:
    track = Track(100.0)
    sizes = []
    for first in range(0, 400_000, 1000):
        track.append(*columns(first, first + 1000))
        track.forget(first - 13_000)
        sizes.append(len(track.data))
    assert max(sizes[50:]) == sizes[50] <= 4 * 14_000


def test_windows_are_copies() -> None:
    track = filled_track(100)
    window = track.window(10, 20)
    window.acc[:] = 0.0
    same(track.window(10, 20), 10, 20)


def test_raw_leaves_all_of_the_bias_but_the_newest_in_it() -> None:
    track, (_, gyr, bias, *_) = filled_track(100), columns(10, 20)
    assert np.allclose(track.raw(10, 20).gyr, gyr - bias[-1])


def test_every_strideth_quaternion_by_session_index() -> None:
    track = filled_track(20_000)
    track.forget(9_000)
    found = track.quaternions(9_004, 9_020, 4)
    assert np.array_equal(found, columns(9_004, 9_020)[3][::4])


def test_a_part_of_a_window_keeps_the_session_index() -> None:
    window = filled_track(300).window(100, 250)
    same(window.part(120, 130), 120, 130)
    same(window.part(0, 110), 100, 110)
    assert len(window.part(240, 200)) == 0
    assert len(window.part(400, 500)) == 0


def test_filling_a_gap_leaves_the_marks() -> None:
    window = filled_track(300).window(0, 300)
    straight = window.acc.copy()
    for values in (window.acc, window.gyr, window.up, window.quat):
        values[120:180] = np.nan
    done = window.filled()
    assert np.allclose(done.acc, straight)
    assert not np.isnan(done.up).any()
    assert np.isnan(done.quat[120:180]).all()
    assert np.array_equal(done.lost, window.lost)
    three, four = np.full((5, 3), np.nan), np.full((5, 4), np.nan)
    nothing = Window(0, 100.0, three, three, four, three, np.ones(5, bool))
    assert nothing.filled() is nothing


def test_quaternions_end_with_the_newest_sample() -> None:
    assert len(filled_track(100).quaternions(90, 150, 1)) == 10
