"""Bring a store of an older version to this one: numbered SQL files, each run in one transaction with its number."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

APPLICATION_ID = 0x4B42_5354
"""``KBST`` in the header of the file (SQLite's ``application_id``): what tells a store from anybody else's database."""


@dataclass(frozen=True)
class Migration:
    """A step. Attributes: version: after it, counted from 1. sql: its statements."""

    version: int
    sql: str

    def statements(self) -> Iterator[str]:
        """The statements one by one: a transaction must not be ended by a script."""
        part = ""
        for line in self.sql.splitlines(keepends=True):
            if not part and (not line.strip() or line.startswith("--")):
                continue
            part += line
            if sqlite3.complete_statement(part):
                yield part
                part = ""
        if part.strip():
            raise ValueError(f"migration {self.version}: the last statement has no end")


@cache
def shipped() -> tuple[Migration, ...]:
    """The migrations of this version of Kickback, in order, without a gap."""
    found = []
    for entry in files("kickback.store").joinpath("migrations").iterdir():
        if number := re.fullmatch(r"(\d{4})\.sql", entry.name):
            found.append(Migration(int(number[1]), entry.read_text(encoding="utf-8")))
    found.sort(key=lambda one: one.version)
    assert [one.version for one in found] == list(range(1, len(found) + 1)), "a migration is missing"
    return tuple(found)


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the store; 0 of a file without a table."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether this is a store, or a new file that may become one."""
    if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        return True
    return version_of(connection) == 0 and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Run what is missing. Each step holds wholly or not at all; two processes may do it at once.

    No copy of the old file is kept: a person who is deleted later must not live on in it.

    Raises:
        sqlite3.Error: a step failed; the store is as it was before that step.
    """
    for step in migrations:
        if version_of(connection) >= step.version:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version_of(connection) < step.version:  # the other process may have been here meanwhile
                for statement in step.statements():
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {step.version}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
