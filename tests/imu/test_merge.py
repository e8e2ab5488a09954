"""Acceleration and angular velocity in packets of their own."""

from __future__ import annotations

import numpy as np
import pytest

from imu.merge import MOST_LEAD_S, Merge


def ramp(start: int, stop: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.repeat(np.arange(start, stop, dtype=float)[:, None], 3, axis=1)


def test_the_gyro_is_taken_at_the_accelerometers_instants() -> None:
    merge = Merge(50.0, shift=0.25)
    merge.put_acc(0, ramp(0, 10), 1.0)
    assert merge.take() == []
    merge.put_gyr(0, ramp(0, 8))
    ((start, acc, gyr, at_s),) = merge.take()
    assert (start, at_s) == (0, 1.0)
    assert acc[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert gyr[:, 0] == pytest.approx(acc[:, 0] + 0.25)


def test_what_one_of_them_lost_is_lost() -> None:
    merge = Merge(50.0)
    merge.put_acc(0, ramp(0, 10), 1.0)
    merge.put_gyr(0, ramp(0, 4))
    merge.put_gyr(6, ramp(6, 10))
    runs = merge.take()
    assert [(run[0], len(run[1])) for run in runs] == [(0, 4), (6, 4)]


def test_neither_waits_for_the_other_for_ever() -> None:
    merge = Merge(50.0)
    lead = round(MOST_LEAD_S * 50.0)
    merge.put_acc(0, ramp(0, 3 * lead), 1.0)
    assert merge.take() == []
    merge.put_gyr(3 * lead - 5, ramp(0, 10))
    merge.put_acc(3 * lead, ramp(0, 5), 1.0)
    assert [(run[0], len(run[1])) for run in merge.take()] == [(3 * lead - 5, 10)]
    merge.put_gyr(3 * lead + 5, ramp(0, 10 * lead))
    merge.take()
    assert len(merge._gyr) <= 2 * lead + 1


def test_at_the_end_nothing_is_waited_for() -> None:
    merge = Merge(50.0)
    merge.put_acc(0, ramp(0, 5), 1.0)
    merge.put_gyr(0, ramp(0, 3))
    assert [len(run[1]) for run in merge.take(last=True)] == [3]
    assert merge.take(last=True) == []


def test_a_hole_costs_no_time_and_what_comes_twice_no_memory() -> None:
    merge = Merge(50.0)
    far = 10**12  # sample by sample this would take days
    for start in (0, 0, far, 0, far):
        merge.put_acc(start, ramp(0, 5), 1.0)
        merge.put_gyr(start, ramp(0, 5))
        merge.take()
    assert merge._acc == {}
    merge.put_acc(far + 5, ramp(0, 5), 1.0)
    merge.put_gyr(far + 5, ramp(0, 5))
    assert [(run[0], len(run[1])) for run in merge.take()] == [(far + 5, 5)]
