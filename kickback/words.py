"""Numbers and flags in people's units and words, the same on the terminal and in the live view."""

from __future__ import annotations

import math

from analysis.results import Rep

UNKNOWN = "–"
SIMULATED = "SIMULATED: no person made these movements."
LOSS_WORTH_SAYING_S = 0.1
"""A rep that lost less is not flagged for it: single samples are bridged without harm. The tables have the number."""

POOR_CALIBRATION = 0.5
"""Below this quality a calibration is called poor, and its sentence becomes a warning."""


def seconds(value: float, digits: int = 1) -> str:
    """``1.2``; a dash when unknown."""
    return f"{value:.{digits}f}" if math.isfinite(value) else UNKNOWN


def degrees(value: float) -> str:
    """Whole degrees; a dash when unknown."""
    return f"{value:.0f}" if math.isfinite(value) else UNKNOWN


def turn(rep: Rep) -> str:
    """Axial rotation at the top: signed when the leg is known, else its size."""
    angle = rep.axial_rotation_deg
    if not math.isfinite(angle):
        return UNKNOWN
    if rep.leg is None:
        return f"{abs(angle):.0f}"
    return f"{angle:+.0f}" if round(angle) else "0"


def clock(time_s: float) -> str:
    """``75.3 s`` up to ten minutes, ``12:05 min`` beyond, ``1:02:05 h`` beyond an hour."""
    if not math.isfinite(time_s):
        return UNKNOWN
    if abs(time_s) < 600:
        return f"{time_s:.1f} s"
    minutes, second = divmod(round(time_s), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d} h" if hours else f"{minutes}:{second:02d} min"


def many(count: int, noun: str) -> str:
    """``1 rep``, ``2 reps``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def flags(rep: Rep) -> list[str]:
    """What is to be said of a rep besides its numbers, the most important first."""
    found = []
    if rep.hip_rotation:
        found.append("hip rotation")
    if rep.rushed:
        found.append("rushed")
    if rep.is_partial:
        found.append("partial")
    if rep.pulses:
        found.append(many(rep.pulses, "pulse"))
    if rep.missing_s >= LOSS_WORTH_SAYING_S:
        found.append(f"lost {rep.missing_s:.1f} s")
    if rep.uncertain:
        found.append("uncertain")
    return found
