"""Files that the faces write: names and atomic writing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from kickback.errors import UsageError


def stem_of(path: Path) -> str:
    """The name that results are called by: ``monday`` for ``monday.csv`` or ``monday.zip``, a folder's own name."""
    return path.resolve().name if path.is_dir() else path.stem


def write_atomically(path: Path, text: str) -> Path:
    """Write UTF-8 beside ``path`` and rename: a reader sees the old file or the whole new one.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def check_names(inputs: Sequence[Path], folder: Path, endings: Iterable[str]) -> None:
    """Refuse inputs whose results would overwrite each other, or overwrite an input.

    Raises:
        UsageError: two inputs share a stem, a result would replace an input, or ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: this is a file; --out needs a folder")
    first_of: dict[str, Path] = {}
    for path in inputs:
        other = first_of.setdefault(stem_of(path).casefold(), path)
        if other is not path and other.resolve() == path.resolve():
            raise UsageError(f"{path} is named twice")
        if other is not path:
            raise UsageError(
                f"{other} and {path} would both write {stem_of(path)}.*; "
                "rename one, or analyze them one after the other into two folders"
            )
    targets = {(folder / f"{stem_of(path)}{ending}").resolve() for path in inputs for ending in endings}
    for path in inputs:
        if path.resolve() in targets:
            raise UsageError(f"{path}: a result would replace this input; choose another folder with --out")
