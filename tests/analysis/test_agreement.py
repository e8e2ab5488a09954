"""Reliability and concordance: what they must not depend on, what their intervals promise, and what they cannot know.

Published examples with their digits are on the statistics page and run by its test.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from analysis.agreement import (
    concordance,
    icc_2_1,
    icc_3_1,
    mdc95,
    reliability,
    sem,
    sem_of_icc,
    two_way,
    typical_error,
)
from analysis.estimates import Estimate
from imu.blocks import FloatArray

tables = st.integers(0, 10_000).map(lambda seed: np.random.default_rng(seed).normal(50, 5, (7, 3)))


def study(rng: np.random.Generator, n: int, k: int, people: float, sessions: float, error: float) -> FloatArray:
    """People by sessions with these standard deviations."""
    return np.asarray(
        rng.normal(0, people, (n, 1)) + rng.normal(0, sessions, (1, k)) + rng.normal(0, error, (n, k)), dtype=float
    )


def covered(draw: Callable[[np.random.Generator], Estimate], true: float, studies: int = 1500) -> float:
    """In what share of simulated studies the interval holds the true value."""
    rng = np.random.default_rng(6)
    found = [draw(rng) for _ in range(studies)]
    return sum(one.low <= true <= one.high for one in found) / studies


@given(tables, st.floats(-100, 100), st.floats(0.1, 10))
def test_an_icc_depends_on_neither_unit_nor_zero(table: FloatArray, shift: float, scale: float) -> None:
    moved = shift + scale * table
    assert icc_2_1(moved).value == pytest.approx(icc_2_1(table).value, abs=1e-6)
    assert icc_3_1(moved).low == pytest.approx(icc_3_1(table).low, abs=1e-6)
    assert sem(moved).value == pytest.approx(scale * sem(table).value, rel=1e-6)


@given(tables)
def test_only_absolute_agreement_sees_a_session_in_which_everybody_changed(table: FloatArray) -> None:
    moved = table + np.array([0.0, 30.0, 60.0])
    assert icc_3_1(moved).value == pytest.approx(icc_3_1(table).value, abs=1e-9)
    assert sem(moved).value == pytest.approx(sem(table).value)
    assert abs(icc_2_1(moved).value) < 0.2
    assert reliability(moved).sem_agreement > 10 > reliability(moved).sem.value


@given(tables)
def test_an_icc_lies_in_its_interval(table: FloatArray) -> None:
    for found in (icc_2_1(table), icc_3_1(table)):
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.n == 7


def test_intervals_of_the_iccs_cover_what_they_promise() -> None:
    # Variances 4, 0.25 and 1. The F interval of ICC(3,1) is exact; that of ICC(2,1) is approximate.
    exact = covered(lambda rng: icc_3_1(study(rng, 12, 3, 2.0, 0.5, 1.0)), 4 / 5)
    nearly = covered(lambda rng: icc_2_1(study(rng, 12, 3, 2.0, 0.5, 1.0)), 4 / 5.25)
    assert 0.937 < exact < 0.963
    assert 0.93 < nearly < 0.97


def test_the_interval_of_the_sem_covers_what_it_promises() -> None:
    assert 0.937 < covered(lambda rng: sem(study(rng, 10, 2, 3.0, 1.0, 1.5)), 1.5) < 0.963


def test_the_interval_of_the_concordance_covers_what_it_promises() -> None:
    def draw(rng: np.random.Generator) -> Estimate:
        true = rng.normal(0, 2, 60)
        return concordance(true + rng.normal(0, 1, 60), true + 0.5 + rng.normal(0, 1, 60))

    # By hand: covariance 4, both variances 5, shift 0.5.
    assert 0.935 < covered(draw, 2 * 4 / (5 + 5 + 0.25)) < 0.965


def test_sem_and_typical_error_are_one_with_two_sessions() -> None:
    a, b = [10.0, 12.0, 15.0, 11.0], [11.0, 11.5, 17.0, 12.0]
    gaps = np.subtract(a, b)
    assert typical_error(a, b).value == pytest.approx(gaps.std(ddof=1) / math.sqrt(2))
    assert typical_error(a, b) == sem(np.column_stack([a, b]))
    assert mdc95(typical_error(a, b).value) == pytest.approx(1.96 * gaps.std(ddof=1))


def test_sem_from_sd_and_icc() -> None:
    assert sem_of_icc(10.0, 0.91) == pytest.approx(3.0)
    assert math.isnan(sem_of_icc(10.0, 1.1))


def test_all_of_it_at_once_counts_who_was_left_out() -> None:
    whole = reliability([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0], [7.0, 8.0]])
    holed = reliability([[1.0, 2.0], [3.0, 5.0], [9.0, math.nan], [4.0, 4.0], [7.0, 8.0]])
    assert (whole.n, whole.left_out) == (4, 0)
    assert (holed.n, holed.k, holed.left_out) == (4, 2, 1)
    assert holed.icc_2_1 == whole.icc_2_1
    assert holed.mdc95.value == pytest.approx(1.96 * math.sqrt(2) * holed.sem.value)
    assert holed.cv_percent == pytest.approx(100 * holed.sem.value / 4.25)


def test_what_one_person_cannot_tell_is_unknown() -> None:
    found = reliability([[1.0, 2.0], [math.nan, 3.0]])
    assert found.n == 1
    unknown = (found.icc_2_1.value, found.icc_3_1.low, found.sem.value, found.mdc95.value, found.sem_agreement)
    assert all(map(math.isnan, unknown))
    assert math.isnan(concordance([1.0], [1.0]).value)
    assert reliability([[math.nan, 1.0]]).n == 0


def test_perfect_agreement_is_one_without_an_interval() -> None:
    found = reliability([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
    assert found.icc_2_1.value == found.icc_3_1.value == 1
    assert math.isnan(found.icc_2_1.low)
    assert found.mdc95.value == 0
    assert concordance([1.0, 2.0, 4.0], [1.0, 2.0, 4.0]).value == 1


def test_people_who_are_all_alike_have_no_icc() -> None:
    assert math.isnan(icc_2_1([[3.0, 3.0], [3.0, 3.0]]).value)
    assert math.isnan(icc_3_1([[3.0, 3.0], [3.0, 3.0]]).value)
    assert math.isnan(concordance([3.0, 3.0, 3.0], [3.0, 3.0, 3.0]).value)


@given(tables)
def test_concordance_is_symmetric_and_no_larger_than_the_correlation(table: FloatArray) -> None:
    a, b = table[:, 0], table[:, 1]
    found = concordance(a, b)
    assert concordance(b, a).value == pytest.approx(found.value)
    assert abs(found.value) <= abs(float(linregress(a, b).rvalue)) + 1e-12
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("values", [[1.0, 2.0], [[1.0], [2.0]], [[[1.0, 2.0]]]])
def test_what_is_no_table_of_people_by_sessions_is_refused(values: list[object]) -> None:
    with pytest.raises(ValueError, match="one row a person and two columns"):
        two_way(np.array(values))


def test_pairs_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"two rows of one length, got the shapes \(2,\) and \(3,\)"):
        concordance([1.0, 2.0], [1.0, 2.0, 3.0])
