"""Does a recording obey physics? The unit of acceleration, the gyro against gravity, saturation, noise.

Two facts need no calibration. A sensor at rest feels 9.81 m/s², so the stillest second tells the unit of
acceleration, and a sensor without gravity ("linear" acceleration) gives itself away. And gravity, seen from
a turning sensor, turns the other way, ``dg/dt = -ω × g``: the gyro added up from one quiet moment to the next
must bring gravity from its first direction to its last. The factor it needs for that is 1 when the gyro's
unit is what it is said to be, 57.3 or 1/57.3 when degrees and radians were mixed up, and there is none when
the axes of the two sensors do not belong together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from imu.blocks import FloatArray, Recording
from imu.turning import UNIT_FACTORS, BoolArray, Turning, box_means, turns
from imu.units import ACC_TO_MPS2, DEG_PER_RAD, G0_MPS2, RAD_PER_DEG

PIECE = 1 << 17
"""Rows looked at together: memory does not grow with copies of long recordings."""
STILL_S = 1.0
"""Length of the stillest stretch that is looked for."""
STILL_SHARE = 0.1
"""It is still when the acceleration's scatter is below this share of its mean (of 1 when the mean is less)."""
FROZEN_S = 1.0
"""No sensor repeats all six values for so long: even at rest there is noise in the last digits."""
FITS = 0.25
"""How far gravity may be off: worse than any sensor's offset and scale error together, far from a wrong unit."""
LINEAR_MPS2 = 1.0
"""A still accelerometer that measures less than this has had gravity taken out."""
AGREES = 0.7
"""The gyro's unit is told from here on: gravity ends within 30 % of its turn of where the gyro says."""
APART = 0.5
"""Below this the two sensors do not belong together; below ``AGREES`` they do not when other axes do fit. In 82 shared
recordings and six shipped traces gravity turned enough to tell in 69, with an agreement of 0.86 or more in each."""
FULL_SCALE_MPS2 = 1.9 * G0_MPS2
FULL_SCALE_RADPS = 240.0 * RAD_PER_DEG
"""No sensor's range ends below these, so a plateau below them is not saturation."""
NOISY_MPS2 = 0.3
NOISY_RADPS = 1.0 * RAD_PER_DEG
BIAS_RADPS = 5.0 * RAD_PER_DEG
SATURATED = 0.001


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What the physics says of a recording read in the units it claims. NaN or None: the recording does not tell.

    Attributes:
        gravity_mps2: length of the mean acceleration in the stillest second.
        acc_factor: what to multiply the accelerations with to make them m/s²: 1, 9.80665 (they were g),
            0.00980665 (they were mg); 0 when gravity is missing.
        turn_ratio: how much gravity turned per turn that the gyro measured, between quiet moments.
        turn_agreement: how well both turns agree with this ratio: 1 less the error as a share of the turn.
        gyr_factor: what to multiply the angular velocities with to make them rad/s: 1, π/180 or 180/π.
        gyr_axes: how the gyro's axes would have to be taken to fit the accelerometer's ("y, x, z"), "" if they do or
            no order fits.
        acc_noise_mps2, gyr_noise_radps: standard deviation of a sample in the stillest second.
        gyr_bias_radps: length of the mean angular velocity in the stillest second.
        acc_saturated, gyr_saturated: share of the samples at the end of the range.
        frozen_s: how long, in all, none of the six values changed for a second or more.
        findings: one plain sentence for everything that is not as it should be.
    """

    gravity_mps2: float
    acc_factor: float | None
    turn_ratio: float
    turn_agreement: float
    gyr_factor: float | None
    gyr_axes: str
    acc_noise_mps2: float
    gyr_noise_radps: float
    gyr_bias_radps: float
    acc_saturated: float
    gyr_saturated: float
    frozen_s: float
    findings: tuple[str, ...]

    @property
    def apart(self) -> str:
        """Why the gyro and the accelerometer cannot be used together, in words, or "" when nothing speaks against it.

        Told only when gravity turned enough between quiet moments and the gyro clearly says something else.
        """
        told = math.isfinite(self.turn_ratio) and (self.turn_agreement < APART or self.gyr_axes != "")
        return _out_of_step(self) if told else ""


def examine(recording: Recording) -> Plausibility:
    """Look at a recording with the eyes of physics; lost samples are left out."""
    acc, gyr = recording.block.acc_mps2, recording.block.gyr_radps
    frozen = _frozen(acc, gyr, recording.rate_hz)
    still = _stillest(acc, frozen, recording.rate_hz)
    gravity = acc_noise = gyr_noise = gyr_bias = math.nan
    turning = Turning()
    factor = None
    if still is not None:
        gravity = float(np.linalg.norm(np.nanmean(acc[still], axis=0)))
        factor = _acc_factor(gravity)
        acc_noise, gyr_noise = _noise(acc[still]), _noise(gyr[still])
        gyr_bias = float(np.linalg.norm(np.nanmean(gyr[still], axis=0)))
        if gravity > 0:
            turning = turns(acc, gyr, recording.rate_hz, gravity, still, AGREES)
    seen = Plausibility(
        gravity,
        factor,
        turning.ratio,
        turning.agreement,
        _gyr_factor(turning),
        turning.axes,
        acc_noise,
        gyr_noise,
        gyr_bias,
        _saturated(acc, FULL_SCALE_MPS2),
        _saturated(gyr, FULL_SCALE_RADPS),
        float(frozen.sum() / recording.rate_hz),
        (),
    )
    return Plausibility(**{name: getattr(seen, name) for name in seen.__slots__[:-1]}, findings=_findings(seen))


def _stillest(acc: FloatArray, frozen: BoolArray, rate_hz: float) -> slice | None:
    """The second in which the acceleration changes least, or None when there is no still one.

    A stretch of rows that are all the same (a logger whose sensor has gone) counts only when there is no other.
    """
    size = max(4, round(STILL_S * rate_hz))
    if len(acc) < size:
        return None
    for values in (np.where(frozen[:, None], np.nan, acc), acc) if frozen.any() else (acc,):
        calmest = min(_calmest(values, at, size) for at in range(0, len(acc) - size + 1, PIECE))
        scatter, first, length = calmest
        if scatter <= STILL_SHARE * max(length, 1.0):
            return slice(first, first + size)
    return None


def _calmest(values: FloatArray, at: int, size: int) -> tuple[float, int, float]:
    """Of the windows that begin in a piece: the least scatter (infinite without one), where, and the mean's length."""
    piece = values[at : at + PIECE + size - 1]
    mean = box_means(piece, size)
    scatter = np.sqrt(np.maximum(box_means(piece**2, size) - mean**2, 0.0).sum(axis=1))
    if np.isnan(scatter).all():
        return math.inf, at, 0.0
    first = int(np.nanargmin(scatter))
    return float(scatter[first]), at + first, float(np.linalg.norm(mean[first]))


