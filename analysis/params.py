"""What a user may tune: the exercise, the tempo target, the legs, the flag's limit. Frozen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from analysis.presets import KICKBACK, Exercise

LEGS = ("left", "right")


@dataclass(frozen=True, slots=True)
class Tempo:
    """A tempo target in the order of the literature: eccentric, pause lengthened, concentric, pause shortened.

    The kickback's squeeze is the fourth number. All in seconds.
    """

    eccentric_s: float = 3.0
    lengthened_s: float = 0.0
    concentric_s: float = 1.0
    shortened_s: float = 1.0

    @classmethod
    def parse(cls, text: str) -> Tempo:
        """Read ``3-0-1-1`` (also with slashes, or four digits in a row; ``X`` = explosive, 0 s).

        Raises:
            ValueError: it is not four numbers between 0 and 60 s.
        """
        parts = text.strip().replace("/", "-").split("-")
        if len(parts) == 1 and len(parts[0]) == 4:
            parts = list(parts[0])
        try:
            numbers = [0.0 if part.strip().upper() == "X" else float(part) for part in parts]
        except ValueError:
            numbers = []
        if len(numbers) != 4 or not all(math.isfinite(n) and 0 <= n <= 60 for n in numbers):
            raise ValueError(
                f"tempo {text!r} is not four numbers of seconds such as 3-0-1-1 (down - pause - up - squeeze)"
            )
        return cls(*numbers)

    def __str__(self) -> str:
        return "-".join(
            f"{value:g}" for value in (self.eccentric_s, self.lengthened_s, self.concentric_s, self.shortened_s)
        )


@dataclass(frozen=True, slots=True)
class Params:
    """Everything about an analysis that the user decides.

    Attributes:
        exercise: what is expected of the movement.
        tempo: the target; ``rushed`` is judged against its eccentric.
        legs: "left" or "right", one for all sets, or one per set in their order; empty = nobody said.
        hip_rotation_limit_deg: the flag's limit; None = the tested default (see the algorithm page).

    Raises:
        ValueError: a leg is neither "left" nor "right", or the limit is not positive.
    """

    exercise: Exercise = KICKBACK
    tempo: Tempo = field(default_factory=Tempo)
    legs: tuple[str, ...] = ()
    hip_rotation_limit_deg: float | None = None

    def __post_init__(self) -> None:
        for leg in self.legs:
            if leg not in LEGS:
                raise ValueError(f"leg {leg!r} is neither 'left' nor 'right'")
        limit = self.hip_rotation_limit_deg
        if limit is not None and not limit > 0:
            raise ValueError(f"the hip rotation limit must be positive, got {limit}")

    def leg_of_set(self, number: int) -> str | None:
        """The leg of set ``number`` (counted from 1), or None when unsaid."""
        if len(self.legs) == 1:
            return self.legs[0]
        return self.legs[number - 1] if number <= len(self.legs) else None
