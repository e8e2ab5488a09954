"""Sensors that number nothing: samples placed by the sensor's clock, or counted and held against arrivals."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_protocol.packet import Layout, Packet
from imu.clockfit import ClockFit
from imu.streamrate import first_of, measured_rate_hz
from imu.tracks import Bare, Timed, track_for

RATE_HZ = 52.0
N = 10


def packet(ticks: int | None = None, n: int = N, ticks_of: str = "first") -> Packet:
    return Packet(np.ones((n, 3)), np.ones((n, 3)), ticks=ticks, ticks_of="first" if ticks_of == "first" else "last")


def timed_layout(tick_s: float = 1e-3, bits: int = 32) -> Layout:
    return Layout(RATE_HZ, "g", "deg/s", tick_s=tick_s, tick_bits=bits)


def feed(track: Timed | Bare, packets: list[tuple[Packet, float]]) -> list[int]:
    fit = ClockFit()
    return [placed.start for each, at_s in packets for placed in track.place(each, at_s, fit)]


@pytest.mark.parametrize("ticks_of", ["first", "last"])
def test_a_step_of_the_clock_is_a_loss_and_rounding_is_not(ticks_of: str) -> None:
    starts = [0, 10, 20, 40, 50]
    behind = 0 if ticks_of == "first" else N - 1
    ticks = [round(5000 + (start + behind) * 1000 / RATE_HZ) for start in starts]
    packets = [(packet(each, ticks_of=ticks_of), each / 1000) for each in ticks]
    assert feed(Timed(timed_layout(), RATE_HZ), packets) == starts


def test_a_clock_may_wrap_within_the_stream() -> None:
    ticks = [(2**16 - 300 + round(start * 1000 / RATE_HZ)) % 2**16 for start in range(0, 60, N)]
    packets = [(packet(each), number * N / RATE_HZ) for number, each in enumerate(ticks)]
    assert feed(Timed(timed_layout(bits=16), RATE_HZ), packets) == list(range(0, 60, N))


def test_after_a_new_link_a_clock_that_went_on_tells_the_gap_and_one_that_did_not_gives_way_to_the_host() -> None:
    track = Timed(timed_layout(), RATE_HZ)
    fit = ClockFit()
    track.place(packet(1000), 10.0, fit)
    track.relink(restarted=False)
    (went_on,) = track.place(packet(1000 + 5000), 15.03, fit)
    assert (went_on.start, went_on.why) == (260, "link lost")
    track.relink(restarted=False)
    (anew,) = track.place(packet(3), 20.03, fit)
    assert anew.why == "sensor started anew"
    assert anew.start == pytest.approx(260 + 5.0 * RATE_HZ, abs=1)
    assert fit.offset_s == pytest.approx(20.03 - 0.003 - (N - 1) / RATE_HZ)  # of the new clock alone


def test_a_burst_that_makes_up_for_a_silence_is_no_loss() -> None:
    track = Bare(100.0)
    steady = [(packet(), (number + 1) * 0.1) for number in range(50)]
    late = [(packet(), 6.0 + 0.01 * number) for number in range(10)]
    then = [(packet(), (number + 1) * 0.1) for number in range(60, 70)]
    assert feed(track, [*steady, *late, *then]) == list(range(0, 700, N))


def test_a_silence_that_nothing_makes_up_for_is_a_gap_of_its_length() -> None:
    track = Bare(100.0)
    steady = [(packet(), (number + 1) * 0.1) for number in range(50)]
    after = [(packet(), (number + 1) * 0.1) for number in range(80, 110)]
    starts = feed(track, [*steady, *after])
    assert starts[:50] == list(range(0, 500, N))
    assert starts[50:] == list(range(800, 1100, N))


def test_what_is_held_at_the_end_is_given() -> None:
    track = Bare(100.0)
    fit = ClockFit()
    for number in range(50):
        track.place(packet(), (number + 1) * 0.1, fit)
    assert track.place(packet(), 8.1, fit) == []
    (last,) = track.finish(fit)
    assert (last.start, last.why) == (800, "silence")


def test_a_rate_that_is_off_does_not_look_like_a_loss() -> None:
    packets = [(packet(), (number + 1) * 0.1 * 1.01 + (0.5 if number % 50 == 49 else 0)) for number in range(3001)]
    assert feed(Bare(100.0), packets)[-1] == 3000 * N


def test_the_rate_is_told_by_the_clock_where_there_is_one() -> None:
    ticks = [round(start * 1000 / 51.7) for start in range(0, 200, N)]
    packets = [(packet(each), 3 * number / 51.7) for number, each in enumerate(ticks)]
    del packets[7]
    assert measured_rate_hz(timed_layout(), packets) == pytest.approx(51.7, rel=2e-3)
    assert measured_rate_hz(timed_layout(), packets[:5]) is None


def test_the_rate_is_told_by_the_earliest_arrivals_where_there_is_no_clock() -> None:
    random = np.random.default_rng(3)
    at = (np.arange(80) + 1) * N / 99.0
    packets = [(packet(), float(each)) for each in np.maximum.accumulate(at + random.gamma(1.5, 0.01, len(at)))]
    layout = Layout(100.0, "g", "deg/s")
    assert isinstance(track_for(layout, 100.0), Bare)
    assert measured_rate_hz(layout, packets) == pytest.approx(99.0, rel=5e-3)
    assert measured_rate_hz(layout, packets[:10]) is None
    assert first_of(packets, 99.0) == pytest.approx(1 / 99.0, abs=0.01)
