"""Any table with columns for time, acceleration and angular velocity, told by their names and units."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from imu.blocks import FloatArray, Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, TIME_TO_S, normal
from recordings.check import RATE_OFF, Units, finish
from recordings.clocktext import CLOCK, clock_seconds
from recordings.errors import RecordingError
from recordings.options import Options
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.table import Head, as_number, numbers

NAME = "generic"
TITLE = "a table with named columns"

_ACC = "(?:a|acc|accel|acceleration|accelerometer|accelerometeracceleration)"
_GYR = "(?:g|w|gyr|gyro|gyroscope|omega|angvel|angularvelocity|rotationrate|gyrorotation|as)"
_LINEAR = "(?:linear|user|free)(?:a|acc|accel|acceleration)"
_TIME = (
    "time",
    "t",
    "timestamp",
    "ts",
    "timestamps",
    "sampletime",
    "elapsed",
    "elapsedtime",
    "secondselapsed",
    "epoch",
)
_SUFFIXES = {"mps2": "mps2", "ms2": "m/s2", "g": "g", "mg": "mg", "radps": "radps", "rads": "rad/s", "dps": "dps"}
_SUFFIXES |= {"degs": "deg/s", "degps": "dps", "s": "s", "sec": "s", "ms": "ms", "us": "us", "ns": "ns"}
_STEPS_S = (0.0004, 0.4)
"""Sampling steps between which a column of time without a unit is taken for s, ms, us or ns: 2.5 Hz to 2.5 kHz."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the header: where, its full name, its name in bare letters, and the unit, if it says one."""

    at: int
    name: str
    word: str
    unit: str | None


def _column(at: int, name: str) -> _Column:
    bracket = re.search(r"[(\[](.+)[)\]]\s*$", name)
    if bracket:
        return _Column(at, name, _word(name[: bracket.start()]), normal(bracket.group(1)))
    stem, _, suffix = name.lower().rpartition("_")
    if stem and suffix in _SUFFIXES:
        return _Column(at, name, _word(stem), _SUFFIXES[suffix])
    return _Column(at, name, _word(name), None)


def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _columns(head: Head) -> list[_Column]:
    return [_column(at, name) for at, name in enumerate(head.names) if name]


def sniff(head: Head) -> Claim | None:
    """Claim a table with three axes of anything that is acceleration or angular velocity."""
    words = {column.word for column in _columns(head)}
    for kind in (_ACC, _GYR, _LINEAR):
        if all(any(re.fullmatch(kind + axis, word) for word in words) for axis in "xyz"):
            return Claim("both", "columns named for acceleration or angular velocity")
    return None


def read(source: Source) -> Recording:
    """Read the table.

    Raises:
        RecordingError: a column is missing or there are two, a cell is not a number, or the physics does not fit.
    """
    part, options = source.part, source.options
    head = part.head
    columns = _columns(head)
    time = None if options.rate_hz else _time(head, columns)
    acc = _sensor(head, columns, _ACC, "acceleration", "acc_x, acc_y, acc_z")
    gyr = _sensor(head, columns, _GYR, "angular velocity", "gyr_x, gyr_y, gyr_z")
    units = Units(
        options.acc_unit or _unit(head, acc, ACC_TO_MPS2, "--acc-unit"),
        options.gyr_unit or _unit(head, gyr, GYR_TO_RADPS, "--gyro-unit"),
    )
    table = numbers(part, [*(c.at for c in acc), *(c.at for c in gyr)])
    notes: list[str] = []
    time_s = _stamps(part, time, options, len(table), notes)
    if options.rate_hz:
        _warn_of_a_clock(part, columns, options, notes)
    header = Header(
        name=source.path.stem, rate_hz=1.0, leg=source.leg, dialect=NAME, sha256=source.sha256, notes=tuple(notes)
    )
    return finish(head.path, time_s, table[:, :3], table[:, 3:], units, header, options)


