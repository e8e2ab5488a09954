"""Sample times from logged time stamps: one rate, one start, one whole number a sample.

A logger writes a time stamp with every sample, and the stamp is not the instant of the sample: a device's
own stamp is rounded and jitters on both sides of it; a host's stamp is an arrival, always late, and often
several samples at once. What is steady is the sensor's sampling clock. So the times are rebuilt as
``start_s + index / rate_hz``: the index from counting rows and adding the samples that must have been lost
wherever the stamps move away for good, the rate from a straight line. Device stamps are judged by their
medians, arrivals by their lower envelope, because only the quickest arrival says something about the
instant. Times rebuilt from arrivals are therefore late by the link's shortest delay, which no stamp tells;
it is the same for every sample, so durations do not feel it.

The sampling clock is taken to be steady for the length of a recording: a wander of some millionths, as a
quartz has it, stays below the stamps' own noise; a sensor whose rate changes in mid-recording does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from imu.arrivals import LEAST_PACKETS, burst_ends, from_arrivals, spread_ends
from imu.beat import find_beat, phase
from imu.blocks import FloatArray
from imu.steps import line, lost_before, quantum, regular, slope

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LEAST_ROWS = 10
"""Fewer rows than this tell no rate."""

LONGEST_PACKET = 20
"""Rows of the longest packet whose repetition is recognised (a BLE notification holds fewer)."""

MOST_REPEATS = 0.3
"""If more than this share of the rows were repeated packets, they are not: the values have a pattern."""

BACKWARDS_S = 1.0
"""A step back in time beyond this is a clock that was set or two recordings in one file, not jitter."""

MOST_BACKWARDS = 0.35
"""Share of steps back that jitter can make: logged host arrivals had 0.002 at most (shared)."""

COARSE = 0.5
"""Stamps with steps longer than this share of the period hide the beat."""

CLEAN = 0.02
"""Steps that are whole multiples of the usual one within this share of it have next to no jitter."""

LEAST_RISE = 0.6
"""Without a beat, a rise of lateness by this many samples is a loss."""

OWN_NOISE = 0.12
"""With less noise than this share of the period, a single stamp tells its sample."""

HOLE_S = 1.0
"""A step this long is a hole whatever the stamps are."""

CROWDED = 0.002
"""If more than this share of the rows have no room on the grid, the grid is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where every kept row of a log lies on the recording's sample grid.

    Attributes:
        rate_hz: samples per second of the sampling clock, in seconds of the stamps' clock.
        start_s: instant of sample 0 on the stamps' clock.
        index: sample number of each kept row, increasing from 0, shape (k,); numbers left out were lost.
        rows: position in the log of each kept row, shape (k,).
        stamps: "device" (judged by medians) or "arrival" (judged by the lower envelope).
        repeated: rows dropped because they repeat others.
    """

    rate_hz: float
    start_s: float
    index: IntArray
    rows: IntArray
    stamps: Literal["device", "arrival"]
    repeated: int

    @property
    def lost(self) -> int:
        """Samples missing between the first row and the last."""
        return int(self.index[-1]) + 1 - len(self.index)

    @property
    def time_s(self) -> FloatArray:
        """The rebuilt instant of every kept row, shape (k,)."""
        return self.start_s + self.index / self.rate_hz


def rebuild(stamps_s: npt.ArrayLike, values: FloatArray | None = None) -> Grid:
    """Find rate, start and sample numbers from logged time stamps.

    Args:
        stamps_s: one time stamp a row, seconds, finite, shape (n,), n >= 10.
        values: what was logged beside them, shape (n, m): rows that repeat are dropped.

    Raises:
        ValueError: fewer than ten rows, a stamp is not finite, the stamps do not advance, or they step
            back by more than a second.
    """
    logged = np.asarray(stamps_s, dtype=np.float64)
    if len(logged) < LEAST_ROWS:
        raise ValueError(f"{len(logged)} rows are too few to tell a rate")
    if not np.isfinite(logged).all():
        raise ValueError("a time stamp is not a number")
    rows = np.arange(len(logged)) if values is None else np.flatnonzero(~repeats(logged, values))
    repeated = len(logged) - len(rows)
    stamps = logged[rows] - logged[0]
    _refuse_standstill(stamps, rows)
    kind: Literal["device", "arrival"] = "arrival"
    if len(ends := burst_ends(stamps)) >= LEAST_PACKETS:
        first = np.append(0, ends[:-1] + 1)
        index, period, start = from_arrivals(ends, stamps[first], stamps)
    elif len(ends := spread_ends(stamps)) >= LEAST_PACKETS:
        index, period, start = from_arrivals(ends, stamps[ends], stamps)
    else:
        kind = "device"
        index, period, start = _from_device(stamps)
    plain = _from_holes(stamps)
    if _scatter(stamps, *plain) < 0.7 * _scatter(stamps, index, period, start):
        index, period, start = plain
    fresh = np.diff(np.maximum.accumulate(index), prepend=index[0] - 1) > 0
    index, rows = index[fresh], rows[fresh]
    return Grid(
        rate_hz=float(1.0 / period),
        start_s=float(logged[0] + start + index[0] * period) + 0.0,
        index=index - index[0],
        rows=rows,
        stamps=kind,
        repeated=repeated,
    )


def repeats(stamps_s: FloatArray, values: FloatArray) -> BoolArray:
    """Rows that only repeat the rows before them: packets delivered twice, samples written twice.

    A run of 3 to 20 rows equal to the run before it is a packet that came twice (or three times); rows that go
    on repeating are a pattern, and kept. A single equal row is a
    repeat when its stamp is the same, or when equal neighbours are so rare in the recording that the
    sensor's noise does not make them. Shape (n,), True = drop.
    """
    alike = _equal_at(values, 1)
    drop = np.zeros(len(values), dtype=bool)
    for lag in range(3, min(LONGEST_PACKET, len(values) - 1) + 1):
        run = _run_length(_equal_at(values, lag))
        ends = np.flatnonzero((run >= lag) & np.append(run[1:] == 0, True))
        for end, length in zip(ends.tolist(), run[ends].tolist(), strict=True):
            again = slice(end - length // lag * lag + 1, end + 1)
            if length < 3 * lag and not drop[again].any() and not alike[end - lag + 2 : end + 1].all():
                drop[again] = True
    if drop.mean() > MOST_REPEATS:
        drop[:] = False
    single = alike & ~drop
    if single.mean() > 0.01:
        single &= np.diff(stamps_s, prepend=-np.inf) == 0
    return drop | single


def _equal_at(values: FloatArray, lag: int) -> BoolArray:
    equal = np.zeros(len(values), dtype=bool)
    equal[lag:] = values[lag:, 0] == values[:-lag, 0]
    some = np.flatnonzero(equal)
    equal[some] = (values[some] == values[some - lag]).all(axis=1)
    return equal


def _run_length(flags: BoolArray) -> IntArray:
    """For every position, how many True end there in a row."""
    position = np.arange(len(flags))
    return position - np.maximum.accumulate(np.where(flags, -1, position))


def _refuse_standstill(stamps: FloatArray, rows: IntArray) -> None:
    step = np.diff(stamps)
    if step.min() < -BACKWARDS_S:
        at = int(step.argmin())
        raise ValueError(
            f"time steps back by {-step[at]:.3f} s between data rows {rows[at] + 1} and {rows[at + 1] + 1}; "
            "split the file there"
        )
    if not stamps[-1] > stamps[0]:
        raise ValueError("the time stamps do not advance; export the file with its clock")
    if np.mean(step < 0) > MOST_BACKWARDS:
        raise ValueError("the time stamps go back nearly as often as forward; this is no column of time")


def _from_device(stamps: FloatArray) -> tuple[IntArray, float, float]:
    """Sample numbers, period and start of stamps with noise on both sides."""
    at = np.arange(len(stamps), dtype=np.float64)
    rough = max(slope(at, stamps, 8), 0.1 * stamps[-1] / len(stamps))
    tick, usual = quantum(stamps), float(np.median(np.diff(stamps)))
    if _clean(stamps, usual) and (tick < COARSE * usual or _ticks(stamps, usual, 1.0)):
        rough = usual  # many losses would make the slope too steep
    grain = tick / rough
    lost: FloatArray | None = None
    if _ticks(stamps, rough, grain):
        lost = _whole(stamps / (rough * grain) - at, 0.0)
    elif grain < COARSE:
        lost = _by_beat(at, stamps, rough)
    if lost is None:
        lost = lost_before(at, stamps, LEAST_RISE if grain < 0.25 else LEAST_RISE + grain)
    index = at + lost
    period, start = line(index, stamps)
    return index.astype(np.int64), period, start


def _clean(stamps: FloatArray, usual: float) -> bool:
    """Whether nearly all steps are whole multiples of the usual one."""
    turns = np.diff(stamps) / max(usual, 1e-9)
    return bool(np.mean(np.abs(turns - np.round(turns)) < CLEAN) > 0.97)


def _ticks(stamps: FloatArray, period: float, grain: float) -> bool:
    """Whether coarse stamps are the sampling clock's own ticks: no beat between the two is to be seen."""
    return abs(grain - 1) < 1e-3 and not regular(np.flatnonzero(np.abs(np.diff(stamps) - period) > 0.5 * period))


