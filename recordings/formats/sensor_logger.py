"""Sensor Logger (T. Choi): a folder or a zip with one CSV a sensor, columns ``time, seconds_elapsed, z, y, x``.

Every sensor's table has the same header, so only the file's name says which sensor it is; the axes stand in the
order z, y, x and are read by name. ``time`` counts nanoseconds of Unix time, ``seconds_elapsed`` seconds since the
recording began, the same for all sensors. ``TotalAcceleration`` has gravity in it; ``Accelerometer`` has not, and
needs ``Gravity`` added. iOS counts acceleration and gravity with the other sign unless the user asked for
"Standardise Units & Frames"; ``Metadata.csv`` names the platform. Of that file nothing else is used.
Evidence: the app's documentation (UNITS.md, CROSSPLATFORM.md) and exported files.
"""

from __future__ import annotations

import re

import numpy as np

from imu.blocks import FloatArray, Header, Recording
from imu.units import TIME_TO_S
from recordings.check import Units, finish
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge
from recordings.table import Head, as_number, cells, numbers

NEAR_G = 0.25
"""Uncalibrated acceleration this near to 1 is in g, as iOS logs it."""
APART_S = 5.0
"""The tables of one recording begin together; the clocks of two differ by more."""
NAME = "sensor_logger"
TITLE = "Sensor Logger"

_CLOCKS = ("time", "timestamp")
_ELAPSED = "seconds_elapsed"
_BY_NAME = (
    ("totalacceleration", "acc", "total acceleration"),
    ("accelerometeruncalibrated", "raw_acc", "uncalibrated accelerometer"),
    ("gyroscopeuncalibrated", "raw_gyr", "uncalibrated gyroscope"),
    ("gravity", "gravity", "gravity"),
    ("gyroscope", "gyr", "gyroscope"),
    ("magnetometer", "aside", "magnetometer"),
    ("accelerometer", "linear", "acceleration without gravity"),
)
"""Word in the file's name, role, what it holds. The first that fits counts."""
_BY_COLUMN = ((re.compile(r"(?i)acceleration[xyz]"), "acc"), (re.compile(r"(?i)rotationrate[xyz]"), "gyr"))

REQUIRED = frozenset(frozenset((acc, gyr)) for acc in ("acc", "linear", "raw_acc") for gyr in ("gyr", "raw_gyr"))
"""Pairs of tables that are worth reading; ``linear`` needs ``gravity`` besides, which :func:`read` says better."""

_NAMELESS = (
    "a table of Sensor Logger, but the file's name does not say of which sensor; "
    "name it as the app does (TotalAcceleration.csv, Gyroscope.csv)"
)


def sniff(head: Head) -> Claim | None:
    """What this is to Sensor Logger: told by ``seconds_elapsed`` in the header, then by axes and the file's name."""
    first = tuple(name.lower() for name in head.names or (cells(head.lines[0], ",") if head.lines else ()))
    if first[:2] == ("version", "device name") and "platform" in first:
        return Claim("metadata", "the app's notes on the recording")
    if _ELAPSED not in first[:2] or not set(first[:2]) & set(_CLOCKS):
        return None
    if len(_axes(head)) < 3:
        return Claim("aside", "a table without three axes")
    word = re.sub(r"[^a-z]", "", head.path.stem.lower())
    for part, role, what in _BY_NAME:
        if part in word:
            return Claim(role, f"the columns seconds_elapsed and x, y, z: {what}")
    for pattern, role in _BY_COLUMN:
        if any(pattern.fullmatch(name) for name in head.names):
            return Claim(role, f"the columns seconds_elapsed and {head.names[2]} ..")
    return Claim("unusable", _NAMELESS)


