"""The samples that may still be needed, with their orientation; memory that does not grow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.orientation import BoolArray, over_window, up_in_sensor
from imu.blocks import FloatArray

REST_BIAS_DPS = 0.5
"""How far the causal filter's bias may still be off: VQF's ``biasSigmaInit`` for the second run."""
AFTER_GAP_S = 5.0
"""The causal orientation may be off for this long behind a gap: VQF's time constant is 3 s."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Consecutive samples with their orientation.

    Attributes:
        start: index of the first sample. rate_hz: samples per second.
        acc: (n, 3) m/s². gyr: (n, 3) rad/s, bias removed. quat: (n, 4) sensor to earth.
        up: (n, 3) upward direction in the sensor's frame. lost: (n,) True where not measured.
    """

    start: int
    rate_hz: float
    acc: FloatArray
    gyr: FloatArray
    quat: FloatArray
    up: FloatArray
    lost: BoolArray

    def __len__(self) -> int:
        return len(self.acc)

    @property
    def stop(self) -> int:
        """Index just behind the last sample."""
        return self.start + len(self)

    def part(self, first: int, last: int) -> Window:
        """The samples ``[first, last)`` by session index, as far as they are here."""
        i = min(max(first - self.start, 0), len(self))
        j = min(max(last - self.start, i), len(self))
        cut = slice(i, j)
        return Window(
            self.start + i, self.rate_hz, self.acc[cut], self.gyr[cut], self.quat[cut], self.up[cut], self.lost[cut]
        )

    def filled(self) -> Window:
        """The same with long gaps interpolated, for filters that cannot bear NaN; ``lost`` still tells them."""
        if not np.isnan(self.up[:, 0]).any():
            return self
        good = np.flatnonzero(~np.isnan(self.up[:, 0]))
        if not len(good):
            return self
        at = np.arange(len(self))

        def fill(values: FloatArray) -> FloatArray:
            return np.stack([np.interp(at, good, column[good]) for column in values.T], axis=1)

        return Window(self.start, self.rate_hz, fill(self.acc), fill(self.gyr), self.quat, fill(self.up), self.lost)

    def reworked(self) -> Window:
        """The same samples with the orientation estimated forwards and backwards over the whole window."""
        quat, bias = over_window(self.acc, self.gyr, self.rate_hz, REST_BIAS_DPS)
        return Window(self.start, self.rate_hz, self.acc, self.gyr - bias, quat, up_in_sensor(quat), self.lost)


class Track:
    """A sliding store of the newest samples: appends in place, forgets what it is told to."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self.base = 0
        self.count = 0
        self.data = np.empty((1024, 13))
        self.lost = np.empty(1024, bool)

    @property
    def stop(self) -> int:
        """Index just behind the newest sample."""
        return self.base + self.count

    def append(self, acc: FloatArray, gyr: FloatArray, bias: FloatArray, quat: FloatArray, lost: BoolArray) -> None:
        """Add consecutive samples."""
        need = self.count + len(acc)
        if need > len(self.data):
            size = max(need, 2 * len(self.data))
            data, flags = np.empty((size, 13)), np.empty(size, bool)
            data[: self.count], flags[: self.count] = self.data[: self.count], self.lost[: self.count]
            self.data, self.lost = data, flags
        new = slice(self.count, need)
        self.data[new, 0:3], self.data[new, 3:6], self.data[new, 6:9], self.data[new, 9:13] = acc, gyr, bias, quat
        self.lost[new] = lost
        self.count = need

    def forget(self, before: int) -> None:
        """Drop samples before index ``before``; done only when it is worth a copy."""
        drop = min(before - self.base, self.count)
        if drop < max(4096, self.count // 2):
            return
        self.data[: self.count - drop] = self.data[drop : self.count]
        self.lost[: self.count - drop] = self.lost[drop : self.count]
        self.base, self.count = self.base + drop, self.count - drop

    def window(self, first: int, last: int) -> Window:
        """The samples ``[first, last)`` as far as they are kept, as copies; gyroscope without bias."""
        i = min(max(first - self.base, 0), self.count)
        j = min(max(last - self.base, i), self.count)
        data = self.data[i:j].copy()
        quat = data[:, 9:13]
        return Window(
            self.base + i,
            self.rate_hz,
            data[:, 0:3],
            data[:, 3:6] - data[:, 6:9],
            quat,
            up_in_sensor(quat),
            self.lost[i:j].copy(),
        )

    def settled(self, first: int, last: int, newest: int) -> Window:
        """Like :meth:`window`, but where a gap lies within or shortly before, the orientation is reworked.

        The causal filter starts anew behind a gap, in mid-movement perhaps; what came since, up to ``newest``,
        tells better where the leg was.
        """
        early = first - round(AFTER_GAP_S * self.rate_hz)
        quat = self.quaternions(max(early, self.base), last, 1)
        if not np.isnan(quat[:, 0]).any():
            return self.window(first, last)
        return self.raw(early, newest).reworked().part(first, last)

    def quaternions(self, first: int, last: int, stride: int) -> FloatArray:
        """Every ``stride``-th quaternion of the samples ``[first, last)``, kept ones only, as far as they have come."""
        stop = min(last - self.base, self.count)
        return self.data[first - self.base : stop : stride, 9:13]

    def raw(self, first: int, last: int) -> Window:
        """Like :meth:`window`, but less the newest bias only; :meth:`Window.reworked` finds what is left of it."""
        i = min(max(first - self.base, 0), self.count)
        j = min(max(last - self.base, i), self.count)
        data = self.data[i:j].copy()
        known = data[~np.isnan(data[:, 6]), 6:9]
        gyr = data[:, 3:6] - known[-1] if len(known) else data[:, 3:6]
        up = np.full((j - i, 3), np.nan)
        return Window(self.base + i, self.rate_hz, data[:, 0:3], gyr, data[:, 9:13], up, self.lost[i:j].copy())
