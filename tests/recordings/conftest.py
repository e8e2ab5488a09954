"""Rows of a sensor that swings and rests, in SI units, to be written down in all the ways people do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from imu.units import G0_MPS2

Rows = npt.NDArray[np.float64]


@pytest.fixture(scope="session")
def rows() -> Rows:
    """Columns time (s), acceleration (m/s²), angular velocity (rad/s): 12 s at 50 Hz, shape (600, 7)."""
    rng = np.random.default_rng(7)
    out = np.radians(40) * (1 - np.cos(np.pi * np.arange(40) / 40)) / 2
    theta = np.concatenate([np.zeros(60), *3 * [out, np.full(50, out[-1]), out[::-1], np.zeros(50)]])
    theta = theta[:600]
    acc = G0_MPS2 * np.column_stack([np.sin(theta), np.cos(theta), np.zeros(600)]) + rng.normal(0, 0.02, (600, 3))
    gyr = np.zeros((600, 3))
    gyr[:, 2] = np.gradient(theta) * 50
    gyr += rng.normal(0, 0.002, (600, 3))
    return np.column_stack([np.arange(600) / 50, acc, gyr])