def _axes(head: Head) -> list[int]:
    """Where x, y and z stand, also when the user renamed them to end in X, Y, Z; fewer if one is not there once."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(head.names):
        if match := re.fullmatch(r"(?:(?:acceleration|rotationrate|gravity)[_ ]?)?([xyz])", name.lower()):
            found.setdefault(match[1], []).append(at)
    return [found[axis][0] for axis in "xyz" if len(found.get(axis, [])) == 1]


def read(source: Source) -> Recording:
    """Read the tables of acceleration and angular velocity, and bring them to one clock.

    Raises:
        RecordingError: a table or a column is missing, a cell is not a number, or the sensors do not fit together.
    """
    notes: list[str] = []
    _refuse_two_recordings(source)
    gyr = _stream(source, _part(source, "gyr", "raw_gyr"))
    if "acc" in source.parts:
        roles, acc = "acc", _stream(source, source.parts["acc"])
    elif {"linear", "gravity"} <= source.parts.keys():
        roles, acc = "sum", _sum(source)
        notes.append("Acceleration is the sum of Accelerometer and Gravity.")
    else:
        roles, acc = "raw", _stream(source, _part(source, "raw_acc"))
        notes.append("Acceleration is the uncalibrated one.")
    platform, standard = _platform(source)
    if roles == "raw" and not platform and not standard:
        length = float(np.nanmedian(np.linalg.norm(acc.values, axis=1))) if len(acc.values) else 0.0
        platform = "ios" if abs(length - 1.0) < NEAR_G else ""
    unit: str | None = "m/s^2"
    if roles == "raw" and not standard:
        unit = {"ios": "g", "android": "m/s^2", "": None}[platform]
    if _turned(platform, standard, roles, notes):
        acc = Stream(acc.time_s, -acc.values)
    header = Header(
        name=source.path.stem,
        rate_hz=1.0,
        leg=source.leg,
        dialect=NAME,
        sha256=source.sha256,
        notes=tuple(notes),
    )
    time_s, acc_rows, gyr_rows = merge(source.path, fresh(acc), fresh(gyr))
    return finish(source.path, time_s, acc_rows, gyr_rows, Units(unit, "rad/s"), header, source.options)


def _refuse_two_recordings(source: Source) -> None:
    """Tables that began at different times are of two recordings, though each counts its seconds from 0."""
    began: list[tuple[float, Part]] = []
    for role in ("acc", "raw_acc", "linear", "gravity", "gyr", "raw_gyr"):
        if role in source.parts:
            part = source.parts[role]
            said = dict(zip((name.lower() for name in part.head.names), part.head.example, strict=False))
            clock = next((as_number(said[name], ".") for name in _CLOCKS if name in said), None)
            elapsed = as_number(said.get(_ELAPSED, ""), ".")
            if clock is not None and elapsed is not None:
                began.append((clock * TIME_TO_S["ns"] - elapsed, part))
    for start_s, part in began[1:]:
        if abs(start_s - began[0][0]) > APART_S:
            raise RecordingError(
                source.path,
                f"{began[0][1].name} and {part.name} are of two recordings, begun {abs(start_s - began[0][0]):.0f} s "
                "apart; put the tables of one into a folder of their own",
            )


def _part(source: Source, *roles: str) -> Part:
    for role in roles:
        if role in source.parts:
            return source.parts[role]
    if "gyr" in roles:
        raise RecordingError(source.path, "Gyroscope.csv is missing; put it beside, or switch the sensor on")
    raise RecordingError(
        source.path,
        "Accelerometer.csv has no gravity in it; put TotalAcceleration.csv (Android) or Gravity.csv (iOS) beside, "
        "or switch that sensor on",
    )


def _stream(source: Source, part: Part) -> Stream:
    """A sensor's table with its time in seconds, since the recording began where the table says so."""
    axes = _axes(part.head)
    if len(axes) < 3:
        raise RecordingError(part.path, "the columns x, y and z are not there once each; export it again")
    names = [name.lower() for name in part.head.names]
    clock = next((names.index(name) for name in _CLOCKS if name in names), None)
    elapsed = names.index(_ELAPSED) if _ELAPSED in names else None
    said = source.options.time_unit
    at = clock if elapsed is None or (said is not None and clock is not None) else elapsed
    if at is None:
        raise RecordingError(part.path, "neither a column seconds_elapsed nor time; export it again")
    factor = TIME_TO_S[said or ("ns" if at == clock else "s")]
    table = numbers(part, [at, *axes])
    return Stream(table[:, 0] * factor, table[:, 1:4])


def _sum(source: Source) -> Stream:
    """Acceleration without gravity plus gravity, at the instants of the former."""
    linear = fresh(_stream(source, source.parts["linear"]))
    gravity = fresh(_stream(source, source.parts["gravity"]))
    if len(gravity.time_s) < 2:
        raise RecordingError(source.parts["gravity"].path, "no two rows with numbers; record it again")
    order = np.argsort(gravity.time_s, kind="stable")
    at, values = gravity.time_s[order], gravity.values[order]
    there = (linear.time_s >= at[0]) & (linear.time_s <= at[-1])
    time_s = linear.time_s[there]
    pulled: FloatArray = np.column_stack([np.interp(time_s, at, values[:, axis]) for axis in range(3)])
    with np.errstate(over="ignore"):  # absurd numbers are for the physics check to refuse
        return Stream(time_s, linear.values[there] + pulled)


def _platform(source: Source) -> tuple[str, bool]:
    """ "ios", "android" or "" where nobody says, and whether the user asked for standard units and frames."""
    part = source.parts.get("metadata")
    if part is None or len(part.head.lines) < 2:
        return "", False
    names = [name.lower() for name in cells(part.head.lines[0], ",")]
    said = dict(zip(names, cells(part.head.lines[1], ","), strict=False))
    platform = said.get("platform", "").lower()
    return platform if platform in ("ios", "android") else "", said.get("standardisation", "").lower() == "true"


def _turned(platform: str, standard: bool, roles: str, notes: list[str]) -> bool:
    """Whether acceleration has iOS's sign, which is the opposite of what an accelerometer feels."""
    if platform == "android" or standard:
        return False
    if platform == "ios":
        notes.append("iOS counts acceleration with the other sign; it was turned.")
        return True
    if roles == "sum":
        notes.append("No Metadata.csv: without TotalAcceleration it was taken for iOS, and acceleration was turned.")
        return True
    notes.append("No Metadata.csv: acceleration was taken to have Android's sign, on which the signs of rotation rest.")
    return False
