"""What can go wrong with the store's file, each in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kickback.errors import KickbackError

ELSEWHERE = "or choose another file with `--store FILE`; `kickback live --no-store` trains without a store"
AWAY = f"move the file away, then a new one is made, {ELSEWHERE}"
BUSY_S = 5.0
"""So long one process waits for another that writes. Each of our writes takes milliseconds; deleting a person is the
longest (it writes the file anew, 0.1 s for ten years of training)."""


class StoreError(KickbackError):
    """The store cannot be used; its text is one line."""


_PLAIN = {
    "SQLITE_BUSY": f"another program has kept this store busy for {BUSY_S:g} s; end it and try again",
    "SQLITE_LOCKED": f"another program has kept this store busy for {BUSY_S:g} s; end it and try again",
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_READONLY": f"no permission to write this store; check who may use it, {ELSEWHERE}",
    "SQLITE_CANTOPEN": f"this store cannot be opened; check the folder and who may use it, {ELSEWHERE}",
    "SQLITE_IOERR": f"the disk cannot be read or written; check it, {ELSEWHERE}",
    "SQLITE_NOTADB": f"this is not a Kickback store, or its beginning is damaged; {AWAY}",
}


def damaged(what: str) -> str:
    """The line of a file that is a store and no longer whole."""
    return f"this store is damaged ({what}); {AWAY}. `sqlite3 FILE .recover` saves what can be saved"


def told(error: sqlite3.Error) -> str:
    """SQLite's error as a sentence that says what to do."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_CORRUPT"):
        return damaged(str(error))
    for known, sentence in _PLAIN.items():
        if name.startswith(known):
            return sentence
    return str(error)


@contextmanager
def in_one_line(path: Path) -> Iterator[None]:
    """Raise :class:`StoreError` for whatever SQLite says about the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(" ".join(f"{path}: {told(error)}".split())) from error
