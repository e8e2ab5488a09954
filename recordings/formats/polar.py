"""Polar Sensor Logger (an app for Polar's optical and chest sensors): one text file a stream, cells apart by ``;``.

The stream is told by the units in the header: ``X [mg]`` is acceleration with gravity, ``X [dps]`` angular velocity.
The columns are found by name: between the sensor's time stamp and ``X`` older versions wrote one more, in
milliseconds, and some write a blank after the last name. ``sensor timestamp [ns]`` counts nanoseconds since
2000-01-01; a float holds such a number to 64 ns, and it is taken from the streams' common origin before anything
else is done with it. ``Phone timestamp`` is the arrival of a packet in the phone's local time, and not used. The
sensor's own rate differs from the nominal one and is left to the stamps. Evidence: exported files of two versions.
"""

from __future__ import annotations

import re

import numpy as np

from imu.blocks import Header, Recording
from imu.units import TIME_TO_S, normal
from recordings.check import Units, finish
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge
from recordings.table import Head, numbers

NAME = "polar"
TITLE = "Polar Sensor Logger"

_PHONE = "phone timestamp"
_CLOCK = "sensor timestamp [ns]"
_AXIS = re.compile(r"([XYZ])\s*\[(.+)\]")
_ROLES = {"mg": "acc", "g": "acc", "dps": "gyr", "deg/s": "gyr", "deg/sec": "gyr", "rad/s": "gyr"}
"""Unit as written (``G`` is gauss, of the magnetometer) -> the stream it tells."""

_STREAM_WORD = re.compile(r"[ _-]*(?<![a-z])(?:acc|gyro|gyr|mag|magn|ecg|ppg|ppi|hr|rr)(?![a-z])", re.IGNORECASE)
_SECONDS = re.compile(r"(\d{8}[_-]?\d{4})\d\d(?!\d)")


def sniff(head: Head) -> Claim | None:
    """Claim a file with the phone's and the sensor's time stamps; the unit of the axes tells the stream."""
    names = [name.lower() for name in head.names]
    first = [cell.strip().lower() for cell in head.lines[0].split(";")] if head.lines else []
    if _CLOCK not in names:
        ours = first[:1] == [_PHONE] and len(first) > 1
        return Claim("aside", "another stream of Polar Sensor Logger", _key(head.path.stem)) if ours else None
    if _PHONE not in names:
        return None
    axes = _axes(head)
    unit = _unit(head, axes)
    if len(axes) < 3 or unit not in _ROLES:
        return Claim("aside", "another stream of Polar Sensor Logger", _key(head.path.stem))
    return Claim(_ROLES[unit], f"the columns {_CLOCK} and X [{unit}]", _key(head.path.stem))


def _key(stem: str) -> str:
    """Device and start in the file's name; the streams may begin some seconds apart, so without the seconds."""
    return _SECONDS.sub(r"\1", _STREAM_WORD.sub("", stem)).strip(" _-")


def _axes(head: Head) -> list[int]:
    found = {match[1]: at for at, name in enumerate(head.names) if (match := _AXIS.fullmatch(name))}
    return [found[axis] for axis in "XYZ" if axis in found]


def _unit(head: Head, axes: list[int]) -> str:
    """The one unit of the axes, "" when there are several or none."""
    units = {match[2].strip() for at in axes if (match := _AXIS.fullmatch(head.names[at]))}
    return units.pop() if len(units) == 1 else ""


def read(source: Source) -> Recording:
    """Read both streams and bring them to one clock, which counts from the earlier of their first stamps.

    Raises:
        RecordingError: a stream or a column is missing, a cell is not a number, or the streams do not fit together.
    """
    for role, what in (("acc", "..._ACC.txt"), ("gyr", "..._GYRO.txt")):
        if role not in source.parts:
            raise RecordingError(source.path, f"the stream {what} is missing; put it beside, or record it too")
    factor = TIME_TO_S[source.options.time_unit or "ns"]
    acc, acc_unit = _stream(source.parts["acc"], "acc")
    gyr, gyr_unit = _stream(source.parts["gyr"], "gyr")
    origin = min(stream.time_s[0] for stream in (acc, gyr))
    acc, gyr = (fresh(Stream((stream.time_s - origin) * factor, stream.values)) for stream in (acc, gyr))
    time_s, acc_rows, gyr_rows = merge(source.path, acc, gyr)
    header = Header(name=source.path.stem, rate_hz=1.0, leg=source.leg, dialect=NAME, sha256=source.sha256)
    return finish(source.path, time_s, acc_rows, gyr_rows, Units(acc_unit, gyr_unit), header, source.options)


def _stream(part: Part, role: str) -> tuple[Stream, str]:
    """A stream with its time as the file counts it, and its unit. Raises RecordingError."""
    axes = _axes(part.head)
    names = [name.lower() for name in part.head.names]
    unit = _unit(part.head, axes)
    if len(axes) < 3 or _CLOCK not in names or _ROLES.get(unit) != role:
        raise RecordingError(part.path, f"the columns {_CLOCK}, X, Y and Z with their unit are needed; export it again")
    table = numbers(part, [names.index(_CLOCK), *axes])
    table = table[np.isfinite(table[:, 0])]
    if not len(table):
        raise RecordingError(part.path, "no row has a time stamp of the sensor; record it again")
    return Stream(table[:, 0], table[:, 1:4]), normal(unit)
