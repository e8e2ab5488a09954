"""A set that ends: its reps restated with all that the set has taught; and what did not count, said once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from analysis.describe import Frame, Measured, calibrate, describe, finish_set
from analysis.phases import BLIND_S, blind_at
from analysis.reps import Candidate
from analysis.results import AngleTrace, Reason, Rejected, Rep, SetClosed
from analysis.sets import OpenSet
from analysis.track import Window
from imu.blocks import FloatArray

MARGIN_S = 1.0
"""Samples before and after a rep that its measures may use."""


def close(opened: OpenSet, window: Window, frame: Frame, why: str, now: int) -> SetClosed:
    """Restate a set.

    Args:
        opened: the set, with at least one rep. window: its samples and a margin, with the orientation reworked.
        frame: what its reps are measured in. why: the reason for the end. now: the sample at which it is said.
    """
    margin = round(MARGIN_S * window.rate_hz)
    measured = []
    for it, rep in zip(opened.members, opened.reps, strict=True):
        part = window.part(it.low - margin, it.high + margin)
        measured.append(describe(part, it, rep.rep, frame, now) or Measured(rep, None))
    cut = _cut_pauses(window, [one.rep for one in measured])
    finished = finish_set(measured, opened.rest, opened.leg, cut)
    reps = tuple(replace(rep, uncertain=opened.uncertain) for rep in finished)
    return SetClosed(
        set=opened.number,
        leg=opened.leg,
        start=reps[0].start,
        end=reps[-1].end,
        known_at=now,
        start_s=reps[0].start_s,
        end_s=reps[-1].end_s,
        reason=why,
        reps=reps,
        calibration=calibrate(opened.members, frame.params.exercise.pivot),
        uncertain=opened.uncertain,
        hip_rotation_limit_deg=frame.limit_deg,
        trace=_trace(window, opened.rest, frame.clock_s),
    )


def _cut_pauses(window: Window, reps: list[Rep]) -> set[int]:
    """Positions of the reps after which the signal was lost for longer than is bridged, before the next began."""
    blind = blind_at(window, round(BLIND_S * window.rate_hz))
    between = [slice(max(a.end - window.start, 0), max(b.start - window.start, 0)) for a, b in pairwise(reps)]
    return {n for n, pause in enumerate(between) if blind[pause].any()}


def _trace(window: Window, rest: FloatArray, clock_s: float) -> AngleTrace:
    cosine = np.clip(window.up @ rest, -1.0, 1.0)
    return AngleTrace(clock_s + window.start / window.rate_hz, window.rate_hz, np.degrees(np.arccos(cosine)))


def say_refused(
    refused: list[tuple[Candidate, Reason, str]],
    before: list[tuple[int, int]],
    rate_hz: float,
    clock_s: float,
    now: int,
) -> list[Rejected]:
    """One event for each stretch of time, about the largest excursion in it, in the order of time.

    Nothing is said of a stretch of which something was said ``before`` (sample ranges).
    """
    said: list[Rejected] = []
    for it, reason, detail in sorted(refused, key=lambda one: -one[0].height_deg):
        spans = [*before, *((other.start, other.end) for other in said)]
        if any(min(it.last, end) - max(it.first, start) > 0 for start, end in spans):
            continue
        begin_s, end_s = clock_s + it.first / rate_hz, clock_s + it.last / rate_hz
        said.append(Rejected(it.first, it.last + 1, now, begin_s, end_s, it.height_deg, reason, detail))
    return sorted(said, key=lambda one: one.start)
