"""What is to go wrong in a virtual sensor, and the truth about what did: which samples were sent, lost, sent again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

Span = tuple[int, int]
"""(first, length) of samples."""
REBOOT_S = 0.3
"""From a start anew to the first advertisement: a guess, some tenths of a second are usual."""


@dataclass(frozen=True)
class Faults:
    """What is to go wrong. Instants (``at_s``) are host seconds since the sensor was first started.

    Attributes:
        loss: share of the data packets that are never sent, 0 to 1.
        delay_s: packets wait for each other and come in bursts, up to so many seconds apart.
        stall: (at_s, length_s): nothing is sent for a while, then all at once.
        drop: (at_s, away_s): the link is cut, and the sensor advertises again after so many seconds.
        silent_drop: at_s: from then on the link looks alive, and nothing comes, until the other side ends it.
        reboot: at_s: the sensor starts anew: clock, numbers, boot id, an empty buffer; the link is cut.
        battery_percent: what the Battery service says.
        skew_ppm: the sensor's clock runs at ``1 + skew_ppm / 10^6`` of the host's.
        seed: of what is drawn by lot.

    Raises:
        ValueError: a share, a length or a charge that cannot be.
    """

    loss: float = 0.0
    delay_s: float = 0.0
    stall: tuple[tuple[float, float], ...] = ()
    drop: tuple[tuple[float, float], ...] = ()
    silent_drop: tuple[float, ...] = ()
    reboot: tuple[float, ...] = ()
    battery_percent: int = 90
    skew_ppm: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.loss <= 1:
            raise ValueError(f"loss is a share of 0 to 1, not {self.loss:g}")
        if not 0 <= self.battery_percent <= 100:
            raise ValueError(f"a battery holds 0 to 100 percent, not {self.battery_percent}")
        if min(self.delay_s, *(value for pair in (*self.stall, *self.drop) for value in pair), 0) < 0:
            raise ValueError("delays, instants and lengths of faults are not negative")

    def plan(self) -> list[tuple[float, Literal["drop", "reboot", "silence"], float]]:
        """(at_s, what, away_s) of all that happens to the link, in order."""
        plan: list[tuple[float, Literal["drop", "reboot", "silence"], float]] = []
        plan += [(at_s, "drop", away_s) for at_s, away_s in self.drop]
        plan += [(at_s, "reboot", REBOOT_S) for at_s in self.reboot]
        plan += [(at_s, "silence", 0.0) for at_s in self.silent_drop]
        return sorted(plan)

    def stalled_until_ns(self, now_ns: int, began_ns: int) -> int:
        """The end of the stall that is now, else now."""
        now_s = (now_ns - began_ns) * 1e-9
        ends_s = [at_s + length_s for at_s, length_s in self.stall if at_s <= now_s < at_s + length_s]
        return max([now_ns, *(began_ns + round(end_s * 1e9) + 1 for end_s in ends_s)])


class Spans(list[Span]):
    """Stretches of samples; one that goes on where the last one ended is joined to it, so that an hour stays small."""

    def add(self, first: int, length: int) -> None:
        """Add a stretch; an empty one is nothing."""
        if self and sum(self[-1]) == first:
            self[-1] = (self[-1][0], self[-1][1] + length)
        elif length:
            self.append((first, length))

    @property
    def total(self) -> int:
        """Samples in all stretches."""
        return sum(length for _, length in self)

    def indices(self) -> set[int]:
        """The samples one by one."""
        return {index for first, length in self for index in range(first, first + length)}


@dataclass(frozen=True)
class Run:
    """Samples without a pause: the number of the first, the sensor's clock at it, and the trace's row that it is."""

    first: int
    begun_us: int
    row: int


@dataclass
class Boot:
    """The truth of one life of the sensor, from its start to the next.

    Attributes:
        boot: the id that it tells. booted_ns: when it started, on the host's monotonic clock.
        rate_hz: samples in a second of the sensor's clock. skew_ppm: of that clock.
        runs: when it sampled: each START after a pause begins one.
        taken: samples so far, which is the number of the next.
        sent: stretches given to the link. dropped: dropped on purpose. silenced: sent into a link that carries nothing.
        missed: never given to the stream, since too many waited, or the trace has none, or nobody was connected.
        backfilled: sent again.
    """

    boot: int
    booted_ns: int
    rate_hz: float
    skew_ppm: float
    runs: list[Run] = field(default_factory=list)
    taken: int = 0
    sent: Spans = field(default_factory=Spans)
    dropped: Spans = field(default_factory=Spans)
    silenced: Spans = field(default_factory=Spans)
    missed: Spans = field(default_factory=Spans)
    backfilled: Spans = field(default_factory=Spans)

    def clock_us(self, host_ns: int) -> int:
        """The sensor's clock, microseconds since it started."""
        return int((host_ns - self.booted_ns) * (1 + self.skew_ppm * 1e-6) / 1000)

    def run(self, index: int) -> Run:
        """The run that a sample is in."""
        return next((run for run in reversed(self.runs) if run.first <= index), self.runs[0])

    def at_us(self, index: int) -> int:
        """The sensor's clock when it takes a sample."""
        run = self.run(index)
        return run.begun_us + round((index - run.first) * 1e6 / self.rate_hz)

    def at_ns(self, index: int) -> int:
        """The host's clock when the sensor takes a sample: the truth that a fit of its clock is measured by."""
        return self.booted_ns + math.ceil(self.at_us(index) * 1000 / (1 + self.skew_ppm * 1e-6))
