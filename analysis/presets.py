"""Exercises as data: what is expected of each movement, where the numbers came from, what to work on."""

from __future__ import annotations

import math
from dataclasses import dataclass

RESTS = ("hanging", "level", "any")
PIVOTS = ("hip", "knee", None)


@dataclass(frozen=True, slots=True)
class Exercise:
    """What a movement has to look like to be counted.

    Attributes:
        name: as typed on the command line.
        title: as people call it.
        rest: where the shank is between the reps: "hanging" (near vertical), "level", or "any".
        least_excursion_deg: a smaller excursion of the shank is not a rep.
        shortest_s, longest_s: bounds on the way out and back, pulses and hold included.
        pivot: the joint the shank swings about, "hip" or "knee"; None: the acceleration is not tested for one.
        arm_m: shortest and longest distance of the sensor from that joint, m; None without one.
        source: where the numbers came from and on what they were tuned.
        work_on: what to look after in the movement, one short sentence each.
        least_axis: least share of the rotation about one axis.
        least_explained: least share of the acceleration that the joint explains.
        most_passing: at rest the shank moves slower than this share of its peak speed; larger where people bounce.
        backwards: the leg goes backwards, so walking before must agree, and the hip rotation flag has a meaning.

    Raises:
        ValueError: a value is out of its range; the message names it.
    """

    name: str
    title: str
    rest: str
    least_excursion_deg: float
    shortest_s: float
    longest_s: float
    pivot: str | None
    arm_m: tuple[float, float] | None
    source: str
    work_on: tuple[str, ...]
    least_axis: float = 0.9
    least_explained: float = 0.85
    most_passing: float = 0.3
    backwards: bool = False

    def __post_init__(self) -> None:
        if not self.name or self.name != self.name.strip():
            raise ValueError(f"name must be a word, got {self.name!r}")
        if not all(text.isprintable() for text in (self.name, self.title, self.source, *self.work_on)):
            raise ValueError("name, title, source and work_on must be plain text in one line")
        if self.rest not in RESTS:
            raise ValueError(f"rest must be one of {', '.join(RESTS)}, got {self.rest!r}")
        if self.pivot not in PIVOTS:
            raise ValueError(f"pivot must be hip, knee or nothing, got {self.pivot!r}")
        for share in ("least_axis", "least_explained"):
            if not 0.2 <= getattr(self, share) <= 1.0:
                raise ValueError(f"{share} must be 0.2 to 1, got {getattr(self, share):g}")
        if not 0.1 <= self.most_passing <= 10.0:
            raise ValueError(f"most_passing must be 0.1 to 10, got {self.most_passing:g}")
        numbers = (self.least_excursion_deg, self.shortest_s, self.longest_s, *(self.arm_m or ()))
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("least_excursion_deg, shortest_s, longest_s and arm_m must be finite numbers")
        if not 3.0 <= self.least_excursion_deg <= 90.0:
            raise ValueError(f"least_excursion_deg must be 3 to 90, got {self.least_excursion_deg:g}")
        if not 0.2 <= self.shortest_s < self.longest_s <= 60.0:
            raise ValueError(
                f"shortest_s and longest_s must be in order, 0.2 to 60, got {self.shortest_s:g} and {self.longest_s:g}"
            )
        if (self.pivot is None) != (self.arm_m is None):
            raise ValueError("pivot and arm_m go together: give both or neither")
        if self.arm_m is not None and not 0.05 <= self.arm_m[0] < self.arm_m[1] <= 2.0:
            raise ValueError(f"arm_m must be two lengths in order, 0.05 to 2 m, got {self.arm_m}")


_PHYSIO = (
    "tuned on two people of the UCI Physical Therapy Exercises recordings (Yurtman & Barshan 2014), "
    "right ankle, 25 Hz; no other person was seen"
)

KICKBACK = Exercise(
    name="kickback",
    title="bent-over kickback",
    rest="hanging",
    least_excursion_deg=10.0,
    shortest_s=0.5,
    longest_s=30.0,
    pivot="hip",
    arm_m=(0.5, 1.25),
    source="least excursion: docs/measures.md; the rest tuned on simulated recordings (docs/algorithm.md)",
    work_on=("lower for three to four seconds", "squeeze at the top", "keep the hips level", "do not arch the back"),
    backwards=True,
)
"""Bent-over one-leg kickback with a band, the default."""

STANDING_KICKBACK = Exercise(
    name="standing-kickback",
    title="standing kickback",
    rest="hanging",
    least_excursion_deg=8.0,
    shortest_s=0.5,
    longest_s=30.0,
    pivot="hip",
    arm_m=(0.5, 1.25),
    source="as kickback; upright, the hip extends by about 10 degrees only (Roaas & Andersson 1982), hence 8",
    work_on=("keep the trunk upright", "move the leg from the hip, not the back", "lower slowly"),
    backwards=True,
)


def _lying(name: str, title: str, work_on: tuple[str, ...]) -> Exercise:
    """A level leg lifted about the hip: to one sensor at the ankle all of them look the same."""
    return Exercise(
        name=name,
        title=title,
        rest="level",
        least_excursion_deg=5.0,
        shortest_s=0.4,
        longest_s=30.0,
        pivot="hip",
        arm_m=(0.4, 1.25),
        source=_PHYSIO,
        work_on=work_on,
        least_axis=0.55,
        least_explained=0.5,
        most_passing=10.0,
    )


PRONE_HIP_EXTENSION = _lying(
    "prone-hip-extension",
    "prone hip extension",
    ("keep the pelvis on the mat", "squeeze the buttock before lifting", "keep the knee straight"),
)

STRAIGHT_LEG_RAISE = _lying(
    "straight-leg-raise",
    "supine straight-leg raise",
    ("tighten the thigh first", "keep the knee straight", "lower slowly"),
)

SIDE_LYING_ABDUCTION = _lying(
    "side-lying-abduction",
    "side-lying hip abduction",
    ("keep the pelvis stacked", "lead with the heel", "lower slowly"),
)

SEATED_KNEE_EXTENSION = Exercise(
    name="seated-knee-extension",
    title="seated knee extension",
    rest="hanging",
    least_excursion_deg=8.0,
    shortest_s=0.4,
    longest_s=30.0,
    pivot="knee",
    arm_m=(0.25, 0.7),
    source=_PHYSIO,
    work_on=("straighten the knee fully", "hold at the top", "lower slowly"),
    least_axis=0.8,
    most_passing=1.0,
)

PRESETS: dict[str, Exercise] = {
    exercise.name: exercise
    for exercise in (
        KICKBACK,
        STANDING_KICKBACK,
        PRONE_HIP_EXTENSION,
        STRAIGHT_LEG_RAISE,
        SIDE_LYING_ABDUCTION,
        SEATED_KNEE_EXTENSION,
    )
}
"""All exercises by name, the default first."""


def named(name: str) -> Exercise:
    """The exercise of this name.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    if name not in PRESETS:
        raise ValueError(f"exercise {name!r} is not known; known are {', '.join(PRESETS)}")
    return PRESETS[name]
