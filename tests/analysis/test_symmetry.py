"""Indices of symmetry: each formula by hand, what turns with the sides, and where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.symmetry import FORMULAS, lsi, lsi_involved, percent_difference, symmetry_angle, symmetry_index

sizes = st.floats(0.01, 1000)
signed = st.floats(-1000, 1000).filter(lambda value: abs(value) > 1e-3)


def test_by_hand() -> None:
    left, right = [20.0, 30.0, 5.0], [25.0, 15.0, 5.0]
    assert lsi(left, right) == pytest.approx([80, 50, 100])
    assert lsi_involved(left, right) == pytest.approx([80, 200, 100])
    assert symmetry_index(left, right) == pytest.approx([100 * 5 / 22.5, -100 * 15 / 22.5, 0])
    assert percent_difference(left, right) == pytest.approx([20, 50, 0])


def test_the_symmetry_angle_at_known_angles() -> None:
    root = math.sqrt(3)
    # arctan of 1, 1/root 3, root 3, 0 and infinity: 45, 30, 60, 0 and 90 degrees.
    found = symmetry_angle([1.0, 1.0, root, 0.0, 1.0], [1.0, root, 1.0, 1.0, 0.0])
    assert found == pytest.approx([0, 100 * 15 / 90, -100 * 15 / 90, 50, -50])


def test_the_symmetry_angle_of_opposite_signs_is_turned_back() -> None:
    # arctan(-1) is -45: 45 + 45 is 90, the most; arctan(-root 3) is -60: 105, less 180, is -75.
    assert symmetry_angle([-1.0, -math.sqrt(3)], [1.0, 1.0]) == pytest.approx([100, -100 * 75 / 90])
    assert symmetry_angle([-2.0], [-2.0]) == pytest.approx([0])


@given(sizes, sizes, st.floats(0.01, 100))
def test_no_index_depends_on_the_unit(left: float, right: float, scale: float) -> None:
    for formula in FORMULAS.values():
        once, scaled = formula.of([left], [right])[0], formula.of([scale * left], [scale * right])[0]
        assert scaled == pytest.approx(once, rel=1e-6, abs=1e-6)


@given(sizes, sizes)
def test_sides_exchanged_turn_the_sign_of_what_tells_the_side(left: float, right: float) -> None:
    for name, formula in FORMULAS.items():
        there, back = formula.of([left], [right])[0], formula.of([right], [left])[0]
        sign = -1 if name in ("symmetry_index", "symmetry_angle") else 1
        assert back == pytest.approx(sign * there, abs=1e-9)
        if sign < 0 and right > 1.001 * left:
            assert there > 0


@given(signed, signed)
def test_the_symmetry_angle_has_its_bounds(left: float, right: float) -> None:
    assert -100 <= symmetry_angle([left], [right])[0] <= 100


@given(sizes, sizes)
def test_lsi_and_percent_difference_are_one_hundred_together(left: float, right: float) -> None:
    assert lsi([left], [right]) + percent_difference([left], [right]) == pytest.approx([100])


def test_where_there_is_no_index_it_is_unknown() -> None:
    nan = math.nan
    left, right = [0.0, -1.0, nan, 5.0, math.inf], [0.0, 2.0, 1.0, nan, 1.0]
    assert np.isnan(lsi(left, right)).all()
    assert np.isnan(symmetry_index(left, right)).all()
    assert np.isnan(percent_difference(left, right)).all()
    assert np.isnan(symmetry_angle(left, right)).tolist() == [True, False, True, True, True]
    assert np.isnan(lsi_involved([1.0, 1.0], [0.0, nan])).all()
    assert percent_difference([0.0], [4.0]) == pytest.approx([100])


def test_every_formula_stands_with_its_text_and_source() -> None:
    assert set(FORMULAS) == {"lsi", "symmetry_index", "percent_difference", "symmetry_angle"}
    for name, formula in FORMULAS.items():
        assert formula.name == name
        assert "100" in formula.text
        assert any(year in formula.source for year in ("1987", "2008", "2016", "2018"))


def test_sides_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one shape \(n,\), got \(2,\) and \(1,\)"):
        lsi([1.0, 2.0], [1.0])
