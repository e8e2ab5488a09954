"""The tables as files: Parquet to the last bit, CSV rounded by unit, failures, and with what all of it was made."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from kickback.batching.cache import write_whole
from kickback.document import decimals
from kickback.errors import KickbackError, UsageError, one_line

SEPARATORS = {".": ",", ",": ";"}
"""Between cells, by the decimal mark: spreadsheets that want a comma in numbers want semicolons between cells."""


def need_parquet() -> None:
    """Say now, and not after an hour, that Parquet cannot be written.

    Raises:
        UsageError: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: F401 - only whether it is there
    except ImportError:
        raise UsageError("Parquet needs pyarrow: pip install 'kickback[research]'") from None


def write_tables(
    out: Path, tables: Mapping[str, pd.DataFrame], failures: pd.DataFrame, decimal: str, own: Collection[str] = ()
) -> list[Path]:
    """Write ``<name>.parquet`` and ``<name>.csv`` of each table, and ``failures.csv``.

    Args:
        out: the folder. tables: by name. failures: columns recording and error.
        decimal: "." or ","; with "," there are semicolons between cells.
        own: columns of the study's own table, whose numbers are not rounded.

    Returns:
        The files.

    Raises:
        KickbackError: one cannot be written.
    """
    written = []
    try:
        for name, frame in tables.items():
            memory = io.BytesIO()
            frame.to_parquet(memory, engine="pyarrow", index=False, compression="zstd")
            written += [
                _write(out / f"{name}.parquet", memory.getvalue()),
                _csv(out / f"{name}.csv", frame, decimal, own),
            ]
        written.append(_csv(out / "failures.csv", failures, decimal))
    except OSError as error:
        raise KickbackError(one_line(error, out)) from error
    return written


def _csv(path: Path, frame: pd.DataFrame, decimal: str, own: Collection[str] = ()) -> Path:
    shown = pd.DataFrame({name: _column(str(name), values, name in own) for name, values in frame.items()})
    text = shown.to_csv(index=False, sep=SEPARATORS[decimal], decimal=decimal, lineterminator="\n")
    return _write(path, text.encode())


def _column(name: str, values: pd.Series[Any], own: bool) -> pd.Series[Any]:
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.astype(object).map({True: "true", False: "false"})
    if pd.api.types.is_float_dtype(values.dtype) and not own:
        return values.round(decimals(name)) + 0.0  # the sum turns -0.0 into 0.0
    return values


def _write(path: Path, data: bytes) -> Path:
    write_whole(path, data)
    return path


def remove_others(angles: Path, written: Collection[Path]) -> None:
    """Remove angles of an earlier run that this one did not write: their recordings are gone, or now have other names.

    Raises:
        KickbackError: one cannot be removed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in sorted(set(angles.rglob("*.parquet")) - set(written)):
        try:
            if b"kickback_key" not in (pq.read_schema(path).metadata or {}):
                continue
            path.unlink()
            for folder in path.parents:
                if folder == angles or any(folder.iterdir()):
                    break
                folder.rmdir()
        except pa.ArrowInvalid:
            continue
        except OSError as error:
            raise KickbackError(one_line(error, path)) from error