def _frozen(acc: FloatArray, gyr: FloatArray, rate_hz: float) -> BoolArray:
    """Rows of runs of ``FROZEN_S`` and longer in which no value of either sensor changes. Shape (n,)."""
    same = (acc[1:] == acc[:-1]).all(axis=1) & (gyr[1:] == gyr[:-1]).all(axis=1)
    edges = np.flatnonzero(np.diff(same, prepend=False, append=False))
    frozen = np.zeros(len(acc), dtype=bool)
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if last - first >= FROZEN_S * rate_hz:
            frozen[first : last + 1] = True
    return frozen


def acc_unit(at_rest: float) -> str | None:
    """The unit in which gravity has this length: "m/s²", "g", "mg", or None when it is none of them."""
    fits = (unit for unit in ("m/s²", "g", "mg") if abs(at_rest * ACC_TO_MPS2[unit] / G0_MPS2 - 1.0) <= FITS)
    return next(fits, None)


def _acc_factor(gravity: float) -> float | None:
    if (unit := acc_unit(gravity)) is not None:
        return ACC_TO_MPS2[unit]
    return 0.0 if gravity < LINEAR_MPS2 else None


def _gyr_factor(turning: Turning) -> float | None:
    if turning.agreement < AGREES or turning.axes:
        return None
    return min(UNIT_FACTORS, key=lambda unit: abs(math.log(turning.ratio / unit)))


