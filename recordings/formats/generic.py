"""Any table with columns for time, acceleration and angular velocity, told by their names and units."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from imu.assemble import recording_from_rows
from imu.blocks import FloatArray, Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, TIME_TO_S, normal
from recordings.errors import RecordingError
from recordings.registry import Source
from recordings.table import Head, numbers

NAME = "generic"

_ACC = r"(?:a|acc|accel|acceleration|accelerometer|accelerometeracceleration)"
_GYR = r"(?:g|w|gyr|gyro|gyroscope|omega|angvel|angularvelocity|rotationrate|gyrorotation|as)"
_TIME = ("time", "t", "timestamp", "ts", "timestamps", "sampletime", "elapsed", "elapsedtime", "secondselapsed")
_LINEAR = re.compile(r"(?:linear|user|free)(?:a|acc|accel|acceleration)[xyz]")
_SUFFIXES = {
    "mps2": "m/s^2", "ms2": "m/s^2", "mss": "m/s^2", "g": "g", "mg": "mg",
    "radps": "rad/s", "rads": "rad/s", "dps": "deg/s", "degs": "deg/s", "degps": "deg/s",
    "s": "s", "sec": "s", "ms": "ms", "us": "us", "ns": "ns",
}


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the header: what it is called without its unit, and the unit, if it says one."""

    at: int
    name: str
    word: str
    unit: str | None


def _column(at: int, name: str) -> _Column:
    bracket = re.search(r"[\(\[](.+)[\)\]]\s*$", name)
    if bracket:
        return _Column(at, name, _word(name[: bracket.start()]), normal(bracket.group(1)))
    stem, _, suffix = name.lower().rpartition("_")
    if stem and suffix in _SUFFIXES:
        return _Column(at, name, _word(stem), normal(_SUFFIXES[suffix]))
    return _Column(at, name, _word(name), None)


def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def sniff(head: Head) -> str | None:
    """Why this may be such a table, or None."""
    found = [_column(at, name) for at, name in enumerate(head.names)]
    if any(_triple(found, kind) for kind in (_ACC, _GYR)):
        return "columns named for acceleration or angular velocity"
    return None


def _triple(columns: list[_Column], kind: str) -> list[_Column] | None:
    found = []
    for axis in "xyz":
        match = [c for c in columns if re.fullmatch(kind + axis, c.word)]
        if not match:
            return None
        found.append(match[0])
    return found


def read(source: Source) -> Recording:
    """Read the table.

    Raises:
        RecordingError: a column is missing, a cell is not a number, or the physics does not fit.
    """
    head = source.head
    columns = [_column(at, name) for at, name in enumerate(head.names)]
    time = _time_column(head, columns)
    acc = _sensor(head, columns, _ACC, "acceleration", "acc_x, acc_y, acc_z")
    gyr = _sensor(head, columns, _GYR, "angular velocity", "gyr_x, gyr_y, gyr_z")
    table = numbers(head, source.data, [time.at, *(c.at for c in acc), *(c.at for c in gyr)])
    notes: list[str] = []
    time_s = _seconds(head, time, table[:, 0], notes)
    acc_mps2 = table[:, 1:4] * _factor(head, acc, ACC_TO_MPS2)
    gyr_radps = table[:, 4:7] * _factor(head, gyr, GYR_TO_RADPS)
    header = Header(name=head.path.stem, rate_hz=1.0, leg=source.leg, dialect=NAME, sha256=source.sha256, notes=tuple(notes))
    try:
        return recording_from_rows(time_s, acc_mps2, gyr_radps, header)
    except ValueError as error:
        raise RecordingError(head.path, str(error)) from None


def _time_column(head: Head, columns: list[_Column]) -> _Column:
    for word in _TIME:
        for column in columns:
            if column.word == word and (column.unit is None or column.unit in TIME_TO_S):
                return column
    raise RecordingError(head.path, "no column of time; name it time_s (or t_s, time, timestamp)")


def _sensor(head: Head, columns: list[_Column], kind: str, what: str, names: str) -> list[_Column]:
    found = _triple(columns, kind)
    if found is None:
        if what == "acceleration" and any(_LINEAR.fullmatch(c.word) for c in columns):
            raise RecordingError(
                head.path, "the acceleration is without gravity (linear); log the raw accelerometer, gravity tells the leg's angle"
            )
        raise RecordingError(head.path, f"no columns of {what}; name them {names}")
    return found


def _factor(head: Head, columns: list[_Column], table: dict[str, float]) -> FloatArray:
    factors = []
    for column in columns:
        unit = column.unit
        if unit is not None and unit not in table:
            raise RecordingError(head.path, f"the unit {unit!r} is not known", column=column.name)
        factors.append(1.0 if unit is None else table[unit])
    return np.array(factors)


def _seconds(head: Head, column: _Column, stamps: FloatArray, notes: list[str]) -> FloatArray:
    """Stamps in seconds: by the unit the header says, or by the size of the steps."""
    good = stamps[np.isfinite(stamps)]
    if len(good) < 10:
        raise RecordingError(head.path, f"only {len(good)} rows have a time; a recording needs at least 2 s")
    if column.unit is not None:
        return (stamps - good[0]) * TIME_TO_S[column.unit] + good[0] * TIME_TO_S[column.unit]
    step = float((good[-1] - good[0]) / (len(good) - 1))
    for unit in ("s", "ms", "us", "ns"):
        if 0.0004 <= step * TIME_TO_S[unit] < 0.4:
            if unit != "s":
                notes.append(f"Column {column.name} has no unit; its steps of {step:.4g} were read as {unit}.")
            return stamps * TIME_TO_S[unit]
    raise RecordingError(head.path, f"steps of {step:.4g} in the column of time fit neither s, ms, us nor ns", column=column.name)
