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
        self.what = what
        self.line = line
        self.column = column
        where = str(path)
        if line is not None:
            where += f", line {line}"
        if column is not None:
            where += f", column {column}"
        super().__init__(f"{where}: {what}")

    def __reduce__(self) -> tuple[object, ...]:
        return _remake, (self.path, self.what, self.line, self.column)


def _remake(path: Path, what: str, line: int | None, column: str | None) -> RecordingError:
    return RecordingError(path, what, line=line, column=column)
