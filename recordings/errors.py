"""The one error a reader raises: one line that says what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path


class RecordingError(ValueError):
    """A file that is not a recording this project can read.

    Attributes:
        path: the file.
        line: line in the file, counted from 1, or None.
        column: name of the column, or None.
    """

    def __init__(self, path: str | Path, what: str, *, line: int | None = None, column: str | None = None) -> None:
        self.path = Path(path)
        self.what = _printable(what, 400)
        self.line = line
        self.column = None if column is None else _printable(column, 60)
        where = _harmless(str(path))
        if line is not None:
            where += f", line {line}"
        if self.column is not None:
            where += f", column {self.column}"
        super().__init__(f"{where}: {self.what}")

    def __reduce__(self) -> tuple[object, ...]:
        return _remake, (self.path, self.what, self.line, self.column)


def _remake(path: Path, what: str, line: int | None, column: str | None) -> RecordingError:
    return RecordingError(path, what, line=line, column=column)


def _printable(text: str, most: int) -> str:
    """The text on one line, without what disturbs a terminal, and not longer than ``most``."""
    line = _harmless(" ".join(text.split()))
    return line if len(line) <= most else line[: most - 3] + "..."


def _harmless(text: str) -> str:
    """The text with what would disturb a terminal replaced."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
