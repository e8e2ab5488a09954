"""Flags as small labels: a warning has a triangle and a ground of amber, anything else an outline."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.results import Rep
from kickback import words

WARNINGS = ("hip rotation", "rushed", "partial")


@dataclass(frozen=True, slots=True)
class Chip:
    """A label; ``warn`` tells how it looks."""

    text: str
    warn: bool


def is_flagged(rep: Rep) -> bool:
    """Whether a rep carries a warning."""
    return any(chip.warn for chip in rep_chips(rep))


def rep_chips(rep: Rep) -> tuple[Chip, ...]:
    """What is to be said of a rep, the most important first."""
    return tuple(Chip(text, text in WARNINGS) for text in words.flags(rep))


def set_chips(reps: tuple[Rep, ...], quality: float) -> tuple[Chip, ...]:
    """How often each flag was raised in a set, and whether its calibration was poor."""
    flags = {"hip rotation": "hip_rotation", "rushed": "rushed", "partial": "is_partial", "uncertain": "uncertain"}
    counts = {text: sum(bool(getattr(rep, name)) for rep in reps) for text, name in flags.items()}
    chips = [Chip(f"{count} {text}", text in WARNINGS) for text, count in counts.items() if count]
    if quality < words.POOR_CALIBRATION:
        chips.append(Chip("poor calibration", True))
    pulses = sum(rep.pulses or 0 for rep in reps)
    if pulses:
        chips.append(Chip(words.many(pulses, "pulse"), False))
    return tuple(chips)
