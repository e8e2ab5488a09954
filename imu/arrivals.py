"""Stamps that are arrivals of packets at a host: telling them, and counting the packets that did not arrive."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from imu.beat import find_beats, phase
from imu.blocks import FloatArray
from imu.steps import line, lost_before, quantum, regular, slope

IntArray = npt.NDArray[np.int64]

CLEAR_S = 0.003
"""Steps between packets that a host spread out are off by more than this, now and then: arrivals lie on connection
events at least 7.5 ms apart (Bluetooth Core 5.4, vol. 6, part B, 4.5.1)."""

EVEN_S = 0.0005
"""Steps within a packet that a host spread out differ by less than this (millisecond stamps included)."""

LEAST_PACKETS = 8
"""Fewer packets than this are not judged as arrivals."""


def burst_ends(stamps: FloatArray) -> IntArray:
    """The last row of every burst if the stamps are arrivals of bursts, else nothing."""
    step = np.diff(stamps)
    mean = (stamps[-1] - stamps[0]) / len(step)
    together = step < 0.25 * mean
    between = np.mean((step >= 0.25 * mean) & (step < 1.25 * mean))
    if together.mean() < 0.45 or between > 0.15:
        return np.zeros(0, dtype=np.int64)
    if together.mean() < 0.6 and np.median(step[~together]) < 1.5 * quantum(stamps):
        return np.zeros(0, dtype=np.int64)  # pairs of rows with one stamp: a device's, but coarse
    return np.flatnonzero(np.append(~together, True))


def spread_ends(stamps: FloatArray) -> IntArray:
    """The last row of every packet if a host spread packets evenly backwards from their arrivals, else nothing.

    Within a packet the steps are all alike; from one packet to the next they are shorter or longer.
    A loss makes them longer only, and the jitter of a device makes odd steps come in pairs.
    """
    step = np.diff(stamps)
    usual = float(np.median(step))
    grain = quantum(stamps)
    rounding = 1.01 * grain if EVEN_S < grain < 0.6 * usual else 0.0
    even = np.abs(step - usual) <= max(rounding, min(0.05 * usual, EVEN_S))
    if not 0.5 <= even.mean() <= 0.96 or step[~even].max() <= 0:
        return np.zeros(0, dtype=np.int64)
    odd = ~even & (step > 0)
    if np.mean(odd[1:] & odd[:-1]) > 0.25 * np.mean(odd):
        return np.zeros(0, dtype=np.int64)
    off = step[~even] - usual
    clear = max(CLEAR_S, 1.5 * rounding)
    if np.mean(off < -clear) < 0.2 or np.mean(off[step[~even] > 0] > clear) < 0.05:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.append(~even, True) & np.insert(even, 0, False))


def from_arrivals(ends: IntArray, when: FloatArray, stamps: FloatArray) -> tuple[IntArray, float, float]:
    """Sample numbers, period and start from the arrivals of packets, whose last rows are ``ends``."""
    sizes = np.diff(ends, prepend=-1)
    size = _packet_size(sizes)
    second = len(when) / (when[-1] - when[0])
    whole = sizes % size == 0
    counts: list[FloatArray] = []
    if whole.mean() > 0.7:
        packets = np.cumsum(np.round(sizes / size))[whole]
        rough = slope(ends.astype(np.float64), when, 16, share=0.35) * size
        beats = find_beats(when, rough, within=0.08, first=2048)
        counts = [
            count
            for beat in beats
            if beat.significant
            and (count := _count(packets, when[whole] / beat.period, round(3.0 * second))) is not None
        ]
    if counts:
        ends, when = ends[whole], when[whole]
        last = size * min(counts, key=lambda count: float(count[-1]))
    else:
        last = ends + lost_before(ends.astype(np.float64), when, max(1.5 + size, 0.25 * len(stamps) / stamps[-1]))
    period, start = _envelope(last, when, max(4, round(2.0 * second)))
    return _every_row(ends, last - ends, size, (stamps - start) / period), period, start


def _every_row(ends: IntArray, lost: FloatArray, size: int, turns: FloatArray) -> IntArray:
    """Sample numbers of all rows. Rows of a packet that is not whole go with the neighbour that fits their stamps."""
    rows = np.arange(len(turns))
    after = np.searchsorted(ends, rows).clip(max=len(ends) - 1)
    before = np.maximum(after - 1, 0)
    closer = np.abs(turns - rows - lost[before]) < np.abs(turns - rows - lost[after])
    packet = np.where((rows <= ends[after] - size) & closer, before, after)
    return np.asarray(rows + lost[packet], dtype=np.int64)


def _count(packets: FloatArray, turns: FloatArray, ahead: int) -> FloatArray | None:
    """Numbers of the packets, the lost ones counted, from when they came in periods of the beat.

    A packet that is late by more than a period does not count for a loss while one of the next ``ahead`` is
    in time. None when the packets come faster than the beat, or the losses are as regular as a beat between
    two clocks: then it is not theirs.
    """
    late = turns - packets
    late = late - phase(late, 256)
    late -= _onset(late)
    lost = np.maximum.accumulate(_least_ahead(np.floor(late), max(4, ahead)))
    if float(np.min(late - lost)) < -1.0 or regular(np.flatnonzero(np.diff(lost))):
        return None
    return np.asarray(packets + lost)


def _packet_size(sizes: IntArray) -> int:
    """The largest number of rows of which nearly all bursts hold one or more."""
    values, counts = np.unique(sizes, return_counts=True)
    for value in values[np.argsort(-values)]:
        if value > 1 and counts[values % value == 0].sum() > 0.7 * counts.sum():
            return int(value)
    return int(np.median(sizes))


def _onset(late: FloatArray) -> float:
    """Where on the circle the delays begin: just before their density rises most."""
    bins = 40
    density = np.bincount((np.mod(late, 1.0) * bins).astype(int) % bins, minlength=bins).astype(float)
    ahead = sum(np.roll(density, -i) for i in range(bins // 4))
    behind = sum(np.roll(density, i) for i in range(1, bins // 4 + 1))
    return (int(np.argmax(ahead - behind)) - bins // 10) / bins


def _least_ahead(values: FloatArray, width: int) -> FloatArray:
    """The least of each value and the ``width - 1`` after it."""
    padded = np.append(values, np.full(width - 1, np.inf))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, width).min(axis=1))


def _envelope(index: FloatArray, when: FloatArray, stretch: int) -> tuple[float, float]:
    """Period and start of arrivals: a straight line along the earliest of every stretch of anchors."""
    period = slope(index, when, len(index) // 2)
    cuts = np.linspace(0, len(index), max(4, len(index) // stretch) + 1).astype(int)
    for _ in range(2):
        late = when - period * index
        first = np.array([a + int(np.argmin(late[a:b])) for a, b in itertools.pairwise(cuts)])
        period, _ = line(index[first], when[first])
    return period, float(np.quantile(when - period * index, 0.005))
