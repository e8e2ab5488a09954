"""Small tables that people and other programs write: comma, semicolon or tab, decimal point or comma."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kickback.errors import KickbackError, one_line

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = ("\t", ";", ",")
_COMMA_NUMBER = re.compile(r"[-+]?\d+,\d+")


@dataclass(frozen=True)
class Rows:
    """The cells of a file as text; ``numbers`` are the lines they came from, counted from 1."""

    path: Path
    separator: str
    cells: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


def read_rows(path: Path) -> Rows:
    """Every line that is not empty.

    The separator is the one among tab, semicolon and comma with which most lines have more than one cell, in this
    order where several do: a decimal comma is no separator where there are tabs.

    Raises:
        KickbackError: the file cannot be read, is no text, or holds nothing.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KickbackError(one_line(error, path)) from None
    except UnicodeDecodeError:
        raise KickbackError(f"{path}: this is no text in UTF-8; export it as CSV or tab-separated text") from None
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise KickbackError(f"{path}: the file is empty")
    separator = next((s for s in SEPARATORS if sum(s in line for _, line in lines) > len(lines) / 2), ",")
    cells = tuple(tuple(cell.strip() for cell in row) for row in csv.reader((t for _, t in lines), delimiter=separator))
    if len(cells) != len(lines):
        raise KickbackError(f"{path}: a cell goes on over several lines; take the line break out of it")
    return Rows(path, separator, cells, tuple(number for number, _ in lines))


def frame_of(rows: Rows, numeric: Sequence[str]) -> pd.DataFrame:
    """The rows as a table, the first one its header; empty cells are missing.

    Args:
        rows: of a file. numeric: columns that hold numbers, with a decimal point, or a comma where commas separate
            nothing; true and false become 1 and 0.

    Raises:
        KickbackError: a row has more cells than the header, a column is there twice, or a number is none.
    """
    import pandas as pd

    header, *body = rows.cells
    if len(set(header)) != len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise KickbackError(f"{rows.path}: two columns are called {twice!r}; name them apart")
    columns: dict[str, list[object]] = {name: [] for name in header}
    for row, number in zip(body, rows.numbers[1:], strict=True):
        if len(row) > len(header):
            raise KickbackError(f"{rows.path}: line {number} has {len(row)} cells, the header has {len(header)}")
        for place, name in enumerate(header):
            cell = row[place] if place < len(row) else ""
            columns[name].append(_number(cell, rows, number, name) if name in numeric else cell or None)
    return pd.DataFrame(columns)


def _number(cell: str, rows: Rows, line: int, name: str) -> float | None:
    text = cell.lower()
    if text in ("", "nan", "na", "n/a", "<na>", "none"):
        return None
    if text in ("true", "false"):
        return float(text == "true")
    if rows.separator != "," and _COMMA_NUMBER.fullmatch(text):
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        raise KickbackError(f"{rows.path}: line {line}: {name} is {cell!r}, which is no number") from None
