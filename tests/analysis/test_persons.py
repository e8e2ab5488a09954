"""From reps to people: means, counts and the interval over people."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.persons import mean_with_interval, numbers, person_means


def table() -> pd.DataFrame:
    rows = [
        ("anna", "left", "a.csv", 1, 10.0),
        ("anna", "left", "a.csv", 1, 14.0),
        ("anna", "left", "a.csv", 2, None),
        ("anna", "right", "b.csv", 1, 20.0),
        ("ben", "left", "c.csv", 1, 30.0),
        ("ben", None, "c.csv", 2, 99.0),
    ]
    return pd.DataFrame(rows, columns=["subject", "leg", "recording", "set", "rom_deg"])


def test_a_persons_mean_is_over_the_known_reps_and_counts_them() -> None:
    means = person_means(table(), "rom_deg", ["leg"])
    assert means[["leg", "subject", "mean", "reps", "sets"]].to_numpy().tolist() == [
        ["left", "anna", 12.0, 2, 1],
        ["left", "ben", 30.0, 1, 1],
        ["right", "anna", 20.0, 1, 1],
    ]
    assert means["sd"].iloc[0] == pytest.approx(math.sqrt(8))
    assert math.isnan(means["sd"].iloc[1])


def test_without_keys_it_is_one_row_a_person_over_everything_known() -> None:
    means = person_means(table(), "rom_deg")
    assert means["mean"].tolist() == pytest.approx([44 / 3, 64.5])
    assert means["sets"].tolist() == [2, 2]


@pytest.mark.parametrize("measure, keys", [("nothing", []), ("rom_deg", ["group"])])
def test_a_missing_column_is_named(measure: str, keys: list[str]) -> None:
    with pytest.raises(ValueError, match=r"no column '(nothing|group)'"):
        person_means(table(), measure, keys)


def test_flags_and_whole_numbers_are_numbers_and_text_is_none() -> None:
    reps = pd.DataFrame(
        {
            "flag": pd.array([True, None, False], dtype="boolean"),
            "count": pd.array([3, None, 1], dtype="Int64"),
            "word": ["a", "b", "c"],
        }
    )
    assert str(numbers(reps, "flag").tolist()) == "[1.0, nan, 0.0]"
    assert str(numbers(reps, "count").tolist()) == "[3.0, nan, 1.0]"
    with pytest.raises(ValueError, match="'word'"):
        numbers(reps, "word")


def test_the_interval_of_a_mean_is_students() -> None:
    # Student, Biometrika 6, 1908, 1-25, p. 20: hours of sleep gained by ten people, mean 2.33, sd (n - 1) 2.002; with
    # t(0.975, 9) = 2.262 the half width is 1.432.
    gained = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = mean_with_interval([*gained, math.nan])
    assert [found.value, found.n] == pytest.approx([2.33, 10])
    assert [found.low, found.high] == pytest.approx([2.33 - 1.432, 2.33 + 1.432], abs=1e-3)


def test_of_one_person_there_is_no_interval_and_of_none_no_mean() -> None:
    one, none = mean_with_interval([3.0]), mean_with_interval([math.nan])
    assert (one.value, one.n, math.isnan(one.low)) == (3.0, 1, True)
    assert (math.isnan(none.value), none.n) == (True, 0)
