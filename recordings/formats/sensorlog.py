"""SensorLog (B. Thomas, iOS): one wide table whose columns the user chose, with a time column for every sensor.

Only the columns of motion are ever read: the same table may hold position, network addresses and the device's
identity, and nothing of those gets into a recording, a note or a message. The raw accelerometer with its own stamps
is preferred, else gravity plus user acceleration of the fused "motion"; the raw gyro, else the rotation rate of the
motion (an Apple Watch logs no raw gyro). A row is written at the logger's own pace and repeats the values and the
stamp of a sensor that has nothing new; missing values are the text ``null``. iOS counts acceleration with the other
sign than an accelerometer feels it (flat on the table with the screen up it says z = -1), so it is turned. Evidence:
exported files; the sign is Core Motion's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from imu.blocks import FloatArray, Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, TIME_TO_S, normal
from recordings.check import Units, finish
from recordings.clocktext import clock_seconds
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge
from recordings.table import Head, cells, numbers

NAME = "sensorlog"
TITLE = "SensorLog (iOS)"

_RAW_ACC, _RAW_GYR = "accelerometerAcceleration", "gyroRotation"
_USER, _GRAVITY, _TURNS = "motionUserAcceleration", "motionGravity", "motionRotationRate"
_KINDS = (_RAW_ACC, _RAW_GYR, _USER, _GRAVITY, _TURNS)
_WHEN = "loggingTime"
_HEADER_WITHIN = 5
_LEAST = 10
"""Rows with numbers that make a sensor one that was running."""


class _Table(NamedTuple):
    """The part with its real header, and where the columns of motion stand: kind -> x, y, z; sensor -> its stamps."""

    part: Part
    axes: dict[str, list[int]]
    units: dict[str, str]
    stamps: dict[str, int]


def sniff(head: Head) -> Claim | None:
    """Claim a table with SensorLog's names of motion columns, or with its ``loggingTime(txt)``."""
    real = _real(head)
    if real is None:
        return None
    axes, _, _ = _columns(real)
    acc = _RAW_ACC in axes or {_USER, _GRAVITY} <= axes.keys()
    gyr = _RAW_GYR in axes or _TURNS in axes
    if acc and gyr:
        return Claim("both", "SensorLog's names of columns, as accelerometerAccelerationX(G)")
    if acc:
        return Claim("unusable", "the gyroscope was not logged; switch on Gyroscope or Device Motion and record again")
    if gyr and _USER in axes:
        what = "gravity was taken out (linear acceleration)"
        return Claim("unusable", f"{what}; switch on Accelerometer in SensorLog and record again")
    return Claim("unusable", "acceleration was not logged; switch on Accelerometer and Gyroscope and record again")


def _real(head: Head) -> Head | None:
    """The head with SensorLog's header, which may stand above rows with more text than numbers."""
    for at, line in enumerate(head.lines[:_HEADER_WITHIN]):
        separator = head.separator if head.separator in line else max(",;\t", key=line.count)
        names = cells(line, separator)
        bare = [name.partition("(")[0] for name in names]
        if (_WHEN in bare[:1] and len(bare) > 1) or any(f"{kind}X" in bare for kind in _KINDS):
            below = cells(head.lines[at + 1], separator) if at + 1 < len(head.lines) else ()
            return replace(head, separator=separator, header_line=at, names=names, example=below)
    return None


def _columns(head: Head) -> tuple[dict[str, list[int]], dict[str, str], dict[str, int]]:
    bare = [name.partition("(")[0] for name in head.names]
    axes = {}
    units = {}
    for kind in _KINDS:
        found = [bare.index(f"{kind}{axis}") for axis in "XYZ" if f"{kind}{axis}" in bare]
        if len(found) == 3:
            axes[kind] = found
            said = normal(head.names[found[0]].partition("(")[2].removesuffix(")"))
            usual, known = ("rad/s", GYR_TO_RADPS) if kind in (_RAW_GYR, _TURNS) else ("g", ACC_TO_MPS2)
            units[kind] = said if said in known else usual
    stamps = {
        sensor: bare.index(f"{sensor}Timestamp_sinceReboot")
        for sensor in ("accelerometer", "gyro", "motion")
        if f"{sensor}Timestamp_sinceReboot" in bare
    }
    if _WHEN in bare:
        stamps[_WHEN] = bare.index(_WHEN)
    return axes, units, stamps


