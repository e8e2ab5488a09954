"""Walking, stairs and cycling: movements that repeat."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from imu.simulate.person import Person
from imu.simulate.profiles import wander
from imu.simulate.track import BODY_RATE_HZ, Track

FloatArray = npt.NDArray[np.float64]

# Sagittal angles over one stride from heel strike to heel strike, read off the textbook curves of level walking
# and stair climbing (Perry and Burnfield 2010) as a handful of points each; thigh backwards positive, degrees.
_LEVEL = {
    "swing": ((0, -27), (0.12, -22), (0.3, -4), (0.5, 11), (0.6, 3), (0.72, -19), (0.85, -31), (0.95, -29)),
    "knee": ((0, 4), (0.12, 16), (0.4, 5), (0.5, 14), (0.62, 43), (0.72, 60), (0.82, 44), (0.92, 13), (0.97, 5)),
}  # fmt: skip
_STAIRS = {
    "swing": ((0, -58), (0.15, -48), (0.35, -20), (0.55, 0), (0.65, -8), (0.8, -55), (0.92, -64)),
    "knee": ((0, 62), (0.15, 52), (0.35, 22), (0.55, 10), (0.65, 45), (0.78, 88), (0.92, 72)),
}
_STANCE_END = 0.62


def _curve(points: tuple[tuple[float, float], ...]) -> CubicSpline:
    x, y = np.array(points, dtype=np.float64).T
    return CubicSpline(np.append(x, 1.0), np.append(y, y[0]), bc_type="periodic")


def walk(
    rng: np.random.Generator, track: Track, person: Person, duration_s: float, stairs: bool = False, name: str = "walk"
) -> None:
    """Walk or climb from standing to standing; a turn now and then."""
    t0 = track.now_s
    n = int(duration_s * BODY_RATE_HZ)
    stride_s = person.stride_s * (1.15 if stairs else 1.0) * rng.normal(1, 0.04)
    pace = 1 + 0.03 * wander(rng, n, BODY_RATE_HZ, 3)
    phase = rng.uniform(0.1, 0.5) + np.cumsum(pace) / (BODY_RATE_HZ * stride_s)
    envelope = _envelope(n, rng.uniform(0.25, 0.5), rng.uniform(0.35, 0.7))
    size = person.gait_gain * rng.normal(1, 0.03)
    points = _STAIRS if stairs else _LEVEL
    for channel, knots in points.items():
        # every stride is a little larger or smaller than the last
        vary = 1 + 0.05 * wander(rng, n, BODY_RATE_HZ, 0.6)
        values = _curve(knots)(phase % 1.0) * size * vary
        track.patch(channel, t0, envelope * (values - track.value(channel)))
    track.patch(
        "contact",
        t0,
        np.where(envelope > 0.02, -1.0, 0.0) * (1 - _stance(phase % 1.0, person.heel_strike_s / stride_s)),
    )
    _carry_pelvis(track, t0, phase, envelope, stride_s, size, stairs)
    angle = 2 * np.pi * phase
    track.patch("femur", t0, envelope * rng.uniform(2, 6) * np.sin(angle + rng.uniform(0, 6)))
    track.patch("abduction", t0, envelope * rng.uniform(1.5, 4) * np.sin(angle + rng.uniform(0, 6)))
    track.patch("strain", t0, envelope * 1.0)
    track.wait(duration_s)
    track.mark(name, t0)
    if not stairs and duration_s > 5 and rng.random() < 0.5:
        track.move("heading", rng.choice([-1, 1]) * rng.uniform(60, 180), rng.uniform(1.5, 3), t0 + duration_s / 2 - 1)


def _envelope(n: int, rise_s: float, fall_s: float) -> FloatArray:
    t = np.arange(n) / BODY_RATE_HZ
    ramp = np.minimum(np.clip(t / rise_s, 0, 1), np.clip((t[-1] - t) / fall_s, 0, 1))
    return np.asarray(ramp**2 * (3 - 2 * ramp))


def _stance(phase: FloatArray, strike: float) -> FloatArray:
    """Foot contact over the stride: a short landing, and a long rolling-off from mid-stance."""
    landing = np.clip(np.where(phase > 0.5, phase - 1, phase) / strike, 0, 1)
    leaving = np.clip((_STANCE_END - phase) / (_STANCE_END - 0.44), 0, 1)
    both = np.where(phase > 0.8, 0.0, np.minimum(landing, leaving))
    return np.asarray(both**2 * (3 - 2 * both))


def _carry_pelvis(
    track: Track, t0: float, phase: FloatArray, envelope: FloatArray, stride_s: float, size: float, stairs: bool
) -> None:
    stride_m = 0.55 if stairs else 1.35 * size
    speed = envelope * stride_m / stride_s
    forward = np.cumsum(speed) / BODY_RATE_HZ
    track.patch("forward", t0, forward, stays=True)
    bob = 0.022 * np.sin(4 * np.pi * phase + 0.6) * envelope
    if stairs:
        climb = np.cumsum(envelope) / BODY_RATE_HZ * 0.34 / stride_s
        track.patch("upward", t0, climb, stays=True)
    track.patch("upward", t0, bob)
    track.patch("outward", t0, 0.02 * np.sin(2 * np.pi * phase) * envelope)


def cycle(rng: np.random.Generator, track: Track, person: Person, duration_s: float) -> None:
    """Pedalling on a bicycle: the hip stays, the ankle follows the pedal, the joints by inverse kinematics."""
    t0 = track.now_s
    get_on = 1.6
    n = int((duration_s - 2 * get_on) * BODY_RATE_HZ)
    crank_m, ahead_m = 0.17, rng.uniform(0.12, 0.25)
    drop_m = (person.thigh_m + person.shank_m) * rng.uniform(0.90, 0.95) - crank_m - ahead_m**2
    cadence_hz = rng.uniform(0.95, 1.5)
    pace = 1 + 0.05 * wander(rng, n, BODY_RATE_HZ, 0.5)
    coast = _envelope(n, 1.5, 1.5)
    angle = rng.uniform(0, 6) + 2 * np.pi * np.cumsum(pace * coast) * cadence_hz / BODY_RATE_HZ
    swing, knee = _leg_to(person, ahead_m + crank_m * np.cos(angle), -drop_m + crank_m * np.sin(angle))
    home = {"swing": track.value("swing"), "knee": track.value("knee")}
    track.lift(duration_s=0.2)
    track.go_to("swing", float(swing[0]), get_on)
    track.go_to("knee", float(knee[0]), get_on)
    track.wait(get_on)
    for channel, values in (("swing", swing), ("knee", knee)):
        track.patch(channel, track.now_s, values - values[0], stays=True)
    track.patch("abduction", track.now_s, coast * 2 * np.sin(angle))
    track.patch("upward", track.now_s, coast * 0.006 * np.sin(2 * angle))
    track.wait(n / BODY_RATE_HZ)
    track.mark("cycling", t0)
    for channel, value in home.items():
        track.go_to(channel, value, get_on)
    track.wait(get_on)
    track.plant()


def _leg_to(person: Person, ahead_m: FloatArray, height_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Thigh and knee angles in degrees that bring the ankle to a point relative to the hip (law of cosines)."""
    a, b = person.thigh_m, person.shank_m
    reach = np.clip(np.hypot(ahead_m, height_m), abs(a - b) + 1e-3, a + b - 1e-3)
    knee = np.pi - np.arccos((a**2 + b**2 - reach**2) / (2 * a * b))
    between = np.arccos((a**2 + reach**2 - b**2) / (2 * a * reach))
    forward = np.arctan2(ahead_m, -height_m)
    return np.degrees(-(forward + between)), np.degrees(knee)
