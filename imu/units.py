"""Every factor and every spelling of a unit, once. Pure Python; nothing here reads a file.

Inside the project all values are SI: m/s², rad/s, s. Degrees appear only where a name says so.
"""

from __future__ import annotations

import math

G0_MPS2 = 9.80665
"""Standard gravity, m/s² (3rd CGPM, 1901; ISO 80000-3)."""

RAD_PER_DEG = math.pi / 180.0
DEG_PER_RAD = 180.0 / math.pi

ACC_TO_MPS2: dict[str, float] = {
    "m/s^2": 1.0,
    "m/s²": 1.0,
    "m/s2": 1.0,
    "m/s/s": 1.0,
    "m/(s^2)": 1.0,
    "m/(s²)": 1.0,
    "m*s^-2": 1.0,
    "m·s^-2": 1.0,
    "m·s⁻²": 1.0,
    "ms^-2": 1.0,
    "ms-2": 1.0,
    "mps2": 1.0,
    "g": G0_MPS2,
    "g0": G0_MPS2,
    "mg": G0_MPS2 / 1000.0,
}
"""Unit of acceleration, lower case without spaces -> factor to m/s²."""

GYR_TO_RADPS: dict[str, float] = {
    "rad/s": 1.0,
    "rad/sec": 1.0,
    "rad·s^-1": 1.0,
    "rads^-1": 1.0,
    "radps": 1.0,
    "rps": 1.0,
    "deg/s": RAD_PER_DEG,
    "deg/sec": RAD_PER_DEG,
    "degree/s": RAD_PER_DEG,
    "degrees/s": RAD_PER_DEG,
    "dps": RAD_PER_DEG,
    "degps": RAD_PER_DEG,
    "°/s": RAD_PER_DEG,
    "º/s": RAD_PER_DEG,
    "°/sec": RAD_PER_DEG,
    "d/s": RAD_PER_DEG,
    "mdps": RAD_PER_DEG / 1000.0,
}
"""Unit of angular velocity, lower case without spaces -> factor to rad/s."""

TIME_TO_S: dict[str, float] = {
    "s": 1.0,
    "sec": 1.0,
    "secs": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "ms": 1e-3,
    "msec": 1e-3,
    "millis": 1e-3,
    "milliseconds": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "usec": 1e-6,
    "micros": 1e-6,
    "microseconds": 1e-6,
    "ns": 1e-9,
    "nsec": 1e-9,
    "nanos": 1e-9,
    "nanoseconds": 1e-9,
}
"""Unit of time, lower case without spaces -> factor to seconds."""

_QUANTITIES: dict[str, dict[str, float]] = {
    "acceleration": ACC_TO_MPS2,
    "angular velocity": GYR_TO_RADPS,
    "time": TIME_TO_S,
}


def normal(unit: str) -> str:
    """A unit as the tables spell it: lower case, no spaces, no brackets around it."""
    return "".join(unit.lower().split()).removeprefix("[").removesuffix("]")


def factor(quantity: str, unit: str) -> float:
    """The factor from ``unit`` to SI.

    Args:
        quantity: "acceleration", "angular velocity" or "time".
        unit: any spelling of the tables; case and spaces do not matter.

    Raises:
        KeyError: the quantity is unknown.
        ValueError: the unit is not one of that quantity; the message lists the known ones.
    """
    table = _QUANTITIES[quantity]
    try:
        return table[normal(unit)]
    except KeyError:
        raise ValueError(f"{unit!r} is not a known unit of {quantity}; known are {', '.join(table)}") from None
