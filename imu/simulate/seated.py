"""On a chair: sitting down, crossing the legs, stretching the knee, putting on shoes. None of it is a rep."""

from __future__ import annotations

import numpy as np

from imu.simulate.moves import fumble, there_and_back
from imu.simulate.track import Track

SEATED = {"swing": -86.0, "knee": 86.0, "abduction": 4.0, "femur": 0.0}
"""The thigh level and turned so that the shank hangs upright; degrees."""


def sit_down(rng: np.random.Generator, track: Track) -> dict[str, float]:
    """From standing onto a chair, the feet planted; gives where the coordinates were before."""
    before = {channel: track.value(channel) for channel in SEATED}
    duration = rng.uniform(1.2, 2.0)
    off = {"knee": rng.normal(0, 5), "femur": rng.normal(0, 3)}
    for channel, target in SEATED.items():
        track.go_to(channel, target + off.get(channel, 0.0), duration)
    track.go_to("alert", 0.6, duration)
    track.wait(duration + rng.uniform(0.5, 2.0))
    return before


def stand_up(rng: np.random.Generator, track: Track, before: dict[str, float]) -> None:
    """Up from the chair."""
    duration = rng.uniform(1.0, 1.8)
    track.plant()
    for channel, target in before.items():
        track.go_to(channel, target, duration)
    track.go_to("alert", 1.0, duration)
    track.wait(duration + 0.3)


def sit(rng: np.random.Generator, track: Track, duration_s: float) -> None:
    """Sit a while: legs crossed, feet moved, a knee stretched now and then."""
    t0 = track.now_s
    end = t0 + duration_s
    before = sit_down(rng, track)
    while track.now_s < end:
        choice = rng.choice(["cross", "extend", "shift", "wait"], p=[0.25, 0.25, 0.3, 0.2])
        if choice == "cross":
            _cross(rng, track)
        elif choice == "extend":
            _extend(rng, track, rng.uniform(25, 75), rng.uniform(0, 1.5))
        elif choice == "shift":
            _shift(rng, track)
        track.wait(rng.uniform(0.5, 3.0))
    stand_up(rng, track, before)
    track.mark("sit", t0)


def knee_extensions(rng: np.random.Generator, track: Track, count: int) -> None:
    """Seated knee extensions as an exercise: the shank swings forward and up about the knee."""
    t0 = track.now_s
    before = sit_down(rng, track)
    size, hold = rng.uniform(55, 80), rng.uniform(0.1, 2.0)
    for _ in range(count):
        _extend(rng, track, size * rng.normal(1, 0.07), hold * rng.normal(1, 0.15))
        track.wait(rng.uniform(0.2, 1.0))
    stand_up(rng, track, before)
    track.mark("seated_knee", t0)


def shoes(rng: np.random.Generator, track: Track) -> None:
    """Put on and lace a shoe, the ankle over the other knee or the foot lifted."""
    t0 = track.now_s
    before = sit_down(rng, track)
    for _ in range(int(rng.integers(2, 4))):
        up, stay, down = rng.uniform(0.8, 1.4), rng.uniform(3, 8), rng.uniform(0.7, 1.3)
        deltas = {"swing": -rng.uniform(5, 25), "knee": rng.uniform(-40, 25)}
        if rng.random() < 0.5:
            deltas |= {"femur": rng.uniform(20, 45), "abduction": rng.uniform(8, 20)}
        track.lift(duration_s=0.12)
        done = there_and_back(track, deltas, up, stay, down)
        fumble(rng, track, track.now_s + up, stay, rng.uniform(2, 6))
        track.wait(done - track.now_s)
        track.plant(track.now_s - 0.03, rng.uniform(0.02, 0.05))
        track.wait(rng.uniform(0.4, 1.5))
    stand_up(rng, track, before)
    track.mark("shoes", t0)


def _cross(rng: np.random.Generator, track: Track) -> None:
    up, stay, down = rng.uniform(0.7, 1.3), rng.uniform(2, 7), rng.uniform(0.6, 1.2)
    deltas = {
        "swing": -rng.uniform(8, 22),
        "knee": -rng.uniform(5, 30),
        "femur": rng.uniform(-5, 25),
        "abduction": -rng.uniform(10, 20),
    }
    track.lift(duration_s=0.12)
    done = there_and_back(track, deltas, up, stay, down)
    fumble(rng, track, track.now_s + up, stay, rng.uniform(0.5, 2.5))
    track.wait(done - track.now_s)
    track.plant(track.now_s - 0.03)


def _extend(rng: np.random.Generator, track: Track, size_deg: float, hold_s: float) -> None:
    out, back = rng.uniform(0.6, 1.2), rng.uniform(0.6, 1.6)
    track.lift(duration_s=0.1)
    done = there_and_back(track, {"knee": -size_deg, "swing": rng.uniform(-4, 2)}, out, max(hold_s, 0.0), back)
    track.wait(done - track.now_s)
    track.plant(track.now_s - 0.03)


def _shift(rng: np.random.Generator, track: Track) -> None:
    """The foot is put somewhere else."""
    duration = rng.uniform(0.4, 1.0)
    track.lift(duration_s=0.1)
    track.go_to("knee", SEATED["knee"] + rng.normal(0, 14), duration)
    track.go_to("femur", track.value("femur") + rng.normal(0, 5), duration)
    track.wait(duration)
    track.plant(track.now_s - 0.03, rng.uniform(0.02, 0.05))
