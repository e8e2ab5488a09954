"""Labels that somebody set by hand in a video: what ELAN and BORIS export.

ELAN (File, Export as, Tab-delimited Text; manual of the Max Planck Institute for Psycholinguistics): a row an
annotation with tier, participant, begin, end, duration in one time format or several, and the value; with a header or
without; its names are in the language of the program, but end in the format. BORIS (Export events; boris.unito.it,
user guide): "Aggregated events" has a row a span with ``Start (s)`` and ``Stop (s)``; "Tabular events" a row a START, a
STOP or a POINT, in older versions below some lines about the observation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kickback.errors import KickbackError
from kickback.scoring.text_table import Rows, read_rows

TIME_FORMATS = ("hh:mm:ss.ms", "ss.msec", "msec")
"""The time formats of ELAN, as the names of its columns end; the first that is there is taken."""
HALF_A_MS = 0.0005
_CLOCK = re.compile(r"(\d+):(\d{2}):(\d{2}(?:[.,]\d+)?)")
_SECONDS = re.compile(r"\d+\.\d+")
_WHOLE = re.compile(r"\d+")
_TIER_NAMES = {"tier", "tier name", "tiername"}
_VALUE_NAMES = {"annotation", "annotation value", "value", "label", "text"}
_IGNORED_NAMES = {"participant", "annotator", "file name", "file path", "filename"}


@dataclass(frozen=True)
class Label:
    """A label on the video's clock.

    Attributes:
        word: what it says: the annotation, or the behaviour.
        tier: the row of the annotation program that it stands in; the subject in BORIS.
        start_s, end_s: in seconds; the same for a point.
    """

    word: str
    tier: str
    start_s: float
    end_s: float


def read_labels(path: Path) -> tuple[Label, ...] | None:
    """The labels of an export of ELAN or BORIS in order of time; None where the file is neither.

    Raises:
        KickbackError: the file cannot be read, or it is such an export with something wrong in it.
    """
    rows = read_rows(path)
    found = _boris(rows)
    if found is None:
        found = _elan(rows)
    return None if found is None else tuple(sorted(found, key=lambda label: (label.start_s, label.end_s)))


# --- BORIS -------------------------------------------------------------------------------------------------------


def _boris(rows: Rows) -> list[Label] | None:
    for at, row in enumerate(rows.cells):
        if "Behavior" in row and ("Start (s)" in row or "Time" in row):
            places = {name: place for place, name in enumerate(row)}
            body = list(zip(rows.numbers[at + 1 :], rows.cells[at + 1 :], strict=True))
            return _spans(rows.path, places, body) if "Start (s)" in row else _starts_and_stops(rows.path, places, body)
    return None


def _spans(path: Path, places: Mapping[str, int], body: Sequence[tuple[int, tuple[str, ...]]]) -> list[Label]:
    found = []
    for line, row in body:
        start_s, end_s = (_seconds(path, line, _cell(row, places, name)) for name in ("Start (s)", "Stop (s)"))
        found.append(Label(_cell(row, places, "Behavior"), _cell(row, places, "Subject"), start_s, end_s))
    return found


def _starts_and_stops(
    path: Path, places: Mapping[str, int], body: Sequence[tuple[int, tuple[str, ...]]]
) -> list[Label]:
    kind = next((name for name in ("Behavior type", "Status") if name in places), None)
    if kind is None:
        raise KickbackError(f"{path}: events of BORIS without 'Behavior type'; export them as aggregated events")
    found: list[Label] = []
    begun: dict[tuple[str, str], tuple[int, float]] = {}
    for line, row in body:
        word, subject = _cell(row, places, "Behavior"), _cell(row, places, "Subject")
        at_s = _seconds(path, line, _cell(row, places, "Time"))
        what = _cell(row, places, kind).upper()
        if what == "START" and (word, subject) not in begun:
            begun[word, subject] = line, at_s
        elif what == "STOP" and (word, subject) in begun:
            found.append(Label(word, subject, begun.pop((word, subject))[1], at_s))
        elif what == "POINT":
            found.append(Label(word, subject, at_s, at_s))
        else:
            raise KickbackError(f"{path}: line {line}: {what or 'no'} event of {word!r} that fits none before it")
    if begun:
        (word, _), (line, _) = next(iter(begun.items()))
        raise KickbackError(f"{path}: line {line}: {word!r} starts and never stops; fix unpaired events in BORIS")
    return found


def _cell(row: Sequence[str], places: Mapping[str, int], name: str) -> str:
    place = places.get(name, len(row))
    return row[place] if place < len(row) else ""


def _seconds(path: Path, line: int, cell: str) -> float:
    """Seconds, or hours:minutes:seconds."""
    clock = _CLOCK.fullmatch(cell)
    try:
        value = _of_clock(cell) if clock else float(cell.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise KickbackError(f"{path}: line {line}: {cell!r} is no time in seconds")
    return value


def _of_clock(cell: str) -> float:
    hours, minutes, seconds = cell.replace(",", ".").split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


# --- ELAN --------------------------------------------------------------------------------------------------------


def _elan(rows: Rows) -> list[Label] | None:
    body = [(n, row) for n, row in zip(rows.numbers, rows.cells, strict=True) if not row[0].lstrip('"').startswith("#")]
    if not body:
        return None
    header = body[0][1]
    by_format = {form: _ending(header, form) for form in TIME_FORMATS}
    if any(by_format.values()):
        return _with_header(rows.path, header, by_format, body[1:])
    return _without_header(rows.path, body)


def _ending(header: Sequence[str], form: str) -> list[int]:
    """Columns of one time format: begin, end and perhaps duration, in ELAN's order."""
    return [place for place, name in enumerate(header) if name.lower().endswith(f"- {form}")]


