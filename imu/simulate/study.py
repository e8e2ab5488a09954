"""A small study of people who do not exist: two groups, two sessions, both legs; each person keeps their own ways.

The group that was told to lower slowly takes ``SLOWER_S`` longer on the way down: what an analysis of the
study has to find. Everything else that differs between the people is chance.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from imu.simulate.core import Draws, Simulated, recorded
from imu.simulate.kinds import KINDS
from imu.simulate.person import draw_person
from imu.simulate.plans import Style
from imu.simulate.scene import Scene
from imu.simulate.styles import usual_style

GROUPS = ("usual", "cued")
SLOWER_S = 1.2
"""So much longer the cued group takes to lower the leg, on average, s."""
BACK_S, BACK_SD_S, BACK_SESSION_SD_S = 1.5, 0.25, 0.12
"""The way back of the usual group: mean, spread between people, spread between a person's sessions; s."""
WEAKER_PERCENT = 4.0
"""So much less the left leg swings than the right, on average, percent."""


@dataclass(frozen=True, slots=True)
class StudyRow:
    """What a table of recordings says of one.

    Attributes:
        recording: its file's path. subject, session: names. group: one of ``GROUPS``. leg: "left" or "right".
    """

    recording: str
    subject: str
    session: str
    group: str
    leg: str


def simulate_study(
    seed: int = 0, *, people: int = 12, sessions: int = 2, reps: int = 6, rate_hz: int = 100
) -> Iterator[tuple[StudyRow, Simulated]]:
    """The recordings of a study, one set each; the same arguments give the same recordings.

    Args:
        seed: any whole number of 0 or more.
        people: how many, half of them in each group (the first group has one more where they are odd).
        sessions: of each person. reps: of each set, 3 to 60. rate_hz: nominal samples a second.

    Raises:
        ValueError: a number is too small.
    """
    for name, value, least in (("seed", seed, 0), ("people", people, 2), ("sessions", sessions, 1), ("reps", reps, 3)):
        if value < least:
            raise ValueError(f"{name} must be {least} or more, got {value}")
    for number in range(1, people + 1):
        group = GROUPS[(number - 1) % len(GROUPS)]
        ways = np.random.default_rng([zlib.crc32(b"study"), seed, number])
        person = draw_person(ways, KINDS["clean"].steady)
        style = _ways(ways, reps, group)
        for session in range(1, sessions + 1):
            today = replace(style, back_s=style.back_s + float(ways.normal(0.0, BACK_SESSION_SD_S)))
            for leg in ("left", "right"):
                row = StudyRow(f"p{number:02d}/s{session}_{leg}.csv", f"p{number:02d}", f"s{session}", group, leg)
                streams = np.random.SeedSequence([zlib.crc32(row.recording.encode()), seed]).spawn(5)
                script, *others = (np.random.default_rng(stream) for stream in streams)
                scene = Scene(script, person, 1 if leg == "left" else -1, True)
                scene.stand(2, 4)
                scene.kickbacks(replace(today, swing_deg=today.swing_deg * _strength(leg)))
                scene.stand(2, 4)
                yield (
                    row,
                    recorded(row.recording[:-4].replace("/", "_"), KINDS["clean"], scene, Draws(*others), rate_hz),
                )


def _ways(rng: np.random.Generator, reps: int, group: str) -> Style:
    """How a person does it."""
    back_s = max(rng.normal(BACK_S + (SLOWER_S if group == "cued" else 0.0), BACK_SD_S), 0.8)
    style = usual_style(rng, reps)
    return replace(style, back_s=float(back_s), hold_s=max(style.hold_s, 0.5), plane_deg=0.0, free_foot=False)


def _strength(leg: str) -> float:
    return 1.0 - WEAKER_PERCENT / 100.0 if leg == "left" else 1.0
