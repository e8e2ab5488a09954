"""What is inside a sensor that does not exist: a clock, numbered samples, a buffer, and faults that are asked for.

Nothing here knows of Bluetooth; :mod:`imu.virtual_sensor` puts it on the air.

A sensor that was started once keeps sampling until it starts anew: sample ``index`` is taken at the same instant of
its clock whether anybody listens or not. What a trace has lost (a row of NaN) is lost in the sensor: it is counted,
never sent, and the next packet says overflow. When the trace is over, its last row is held, as by a leg that rests.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from firmware_protocol import wire
from firmware_protocol.control import Backfill, Start
from imu.blocks import Recording
from imu.units import G0_MPS2
from imu.virtual_truth import Boot, Faults, Span

ACC_RANGES_G = (2, 4, 8, 16)
GYR_RANGES_DPS = (125, 250, 500, 1000, 2000)
"""Full scales of the sensor chip; these are those of an LSM6DS3TR-C (its data sheet, table 3)."""
LATENCY_MS = 50
"""Longest wait of a sample when START does not say; ble_streaming.md's default."""
QUEUE_S = 4.0
"""Samples that wait longer than this for the link are given up from the stream; the back-fill still has them."""


def nearest(choices: tuple[int, ...], asked: int) -> int:
    """The smallest full scale that holds what is asked, else the largest there is."""
    return next((each for each in choices if each >= asked), choices[-1])


def at_rate(recording: Recording, rate_hz: float | None) -> tuple[npt.NDArray[np.float64], float]:
    """Six columns (m/s², rad/s), shape (n, 6), and their rate: the recording's own, or interpolated to another one."""
    rows = np.hstack([recording.block.acc_mps2, recording.block.gyr_radps])
    if rate_hz is None or abs(rate_hz - recording.rate_hz) < 1e-9:
        return rows, recording.rate_hz
    new = np.arange(0, (len(rows) - 1) / recording.rate_hz, 1 / rate_hz)
    old = np.arange(len(rows)) / recording.rate_hz
    return np.column_stack([np.interp(new, old, column) for column in rows.T]), rate_hz


