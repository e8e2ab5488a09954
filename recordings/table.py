"""The text under every CSV dialect: encoding, separator, decimal sign, header, and the numbers below it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imu.blocks import FloatArray
from recordings.errors import RecordingError

HEAD_BYTES = 65536
"""How much of a file is looked at to tell its dialect."""

_SEPARATORS = (";", "\t", ",")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MOST_PREAMBLE = 40
_NOTHING = {"", "nan", "-nan", "null", "none", "na", "<na>", "n/a", "#n/a", "#na", "1.#ind", "-1.#ind", "1.#qnan"}
"""Cells, in lower case, that mean that there is no value."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a text file, taken apart as far as a table allows.

    Attributes:
        path: the file.
        encoding: as Python calls it.
        lines: the first lines, without their ends.
        separator: ";", tab or ",".
        decimal: "." or ",".
        header_line: position in ``lines`` of the names, counted from 0.
        names: the header's cells, stripped of blanks and quotes.
        example: the cells of the first row of numbers.
    """

    path: Path
    encoding: str
    lines: tuple[str, ...]
    separator: str
    decimal: str
    header_line: int
    names: tuple[str, ...]
    example: tuple[str, ...]


def read_bytes(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        RecordingError: it is missing, a folder, empty or not to be read.
    """
    if path.is_dir():
        raise RecordingError(path, "this is a folder; name the files in it")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise RecordingError(path, "there is no such file") from None
    except PermissionError:
        raise RecordingError(path, "no permission to read it") from None
    except OSError as error:
        raise RecordingError(path, f"cannot be read: {error.strerror}") from None
    if not data.strip():
        raise RecordingError(path, "the file is empty")
    return data


def digest(data: bytes) -> str:
    """The SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def head_of(path: Path, data: bytes) -> Head:
    """Take the beginning of a text file apart.

    Raises:
        RecordingError: it is not text, or holds no table of numbers under a header.
    """
    start = data[:HEAD_BYTES]
    encoding = next((name for mark, name in _BOMS if start.startswith(mark)), "utf-8")
    if encoding != "utf-16" and b"\x00" in start:
        raise RecordingError(path, "this is a binary file, not a CSV; export it as CSV from the logger's app")
    try:
        text = start.decode(encoding, errors="strict" if len(data) <= HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = start.decode(encoding, errors="replace")
    lines = tuple(text.splitlines()) if len(data) <= HEAD_BYTES else tuple(text.splitlines()[:-1])
    for separator in _SEPARATORS:
        if (found := _first_numbers(lines, separator)) is not None:
            break
    else:
        raise RecordingError(path, "this is not a table: no line of at least three numbers separated by ; tab or ,")
    row, decimal = found
    header = next((i for i in range(row - 1, -1, -1) if lines[i].strip()), None)
    if header is None:
        raise RecordingError(path, "the table has no header: name the columns (time_s,acc_x,...) in the first line")
    return Head(
        path, encoding, lines, separator, decimal, header, cells(lines[header], separator), cells(lines[row], separator)
    )


def cells(line: str, separator: str) -> tuple[str, ...]:
    """The cells of one line, without blanks and quotes around them."""
    return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True), []))


def _first_numbers(lines: Sequence[str], separator: str) -> tuple[int, str] | None:
    for number, line in enumerate(lines[:_MOST_PREAMBLE]):
        row = cells(line, separator)
        if len(row) < 3:
            continue
        for decimal in (".", ",") if separator != "," else (".",):
            numeric = sum(as_number(cell, decimal) is not None for cell in row if cell)
            if numeric >= 3 and numeric > 0.5 * len(row):
                return number, decimal
    return None


def as_number(cell: str, decimal: str) -> float | None:
    """The cell as a number, or None."""
    try:
        return float(cell.replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return None


def numbers(head: Head, data: bytes, columns: Sequence[int]) -> FloatArray:
    """The named columns of the table as numbers, shape (n, len(columns)); empty cells are NaN.

    Raises:
        RecordingError: a cell is not a number; the message names line and column.
    """
    import pandas as pd

    width = max(len(head.names), len(head.example))
    try:
        frame = pd.read_csv(
            io.BytesIO(data),
            sep=head.separator,
            decimal=head.decimal,
            encoding=head.encoding,
            header=None,
            names=list(range(width)),
            index_col=False,
            skiprows=head.header_line + 1,
            usecols=sorted(columns),
            dtype="float64",
            skipinitialspace=True,
            na_values=["none", "Null", "NAN"],
        )
    except (ValueError, pd.errors.ParserError) as error:
        told = _bad_cell(head, data, columns)
        raise told or RecordingError(head.path, f"cannot be read as a table: {error}") from None
    return np.asarray(frame[list(columns)].to_numpy(dtype=np.float64))


def _bad_cell(head: Head, data: bytes, columns: Sequence[int]) -> RecordingError | None:
    """Find the first cell that is not a number, the slow way."""
    for number, line in enumerate(data.decode(head.encoding, errors="replace").splitlines(), start=1):
        if number <= head.header_line + 1 or not line.strip():
            continue
        row = cells(line, head.separator)
        for column in columns:
            cell = row[column] if column < len(row) else ""
            if cell.lower() not in _NOTHING and as_number(cell, head.decimal) is None:
                what = f"{cell[:40]!r} is not a number; correct the cell or leave it empty"
                return RecordingError(head.path, what, line=number, column=head.names[column])
    return None
