"""Which files are judged by which: names of recordings, and the tables of what was found in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.matching import READ
from kickback.errors import KickbackError
from kickback.scoring.text_table import frame_of, read_rows

if TYPE_CHECKING:
    import pandas as pd

TABLES = (".csv", ".tsv", ".txt", ".parquet")
BATCH = ("reps.parquet", "reps.csv")
"""The table of reps in the folder that ``kickback batch`` wrote."""
TRUTHS = (".json", ".csv", ".tsv", ".txt")
ENDINGS = (".reps", ".truth", ".labels")
"""What may stand between a recording's name and the ending of a file about it: ``monday.reps.csv``."""


def name_of(path: Path) -> str:
    """The recording that a file is about: ``monday`` of ``monday.reps.csv`` and ``monday.truth.json``."""
    stem = path.stem
    return next((stem.removesuffix(ending) for ending in ENDINGS if stem.endswith(ending)), stem)


def files_of(path: Path, endings: tuple[str, ...]) -> list[tuple[str, Path]]:
    """A file, or the files of a folder and below, each with the name of its recording: the path below the folder.

    Where some files say what they are by an ending of ``ENDINGS``, the others of the folder are something else.

    Raises:
        KickbackError: there is no such file, or nothing of the kind in the folder, or two are about one recording.
    """
    if not path.is_dir():
        if not path.exists():
            raise KickbackError(f"{path}: there is no such file; check the name and the folder")
        return [(name_of(path), path)]
    wanted = [p for p in sorted(path.rglob("*")) if p.suffix.lower() in endings and p.is_file()]
    wanted = [p for p in wanted if not any(part.startswith(".") for part in p.relative_to(path).parts)]
    if not wanted:
        raise KickbackError(f"{path}: the folder holds no {', '.join(endings)}")
    named = [p for p in wanted if name_of(p) != p.stem]
    wanted = named or wanted
    by_name: dict[str, Path] = {}
    for one in wanted:
        name = (one.relative_to(path).parent / name_of(one)).as_posix()
        other = by_name.setdefault(name, one)
        if other is not one:
            raise KickbackError(f"{one} and {other.name} are both about {name!r}; leave one in the folder")
    return list(by_name.items())


def tables_of(path: Path) -> list[tuple[str, Path]]:
    """The tables of reps that a path names, as :func:`files_of`; of a batch's folder its one table.

    Raises:
        KickbackError: there is none.
    """
    return files_of(next((path / name for name in BATCH if (path / name).is_file()), path), TABLES)


def read_found(path: Path) -> dict[str, pd.DataFrame]:
    """The tables of reps that were found, by recording.

    Args:
        path: a table, a table with a column ``recording`` such as ``kickback batch`` writes, its folder, or a folder
            of tables.

    Raises:
        KickbackError: a file cannot be read or is no table of reps.
    """
    found: dict[str, pd.DataFrame] = {}
    for name, file in tables_of(path):
        table = _table(file)
        if "recording" not in table.columns:
            found[name] = table
            continue
        for key, part in table.groupby(table["recording"].fillna("").astype(str), sort=True):
            found[Path(str(key)).with_suffix("").as_posix()] = part
    return found


def _table(path: Path) -> pd.DataFrame:
    table = _parquet(path) if path.suffix.lower() == ".parquet" else frame_of(read_rows(path), READ)
    if absent := [name for name in ("start_s", "end_s") if name not in table.columns]:
        raise KickbackError(f"{path}: this is no table of reps: it has no column {absent[0]!r}")
    unknown = table[["start_s", "end_s"]].isna().any(axis=1)
    if unknown.any():
        raise KickbackError(f"{path}: rep {int(unknown.to_numpy().argmax()) + 1} has no start_s or no end_s")
    return table


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except ImportError:
        raise KickbackError(f"{path}: Parquet needs pyarrow: pip install 'kickback[research]'") from None
    except (OSError, ValueError) as error:
        raise KickbackError(f"{path}: this is no Parquet file that can be read ({type(error).__name__})") from None