class VirtualDevice:
    """A sensor without its radio. Times are the host's monotonic clock in nanoseconds, given by the caller.

    Raises:
        ValueError: the recording has no samples.
    """

    def __init__(self, recording: Recording, rate_hz: float | None, faults: Faults, buffer_s: int, loop: bool) -> None:
        if not len(recording):
            raise ValueError("a virtual sensor needs a recording with samples")
        self.rows, self.rate_hz = at_rate(recording, rate_hz)
        self.faults, self.buffer_s, self.loop = faults, buffer_s, loop
        self.lives: list[Boot] = []
        self.first_start_ns: int | None = None
        self.streaming = False
        self.wanted: list[Span] = []
        self.latency_us = LATENCY_MS * 1000
        self._scale(16, 2000)
        self._next = 0
        self._overflow = self._changed = False

    @property
    def now(self) -> Boot:
        """The life that it is in."""
        return self.lives[-1]

    def _scale(self, acc_range_g: int, gyr_range_dps: int) -> None:
        """Take full scales; what is beyond them is clipped, as a chip does."""
        self.ranges = (acc_range_g, gyr_range_dps)
        full = (acc_range_g * G0_MPS2, math.radians(gyr_range_dps))
        self.acc_lsb_nmps2, self.gyr_lsb_nradps = (round(each / 32768 * 1e9) for each in full)
        steps = np.repeat([self.acc_lsb_nmps2 * 1e-9, self.gyr_lsb_nradps * 1e-9], 3)
        self._lost = np.isnan(self.rows).any(axis=1)
        counts = np.rint(np.nan_to_num(self.rows) / steps)
        self._counts = np.clip(counts, -32768, 32767).astype(np.int16)

    def boot(self, now_ns: int) -> None:
        """Start anew: another id, a clock at zero, nothing sampled, nothing sent."""
        first = (self.faults.seed * 7919 + 1) % 65536
        boot = (first + len(self.lives)) % 65536
        self.lives.append(Boot(boot, now_ns, self.rate_hz, self.faults.skew_ppm))
        self.streaming = self._overflow = self._changed = False
        self.wanted.clear()
        self._scale(16, 2000)

    def info(self) -> wire.Info:
        """What the info characteristic says."""
        return wire.Info(
            minor=wire.MINOR,
            sensor=0,
            rate_hz=max(1, round(self.rate_hz)),
            acc_range_g=self.ranges[0],
            gyr_range_dps=self.ranges[1],
            acc_lsb_nmps2=self.acc_lsb_nmps2,
            gyr_lsb_nradps=self.gyr_lsb_nradps,
            buffer_s=self.buffer_s,
            boot=self.now.boot,
        )

    def start(self, asked: Start, now_ns: int) -> int:
        """Begin to send from the next sample on, which is returned. The rate is the recording's, whatever was asked."""
        self.take(now_ns)
        before = self.ranges
        if asked.acc_range_g or asked.gyr_range_dps:
            acc, gyr = self.ranges
            acc = nearest(ACC_RANGES_G, asked.acc_range_g) if asked.acc_range_g else acc
            gyr = nearest(GYR_RANGES_DPS, asked.gyr_range_dps) if asked.gyr_range_dps else gyr
            self._scale(acc, gyr)
        self._changed = self._changed or self.ranges != before
        if asked.latency_ms:
            self.latency_us = asked.latency_ms * 1000
        if self.first_start_ns is None:
            self.first_start_ns = now_ns
        life = self.now
        if life.begun_us is None:
            life.begun_us = life.clock_us(now_ns)
            life.row = round((now_ns - self.first_start_ns) * 1e-9 * self.rate_hz)
        if not self.streaming:
            self._next, self._overflow, self.streaming = life.taken, False, True
        return life.taken

    def take(self, now_ns: int) -> None:
        """Sample up to now."""
        life = self.now
        if life.begun_us is None:
            return
        due = int((life.clock_us(now_ns) - life.begun_us) * 1e-6 * self.rate_hz + 1)
        while life.at_ns(due - 1) > now_ns:  # rounding may be one ahead
            due -= 1
        life.taken = max(life.taken, due)

    def row(self, index: int) -> int:
        """The trace's row that a sample of this life is."""
        row = self.now.row + index
        return row % len(self.rows) if self.loop else min(row, len(self.rows) - 1)

    def sample(self, index: int) -> wire.Sample | None:
        """A sample of this life; None where the trace has lost it."""
        row = self.row(index)
        if self._lost[row]:
            return None
        ax, ay, az, gx, gy, gz = (int(value) for value in self._counts[row])
        return ax, ay, az, gx, gy, gz

    def _run(self, first: int, stop: int) -> list[wire.Sample]:
        """The samples that are there from ``first`` on, up to the next hole."""
        found = []
        for index in range(first, stop):
            sample = self.sample(index)
            if sample is None:
                break
            found.append(sample)
        return found

    def due_ns(self, most: int) -> int:
        """When the next packet is to go: it is full, or its first sample has waited for as long as it may."""
        life = self.now
        late = life.at_ns(self._next) + int(self.latency_us * 1000)
        return min(life.at_ns(self._next + most - 1), late)

    def packet(self, now_ns: int, most: int) -> wire.DataPacket | None:
        """The next packet of the stream of at most so many samples, None when none is due."""
        self.take(now_ns)
        life = self.now
        if not self.streaming:
            return None
        oldest = life.taken - max(1, int(QUEUE_S * self.rate_hz))
        while self._next < life.taken and (self._next < oldest or self.sample(self._next) is None):
            life.missed.add(self._next, 1)
            self._next, self._overflow = self._next + 1, True
        if self._next >= life.taken or now_ns < self.due_ns(most):
            return None
        samples = self._run(self._next, min(self._next + most, life.taken))
        first, self._next = self._next, self._next + len(samples)
        made = wire.DataPacket(first % 2**16, life.at_us(first) % 2**32, tuple(samples), self._overflow, self._changed)
        self.last_first = first
        self._overflow = self._changed = False
        return made

    def promise(self, asked: Backfill, now_ns: int) -> Span | None:
        """Take an order for samples again: what will come of it, None when nothing is kept of them."""
        self.take(now_ns)
        life = self.now
        kept = max(0, life.taken - int(self.buffer_s * self.rate_hz))
        first, stop = max(asked.first, kept), min(asked.first + asked.count, life.taken)
        while first < stop and self.sample(first) is None:
            first += 1
        while stop > first and self.sample(stop - 1) is None:
            stop -= 1
        if first >= stop:
            return None
        self.wanted.append((first, stop - first))
        return first, stop - first

    def again(self, most: int) -> wire.BackfillPacket | None:
        """The next packet of what was ordered again, None when all of it has gone."""
        while self.wanted:
            first, length = self.wanted.pop(0)
            kept = max(0, self.now.taken - int(self.buffer_s * self.rate_hz))
            skip = min(max(0, kept - first), length)
            while skip < length and self.sample(first + skip) is None:
                skip += 1
            samples = self._run(first + skip, min(first + skip + most, first + length))
            used = skip + len(samples)
            if used < length:
                self.wanted.insert(0, (first + used, length - used))
            if samples:
                return wire.BackfillPacket(first + skip, tuple(samples))
        return None

    def played_out(self, now_ns: int) -> bool:
        """Whether the trace has been played to its end (never, when it goes round and round)."""
        self.take(now_ns)
        life = self.now
        return not self.loop and life.begun_us is not None and life.row + life.taken >= len(self.rows)