def read(source: Source) -> Recording:
    """Read the columns of motion, each sensor with its own stamps, and bring them to one clock.

    Raises:
        RecordingError: a sensor or its time is missing, a cell is not a number, or physics contradicts.
    """
    head = _real(source.part.head)
    if head is None:
        raise RecordingError(source.part.path, "no columns of SensorLog's names; export it as CSV again")
    table = _Table(replace(source.part, head=head), *_columns(head))
    notes = ["iOS counts acceleration with the other sign; it was turned.", "Only the columns of motion were read."]
    acc, acc_unit = _acceleration(source, table, notes)
    gyr, gyr_unit = _rotation(source, table)
    header = Header(
        name=source.path.stem,
        rate_hz=1.0,
        leg=source.leg,
        dialect=NAME,
        sha256=source.sha256,
        notes=tuple(notes),
    )
    time_s, acc_rows, gyr_rows = merge(source.path, acc, gyr)
    return finish(source.path, time_s, acc_rows, gyr_rows, Units(acc_unit, gyr_unit), header, source.options)


def _acceleration(source: Source, table: _Table, notes: list[str]) -> tuple[Stream, str]:
    """What the accelerometer feels, and the unit of it."""
    if _RAW_ACC in table.axes:
        raw = _stream(source, table, "accelerometer", [_RAW_ACC])
        if len(raw.time_s) >= _LEAST:
            return Stream(raw.time_s, -raw.values), table.units[_RAW_ACC]
    if {_USER, _GRAVITY} <= table.axes.keys():
        both = _stream(source, table, "motion", [_USER, _GRAVITY])
        if len(both.time_s) >= _LEAST:
            notes.append("Acceleration is user acceleration plus gravity of the device motion.")
            return Stream(both.time_s, -both.values), table.units[_USER]
    raise RecordingError(
        source.path, "no acceleration with gravity in it; switch on Accelerometer in SensorLog and record again"
    )


def _rotation(source: Source, table: _Table) -> tuple[Stream, str]:
    for kind, sensor in ((_RAW_GYR, "gyro"), (_TURNS, "motion")):
        if kind in table.axes:
            turns = _stream(source, table, sensor, [kind])
            if len(turns.time_s) >= _LEAST:
                return turns, table.units[kind]
    raise RecordingError(source.path, "no angular velocity; switch on Gyroscope in SensorLog and record again")


def _stream(source: Source, table: _Table, sensor: str, kinds: list[str]) -> Stream:
    """The sum of the kinds' values where the sensor has something new, with its own stamps or the logger's."""
    columns = [at for kind in kinds for at in table.axes[kind]]
    if sensor in table.stamps:
        values = _numbers(table.part, [table.stamps[sensor], *columns])
        time_s, values = values[:, 0] * TIME_TO_S[source.options.time_unit or "s"], values[:, 1:]
    elif _WHEN in table.stamps:
        values, time_s = _numbers(table.part, columns), _logged(table)
    else:
        raise RecordingError(source.path, f"no time of the {sensor}; switch on the time stamps in SensorLog's settings")
    total: FloatArray = np.sum([values[:, at : at + 3] for at in range(0, values.shape[1], 3)], axis=0)
    return fresh(Stream(time_s, total), stale=sensor not in table.stamps)


def _numbers(part: Part, columns: list[int]) -> FloatArray:
    """As ``recordings.table.numbers``, but a wrong cell is not quoted: in a shifted row it may be anything."""
    try:
        return numbers(part, columns)
    except RecordingError as error:
        raise _unquoted(error, "a number") from None


def _logged(table: _Table) -> FloatArray:
    """The logger's own time, seconds; it knows its zone."""
    try:
        return clock_seconds(table.part, table.stamps[_WHEN])
    except RecordingError as error:
        raise _unquoted(error, "a time") from None


def _unquoted(error: RecordingError, wanted: str) -> RecordingError:
    """The error without the cell that it quotes; those that name no column quote none."""
    if error.column is None:
        return error
    what = f"this cell is not {wanted}; correct it or leave it empty"
    return RecordingError(error.path, what, line=error.line, column=error.column)
