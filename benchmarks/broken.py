"""Every broken file and the line that is said about it: ``python benchmarks/broken.py`` prints the table."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import recordings
from benchmarks.broken_cases import CASES, Case
from recordings import RecordingError
from recordings.options import Options

__all__ = ["CASES", "Case", "said", "table"]

NOBODY = 65534
"""The user without rights on Linux and most other systems."""


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Root gives up its rights for a while; anybody else has none to give up."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def said(case: Case, folder: Path) -> tuple[Path, RecordingError | tuple[str, ...]]:
    """Make the file and read it: what was named, and the error or the notes."""
    path = case.make(folder)
    options = Options(**case.given)  # type: ignore[arg-type]  # a case gives texts, and Options checks them
    with _as_nobody() if case.not_root else nullcontext():
        try:
            return path, recordings.read(path, options=options).header.notes
        except RecordingError as error:
            return path, error


def table() -> Iterator[str]:
    """The lines of the table as Markdown."""
    yield "| what | line said |"
    yield "|---|---|"
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            _, answer = said(case, Path(name))
            line = str(answer) if isinstance(answer, RecordingError) else "read; " + (" ".join(answer) or "no note")
            line = line.replace(f"{name}/", "").replace(name, Path(name).name)
        yield f"| {case.what} | {line.replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    for row in table():
        print(row, flush=True)
