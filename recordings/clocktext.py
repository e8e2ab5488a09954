"""Time written as people read it: a date and a time of day, with or without a zone, or the time of day alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.streams import unwrap
from recordings.table import texts

if TYPE_CHECKING:
    import pandas as pd

DAY_S = 86400.0
_DAY_US = 86_400_000_000

SLICE = 1 << 17
"""Cells taken apart at once, so that the pieces of a long column are never there all together."""

_FORM = (
    r"(?:(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[ T_]+)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d(?:[.,]\d{1,9})?)\s*(?P<zone>(?:Z|UTC|[+-]\d\d:?\d\d)?)"
)
"""Year first: a date that begins with the day or the month does not say which of them it is."""

_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d\.\d{1,9}", re.ASCII)
CLOCK = re.compile(_FORM, re.ASCII | re.IGNORECASE)


def clock_seconds(part: Part, column: int, *, first_line: int | None = None) -> FloatArray:
    """Clock text as seconds since the first day's midnight, going on over midnight, shape (n,); NaN where it is empty.

    Raises:
        RecordingError: a cell is no time of day.
    """
    text = texts(part, [column], first_line=first_line)[0]
    seconds, days = np.empty(len(text)), np.empty(len(text))
    for first in range(0, len(text), SLICE):
        rows = slice(first, first + SLICE)
        told = _iso(text[rows])
        seconds[rows], days[rows] = _patient(part, column, text[rows]) if told is None else told
    if np.isnan(days).all():
        return unwrap(seconds, DAY_S)
    return np.asarray(seconds + (days - np.nanmin(days)) * DAY_S)


def _iso(text: npt.NDArray[np.object_]) -> tuple[FloatArray, FloatArray] | None:
    """Seconds of the day and days since 1970 where all cells have one ISO form of one length, no zone; else None.

    The length keeps out what pandas takes for a time besides: nothing, ``now``, ``today``.
    """
    import pandas as pd

    form = _ISO.fullmatch(text[0])
    if form is None or len({len(cell) for cell in text}) > 1:
        return None
    try:
        stamps = pd.to_datetime(list(text), format=f"%Y-%m-%d{form[1]}%H:%M:%S.%f")
    except ValueError:
        return None
    since = stamps.to_numpy().astype("datetime64[us]").astype(np.int64)
    return since % _DAY_US / 1e6, (since // _DAY_US).astype(np.float64)


def _patient(part: Part, column: int, cells: npt.NDArray[np.object_]) -> tuple[FloatArray, FloatArray]:
    """Seconds of the day, in Greenwich's where there is a zone, and days since 1970; NaN where there is no date."""
    import pandas as pd

    text = pd.Series(cells, dtype=object).str.strip(' "')
    pieces = text.str.extract(f"^{_FORM}$", flags=re.ASCII | re.IGNORECASE)
    wrong = pieces["hour"].isna() & (text != "") & ~text.str.lower().isin(("null", "none", "nan"))
    if wrong.any():
        raise RecordingError(
            part.path,
            f"{text[wrong].iloc[0][:40]!r} is not a time such as 2026-01-02 03:04:05.678",
            column=_name(part, column),
        )
    seconds = _number(pieces["hour"]) * 3600 + _number(pieces["minute"]) * 60
    seconds += _number(pieces["second"].str.replace(",", ".", regex=False))
    return seconds - _zones(pieces["zone"]), _days(pieces["date"])


def _name(part: Part, column: int) -> str:
    names = part.head.names
    return names[column] if column < len(names) else f"{column + 1}"


def _number(pieces: pd.Series) -> FloatArray:
    return np.asarray(pieces.astype("float64").to_numpy(dtype=np.float64))


def _zones(zones: pd.Series) -> FloatArray:
    """Seconds east of Greenwich."""
    return np.asarray(zones.map({zone: _east_s(zone) for zone in zones.unique()}).to_numpy(dtype=np.float64))


def _east_s(zone: object) -> float:
    told = re.fullmatch(r"([+-])(\d\d):?(\d\d)", str(zone))
    return (-1.0 if told[1] == "-" else 1.0) * (3600 * int(told[2]) + 60 * int(told[3])) if told else 0.0


def _days(dates: pd.Series) -> FloatArray:
    """Days since 1970; NaN where there is no date or none that exists."""
    return np.asarray(dates.map({date: _day(date) for date in dates.unique()}).to_numpy(dtype=np.float64))


def _day(date: object) -> float:
    try:
        year, month, day = (int(number) for number in re.split(r"[-/.]", str(date)))
        return float(np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D").astype(np.int64))
    except ValueError:
        return float("nan")
