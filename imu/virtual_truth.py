"""What is to go wrong in a virtual sensor, and the truth about what did: which samples were sent, lost, sent again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

Span = tuple[int, int]
"""(first, length) of samples."""


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


@dataclass
class Boot:
    """The truth of one life of the sensor, from its start to the next.

    Attributes:
        boot: the id that it tells. booted_ns: when it started, on the host's monotonic clock.
        begun_us: its clock at sample 0, None before it was started by a command. row: the trace's row at sample 0.
        sent: stretches given to the link. dropped: dropped on purpose. silenced: sent into a link that carries nothing.
        missed: never given to the stream, since the queue was full or the trace has none.
        backfilled: sent again.
    """

    boot: int
    booted_ns: int
    rate_hz: float
    skew_ppm: float
    begun_us: int | None = None
    row: int = 0
    taken: int = 0
    sent: Spans = field(default_factory=Spans)
    dropped: Spans = field(default_factory=Spans)
    silenced: Spans = field(default_factory=Spans)
    missed: Spans = field(default_factory=Spans)
    backfilled: Spans = field(default_factory=Spans)

    def clock_us(self, host_ns: int) -> int:
        """The sensor's clock, microseconds since it started."""
        return int((host_ns - self.booted_ns) * (1 + self.skew_ppm * 1e-6) / 1000)

    def at_us(self, index: int) -> int:
        """The sensor's clock when it takes a sample."""
        return (self.begun_us or 0) + round(index * 1e6 / self.rate_hz)

    def at_ns(self, index: int) -> int:
        """The host's clock when the sensor takes a sample: the truth that a clock fit is measured by."""
        return self.booted_ns + math.ceil(self.at_us(index) * 1000 / (1 + self.skew_ppm * 1e-6))