def _with_header(
    path: Path, header: Sequence[str], by_format: Mapping[str, list[int]], body: Sequence[tuple[int, tuple[str, ...]]]
) -> list[Label]:
    form, places = next((form, places) for form, places in by_format.items() if places)
    if len(places) < 2:
        raise KickbackError(f"{path}: only one of begin and end has the format {form}; export both from ELAN")
    times = {place for columns in by_format.values() for place in columns}
    names = {place: name.lower() for place, name in enumerate(header) if place not in times}
    tier_at = next((place for place, name in names.items() if name in _TIER_NAMES), None)
    value_at = next((place for place, name in names.items() if name in _VALUE_NAMES), None)
    others = [place for place, name in names.items() if name not in _TIER_NAMES | _IGNORED_NAMES and name]
    found = []
    for line, row in body:
        row = (*row, *("" for _ in range(len(header) - len(row))))
        start_s, end_s = (_in_seconds(path, line, row[place], form) for place in places[:2])
        if value_at is not None or tier_at is not None:
            word = row[value_at if value_at is not None else others[-1]] if others else ""
            found.append(Label(word, row[tier_at] if tier_at is not None else "", start_s, end_s))
        else:  # a column a tier, and the value in it
            found += [Label(row[place], header[place], start_s, end_s) for place in others if row[place]]
    return found


def _in_seconds(path: Path, line: int, cell: str, form: str) -> float:
    if form == "msec" and _WHOLE.fullmatch(cell):
        return int(cell) / 1000
    return _seconds(path, line, cell)


def _without_header(path: Path, body: Sequence[tuple[int, tuple[str, ...]]]) -> list[Label] | None:
    """The columns of times by their look, the tier in the first column, the value in the last one."""
    width = len(body[0][1])
    if any(len(row) != width for _, row in body) or width < 3:
        return None
    for form, look in zip(TIME_FORMATS, (_CLOCK, _SECONDS, _WHOLE), strict=True):
        places = [p for p in range(1, width) if all(look.fullmatch(row[p]) for _, row in body)]
        if len(places) >= 2:
            times = [[_in_seconds(path, n, row[p], form) for p in places] for n, row in body]
            first = _first_of_three(times)
            return [Label(row[-1], row[0], *at[first : first + 2]) for (_, row), at in zip(body, times, strict=True)]
    return None


def _first_of_three(times: Sequence[Sequence[float]]) -> int:
    """Which of the columns of times is the begin: the one behind which stand end and duration, else the first."""
    for place in range(len(times[0]) - 2):
        if all(abs(row[place + 1] - row[place] - row[place + 2]) < HALF_A_MS for row in times):
            return place
    return 0
