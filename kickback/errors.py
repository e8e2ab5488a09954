"""A user's mistakes, each told in one line: what is wrong, where, what to do."""

from __future__ import annotations

import errno
from pathlib import Path

EXIT_BAD_FILE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class KickbackError(Exception):
    """Something that the user can put right. Its text is one line, shown as it is."""


class UsageError(KickbackError):
    """The command cannot be carried out as it was typed; nothing was done."""


_PLAIN = {
    errno.ENOENT: "there is no such file; check the name and the folder",
    errno.EISDIR: "this is a folder; name the files in it",
    errno.EACCES: "no permission; check who may use it",
    errno.EPERM: "no permission; check who may use it",
    errno.ENOSPC: "the disk is full; make room or choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENOTDIR: "a part of this path is a file, not a folder; check the name",
    errno.EEXIST: "a file of this name is in the way; choose another name",
}


def one_line(error: BaseException, path: Path | str | None = None) -> str:
    """The error as one line that begins with the file it is about.

    Args:
        error: what was raised; an ``OSError`` is translated, any other speaks for itself.
        path: the file that was being worked on, for errors that do not name one.
    """
    if isinstance(error, OSError):
        where = error.filename if isinstance(error.filename, str | Path) else path
        plain = _PLAIN.get(error.errno or 0, error.strerror or str(error))
        text = f"{where}: {plain}" if where is not None else plain
    else:
        text = str(error) or type(error).__name__
        if path is not None and Path(path).name not in text:
            text = f"{path}: {text}"
    return " ".join(text.split())