def _warn_of_a_clock(part: Part, columns: list[_Column], options: Options, notes: list[str]) -> None:
    """Say what the file's own clock would have told, where it tells another rate than the user."""
    try:
        own_s = _stamps(part, _time(part.head, columns), replace(options, rate_hz=None), 0, [])
    except RecordingError:
        return
    own_s = own_s[np.isfinite(own_s)]
    if len(own_s) > 1 and own_s[-1] > own_s[0]:
        own_hz, said_hz = (len(own_s) - 1) / float(own_s[-1] - own_s[0]), options.rate_hz or math.nan
        if abs(own_hz / said_hz - 1) > RATE_OFF:
            notes.append(f"--rate {said_hz:g} overruled the file's own clock, which says {own_hz:.1f} Hz: check it.")


def _stamps(part: Part, time: _Column | None, options: Options, rows: int, notes: list[str]) -> FloatArray:
    """The time of every row, seconds, shape (rows,)."""
    if time is None:
        rate_hz = options.rate_hz or math.nan
        notes.append(f"The rows were taken to come {rate_hz:g} times a second, as was said.")
        return np.asarray(np.arange(rows) / rate_hz)
    if not _in_numbers(part.head, time):
        return clock_seconds(part, time.at)
    return _seconds(part.head, time, numbers(part, [time.at])[:, 0], options.time_unit, notes)


def _time(head: Head, columns: list[_Column]) -> _Column:
    """The column of time: one in numbers, else one in clock text."""
    named = [
        column
        for word in _TIME
        for column in columns
        if column.word == word and (column.unit is None or column.unit in TIME_TO_S)
    ]
    for readable in (_in_numbers, _in_clock):
        for column in named:
            if readable(head, column):
                return column
    raise RecordingError(
        head.path,
        "no column of time in numbers; name it time_s (or t_s, time, timestamp), or name the rate with --rate",
    )


def _example(head: Head, column: _Column) -> str:
    return head.example[column.at] if column.at < len(head.example) else ""


def _in_numbers(head: Head, column: _Column) -> bool:
    return as_number(_example(head, column), head.decimal) is not None


def _in_clock(head: Head, column: _Column) -> bool:
    return CLOCK.fullmatch(_example(head, column)) is not None


def _sensor(head: Head, columns: list[_Column], kind: str, what: str, names: str) -> list[_Column]:
    found = []
    for axis in "xyz":
        match = [column for column in columns if re.fullmatch(kind + axis, column.word)]
        if len(match) > 1:
            both = " and ".join(column.name for column in match[:2])
            raise RecordingError(head.path, f"two columns for the {what} along {axis}: {both}; keep one")
        found += match
    if len(found) == 3:
        return found
    if kind == _ACC and any(re.fullmatch(_LINEAR + "[xyz]", column.word) for column in columns):
        raise RecordingError(
            head.path,
            "the acceleration is without gravity (linear): the leg's angle cannot be told; log the raw one",
        )
    some = f" (there is only {found[0].name})" if found else ""
    raise RecordingError(head.path, f"the columns of {what} are missing{some}; name them {names}")


def _unit(head: Head, columns: Iterable[_Column], known: dict[str, float], option: str) -> str | None:
    """The one unit of three columns, or None when they name none."""
    units = {column.unit: column for column in columns}
    if len(units) > 1:
        raise RecordingError(
            head.path,
            f"the units of {' and '.join(c.name for c in units.values())} differ; use one, or say it with {option}",
        )
    unit, column = next(iter(units.items()))
    if unit is not None and unit not in known:
        raise RecordingError(
            head.path,
            f"the unit {unit!r} is not known; known are {', '.join(known)}; say it with {option}",
            column=column.name,
        )
    return unit


def _seconds(head: Head, column: _Column, stamps: FloatArray, said: str | None, notes: list[str]) -> FloatArray:
    """Stamps in seconds: by the unit the header says, or by the size of the steps."""
    if (unit := said or column.unit) is not None:
        return stamps * TIME_TO_S[unit]
    good = stamps[np.isfinite(stamps)]
    step = float(good[-1] - good[0]) / (len(good) - 1) if len(good) > 1 else 0.0
    for unit in ("s", "ms", "us", "ns"):
        if _STEPS_S[0] <= step * TIME_TO_S[unit] < _STEPS_S[1]:
            if unit != "s":
                notes.append(f"Column {column.name} has no unit; its steps of {step:.4g} were read as {unit}.")
            return stamps * TIME_TO_S[unit]
    raise RecordingError(
        head.path,
        f"steps of {step:.4g} fit neither s, ms, us nor ns; name the unit with --time-unit",
        column=column.name,
    )
