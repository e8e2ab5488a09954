"""The record of a session as it happens: a raw file that only grows, and that no crash takes back.

Every record is handed to the operating system when it is kept, in one write: the end of the process, ``kill -9``
included, loses nothing that was kept. A loss of power takes the last second or so (see :mod:`imu.append`).

The first record is of kind ``SESSION``. Its keys, all but ``format`` and ``codec`` may be missing or null:

- ``format``: 1. ``software``: Kickback's version. ``started``: the day's time, ISO 8601, UTC.
- ``codec``: the kind of sensor, as ``firmware_protocol.registry`` names it. ``wish``: what was asked of it, an object
  with the fields of :class:`firmware_protocol.registry.Wish`.
- ``name``, ``serial``: of the sensor. ``leg``: "left" or "right". ``placement``: where on it.
- ``exercise``, ``tempo``: what was to be done. ``simulated``: true when no person moves. ``origin``: one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from imu.append import SYNC_S, AppendFile
from imu.raw_format import MAGIC, encoded
from imu.records import Kind, Record

SUFFIX = ".kbraw"
BESIDE = (SUFFIX, ".csv", ".json")
"""Endings of the files of one session; a name is free when none of them is taken."""
LONGEST_STEM = 80
"""Characters of a name; file systems allow 255 bytes, and endings follow."""


class Recorder:
    """Keeps records in a new file.

    Attributes:
        path: of the file.

    Raises:
        FileExistsError: there is such a file; see :func:`fresh_path`.
        OSError: it cannot be made.
    """

    def __init__(self, path: Path, *, tell: Callable[[str], None] | None = None, sync_s: float = SYNC_S) -> None:
        """Make the file.

        Args:
            path: where; its folder must exist.
            tell: called with one line when the file can no longer be written, and when it can be again.
            sync_s: seconds between two requests to have it all on the disk.
        """
        self.path = path
        self._file = AppendFile(path, MAGIC, tell=tell, sync_s=sync_s)
        self._owned_up = 0

    @property
    def trouble(self) -> str | None:
        """Why nothing can be written now, one line for people; None while all is well."""
        return self._file.trouble

    @property
    def dropped(self) -> int:
        """Records that could not be written."""
        return self._file.dropped

    def keep(self, record: Record) -> None:
        """Write a record. A disk that is full or gone raises nothing: see ``trouble``.

        Raises:
            ValueError: the payload is beyond any that there can be, or the recorder was closed.
        """
        data = encoded(record)
        if missing := self._file.dropped - self._owned_up:
            text = f"{missing} record{'s' * (missing > 1)} before this one could not be written"
            data = encoded(Record.of_facts(Kind.NOTED, record.time_ns, text=text)) + data
        if self._file.write(data):
            self._owned_up += missing

    def close(self) -> None:
        """Have it all on the disk and close the file; may be called twice, never raises."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def fresh_path(folder: Path, stem: str) -> Path:
    """A name for a session's raw file that none of its files has yet: ``stem.kbraw``, or ``stem-2.kbraw`` ...

    Args:
        folder: where; it need not exist.
        stem: the wish; characters that a file's name cannot have on some system become ``_``.
    """
    clean = re.sub(r"[^\w .+@-]", "_", stem).strip(" .")[:LONGEST_STEM].strip(" .") or "session"
    number = 1
    while True:
        name = clean if number == 1 else f"{clean}-{number}"
        if not any((folder / f"{name}{ending}").exists() for ending in BESIDE):
            return folder / f"{name}{SUFFIX}"
        number += 1
