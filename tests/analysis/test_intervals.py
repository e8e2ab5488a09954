"""Intervals against published or hand-made values, and against what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.intervals import clustered, rate, share


def mean(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([values.mean()]) if len(values) else np.array([np.nan])


def test_wilson_of_single_values() -> None:
    # Newcombe, Stat. Med. 17 (1998) 857-872, table I, method 3: 81 of 263 and 15 of 148.
    for k, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        figure = share([[i < k] for i in range(n)])
        assert figure.value == pytest.approx(k / n)
        assert (figure.low, figure.high) == pytest.approx((low, high), abs=1e-4)
        assert (figure.n, figure.recordings) == (n, n)


def test_a_share_is_less_certain_when_recordings_differ() -> None:
    alike = share([[True, False] * 5 for _ in range(10)])
    apart = share([[k % 2 == 0] * 10 for k in range(10)])
    assert alike.value == apart.value == 0.5
    assert apart.high - apart.low > 2 * (alike.high - alike.low)


def test_a_share_of_nothing_is_unknown() -> None:
    figure = share([[], []])
    assert math.isnan(figure.value)
    assert math.isnan(figure.low)
    assert figure.n == 0


@given(st.lists(st.lists(st.booleans(), max_size=8), min_size=1, max_size=12))
def test_a_share_lies_in_its_interval(hits: list[list[bool]]) -> None:
    figure = share(hits)
    if any(hits):
        assert 0 <= figure.low <= figure.value + 1e-12
        assert figure.value - 1e-12 <= figure.high <= 1


def test_poisson_by_garwoods_table() -> None:
    for events, low, high in ((0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)):
        figure = rate(events, 2.0)
        assert figure.value == events / 2
        assert (2 * figure.low, 2 * figure.high) == pytest.approx((low, high), rel=1e-3)


def test_a_rate_needs_exposure() -> None:
    with pytest.raises(ValueError, match="positive exposure, got 0"):
        rate(3, 0.0)


def test_the_bootstrap_draws_recordings_not_reps() -> None:
    rng = np.random.default_rng(5)
    groups = [rng.normal(level, 0.01, 50) for level in rng.normal(0, 1, 20)]
    (by_recording,) = clustered(groups, mean, seed=1)
    (by_rep,) = clustered([np.array([value]) for group in groups for value in group], mean, seed=1)
    assert by_recording.value == pytest.approx(by_rep.value)
    assert by_recording.high - by_recording.low > 4 * (by_rep.high - by_rep.low)
    assert by_recording.n == 1000
    assert by_recording.recordings == 20


def test_the_bootstrap_covers_a_known_mean() -> None:
    rng = np.random.default_rng(9)
    inside = 0
    for _ in range(100):
        groups = [rng.normal(rng.normal(3.0, 1.0), 0.5, 6) for _ in range(25)]
        (figure,) = clustered(groups, mean, resamples=200)
        inside += figure.low <= 3.0 <= figure.high
    assert 88 <= inside <= 99


def test_the_same_seed_gives_the_same_interval() -> None:
    groups = [np.array([k**1.5, 2.0 * k]) for k in range(9)]
    assert clustered(groups, mean, seed=3) == clustered(groups, mean, seed=3)
    assert clustered(groups, mean, seed=3) != clustered(groups, mean, seed=4)


def test_one_recording_has_no_interval_and_none_has_no_value() -> None:
    (one,) = clustered([np.array([1.0, 3.0]), np.empty(0)], mean)
    assert one.value == 2.0
    assert math.isnan(one.low)
    (none,) = clustered([np.empty(0)], mean)
    assert math.isnan(none.value)
    assert none.n == 0
