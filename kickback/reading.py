"""How a file is to be read, as people type it, and ``read`` of the façade."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

if TYPE_CHECKING:
    from imu.blocks import Recording
    from recordings.options import Options

SEPARATORS = {"comma": ",", ",": ",", "semicolon": ";", ";": ";", "tab": "\t", "\t": "\t", "\\t": "\t"}
DECIMALS = {"point": ".", ".": ".", "comma": ",", ",": ","}
TIME_UNITS = ("s", "ms", "us", "ns")
LEAST_RATE_HZ = 1.0
MOST_RATE_HZ = 10_000.0


class Reading(TypedDict, total=False):
    """What overrules the detection of a file's dialect, table and units. None and absent: told from the file.

    Keys:
        dialect: a dialect's name, such as "phyphox".
        sep: what separates cells: "comma", "semicolon", "tab", or the character itself.
        decimal: "point" or "comma", or the character itself.
        time_unit: "s", "ms", "us" or "ns".
        acc_unit: of acceleration, such as "g", "mg" or "m/s^2".
        gyro_unit: of angular velocity, such as "deg/s" or "rad/s".
        rate: samples a second, Hz, for a file without a column of time.
    """

    dialect: str | None
    sep: str | None
    decimal: str | None
    time_unit: str | None
    acc_unit: str | None
    gyro_unit: str | None
    rate: float | None


def options_of(leg: str | None = None, **reading: Unpack[Reading]) -> Options:
    """What was typed, checked, as the readers want it.

    Raises:
        ValueError: a value is not one of those allowed; the message names the option and lists them.
    """
    from recordings.options import Options

    return Options(
        dialect=_dialect(reading.get("dialect")),
        separator=_word("--sep", reading.get("sep"), SEPARATORS),
        decimal=_word("--decimal", reading.get("decimal"), DECIMALS),
        time_unit=_time_unit(reading.get("time_unit")),
        acc_unit=_unit("--acc-unit", "acceleration", reading.get("acc_unit")),
        gyr_unit=_unit("--gyro-unit", "angular velocity", reading.get("gyro_unit")),
        rate_hz=_rate(reading.get("rate")),
        leg=leg,
    )


def read(path: str | Path, *, leg: str | None = None, **reading: Unpack[Reading]) -> Recording:
    """Read a recording from a logger's file, folder or zip.

    Args:
        path: the file, the folder, or the zip.
        leg: "left" or "right", to overrule what the file says.
        reading: what overrules the detection, see :class:`Reading`.

    Raises:
        recordings.RecordingError: it is not a recording; the one-line message says why, where and what to do.
        ValueError: ``leg`` or a value of ``reading`` is not one of those allowed.
    """
    import recordings

    return recordings.read(Path(path), leg=leg, options=options_of(**reading))


def _dialect(typed: str | None) -> str | None:
    if typed is None:
        return None
    from recordings import registry

    known = registry.formats()
    if typed not in known:
        raise ValueError(f"--dialect {typed!r} is not known; known are {', '.join(known)}")
    return typed


def _word(option: str, typed: str | None, known: dict[str, str]) -> str | None:
    if typed is None:
        return None
    if typed.lower() not in known:
        words = " or ".join(word for word in known if word.isalpha())
        raise ValueError(f"{option} {typed!r} is not {words}")
    return known[typed.lower()]


def _time_unit(typed: str | None) -> str | None:
    """One of the four spellings, for whichever was typed."""
    if typed is None:
        return None
    from imu.units import TIME_TO_S, normal

    factor = TIME_TO_S.get(normal(typed))
    for unit in TIME_UNITS:
        if factor is not None and math.isclose(TIME_TO_S[unit], factor):
            return unit
    raise ValueError(f"--time-unit {typed!r} is not {', '.join(TIME_UNITS[:-1])} or {TIME_UNITS[-1]}")


def _unit(option: str, quantity: str, typed: str | None) -> str | None:
    if typed is None:
        return None
    from imu.units import factor, normal

    try:
        factor(quantity, typed)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None
    return normal(typed)


def _rate(typed: float | None) -> float | None:
    if typed is not None and not LEAST_RATE_HZ <= typed <= MOST_RATE_HZ:
        raise ValueError(
            f"--rate {typed:g} is not a number of samples a second ({LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g})"
        )
    return typed
