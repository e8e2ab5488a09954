"""Small movements that occur within a set and outside of one."""

from __future__ import annotations

import numpy as np

from imu.simulate.profiles import band
from imu.simulate.track import BODY_RATE_HZ, Track


def tap(rng: np.random.Generator, track: Track) -> None:
    """The toes leave the floor for a moment and touch it again; too small for a rep."""
    up, down = rng.uniform(0.12, 0.25), rng.uniform(0.1, 0.2)
    height = rng.uniform(2.0, 6.0)
    track.wait(rng.uniform(0.08, 0.3))
    track.lift()
    track.move("swing", height * 0.4, up)
    track.move("knee", height * 0.6, up)
    track.move("swing", -height * 0.4, down, track.now_s + up)
    track.move("knee", -height * 0.6, down, track.now_s + up)
    track.wait(up + down)
    track.plant(track.now_s - 0.02, rng.uniform(0.015, 0.03))
    track.wait(0.05)


def small_step(rng: np.random.Generator, track: Track) -> None:
    """One small step of the sensor's leg."""
    up, down = rng.uniform(0.2, 0.4), rng.uniform(0.2, 0.4)
    hip, knee = rng.uniform(8, 24), rng.uniform(15, 50)
    track.lift(duration_s=0.08)
    track.move("swing", -hip, up)
    track.move("knee", knee, up)
    track.move("forward", rng.normal(0, 0.08), up + down)
    track.move("swing", hip, down, track.now_s + up)
    track.move("knee", -knee, down, track.now_s + up)
    track.wait(up + down)
    track.plant(track.now_s - 0.03, rng.uniform(0.02, 0.05))
    track.wait(rng.uniform(0.05, 0.3))


def fumble(rng: np.random.Generator, track: Track, start_s: float, duration_s: float, size_deg: float) -> None:
    """Irregular small movements of all joints for a while."""
    n = int(duration_s * BODY_RATE_HZ)
    t = np.arange(n) / BODY_RATE_HZ
    envelope = np.clip(np.minimum(t, duration_s - t) / 0.3, 0, 1)
    envelope = envelope**2 * (3 - 2 * envelope)
    for channel, share in (("swing", 1.0), ("knee", 1.5), ("femur", 1.5), ("abduction", 0.7)):
        track.patch(channel, start_s, share * size_deg * envelope * band(rng, n, BODY_RATE_HZ, 0.3, 2.0))


def there_and_back(
    track: Track, deltas: dict[str, float], out_s: float, stay_s: float, back_s: float, start_s: float | None = None
) -> float:
    """Move several coordinates away and back again; gives the instant it is done. Does not advance the track."""
    start = track.now_s if start_s is None else start_s
    for channel, delta in deltas.items():
        track.move(channel, delta, out_s, start)
        track.move(channel, -delta, back_s, start + out_s + stay_s)
    return start + out_s + stay_s + back_s
