"""How fast a stream is, told from its first packets by their clock, or by their arrivals where there is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from firmware_protocol.packet import Layout, Packet
from imu.clockfit import ClockFit

CLOCKED_S = 2.0
"""A clock of milliseconds tells a rate to 0.05 % in this, one of microseconds to some millionths."""
BARE_S = 5.0
"""Arrivals whose earliest are off by some milliseconds tell a rate to some tenths of a percent in this."""

MOST_OFF = 2.0
"""A rate that is off the nominal one by more than this factor is none: the sensor's clock jumped meanwhile."""


class Unwrapped:
    """A counter that wraps, as one that does not, in its own unit times ``step``."""

    def __init__(self, step: float, bits: int) -> None:
        self._step, self._size = step, 1 << bits
        self._last: int | None = None
        self.wrap_s = self._size * step

    def _far(self, raw: int) -> int:
        if self._last is None:
            return raw
        return self._last + (raw - self._last + self._size // 2) % self._size - self._size // 2

    def whole(self, raw: int) -> float:
        """The value nearest to the last one."""
        self._last = self._far(raw)
        return self._last * self._step

    def peek(self, raw: int) -> float:
        """The same, and nothing remembered."""
        return self._far(raw) * self._step

    def restart(self, raw: int) -> None:
        """The counter began anew."""
        self._last = raw


def least_s(layout: Layout) -> float:
    """Seconds of stream from which the rate is told: a clock needs few, arrivals more."""
    return CLOCKED_S if layout.tick_s is not None else BARE_S


def measured_rate_hz(layout: Layout, packets: Sequence[tuple[Packet, float]]) -> float | None:
    """Samples a second of one stream, by its own clock where it has one and it makes sense; None while too little came.

    Args:
        layout: of the stream. packets: with their arrivals, of one connection, back-fill left out.
    """
    if len(packets) < 3:
        return None
    if layout.tick_s is None:
        return _by_arrivals(packets, least_s(layout))
    clock = Unwrapped(layout.tick_s, layout.tick_bits)
    at = np.array([clock.whole(packet.ticks or 0) for packet, _ in packets])
    if at[-1] - at[0] < least_s(layout):
        return None
    sizes = np.array([len(packet) for packet, _ in packets])
    if layout.count_bits is not None:
        counts = Unwrapped(1.0, layout.count_bits)
        number = np.array([counts.whole(packet.count or 0) for packet, _ in packets])
        if not np.ptp(number):
            return layout.rate_hz
        return _believed(float(np.polyfit(number - number[0], at - at[0], 1)[0]), layout)
    step = np.diff(at)
    between = sizes[:-1] if packets[0][0].ticks_of == "first" else sizes[1:]
    whole = step < 1.5 * np.median(step / between) * between
    return _believed(float(step[whole].sum() / max(between[whole].sum(), 1)), layout)


def _believed(period_s: float, layout: Layout) -> float:
    """The rate of a measured period, or the nominal one where no sensor of that kind can have such a period."""
    measured = 1.0 / MOST_OFF <= period_s * layout.rate_hz <= MOST_OFF
    return 1.0 / period_s if measured else layout.rate_hz


def _by_arrivals(packets: Sequence[tuple[Packet, float]], least: float) -> float | None:
    """Along the earliest arrivals of each half second."""
    count = np.cumsum([len(packet) for packet, _ in packets]).astype(float)
    at = np.array([when for _, when in packets])
    if at[-1] - at[0] < least:
        return None
    rough = (at[-1] - at[0]) / (count[-1] - count[0])
    fit = ClockFit(most_skew=0.2, least_span_s=0.0)
    for number, when in zip(count.tolist(), at.tolist(), strict=True):
        fit.arrived(number * rough, when)
    line = fit.line
    assert line is not None
    return float(1.0 / (rough * (1.0 + line.skew)))


def first_of(packets: Sequence[tuple[Packet, float]], rate_hz: float) -> float:
    """The instant of a bare stream's first sample by the host's clock: as if the quickest packet had come at once."""
    count = np.cumsum([len(packet) for packet, _ in packets])
    return float(np.min([at for _, at in packets] - (count - 1) / rate_hz))
