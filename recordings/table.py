"""The text under every CSV dialect: encoding, separator, decimal sign, header, and the numbers below it."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray
from imu.raw_format import STEM
from recordings.errors import RecordingError
from recordings.kinds import foreign
from recordings.options import Options

if TYPE_CHECKING:
    from recordings.parts import Part

HEAD_BYTES = 65536
"""How much of a file is looked at to tell its dialect."""

BINARY = "binary"
"""The encoding of a head that belongs to a file of Kickback's own that is no text; it has no names and no rows."""
XDF = "xdf"
"""The same of a file of the lab streaming layer."""
NO_TEXT = (BINARY, XDF)
"""The encodings that are none."""

XDF_MAGIC = b"XDF:"
"""How an XDF file begins (github.com/sccn/xdf, Specifications)."""

_SEPARATORS = (";", "\t", ",")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MOST_PREAMBLE = 40
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:inf|infinity|nan)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a text file, taken apart as far as a table allows.

    Attributes:
        path: the file.
        encoding: as Python calls it; ``BINARY`` for a raw file of Kickback, ``XDF`` for that.
        lines: the first lines, without their ends; at most 64 KiB.
        separator: ";", tab or ",".
        decimal: "." or ",".
        header_line: position in ``lines`` of the names, counted from 0; -1 when there is none.
        names: the header's cells, stripped of blanks and quotes; () when there is none.
        example: the cells of the first row of numbers; () when there is none.
    """

    path: Path
    encoding: str
    lines: tuple[str, ...]
    separator: str
    decimal: str
    header_line: int
    names: tuple[str, ...]
    example: tuple[str, ...]


def head_of(path: Path, data: bytes, options: Options | None = None, *, whole: bool | None = None) -> Head:
    """Take the beginning of a text file apart. A text without a table gives a head without names.

    Args:
        path: the file, for messages.
        data: its first bytes, uncompressed.
        options: what overrules the guess of separator and decimal sign.
        whole: whether ``data`` is all of it; None: when it is no longer than ``HEAD_BYTES``.

    Raises:
        RecordingError: it is empty, not text, or has no line ends.
    """
    options = options or Options()
    whole = len(data) <= HEAD_BYTES if whole is None else whole
    start = data[:HEAD_BYTES]
    for magic, kind in ((STEM, BINARY), (XDF_MAGIC, XDF)):
        if start.startswith(magic):
            return Head(path, kind, (), ",", ".", -1, (), ())
    encoding = next((name for mark, name in _BOMS if start.startswith(mark)), "utf-8")
    text = _text(path, start, encoding, whole)
    if text is None:
        encoding = "cp1252"
        text = start.decode(encoding, errors="replace")
    if not text.strip():
        raise RecordingError(path, "the file is empty; export it again")
    lines = tuple(re.split(r"\r\n|\n|\r", text))
    if not whole:
        if len(lines) < 2:
            raise RecordingError(
                path, f"its first line is longer than {HEAD_BYTES} bytes: this is not a table; export it as CSV"
            )
        lines = lines[:-1]
    elif not lines[-1]:
        lines = lines[:-1]
    return _taken_apart(path, encoding, lines, options)


def _text(path: Path, start: bytes, encoding: str, whole: bool) -> str | None:
    """The text, or None when it is not in this encoding. Raises RecordingError for what is not text."""
    if (what := foreign(start)) is not None:
        raise RecordingError(path, what)
    if encoding != "utf-16" and b"\x00" in start:
        raise RecordingError(path, "this is a binary file, not a CSV; export it as CSV from the logger's app")
    if encoding == "utf-16":
        return start[: len(start) // 2 * 2].decode(encoding, errors="replace")
    try:
        return start.decode(encoding)
    except UnicodeDecodeError as error:
        at_the_cut = not whole and error.start >= len(start) - 3
        return start[: error.start].decode(encoding) if at_the_cut else None


def _taken_apart(path: Path, encoding: str, lines: tuple[str, ...], options: Options) -> Head:
    said = _said_separator(lines)
    separators = (options.separator,) if options.separator else (*said, *_SEPARATORS)
    decimals = (options.decimal,) if options.decimal else (".", ",")
    for separator in separators:
        if (found := _first_numbers(lines, separator, decimals)) is not None:
            row, decimal = found
            header = next((i for i in range(row - 1, -1, -1) if lines[i].strip()), -1)
            if header >= 0 and _said_separator(lines[header : header + 1]):
                header = -1
            names = cells(lines[header], separator) if header >= 0 else ()
            return Head(path, encoding, lines, separator, decimal, header, names, cells(lines[row], separator))
    return Head(path, encoding, lines, separators[0] if options.separator or said else ",", decimals[0], -1, (), ())


def _said_separator(lines: Sequence[str]) -> tuple[str, ...]:
    """The separator that a line ``sep=;`` names, or none."""
    first = next((line for line in lines if line.strip()), "")
    told = re.match(r'\s*"?sep=([;,\t|])', first, re.IGNORECASE)
    return (told[1],) if told else ()


def cells(line: str, separator: str) -> tuple[str, ...]:
    """The cells of one line, without blanks and quotes around them."""
    try:
        row = next(csv.reader([line], delimiter=separator, skipinitialspace=separator != " "), [])
    except csv.Error:
        row = line.split(separator)
    return tuple(cell.strip() for cell in row)


def _first_numbers(lines: Sequence[str], separator: str, decimals: Sequence[str]) -> tuple[int, str] | None:
    for number, line in enumerate(lines[:_MOST_PREAMBLE]):
        row = cells(line, separator)
        if len(row) < 3:
            continue
        for decimal in decimals:
            if decimal == separator:
                continue
            numeric = sum(as_number(cell, decimal) is not None for cell in row if cell)
            if numeric >= 3 and numeric > 0.5 * sum(cell != "" for cell in row):
                return number, decimal
    return None


def as_number(cell: str, decimal: str) -> float | None:
    """The cell as a number, or None. Only what a machine writes: ASCII digits, no grouping."""
    if decimal == "," and "." in cell:
        return None
    text = cell.replace(",", ".") if decimal == "," else cell
    return float(text) if _NUMBER.fullmatch(text) else None


def numbers(part: Part, columns: Sequence[int], *, first_line: int | None = None) -> FloatArray:
    """Columns of a table as numbers, shape (n, len(columns)); empty, null and infinite cells are NaN.

    Args:
        part: the file.
        columns: positions of the columns, counted from 0.
        first_line: index of the first line of data; None: the one below the header.

    Raises:
        RecordingError: a cell is not a number, or a row has more cells than the header; the message names the line.
    """
    from recordings.rows import read_numbers

    return read_numbers(part, columns, first_line)


def texts(part: Part, columns: Sequence[int], *, first_line: int | None = None) -> list[npt.NDArray[np.object_]]:
    """The same columns as text, one array of str for each, shape (n,); "" where a cell is empty.

    Raises:
        RecordingError: a row has more cells than the header.
    """
    from recordings.rows import read_texts

    return read_texts(part, columns, first_line)
