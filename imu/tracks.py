"""Where the samples of a packet belong on their stream's own count: told by numbers, by a clock, or by arrivals.

One track a stream. A track is fed with packets in the order of their arrival; it never looks at a clock of its own.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

from firmware_protocol.packet import Layout, Packet
from imu.clockfit import ClockFit
from imu.streamrate import Unwrapped

PAUSE_S = 0.1
"""A sensor's clock that is ahead of its counted samples by more: it did not sample for a while."""
SAME_CLOCK_S = 1.0
"""After a new link a clock that went on as long as the host's, to a second and a hundredth, was not restarted."""
SAME_CLOCK = 0.01
CLOCK_SET_S = 60.0
"""A clock (or numbers) that moved by so much more or less than the host's from one packet to the next: set anew."""
SILENCE_S = 0.3
"""A stream without numbers and clock that was silent for longer may have lost samples, unless a burst follows."""
WATCH_S = 1.0
"""For so long after a silence it is watched whether a burst makes up for it."""
LATE_S = 0.15
"""Lateness that no burst makes up for is a loss; the envelope of BLE arrivals wanders by connection intervals."""
ENVELOPE_S = 10.0
"""The usual lateness is the least of so many seconds, so that a rate that is off by 1 % does not look like a loss."""
ANEW = "sensor started anew"
"""What a gap is called behind which the sensor's clock is another one."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A packet with the number of its first sample on the stream, and what a hole before it would be called."""

    start: int
    packet: Packet
    at_s: float
    why: str = "lost"
    real: bool = True
    """Whether samples exist that would fill the hole."""


class Numbered:
    """Packets with a count and a clock: our own sensor."""

    def __init__(self, layout: Layout, rate_hz: float) -> None:
        assert layout.count_bits is not None and layout.tick_s is not None
        self._layout, self._period_s = layout, 1.0 / rate_hz
        self._clock = Unwrapped(layout.tick_s, layout.tick_bits)
        self._count_clock = Unwrapped(1.0, layout.count_bits)
        self._next: int | None = None
        self._next_s = 0.0
        self._end_s = 0.0
        self._shift = 0
        self._relinked = self._restarted = False

    def relink(self, restarted: bool) -> None:
        """A new connection; ``restarted``: the sensor began anew, its counts and clock are others."""
        self._relinked, self._restarted = True, restarted or self._restarted

    def place(self, packet: Packet, at_s: float, fit: ClockFit) -> list[Placed]:
        """Where it belongs."""
        assert packet.count is not None
        if packet.backfill:
            return self._again(packet, at_s)
        assert packet.ticks is not None
        why, real = "link lost" if self._relinked else "lost", True
        if self._restarted or self._leapt(packet.count, packet.ticks, at_s):
            self._restarted = True
            self._anew(packet, at_s)
            fit.begin_anew()
            why, real = ANEW, False
        count = round(self._count_clock.whole(packet.count))
        now_s = self._clock.whole(packet.ticks)
        if self._next is None:
            self._shift = -count
        elif not self._restarted:
            ahead_s = now_s - self._next_s - (count - self._next) * self._period_s
            if PAUSE_S < ahead_s < at_s - self._end_s + CLOCK_SET_S:
                self._shift += round(ahead_s / self._period_s)
                why, real = "sensor paused", False
        self._relinked = self._restarted = False
        if self._next is None or count + len(packet) > self._next or real is False:
            self._next, self._next_s = count + len(packet), now_s + len(packet) * self._period_s
            self._end_s = at_s
        fit.arrived(self._next_s - self._period_s, at_s)
        return [Placed(count + self._shift, packet, at_s, why, real)]

    def _again(self, packet: Packet, at_s: float) -> list[Placed]:
        """A back-fill: of samples that were passed, or else nobody asked for it."""
        assert packet.count is not None
        start = self.start_of(packet.count)
        passed = self._next is not None and start + len(packet) <= self._next + self._shift
        return [Placed(start, packet, at_s)] if passed else []

    def _leapt(self, count: int, ticks: int, at_s: float) -> bool:
        """Whether the numbers cannot be those from before: they go back, or are ahead of both clocks.

        So does a sensor that began anew and does not say so: its boot number may be the same by chance. The host's
        clock alone does not tell: it may stand still while the machine sleeps.
        """
        if self._next is None:
            return False
        ahead_s = (self._count_clock.peek(count) - self._next) * self._period_s
        off_s = abs(ahead_s - (self._clock.peek(ticks) - self._next_s))
        if ahead_s > at_s - self._end_s + CLOCK_SET_S:
            return off_s > PAUSE_S + SAME_CLOCK * ahead_s
        return ahead_s < -(SAME_CLOCK_S if self._relinked else CLOCK_SET_S)

    def _anew(self, packet: Packet, at_s: float) -> None:
        """Count on from where the old counts ended, by the host's clock."""
        assert packet.count is not None and packet.ticks is not None
        if self._next is None:
            return
        away_s = at_s - self._end_s - len(packet) * self._period_s
        end = self._next + self._shift
        self._clock.restart(packet.ticks)
        self._count_clock.restart(packet.count)
        self._next = packet.count
        self._shift = end + max(0, round(away_s / self._period_s)) - packet.count

    def count_of(self, start: int) -> int:
        """The sensor's own number of a sample on the grid, 32 bits."""
        return (start - self._shift) % 2**32

    def start_of(self, count: int) -> int:
        """The reverse, for a number near those now in use."""
        return round(self._count_clock.peek(count)) + self._shift

    def near_s(self, sensor_s: float) -> float:
        """A reading of the sensor's clock that never wrapped, as this track counts, which began at any wrap."""
        wrap_s = self._clock.wrap_s
        return sensor_s + round((self._next_s - sensor_s) / wrap_s) * wrap_s


