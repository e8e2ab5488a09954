"""Samples on the clock of their arrivals: late ones do not move it, a wrong rate does, and it never goes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kickback.lab.clock import ArrivalClock


def stamps(delays_s: list[float], true_hz: float, said_hz: float, block: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Stamps given and instants of the samples' measurement, seconds, for blocks that arrive with these delays."""
    clock = ArrivalClock(said_hz)
    given_s, true_s, now_s = [], [], 0.0
    for number, delay_s in enumerate(delays_s):
        index = np.arange(number * block, (number + 1) * block)
        now_s = max(now_s, 100.0 + index[-1] / true_hz + delay_s)
        clock.arrived(int(index[0]), int(index[-1]) + 1, now_s)
        given_s.append([clock.at(float(each)) for each in index])
        true_s.append(100.0 + index / true_hz)
    return np.concatenate(given_s), np.concatenate(true_s)


def test_late_blocks_do_not_move_it() -> None:
    delays_s = [0.02] + [0.02, 0.3, 0.15, 0.02] * 50
    given_s, true_s = stamps(delays_s, 100.0, 100.0)
    assert np.abs(given_s - true_s - 0.02).max() < 0.001


def test_a_late_beginning_is_made_good_within_seconds() -> None:
    given_s, true_s = stamps([0.5] + [0.02] * 100, 100.0, 100.0)
    error_s = given_s - true_s - 0.02
    assert error_s[0] == pytest.approx(0.48)
    assert np.abs(error_s[1000:]).max() < 0.001


@pytest.mark.parametrize("true_hz", [99.95, 100.05])
def test_a_rate_that_is_not_quite_right_is_followed(true_hz: float) -> None:
    """0.05 % for ten minutes would be 300 ms without it."""
    given_s, true_s = stamps([0.02] * 6000, true_hz, 100.0)
    assert np.abs(given_s - true_s - 0.02).max() < 0.002


@given(st.lists(st.floats(0, 2), min_size=1, max_size=60), st.floats(95, 105))
def test_stamps_never_go_back(delays_s: list[float], true_hz: float) -> None:
    given_s, _ = stamps(delays_s, true_hz, 100.0)
    assert (np.diff(given_s) > 0).all()
