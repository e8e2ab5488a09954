"""Axivity's OmGui and omconvert: ``Time, Accel-X (g), .., Gyro-X (d/s), ..``, blanks behind commas, header optional.

The time is text, local and without a zone: a clock set back (the end of summer time) shows as a step back, and is told.
An AX3 has no gyroscope; an AX6 has one. A file without a header is told by its content, a date with a time of day and
six numbers (nine with a magnetometer); its units are then left to physics. Source: the format as the Open Movement
project describes it (omsynth, omconvert).
"""

from __future__ import annotations

import re

from imu.blocks import Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, normal
from recordings.check import Units, finish
from recordings.clocktext import clock_seconds
from recordings.errors import RecordingError
from recordings.registry import Claim, Source
from recordings.table import Head, as_number, numbers

NAME = "axivity"
TITLE = "Axivity OmGui"

_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", re.ASCII)
_COLUMN = re.compile(r"(Accel|Gyro)-([XYZ])\s*(?:\((.+)\))?", re.IGNORECASE)
_NO_GYRO = "there is no gyroscope in this file (an AX3 has none); record with an AX6, or export its gyroscope too"


def sniff(head: Head) -> Claim | None:
    """Claim the columns Accel-X .. Gyro-Z, or without a header a time text and six or nine numbers."""
    if not head.names:
        row = head.example
        if not row or head.separator != "," or not _STAMP.fullmatch(row[0]):
            return None
        if any(as_number(cell, head.decimal) is None for cell in row[1:]):
            return None
        if len(row) == 4:
            return Claim("unusable", _NO_GYRO)
        return Claim("both", "no header, a date with time, and numbers") if len(row) in (7, 10) else None
    found = _columns(head)
    if head.names[0].lower() != "time" or not {f"accel{axis}" for axis in "xyz"} <= found.keys():
        return None
    if not {f"gyro{axis}" for axis in "xyz"} <= found.keys():
        return Claim("unusable", _NO_GYRO) if len(head.names) == 4 else None
    return Claim("both", "the columns Accel-X .. Gyro-Z")


def _columns(head: Head) -> dict[str, tuple[int, str]]:
    """Position and unit ("" when it says none) by sensor and axis."""
    found = {}
    for at, name in enumerate(head.names):
        if match := _COLUMN.fullmatch(name.strip()):
            found[(match[1] + match[2]).lower()] = (at, normal(match[3] or ""))
    return found


def read(source: Source) -> Recording:
    """Read the table.

    Raises:
        RecordingError: a column is missing, a cell is no number or no time, or physics contradicts the units.
    """
    part, head = source.part, source.part.head
    first_line = None if head.names else 0
    if head.names:
        found = _columns(head)
        wanted = [f"{kind}{axis}" for kind in ("accel", "gyro") for axis in "xyz"]
        missing = [name for name in wanted if name not in found]
        if missing:
            raise RecordingError(part.path, f"the column {missing[0]} is missing; export accelerometer and gyroscope")
        places = [found[name][0] for name in wanted]
        units = Units(_known(found["accelx"][1], ACC_TO_MPS2), _known(found["gyrox"][1], GYR_TO_RADPS))
        time_at = next((at for at, name in enumerate(head.names) if name.lower() == "time"), 0)
    else:
        places, units, time_at = list(range(1, 7)), Units(None, None), 0
    table = numbers(part, places, first_line=first_line)
    time_s = clock_seconds(part, time_at, first_line=first_line)
    if len(time_s) != len(table):
        raise RecordingError(part.path, f"{len(table)} rows but {len(time_s)} times; a line is broken")
    header = Header(name=source.path.stem, rate_hz=1.0, leg=source.leg, dialect=NAME, sha256=source.sha256)
    return finish(source.path, time_s, table[:, :3], table[:, 3:], units, header, source.options)


def _known(said: str, units: dict[str, float]) -> str | None:
    return said if said in units else None
