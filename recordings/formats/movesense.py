"""Movesense Showcase for iOS: one file a sensor, ``ms,x,y,z``, stamped on the first sample of each packet only.

Old versions write no header, newer ones ``timestamp,x,y,z``; accelerometer and gyro have the very same form, and the
name that the app gives (start, serial number, an identifier) does not say which is which. So the sensor is told by
the file's name if somebody wrote it there, and else by the stillest half second of the beginning: an accelerometer
at rest feels 9.81 m/s², a gyro next to nothing. Stamps count milliseconds since the sensor was switched on, in 32
bits. Samples are spread evenly from one packet's stamp to the next. Sources: the app's own CSV encoder, its tests and
its recorder (github.com/mikkojeronen/MovesenseShowcase-iOS). That the gyro is in deg/s stands in the documentation of
the Movesense package for Flutter (pub.dev, carp_movesense_package), not in the file: physics has the last word.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray, Header, Recording
from imu.units import G0_MPS2, TIME_TO_S
from recordings.check import LARGEST, Units, finish
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge, unwrap
from recordings.table import Head, as_number, cells, numbers

IntArray = npt.NDArray[np.int64]

NAME = "movesense"
TITLE = "Movesense Showcase"

_HEADERS = {("timestamp", "x", "y", "z"): "", ("timestamp", "sample"): "ECG", ("average", "rrdata"): "heart rate"}
_WORDS = (("acc", "acc|accel|accelerometer|acceleration"), ("gyr", "gyr|gyro|gyroscope|angularvelocity"))
_SESSION = re.compile(r"(\d{4}-?\d\d-?\d\dT[\d:.+-]*Z?_[0-9A-Za-z]+)(?:_|$)")
_STAMP = re.compile(r"\d{1,10}")
_COUNTER = 2**32
"""The time stamp is an unsigned number of four bytes."""

_LOOKED_AT = 2000
_STILL_ROWS = 26
"""Half a second at 52 Hz, the slowest rate of the sensor that is of use here."""
_NEAR_G = 0.25
_LOST = 1.5
"""A packet that seems to last this many times as long as usual is followed by a lost one."""


def sniff(head: Head) -> Claim | None:
    """Claim rows of which only some have a time stamp, the first among them."""
    if not head.lines:
        return None
    key, role = _named(head.path.stem)
    first = tuple(name.lower() for name in cells(head.lines[0], ","))
    if what := _HEADERS.get(first):
        return Claim("aside", f"{what} of Movesense Showcase", key)
    lines = head.lines[1:] if first in _HEADERS else head.lines
    rows = [cells(line, ",") for line in lines[:_LOOKED_AT] if line.strip()][:-1]
    if not rows or not _STAMP.fullmatch(rows[0][0]):
        return None
    wide = len(rows[0])
    stamped = [bool(row and row[0]) for row in rows[:64]]
    alike = all(len(row) == wide and (not row[0] or _STAMP.fullmatch(row[0])) for row in rows[:64])
    if wide not in (2, 4) or all(stamped) or not alike:
        return None
    if wide == 2:
        return Claim("aside", "one value a row: ECG of Movesense Showcase", key)
    if role:
        return Claim(role, "rows of ms,x,y,z, most without ms; the file's name tells the sensor", key)
    rest = _at_rest(rows)
    felt = abs(rest / G0_MPS2 - 1.0) <= _NEAR_G
    why = f"rows of ms,x,y,z, most without ms; {rest:.1f} at rest"
    return Claim("acc" if felt else "gyr", why, key)


def _named(stem: str) -> tuple[str, str]:
    """Start and serial number in the file's name, or what is left without the sensor; and its sensor or ""."""
    role, rest = "", stem
    for each, words in _WORDS:
        word = re.search(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])", stem, re.IGNORECASE)
        if word and not role:
            role, rest = each, stem[: word.start()].strip(" _-.") + stem[word.end() :].strip(" _-.")
    if session := _SESSION.match(stem):
        return session[1], role
    return (rest if role else ""), role


def _at_rest(rows: list[tuple[str, ...]]) -> float:
    """Length of the mean in the stillest stretch of these rows."""
    read = [[as_number(cell, ".") for cell in row[1:4]] for row in rows if len(row) == 4]
    values = np.array([row for row in read if None not in row], dtype=np.float64)
    values = values[(np.abs(values) < LARGEST).all(axis=1)] if len(values) else values
    if not len(values):
        return 0.0
    size = min(_STILL_ROWS, len(values))
    stretches = values[: len(values) // size * size].reshape(-1, size, 3)
    stillest = stretches[stretches.std(axis=1).sum(axis=1).argmin()]
    return float(np.linalg.norm(stillest.mean(axis=0)))


def read(source: Source) -> Recording:
    """Read both files, spread the samples over their packets and bring the sensors to one clock.

    Raises:
        RecordingError: a file is missing, a cell is not a number, there is no time, or the sensors do not fit together.
    """
    for role, what in (("acc", "accelerometer"), ("gyr", "gyroscope")):
        if role not in source.parts:
            raise RecordingError(
                source.path,
                f"the {what}'s file is missing; put it beside, with acc and gyro in the names if it is there already",
            )
    acc, gyr = (fresh(_stream(source, source.parts[role])) for role in ("acc", "gyr"))
    header = Header(
        name=source.path.stem,
        rate_hz=1.0,
        leg=source.leg,
        dialect=NAME,
        sha256=source.sha256,
        notes=(
            "Only the first sample of each packet has a time stamp; the others were spread between.",
            "The file names no units: read as m/s² and deg/s, which Movesense sensors send.",
        ),
    )
    time_s, acc_rows, gyr_rows = merge(source.path, acc, gyr)
    return finish(source.path, time_s, acc_rows, gyr_rows, Units("m/s^2", "deg/s"), header, source.options)


def _stream(source: Source, part: Part) -> Stream:
    table = numbers(part, [0, 1, 2, 3])
    empty = np.isfinite(table[:, 0]) & np.isnan(table[:, 1:]).all(axis=1)
    stamped = np.isfinite(table[~empty, 0])
    first = int(stamped.argmax()) if stamped.any() else len(stamped)
    table, stamped = table[~empty][first:], stamped[first:]
    if not len(table):
        raise RecordingError(part.path, "no row has a time stamp; export it again")
    stamps_s = unwrap(table[stamped, 0], _COUNTER) * TIME_TO_S[source.options.time_unit or "ms"]
    starts = np.flatnonzero(stamped)
    return Stream(_spread(part, stamps_s, starts, len(table), source.options.rate_hz), table[:, 1:])


def _spread(part: Part, stamps_s: FloatArray, starts: IntArray, rows: int, rate_hz: float | None) -> FloatArray:
    """The time of every row, from the stamps of the rows at which the packets start.

    Raises:
        RecordingError: there is only one packet, and nobody named the rate.
    """
    counts = np.diff(starts, append=rows)
    steps = np.diff(stamps_s) / counts[:-1]
    going = steps[steps > 0]
    if rate_hz is None and not len(going):
        raise RecordingError(part.path, "there is only one time stamp, which tells no rate; name the rate with --rate")
    period = 1.0 / rate_hz if rate_hz is not None else float(np.median(going))
    usual = (steps > period / _LOST) & (steps < period * _LOST)
    step = np.append(np.where(usual, steps, period), period)
    within = np.arange(rows) - np.repeat(starts, counts)
    return np.asarray(np.repeat(stamps_s, counts) + within * np.repeat(step, counts))
