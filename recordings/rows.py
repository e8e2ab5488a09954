"""The rows below a header, some megabytes of text at a time: the file is never in memory as a whole."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.table import Head, as_number, cells

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 1 << 22
"""Characters read at once."""

LONGEST_LINE = 1 << 20
"""No table has a longer line."""

ROWS_ABOVE = 20
"""So many numbers with equally many decimals were not written that way by chance: one in 10^20 if they were trimmed."""

CUT_NOTE = "The last line was cut short and was dropped."

BEYOND = 1e25
"""No sensor and no clock writes such a number; its square would still be one."""

_NOTHING = {"", "nan", "-nan", "null", "none", "na", "<na>", "n/a", "#n/a", "#na", "1.#ind", "-1.#ind", "1.#qnan"}
"""Cells, in lower case, that mean that there is no value."""
_NULLS = ["none", "NONE", "Null", "NAN", "Nan", "-NAN", "Na", "na"]
"""Those of them that pandas does not know."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Whole lines of the file: the number of the first (counted from 1) and their text, ends as ``\\n``."""

    line: int
    text: str


def read_numbers(part: Part, columns: Sequence[int], first_line: int | None) -> FloatArray:
    """See :func:`recordings.table.numbers`."""
    wanted = sorted(set(columns))
    place = [wanted.index(column) for column in columns]
    table, count = np.empty((0, len(columns))), 0
    for chunk in _chunks(part, first_line):
        frame = _told(part, chunk, wanted, {"dtype": "float64", "na_values": _NULLS})
        values = frame[wanted].to_numpy(dtype=np.float64)
        if count + len(values) > len(table):
            more = count * 3 // 2 if count else int(len(values) * 1.02 * part.size / len(chunk.text))
            grown = np.empty((max(more, count + len(values)), len(columns)))
            grown[:count] = table[:count]
            table = grown
        table[count : count + len(values)] = values[:, place]
        count += len(values)
    table = table[:count]
    table[np.isinf(table)] = np.nan
    return table


def read_texts(part: Part, columns: Sequence[int], first_line: int | None) -> list[npt.NDArray[np.object_]]:
    """See :func:`recordings.table.texts`."""
    found: list[list[npt.NDArray[np.object_]]] = [[] for _ in columns]
    for chunk in _chunks(part, first_line):
        frame = _told(part, chunk, sorted(set(columns)), {"dtype": str, "na_filter": False})
        for column, pieces in zip(columns, found, strict=True):
            pieces.append(frame[column].fillna("").str.strip().to_numpy(dtype=object))
    return [np.concatenate([np.empty(0, dtype=object), *pieces]) for pieces in found]


def _width(head: Head) -> int:
    """How many cells a row may have: as many as the header or the first row, blanks at their ends included."""
    return max(len(head.names), len(head.example), 1)


def _chunks(part: Part, first_line: int | None) -> Iterator[_Chunk]:
    """The lines from ``first_line`` on. The last is left out, and noted, when the file was cut in its middle."""
    head = part.head
    first = head.header_line + 1 if first_line is None else first_line
    with part.open() as binary, io.TextIOWrapper(binary, head.encoding, errors="replace") as stream:
        for number in range(first):
            if len(stream.readline(LONGEST_LINE)) >= LONGEST_LINE:
                raise _too_long(part, number + 1)
        line = first + 1
        while text := stream.read(CHUNK):
            if text[-1] != "\n":
                text += stream.readline(LONGEST_LINE)
            if len(text) >= LONGEST_LINE and max(map(len, text.split("\n"))) >= LONGEST_LINE:
                raise _too_long(part, line)
            if text[-1] != "\n":
                text = _without_cut(part, text)
            yield _Chunk(line, text)
            line += text.count("\n")


def _too_long(part: Part, line: int) -> RecordingError:
    return RecordingError(part.path, "a line is longer than any table's; the file is damaged", line=line)


