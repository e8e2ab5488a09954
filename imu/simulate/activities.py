"""What people do with a sensor on the ankle besides kickbacks. None of it is a rep."""

from __future__ import annotations

import numpy as np

from imu.simulate.moves import fumble, small_step, tap, there_and_back
from imu.simulate.plans import SetPlan, Style
from imu.simulate.profiles import Profile, band
from imu.simulate.track import BODY_RATE_HZ, Track

UPRIGHT = {"swing": -3.0, "knee": 4.0, "abduction": 2.0}


def stand(rng: np.random.Generator, track: Track, duration_s: float) -> None:
    """Quiet standing, with a shift of weight now and then."""
    t0 = track.now_s
    end = t0 + duration_s
    while end - track.now_s > 6.0:
        track.wait(rng.uniform(2, 5))
        shift = rng.uniform(0.5, 1.2)
        track.go_to("swing", UPRIGHT["swing"] + rng.normal(0, 1.5), shift)
        track.go_to("abduction", UPRIGHT["abduction"] + rng.normal(0, 1.0), shift)
        track.wait(shift)
    track.wait(max(end - track.now_s, 0.0))
    track.mark("stand", t0)


def step(rng: np.random.Generator, track: Track) -> None:
    """One step on the spot or a little away."""
    t0 = track.now_s
    small_step(rng, track)
    track.mark("step", t0)


def shake(rng: np.random.Generator, track: Track) -> None:
    """The leg is lifted a little and shaken loose."""
    t0 = track.now_s
    lift = rng.uniform(0.3, 0.6)
    duration = rng.uniform(1.2, 2.6)
    hip, knee = rng.uniform(5, 18), rng.uniform(8, 35)
    track.lift(duration_s=0.1)
    track.move("swing", -hip, lift)
    track.move("knee", knee, lift)
    n = int(duration * BODY_RATE_HZ)
    t = np.arange(n) / BODY_RATE_HZ
    envelope = np.sin(np.pi * t / duration) ** 2
    beat = np.sin(2 * np.pi * rng.uniform(2.2, 4.5) * t + 0.8 * band(rng, n, BODY_RATE_HZ, 0.2, 1.0))
    for channel, low, high in (("swing", 0.6, 2), ("knee", 1, 4.5), ("femur", 1, 6), ("abduction", 0.2, 1.2)):
        track.patch(channel, t0 + lift, rng.uniform(low, high) * envelope * beat)
    track.wait(lift + duration)
    track.move("swing", hip, lift)
    track.move("knee", -knee, lift)
    track.wait(lift)
    track.plant(track.now_s - 0.03)
    track.wait(0.1)
    track.mark("shake", t0)


def fit_band(rng: np.random.Generator, track: Track) -> None:
    """Put the foot through the band's loop and pull it straight: the leg up in front, fumbling."""
    t0 = track.now_s
    track.wait(rng.uniform(0.3, 1.5))
    for _ in range(int(rng.integers(1, 4))):
        raise_s, stay, lower_s = rng.uniform(0.6, 1.3), rng.uniform(0.4, 1.8), rng.uniform(0.5, 1.2)
        hip, knee = rng.uniform(10, 60), rng.uniform(25, 95)
        turn = rng.normal(0, 12)
        track.lift(duration_s=0.12)
        deltas = {"swing": -hip, "knee": knee, "femur": turn, "abduction": rng.normal(3, 5)}
        there_and_back(track, deltas, raise_s, stay, lower_s)
        total = raise_s + stay + lower_s
        fumble(rng, track, track.now_s, total, rng.uniform(1.0, 4.0))
        track.wait(total)
        track.plant(track.now_s - 0.03, rng.uniform(0.025, 0.06))
        track.wait(rng.uniform(0.3, 1.2))
    track.mark("fit_band", t0)


def fidget(rng: np.random.Generator, track: Track, duration_s: float) -> None:
    """Restless standing: steps, shakes, taps, heel lifts, turning on the spot, the leg swung to and fro."""
    t0 = track.now_s
    end = t0 + duration_s
    while track.now_s < end:
        choice = rng.choice(["step", "shake", "tap", "heel", "pendulum", "wait", "turn", "stretch"],
                            p=[0.25, 0.15, 0.12, 0.12, 0.08, 0.14, 0.08, 0.06])  # fmt: skip
        if choice == "step":
            step(rng, track)
        elif choice == "shake":
            shake(rng, track)
        elif choice == "tap":
            for _ in range(int(rng.integers(1, 6))):
                tap(rng, track)
        elif choice == "heel":
            _heel_lift(rng, track)
        elif choice == "pendulum":
            _pendulum(rng, track)
        elif choice == "turn":
            track.move("heading", rng.normal(0, 40), rng.uniform(0.6, 1.5))
            step(rng, track)
        elif choice == "stretch":
            _stretch(rng, track)
        track.wait(rng.uniform(0.2, 2.0))
    track.mark("fidget", t0)


def _heel_lift(rng: np.random.Generator, track: Track) -> None:
    """The heel leaves the floor, the knee comes forward: the shank leans and turns about the toes."""
    up, down, stay = rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.8), rng.uniform(0, 1.0)
    hip, knee = rng.uniform(5, 15), rng.uniform(12, 40)
    there_and_back(track, {"swing": -hip, "knee": knee}, up, stay, down)
    track.wait(up + stay + down)


