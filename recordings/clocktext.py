"""Time written as people read it: a date and a time of day, with or without a zone, or the time of day alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from imu.blocks import FloatArray
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.streams import unwrap
from recordings.table import texts

if TYPE_CHECKING:
    import pandas as pd

DAY_S = 86400.0

_FORM = (
    r"(?:(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[ T_]+)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d(?:[.,]\d{1,9})?)\s*(?P<zone>(?:Z|UTC|[+-]\d\d:?\d\d)?)"
)
"""Year first: a date that begins with the day or the month does not say which of them it is."""

CLOCK = re.compile(_FORM, re.ASCII | re.IGNORECASE)


def clock_seconds(part: Part, column: int, *, first_line: int | None = None) -> FloatArray:
    """Clock text as seconds since the first day's midnight, going on over midnight, shape (n,); NaN where it is empty.

    Raises:
        RecordingError: a cell is no time of day.
    """
    import pandas as pd

    text = pd.Series(texts(part, [column], first_line=first_line)[0], dtype=object).str.strip(' "')
    pieces = text.str.extract(f"^{_FORM}$", flags=re.ASCII | re.IGNORECASE)
    wrong = pieces["hour"].isna() & (text != "") & ~text.str.lower().isin(("null", "none", "nan"))
    if wrong.any():
        raise RecordingError(
            part.path,
            f"{text[wrong].iloc[0][:40]!r} is not a time such as 2026-01-02 03:04:05.678",
            column=_name(part, column),
        )
    if pieces["hour"].isna().all():
        return np.full(len(text), np.nan)
    seconds = _number(pieces["hour"]) * 3600 + _number(pieces["minute"]) * 60
    seconds += _number(pieces["second"].str.replace(",", ".", regex=False))
    seconds -= _zones(pieces["zone"])
    days = _days(pieces["date"])
    if np.isnan(days).all():
        return unwrap(seconds, DAY_S)
    return np.asarray(seconds + (days - np.nanmin(days)) * DAY_S)


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