def _noise(still: FloatArray) -> float:
    """Standard deviation of white noise per axis, from second differences (their variance is six times it)."""
    bend = np.diff(still, 2, axis=0)
    bend = bend[np.isfinite(bend).all(axis=1)]
    return float(np.sqrt(np.mean(bend**2) / 6.0)) if len(bend) else math.nan


def _saturated(values: FloatArray, least: float) -> float:
    """Share of the samples with an axis that stays at the recording's largest value."""
    size = np.abs(values)
    top = float(np.nanmax(size, initial=0.0))
    if top < least or not len(values):
        return 0.0
    held = size >= top * (1 - 1e-6)
    held[1:-1] &= held[:-2] | held[2:]
    return float(held.any(axis=1).mean()) if held.sum() >= 3 else 0.0


def _findings(seen: Plausibility) -> tuple[str, ...]:
    found = []
    if math.isnan(seen.gravity_mps2):
        found.append("There is no still second, so no unit could be checked.")
    elif seen.acc_factor == 0.0:
        found.append(
            f"At rest the acceleration is {seen.gravity_mps2:.2f}: gravity was taken out (linear acceleration). "
            "Without gravity the leg's angle cannot be told; log the raw accelerometer."
        )
    elif seen.acc_factor == G0_MPS2:
        found.append(f"At rest the acceleration is {seen.gravity_mps2:.2f}: it is in g, not in m/s².")
    elif seen.acc_factor is not None and seen.acc_factor < 0.5:
        found.append(f"At rest the acceleration is {seen.gravity_mps2:.0f}: it is in mg, not in m/s².")
    elif seen.acc_factor is None:
        found.append(f"At rest the acceleration is {seen.gravity_mps2:.2f} m/s² instead of 9.81.")
    found += _aboutturns(seen)
    if seen.gyr_bias_radps > BIAS_RADPS:
        found.append(f"At rest the gyro shows {seen.gyr_bias_radps * DEG_PER_RAD:.1f} deg/s: a large bias.")
    if seen.acc_noise_mps2 > NOISY_MPS2:
        found.append(f"The accelerometer is noisy: {seen.acc_noise_mps2:.2f} m/s² at rest.")
    if seen.gyr_noise_radps > NOISY_RADPS:
        found.append(f"The gyro is noisy: {seen.gyr_noise_radps * DEG_PER_RAD:.1f} deg/s at rest.")
    if seen.frozen_s:
        found.append(f"For {seen.frozen_s:.1f} s none of the six values changes: the sensor had stopped or gone.")
    for name, share in (("accelerometer", seen.acc_saturated), ("gyro", seen.gyr_saturated)):
        if share > SATURATED:
            found.append(f"The {name} is at the end of its range in {share:.1%} of the samples.")
    return tuple(found)


def _aboutturns(seen: Plausibility) -> list[str]:
    ratio = seen.turn_ratio
    if math.isnan(ratio):
        hardly = "The sensor hardly turned between quiet moments, so the unit of the gyro could not be checked."
        return [] if math.isnan(seen.gravity_mps2) else [hardly]
    if math.isinf(ratio):
        return ["Gravity turns in the sensor's frame, but the gyro shows nothing: it was not running."]
    if seen.gyr_factor is None:
        why = _out_of_step(seen)
        return [f"{why[0].upper()}{why[1:]}."]
    if seen.gyr_factor == RAD_PER_DEG:
        return [f"Gravity turns by {ratio:.3f} of what the gyro says: the gyro is in deg/s, not in rad/s."]
    if seen.gyr_factor == DEG_PER_RAD:
        return [f"Gravity turns {ratio:.0f} times as far as the gyro says: it is in rad/s, not in deg/s."]
    if not 0.85 <= ratio <= 1.15:
        return [f"Gravity turns {ratio:.2f} times as far as the gyro says: the gyro's scale is off."]
    return []


def _out_of_step(seen: Plausibility) -> str:
    what = f"the gyro and the accelerometer do not turn together (agreement {seen.turn_agreement:.0%}): "
    if seen.gyr_axes == "-x, -y, -z":
        return what + "the gyro turns the other way round, as in left-handed axes"
    if seen.gyr_axes:
        return what + f"they would if the gyro's x, y, z were its {seen.gyr_axes}"
    return what + "axes may be swapped, or the two were not logged at the same time"
