"""The store's file: where it lies, made if need be, looked at before it is used."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from kickback.errors import one_line
from kickback.store.migrating import Migration, is_ours, migrate, shipped, version_of
from kickback.store.trouble import AWAY, BUSY_S, ELSEWHERE, StoreError, damaged, in_one_line

NAME = "kickback.sqlite3"
RETRY_S = 0.01


def default_path() -> Path:
    """Where sessions are kept when nobody says where: the user's folder for data, by the customs of the system."""
    from platformdirs import user_data_path

    return user_data_path("kickback", appauthor=False) / NAME


def connect(path: Path, migrations: Sequence[Migration] | None = None, *, make: bool = True) -> sqlite3.Connection:
    """A connection to a store that is whole and of this version.

    Args:
        path: of the file. migrations: others than those that ship. make: whether a missing file is made.

    Raises:
        StoreError: it cannot be made or opened, is damaged, somebody else's, or of a newer version.
    """
    if not make and not path.exists():
        raise StoreError(f"{path}: there is no store here yet; `kickback live` makes it with the first session")
    _make(path)
    with in_one_line(path):
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            _look_at(connection, path, shipped() if migrations is None else migrations)
        except BaseException:
            connection.close()
            raise
    return connection


def _make(path: Path) -> None:
    """The file, for its owner's eyes alone: how somebody's body moves is nobody else's business."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"{one_line(error, path)}, {ELSEWHERE}") from error


def _look_at(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    if not is_ours(connection):
        raise StoreError(f"{path}: this is a database of another program; {AWAY}")
    if (theirs := version_of(connection)) > (ours := len(migrations)):
        raise StoreError(
            f"{path}: written by a newer Kickback (version {theirs} of the store, this one knows {ours}); "
            f"update Kickback, {ELSEWHERE}"
        )
    wrong = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if wrong != "ok":
        raise StoreError(" ".join(f"{path}: {damaged(wrong)}".split()))
    _write_ahead(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what was deleted is overwritten
    connection.execute("PRAGMA synchronous = NORMAL")  # a crash loses nothing; a power cut the last moments
    migrate(connection, migrations)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the log on. SQLite does not wait by itself while another process does the same."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not (getattr(error, "sqlite_errorname", "") or "").startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
            time.sleep(RETRY_S)
