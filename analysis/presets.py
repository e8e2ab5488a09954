"""Exercises as data: what is expected of each movement, and where the numbers came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exercise:
    """What a movement has to look like to be counted.

    Attributes:
        name: as typed on the command line.
        least_excursion_deg: a smaller excursion of the shank is not a rep.
        shortest_s, longest_s: bounds on the way out and back, pulses and hold included.
    """

    name: str
    least_excursion_deg: float
    shortest_s: float
    longest_s: float


KICKBACK = Exercise(name="kickback", least_excursion_deg=10.0, shortest_s=0.5, longest_s=30.0)
"""Bent-over one-leg kickback with a band; least excursion from ``docs/measures.md`` (10 degrees)."""
