"""Acceleration and angular velocity that come in packets of their own, brought to one sample grid.

Both sensors sit on one chip and run at one rate; they differ by a constant shift. The grid is the accelerometer's;
the angular velocity is taken at its instants, between two samples by a straight line (as for files of two sensors).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from firmware_protocol.packet import Layout, Packet
from imu.blocks import FloatArray
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS

MOST_LEAD_S = 2.0
"""One sensor is waited for by the other no longer than this; what it did not send until then is lost."""


def in_si(packet: Packet, layout: Layout | None) -> tuple[FloatArray | None, FloatArray | None]:
    """Acceleration in m/s² and angular velocity in rad/s, shape (n, 3); None where the packet has none of it."""
    assert layout is not None
    acc = None if packet.acc is None else packet.acc * (layout.acc_lsb * ACC_TO_MPS2[layout.acc_unit])
    gyr = None if packet.gyr is None else packet.gyr * (layout.gyr_lsb * GYR_TO_RADPS[layout.gyr_unit])
    return acc, gyr


@dataclass
class Merge:
    """Runs of either sensor in, runs of both out.

    Args:
        rate_hz: samples a second of both.

    Attributes:
        shift: number of the gyro's sample at the accelerometer's sample 0; need not be whole.
    """

    rate_hz: float
    shift: float = 0.0
    _acc: dict[int, tuple[FloatArray, float]] = field(default_factory=dict)
    _gyr: dict[int, FloatArray] = field(default_factory=dict)
    _acc_end: int = 0
    _gyr_end: int = 0
    _next: int = 0

    def put_acc(self, start: int, values: FloatArray, at_s: float) -> None:
        """Acceleration of samples from ``start`` on, shape (n, 3)."""
        for number, row in enumerate(values, start):
            if number >= self._next:
                self._acc[number] = (row, at_s)
        self._acc_end = max(self._acc_end, start + len(values))

    def put_gyr(self, start: int, values: FloatArray) -> None:
        """Angular velocity of samples from ``start`` on, shape (n, 3)."""
        for number, row in enumerate(values, start):
            self._gyr[number] = row
        self._gyr_end = max(self._gyr_end, start + len(values))

    def take(self, last: bool = False) -> list[tuple[int, FloatArray, FloatArray, float]]:
        """The runs that are complete: number of the first sample, acc and gyr, shape (n, 3), and the arrival.

        last: nothing will follow.
        """
        lead = math.inf if last else round(MOST_LEAD_S * self.rate_hz)
        runs: list[list[tuple[int, FloatArray, FloatArray, float]]] = []
        while self._next < self._acc_end:
            if self._next not in self._acc:
                self._next = min(self._acc, default=self._acc_end)
                continue
            low, high = math.floor(self._next + self.shift), math.ceil(self._next + self.shift)
            if high >= self._gyr_end and not last and self._acc_end - self._next < lead:
                break
            acc, low_gyr, high_gyr = self._acc.pop(self._next), self._gyr.get(low), self._gyr.get(high)
            if low_gyr is not None and high_gyr is not None:
                part = self._next + self.shift - low
                row = (self._next, acc[0], low_gyr + part * (high_gyr - low_gyr), acc[1])
                if runs and runs[-1][-1][0] == self._next - 1:
                    runs[-1].append(row)
                else:
                    runs.append([row])
            self._next += 1
            self._forget(low)
        if self._gyr_end - self.shift - self._next > lead:
            self._forget(self._gyr_end - 2 * round(MOST_LEAD_S * self.rate_hz))
        return [_run(rows) for rows in runs]

    def _forget(self, before: int) -> None:
        while self._gyr and (first := next(iter(self._gyr))) < before:
            del self._gyr[first]


def _run(rows: list[tuple[int, FloatArray, FloatArray, float]]) -> tuple[int, FloatArray, FloatArray, float]:
    return rows[0][0], np.array([row[1] for row in rows]), np.array([row[2] for row in rows]), rows[-1][3]
