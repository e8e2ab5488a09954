"""What is inside a sensor that does not exist: a clock, numbered samples, a buffer, and faults that are asked for.

Nothing here knows of Bluetooth; :mod:`imu.virtual_sensor` puts it on the air.

It does what ``firmware_protocol/c/kb_sensor.c`` does: a sensor that was started samples until STOP, whether anybody
listens or not. What a trace has lost (a row of NaN) is lost in the sensor: it is counted, never sent, and the next
packet says overflow. When the trace is over, its last row is held, as by a leg that rests. The trace plays on while
the sensor pauses or starts anew, as a leg moves on.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from firmware_protocol import wire
from firmware_protocol.control import Backfill, Start
from imu.blocks import Recording
from imu.units import G0_MPS2
from imu.virtual_truth import Boot, Faults, Run, Span

ACC_RANGES_G = (2, 4, 8, 16)
GYR_RANGES_DPS = (125, 250, 500, 1000, 2000)
"""Full scales of the sensor chip; these are those of an LSM6DS3TR-C (its data sheet, table 3)."""
LATENCY_MS = 50
"""Longest wait of a sample when START does not say; ble_streaming.md's default."""
WAITING = 256
"""Samples that may wait for the link; older ones are given up from the stream and left to the back-fill (KB_RECENT)."""
ORDERS = 4
"""Back-fills that may wait for each other (KB_RANGES)."""


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
        self.lost = np.asarray(np.isnan(self.rows).any(axis=1))
        self.faults, self.buffer_s, self.loop = faults, buffer_s, loop
        self.lives: list[Boot] = []
        self.first_start_ns: int | None = None
        self.sampling = self.streaming = False
        self.wanted: list[Span] = []
        self.last_first = 0
        self._oldest = self._next = 0
        self._overflow = self._changed = False
        self._reset()

    @property
    def now(self) -> Boot:
        """The life that it is in."""
        return self.lives[-1]

    def _reset(self) -> None:
        self.latency_us = LATENCY_MS * 1000
        self._scale(16, 2000)

    def _scale(self, acc_range_g: int, gyr_range_dps: int) -> None:
        """Take full scales; what is beyond them is clipped, as a chip does."""
        self.ranges = (acc_range_g, gyr_range_dps)
        full = (acc_range_g * G0_MPS2, math.radians(gyr_range_dps))
        self.acc_lsb_nmps2, self.gyr_lsb_nradps = (round(each / 32768 * 1e9) for each in full)
        steps = np.repeat([self.acc_lsb_nmps2 * 1e-9, self.gyr_lsb_nradps * 1e-9], 3)
        self.counts = np.clip(np.rint(np.nan_to_num(self.rows) / steps), -32768, 32767).astype(np.int16)

    def boot(self, now_ns: int) -> None:
        """Start anew: another id, a clock at zero, nothing sampled, nothing kept; what waited is lost."""
        if self.lives:
            self.take(now_ns)
            self._pass_over(self.now.taken)
        boot = (self.faults.seed * 7919 + 1 + len(self.lives)) % 65536
        self.lives.append(Boot(boot, now_ns, self.rate_hz, self.faults.skew_ppm))
        self.sampling = self._changed = False
        self._oldest = self._next = 0
        self.hang_up()
        self._reset()

    def hang_up(self) -> None:
        """The link is gone: nothing is streamed, nothing is ordered. Sampling goes on."""
        self.streaming = self._overflow = False
        self.wanted.clear()

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
        """Send from the next sample on, whose number is returned. The rate is the trace's, whatever was asked."""
        self.take(now_ns)
        acc, gyr = self.ranges
        acc = nearest(ACC_RANGES_G, asked.acc_range_g) if asked.acc_range_g else acc
        gyr = nearest(GYR_RANGES_DPS, asked.gyr_range_dps) if asked.gyr_range_dps else gyr
        life = self.now
        if (acc, gyr) != self.ranges:
            self._scale(acc, gyr)
            self._changed = True
        if self._changed or not self.sampling:
            self._pass_over(life.taken)
            self._oldest = life.taken
            self.wanted.clear()
        if asked.latency_ms:
            self.latency_us = asked.latency_ms * 1000
        if self.first_start_ns is None:
            self.first_start_ns = now_ns
        if not self.sampling:
            row = round((now_ns - self.first_start_ns) * 1e-9 * self.rate_hz)
            life.runs.append(Run(life.taken, life.clock_us(now_ns), row))
        if not self.streaming:
            self._pass_over(life.taken)
            self._overflow = False
        self.sampling = self.streaming = True
        return life.taken

    def _pass_over(self, stop: int) -> None:
        """Leave what waits, up to ``stop``, to the back-fill."""
        if self._next < stop:
            self.now.missed.add(self._next, stop - self._next)
            self._next, self._overflow = stop, True

    def stop(self, now_ns: int) -> None:
        """Sample no more. What waits is still sent, at once, and then the stream is over."""
        self.take(now_ns)
        self.sampling = False

    def take(self, now_ns: int) -> None:
        """Sample up to now."""
        if not self.sampling:
            return
        life = self.now
        run = life.runs[-1]
        due = run.first + int((life.clock_us(now_ns) - run.begun_us) * 1e-6 * self.rate_hz + 1.01)
        while due > life.taken and life.at_ns(due - 1) > now_ns:  # the last may be to come
            due -= 1
        life.taken = max(life.taken, due)
        self._oldest = max(self._oldest, life.taken - int(self.buffer_s * self.rate_hz))

    def row(self, index: int, life: Boot | None = None) -> int:
        """The trace's row that a sample is."""
        run = (life or self.now).run(index)
        row = run.row + index - run.first
        return row % len(self.rows) if self.loop else min(row, len(self.rows) - 1)

    def sample(self, index: int) -> wire.Sample | None:
        """A sample of this life; None where the trace has lost it."""
        row = self.row(index)
        if self.lost[row]:
            return None
        ax, ay, az, gx, gy, gz = (int(value) for value in self.counts[row])
        return ax, ay, az, gx, gy, gz

    def _unbroken(self, first: int, stop: int) -> list[wire.Sample]:
        """The samples from ``first`` on, up to the next that the trace has lost."""
        found = []
        for index in range(first, stop):
            sample = self.sample(index)
            if sample is None:
                break
            found.append(sample)
        return found

    def due_ns(self, most: int) -> int:
        """When the next packet of the stream is to go: it is full, or its first sample has waited long enough."""
        if not self.sampling:
            return 0
        life = self.now
        return min(life.at_ns(self._next + most - 1), life.at_ns(self._next) + self.latency_us * 1000)

    def packet(self, now_ns: int, most: int) -> wire.DataPacket | None:
        """The next packet of the stream, of at most so many samples; None when none is due.

        After it, ``last_first`` is the whole number of its first sample.
        """
        self.take(now_ns)
        life = self.now
        if not self.streaming:
            return None
        self._pass_over(life.taken - WAITING)
        while self._next < life.taken and self.sample(self._next) is None:
            self._pass_over(self._next + 1)
        if self._next >= life.taken:
            self.streaming = self.sampling
            return None
        samples = self._unbroken(self._next, min(self._next + most, life.taken))
        broken = self._next + len(samples) < life.taken
        if not broken and now_ns < self.due_ns(most):
            return None
        first, self._next = self._next, self._next + len(samples)
        packet = wire.DataPacket(
            first % 2**16, life.at_us(first) % 2**32, tuple(samples), self._overflow, self._changed
        )
        self.last_first = first
        self._overflow = self._changed = False
        return packet

    def promise(self, asked: Backfill, now_ns: int) -> Span | None:
        """Take an order for samples again: what is kept of them; None: nothing is, or too many orders wait."""
        self.take(now_ns)
        first = max(asked.first, self._oldest)
        length = min(asked.first + asked.count, self.now.taken) - first
        if length <= 0 or len(self.wanted) >= ORDERS:
            return None
        self.wanted.append((first, length))
        return first, length

    def again(self, most: int) -> wire.BackfillPacket | None:
        """The next packet of what was ordered again, None when all of it has gone. What is lost is passed over."""
        while self.wanted:
            first, length = self.wanted.pop(0)
            skip = min(max(0, self._oldest - first), length)
            while skip < length and self.sample(first + skip) is None:
                skip += 1
            samples = self._unbroken(first + skip, min(first + skip + most, first + length))
            used = skip + len(samples)
            if used < length:
                self.wanted.insert(0, (first + used, length - used))
            if samples:
                return wire.BackfillPacket((first + skip) % 2**32, tuple(samples))
        return None

    def played_out(self, now_ns: int) -> bool:
        """Whether the trace has been played to its end; never, when it goes round and round."""
        if self.loop or self.first_start_ns is None:
            return False
        return (now_ns - self.first_start_ns) * 1e-9 * self.rate_hz >= len(self.rows)
