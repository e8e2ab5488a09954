"""Our own sensor's numbers and clock: what cannot have gone on from before is not believed."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_protocol.packet import Layout, Packet
from imu.clockfit import ClockFit
from imu.tracks import Numbered, Placed

RATE_HZ = 100.0
N = 5
LAYOUT = Layout(RATE_HZ, "g", "deg/s", count_bits=32, tick_s=1e-6, tick_bits=32, buffer_s=30.0)


def packet(count: int, taken_s: float) -> Packet:
    values = np.ones((N, 3))
    return Packet(values, values, count=count % 2**32, ticks=round(taken_s * 1e6) % 2**32)


class Stream:
    """A second of it came; then it is placed on."""

    def __init__(self, first: int = 1000) -> None:
        self.track, self.fit, self.first = Numbered(LAYOUT, RATE_HZ), ClockFit(), first
        for number in range(0, 100, N):
            self.place(first + number, number / RATE_HZ, number / RATE_HZ + 0.05)

    def place(self, count: int, taken_s: float, at_s: float) -> Placed:
        (placed,) = self.track.place(packet(count, taken_s), at_s, self.fit)
        return placed


@pytest.mark.parametrize("jump", [2**31 - 300, -(2**31) + 300, 2**30, 40_000, -(2**30)])
@pytest.mark.parametrize("linked", [True, False])
def test_numbers_that_leap_make_no_gap_of_days(jump: int, linked: bool) -> None:
    stream = Stream()
    if not linked:
        stream.track.relink(restarted=False)
    placed = stream.place(1100 + jump, 1.0, 1.05)
    assert (placed.start, placed.why, placed.real) == (100, "sensor started anew", False)
    assert stream.place(1105 + jump, 1.05, 1.10).start == 105


def test_a_sensor_that_began_anew_with_the_same_boot_number_is_noticed() -> None:
    stream = Stream()
    stream.track.relink(restarted=False)
    placed = stream.place(0, 0.0, 11.05)
    assert (placed.why, placed.real) == ("sensor started anew", False)
    assert placed.start == pytest.approx(1100, abs=2)
    after = stream.place(N, N / RATE_HZ, 11.1)
    assert (after.start, after.why) == (placed.start + N, "lost")


def test_a_host_that_slept_knows_the_gap_by_the_sensors_clock() -> None:
    stream = Stream()
    stream.track.relink(restarted=False)
    placed = stream.place(1100 + 60_000, 601.0, 6.05)
    assert (placed.start, placed.why, placed.real) == (60_100, "link lost", True)


@pytest.mark.parametrize("off_s", [900.0, 2000.0, -900.0])
def test_a_wild_reading_of_the_clock_is_no_pause(off_s: float) -> None:
    stream = Stream()
    assert stream.place(1100, 1.0 + off_s, 1.05).start == 100
    placed = stream.place(1105, 1.05, 1.10)
    assert (placed.start, placed.why) == (105, "lost")


def test_a_back_fill_of_samples_that_were_not_passed_has_no_place() -> None:
    stream = Stream()
    values = np.ones((N, 3))
    for count, places in ((1010, 1), (1095, 1), (1096, 0), (2**30, 0)):
        again = Packet(values, values, count=count, backfill=True)
        assert len(stream.track.place(again, 1.1, stream.fit)) == places
