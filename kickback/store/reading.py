"""What is asked of the store. Everything here takes a connection whose rows know their columns' names."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from analysis.results import Rep
from kickback.store.rows import CorrectionRow, LaneFacts, RepRow, SessionRow, SetRow, instant, rep_of, set_of

ANYBODY = object()
"""Asked instead of a name: whose a session is does not matter."""


def people(connection: sqlite3.Connection) -> list[tuple[str | None, int]]:
    """Everybody with the number of their sessions, by name; nobody (None) last, where there are such sessions."""
    rows = connection.execute(
        "SELECT p.name AS name, count(s.id) AS sessions FROM people p LEFT JOIN sessions s ON s.person_id = p.id "
        "GROUP BY p.id ORDER BY p.name"
    ).fetchall()
    nobody = connection.execute("SELECT count(*) FROM sessions WHERE person_id IS NULL").fetchone()[0]
    return [(row["name"], row["sessions"]) for row in rows] + ([(None, nobody)] if nobody else [])


def sessions(connection: sqlite3.Connection, person: object = ANYBODY, *, simulated: bool = True) -> list[SessionRow]:
    """Sessions in the order of their beginning.

    Args:
        connection: to the store. person: a name, in any case of its letters; None: of nobody.
        simulated: whether those are given that no person made.
    """
    rows = connection.execute(
        "SELECT s.*, p.name AS person FROM sessions s LEFT JOIN people p ON p.id = s.person_id "
        "WHERE (:anybody OR p.name = :person OR (:person IS NULL AND s.person_id IS NULL)) "
        "AND (:simulated OR NOT s.simulated) ORDER BY s.id",
        {
            "anybody": person is ANYBODY,
            "person": person if isinstance(person, str) else None,
            "simulated": simulated,
        },
    ).fetchall()
    lanes, files = _lanes(connection), _files(connection)
    found = [_session(row, lanes[row["id"]], files[row["id"]]) for row in rows]
    return sorted(found, key=lambda one: (one.started.astimezone(), one.id))


def _session(row: sqlite3.Row, lanes: list[sqlite3.Row], files: list[sqlite3.Row]) -> SessionRow:
    raw = {file["lane"]: Path(file["path"]) for file in files if file["lane"] is not None}
    started = instant(row["started"])
    assert isinstance(started, datetime)
    return SessionRow(
        id=row["id"],
        person=row["person"],
        started=started,
        ended=instant(row["ended"]),
        continues=row["continues"],
        software=row["software"],
        exercise=row["exercise"],
        tempo=row["tempo"],
        params=json.loads(row["params"]),
        simulated=bool(row["simulated"]),
        lanes={
            lane["lane"]: LaneFacts(lane["name"], lane["leg"], lane["sensor"], raw.get(lane["lane"])) for lane in lanes
        },
        files=tuple(Path(file["path"]) for file in files),
        host=row["host"],
        pid=row["pid"],
    )


def _lanes(connection: sqlite3.Connection) -> dict[int, list[sqlite3.Row]]:
    found: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for row in connection.execute("SELECT * FROM lanes ORDER BY session_id, lane"):
        found[row["session_id"]].append(row)
    return found


def _files(connection: sqlite3.Connection) -> dict[int, list[sqlite3.Row]]:
    found: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for row in connection.execute("SELECT * FROM files ORDER BY session_id, path"):
        found[row["session_id"]].append(row)
    return found


def reps(connection: sqlite3.Connection, session: int) -> list[RepRow]:
    """A session's reps as they were measured, by lane, set and number."""
    rows = connection.execute(
        "SELECT * FROM reps WHERE session_id = ? ORDER BY lane, set_number, rep_number", (session,)
    )
    return [RepRow(session, row["lane"], rep_of(dict(row)), bool(row["final"])) for row in rows]


def sets(connection: sqlite3.Connection, session: int) -> list[SetRow]:
    """A session's closed sets with their reps, by lane and number."""
    of_set: dict[tuple[int, int], list[Rep]] = defaultdict(list)
    for row in reps(connection, session):
        of_set[row.lane, row.rep.set].append(row.rep)
    rows = connection.execute("SELECT * FROM sets WHERE session_id = ? ORDER BY lane, set_number", (session,))
    return [
        SetRow(session, row["lane"], set_of(dict(row), tuple(of_set[row["lane"], row["set_number"]]))) for row in rows
    ]


def corrections(connection: sqlite3.Connection, session: int) -> list[CorrectionRow]:
    """What was said by hand in a session, in its order."""
    rows = connection.execute("SELECT * FROM corrections WHERE session_id = ? ORDER BY id", (session,))
    found = []
    for row in rows:
        at = instant(row["at"])
        assert isinstance(at, datetime)
        about = (row["lane"], row["set_number"], row["rep_number"])
        found.append(CorrectionRow(session, at, row["what"], *about, json.loads(row["record"])))
    return found
