"""Shimmer (Consensys): one table, a line ``"sep=;"``, the names ``.._CAL``, a row of units, a separator at each end.

Every name begins with the device's. ``Timestamp_Unix_CAL`` counts milliseconds, ``Timestamp_FormattedUnix_CAL`` is
text; both are rounded and repeat, though no sample does: no row is dropped for its stamp, and the clock is rebuilt from
all of them. There may be two accelerometers: the low-noise one (``LN``) ends at 2 g, the wide-range one
(``WR``) is noisier; WR is read when it shows more than LN can, else LN. The units are those of the units row.
Evidence: exported files with semicolon, comma and tab; the range of LN is from memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from imu.blocks import FloatArray, Header, Recording
from imu.units import ACC_TO_MPS2, G0_MPS2, GYR_TO_RADPS, TIME_TO_S, normal
from recordings.check import Units, finish
from recordings.clocktext import clock_seconds
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.table import Head, as_number, cells, numbers

NAME = "shimmer"
TITLE = "Shimmer Consensys"

LN_ENDS_G = 1.9
"""The low-noise accelerometer's range is 2 g; a little less, so that an axis at its end is found."""

_COLUMN = re.compile(
    r"(.*?)_?(Timestamp|Timestamp_\w+?|Accel_LN_[XYZ]|Accel_WR_[XYZ]|Accel_[XYZ]|Gyro_[XYZ])_(CAL|RAW|UNCAL)"
)
_SEP = re.compile(r'"?sep=([;,\t|])"?\s*', re.IGNORECASE)
_HEADER_WITHIN = 12
_CLOCKS = ("Timestamp_Unix", "Timestamp", "Timestamp_FormattedUnix")


class _Table(NamedTuple):
    """The head with the real header, where the data begin, and position and unit of each calibrated column."""

    head: Head
    first_line: int
    columns: dict[str, int]
    units: dict[str, str]
    devices: list[str]
    raw: bool


def sniff(head: Head) -> Claim | None:
    """Claim a file with calibrated columns of Shimmer's names; the names end in ``_CAL``."""
    table = _table(head)
    if table is None:
        return None
    acc = any(_axes(table, kind) for kind in ("Accel_LN", "Accel_WR", "Accel"))
    gyr = bool(_axes(table, "Gyro"))
    if len(table.devices) > 1:
        return Claim("unusable", f"columns of {len(table.devices)} devices in one file; export one device a file")
    if acc and gyr:
        return Claim("both", "the columns Accel_.._CAL and Gyro_.._CAL")
    if table.raw:
        return Claim("unusable", "only raw values without calibration; export calibrated data (CAL) from Consensys")
    what = "gyroscope" if acc else "accelerometer"
    return Claim("unusable", f"the {what} was not logged; switch it on in Consensys and record again")


def _table(head: Head) -> _Table | None:
    """Find the header, which stands above a row of units; None when it is not Shimmer's."""
    lines = head.lines[:_HEADER_WITHIN]
    told = _SEP.fullmatch(lines[0].strip()) if lines else None
    marks = dict.fromkeys((told[1] if told else head.separator, head.separator, ";", "\t"))
    for at, separator in [(at, mark) for at in range(len(lines)) for mark in marks]:
        names = cells(lines[at], separator)
        found = [(place, match) for place, name in enumerate(names) if (match := _COLUMN.fullmatch(name))]
        if not any(match[2].startswith("Timestamp") for _, match in found) or len(found) < 2:
            continue
        below = [cells(row, separator) for row in head.lines[at + 1 : at + 3]]
        units = below[0] if below and not _number(below[0], head.decimal) else ()
        first_line = at + (2 if units else 1)
        example = below[-1] if len(below) == 2 and units else below[0] if below else ()
        real = replace(head, separator=separator, header_line=at, names=names, example=example)
        calibrated = {match[2]: place for place, match in found if match[3] == "CAL"}
        return _Table(
            real,
            first_line,
            calibrated,
            {name: units[place] for name, place in calibrated.items() if place < len(units)},
            sorted({match[1] for _, match in found if match[2][0] in "AG"}),
            any(match[3] != "CAL" for _, match in found),
        )
    return None


def _number(row: Iterable[str], decimal: str) -> bool:
    """Whether a row holds a number, as the row of units does not."""
    return any(as_number(cell, decimal) is not None for cell in row if cell)


def _axes(table: _Table, kind: str) -> list[int]:
    found = [table.columns.get(f"{kind}_{axis}") for axis in "XYZ"]
    return [at for at in found if at is not None] if None not in found else []


