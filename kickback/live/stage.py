"""What a view shows: one lane a sensor, and what stands above them all. Nothing here draws or waits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from analysis.params import Params
from imu.blocks import Header
from kickback.live.board import Board
from kickback.live.link import LinkBoard, LinkNow
from kickback.words import SIMULATED


@dataclass
class Lane:
    """One sensor or recording.

    Attributes:
        name: of it. leg: which one wears it, None when nobody said. exercise: for the title.
        board: the state of the set.
        start_s, rate_hz: its clock at sample 0 and samples a second; the rate is NaN until it is known.
        stop: index just behind the last sample that was taken.
        look: looks at the link, None where there is no link. link: what was seen.
    """

    name: str
    board: Board
    leg: str | None = None
    exercise: str = ""
    start_s: float = 0.0
    rate_hz: float = math.nan
    stop: int = 0
    look: Callable[[], LinkNow] | None = None
    link: LinkBoard | None = None

    @classmethod
    def of(cls, header: Header, params: Params) -> Lane:
        """For a recording."""
        leg = header.leg if header.leg in ("left", "right") else None
        return cls(header.name, Board(params.tempo), leg, params.exercise.title, header.start_s, header.rate_hz)

    def second(self, index: int) -> float:
        """A sample on the lane's own clock, seconds."""
        return self.start_s + index / self.rate_hz


@dataclass
class Stage:
    """All of it.

    Attributes:
        lanes: one or two.
        banners: said on every screen and first in a pipe: REPLAY, SIMULATED.
        simulated: shown whenever no person made the movements. hint: how to stop, and the like.
    """

    lanes: list[Lane]
    banners: tuple[str, ...] = ()
    simulated: bool = False
    hint: str = "Ctrl-C ends"

    @property
    def lines(self) -> tuple[str, ...]:
        """That it is simulated, if it is, and the banners."""
        return (*((SIMULATED,) if self.simulated else ()), *self.banners)

    def tag(self, lane: Lane) -> str:
        """What tells the lane from the other in a line of text; empty when it is alone."""
        if len(self.lanes) == 1:
            return ""
        return lane.leg or lane.name
