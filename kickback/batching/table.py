"""The table of recordings (or of people) that a study keeps: a CSV, or a DataFrame."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kickback.errors import KickbackError, UsageError, one_line

if TYPE_CHECKING:
    import pandas as pd

FILE_COLUMNS = ("recording", "file")
"""What the column may be called that names the recording's path below the folder."""
KNOWN = ("subject", "session", "condition", "leg", "tempo", "exercise")
"""Columns with a meaning, in any case of letters; all others are handed on as they are."""


@dataclass(frozen=True)
class Table:
    """Rows of a study's own table.

    Attributes:
        name: what a message calls it.
        columns: their names, the one of the recordings called "recording".
        rows: values by column, one dict a row; empty cells are "".
        lines: of each row, its line in the file, counted from 1.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]

    @property
    def of_recordings(self) -> bool:
        """Whether a row is a recording; else it is a person."""
        return "recording" in self.columns


def read_table(path: Path) -> Table:
    """Read a table with comma, semicolon or tab between its cells.

    Raises:
        KickbackError: it cannot be opened, or is no table of UTF-8 text.
        UsageError: its columns are not as they should be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise KickbackError(f"{path}: this is no UTF-8 text (byte {error.start + 1}); save it as CSV UTF-8") from None
    except OSError as error:
        raise KickbackError(one_line(error, path)) from error
    return parsed(text, str(path))


def from_frame(frame: pd.DataFrame) -> Table:
    """A DataFrame as a table.

    Raises:
        UsageError: its columns are not as they should be.
    """
    return parsed(frame.to_csv(index=False), "the table")


def parsed(text: str, name: str) -> Table:
    """A table's text; raises as :func:`read_table` does."""
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        columns = _columns(next(lines, []), name)
        rows, numbers = [], []
        for cells in lines:
            values = [cell.strip() for cell in cells]
            if not any(values):
                continue
            if len(values) > len(columns):
                raise KickbackError(f"{name}, line {lines.line_num}: {len(values)} cells for {len(columns)} columns")
            values += [""] * (len(columns) - len(values))
            rows.append(dict(zip(columns, values, strict=True)))
            numbers.append(lines.line_num)
    except csv.Error as error:
        raise KickbackError(f"{name}, line {lines.line_num}: {error}; save it as CSV again") from None
    if not rows:
        raise KickbackError(f"{name}: there is no row below the names of the columns")
    return Table(name, columns, tuple(rows), tuple(numbers))


def _columns(cells: list[str], name: str) -> tuple[str, ...]:
    columns: list[str] = []
    for cell in cells:
        lower = cell.strip().lower()
        known = "recording" if lower in FILE_COLUMNS else lower if lower in KNOWN else cell.strip()
        if not known:
            raise UsageError(f"{name}: column {len(columns) + 1} has no name; name it or remove it")
        if known in columns:
            raise UsageError(f"{name}: two columns are called {known!r}; rename one")
        columns.append(known)
    if not {"recording", "subject"} & set(columns):
        raise UsageError(f"{name}: it has no column 'recording' (paths below the folder) and none called 'subject'")
    return tuple(columns)