def _pendulum(rng: np.random.Generator, track: Track) -> None:
    """The free leg swings to and fro about the hip a few times, loose in the knee."""
    duration = rng.uniform(2.0, 5.0)
    n = int(duration * BODY_RATE_HZ)
    t = np.arange(n) / BODY_RATE_HZ
    envelope = np.sin(np.pi * t / duration) ** 2
    wave = 2 * np.pi * rng.uniform(0.6, 1.0) * t + rng.uniform(0, 6)
    track.lift(duration_s=0.15)
    track.patch("swing", track.now_s, envelope * rng.uniform(6, 18) * np.sin(wave))
    track.patch("knee", track.now_s, envelope * rng.uniform(3, 12) * (1 + np.sin(wave - 0.9)))
    track.wait(duration)
    track.plant()
    track.wait(0.1)


def _stretch(rng: np.random.Generator, track: Track) -> None:
    """Heel to the seat: the front of the thigh is stretched standing."""
    up, down, stay = rng.uniform(0.8, 1.3), rng.uniform(0.8, 1.5), rng.uniform(1.5, 5.0)
    knee, hip = rng.uniform(95, 125), rng.uniform(-8, 6)
    track.lift(duration_s=0.15)
    there_and_back(track, {"swing": hip, "knee": knee}, up, stay, down)
    fumble(rng, track, track.now_s, up + stay + down, 1.0)
    track.wait(up + stay + down)
    track.plant(track.now_s - 0.03)
    track.wait(0.1)


def squats(rng: np.random.Generator, track: Track, count: int) -> None:
    """Squats with the feet planted: the shank leans forward over the ankle and comes back."""
    t0 = track.now_s
    for _ in range(count):
        down, stay, up = rng.uniform(0.9, 1.7), rng.uniform(0, 0.6), rng.uniform(0.7, 1.4)
        lean = rng.uniform(18, 34)
        there_and_back(track, {"swing": -70.0, "knee": 70.0 + lean, "abduction": rng.uniform(2, 8)}, down, stay, up)
        track.wait(down + stay + up + rng.uniform(0.2, 1.0))
    track.mark("squats", t0)


def standing_leg(rng: np.random.Generator, track: Track, style: Style, side: int) -> SetPlan:
    """The other leg does its set; the sensor's leg carries the body, sways in time with it, and shakes."""
    t0 = track.now_s
    lean = rng.uniform(0.8, 1.4)
    track.go_to("swing", rng.normal(-14, 4), lean)
    track.go_to("knee", rng.uniform(8, 20), lean)
    track.go_to("alert", rng.uniform(1.5, 4.5), lean)
    track.go_to("strain", rng.uniform(0.5, 1.5), lean)
    track.wait(lean + rng.uniform(0.5, 1.5))
    lean_deg, roll_deg = rng.uniform(0.5, 5.0), rng.normal(0, 1.5)
    for _ in range(style.reps):
        out_s, hold_s, back_s = (float(v * rng.normal(1, 0.1)) for v in (style.out_s, style.hold_s, style.back_s))
        for channel, size in (("swing", lean_deg), ("abduction", roll_deg), ("knee", rng.normal(0, 1.5))):
            delta = size * rng.normal(1, 0.2)
            track.move(channel, delta, out_s)
            track.move(channel, -delta, back_s, track.now_s + out_s + hold_s)
        track.wait(out_s + hold_s + back_s + style.pause_s * rng.uniform(0.7, 1.3))
        if rng.random() < 0.06:
            small_step(rng, track)
    track.go_to("strain", 0.0, 1.0)
    track.go_to("alert", 1.0, 1.0)
    upright(rng, track)
    track.mark("kickback_other_leg", t0)
    return SetPlan(-side, t0, track.now_s, [], style.reps, visible=False)


def upright(rng: np.random.Generator, track: Track) -> None:
    """Back to quiet standing."""
    up = rng.uniform(0.8, 1.3)
    for channel, target in UPRIGHT.items():
        track.go_to(channel, target, up)
    track.wait(up)


def raises(rng: np.random.Generator, track: Track, count: int, kind: str) -> None:
    """Another exercise done for reps: ``side`` raises or ``front`` kicks with a straight leg."""
    t0 = track.now_s
    sign = -1.0 if kind == "front" else 1.0
    channel = "swing" if kind == "front" else "abduction"
    size, pause = rng.uniform(22, 45), rng.uniform(0.2, 0.9)
    out_s, hold_s, back_s = rng.uniform(0.5, 1.2), rng.uniform(0.05, 1.0), rng.uniform(0.6, 1.8)
    knee = rng.uniform(0, 12) if kind == "front" else 0.0
    track.lift(duration_s=0.15)
    track.go_to("alert", 1.6, 0.5)
    for _ in range(count):
        out, stay, back = (float(v * rng.normal(1, 0.1)) for v in (out_s, hold_s, back_s))
        delta = sign * size * rng.normal(1, 0.08)
        for name, amount in ((channel, delta), ("knee", knee), ("femur", rng.normal(0, 2))):
            track.move(name, amount, out, profile=Profile(1.8, 2.2))
            track.move(name, -amount, back, track.now_s + out + stay)
        track.wait(out + stay + back)
        if rng.random() < 0.5:
            track.plant(track.now_s - 0.03, rng.uniform(0.03, 0.08))
            track.wait(pause)
            track.lift()
        else:
            track.wait(pause)
    track.go_to("alert", 1.0, 0.5)
    track.plant()
    track.wait(0.6)
    track.mark(kind, t0)
