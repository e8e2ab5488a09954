"""What the screen shows, gathered from the events one by one. Nothing here draws or waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis.params import Tempo
from analysis.results import Event, Phase, Progress, Rejected, Rep, SetClosed

LAST_REPS = 12


@dataclass
class Board:
    """The state of the set now.

    Attributes:
        target: the tempo to keep.
        progress: the latest word on phase and angle, or None before the first.
        reps: the latest reps of the current set, or of the last one until the next begins.
        count: reps counted in the set that ``reps`` belong to.
        widest_deg: the largest angle seen, for the scale of the angle bar.
        closed: the sets that are finished.
        rejected: the latest excursion that was not counted since the last rep, or None.
    """

    target: Tempo
    progress: Progress | None = None
    reps: deque[Rep] = field(default_factory=lambda: deque(maxlen=LAST_REPS))
    count: int = 0
    widest_deg: float = 30.0
    closed: list[SetClosed] = field(default_factory=list)
    rejected: Rejected | None = None

    def take(self, events: Iterable[Event]) -> None:
        """Bring the board up to date."""
        for event in events:
            if isinstance(event, Progress):
                self._progress(event)
            elif isinstance(event, Rep):
                self._rep(event)
            elif isinstance(event, SetClosed):
                self._closed(event)
            else:
                self.rejected = event

    def _progress(self, now: Progress) -> None:
        self.progress = now
        if now.angle_deg > self.widest_deg:
            self.widest_deg = now.angle_deg

    def _rep(self, rep: Rep) -> None:
        if self.reps and self.reps[-1].set != rep.set:
            self.reps.clear()
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
    def resting(self) -> bool:
        """True between sets: the last set is closed and no excursion of a next one was seen."""
        done = bool(self.closed) and (not self.reps or self.reps[-1].set == self.closed[-1].set)
        return done and not self.candidates

    @property
    def number(self) -> int:
        """The number to show large: counted reps, or the candidates while nothing is counted."""
        return self.candidates if self.unconfirmed else self.count

    @property
    def unconfirmed(self) -> bool:
        """True while the set's first excursions wait for a third like them."""
        finished = bool(self.closed and self.reps and self.reps[-1].set == self.closed[-1].set)
        return self.candidates > 0 and (self.count == 0 or finished)

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
        if not self.reps:
            return None
        rep = self.reps[-1]
        if rep.hip_rotation:
            return f"HIP ROTATION {abs(rep.axial_rotation_deg):.0f}° in rep {rep.rep}: keep the pelvis square"
        if rep.rushed:
            return f"RUSHED: {rep.eccentric_s:.1f} s down in rep {rep.rep}, target {self.target.eccentric_s:g} s"
        if rep.is_partial:
            return f"PARTIAL: {rep.rom_deg:.0f}° in rep {rep.rep}"
        return None