def _without_cut(part: Part, text: str) -> str:
    """The text without its last line when that one, which has no end, was cut."""
    head = part.head
    before, end, last = text.rpartition("\n")
    row = cells(last, head.separator)
    if not last.strip() or not head.example:
        return text
    number = as_number(row[-1], head.decimal) is not None or row[-1].lower() in _NOTHING
    was_number = as_number(head.example[-1], head.decimal) is not None
    if len(row) < len(head.example) or (was_number and not number) or _is_shorter(before, row[-1], head):
        if CUT_NOTE not in part.notes:
            part.notes.append(CUT_NOTE)
        return before + end
    return text


def _is_shorter(before: str, cell: str, head: Head) -> bool:
    """Whether a number has fewer decimals than all the last ones above it, which have equally many."""
    above = [cells(line, head.separator) for line in before[-LONGEST_LINE:].split("\n")[-ROWS_ABOVE:]]
    lengths = {len(row[-1].partition(head.decimal)[2]) for row in above if len(row) == len(head.example)}
    return len(above) == ROWS_ABOVE and len(lengths) == 1 and len(cell.partition(head.decimal)[2]) < lengths.pop()


def _frame(part: Part, chunk: _Chunk, columns: list[int], how: dict[str, Any]) -> pd.DataFrame:
    """Columns of some lines, and that no row is too long. Raises RecordingError, ValueError or ParserError."""
    import pandas as pd

    head, width = part.head, _width(part.head)
    quoted = any('"' in line for line in head.lines[head.header_line + 1 :])
    beyond = [column for column in columns if column >= width]
    if beyond:
        raise RecordingError(part.path, f"the table has {width} columns, not {beyond[0] + 1}")
    widest = head.separator * width + "\n"
    frame: pd.DataFrame = pd.read_csv(
        io.StringIO(widest + chunk.text),
        sep=head.separator,
        decimal=head.decimal,
        header=None,
        names=range(width + 1),
        index_col=False,
        usecols=[*columns, width],
        skipinitialspace=True,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        low_memory=False,
        **how,
    ).iloc[1:]
    extra = frame[width]
    if extra.notna().any() and (extra.astype(str).str.strip() != "").any():
        raise _bad_row(part, chunk, []) or RecordingError(part.path, "a row has more cells than the header")
    return frame


def _told(part: Part, chunk: _Chunk, columns: list[int], how: dict[str, Any]) -> pd.DataFrame:
    """The frame of a chunk, with every error as the line and column it is in."""
    import pandas as pd

    try:
        return _frame(part, chunk, columns, how)
    except RecordingError:
        raise
    except (ValueError, pd.errors.ParserError) as error:
        told = _bad_row(part, chunk, columns if "na_values" in how else [])
        raise told or RecordingError(part.path, f"cannot be read as a table: {error}", line=chunk.line) from None


def _bad_row(part: Part, chunk: _Chunk, columns: list[int]) -> RecordingError | None:
    """Find the first row with a cell that is not a number, or with too many cells, the slow way."""
    head, width = part.head, _width(part.head)
    for line, text in enumerate(chunk.text.split("\n"), start=chunk.line):
        row = cells(text, head.separator)
        if len(row) > width and any(row[width:]):
            what = f"{len(row)} cells, but the header has {width}; correct the line or delete it"
            return RecordingError(part.path, what, line=line)
        for column in columns:
            cell = row[column] if column < len(row) else ""
            if cell.lower() not in _NOTHING and as_number(cell, head.decimal) is None:
                what = f"{cell[:40]!r} is not a number; correct the cell or leave it empty"
            elif BEYOND < abs(as_number(cell, head.decimal) or 0.0) < math.inf:
                what = f"{cell[:40]!r} is beyond any sensor; correct the cell or leave it empty"
            else:
                what = ""
            if what:
                name = head.names[column] if column < len(head.names) else None
                return RecordingError(part.path, what, line=line, column=name or f"{column + 1}")
    return None