class Timed:
    """Packets with a clock and no count: losses are steps of the clock."""

    def __init__(self, layout: Layout, rate_hz: float) -> None:
        assert layout.tick_s is not None
        self._period_s = 1.0 / rate_hz
        self._clock = Unwrapped(layout.tick_s, layout.tick_bits)
        self._next: int | None = None
        self._next_s = 0.0
        self._end_s = 0.0
        self._relinked = self._restarted = False
        self.phase_s = 0.0
        """How far the instants of this stream's samples lie behind ``number * period``; moves a little at a gap."""

    def relink(self, restarted: bool) -> None:
        """A new connection."""
        self._relinked, self._restarted = True, restarted or self._restarted

    def place(self, packet: Packet, at_s: float, fit: ClockFit) -> list[Placed]:
        """Where it belongs."""
        assert packet.ticks is not None
        span_s = (len(packet) - 1) * self._period_s
        before = 0.0 if packet.ticks_of == "first" else span_s
        why = "link lost" if self._relinked else "lost"
        if self._next is not None and self._began_anew(packet.ticks, at_s):
            why = ANEW
            fit.begin_anew()
            self._clock.restart(packet.ticks)
            lost = max(0, round((at_s - self._end_s) / self._period_s) - len(packet))
            first_s = self._clock.whole(packet.ticks) - before
            self.phase_s += first_s - self._next_s - lost * self._period_s
            start = self._next + lost
        else:
            first_s = self._clock.whole(packet.ticks) - before
            if self._next is None:
                start, self.phase_s = 0, first_s
            else:
                step = round((first_s - self._next_s) / self._period_s)
                start = self._next + step
                if step:
                    self.phase_s += first_s - self._next_s - step * self._period_s
        self._relinked = self._restarted = False
        if self._next is None or start + len(packet) > self._next:
            self._next, self._next_s = start + len(packet), first_s + len(packet) * self._period_s
            self._end_s = at_s
        fit.arrived(first_s + span_s, at_s)
        return [Placed(start, packet, at_s, why, real=False)]

    def _began_anew(self, ticks: int, at_s: float) -> bool:
        """Whether the clock did not go on as the host's did; after a new link this is looked at more closely."""
        if self._restarted:
            return True
        host_s = at_s - self._end_s
        off_s = abs(self._clock.peek(ticks) - self._next_s - host_s)
        return off_s > (SAME_CLOCK_S + SAME_CLOCK * host_s if self._relinked else CLOCK_SET_S)


class Bare:
    """Packets with neither: counted, and held against their arrivals after a silence.

    What comes after a silence is held for a second at most: a burst that makes up for it means that nothing was lost.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1.0 / rate_hz
        self._next = 0
        self._lates: deque[tuple[float, float]] = deque()
        self._last_s: float | None = None
        self._held: list[tuple[Packet, float]] = []
        self._usual_s = 0.0
        self._why = ""
        self.phase_s = 0.0
        """Arrival of the first sample if it had not been late; see :func:`first_of`."""

    def relink(self, restarted: bool) -> None:
        """A new connection: what comes next comes after a silence, however short."""
        del restarted
        if self._last_s is not None:
            self._why = "link lost"

    def place(self, packet: Packet, at_s: float, fit: ClockFit) -> list[Placed]:
        """Where it belongs; [] while that cannot be told, and what was held before it when it can."""
        if not self._held and self._last_s is not None and (self._why or at_s - self._last_s > SILENCE_S):
            self._why = self._why or "silence"
            self._usual_s = min(late for _, late in self._lates)
            self._held.append((packet, at_s))
        elif self._held:
            self._held.append((packet, at_s))
        else:
            self._note(packet, at_s, fit)
            return [self._put(packet, at_s)]
        self._last_s = at_s
        return self._judge(at_s, fit)

    def _judge(self, at_s: float, fit: ClockFit) -> list[Placed]:
        count, least = self._next, math.inf
        for packet, when in self._held:
            count += len(packet)
            least = min(least, when - count * self._period_s)
        late_s = least - self._usual_s
        if late_s > LATE_S and at_s - self._held[0][1] < WATCH_S:
            return []
        lost = max(0, round(late_s / self._period_s)) if late_s > LATE_S else 0
        why, self._why = self._why, ""
        held, self._held = self._held, []
        self._next += lost
        out = []
        for number, (packet, when) in enumerate(held):
            self._note(packet, when, fit)
            out.append(self._put(packet, when, why if number == 0 else "lost"))
        return out

    def finish(self, fit: ClockFit) -> list[Placed]:
        """Nothing will follow: what is held, judged by what came."""
        return self._judge(math.inf, fit) if self._held else []

    def _put(self, packet: Packet, at_s: float, why: str = "lost") -> Placed:
        start, self._next = self._next, self._next + len(packet)
        return Placed(start, packet, at_s, why, real=False)

    def _note(self, packet: Packet, at_s: float, fit: ClockFit) -> None:
        self._last_s = at_s
        end_s = (self._next + len(packet)) * self._period_s
        fit.arrived(end_s - self._period_s, at_s)
        self._lates.append((at_s, at_s - end_s))
        while self._lates[0][0] < at_s - ENVELOPE_S:
            self._lates.popleft()


Track: TypeAlias = Numbered | Timed | Bare


def track_for(layout: Layout, rate_hz: float) -> Track:
    """The track that a layout allows."""
    if layout.tick_s is None:
        return Bare(rate_hz)
    return Timed(layout, rate_hz) if layout.count_bits is None else Numbered(layout, rate_hz)
