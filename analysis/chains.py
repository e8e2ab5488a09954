"""Candidates in a row: which may follow each other in a set, and which had better wait."""

from __future__ import annotations

import numpy as np

from analysis.presets import Exercise
from analysis.reps import Candidate, home_deg
from analysis.segment import turn_deg

CONFIRM = 3
"""A third excursion like the first two makes a set (``docs/measures.md``)."""
PAUSE_S = 15.0
"""A longer rest than this ends a set; people pause up to 5 s within one (simulated sets)."""
SAME_WAY_DEG = 30.0
SAME_SIZE, SAME_TIME = 2.5, 3.0
SAME_ARM_M = 0.35
OPPOSITE_DEG, HANGS_DEG, HELD_UP = 120.0, 4.0, 2
"""Two chains the other way round, the tilt by which one hangs better, and how many candidates it may wait for."""


def alike(a: Candidate, b: Candidate, rate_hz: float, exercise: Exercise) -> bool:
    """Whether ``b`` may follow ``a`` in a set."""
    if (b.first - a.last) / rate_hz > PAUSE_S or b.first < a.last - 0.3 * rate_hz:
        return False
    ratio, slower = b.height_deg / a.height_deg, b.duration_s / a.duration_s
    if not 1 / SAME_SIZE <= ratio <= SAME_SIZE or not 1 / SAME_TIME <= slower <= SAME_TIME:
        return False
    if turn_deg(a.swing, b.swing) > SAME_WAY_DEG:
        return False
    if turn_deg(a.begin_up, b.begin_up) > 1.5 * home_deg(a.height_deg, exercise):
        return False
    if a.pivot is None or b.pivot is None:
        return exercise.pivot is None
    return abs(a.pivot.along_m - b.pivot.along_m) <= SAME_ARM_M


def held_up(chain: list[Candidate], chains: list[list[Candidate]]) -> bool:
    """Whether a chain had better wait: another, of excursions the other way, starts nearer to a hanging leg.

    When the excursions are small, the hold looks much like a rest position, and lowering the leg like a rep. From the
    hold the leg is tilted away from where it goes; the true rest position then has candidates of its own.
    """
    if len(chain) > CONFIRM + HELD_UP:
        return False
    tilt = _tilt_deg(chain)
    rivals = (one for one in chains if one is not chain and len(one) > 1 and one[-1].first > chain[0].first)
    return any(
        turn_deg(one[-1].swing, chain[-1].swing) > OPPOSITE_DEG and _tilt_deg(one) > tilt + HANGS_DEG for one in rivals
    )


def _tilt_deg(chain: list[Candidate]) -> float:
    tilts = [it.pivot.tilt_deg for it in chain if it.pivot is not None]
    return float(np.median(tilts)) if tilts else 0.0
