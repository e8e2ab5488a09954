"""How a set is to be done, and what was planned: the words between scripts, bodies and truth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How a set is done; means of its reps. Seconds and degrees; ``cv`` is the spread between reps."""

    reps: int = 10
    out_s: float = 1.0
    hold_s: float = 0.6
    back_s: float = 1.3
    pause_s: float = 0.8
    swing_deg: float = 65.0
    cv: float = 0.10
    hold_cv: float = 0.3
    fatigue: float = 0.06
    pelvis_deg: float = 3.0
    pelvis_drift_deg: float = 0.0
    femur_deg: float = 2.0
    plane_deg: float = 0.0
    pulses: tuple[int, int] = (0, 0)
    pulse_share: float = 0.0
    pulse_deg: tuple[float, float] = (5.0, 14.0)
    partial_share: float = 0.0
    bounce: bool = False
    tap_share: float = 0.0
    balance_share: float = 0.0
    stall_share: float = 0.0
    settle: bool = True
    free_foot: bool = False


@dataclass
class RepPlan:
    """One intended rep: when its knots are, and what is special about it. Times on the body's clock."""

    start_s: float
    top_s: float
    leave_s: float
    end_s: float
    pulse_knots_s: list[tuple[float, float, float]]
    fault: str | None = None


@dataclass
class SetPlan:
    """A set as planned; ``visible`` is False when the other leg does it and the sensor stands."""

    side: int
    t0_s: float
    t1_s: float
    reps: list[RepPlan]
    count: int
    visible: bool = True
