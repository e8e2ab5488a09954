"""A set of kickbacks as a person does it, written into a track."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imu.simulate.moves import small_step, tap
from imu.simulate.person import Person
from imu.simulate.plans import RepPlan, SetPlan, Style
from imu.simulate.profiles import MINIMUM_JERK, Profile
from imu.simulate.track import Track


def write_set(rng: np.random.Generator, track: Track, person: Person, style: Style, side: int) -> SetPlan:
    """Write a set into the track: bend over, the reps, and up again."""
    t0 = track.now_s
    _bend_over(rng, track)
    home = {channel: track.value(channel) for channel in ("pelvis", "femur", "forward", "outward", "upward")}
    plans = []
    odd = _odd_ones(rng, style)
    for k in range(style.reps):
        plans.append(_write_rep(rng, track, person, home, style, k, odd.get(k)))
        if k + 1 < style.reps:
            _between(rng, track, style, plans[-1])
    track.wait(rng.uniform(0.6, 1.6))
    _stand_up(rng, track)
    track.mark("kickback", t0)
    return SetPlan(side, t0, track.now_s, plans, len(plans))


def _odd_ones(rng: np.random.Generator, style: Style) -> dict[int, str]:
    """Which reps are partial, or end in a loss of balance."""
    odd: dict[int, str] = {}
    for k in range(style.reps):
        if rng.random() < style.partial_share:
            odd[k] = "partial"
        elif rng.random() < style.balance_share:
            odd[k] = "balance"
    if style.partial_share and not any(v == "partial" for v in odd.values()):
        odd[int(rng.integers(1, style.reps))] = "partial"
    if style.balance_share and not any(v == "balance" for v in odd.values()):
        odd[int(rng.integers(1, style.reps))] = "balance"
    partials = [k for k, v in odd.items() if v == "partial"]
    for k in partials[max(1, style.reps // 3) :]:  # a set of partials would be a set of small reps
        del odd[k]
    return odd


def _bend_over(rng: np.random.Generator, track: Track) -> None:
    """Lean forward onto a support; the shank ends within a few degrees of vertical."""
    lean = rng.uniform(0.7, 1.4)
    knee = max(rng.normal(7, 3), 1.0)
    inward = np.degrees(np.arcsin(np.sin(np.radians(knee)) * np.sin(np.radians(track.value("femur")))))
    track.go_to("swing", rng.normal(0.5, 2.5) - knee, lean)
    track.go_to("knee", knee, lean)
    track.go_to("abduction", inward + rng.normal(0, 0.8), lean)
    track.go_to("alert", rng.uniform(1.2, 1.8), lean)
    track.wait(lean)
    track.wait(rng.uniform(0.4, 1.4))
    track.lift(duration_s=0.15)
    track.wait(0.2)


def _stand_up(rng: np.random.Generator, track: Track) -> None:
    up = rng.uniform(0.7, 1.2)
    track.plant(duration_s=0.05)
    for channel, target in (("swing", -3.0), ("knee", 4.0), ("abduction", 2.0), ("alert", 1.0), ("strain", 0.0)):
        track.go_to(channel, target, up)
    for channel in ("pelvis", "plane"):
        track.go_to(channel, 0.0, up)
    track.wait(up)


def _around(rng: np.random.Generator, mean: float, cv: float) -> float:
    return float(mean * np.clip(rng.normal(1, cv), 0.55, 1.6))


def _write_rep(
    rng: np.random.Generator,
    track: Track,
    person: Person,
    home: dict[str, float],
    style: Style,
    k: int,
    fault: str | None,
) -> RepPlan:
    tired = style.fatigue * k / max(style.reps - 1, 1)
    out_s = _around(rng, style.out_s * (1 + tired), style.cv)
    back_s = _around(rng, style.back_s * (1 - tired), style.cv)
    swing = _around(rng, style.swing_deg * (1 - tired), 0.5 * style.cv)
    if fault == "partial":
        swing *= rng.uniform(0.24, 0.42)
        out_s *= rng.uniform(0.6, 0.9)
        back_s *= rng.uniform(0.6, 0.9)
    elif fault == "balance":
        swing *= rng.uniform(0.5, 1.0)
    knee = rng.normal(3, 2) * swing / 65
    start = track.now_s
    out, back = _profiles(rng, person, style)
    opening = style.pelvis_deg + style.pelvis_drift_deg * k / max(style.reps - 1, 1)
    _go_out(rng, track, replace(style, pelvis_deg=opening), start, out_s, swing, knee, out, tired)
    track.wait(out_s)
    top = track.now_s
    pulses = _hold(rng, track, style, fault)
    leave = track.now_s
    if fault == "balance":
        back_s, back = rng.uniform(0.3, 0.5), MINIMUM_JERK
    _come_back(rng, track, home, style, leave, back_s, back, fault)
    track.wait(back_s)
    return RepPlan(start, top, leave, track.now_s, pulses, fault)


def _profiles(rng: np.random.Generator, person: Person, style: Style) -> tuple[Profile, Profile]:
    def vary(profile: Profile) -> Profile:
        return Profile(
            float(np.clip(profile.rise * rng.normal(1, 0.07), 1.5, 2.8)),
            float(np.clip(profile.fall * rng.normal(1, 0.07), 1.5, 2.8)),
            float(np.clip(profile.plateau + rng.normal(0, 0.08), 0, 0.7)),
        )

    out, back = vary(person.out_profile), vary(person.back_profile)
    if style.bounce:  # the leg turns round at speed: the velocity crosses zero in a straight line
        out, back = replace(out, rise=1.0), replace(back, fall=1.0)
    return out, back


def _go_out(
    rng: np.random.Generator,
    track: Track,
    style: Style,
    start: float,
    out_s: float,
    swing: float,
    knee: float,
    profile: Profile,
    tired: float,
) -> None:
    """The way out: hip first, pelvis and thigh a little later, all at the top together."""
    track.go_to("plane", style.plane_deg + rng.normal(0, 1.5), 0.2, start - 0.1)
    track.move("swing", swing - knee, out_s, start, profile)
    track.move("knee", knee, out_s, start, profile)
    part = swing / max(style.swing_deg, 1.0)
    lag = rng.uniform(0.05, 0.3) * out_s
    track.go_to("pelvis", rng.normal(style.pelvis_deg, 1.2) * min(part, 1.2), out_s - lag, start + lag)
    track.move("femur", rng.normal(style.femur_deg, 1.2) * part, out_s - lag, start + lag)
    track.go_to("strain", (1.0 + 3 * tired) * rng.uniform(0.8, 1.2), out_s, start)
    track.go_to("alert", rng.uniform(1.3, 2.2), out_s, start)
    shift = rng.normal(0.015, 0.006) * part
    track.move("forward", shift, out_s, start)
    track.move("outward", -abs(rng.normal(0.008, 0.005)), out_s, start)
    track.move("upward", rng.normal(0.006, 0.004) * part, out_s, start)
    track.lift(start - 0.06)


def _hold(rng: np.random.Generator, track: Track, style: Style, fault: str | None) -> list[tuple[float, float, float]]:
    """The top: settling, sagging, pulses. Gives the knots (leaves, lowest, back) of every pulse."""
    hold_s = _around(rng, style.hold_s, style.hold_cv)
    if fault == "balance":
        track.wait(rng.uniform(0.0, 0.4))
        return []
    if fault is None and style.pulse_share and rng.random() < style.pulse_share:
        return _pulses(rng, track, style, hold_s)
    if style.settle and hold_s > 0.9 and rng.random() < 0.5:
        track.move("swing", -rng.uniform(0.6, 2.0), 0.35)
    if hold_s > 1.2:
        track.move("swing", -rng.uniform(0.2, 0.8) * hold_s, hold_s * 0.9, profile=Profile(1, 1, 0.6))
    track.wait(hold_s)
    return []


def _pulses(rng: np.random.Generator, track: Track, style: Style, hold_s: float) -> list[tuple[float, float, float]]:
    knots = []
    track.wait(0.4 * hold_s)
    low, high = style.pulse_deg
    amplitude = rng.uniform(low, high)
    tempo = rng.uniform(0.2, 0.36)
    for _ in range(int(rng.integers(style.pulses[0], style.pulses[1] + 1))):
        depth = float(np.clip(amplitude * rng.normal(1, 0.15), 3.6, 0.38 * style.swing_deg))
        down, up = _around(rng, tempo, 0.12), _around(rng, tempo, 0.12)
        leave = track.now_s
        track.move("swing", -depth, down)
        track.wait(down)
        lowest = track.now_s
        track.move("swing", depth + rng.normal(0, 0.05) * depth, up)
        track.wait(up)
        knots.append((leave, lowest, track.now_s))
        track.wait(rng.uniform(0.0, 0.12))
    track.wait(0.6 * hold_s)
    return knots


def _come_back(
    rng: np.random.Generator,
    track: Track,
    home: dict[str, float],
    style: Style,
    leave: float,
    back_s: float,
    profile: Profile,
    fault: str | None,
) -> None:
    rest_knee = track.value("knee")
    away = track.value("swing") + rest_knee
    target = rng.normal(0.5, 1.2)  # the shank's lean at rest, not quite the same after every rep
    knee_back = min(rng.normal(4, 2) * away / 65, rest_knee - 1.0) if rest_knee > 1.5 else 0.0
    delta = target - away
    if style.stall_share and fault is None and rng.random() < style.stall_share:
        _stalling(rng, track, leave, back_s, delta + knee_back, profile)
    else:
        track.move("swing", delta + knee_back, back_s, leave, profile)
    track.move("knee", -knee_back, back_s, leave, profile)
    for channel in ("pelvis", "femur"):
        track.go_to(channel, home[channel] + rng.normal(0, 0.3), back_s * 0.95, leave)
    for channel in ("forward", "outward", "upward"):
        track.go_to(channel, home[channel], back_s * 0.95, leave)
    track.go_to("strain", 0.3, back_s, leave)
    track.go_to("alert", rng.uniform(1.1, 1.6), back_s, leave)
    if fault == "balance":
        track.plant(leave + back_s - 0.04, 0.03)
    elif not style.free_foot and not style.bounce:
        track.plant(leave + back_s - rng.uniform(0.0, 0.05), rng.uniform(0.04, 0.09))


def _stalling(
    rng: np.random.Generator, track: Track, leave: float, back_s: float, delta: float, profile: Profile
) -> None:
    """A lowering that slows down half-way and goes on; two overlapping halves keep it moving."""
    cut = rng.uniform(0.4, 0.6)
    share = rng.uniform(0.4, 0.6)
    track.move("swing", delta * share, back_s * (cut + 0.12), leave, profile)
    track.move("swing", delta * (1 - share), back_s * (1 - cut + 0.12), leave + back_s * (cut - 0.12), profile)


def _between(rng: np.random.Generator, track: Track, style: Style, rep: RepPlan) -> None:
    """The pause at the bottom, with toe taps or the steps after a loss of balance."""
    pause = 0.0 if style.bounce else _around(rng, style.pause_s, 0.3)
    if rep.fault == "balance":
        track.wait(rng.uniform(0.3, 0.8))
        for _ in range(int(rng.integers(1, 3))):
            small_step(rng, track)
        track.wait(rng.uniform(0.5, 1.5))
        return
    if style.tap_share and rng.random() < style.tap_share:
        for _ in range(int(rng.integers(1, 4))):
            tap(rng, track)
        pause = max(pause, 0.4)
    track.wait(pause)
