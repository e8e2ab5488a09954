"""What the pipeline says: :class:`Rep`, :class:`SetClosed`, :class:`Rejected`, :class:`Progress`. All frozen.

Sample ranges are half-open ``[start, end)``; instants are real numbers on the recording's own clock in
seconds, and lie inside the ranges; ``known_at`` is the sample at which the pipeline could first say so.
Unknown numbers are NaN, unknown flags are None.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

NAN = math.nan

REP_COLUMNS = (
    *("set", "rep", "leg", "start_s", "concentric_end_s", "eccentric_start_s", "end_s"),
    *("concentric_s", "hold_s", "eccentric_s", "pause_s", "rom_deg", "peak_concentric_dps", "peak_eccentric_dps"),
    *("pulses", "is_partial", "axial_rotation_deg", "plane_tilt_deg", "hip_rotation", "hold_sway_deg", "rushed"),
    *("missing_s", "confidence", "uncertain"),
)
"""The columns of the table of reps, in order."""


class Phase(StrEnum):
    """Where in a rep the leg is now (for the eye only)."""

    REST = "rest"
    CONCENTRIC = "concentric"
    HOLD = "hold"
    ECCENTRIC = "eccentric"


class Reason(StrEnum):
    """Why an excursion was looked at and not counted."""

    TOO_SMALL = "too small"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    NOT_BACK = "not back to rest"
    NO_AXIS = "no fixed axis"
    NO_PIVOT = "does not turn about its joint"
    WRONG_WAY = "not backwards"
    SHAKING = "shaking"
    NO_RHYTHM = "no rhythm"
    GAP = "signal lost"


@dataclass(frozen=True, slots=True)
class Rep:
    """One excursion out of the rest position and back; every quantity by ``docs/measures.md``.

    ``set`` and ``rep`` count from 1. ``uncertain`` marks a rep of a set of fewer than three, which held
    up alone. A rep is said as soon as it is known, and restated when its set closes, with all that the set has
    taught: then its numbers are final. ``hidden`` names the instants that fell into lost samples: the inner ones are
    NaN, ``start_s`` and ``end_s`` are then only where the rep must have begun and ended, and every duration that would
    need a hidden instant is NaN. What else a loss cut is NaN or None too; a pause that it cut is named "pause_s".
    """

    set: int
    rep: int
    leg: str | None
    start: int
    end: int
    known_at: int
    start_s: float
    concentric_end_s: float
    eccentric_start_s: float
    end_s: float
    pause_s: float = NAN
    rom_deg: float = NAN
    peak_concentric_dps: float = NAN
    peak_eccentric_dps: float = NAN
    pulses: int | None = None
    is_partial: bool | None = None
    axial_rotation_deg: float = NAN
    plane_tilt_deg: float = NAN
    hip_rotation: bool | None = None
    hold_sway_deg: float = NAN
    rushed: bool | None = None
    missing_s: float = 0.0
    confidence: float = NAN
    uncertain: bool = False
    hidden: tuple[str, ...] = ()

    @property
    def concentric_s(self) -> float:
        """Duration of the way out."""
        return NAN if "start_s" in self.hidden else self.concentric_end_s - self.start_s

    @property
    def hold_s(self) -> float:
        """Duration of the squeeze, pulses included."""
        return self.eccentric_start_s - self.concentric_end_s

    @property
    def eccentric_s(self) -> float:
        """Duration of the way back."""
        return NAN if "end_s" in self.hidden else self.end_s - self.eccentric_start_s

    @property
    def tut_s(self) -> float:
        """Time under tension: concentric + hold + eccentric."""
        return NAN if {"start_s", "end_s"} & set(self.hidden) else self.end_s - self.start_s

    @property
    def tempo_code(self) -> str | None:
        """``3-0-1-1`` from the measured values rounded to whole seconds; None when a phase is unknown.

        A set's last rep has no pause: its second digit is 0.
        """
        if "pause_s" in self.hidden:
            return None
        pause_s = 0.0 if math.isnan(self.pause_s) else self.pause_s
        digits = (self.eccentric_s, pause_s, self.concentric_s, self.hold_s)
        if any(math.isnan(digit) for digit in digits):
            return None
        return "-".join(str(math.floor(digit + 0.5)) for digit in digits)

    def row(self) -> dict[str, Any]:
        """The rep as a row of the table of reps, by :data:`REP_COLUMNS`."""
        return {name: getattr(self, name) for name in REP_COLUMNS}


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well the swing axis, the shank's long axis and the hip were found from the movement.

    Attributes:
        quality: 0 to 1.
        sentence: what it means, plainly; says what to do when it is poor.
        arm_m: distance from the hip's pivot to the sensor along the resting leg, metres.
        explained: share of the acceleration that a fixed pivot explains, 0 to 1.
        axis: share of the rotation that is about one axis, 0 to 1.
        rest: direction of gravity's reaction ("up") at rest in the sensor's frame, shape (3,).
        swing: the set's mean direction of "up" at the top, orthogonal to ``rest``, shape (3,).
        strap_slip_deg: how far the rest position moved within the set; large = the strap slipped.
    """

    quality: float
    sentence: str
    arm_m: float = NAN
    explained: float = NAN
    axis: float = NAN
    rest: tuple[float, float, float] = (NAN, NAN, NAN)
    swing: tuple[float, float, float] = (NAN, NAN, NAN)
    strap_slip_deg: float = NAN


