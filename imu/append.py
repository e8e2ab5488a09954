"""A file that only grows: each write is with the operating system when it returns, and on the disk a second later.

What the operating system has survives the end of the process, ``kill -9`` too. What is on the disk survives the
loss of power: a thread asks for that (``fsync``) about once a second, so that no event loop waits for a slow disk.
A disk that is full or gone raises nothing once the file is open: it is told once, the writes until it is well
again are counted, and the file then goes on behind the last whole write.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

SYNC_S = 1.0
"""What a loss of power may take, seconds, beside the time that the disk needs."""
AGAIN_S = 1.0
"""How long a disk that failed is left alone before it is tried again, seconds."""
CLOSING_S = 5.0
"""How long the end waits for a disk that does not answer, seconds."""

_WHY = {
    errno.ENOSPC: "the disk is full; make room and the recording goes on",
    errno.EDQUOT: "the quota is used up; make room and the recording goes on",
    errno.EFBIG: "the file has the largest size that is allowed here; raise the limit",
    errno.EIO: "the disk does not answer; plug it in again, or begin a new session on another",
    errno.EROFS: "the disk has become read-only; begin a new session on another",
}
GONE = "the file was deleted; end the session and begin a new one"


class AppendFile:
    """A new file to which whole pieces are appended.

    Attributes:
        path: of the file.
        trouble: why it cannot be written now, one line for people; None while all is well.
        dropped: pieces that could not be written until now.

    Raises:
        FileExistsError: there is such a file; nothing is ever overwritten.
        OSError: it cannot be made, or not even ``first`` fits on the disk.
    """

    def __init__(
        self,
        path: Path,
        first: bytes,
        *,
        tell: Callable[[str], None] | None = None,
        sync_s: float = SYNC_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the file and write ``first``.

        Args:
            path: where; its folder must exist.
            first: the beginning of the file.
            tell: called with a line when trouble begins and when it is over, in the thread that writes.
            sync_s: seconds between two requests to have it all on the disk.
            clock: the present in seconds, for the next try after trouble.
        """
        self.path = path
        self.trouble: str | None = None
        self.dropped = 0
        self._tell, self._clock, self._sync_s = tell, clock, sync_s
        self._again_s = -float("inf")
        self._torn = False
        self._found: str | None = None
        self._unsynced = True
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._fd = os.open(path, flags, 0o666)
        try:
            _write_all(self._fd, first)
        except OSError:
            os.close(self._fd)
            raise
        self._good = len(first)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_syncing, name=f"sync {path.name}", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> bool:
        """Append a piece, whole or not at all. False when it could not be written, which ``trouble`` explains.

        Raises:
            ValueError: the file was closed.
        """
        if self._stop.is_set():
            raise ValueError(f"{self.path} was closed")
        if (found := self._found) is not None:
            self._in_trouble(found)
        if self._clock() < self._again_s:
            self.dropped += 1
            return False
        try:
            if self._torn:
                os.ftruncate(self._fd, self._good)
                self._torn = False
            _write_all(self._fd, data)
        except OSError as error:
            self.dropped += 1
            self._again_s = self._clock() + AGAIN_S
            self._mend()
            self._in_trouble(_line(self.path, error))
            return False
        self._good += len(data)
        self._unsynced = True
        if found is None:
            self._well()
        return True

    def close(self) -> None:
        """Have it all on the disk and close the file; may be called twice. Never raises: trouble is told."""
        if self._stop.is_set():
            return
        self._stop.set()
        self._thread.join(CLOSING_S)
        if self._thread.is_alive():
            self._in_trouble(f"{self.path}: {_WHY[errno.EIO]}")
            return
        self._sync()
        if self._found is not None:
            self._in_trouble(self._found)
        with contextlib.suppress(OSError):  # what close could complain of, fsync has told
            os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _mend(self) -> None:
        """Take away what was written of a piece; where even that fails, before the next piece."""
        try:
            os.ftruncate(self._fd, self._good)
        except OSError:
            self._torn = True

    def _in_trouble(self, line: str) -> None:
        if self.trouble is None and self._tell is not None:
            self._tell(line)
        self.trouble = line

    def _well(self) -> None:
        if self.trouble is None:
            return
        self.trouble = None
        if self._tell is not None:
            self._tell(f"{self.path}: is being written again; {self.dropped} pieces are missing in it")

    def _keep_syncing(self) -> None:
        _sync_folder(self.path.parent)
        while not self._stop.wait(self._sync_s):
            self._sync()

    def _sync(self) -> None:
        if not self._unsynced:
            return
        self._unsynced = False
        try:
            os.fsync(self._fd)
            self._found = f"{self.path}: {GONE}" if os.fstat(self._fd).st_nlink == 0 else None
        except OSError as error:
            self._found = _line(self.path, error)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _line(path: Path, error: OSError) -> str:
    why = _WHY.get(error.errno or 0, f"cannot be written ({error.strerror or error}); check the disk")
    return f"{path}: {why}"


def _sync_folder(folder: Path) -> None:
    """Have the file's name on the disk, too; some systems (Windows) know no such thing."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