def _by_beat(at: FloatArray, stamps: FloatArray, rough: float) -> FloatArray | None:
    """Samples lost before each row, told from the beat of the stamps; None when it is not clear enough."""
    noise = 1.05 * float(np.median(np.abs(np.diff(stamps) - rough))) / rough
    beat = find_beat(stamps, rough, first=64 if noise < 0.2 else 1024)
    if not beat.significant:
        return None
    late = stamps / beat.period - at
    late -= phase(late)
    lost = _whole(late, noise)
    return lost if np.mean(np.diff(lost) < 0) <= CROWDED else None


def _whole(late: FloatArray, noise: float) -> FloatArray:
    """Whole samples of lateness: running medians, and between two losses close to each other the row's own."""
    reach = int(np.clip(np.ceil(100 * noise**2) + 1, 1, 16))
    level = np.round(_running_median(late, 2 * reach + 1))
    if noise > OWN_NOISE:
        return level
    open_end = np.full(reach + 1, np.inf)
    before, after = np.append(-open_end, level)[: len(late)], np.append(level, open_end)[-len(late) :]
    return np.clip(np.round(late), before, after)


def _from_holes(stamps: FloatArray) -> tuple[IntArray, float, float]:
    """Sample numbers, period and start if nothing was lost but in holes that anybody sees: the last resort."""
    at = np.arange(len(stamps), dtype=np.float64)
    step = np.diff(stamps)
    hole = step > max(HOLE_S, 10 * (stamps[-1] - stamps[0]) / len(step))
    rough = float(np.sum(step[~hole])) / max(1, len(step) - int(hole.sum()))
    index = at + np.cumsum(np.concatenate([[0.0], np.where(hole, np.round(step / rough) - 1, 0.0)]))
    period, start = line(index, stamps)
    return index.astype(np.int64), period, start


def _scatter(stamps: FloatArray, index: IntArray, period: float, start: float) -> float:
    """Half of the range that holds 90 % of stamp minus rebuilt time, seconds."""
    low, high = np.quantile(stamps - start - index * period, [0.05, 0.95])
    return float(high - low) / 2


def _running_median(values: FloatArray, width: int) -> FloatArray:
    padded = np.concatenate([values[: width // 2][::-1], values, values[-(width // 2) :][::-1]])
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1))
