"""The files of one sensor's session: the raw records, and beside them the CSV, both growing while it goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from imu.blocks import Header, SampleBlock
from imu.recorder import Recorder, fresh_path
from imu.records import Record
from kickback.errors import KickbackError, UsageError, one_line
from recordings.csv_tail import CsvTail

FOLDER = Path("kickback-sessions")
"""Where sessions are kept when nobody says where: a session cannot be repeated, so it is always kept."""


def made(folder: Path) -> Path:
    """The folder, made if need be.

    Raises:
        UsageError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "a file of this name is in the way" if folder.is_file() else error.strerror or str(error)
        raise UsageError(f"{folder}: this folder cannot be made ({why}); choose another") from error
    return folder


def stem_of_session(sensor: str, leg: str | None, now: datetime) -> str:
    """``2026-11-24_18-05-31_Kickback-7_left``: local time, sensor, leg."""
    name = "-".join(sensor.split()) or "sensor"
    said = leg is None or name.casefold().endswith(leg)
    return "_".join([now.strftime("%Y-%m-%d_%H-%M-%S"), name, *([] if said or leg is None else [leg])])


class SessionFiles:
    """Opened when the sensor is known, closed when the session has ended.

    Attributes:
        raw: the raw file. csv: the table; its sidecar is beside it. header: as it was at the beginning.

    Raises:
        KickbackError: they cannot be made.
    """

    def __init__(self, folder: Path, stem: str, header: Header, tell: Callable[[str], None] | None = None) -> None:
        self.header = header
        self.raw = fresh_path(folder, stem)
        self.csv = self.raw.with_suffix(".csv")
        with contextlib.ExitStack() as opened:
            try:
                self._recorder = opened.enter_context(Recorder(self.raw, tell=tell))
                self._tail = CsvTail(self.csv, header, tell=tell)
            except OSError as error:
                raise KickbackError(one_line(error, self.raw)) from error
            opened.pop_all()

    def keep(self, record: Record) -> None:
        """Write a record to the raw file."""
        self._recorder.keep(record)

    def take(self, block: SampleBlock) -> None:
        """Write a block to the table."""
        self._tail.take(block)

    @property
    def trouble(self) -> str:
        """Why nothing is written now, empty while all is well."""
        return self._recorder.trouble or self._tail.trouble or ""

    @property
    def whole(self) -> bool:
        """Whether everything is in the raw file."""
        return not self._recorder.dropped

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files, those that are there."""
        return tuple(path for path in (self.raw, self.csv, self.csv.with_suffix(".json")) if path.exists())

    @property
    def told(self) -> str:
        """The line that names them."""
        return "Recorded: " + (", ".join(map(str, self.paths)) or "nothing is left, the files were deleted meanwhile")

    def close(self, header: Header | None = None, **facts: Any) -> None:
        """Have it all on the disk; may be called twice."""
        self._recorder.close()
        self._tail.close(header, **facts)
