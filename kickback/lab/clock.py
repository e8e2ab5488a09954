"""When a sample was measured, on a clock on which only its arrival is known."""

from __future__ import annotations

import math

DRIFT = 1e-3
"""So fast, in seconds a second, the offset between the clocks may grow. Sensors' oscillators are off by less than
200 millionths (their data sheets say 20 to 100), and the rate of a session is measured to about a thousandth."""


class ArrivalClock:
    """From a sample's index to seconds of the clock of arrivals.

    A sample comes late, never early: the quickest arrival says most. So the offset is the smallest that any block has
    shown, and it may grow by :data:`DRIFT`, lest a sensor's clock that is slow against its rate be followed by none.
    What remains is the link's shortest delay, the same for all samples. Stamps never go back.

    Args:
        rate_hz: samples a second.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._offset_s = math.nan
        self._seen_s = math.nan
        self._stop = 0

    def arrived(self, start: int, stop: int, now_s: float) -> None:
        """Samples ``[start, stop)`` are there at ``now_s``; ``start`` is not before the last ``stop``."""
        told_s = now_s - (stop - 1) / self.rate_hz
        if math.isnan(self._offset_s):
            self._offset_s = told_s
        else:
            offset_s = min(told_s, self._offset_s + DRIFT * max(now_s - self._seen_s, 0.0))
            room_s = (start - self._stop + 0.5) / self.rate_hz  # half a period behind the last stamp is the earliest
            self._offset_s = max(offset_s, self._offset_s - room_s)
        self._seen_s, self._stop = now_s, stop

    def at(self, index: float) -> float:
        """The instant of a sample, seconds; of none before the first arrival."""
        return self._offset_s + index / self.rate_hz
