"""How a limb gets from here to there, and the noise of a living body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Profile:
    """A smooth step from 0 to 1 whose velocity is a mix of beta densities, ``τ^rise (1 - τ)^fall``.

    ``rise = fall = 2`` is the minimum-jerk movement of Flash and Hogan (1985). Less is more abrupt; unequal
    values are lopsided. ``plateau`` in 0..1 mixes in an early and a late copy: a broad, even velocity as in a
    controlled lowering.
    """

    rise: float = 2.0
    fall: float = 2.0
    plateau: float = 0.0
    spread: float = 1.4

    def at(self, tau: FloatArray) -> FloatArray:
        """Position, 0 to 1, at the relative times ``tau``; held outside of 0..1."""
        x = np.clip(tau, 0.0, 1.0)
        middle = betainc(self.rise + 1, self.fall + 1, x)
        if self.plateau == 0:
            return np.asarray(middle)
        early = betainc(self.rise + 1, self.fall * self.spread + 2, x)
        late = betainc(self.rise * self.spread + 2, self.fall + 1, x)
        return np.asarray((1 - self.plateau) * middle + self.plateau * (early + late) / 2)


MINIMUM_JERK = Profile()


def coloured_noise(
    rng: np.random.Generator, n: int, rate_hz: float, gain: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Gaussian noise of unit RMS with the amplitude spectrum ``gain(frequency_hz)``; shape (n,)."""
    if n < 4:
        return np.zeros(n)
    frequency = np.asarray(np.fft.rfftfreq(n, 1 / rate_hz), dtype=np.float64)
    shape = np.asarray(gain(frequency), dtype=np.float64)
    shape[0] = 0.0
    phase = rng.normal(size=(2, len(frequency)))
    values = np.fft.irfft((phase[0] + 1j * phase[1]) * shape, n)
    rms = np.sqrt(np.mean(values**2))
    return np.asarray(values / rms) if rms > 0 else np.asarray(values)


def sway(rng: np.random.Generator, n: int, rate_hz: float) -> FloatArray:
    """Postural sway of unit RMS: most of it below 0.5 Hz, little above 1.5 Hz (Winter 1995); shape (n,)."""
    return coloured_noise(rng, n, rate_hz, lambda f: _float(1.0 / ((0.08 + f) * (1.0 + (f / 0.7) ** 3))))


def tremor(rng: np.random.Generator, n: int, rate_hz: float) -> FloatArray:
    """Physiological tremor of unit RMS, a band at 8-12 Hz (McAuley and Marsden 2000); shape (n,)."""
    return coloured_noise(rng, n, rate_hz, lambda f: _float(np.exp(-0.5 * ((f - 10.0) / 1.2) ** 2)))


def band(rng: np.random.Generator, n: int, rate_hz: float, low_hz: float, high_hz: float) -> FloatArray:
    """Noise of unit RMS between two frequencies with soft edges; shape (n,)."""
    return coloured_noise(
        rng, n, rate_hz, lambda f: _float((1 - np.exp(-((f / low_hz) ** 4))) * np.exp(-((f / high_hz) ** 4)))
    )


def wander(rng: np.random.Generator, n: int, rate_hz: float, limit_hz: float) -> FloatArray:
    """Noise of unit RMS below a frequency: how a rhythm drifts; shape (n,)."""
    return coloured_noise(rng, n, rate_hz, lambda f: _float(np.where(f < limit_hz, 1 / (0.3 + f), 0.0)))


def _float(values: npt.ArrayLike) -> FloatArray:
    return np.asarray(values, dtype=np.float64)
