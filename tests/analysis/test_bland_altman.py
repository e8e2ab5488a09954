"""Limits of agreement: what the three forms share, what their intervals promise, and what they cannot know.

Published examples with their digits are on the statistics page and run by its test.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from analysis.bland_altman import BlandAltman, bland_altman, bland_altman_constant, bland_altman_varies
from imu.blocks import FloatArray

COUNTS = np.array([1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 8, 9, 10])
"""Reps of 15 people: as unequal as life."""


def simulated(rng: np.random.Generator) -> tuple[npt.NDArray[np.intp], FloatArray, FloatArray]:
    """Differences with bias 1, SD between people 1 and within them 2: who, the first, the second."""
    who = np.repeat(np.arange(len(COUNTS)), COUNTS)
    true = rng.normal(30, 5, len(who))
    return who, true + 1 + rng.normal(0, 1, len(COUNTS))[who] + rng.normal(0, 2, len(who)), true


def replicates(
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.intp], FloatArray, npt.NDArray[np.intp], FloatArray]:
    """One true value a person, bias 1, SD between people 1, within them 1.2 by the first and 1.6 by the second."""
    first, second = np.repeat(np.arange(15), COUNTS), np.repeat(np.arange(15), COUNTS[::-1])
    true = rng.normal(30, 5, 15)
    a = (true + 1 + rng.normal(0, 1, 15))[first] + rng.normal(0, 1.2, len(first))
    return first, a, second, true[second] + rng.normal(0, 1.6, len(second))


def covered(draw: Callable[[np.random.Generator], BlandAltman], sd: float, studies: int = 600) -> list[float]:
    """In what share of simulated studies the intervals of bias, lower and upper limit hold the true ones."""
    rng = np.random.default_rng(6)
    found = [draw(rng) for _ in range(studies)]
    true = (1.0, 1 - 1.96 * sd, 1 + 1.96 * sd)
    ends = [(one.bias, one.lower, one.upper) for one in found]
    return [sum(end[i].low <= true[i] <= end[i].high for end in ends) / studies for i in range(3)]


@pytest.mark.parametrize(
    ("draw", "sd"),
    [
        (lambda rng: bland_altman(1 + rng.normal(0, 2, 12), np.zeros(12)), 2.0),
        (lambda rng: bland_altman_varies(*simulated(rng)), math.sqrt(1 + 4)),
        (lambda rng: bland_altman_constant(*replicates(rng)), math.sqrt(1 + 1.2**2 + 1.6**2)),
    ],
    ids=["single", "varies", "constant"],
)
def test_intervals_cover_what_they_promise(draw: Callable[[np.random.Generator], BlandAltman], sd: float) -> None:
    for share in covered(draw, sd):
        assert 0.92 < share < 0.98


def test_reps_taken_for_people_promise_too_much() -> None:
    def pooled(rng: np.random.Generator) -> BlandAltman:
        person = rng.normal(0, 2, 8)[np.repeat(np.arange(8), 20)]
        return bland_altman(1 + person + rng.normal(0, 1, 160), np.zeros(160))

    assert covered(pooled, math.sqrt(5))[0] < 0.6


def test_one_pair_a_person_is_the_same_in_all_forms() -> None:
    a, b, who = [5.0, 7.0, 6.5, 9.0], [4.0, 7.5, 6.0, 7.0], ["d", "a", "c", "b"]
    single = bland_altman(a, b)
    for other in (bland_altman_varies(who, a, b), bland_altman_constant(who, a, who, b)):
        assert other.bias.value == pytest.approx(single.bias.value)
        assert other.bias.low == pytest.approx(single.bias.low)
        assert other.sd == pytest.approx(single.sd)
        assert other.upper.high == pytest.approx(single.upper.high)
        assert (other.n, other.n_first) == (4, 4)


def test_the_order_of_the_reps_and_the_names_of_the_people_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    who, a, b = simulated(rng)
    order = rng.permutation(len(who))
    named = [f"person {99 - one}" for one in who[order]]
    first, other = bland_altman_varies(who, a, b), bland_altman_varies(named, a[order], b[order])
    assert other.lower.low == pytest.approx(first.lower.low)
    assert other.within == pytest.approx(first.within)


def test_the_order_of_the_methods_turns_the_limits() -> None:
    first, a, second, b = replicates(np.random.default_rng(2))
    found, turned = bland_altman_constant(first, a, second, b), bland_altman_constant(second, b, first, a)
    assert turned.bias.value == pytest.approx(-found.bias.value)
    assert turned.lower.low == pytest.approx(-found.upper.high)
    assert turned.sd == pytest.approx(found.sd)
    assert turned.trend.slope.value == pytest.approx(-found.trend.slope.value)


def test_limits_lie_around_the_bias_and_reach_further_out_than_in() -> None:
    found = bland_altman_varies(*simulated(np.random.default_rng(3)))
    assert found.upper.value - found.bias.value == pytest.approx(1.96 * found.sd)
    assert found.bias.value - found.lower.value == pytest.approx(1.96 * found.sd)
    assert found.upper.high - found.upper.value > found.upper.value - found.upper.low > 0


def test_a_proportional_bias_is_seen_once_a_person() -> None:
    true = np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    wobble = np.array([0.1, -0.2, 0.15, -0.1, 0.05])
    a, b = 1.1 * true + wobble, 0.9 * true - wobble
    once = bland_altman(a, b).trend
    assert once.slope.value == pytest.approx(0.2, abs=0.01)
    assert once.slope.low > 0.15
    assert once.p < 0.001
    # The same people with a hundred identical pairs each tell no more.
    many = bland_altman_varies(np.repeat(np.arange(5), 100), np.repeat(a, 100), np.repeat(b, 100)).trend
    assert many.slope.low == pytest.approx(once.slope.low)
    assert many.slope.n == 5


def test_unknown_values_and_people_of_one_side_are_left_out() -> None:
    nan = math.nan
    found = bland_altman_constant(
        ["a", "a", "b", "b", "c", "d"],
        [1.0, 2.0, 3.0, nan, 4.0, 9.0],
        ["a", "b", "b", "c", "e", "d"],
        [1.0, 2.0, 2.5, 3.0, 7.0, nan],
    )
    assert (found.n, found.n_first, found.n_second) == (3, 4, 4)
    kept = bland_altman_varies(["a", "b", "c", "c"], [1.0, 2.0, nan, 4.0], [2.0, 2.5, 3.0, 3.5])
    assert (kept.n, kept.n_first) == (3, 3)


def test_people_who_differ_less_than_their_reps_have_no_variance_between_them() -> None:
    who, step = np.repeat(np.arange(4), 2), np.tile([-3.0, 3.0], 4)
    found = bland_altman_varies(who, step, np.zeros(8))
    assert found.between == 0
    assert found.within == pytest.approx(18)
    assert 0 < found.sd < math.sqrt(18)


def test_what_too_few_people_cannot_tell_is_unknown() -> None:
    alone = bland_altman_varies(["a", "a"], [2.0, 4.0], [1.0, 1.0])
    assert (alone.bias.value, alone.n, alone.n_first) == (2, 1, 2)
    nobody = bland_altman_constant(["a"], [1.0], ["b"], [2.0])
    for found in (alone, nobody, bland_altman([1.0], [2.0]), bland_altman([], [])):
        assert math.isnan(found.sd)
        assert math.isnan(found.upper.value)
        assert math.isnan(found.bias.low)
        assert math.isnan(found.trend.slope.value)
    assert math.isnan(nobody.bias.value)
    assert math.isnan(bland_altman([1.0, 2.0], [1.5, 1.5]).trend.slope.value)


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="one length, got 2 and 3 and 3"):
        bland_altman_varies(["a", "b"], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="one length, got 1 and 2"):
        bland_altman_constant(["a", "b"], [1.0, 2.0], ["a"], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"the shape \(m,\), got \(1, 1\)"):
        bland_altman_varies(["a"], [[1.0]], [1.0])
    with pytest.raises(ValueError, match="two rows of one length"):
        bland_altman([1.0], [1.0, 2.0])
