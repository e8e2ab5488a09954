"""What the leg with the sensor is asked to do: named coordinates over time, written as smooth steps.

Coordinates are joint angles in degrees and positions in metres. ``Track`` collects moves while a script is
written and turns them into arrays at the end. Everything here is intended; sway and tremor come later.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from imu.simulate.profiles import MINIMUM_JERK, Profile

FloatArray = npt.NDArray[np.float64]

BODY_RATE_HZ = 400.0

CHANNELS = (
    "swing",  # hip: thigh backwards, degrees
    "plane",  # hip: direction of the swing, outwards, degrees
    "abduction",  # hip: leg sideways, outwards, degrees
    "femur",  # hip: rotation of the thigh about its own axis, external, degrees
    "knee",  # flexion, degrees
    "pelvis",  # rotation of the pelvis about the trunk's axis, opening the sensor's side, degrees
    "heading",  # degrees, to the left
    "forward",  # pelvis, metres
    "outward",  # pelvis, metres, towards the sensor's side
    "upward",  # pelvis, metres
    "contact",  # 1: the foot stands on the floor, 0: it is free
    "alert",  # multiplies sway (1: quiet standing)
    "strain",  # multiplies tremor (0: leg at ease)
    "handled",  # 1: the sensor is off the leg, in somebody's hands
)
INDEX = {name: i for i, name in enumerate(CHANNELS)}


@dataclass(frozen=True, slots=True)
class Step:
    """One coordinate moves by ``delta`` within ``duration_s``."""

    channel: str
    start_s: float
    duration_s: float
    delta: float
    profile: Profile = MINIMUM_JERK


@dataclass(frozen=True, slots=True)
class Patch:
    """Samples at the body's rate added to one coordinate; with ``stays`` the last one lasts for ever."""

    channel: str
    start_s: float
    values: FloatArray
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A named stretch of the recording."""

    name: str
    t0_s: float
    t1_s: float


@dataclass
class Track:
    """A script under construction; ``now_s`` is where the next move begins."""

    now_s: float = 0.0
    steps: list[Step] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    sides: list[tuple[float, int]] = field(default_factory=list)
    base: dict[str, float] = field(default_factory=lambda: {"contact": 1.0, "alert": 1.0})

    def value(self, channel: str) -> float:
        """Where a coordinate will be when all moves written so far are done."""
        moved = sum(s.delta for s in self.steps if s.channel == channel)
        stayed = sum(float(p.values[-1]) for p in self.patches if p.channel == channel and p.stays)
        return self.base.get(channel, 0.0) + moved + stayed

    def move(
        self,
        channel: str,
        delta: float,
        duration_s: float,
        start_s: float | None = None,
        profile: Profile = MINIMUM_JERK,
    ) -> None:
        """Write a move; it does not advance ``now_s``."""
        if channel not in INDEX:
            raise KeyError(channel)
        self.steps.append(Step(channel, self.now_s if start_s is None else start_s, duration_s, delta, profile))

    def go_to(
        self,
        channel: str,
        target: float,
        duration_s: float,
        start_s: float | None = None,
        profile: Profile = MINIMUM_JERK,
    ) -> None:
        """Move to a value, counted from where all earlier moves end."""
        delta = target - self.value(channel)
        if delta:
            self.move(channel, delta, duration_s, start_s, profile)

    def patch(self, channel: str, start_s: float, values: FloatArray, stays: bool = False) -> None:
        """Add samples at the body's rate; they should begin at 0 and, unless the last one stays, end there."""
        self.patches.append(Patch(channel, start_s, values, stays))

    def lift(self, start_s: float | None = None, duration_s: float = 0.06) -> None:
        """The foot leaves the floor."""
        self.go_to("contact", 0.0, duration_s, start_s)

    def plant(self, start_s: float | None = None, duration_s: float = 0.03) -> None:
        """The foot meets the floor; the shorter, the harder."""
        self.go_to("contact", 1.0, duration_s, start_s)

    def wait(self, duration_s: float) -> None:
        """Nothing new for a while."""
        self.now_s += duration_s

    def mark(self, name: str, t0_s: float) -> None:
        """Name what happened from ``t0_s`` until now."""
        self.segments.append(Segment(name, t0_s, self.now_s))

    def render(self) -> FloatArray:
        """All coordinates at the body's rate, shape (n, number of channels)."""
        n = int(np.ceil(self.now_s * BODY_RATE_HZ)) + 1
        out = np.zeros((len(CHANNELS), n))
        jump = np.zeros((len(CHANNELS), n + 1))
        for name, value in self.base.items():
            out[INDEX[name]] += value
        for step in self.steps:
            row = INDEX[step.channel]
            first = min(max(int(np.ceil(step.start_s * BODY_RATE_HZ)), 0), n)
            last = min(max(int(np.ceil((step.start_s + step.duration_s) * BODY_RATE_HZ)), first), n)
            tau = (np.arange(first, last) / BODY_RATE_HZ - step.start_s) / step.duration_s
            out[row, first:last] += step.delta * step.profile.at(tau)
            jump[row, last] += step.delta
        out += np.cumsum(jump, axis=1)[:, :n]
        for patch in self.patches:
            first = round(patch.start_s * BODY_RATE_HZ)
            part = patch.values[: max(n - first, 0)]
            row = out[INDEX[patch.channel]]
            row[first : first + len(part)] += part
            if patch.stays:
                row[first + len(part) :] += patch.values[-1]
        np.clip(out[INDEX["contact"]], 0.0, 1.0, out=out[INDEX["contact"]])
        return out.T
