"""Our own CSV while it is still growing: rows behind rows, each block with the system at once, as in the raw file.

The table can be read at any moment, after a crash as well. The sidecar is there from the start, says that the
recording is not ended, and is replaced as a whole when more is known.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from imu.append import SYNC_S, AppendFile
from imu.blocks import Header, SampleBlock
from recordings.formats.kickback_csv import ENDED, HEAD_LINE, rows_of, sidecar_of, sidecar_text


class CsvTail:
    """A new table that grows.

    Attributes:
        path: of the table; the sidecar is beside it.
        rows: samples written.

    Raises:
        FileExistsError: there is such a table, or its sidecar.
        OSError: they cannot be made.
    """

    def __init__(
        self, path: Path, header: Header, *, tell: Callable[[str], None] | None = None, sync_s: float = SYNC_S
    ) -> None:
        """Make the table and its sidecar.

        Args:
            path: of the table; its folder must exist.
            header: what is known of the recording. Its rate is only said once a block has come.
            tell: called with one line when the table can no longer be written, and when it can be again.
            sync_s: seconds between two requests to have it all on the disk.
        """
        self.path, self.header, self.rows = path, header, 0
        self._trouble: str | None = None
        self._tell = tell
        self._rate_hz: float | None = None
        beside = sidecar_of(path)
        if beside.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(beside))
        self._file = AppendFile(path, HEAD_LINE.encode(), tell=tell, sync_s=sync_s)
        self._closed = False
        self._write_sidecar({ENDED: False})

    @property
    def trouble(self) -> str | None:
        """Why nothing can be written now, one line for people; None while all is well."""
        return self._file.trouble or self._trouble

    def take(self, block: SampleBlock) -> None:
        """Append a block's samples; lost ones are rows that are not there. A full disk raises nothing.

        Raises:
            ValueError: the table was closed.
        """
        if self._rate_hz is None:
            self._rate_hz = block.rate_hz
            self._write_sidecar({ENDED: False})
        text = rows_of(block, self.header.start_s)
        if text and self._file.write(text.encode()):
            self.rows += text.count("\n")

    def close(self, header: Header | None = None, **facts: Any) -> None:
        """Have it all on the disk, and complete the sidecar; may be called twice, raises nothing for a full disk.

        Args:
            header: what is known at the end; None: what was known at the beginning.
            facts: more for the sidecar.
        """
        if self._closed:
            return
        self._closed = True
        self._file.close()
        self.header = header or self.header
        self._write_sidecar({ENDED: True, **facts})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write_sidecar(self, facts: dict[str, Any]) -> None:
        """Write it beside its place and rename: a reader sees the old one or the whole new one."""
        header = self.header if self._rate_hz is None else replace(self.header, rate_hz=self._rate_hz)
        unsaid = {"rate_hz": None} if self._rate_hz is None else {}
        place = sidecar_of(self.path)
        temporary = place.with_name(f".{place.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(sidecar_text(header, {**unsaid, **facts}))
                if facts[ENDED]:  # before that, the disk must not hold up what streams
                    stream.flush()
                    os.fsync(stream.fileno())
            temporary.replace(place)
            self._trouble = None
        except OSError as error:
            self._trouble = f"{place}: cannot be written ({error.strerror or error}); the table goes on without it"
            if self._tell is not None:
                self._tell(self._trouble)
            with contextlib.suppress(OSError):  # what does not let itself be written may not let itself be removed
                temporary.unlink(missing_ok=True)
