"""Which found rep is which true one, and the tables and truths that are read for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.matching import Truth, columns_of_frame, overlap, pair
from imu.simulate import simulate


def test_an_empty_table_has_empty_columns() -> None:
    assert all(len(column) == 0 for column in columns_of_frame(pd.DataFrame()).values())


def test_a_table_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no column 'end_s'"):
        columns_of_frame(pd.DataFrame({"start_s": [1.0]}))


spans = st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 5)), max_size=8).map(
    lambda rows: np.array([(first, first + length) for first, length in rows]).reshape(-1, 2)
)


@given(spans, spans)
def test_pairs_are_one_to_one_and_overlap_enough(true_s: np.ndarray[Any, Any], found_s: np.ndarray[Any, Any]) -> None:
    pairs = pair(true_s, found_s)
    ratio = overlap(true_s, found_s)
    assert np.all((ratio >= 0) & (ratio <= 1 + 1e-12))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(ratio[i, j] >= 0.5 for i, j in pairs)


@given(spans)
def test_spans_are_paired_with_themselves(true_s: np.ndarray[Any, Any]) -> None:
    assert len(pair(true_s, true_s)) == len(true_s)


def test_flags_are_read_however_they_are_written() -> None:
    for cells in (["true", "false", None], [True, False, None], pd.array([True, False, None], dtype="boolean")):
        frame = pd.DataFrame({"start_s": [1.0, 2.0, 3.0], "end_s": [1.5, 2.5, 3.5], "hip_rotation": cells})
        assert columns_of_frame(frame)["hip_rotation"] == pytest.approx([1.0, 0.0, np.nan], nan_ok=True)


def test_rows_are_put_in_order_of_their_start() -> None:
    frame = pd.DataFrame({"start_s": [3.0, 1.0], "end_s": [4.0, 2.0], "pulses": [2, 0]})
    columns = columns_of_frame(frame)
    assert columns["pulses"].tolist() == [0, 2]
    assert columns["end_s"].tolist() == [2, 4]


def test_a_truth_is_recognized() -> None:
    assert Truth.of(simulate("walk", 1).truth).negative == "walk"
    with pytest.raises(KeyError):
        Truth.of({"name": "x"})
