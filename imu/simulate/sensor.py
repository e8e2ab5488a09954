"""What a real sensor makes of the motion: bandwidth, noise, bias, scale, cross-axis, range and steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfilt

from imu.simulate.chain import Motion
from imu.simulate.track import BODY_RATE_HZ
from imu.units import G0_MPS2

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of sensor.

    Noise densities are the typical values of the makers' data sheets (degrees per second, and µg, per root hertz);
    biases are one standard deviation of what is left after a maker's or a user's quick calibration.
    """

    name: str
    gyr_noise: float
    acc_noise: float
    gyr_bias_dps: float
    acc_bias_mps2: float
    scale: float
    cross: float
    drift_dps: float


PROFILES = {
    p.name: p
    for p in (
        Profile("good", 0.005, 80, 0.12, 0.05, 0.002, 0.002, 0.01),
        Profile("BMI270", 0.008, 160, 0.35, 0.12, 0.005, 0.004, 0.03),
        Profile("LSM6DS3", 0.007, 90, 0.80, 0.15, 0.010, 0.006, 0.05),
        Profile("ICM20948", 0.015, 230, 1.40, 0.15, 0.010, 0.008, 0.10),
        Profile("cheap", 0.040, 400, 2.50, 0.35, 0.020, 0.012, 0.20),
    )
}


@dataclass(frozen=True, slots=True)
class Unit:
    """One sensor out of the box: its kind, its settings, and its own errors."""

    kind: str
    odr_hz: float
    odr_error: float
    acc_range_g: float
    gyr_range_dps: float
    acc_bias_mps2: FloatArray
    gyr_bias_radps: FloatArray
    acc_gain: FloatArray
    gyr_gain: FloatArray
    gyr_drift_dps: float

    @property
    def rate_hz(self) -> float:
        """Samples per second of true time."""
        return self.odr_hz * (1.0 + self.odr_error)


def draw_unit(rng: np.random.Generator, kind: str, odr_hz: float) -> Unit:
    """A random specimen of a kind of sensor at a nominal rate."""
    p = PROFILES[kind]

    def gain() -> FloatArray:
        matrix = rng.normal(0, p.cross, (3, 3))
        np.fill_diagonal(matrix, 1 + rng.normal(0, p.scale, 3))
        return matrix

    return Unit(
        kind=kind,
        odr_hz=odr_hz,
        odr_error=0.0 if kind == "good" else float(np.clip(rng.normal(0, 0.005), -0.01, 0.01)),
        acc_range_g=float(rng.choice([4, 8, 16])),
        gyr_range_dps=float(rng.choice([500, 1000, 2000])),
        acc_bias_mps2=rng.normal(0, p.acc_bias_mps2, 3),
        gyr_bias_radps=np.radians(np.clip(rng.normal(0, p.gyr_bias_dps, 3), -6, 6)),
        acc_gain=gain(),
        gyr_gain=gain(),
        gyr_drift_dps=p.drift_dps,
    )


def measure(
    rng: np.random.Generator, unit: Unit, motion: Motion, instants_s: FloatArray
) -> tuple[FloatArray, FloatArray, dict[str, float]]:
    """Readings at the sensor's own instants: acceleration m/s², angular velocity rad/s, and the saturated shares."""
    bandwidth = min(0.4 * unit.odr_hz, 0.4 * BODY_RATE_HZ)
    sos = butter(2, bandwidth, fs=BODY_RATE_HZ, output="sos")
    t = np.arange(len(motion.acc_mps2)) / BODY_RATE_HZ
    p = PROFILES[unit.kind]
    root = np.sqrt(bandwidth * 1.11)  # noise bandwidth of a second-order Butterworth low-pass
    both, saturated = [], {}
    for name, truth, gain, bias, noise, limit, drift in (
        ("acc", motion.acc_mps2, unit.acc_gain, unit.acc_bias_mps2, p.acc_noise * 1e-6 * G0_MPS2 * root,
         unit.acc_range_g * G0_MPS2, 0.0),
        ("gyr", motion.gyr_radps, unit.gyr_gain, unit.gyr_bias_radps, np.radians(p.gyr_noise) * root,
         np.radians(unit.gyr_range_dps), np.radians(unit.gyr_drift_dps)),
    ):  # fmt: skip
        start = truth[0]
        low = sosfilt(sos, truth - start, axis=0) + start
        values = CubicSpline(t, low)(instants_s) @ gain.T + bias
        values += noise * rng.normal(size=values.shape) + drift * _wander(rng, len(values), unit.rate_hz)
        step = limit / 32768
        both.append(np.clip(np.round(values / step), -32768, 32767) * step)
        saturated[f"{name}_saturated"] = float((np.abs(values) > limit).any(axis=1).mean())
    return both[0], both[1], saturated


def _wander(rng: np.random.Generator, n: int, rate_hz: float) -> FloatArray:
    """Bias drift, one standard deviation after a minute: a random walk and a warming-up of the chip; (n, 3)."""
    walk = np.cumsum(rng.normal(size=(n, 3)), axis=0) / np.sqrt(60 * rate_hz)
    warm = 1 - np.exp(-np.arange(n) / rate_hz / rng.uniform(60, 300))
    return np.asarray(walk + warm[:, None] * rng.normal(size=3))
