"""Kickback sets with exact truth, and movements without a rep: data for demonstrations and tests.

A body of pelvis, thigh and shank moves on command, sways and trembles; a sensor on soft tissue feels it through
its own errors; a logger writes it down with its own clock and losses. Everything made here is marked simulated.
"""

from imu.simulate.core import RATES_HZ, Rows, Simulated, simulate
from imu.simulate.kinds import KINDS
from imu.simulate.sensor import PROFILES
from imu.simulate.stamps import STAMPS
from imu.simulate.study import StudyRow, simulate_study

SUITES: tuple[str, ...] = tuple(name for name, kind in KINDS.items() if kind.negative is None)
"""Kinds of recordings with at least one set of kickbacks."""

NEGATIVES: tuple[str, ...] = tuple(name for name, kind in KINDS.items() if kind.negative is not None)
"""Kinds of recordings without a rep."""

SENSORS: tuple[str, ...] = tuple(PROFILES)
"""Kinds of sensors, from good to cheap."""

__all__ = [
    "NEGATIVES",
    "RATES_HZ",
    "SENSORS",
    "STAMPS",
    "SUITES",
    "Rows",
    "Simulated",
    "StudyRow",
    "simulate",
    "simulate_study",
]
