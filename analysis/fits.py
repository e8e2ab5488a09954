"""When nothing was found: which exercise would have fitted?

The recording is run again with the other exercises. Presets that ask the same of the movement (the lying ones do)
cannot be told apart by one sensor at the ankle, and are named together.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.presets import PRESETS, Exercise
from analysis.results import SetClosed
from imu.blocks import Recording

LOOKED_AT_S = 1200.0
"""So much of a recording is run again: an exercise that fits shows within twenty minutes, and long files stay quick."""
BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Fit:
    """An exercise that fits, and how many reps of it there are.

    Attributes:
        exercises: presets that ask the same of the movement.
        reps: counted with them.
    """

    exercises: tuple[Exercise, ...]
    reps: int


def fitting(recording: Recording, than: Exercise) -> Fit | None:
    """The exercise with most reps in a recording in which ``than`` had none; None when no other has any."""
    start = recording.header.start_s
    part = recording.between(None, start + LOOKED_AT_S)
    best: Fit | None = None
    for group in _groups(than):
        found = _count(part, group[0])
        if found and (best is None or found > best.reps):
            best = Fit(group, found)
    return best


def contradiction(recording: Recording, exercise: Exercise) -> str | None:
    """One sentence about an exercise that no rep was found of and the one that would fit; None when none would."""
    best = fitting(recording, exercise)
    if best is None:
        return None
    first = best.exercises[0]
    names = [one.name for one in best.exercises]
    others = f" (or {', '.join(names[1:])})" if len(names) > 1 else ""
    many = "1 rep" if best.reps == 1 else f"{best.reps} reps"
    return (
        f"No rep of {exercise.name}: it expects {_expects(exercise)}. Here are {many} with {_expects(first)}: "
        f"try --exercise {names[0]}{others}."
    )


def _expects(exercise: Exercise) -> str:
    rests = {"hanging": "a shank that hangs down at rest", "level": "a shank that is level at rest"}
    about = f" and swings about the {exercise.pivot}" if exercise.pivot else ""
    size = f", {exercise.least_excursion_deg:g}° or more"
    return rests.get(exercise.rest, "a shank that comes back to rest") + about + size


def _groups(than: Exercise) -> list[tuple[Exercise, ...]]:
    groups: dict[tuple[object, ...], list[Exercise]] = {}
    for exercise in PRESETS.values():
        groups.setdefault(_asks(exercise), []).append(exercise)
    return [tuple(group) for asks, group in groups.items() if asks != _asks(than)]


def _asks(exercise: Exercise) -> tuple[object, ...]:
    it = exercise
    return (it.rest, it.pivot, it.arm_m, it.least_excursion_deg, it.shortest_s, it.longest_s, it.backwards)


def _count(recording: Recording, exercise: Exercise) -> int:
    pipeline = Pipeline(Params(exercise=exercise), recording.rate_hz, recording.header.start_s)
    events = [event for block in recording.blocks(BLOCK) for event in pipeline.push(block)] + pipeline.finish()
    return sum(len(event.reps) for event in events if isinstance(event, SetClosed))
