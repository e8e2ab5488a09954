"""A table of reps from a file, and the part of it that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.study import NEEDED
from kickback.errors import KickbackError, UsageError, one_line

TEXTS = ("subject", "session", "condition", "recording", "sha256", "exercise", "tempo_target", "leg", "tempo")
"""Columns that stay as they are written: a subject 007 is not 7."""
FLAGS = ("simulated", "is_partial", "hip_rotation", "rushed", "uncertain")
_TRUTH = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
NAMES = ("reps.parquet", "reps.csv")
"""The table of reps in a folder of ``kickback batch``; the first that is there."""


def read_reps(path: Path, texts: Sequence[str] = ()) -> tuple[Path, pd.DataFrame]:
    """Read a table of reps.

    Args:
        path: a Parquet or a CSV file (a comma or a semicolon between cells; with semicolons a comma in numbers), or the
            folder that ``kickback batch`` wrote.
        texts: columns that are to stay as they are written, besides :data:`TEXTS`.

    Returns:
        The file that was read, and its table.

    Raises:
        KickbackError: it cannot be read, or it is no table of reps; one line.
    """
    file = path
    if path.is_dir():
        file = next((path / name for name in NAMES if (path / name).exists()), path / NAMES[0])
    try:
        file.stat()
        table = _parquet(file) if file.suffix.lower() == ".parquet" else _csv(file, {*TEXTS, *texts})
    except OSError as error:
        raise KickbackError(one_line(error, file)) from error
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise KickbackError(
            f"{file}: this is no table of reps: it has no column {', '.join(map(repr, missing))}; "
            f"`kickback batch` writes one"
        )
    if not len(table):
        raise KickbackError(f"{file}: the table of reps is empty")
    return file, table


def _parquet(file: Path) -> pd.DataFrame:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise KickbackError(
            f"{file}: Parquet needs pyarrow: pip install 'kickback[research]', or name the CSV beside it"
        ) from None
    try:
        table: pd.DataFrame = pyarrow.parquet.read_table(file).to_pandas()
    except pyarrow.ArrowException as error:
        raise KickbackError(f"{file}: this is no Parquet file ({one_line(error)[:80]})") from error
    return table


def _csv(file: Path, texts: set[str]) -> pd.DataFrame:
    with file.open(encoding="utf-8-sig", errors="replace") as stream:
        head = stream.readline()
    semicolons = head.count(";") > head.count(",")
    try:
        table = pd.read_csv(
            file,
            sep=";" if semicolons else ",",
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise KickbackError(f"{file}: this is no CSV table ({one_line(error)[:100]})") from error
    for name in table.columns:
        if name in FLAGS:
            table[name] = table[name].str.strip().str.lower().map(_TRUTH).astype("boolean")
        elif name not in texts:
            table[name] = _numbers(table[name], "," if semicolons else ".")
    return table


def _numbers(column: pd.Series[Any], decimal: str) -> pd.Series[Any]:
    """The column as numbers where all of it is numbers, empty as unknown; else as it is."""
    text = column.str.strip()
    text = text.str.replace(",", ".") if decimal == "," else text
    found = pd.to_numeric(text.mask(text == ""), errors="coerce")
    return column if (found.isna() & (text != "")).any() else found


def where(table: pd.DataFrame, asked: Sequence[str]) -> pd.DataFrame:
    """The rows in which columns are as asked: ``COLUMN=VALUE``; the same column twice is either value.

    Raises:
        UsageError: a column does not exist, a condition is not of this form, or no row is left.
    """
    wanted: dict[str, set[str]] = {}
    for condition in asked:
        name, equals, value = condition.partition("=")
        if not equals or name not in table.columns:
            columns = ", ".join(map(str, table.columns))
            raise UsageError(f"--where {condition}: write COLUMN=VALUE, with one of the columns {columns}")
        wanted.setdefault(name, set()).add(value.strip())
    kept = table
    for name, values in wanted.items():
        kept = kept[kept[name].map(_word).isin(values)]
        if not len(kept):
            found = sorted(set(table[name].map(_word)))
            raise UsageError(f"no rep has {name}={'/'.join(sorted(values))}; there is {', '.join(found[:10])}")
    return kept


def _word(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.15g}"
    return str(value).lower() if isinstance(value, bool) else str(value)
