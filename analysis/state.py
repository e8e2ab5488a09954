"""What the pipeline derives from the rate, and what the samples change: one object that can be copied."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.orientation import GapBridge, Orientation
from analysis.presets import Exercise
from analysis.reps import Candidate
from analysis.results import Phase, Reason
from analysis.segment import SETTLE_S, Rests
from analysis.sets import OpenSet
from analysis.track import Track
from analysis.vectors import low_pass
from imu.blocks import FloatArray

TICK_HZ = 25.0
STILL_HZ = 2.0
"""Stillness is judged after this low-pass (prototype's notes, step 3)."""


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from the rate.

    Attributes:
        rate_hz: samples per second. stride: samples a tick. tick_hz: ticks per second.
        settle: ticks of standing still that end an excursion. sos: the stillness filter.
    """

    rate_hz: float
    stride: int
    tick_hz: float
    settle: int
    sos: FloatArray

    @classmethod
    def of(cls, rate_hz: float) -> Derived:
        """For a rate in samples per second."""
        stride = max(1, round(rate_hz / TICK_HZ))
        tick_hz = rate_hz / stride
        return cls(rate_hz, stride, tick_hz, max(2, round(SETTLE_S * tick_hz)), low_pass(2, STILL_HZ, rate_hz))


@dataclass(slots=True)
class State:
    """All that the samples have changed; copying it is a snapshot.

    Attributes:
        bridge, orientation, track, rests, zi: of the samples. blind: ticks of the gap that goes on.
        chains: candidates in a row, by the rest position they left.
        open: the set that goes on. closed: sets closed so far. floor: no later set reaches back beyond this sample.
        taken: sample ranges of counted reps, as far back as something may still ask.
        refused: excursions that were not counted and are not said yet. said: sample ranges of those that are.
        phase, phase_from: for the eye.
    """

    bridge: GapBridge
    orientation: Orientation
    track: Track
    rests: Rests
    zi: FloatArray | None = None
    blind: int = 0
    chains: dict[int, list[Candidate]] = field(default_factory=dict)
    open: OpenSet | None = None
    closed: int = 0
    floor: int = 0
    taken: list[tuple[int, int]] = field(default_factory=list)
    refused: list[tuple[Candidate, Reason, str]] = field(default_factory=list)
    said: list[tuple[int, int]] = field(default_factory=list)
    phase: Phase = Phase.REST
    phase_from: int = 0

    @classmethod
    def at(cls, derived: Derived, exercise: Exercise) -> State:
        """Before the first sample."""
        rate_hz = derived.rate_hz
        return cls(
            GapBridge(rate_hz),
            Orientation(rate_hz),
            Track(rate_hz),
            Rests.of(derived.tick_hz, exercise.least_excursion_deg),
        )

    def forget(self, before: int) -> None:
        """Drop what lies before sample ``before``."""
        self.track.forget(before)
        self.taken = [span for span in self.taken if span[1] > before]
        self.said = [span for span in self.said if span[1] > before]

    def is_taken(self, first: int, last: int) -> bool:
        """Whether much of ``[first, last]``, or of a counted rep, is the same samples."""
        length = max(1, last - first)
        if self.open is not None:
            for it in reversed(self.open.members):
                if it.last <= first:
                    break
                if min(last, it.last) - max(first, it.first) > TAKEN_SHARE * min(length, it.last - it.first):
                    return True
        for a, b in reversed(self.taken):
            if b <= first:
                break
            if min(last, b) - max(first, a) > TAKEN_SHARE * min(length, b - a):
                return True
        return False


TAKEN_SHARE = 0.3
