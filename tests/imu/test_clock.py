from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imu.clock import Grid, rebuild

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass
class Log:
    """What a logger wrote, and the truth: the sample number of every row, the instants, the rate."""

    stamps_s: FloatArray
    values: FloatArray
    index: IntArray
    rate_hz: float
    start_s: float

    def errors_s(self, grid: Grid) -> FloatArray:
        return np.asarray(grid.time_s - self.start_s - self.index[grid.rows] / self.rate_hz)

    def wrong(self, grid: Grid) -> float:
        """Share of the kept rows with a wrong sample number."""
        return float(np.mean(grid.index - grid.index[0] != self.index[grid.rows] - self.index[grid.rows[0]]))


def lose(
    rng: np.random.Generator, n: int, packet: int, single: float, packets: float, gap: int
) -> npt.NDArray[np.bool_]:
    kept = rng.random(n) >= single
    kept &= ~(rng.random(n // packet + 1) < packets)[np.arange(n) // packet]
    if gap:
        first = n // 3
        kept[first : first + gap] = False
    kept[[0, -1]] = True
    return np.asarray(kept)


def device_log(
    seed: int,
    *,
    rate_hz: float = 100.0,
    n: int = 3000,
    start_s: float = 0.0,
    jitter: float = 0.0,
    grain_s: float = 1e-6,
    packet: int = 8,
    single: float = 0.0,
    packets: float = 0.0,
    gap: int = 0,
    again: float = 0.0,
) -> Log:
    """Stamps of the device's own clock; ``jitter`` is a share of the period."""
    rng = np.random.default_rng(seed)
    index = np.flatnonzero(lose(rng, n, packet, single, packets, gap))
    stamps: FloatArray = start_s + (index + jitter * rng.normal(size=len(index))) / rate_hz
    stamps = np.asarray(np.rint(stamps / grain_s) * grain_s, dtype=np.float64)
    order = twice(rng, index // packet, again)
    values = rng.normal(size=(n, 6))[index]
    return Log(stamps[order], values[order], index[order], rate_hz, start_s)


def twice(rng: np.random.Generator, packet: IntArray, share: float) -> IntArray:
    """Row numbers with some of the packets delivered a second time, right after the first."""
    rows = np.split(np.arange(len(packet)), np.flatnonzero(np.diff(packet)) + 1)
    return np.concatenate([np.tile(r, 2 if len(r) >= 3 and rng.random() < share else 1) for r in rows])


def host_log(
    seed: int,
    *,
    kind: str,
    rate_hz: float = 99.4,
    n: int = 6000,
    packet: int = 12,
    interval_s: float = 0.03,
    packets: float = 0.0,
    stalls: float = 0.0,
) -> Log:
    """Arrivals at connection events: all rows of a packet at once, or spread backwards at the nominal rate."""
    rng = np.random.default_rng(seed)
    n = n // packet * packet
    of = np.arange(n) // packet
    last = (np.arange(n // packet) + 1) * packet - 1
    event = np.ceil((last / rate_hz + 0.004) / interval_s) + rng.geometric(0.8, len(last)) - 1
    event += np.where(rng.random(len(last)) < stalls, 10, 0)
    arrival = np.maximum.accumulate(event * interval_s + rng.exponential(0.002, len(last)))
    back = 2e-4 * (np.arange(n) % packet) if kind == "burst" else -(last[of] - np.arange(n)) / round(rate_hz)
    stamps = np.maximum.accumulate(arrival[of] + back)
    index = np.flatnonzero(lose(rng, n, packet, 0.0, packets, 0) | (of == of[0]) | (of == of[-1]))
    return Log(
        np.asarray(np.round(stamps[index], 4), dtype=np.float64), rng.normal(size=(n, 6))[index], index, rate_hz, 0.0
    )


# --- device stamps ------------------------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 2**32 - 1),
    rate_hz=st.floats(20, 220),
    n=st.integers(600, 4000),
    start_s=st.sampled_from([0.0, -0.00014, 251699.2359, 1.7e9]),
    jitter=st.floats(0, 0.1),
    grain_s=st.sampled_from([1e-6, 1e-4, 1e-3]),
    packet=st.integers(3, 20),
    single=st.floats(0, 0.05),
    packets=st.floats(0, 0.05),
    gap_s=st.floats(0, 3),
    again=st.floats(0, 0.05),
)
@example(300, 20.0, 600, 0.0, 0.0, 1e-6, 3, 0.046875, 0.0, 3.0, 0.0)
@example(300, 20.0, 600, 1.7e9, 0.0, 1e-6, 3, 0.046875, 0.0, 3.0, 0.0)
def test_any_mixture_of_jitter_losses_and_repeats_gives_back_rate_and_numbers(
    seed: int,
    rate_hz: float,
    n: int,
    start_s: float,
    jitter: float,
    grain_s: float,
    packet: int,
    single: float,
    packets: float,
    gap_s: float,
    again: float,
) -> None:
    log = device_log(
        seed,
        rate_hz=rate_hz,
        n=n,
        start_s=start_s,
        jitter=jitter,
        grain_s=grain_s,
        packet=packet,
        single=single,
        packets=packets,
        gap=int(gap_s * rate_hz),
        again=again,
    )
    grid = rebuild(log.stamps_s, log.values)
    assert grid.stamps == "device"
    assert abs(grid.rate_hz / rate_hz - 1) < 2e-4
    assert len(log.index) - len(set(log.index.tolist())) == grid.repeated
    assert log.wrong(grid) <= 0.003
    assert np.abs(np.median(log.errors_s(grid))) < 0.0005 + 0.02 / rate_hz


@pytest.mark.parametrize("rate_hz", [25.0, 52.35, 99.4, 199.1])
def test_clean_stamps_give_every_number_exactly(rate_hz: float) -> None:
    log = device_log(1, rate_hz=rate_hz, single=0.05, packets=0.02, gap=200, again=0.02)
    grid = rebuild(log.stamps_s, log.values)
    assert log.wrong(grid) == 0.0
    assert grid.rate_hz == pytest.approx(rate_hz, rel=1e-6)
    assert np.abs(log.errors_s(grid)).max() < 1e-5
    assert grid.lost == 3000 - len(grid.rows)


@pytest.mark.parametrize("seed", range(4))
def test_heavy_jitter_shifts_no_sample_by_more_than_one(seed: int) -> None:
    log = device_log(seed, rate_hz=199.1, n=12000, jitter=0.3, packets=0.01, gap=400)
    grid = rebuild(np.maximum.accumulate(log.stamps_s), log.values)
    assert abs(grid.rate_hz / log.rate_hz - 1) < 2e-4
    assert np.quantile(np.abs(log.errors_s(grid)), 0.95) < 0.003
    assert np.abs(log.errors_s(grid)).max() < 1.5 / log.rate_hz


@pytest.mark.parametrize("rate_hz", [100.0, 50.0, 25.0])
def test_stamps_that_are_the_sampling_clocks_ticks_show_single_losses(rate_hz: float) -> None:
    log = device_log(3, rate_hz=rate_hz, grain_s=1 / rate_hz, single=0.01)
    grid = rebuild(log.stamps_s, log.values)
    assert log.wrong(grid) == 0.0
    assert grid.rate_hz == pytest.approx(rate_hz)


@pytest.mark.parametrize("rate_hz", [99.4, 100.95])
def test_stamps_as_coarse_as_the_period_do_not_invent_losses(rate_hz: float) -> None:
    log = device_log(4, rate_hz=rate_hz, grain_s=0.01)
    grid = rebuild(log.stamps_s, log.values)
    assert grid.lost == 0
    assert abs(grid.rate_hz / rate_hz - 1) < 2e-4


def test_one_stamp_far_off_moves_nothing_else() -> None:
    log = device_log(5)
    log.stamps_s[1000] += 0.2
    grid = rebuild(log.stamps_s, log.values)
    assert grid.rate_hz == pytest.approx(100.0)
    assert grid.lost == 0
    assert log.wrong(grid) == 0.0


def test_small_steps_back_are_jitter() -> None:
    log = device_log(6, rate_hz=200.0, jitter=0.3, n=6000)
    assert np.diff(log.stamps_s).min() < 0
    grid = rebuild(log.stamps_s, log.values)
    assert abs(grid.rate_hz / 200.0 - 1) < 2e-4
    assert np.quantile(np.abs(log.errors_s(grid)), 0.95) < 0.003


def test_a_large_step_back_is_an_error_that_says_where() -> None:
    log = device_log(7)
    log.stamps_s[500:] -= 3.0
    with pytest.raises(ValueError, match=r"steps back by 2\.990 s between data rows 500 and 501"):
        rebuild(log.stamps_s, log.values)


@pytest.mark.parametrize(
    ("stamps", "what"),
    [
        (np.arange(9.0), "9 rows are too few"),
        (np.zeros(50), "do not advance"),
        (np.append(np.arange(50.0), np.nan), "not a number"),
    ],
)
def test_stamps_that_tell_no_rate_are_an_error(stamps: FloatArray, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        rebuild(stamps)


# --- arrivals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["burst", "spread"])
@pytest.mark.parametrize(("packet", "interval_s"), [(5, 0.015), (8, 0.03), (12, 0.03), (15, 0.05)])
@pytest.mark.parametrize("packets", [0.0, 0.01, 0.05])
def test_arrivals_give_back_rate_and_numbers(kind: str, packet: int, interval_s: float, packets: float) -> None:
    for seed in range(3):
        log = host_log(seed, kind=kind, packet=packet, interval_s=interval_s, packets=packets, stalls=0.01)
        grid = rebuild(log.stamps_s, log.values)
        assert grid.stamps == "arrival"
        assert abs(grid.rate_hz / log.rate_hz - 1) < (2e-4 if interval_s < 0.05 else 4e-4)
        errors = log.errors_s(grid)
        assert 0.0 < np.median(errors) < 0.012, "late by the link's shortest delay, which is 4 ms here"
        assert np.quantile(np.abs(errors - np.median(errors)), 0.95) < interval_s / 6
        assert log.wrong(grid) <= 0.02


def test_a_stall_is_no_loss() -> None:
    log = host_log(1, kind="burst", stalls=0.03)
    steps = np.diff(log.stamps_s)
    assert steps.max() > 0.3
    assert rebuild(log.stamps_s, log.values).lost == 0


@given(seed=st.integers(0, 1000), rate_hz=st.floats(25, 210), packet=st.integers(1, 20), chaos=st.floats(0, 0.1))
@example(seed=0, rate_hz=199.1, packet=5, chaos=0.03)
def test_whatever_the_stamps_times_stay_near_them(seed: int, rate_hz: float, packet: int, chaos: float) -> None:
    rng = np.random.default_rng(seed)
    n = 2000
    arrival = (np.arange(n) // packet + 1) * packet / rate_hz + rng.exponential(chaos + 1e-6, n // packet + 1)[
        np.arange(n) // packet
    ]
    stamps = np.maximum.accumulate(np.round(arrival, 3))
    grid = rebuild(stamps)
    assert (np.diff(grid.index) >= 1).all()
    late = stamps[grid.rows] - grid.time_s
    assert np.quantile(late, 0.95) - np.quantile(late, 0.05) < 3.5 * packet / rate_hz + 8 * chaos


def test_values_are_no_time_stamps() -> None:
    wander = np.cumsum(np.random.default_rng(0).normal(2e-5, 1e-3, 600))
    wander[-1] = wander.max() + 1.0
    with pytest.raises(ValueError, match="no column of time"):
        rebuild(wander)
