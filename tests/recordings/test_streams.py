"""Two sensors' rows brought to one clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from recordings import RecordingError
from recordings.streams import Stream, fresh, merge, unwrap

Values = npt.NDArray[np.float64]
HERE = Path("a.csv")


def waves(time_s: Values) -> Values:
    return np.column_stack([np.sin(time_s), np.cos(time_s), np.sin(2 * time_s)])


def stream(rate_hz: float, first_s: float = 0.0, last_s: float = 20.0) -> Stream:
    time_s = np.arange(first_s, last_s, 1 / rate_hz)
    return Stream(time_s, waves(time_s))


def test_the_same_stamps_are_left_alone() -> None:
    one = stream(50)
    time_s, acc, gyr = merge(HERE, one, Stream(one.time_s.copy(), one.values + 1))
    np.testing.assert_array_equal(time_s, one.time_s)
    np.testing.assert_array_equal(gyr, acc + 1)


@pytest.mark.parametrize(("acc_hz", "gyr_hz"), [(100, 50), (50, 100), (52, 51.3), (100, 100)])
def test_the_faster_clock_wins_and_only_the_overlap_stays(acc_hz: float, gyr_hz: float) -> None:
    acc, gyr = stream(acc_hz, 0.0, 18.0), stream(gyr_hz, 1.003, 20.0)
    time_s, acc_values, gyr_values = merge(HERE, acc, gyr)
    assert 1.003 - 1e-6 <= time_s[0] < 1.003 + 1 / max(acc_hz, gyr_hz)
    assert time_s[-1] <= acc.time_s[-1] + 1e-6
    assert 1 / np.diff(time_s).mean() == pytest.approx(max(acc_hz, gyr_hz), rel=1e-6)
    np.testing.assert_allclose(acc_values, waves(time_s), atol=6e-4)
    np.testing.assert_allclose(gyr_values, waves(time_s), atol=6e-4)


def test_next_to_lost_samples_there_is_nothing() -> None:
    acc, gyr = stream(100), stream(50, 0.003)
    hole = (gyr.time_s > 8.0) & (gyr.time_s < 8.5)
    gone = (acc.time_s > 12.0) & (acc.time_s < 12.3)
    time_s, acc_values, gyr_values = merge(
        HERE, Stream(acc.time_s[~gone], acc.values[~gone]), Stream(gyr.time_s[~hole], gyr.values[~hole])
    )
    assert np.isnan(gyr_values[(time_s > 8.0) & (time_s < 8.49)]).all()
    assert np.isnan(acc_values[(time_s > 12.001) & (time_s < 12.299)]).all()
    assert np.isnan(gyr_values).any(axis=1).mean() < 0.03
    assert np.isnan(acc_values).any(axis=1).sum() == pytest.approx(30, abs=1)


def test_streams_that_cannot_be_brought_together() -> None:
    with pytest.raises(RecordingError, match=r"not logged at the same time: 10\.0 s lie between"):
        merge(HERE, stream(50, 0, 10), stream(50, 20, 30))
    with pytest.raises(RecordingError, match=r"the angular velocity has 10\.0 samples a second, too few"):
        merge(HERE, stream(50), stream(10))
    with pytest.raises(RecordingError, match="the acceleration: 3 rows are too few"):
        merge(HERE, stream(50, 0, 0.06), stream(50))
    far = stream(50)
    late = np.where(far.time_s > 10, far.time_s + 1e6, far.time_s)
    with pytest.raises(RecordingError, match="the acceleration has a hole of 1000000 s"):
        merge(HERE, Stream(late, far.values), stream(50))


def test_fresh_rows() -> None:
    time_s = np.array([0.0, 0.0, 0.1, 0.2, np.nan, 0.3, 0.3])
    values = np.array([1.0, 1.0, 1.0, np.nan, 5.0, 6.0, 7.0])[:, None].repeat(3, axis=1)
    kept = fresh(Stream(time_s, values))
    assert kept.time_s.tolist() == [0.0, 0.1, 0.3, 0.3]
    assert fresh(Stream(time_s, values), stale=True).values[:, 0].tolist() == [1.0, 6.0, 7.0]
    empty = fresh(Stream(np.empty(0), np.empty((0, 3))))
    assert len(empty.time_s) == 0


def test_counters_that_wrap_go_on() -> None:
    true = np.arange(0, 3 * 65536, 700.0)
    np.testing.assert_array_equal(unwrap(true % 65536, 65536), true)
    odd = unwrap(np.array([65530.0, np.nan, 4.0, 65535.0, 9.0]), 65536)
    np.testing.assert_array_equal(odd, [65530.0, np.nan, 65540.0, 65535.0, 65545.0])
    assert len(unwrap(np.empty(0), 10)) == 0
