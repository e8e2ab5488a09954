"""What the screen shows, gathered from the events one by one. Nothing here draws or waits."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from analysis.params import Tempo
from analysis.results import Event, Phase, Progress, Rejected, Rep, SetClosed

LAST_REPS = 12
ROM_HEADROOM = 1.1
UNKNOWN_ROM_DEG = 60.0
"""The angle bar's full scale before there is a rep to go by."""


@dataclass
class Board:
    """The state of the set now.

    Attributes:
        target: the tempo to keep.
        progress: the latest word on phase and angle, or None before the first.
        reps: the latest reps of the current set, or of the last one until the next begins.
        count: reps counted in the set that ``reps`` belong to.
        closed: the sets that are finished.
        rejected: the latest excursion that was not counted since the last rep, or None.
    """

    target: Tempo
    progress: Progress | None = None
    reps: deque[Rep] = field(default_factory=lambda: deque(maxlen=LAST_REPS))
    count: int = 0
    closed: list[SetClosed] = field(default_factory=list)
    rejected: Rejected | None = None

    def take(self, events: Iterable[Event]) -> None:
        """Bring the board up to date."""
        for event in events:
            if isinstance(event, Progress):
                self.progress = event
            elif isinstance(event, Rep):
                self._rep(event)
            elif isinstance(event, SetClosed):
                self._closed(event)
            else:
                self.rejected = event

    def _rep(self, rep: Rep) -> None:
        if self.reps and self.reps[-1].set != rep.set:
            self.reps.clear()
        elif self.reps and math.isnan(self.reps[-1].pause_s):
            before = self.reps.pop()
            self.reps.append(replace(before, pause_s=max(rep.start_s - before.end_s, 0.0)))
        self.reps.append(rep)
        self.count = rep.rep
        self.rejected = None

    def _closed(self, closed: SetClosed) -> None:
        self.closed.append(closed)
        self.reps.clear()
        self.reps.extend(closed.reps)
        self.count = len(closed.reps)

    @property
    def candidates(self) -> int:
        """Excursions that are not yet counted."""
        return self.progress.candidates if self.progress else 0

    @property
    def between(self) -> bool:
        """True when the reps shown are those of a set that is over."""
        return bool(self.closed and self.reps and self.reps[-1].set == self.closed[-1].set)

    @property
    def unconfirmed(self) -> bool:
        """True while a set's first excursions wait for a third like them."""
        return self.candidates > 0 and (self.between or not self.count)

    @property
    def active(self) -> bool:
        """True in a set and while one may be starting: the phase then means something."""
        return self.unconfirmed or bool(self.count and not self.between)

    @property
    def number(self) -> int:
        """The number to show large: counted reps, or the candidates while nothing is counted."""
        return self.candidates if self.unconfirmed else self.count

    @property
    def full_deg(self) -> float:
        """The angle that fills the bar: a little beyond the widest of the latest reps."""
        widest = max((rep.rom_deg for rep in self.reps if math.isfinite(rep.rom_deg)), default=0.0)
        return ROM_HEADROOM * widest if widest > 0 else UNKNOWN_ROM_DEG

    def target_s(self, phase: Phase) -> float:
        """What the tempo asks of a phase, seconds."""
        return {
            Phase.CONCENTRIC: self.target.concentric_s,
            Phase.HOLD: self.target.shortened_s,
            Phase.ECCENTRIC: self.target.eccentric_s,
            Phase.REST: self.target.lengthened_s,
        }[phase]

    @property
    def advice(self) -> str | None:
        """What to change now, judged by the latest rep; None when there is nothing to say."""
        if not self.reps or self.between:
            return None
        rep = self.reps[-1]
        if rep.hip_rotation:
            return f"HIP ROTATION {abs(rep.axial_rotation_deg):.0f}° in rep {rep.rep}: keep the pelvis square"
        if rep.rushed:
            return f"RUSHED: {rep.eccentric_s:.1f} s down in rep {rep.rep}, target {self.target.eccentric_s:g} s"
        if rep.is_partial:
            return f"PARTIAL: {rep.rom_deg:.0f}° in rep {rep.rep}"
        return None