@dataclass(frozen=True, slots=True, eq=False)
class AngleTrace:
    """The leg angle over a closed set: ``angle_deg[i]`` at ``start_s + i / rate_hz``; NaN where it was lost."""

    start_s: float
    rate_hz: float
    angle_deg: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SetClosed:
    """A finished set with its reps restated; these are what tables, files and reports show.

    ``reason`` says in a few words why it closed ("rest", "other movement", "end", ...). ``hip_rotation_limit_deg``
    is the flag's limit that its reps were judged by.
    """

    set: int
    leg: str | None
    start: int
    end: int
    known_at: int
    start_s: float
    end_s: float
    reason: str
    reps: tuple[Rep, ...]
    calibration: Calibration
    uncertain: bool = False
    notes: tuple[str, ...] = ()
    hip_rotation_limit_deg: float = NAN
    trace: AngleTrace | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """An excursion that was looked at and not counted, and why."""

    start: int
    end: int
    known_at: int
    start_s: float
    end_s: float
    excursion_deg: float
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Progress:
    """For the eye, about ten times a second; never stored.

    Attributes:
        at: the sample it speaks of.
        time_s: the same on the recording's own clock.
        phase: where in a rep the leg is.
        angle_deg: leg angle now; NaN before a rest position is known.
        count: reps counted in the current set.
        candidates: excursions that would count if the set is confirmed.
        set: number of the current set; 0 before the first.
        phase_s: seconds spent in this phase so far.
        rotation_deg: axial rotation now, at the top; NaN elsewhere.
    """

    at: int
    time_s: float
    phase: Phase
    angle_deg: float
    count: int
    candidates: int
    set: int
    phase_s: float
    rotation_deg: float = NAN


Event = Rep | SetClosed | Rejected | Progress


def to_frame(reps: Iterable[Rep]) -> pd.DataFrame:
    """Reps as a DataFrame with the columns :data:`REP_COLUMNS`; unknown is NA."""
    import pandas as pd

    frame = pd.DataFrame([rep.row() for rep in reps], columns=list(REP_COLUMNS))
    kinds = {"set": "Int64", "rep": "Int64", "pulses": "Int64", "leg": "object"}
    kinds |= dict.fromkeys(("is_partial", "hip_rotation", "rushed", "uncertain"), "boolean")
    return frame.astype({name: kinds.get(name, "float64") for name in REP_COLUMNS})
