"""Physics Toolbox Sensor Suite: one table, ``time,gFx,gFy,gFz,ax,ay,az,wx,wy,wz,`` under an empty first line.

``gF`` is what the accelerometer feels, in g; ``a`` is without gravity and is not used; ``w`` is in rad/s. A row
is written whenever one sensor has a new value, and repeats the old values of the others, zeros before their
first: so each sensor's rows are told by their changes. ``time`` is seconds, or the time of day as text. Evidence:
exported files; the recording must hold "g-Force" and "Gyroscope" (the app's Multi Record).
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray, Header, Recording
from imu.units import TIME_TO_S
from recordings.check import LEAST_RATE_HZ, Units, finish
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge, unwrap
from recordings.table import Head, numbers, texts

NAME = "physics_toolbox"
TITLE = "Physics Toolbox Sensor Suite"

_FELT = ("gFx", "gFy", "gFz")
_LINEAR = ("ax", "ay", "az")
_TURNS = ("wx", "wy", "wz")

RARE = 0.2
"""With a smaller share of repeated rows the sensor was written anew each time, and rounding made some equal."""

HELD_S = 0.2
"""A value that stays longer than this under new rows is a sensor that said nothing, not one at rest."""

DAY_S = 86400.0
HOUR_S = 3600.0

_CLOCK = re.compile(r"(?:.*[ T])?(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2})(?:([.,:])(\d{1,9}))?")
"""Time of day, after a date if there is one: h:m:s, h:m:s.fraction, h:m:s:milliseconds, or m:s.fraction."""


def sniff(head: Head) -> Claim | None:
    """Whether the columns are this app's: its spelling ``gFx`` and ``wx``, after ``time``."""
    names = set(head.names)
    if "time" not in names:
        return None
    felt, linear, turns = (set(kind) <= names for kind in (_FELT, _LINEAR, _TURNS))
    if felt and turns:
        return Claim("both", "the columns time, gFx .. gFz and wx .. wz")
    if felt:
        return Claim("unusable", _lacks("the gyroscope (wx, wy, wz)"))
    if linear and turns and names == {"time", "", *_LINEAR, *_TURNS}:
        return Claim("unusable", _lacks("acceleration with gravity (gFx, gFy, gFz)"))
    return None


def _lacks(what: str) -> str:
    return f'{what} was not recorded; choose "g-Force" and "Gyroscope" in the app\'s Multi Record'


def read(source: Source) -> Recording:
    """Read the table, and give each sensor its own rows again.

    Raises:
        RecordingError: a column is missing, a cell is not a number, or a sensor has new values too seldom.
    """
    part = source.part
    names = part.head.names
    wanted = (*_FELT, *_TURNS)
    if missing := [name for name in ("time", *wanted) if name not in names]:
        what = "the gyroscope (wx, wy, wz)" if missing[0] in _TURNS else f"the column {missing[0]}"
        raise RecordingError(part.path, _lacks(what))
    time_s, table = _table(source, part, [names.index(name) for name in wanted])
    acc = _own_rows(part, time_s, table[:, :3], "accelerometer")
    gyr = _own_rows(part, time_s, table[:, 3:], "gyroscope")
    notes = []
    if (share := 1 - min(len(acc.time_s), len(gyr.time_s)) / max(len(time_s), 1)) > 0.01:
        notes.append(f"{share:.0%} of the rows only repeat old values of a sensor; they were left out.")
    header = Header(
        name=source.path.stem,
        rate_hz=1.0,
        leg=source.leg,
        dialect=NAME,
        sha256=source.sha256,
        notes=tuple(notes),
    )
    merged_s, acc_rows, gyr_rows = merge(source.path, acc, gyr)
    return finish(source.path, merged_s, acc_rows, gyr_rows, Units("g", "rad/s"), header, source.options)


def _table(source: Source, part: Part, columns: list[int]) -> tuple[FloatArray, FloatArray]:
    """Seconds, shape (n,), and the values of the columns, shape (n, 6)."""
    at = part.head.names.index("time")
    example = part.head.example[at] if at < len(part.head.example) else ""
    if _CLOCK.fullmatch(example):
        return _seconds(part, texts(part, [at])[0]), numbers(part, columns)
    table = numbers(part, [at, *columns])
    return table[:, 0] * TIME_TO_S[source.options.time_unit or "s"], table[:, 1:]


def _seconds(part: Part, clock: npt.NDArray[np.object_]) -> FloatArray:
    """Times of day in seconds, going on over midnight (over the hour where no hours are written)."""
    seconds = np.full(len(clock), np.nan)
    hours = False
    for row, text in enumerate(clock.tolist()):
        told = _CLOCK.fullmatch(str(text).strip())
        if told is not None:
            hours = hours or told[1] is not None
            seconds[row] = _of_day(told)
        elif str(text).strip() not in ("", "nan", "None"):
            line = part.head.header_line + 2 + row
            raise RecordingError(
                part.path, f"{str(text)[:40]!r} is not a time of day like the others", line=line, column="time"
            )
    good = np.isfinite(seconds)
    seconds[good] = unwrap(seconds[good], DAY_S if hours else HOUR_S)
    return seconds


def _of_day(told: re.Match[str]) -> float:
    hours, minutes, seconds, sign, rest = told.groups()
    whole = 3600.0 * int(hours or 0) + 60.0 * int(minutes) + int(seconds)
    if rest is None:
        return whole
    return whole + (int(rest) / 1000.0 if sign == ":" else float(f"0.{rest}"))


def _without_stale(logged: Stream) -> Stream:
    """The rows with new values, and those in whose turn the value came out the same again."""
    new = np.append(True, (logged.values[1:] != logged.values[:-1]).any(axis=1))[: len(logged.time_s)]
    rows = np.flatnonzero(new)
    if len(rows) < 2 or len(new) - len(rows) < RARE * len(new):
        return logged
    turn = max(int(np.median(np.diff(rows))), 1)
    held = (np.diff(rows) > 1.5 * turn) & (np.diff(logged.time_s[rows]) <= HELD_S)
    same = [np.arange(rows[at] + turn, rows[at + 1] - turn // 2, turn) for at in np.flatnonzero(held)]
    kept = np.sort(np.concatenate([rows, *same]))
    return Stream(logged.time_s[kept], logged.values[kept])


def _own_rows(part: Part, time_s: FloatArray, values: FloatArray, what: str) -> Stream:
    """The rows in which this sensor has a new value.

    Raises:
        RecordingError: they come too seldom to show a rep.
    """
    begun = np.maximum.accumulate(((values != 0) & np.isfinite(values)).any(axis=1))
    logged = fresh(Stream(time_s[begun], values[begun]))
    stream = _without_stale(logged)
    if len(stream.time_s) < 2:
        raise RecordingError(part.path, f"the {what}'s values never change; switch the sensor on and record again")
    rate_hz = 1.0 / max(float(np.median(np.diff(stream.time_s))), 1e-6)
    if rate_hz < LEAST_RATE_HZ:
        raise RecordingError(
            part.path,
            f"the {what} has new values only {rate_hz:.0f} times a second (the rows between repeat old ones), "
            f"{LEAST_RATE_HZ:g} are needed; choose the fastest sampling in the app's settings",
        )
    return stream
