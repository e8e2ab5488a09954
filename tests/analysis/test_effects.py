"""Effect sizes and Holm: what they must not depend on, what their intervals promise, and what they cannot know.

Published examples with their digits are on the statistics page and run by its test.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nct, ttest_ind, ttest_rel

from analysis.effects import Effect, bias_correction, d_av, d_z, hedges_g, holm, noncentrality
from imu.blocks import FloatArray

ps = st.lists(st.floats(0, 1), min_size=1, max_size=12)
groups = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed).normal(5, 2, (2, 9)))


@given(ps)
def test_holm_lies_between_the_p_and_bonferroni(p: list[float]) -> None:
    found = holm(p)
    assert np.all(found >= p)
    assert np.all(found <= np.minimum(1, len(p) * np.array(p)) + 1e-12)
    assert np.all(np.diff(found[np.argsort(p, kind="stable")]) >= 0)
    assert found.min() == pytest.approx(min(1.0, len(p) * min(p)))


@given(ps, st.integers(0, 100))
def test_holm_follows_the_order_that_it_is_given(p: list[float], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(p))
    assert holm(np.array(p)[order]) == pytest.approx(holm(p)[order])


def test_holm_is_that_of_statsmodels() -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest", reason="statsmodels is in the extra 'research'")
    rng = np.random.default_rng(5)
    for m in (1, 2, 5, 20):
        p = rng.random(m) ** 3
        assert holm(p) == pytest.approx(multitest.multipletests(p, method="holm")[1])


def test_an_unknown_p_stays_unknown_and_does_not_count() -> None:
    found = holm([0.01, math.nan, 0.04, 0.03])
    assert math.isnan(found[1])
    assert found[[0, 2, 3]] == pytest.approx(holm([0.01, 0.04, 0.03]))
    assert len(holm([])) == 0


@pytest.mark.parametrize("p", [[-0.1], [0.5, 1.1], [[0.1, 0.2]]])
def test_what_is_no_p_value_is_refused(p: list[float]) -> None:
    with pytest.raises(ValueError, match=r"P value"):
        holm(p)


@settings(max_examples=25)
@given(groups, st.floats(-50, 50), st.floats(0.1, 10))
def test_sizes_depend_on_neither_unit_nor_zero_and_turn_with_the_order(
    both: FloatArray, shift: float, scale: float
) -> None:
    a, b = both
    for effect in (hedges_g, d_av, d_z):
        found, moved, turned = effect(a, b), effect(shift + scale * a, shift + scale * b), effect(b, a)
        assert moved.size.value == pytest.approx(found.size.value, abs=1e-6)
        assert moved.size.low == pytest.approx(found.size.low, abs=1e-5)
        assert moved.difference.high == pytest.approx(scale * found.difference.high, abs=1e-6)
        assert turned.size.value == pytest.approx(-found.size.value)
        assert turned.size.low == pytest.approx(-found.size.high, abs=1e-6)
        assert found.size.low < found.size.value < found.size.high


@settings(max_examples=25)
@given(groups)
def test_p_and_interval_of_the_difference_are_those_of_the_t_tests(
    both: FloatArray,
) -> None:
    a, b = both[0], both[1, :6]
    welch, paired = ttest_ind(a, b, equal_var=False), ttest_rel(both[0], both[1])
    assert hedges_g(a, b).p == pytest.approx(welch.pvalue)
    for end, other in zip((welch.confidence_interval(), paired.confidence_interval()), "wp", strict=True):
        found = (hedges_g(a, b) if other == "w" else d_z(*both)).difference
        assert (found.low, found.high) == pytest.approx((end.low, end.high))
    assert d_av(*both).p == d_z(*both).p == pytest.approx(paired.pvalue)


def covered(draw: Callable[[np.random.Generator], Effect], true: float, studies: int = 400) -> float:
    """In what share of simulated studies the interval of the size holds the true one."""
    rng = np.random.default_rng(6)
    found = [draw(rng).size for _ in range(studies)]
    return sum(one.low <= true <= one.high for one in found) / studies


def paired(rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
    """SD 1 in either condition, correlation 0.7, difference 0.6."""
    person = rng.normal(0, math.sqrt(0.7), n)
    return 0.6 + person + rng.normal(0, math.sqrt(0.3), n), person + rng.normal(0, math.sqrt(0.3), n)


def test_intervals_of_the_sizes_cover_what_they_promise() -> None:
    assert 0.925 < covered(lambda rng: hedges_g(rng.normal(1, 2, 8), rng.normal(0, 2, 14)), 0.5) < 0.975
    assert 0.925 < covered(lambda rng: d_z(*paired(rng, 10)), 0.6 / math.sqrt(0.6)) < 0.975
    assert 0.925 < covered(lambda rng: d_av(*paired(rng, 10)), 0.6) < 0.975


def test_the_correction_takes_the_bias_away() -> None:
    # Four and four people one SD apart: t is noncentral, shifted by 1 / sqrt(1/4 + 1/4), and d is t times that root.
    scale = math.sqrt(0.5)
    mean_of_d = scale * float(nct.mean(6, 1 / scale))
    assert mean_of_d > 1.14
    assert bias_correction(6) * mean_of_d == pytest.approx(1.0)


def test_noncentrality_puts_the_statistic_at_its_percentiles() -> None:
    for t in (0.0, 0.01, 0.5, 3.0, 12.0):
        for df in (1, 2, 7, 40, 900):
            low, high = noncentrality(t, df)
            assert nct.cdf(t, df, low) == pytest.approx(0.975, abs=1e-7)
            assert nct.cdf(t, df, high) == pytest.approx(0.025, abs=1e-7)
            assert noncentrality(-t, df) == pytest.approx((-high, -low), abs=1e-6)


def test_noncentrality_is_known_far_out_too() -> None:
    low, high = noncentrality(1000.0, 1)
    # Nearly all is the spread of the estimated SD: t / shift is that of chi with one degree of freedom.
    assert low == pytest.approx(1000 * 0.031338, rel=1e-3)
    assert high == pytest.approx(1000 * 2.241403, rel=1e-3)


def test_what_too_few_people_cannot_tell_is_unknown() -> None:
    one = hedges_g([1.0], [3.0, 4.0])
    assert one.difference.value == pytest.approx(-2.5)
    assert (one.n, math.isnan(one.size.value), math.isnan(one.p)) == ((1, 2), True, True)
    assert math.isnan(hedges_g([], [1.0]).difference.value)
    assert math.isnan(d_z([1.0], [2.0]).size.value)
    assert d_z([1.0], [2.0]).difference.value == -1
    assert math.isnan(d_av([], []).difference.value)
    assert math.isnan(bias_correction(1))


def test_without_spread_there_is_no_size() -> None:
    for effect in (hedges_g, d_z):
        found = effect([2.0, 2.0, 2.0], [1.0, 1.0, 1.0])
        assert found.difference.value == 1
        assert math.isnan(found.size.value)
        assert math.isnan(found.p)
    same = d_av([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    assert (same.difference.value, math.isnan(same.p)) == (-1, True)


def test_people_with_an_unknown_value_are_left_out() -> None:
    a, b = [1.0, 2.0, math.nan, 4.0, 9.0], [1.5, math.nan, 3.0, 3.0, 7.0]
    assert hedges_g(a, b) == hedges_g([1.0, 2.0, 4.0, 9.0], [1.5, 3.0, 3.0, 7.0])
    assert d_z(a, b) == d_z([1.0, 4.0, 9.0], [1.5, 3.0, 7.0])
    assert d_z(a, b).n == (3, 3)


def test_shapes_that_are_no_people_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the first group must have the shape \(n,\), got \(1, 2\)"):
        hedges_g([[1.0, 2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match="two rows of one length"):
        d_z([1.0, 2.0], [1.0])