def read(source: Source) -> Recording:
    """Read the table with the accelerometer that suits.

    Raises:
        RecordingError: a column is missing, a cell is not a number or no time, or physics contradicts.
    """
    table = _table(source.part.head)
    if table is None:
        raise RecordingError(source.part.path, "no columns Timestamp_.._CAL, Accel_.._CAL, Gyro_.._CAL; export them")
    part = replace(source.part, head=table.head)
    clock = next((name for name in _CLOCKS if name in table.columns), None)
    if clock is None or not _axes(table, "Gyro"):
        raise RecordingError(part.path, "needs the columns Timestamp_Unix_CAL and Gyro_X_CAL, _Y_, _Z_; export them")
    kind, acc, note = _accelerometer(table, part)
    gyr = numbers(part, _axes(table, "Gyro"), first_line=table.first_line)
    header = Header(
        name=source.path.stem,
        rate_hz=1.0,
        sensor=f"Shimmer, {kind}",
        leg=source.leg,
        dialect=NAME,
        sha256=source.sha256,
        notes=note,
    )
    units = Units(
        _known(ACC_TO_MPS2, table.units.get(f"{kind}_X", "")), _known(GYR_TO_RADPS, table.units.get("Gyro_X", ""))
    )
    time_s = _seconds(source, table, part, clock)
    return finish(source.path, time_s, acc, gyr, units, header, source.options)


def _accelerometer(table: _Table, part: Part) -> tuple[str, FloatArray, tuple[str, ...]]:
    """Name and values of the accelerometer to read, in the units of its column, and why.

    Raises:
        RecordingError: there is none with three axes, or a cell is not a number.
    """
    kinds = [kind for kind in ("Accel_LN", "Accel_WR", "Accel") if _axes(table, kind)]
    if not kinds:
        raise RecordingError(part.path, "needs the columns Accel_LN_X_CAL or Accel_WR_X_CAL, _Y_ and _Z_; export them")
    if "Accel_WR" in kinds and len(kinds) > 1:
        wide = numbers(part, _axes(table, "Accel_WR"), first_line=table.first_line)
        unit = _known(ACC_TO_MPS2, table.units.get("Accel_WR_X", ""))
        most_g = float(np.nanmax(np.abs(wide), initial=0.0)) * ACC_TO_MPS2[unit or "m/s^2"] / G0_MPS2
        if most_g > LN_ENDS_G:
            why = f"The wide-range accelerometer was read: it shows {most_g:.1f} g, and the low-noise one ends at 2 g."
            return "Accel_WR", wide, (why,)
        note = ("The low-noise accelerometer was read: the wide-range one shows that 2 g were enough.",)
        return kinds[0], numbers(part, _axes(table, kinds[0]), first_line=table.first_line), note
    return kinds[0], numbers(part, _axes(table, kinds[0]), first_line=table.first_line), ()


def _known(units: dict[str, float], said: str) -> str | None:
    """The unit as the tables spell it, None (physics tells) when it is not there or unknown."""
    unit = normal(said).replace("sec", "s")
    return unit if unit in units else None


def _seconds(source: Source, table: _Table, part: Part, clock: str) -> FloatArray:
    """Seconds since the first stamp, or of the day where they are text, shape (n,); NaN where there is none."""
    at = table.columns[clock]
    if clock == "Timestamp_FormattedUnix":
        time_s = clock_seconds(part, at, first_line=table.first_line)
    else:
        unit = source.options.time_unit or _known(TIME_TO_S, table.units.get(clock, "")) or "ms"
        counts = numbers(part, [at], first_line=table.first_line)[:, 0]
        time_s = (counts - _first(part, counts)) * TIME_TO_S[unit]
    return _apart(time_s)


def _apart(time_s: FloatArray) -> FloatArray:
    """Stamps in which a row that repeats its neighbour's stamp lies between the others, as its sample does.

    A run of equal stamps would look like a packet on its arrival; but these are the sensor's own, only rounded.
    """
    rows = np.arange(len(time_s))
    own = np.append(True, np.diff(time_s) != 0)[: len(rows)]
    return np.interp(rows, rows[own], time_s[own]) if not own.all() else time_s


def _first(part: Part, counts: FloatArray) -> float:
    there = counts[np.isfinite(counts)]
    if not len(there):
        raise RecordingError(part.path, "no row has a time stamp; export Timestamp_Unix_CAL")
    return float(there[0])
