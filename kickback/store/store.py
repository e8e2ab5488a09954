"""The store: everything is written as it happens, each thing in a transaction of its own."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from analysis.results import Rep, SetClosed
from kickback.store import reading
from kickback.store.migrating import Migration
from kickback.store.opening import connect, default_path
from kickback.store.reading import ANYBODY
from kickback.store.rows import (
    CorrectionRow,
    LaneFacts,
    RepRow,
    SessionRow,
    SetRow,
    as_json,
    is_running,
    name_of,
    params_text,
    rep_values,
    set_values,
    written,
)
from kickback.store.trouble import in_one_line

if TYPE_CHECKING:
    from kickback.store.forgetting import Forgotten


def open_store(path: Path | None = None, *, make: bool = True) -> Store:
    """Open the store, and make it if need be.

    Args:
        path: of the file; None: the one in the user's folder for data.
        make: whether a missing one is made.

    Raises:
        StoreError: it cannot be used; the line says why and what to do.
    """
    return Store(default_path() if path is None else path, make=make)


class Store:
    """An open store; may be used by several threads, and by several processes at once.

    Every method raises :class:`kickback.store.StoreError` when the file cannot be read or written.
    """

    def __init__(self, path: Path, *, migrations: Sequence[Migration] | None = None, make: bool = True) -> None:
        self.path = path
        self._connection = connect(path, migrations, make=make)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._host = socket.gethostname()

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        with self._lock, in_one_line(self.path):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone, with the file as it is at one moment."""
        with self._lock, in_one_line(self.path):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: wholly on the disk, or not at all."""
        with self._lock, in_one_line(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone, outside of a transaction."""
        with self._lock, in_one_line(self.path):
            yield self._connection

    def choose(self, session: int, exercise: str, params: Mapping[str, Any]) -> None:
        """Another exercise was chosen, before anything was counted.

        Args:
            session: its number. exercise: what is to be done. params: everything that is set now.
        """
        with self.writing() as connection:
            connection.execute(
                "UPDATE sessions SET exercise = ?, params = ? WHERE id = ?", (exercise, params_text(params), session)
            )

    # --- as it happens -------------------------------------------------------------------------------------------

    def begin_session(
        self,
        *,
        person: str | None,
        started: datetime,
        software: str,
        exercise: str,
        tempo: str,
        params: Mapping[str, Any],
        lanes: Sequence[LaneFacts],
        simulated: bool,
        continues: int | None = None,
    ) -> int:
        """A session begins.

        Args:
            person: whose; None or empty: nobody's. Known by the name in any case of its letters.
            started: now. software: the version of Kickback.
            exercise, tempo: what is to be done. params: everything that was set.
            lanes: the sensors, in the order of their numbers.
            simulated: no person makes the movements.
            continues: the session that this one goes on with.

        Returns:
            Its number.

        Raises:
            UsageError: the name cannot be one.
        """
        name = name_of(person)
        values = (written(started), continues, software, exercise, tempo, params_text(params), simulated)
        with self.writing() as connection:
            person_id = _person(connection, name)
            done = connection.execute(
                "INSERT INTO sessions (person_id, started, continues, software, exercise, tempo, params, simulated, "
                "host, pid) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (person_id, *values, self._host, os.getpid()),
            )
            session = done.lastrowid
            assert session is not None
            for number, lane in enumerate(lanes):
                leg = lane.leg if lane.leg in ("left", "right") else None
                connection.execute(
                    "INSERT INTO lanes VALUES (?, ?, ?, ?, ?)", (session, number, lane.name, lane.sensor, leg)
                )
                _lies(connection, session, number, lane.raw)
        return session

    def add_rep(self, session: int, lane: int, rep: Rep) -> None:
        """A rep was counted; its numbers are as known now."""
        with self.writing() as connection:
            _put(connection, "reps", rep_values(session, lane, rep, False))

    def close_set(self, session: int, lane: int, closed: SetClosed) -> None:
        """A set has ended: its reps take their final numbers. May be said twice."""
        with self.writing() as connection:
            connection.execute(
                "DELETE FROM reps WHERE session_id = ? AND lane = ? AND set_number = ?", (session, lane, closed.set)
            )
            _put(connection, "sets", set_values(session, lane, closed))
            for rep in closed.reps:
                _put(connection, "reps", rep_values(session, lane, rep, True))

    def correct(self, session: int, correction: Mapping[str, Any]) -> None:
        """Something was said by hand; it stands beside the measurement and changes none of it.

        Args:
            session: which. correction: ``do`` (the word), and as it fits ``lane``, ``set``, ``rep``, ``at`` (ISO 8601;
                now, where it is missing), and whatever else there is.
        """
        record = as_json(correction)
        about = [record.get(key) if isinstance(record.get(key), int) else None for key in ("lane", "set", "rep")]
        at = record.get("at")
        when = at if isinstance(at, str) and at else written(datetime.now())
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO corrections (session_id, at, what, lane, set_number, rep_number, record) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (session, when, str(record.get("do", "")), *about, json.dumps(record, allow_nan=False)),
            )

    def end_session(self, session: int, files: Sequence[Path] = (), ended: datetime | None = None) -> None:
        """A session has ended in order. May be said twice; ``files`` are all that lie on the disk because of it."""
        with self.writing() as connection:
            connection.execute(
                "UPDATE sessions SET ended = ? WHERE id = ?", (written(ended or datetime.now()), session)
            )
            for path in files:
                connection.execute("INSERT OR IGNORE INTO files VALUES (?, ?, NULL)", (session, _place(path)))
        with self.alone() as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    # --- looked at -----------------------------------------------------------------------------------------------

    def people(self) -> list[tuple[str | None, int]]:
        """Everybody with the number of their sessions; nobody (None) last."""
        with self.reading() as connection:
            return reading.people(connection)

    def sessions(self, person: object = ANYBODY, *, simulated: bool = True) -> list[SessionRow]:
        """Sessions in the order of their beginning; of a person, of nobody (None), or of anybody."""
        with self.reading() as connection:
            return reading.sessions(connection, person, simulated=simulated)

    def unfinished(self) -> list[SessionRow]:
        """Sessions that were cut off, and that nobody is at or went on with; the latest last."""
        found = self.sessions()
        gone_on = {one.continues for one in found}
        return [one for one in found if one.ended is None and one.id not in gone_on and not is_running(one, self._host)]

    def sets(self, session: int) -> list[SetRow]:
        """A session's closed sets as they were measured."""
        with self.reading() as connection:
            return reading.sets(connection, session)

    def reps(self, session: int) -> list[RepRow]:
        """A session's reps as they were measured, those of a set that never closed as well."""
        with self.reading() as connection:
            return reading.reps(connection, session)

    def corrections(self, session: int) -> list[CorrectionRow]:
        """What was said by hand in a session."""
        with self.reading() as connection:
            return reading.corrections(connection, session)

    # --- taken out -----------------------------------------------------------------------------------------------

    def export(self, folder: Path, person: object = ANYBODY) -> list[Path]:
        """Write everything as CSV and JSON; see :func:`kickback.store.exporting.export`."""
        from kickback.store.exporting import export

        return export(self, folder, person)

    def delete_person(self, name: str, *, files: bool = False) -> Forgotten:
        """Delete somebody wholly; see :func:`kickback.store.forgetting.forget`."""
        from kickback.store.forgetting import forget

        return forget(self, name, files=files)


def _lies(connection: sqlite3.Connection, session: int, lane: int, raw: Path | None) -> None:
    if raw is not None:
        connection.execute("INSERT OR IGNORE INTO files VALUES (?, ?, ?)", (session, _place(raw), lane))


def _place(path: Path) -> str:
    """Where a file lies, told so that another folder finds it."""
    return str(path.absolute())


def _person(connection: sqlite3.Connection, name: str | None) -> int | None:
    if name is None:
        return None
    connection.execute("INSERT OR IGNORE INTO people (name) VALUES (?)", (name,))
    return int(connection.execute("SELECT id FROM people WHERE name = ?", (name,)).fetchone()[0])


def _put(connection: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> None:
    """Insert a row, or put it in the place of the one with its key."""
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join("?" for _ in values)
    connection.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({places})", tuple(values.values()))
