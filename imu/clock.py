"""Sample times from logged time stamps: one rate, one start, one whole number a sample.

A logger writes a time stamp with every sample, and the stamp is not the instant of the sample: a device's
own stamp is rounded and jitters on both sides of it; a host's stamp is an arrival, always late, and often
several samples at once. What is steady is the sensor's sampling clock. So the times are rebuilt as
``start_s + index / rate_hz``: the rate from slopes over longer and longer spans, the index from counting
rows and adding the samples that must have been lost wherever the stamps move away for good. Device stamps
are judged by their medians, arrivals by their lower envelope, because only the quickest arrival says
something about the instant.

The sampling clock is taken to be steady for the length of a recording: a wander of some millionths, as a
quartz has it, stays below the stamps' own noise; a sensor whose rate changes in mid-recording does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LONGEST_PACKET = 20
"""Rows of the longest packet whose repetition is recognised (a BLE notification holds fewer)."""

BACKWARDS_S = 1.0
"""A step back in time beyond this is a clock that was set or two recordings in one file, not jitter."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where every kept row of a log lies on the recording's sample grid.

    Attributes:
        rate_hz: samples per second of the sampling clock, in seconds of the stamps' clock.
        start_s: instant of sample 0 on the stamps' clock.
        index: sample number of each kept row, increasing, shape (k,); numbers left out were lost.
        rows: position in the log of each kept row, shape (k,).
        stamps: "device" (judged by medians) or "arrival" (judged by the lower envelope).
        lost: samples that are missing between the first row and the last.
        repeated: rows dropped because they repeat others.
        spread_s: half of the range that holds 90 % of stamp minus rebuilt time.
    """

    rate_hz: float
    start_s: float
    index: IntArray
    rows: IntArray
    stamps: Literal["device", "arrival"]
    lost: int
    repeated: int
    spread_s: float


def rebuild(stamps_s: FloatArray, values: FloatArray | None = None) -> Grid:
    """Find rate, start and sample numbers from logged time stamps.

    Args:
        stamps_s: one time stamp a row, seconds, finite, shape (n,), n >= 10.
        values: what was logged beside them, shape (n, m): rows that repeat are dropped.

    Raises:
        ValueError: fewer than ten rows, a stamp is not finite, the stamps do not advance, or they step
            back by more than a second.
    """
    stamps_s = np.asarray(stamps_s, dtype=np.float64)
    if len(stamps_s) < 10:
        raise ValueError(f"{len(stamps_s)} rows are too few to tell a rate")
    if not np.isfinite(stamps_s).all():
        raise ValueError("a time stamp is not a number")
    keep = np.ones(len(stamps_s), dtype=bool) if values is None else ~repeats(stamps_s, values)
    rows = np.flatnonzero(keep)
    stamps = stamps_s[rows] - stamps_s[0]
    _refuse_backwards(stamps, rows)
    arrival, unit = _kind(stamps)
    anchors = _burst_ends(stamps) if arrival else np.arange(len(stamps))
    at, when = anchors.astype(np.float64), stamps[anchors]
    period = _period(at, when, unit, lag=max(16, len(anchors) // 64) if arrival else 16)
    for _ in range(2):
        lost = _lost(at, when / period - at, period, arrival, unit)
        period, start = (_envelope if arrival else _line)(at + lost, when)
    index = np.arange(len(stamps)) + _per_row(lost, anchors, len(stamps))
    fresh = np.diff(np.maximum.accumulate(index), prepend=-1) > 0
    index, rows = index[fresh], rows[fresh]
    late = stamps_s[rows] - stamps_s[0] - start - index * period
    low, high = np.quantile(late, [0.05, 0.95])
    return Grid(
        rate_hz=float(1.0 / period),
        start_s=float(stamps_s[0] + start + index[0] * period),
        index=(index - index[0]).astype(np.int64),
        rows=rows,
        stamps="arrival" if arrival else "device",
        lost=int(index[-1] - index[0] + 1 - len(index)),
        repeated=len(stamps_s) - len(rows),
        spread_s=float(high - low) / 2,
    )


def repeats(stamps_s: FloatArray, values: FloatArray) -> BoolArray:
    """Rows that only repeat the rows before them: packets delivered twice, samples written twice.

    A run of 3 to 20 rows equal to the run before it is a packet that came twice. A single equal row is a
    repeat when its stamp is the same, or when equal neighbours are so rare in the recording that the
    sensor's noise does not make them. Shape (n,), True = drop.
    """
    same = [_equal_at(values, lag) for lag in (1, *range(3, LONGEST_PACKET + 1))]
    alike = same[0]
    drop = np.zeros(len(values), dtype=bool)
    for lag, equal in zip(range(3, LONGEST_PACKET + 1), same[1:], strict=True):
        run = _run_length(equal & ~drop)
        for end in np.flatnonzero(run == lag):
            block = slice(end - lag + 1, end + 1)
            if not drop[block].any() and not alike[end - lag + 2 : end + 1].all():
                drop[block] = True
    single = alike & ~drop
    if single.mean() > 0.01:
        single &= np.diff(stamps_s, prepend=-np.inf) == 0
    return drop | single


def _equal_at(values: FloatArray, lag: int) -> BoolArray:
    equal = np.zeros(len(values), dtype=bool)
    equal[lag:] = (values[lag:] == values[:-lag]).all(axis=1)
    return equal


def _run_length(flags: BoolArray) -> IntArray:
    """For every position, how many True end there in a row."""
    position = np.arange(len(flags))
    return position - np.maximum.accumulate(np.where(flags, -1, position))


def _refuse_backwards(stamps: FloatArray, rows: IntArray) -> None:
    step = np.diff(stamps)
    if step.min() < -BACKWARDS_S:
        where = int(step.argmin())
        raise ValueError(f"time steps back by {-step[where]:.3f} s between data rows {rows[where] + 1} and {rows[where + 1] + 1}")
    if not stamps[-1] > stamps[0]:
        raise ValueError("the time stamps do not advance")


def _kind(stamps: FloatArray) -> tuple[bool, int]:
    """Whether the stamps are arrivals, and in what portions samples arrive (and are lost)."""
    lag = min(256, len(stamps) // 4)
    period = float(np.median(stamps[lag:] - stamps[:-lag])) / lag
    step = np.diff(stamps)
    if np.mean(step < 0.25 * period) > 0.35:
        size = np.diff(_burst_ends(stamps))
        return True, max(1, int(np.median(size)))
    window = max(16, round(2.0 / period))
    usable = len(stamps) // window * window
    if usable == 0:
        return False, 1
    late = (stamps[:usable] - np.arange(usable) * period).reshape(-1, window)
    late = late - np.linspace(0, 1, window) * (late[:, -1:] - late[:, :1]) * 0
    late = late - np.median(late, axis=1, keepdims=True)
    spread = float(np.median(np.quantile(late, 0.95, axis=1) - np.quantile(late, 0.05, axis=1)))
    flat = np.clip(late, -spread, spread)
    kinship = float(np.mean(flat[:, 1:] * flat[:, :-1]) / (np.mean(flat**2) + 1e-30))
    if spread > 0.012 and kinship > 0.5:
        return True, max(1, round(spread / period))
    return False, 1


def _burst_ends(stamps: FloatArray) -> IntArray:
    """The last row of every burst: the one whose arrival is closest to its instant."""
    mean = (stamps[-1] - stamps[0]) / (len(stamps) - 1)
    return np.flatnonzero(np.append(np.diff(stamps) > 0.25 * mean, True))


def _period(at: FloatArray, when: FloatArray, unit: int, lag: int) -> float:
    """Seconds a sample, from slopes over longer and longer spans: each makes the next one's losses countable."""
    lag = min(lag, len(at) // 3)
    period = float(np.median((when[lag:] - when[:-lag]) / (at[lag:] - at[:-lag])))
    while True:
        span, rows = when[lag:] - when[:-lag], at[lag:] - at[:-lag]
        count = rows + unit * np.round((span / period - rows) / unit)
        good = count > 0
        period = float(np.median(span[good] / count[good]))
        if lag * 2 > len(at):
            return period
        lag *= 2


def _lost(at: FloatArray, late: FloatArray, period: float, arrival: bool, unit: int) -> FloatArray:
    """Samples lost before each anchor, from where lateness (in samples) rises and stays. Shape of ``at``."""
    lost = np.zeros(len(late))
    per_second = len(late) / ((at[-1] - at[0]) * period)
    if arrival:
        scales = [max(4, round(seconds * per_second)) for seconds in (1.0, 3.0)]
        least = max(1.5, 0.5 * unit)
    else:
        scales = [4, 16, 64]
        least = 0.6
    for scale in scales:
        if 2 * scale >= len(late):
            break
        for _ in range(8):
            found = _steps(late - lost, scale, least, arrival)
            if not found.any():
                break
            lost += np.cumsum(found)
    return lost


def _steps(late: FloatArray, scale: int, least: float, arrival: bool) -> FloatArray:
    """Whole-number steps of the level of ``late`` that stand out from its noise at this scale."""
    windows = np.lib.stride_tricks.sliding_window_view(late, scale)
    level = windows.min(axis=1) if arrival else np.median(windows, axis=1)
    rise = level[scale:] - level[:-scale]
    noise = 1.4826 * float(np.median(np.abs(rise - np.median(rise))))
    limit = max(least, 5 * noise)
    steps = np.zeros(len(late))
    high = rise > limit
    if not high.any():
        return steps
    edges = np.flatnonzero(np.diff(high, prepend=False, append=False))
    jump = np.diff(late)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        top = rise[first:last]
        best = first + np.flatnonzero(top >= 0.7 * top.max())
        where = int(best[np.argmax(jump[best + scale - 1])])
        steps[where + scale] = max(1.0, np.round(rise[where]))
    return steps


def _per_row(lost: FloatArray, anchors: IntArray, rows: int) -> IntArray:
    """Spread the anchors' losses over all rows: a burst takes the loss of its end."""
    return lost[np.searchsorted(anchors, np.arange(rows)).clip(max=len(anchors) - 1)].astype(np.int64)


def _line(index: FloatArray, when: FloatArray) -> tuple[float, float]:
    """Period and start of device stamps: a straight line through the bulk of them."""
    good = np.ones(len(index), dtype=bool)
    for _ in range(3):
        slope, start = np.polyfit(index[good], when[good], 1)
        off = when - start - slope * index
        off -= np.median(off[good])
        good = np.abs(off) <= max(4 * 1.4826 * float(np.median(np.abs(off[good]))), 1e-9)
    return float(slope), float(np.median(when - slope * index))


def _envelope(index: FloatArray, when: FloatArray) -> tuple[float, float]:
    """Period and start of arrivals: a straight line along the earliest of every stretch."""
    rough = np.polyfit(index, when, 1)[0]
    late = when - rough * index
    stretches = max(4, min(60, len(index) // 12))
    cuts = np.linspace(0, len(index), stretches + 1).astype(int)
    first = np.array([a + int(np.argmin(late[a:b])) for a, b in zip(cuts[:-1], cuts[1:], strict=True)])
    slope, _ = _line(index[first], when[first])
    return slope, float(np.quantile(when - slope * index, 0.02))
