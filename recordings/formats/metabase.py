"""MetaBase, the app of MbientLab's MetaWear and MetaMotion sensors: one file for the accelerometer, one for the gyro.

Both begin with the Unix time in milliseconds, the same as text, and the seconds since the file's first row. Old
versions spell the first column ``epoch (ms)`` and the second ``time (..)``, new ones ``epoc (ms)`` and
``timestamp (..)``; the zone of the text stands in the column's name. The Unix time knows no zone, so it alone is
read: the text is for people. The two files may differ in rate and in start.

Source: the app's own CSV headers and example files (github.com/mbientlab/MetaWear-MetaBase-iOS-macOS-App).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from imu.blocks import FloatArray, Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, TIME_TO_S, normal
from recordings.check import Units, finish
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge
from recordings.table import Head, numbers

NAME = "metabase"
TITLE = "MbientLab MetaBase"

_EPOCH = ("epoc (ms)", "epoch (ms)")
_ELAPSED = "elapsed (s)"
_SESSION = re.compile(r"(\d{4}-\d\d-\d\dT[\d.:-]*\d).*?_([0-9a-f]{12})(?![0-9a-z])", re.IGNORECASE)
_SENSOR_WORD = re.compile(r"^(.*)(?<![a-z])(?:accelerometer|accel|acc|gyroscope|gyro|gyr)(?![a-z])", re.IGNORECASE)


def sniff(head: Head) -> Claim | None:
    """Claim a file with the Unix time in ms, the elapsed seconds and one sensor's axes; the unit tells the sensor."""
    names = [name.lower() for name in head.names]
    if _ELAPSED not in names or not any(name in names for name in _EPOCH):
        return None
    key = _key(head.path.stem)
    unit = _unit(names)
    if unit is None:
        return Claim("aside", "another sensor of MetaBase", key)
    bare = re.sub(r"[^a-z]", "", head.path.stem.lower())
    if unit in ACC_TO_MPS2 and "linearacc" in bare:
        why = "this is the acceleration without gravity: log Accelerometer and Gyroscope, not Linear Acceleration"
        return Claim("unusable", why, key)
    if unit in ACC_TO_MPS2:
        gravity = bare.endswith("gravity")
        return Claim("aside" if gravity else "acc", f"elapsed (s) beside x-axis ({unit})", key)
    return Claim("gyr", f"elapsed (s) beside x-axis ({unit})", key)


def _key(stem: str) -> str:
    """Start and address in the name that the app gave, or what stands before the name of the sensor."""
    if session := _SESSION.search(stem):
        return f"{session[1]} {session[2].upper()}"
    word = _SENSOR_WORD.match(stem)
    return (word[1] if word else stem).rstrip(" _-.")


def _unit(names: Sequence[str]) -> str | None:
    """The one unit of the three axes if it is one of acceleration or angular velocity."""
    found = [re.fullmatch(r"([xyz])-axis \((.+)\)", name) for name in names]
    units = {axis[1]: normal(axis[2]) for axis in found if axis}
    if set(units) != set("xyz") or len(set(units.values())) > 1:
        return None
    return units["x"] if units["x"] in {**ACC_TO_MPS2, **GYR_TO_RADPS} else None


def read(source: Source) -> Recording:
    """Read the two files and bring them to one clock, which counts from the earlier of the two first rows.

    Raises:
        RecordingError: one of the two is missing, they do not overlap, a cell is not a number, or physics contradicts.
    """
    acc_part, gyr_part = (source.parts.get(role) for role in ("acc", "gyr"))
    if acc_part is None or gyr_part is None:
        missing = "Accelerometer" if acc_part is None else "Gyroscope"
        raise RecordingError(source.path, f"the file of the {missing} is missing; put both files into one folder")
    acc_rows, gyr_rows = _rows(acc_part), _rows(gyr_part)
    tick_s = TIME_TO_S[source.options.time_unit or "ms"]
    start = min(acc_rows[0, 0], gyr_rows[0, 0])
    acc, gyr = (fresh(Stream((rows[:, 0] - start) * tick_s, rows[:, 1:])) for rows in (acc_rows, gyr_rows))
    time_s, acc_values, gyr_values = merge(source.path, acc, gyr)
    header = Header(
        name=source.path.stem,
        rate_hz=1.0,
        sensor="MbientLab MetaWear",
        leg=source.leg,
        dialect=NAME,
        sha256=source.sha256,
    )
    units = Units(acc=_said(acc_part), gyr=_said(gyr_part))
    return finish(source.path, time_s, acc_values, gyr_values, units, header, source.options)


def _said(part: Part) -> str | None:
    return _unit([name.lower() for name in part.head.names])


def _rows(part: Part) -> FloatArray:
    """Unix time in ms and the three axes of every whole row, shape (n, 4), n >= 1."""
    names = [name.lower() for name in part.head.names]
    epoch = next((names.index(name) for name in _EPOCH if name in names), None)
    axes = [at for axis in "xyz" for at, name in enumerate(names) if name.startswith(f"{axis}-axis")]
    if epoch is None or len(axes) != 3:
        raise RecordingError(part.path, "needs the columns epoc (ms), x-axis, y-axis and z-axis")
    table = numbers(part, [epoch, *axes])
    table = table[np.isfinite(table).all(axis=1)]
    if not len(table):
        raise RecordingError(part.path, "no row has a time and all three axes; export it once more")
    return table
