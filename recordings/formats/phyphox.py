"""phyphox: one table with every sensor, or a file a sensor, in five kinds of CSV and in a zip.

The app's export writes quoted names with units, numbers with an exponent, and pads a shorter column with NaN.
Its menu offers comma, tab or semicolon, and a decimal point or comma. The time starts near zero, sometimes
below it, and jumps where the experiment was paused. Evidence: the app's own ``DataExport.java`` and
``ExperimentExport.swift``, and exported files. phyphox turns iOS's axes so that both systems say the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from imu.blocks import Header, Recording
from imu.units import TIME_TO_S
from recordings.check import Units, finish
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge
from recordings.table import Head, numbers

NAME = "phyphox"
TITLE = "phyphox"

_TIME = re.compile(r"Time \(s\)")
_ACC = re.compile(r"(?:Acceleration |Accelerometer )?([xyzXYZ]) \(m/s(?:\^2|²)\)")
_GYR = re.compile(r"(?:Gyroscope )?([xyzXYZ]) \(rad/s\)")
_LINEAR = re.compile(r"(?:Linear Acceleration |Linear Accelerometer )([xyzXYZ]) \(m/s(?:\^2|²)\)")
_TURNS = re.compile(r"rad/s|deg/s|dps|°/s")
_METADATA = re.compile(r'"event".{1}"experiment time"|"property".{1}"value"\s*$')
_KINDS = {"acc": _ACC, "gyr": _GYR}

REQUIRED = frozenset({frozenset({"acc", "gyr"}), frozenset({"linear"})})
"""A linear table is no recording, but :func:`read` says best what to export instead."""

_NO_GRAVITY = (
    "linear acceleration has no gravity in it, so the leg's angle cannot be told; "
    'in phyphox record "Acceleration (with g)" together with "Gyroscope" and export that'
)


def sniff(head: Head) -> Claim | None:
    """What this is to phyphox: told by the names and units of the columns.

    Only the multi-sensor export needs the file's name as well, because there the accelerometer and the linear
    accelerometer have the very same columns.
    """
    if not any(_TIME.fullmatch(name) for name in head.names):
        return _aside(head)
    acc, gyr = (len(_axes(head, kind)) == 3 for kind in (_ACC, _GYR))
    linear = len(_axes(head, _LINEAR)) == 3
    if acc and _plain(head, _ACC) and "linear" in head.path.name.lower():
        return Claim("linear", "a table named Linear, of Time (s) and x, y, z in m/s^2")
    if acc and gyr:
        return Claim("both", "the columns Time (s), Acceleration and Gyroscope x, y, z")
    if acc and not any(_TURNS.search(name) for name in head.names):
        return Claim("acc", "the columns Time (s) and acceleration x, y, z in m/s^2")
    if gyr and linear:
        return Claim("unusable", _NO_GRAVITY)
    if gyr:
        return Claim("gyr", "the columns Time (s) and angular velocity x, y, z in rad/s")
    if linear:
        return Claim("linear", "the columns Time (s) and Linear Acceleration x, y, z")
    return _aside(head)


def _aside(head: Head) -> Claim | None:
    """The app's notes on device and time, and tables of its other sensors."""
    first = head.lines[0] if head.lines else ""
    if _METADATA.match(first):
        return Claim("aside", "phyphox's notes on the device or the time")
    if re.match(r'"Time \(s\)".{1}"[^"]+ \([^"]+\)"', first):
        return Claim("aside", "a table of another sensor of phyphox")
    return None


def _axes(head: Head, kind: re.Pattern[str]) -> list[int]:
    """Where the columns x, y, z of a sensor stand; fewer when one is missing or there twice."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(head.names):
        if match := kind.fullmatch(name):
            found.setdefault(match[1].lower(), []).append(at)
    return [found[axis][0] for axis in "xyz" if len(found.get(axis, [])) == 1]


def _plain(head: Head, kind: re.Pattern[str]) -> bool:
    """Whether the columns are named by the axis alone, as in the multi-sensor export."""
    return all(head.names[at].lower()[:2] in ("x ", "y ", "z ") for at in _axes(head, kind))


def read(source: Source) -> Recording:
    """Read one table or a pair of them.

    Raises:
        RecordingError: a column is missing, a cell is not a number, or the sensors do not fit together.
    """
    header = Header(name=source.path.stem, rate_hz=1.0, leg=source.leg, dialect=NAME, sha256=source.sha256)
    units = Units("m/s^2", "rad/s")
    scale = TIME_TO_S[source.options.time_unit or "s"]
    both = source.parts.get("both")
    if both is not None:
        acc_at, gyr_at = _columns(both, "acc"), _columns(both, "gyr")
        if acc_at[0] == gyr_at[0]:
            table = numbers(both, [*acc_at, *gyr_at[1:]])
            return finish(source.path, table[:, 0] * scale, table[:, 1:4], table[:, 4:7], units, header, source.options)
        acc, gyr = _stream(both, acc_at, scale), _stream(both, gyr_at, scale)
    else:
        acc, gyr = (_stream(part, _columns(part, role), scale) for role, part in _pair(source))
    time_s, acc_rows, gyr_rows = merge(source.path, fresh(acc), fresh(gyr))
    return finish(source.path, time_s, acc_rows, gyr_rows, units, header, source.options)


def _pair(source: Source) -> list[tuple[str, Part]]:
    if "linear" in source.parts and "acc" not in source.parts:
        raise RecordingError(source.parts["linear"].path, _NO_GRAVITY)
    for role, what in (("acc", "accelerometer"), ("gyr", "gyroscope")):
        if role not in source.parts:
            raise RecordingError(source.path, f"no table of the {what}; record it in the same experiment")
    return [(role, source.parts[role]) for role in ("acc", "gyr")]


def _columns(part: Part, role: str) -> list[int]:
    """Where a sensor's time, x, y and z stand. Its time is the nearest one before it."""
    axes = _axes(part.head, _KINDS[role])
    times = [at for at, name in enumerate(part.head.names) if _TIME.fullmatch(name)]
    if len(axes) < 3:
        what = "Acceleration x, y, z (m/s^2)" if role == "acc" else "Gyroscope x, y, z (rad/s)"
        raise RecordingError(part.path, f"the columns {what} are not there once each; export the raw data again")
    if not times:
        raise RecordingError(part.path, "the column Time (s) is missing; export the raw data again")
    before = [at for at in times if at < axes[0]]
    return [before[-1] if before else times[0], *axes]


def _stream(part: Part, columns: Sequence[int], scale: float) -> Stream:
    table = numbers(part, columns)
    return Stream(table[:, 0] * scale, table[:, 1:4])
