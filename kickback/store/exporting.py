"""Everything that is kept, as CSV for tables and JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kickback.document import plain, rep_rows, reps_csv, to_json
from kickback.errors import UsageError, one_line
from kickback.files import write_atomically
from kickback.store.rows import CorrectionRow, RepRow, SessionRow, SetRow, as_json, written
from kickback.store.trouble import StoreError

if TYPE_CHECKING:
    from kickback.store.store import Store

SCHEMA = 1
"""Version of the exported JSON."""
SESSION_COLUMNS = (
    *("session", "person", "started", "ended", "continues", "software", "exercise", "tempo", "simulated"),
    *("params", "files"),
)
SET_COLUMNS = (
    *("session", "lane", "set", "leg", "start_s", "end_s", "reason", "reps", "uncertain", "hip_rotation_limit_deg"),
    *("calibration_quality", "calibration_sentence", "notes"),
)
CORRECTION_COLUMNS = ("session", "at", "what", "lane", "set", "rep", "record")


def export(store: Store, folder: Path, person: object) -> list[Path]:
    """Write ``sessions.csv``, ``sets.csv``, ``corrections.csv``, ``history.json``, and tables of reps.

    The tables of reps, one a session and lane, ``<day>_<session>_<lane>.reps.csv``, have the columns of
    ``kickback analyze``. Files of these names are written over.

    Args:
        store: to read. folder: made if need be. person: whose; :data:`kickback.store.reading.ANYBODY`: everybody's.

    Returns:
        The files.

    Raises:
        UsageError: the folder is a file.
        StoreError: a file cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: this is a file; --export needs a folder")
    sessions = store.sessions(person)
    sets = {one.id: store.sets(one.id) for one in sessions}
    reps = {one.id: store.reps(one.id) for one in sessions}
    said = {one.id: store.corrections(one.id) for one in sessions}
    texts = {
        "sessions.csv": _table(SESSION_COLUMNS, map(_session_row, sessions)),
        "sets.csv": _table(SET_COLUMNS, (_set_row(row) for one in sessions for row in sets[one.id])),
        "corrections.csv": _table(
            CORRECTION_COLUMNS, (_correction_row(row) for one in sessions for row in said[one.id])
        ),
    }
    for one in sessions:
        for lane in one.lanes:
            name = f"{one.started:%Y-%m-%d}_{one.id}_{lane}.reps.csv"
            texts[name] = reps_csv(row.rep for row in reps[one.id] if row.lane == lane)
    document = {
        "schema": SCHEMA,
        "sessions": [_session(one, sets[one.id], reps[one.id], said[one.id]) for one in sessions],
    }
    texts["history.json"] = to_json(document)
    try:
        return [write_atomically(folder / name, text) for name, text in texts.items()]
    except OSError as error:
        raise StoreError(one_line(error, folder)) from error


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A header and the rows; unknown is empty, true and false are words, what is nested is JSON."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    for row in rows:
        table.writerow([_cell(name, row[name]) for name in columns])
    return text.getvalue()


def _cell(name: str, value: Any) -> str:
    value = plain(name, value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _session_row(one: SessionRow) -> dict[str, Any]:
    """A session as it is exported."""
    return {
        "session": one.id,
        "person": one.person,
        "started": written(one.started),
        "ended": None if one.ended is None else written(one.ended),
        **{name: getattr(one, name) for name in ("continues", "software", "exercise", "tempo", "simulated")},
        "params": dict(one.params),
        "files": [str(path) for path in one.files],
    }


def _set_row(row: SetRow) -> dict[str, Any]:
    closed = row.closed
    names = ("set", "leg", "start_s", "end_s", "reason", "uncertain", "hip_rotation_limit_deg", "notes")
    return {
        "session": row.session,
        "lane": row.lane,
        **{name: getattr(closed, name) for name in names},
        "reps": len(closed.reps),
        "calibration_quality": closed.calibration.quality,
        "calibration_sentence": closed.calibration.sentence,
    }


def _correction_row(row: CorrectionRow) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in CORRECTION_COLUMNS if name != "at"}, "at": written(row.at)}


def _session(
    one: SessionRow, sets: Sequence[SetRow], reps: Sequence[RepRow], said: Sequence[CorrectionRow]
) -> dict[str, Any]:
    """A session with everything in it, as JSON."""
    lanes = [
        {
            "lane": lane,
            "name": facts.name,
            "sensor": facts.sensor,
            "leg": facts.leg,
            "sets": [{**_set_row(row), "calibration": _calibration(row)} for row in sets if row.lane == lane],
            "reps": [
                {**shown, "final": row.final}
                for row, shown in zip(reps, rep_rows(row.rep for row in reps), strict=True)
                if row.lane == lane
            ],
        }
        for lane, facts in one.lanes.items()
    ]
    found: dict[str, Any] = plain(
        "", {**_session_row(one), "lanes": lanes, "corrections": [_correction_row(row) for row in said]}
    )
    return found


def _calibration(row: SetRow) -> dict[str, Any]:
    return {name: as_json(value) for name, value in asdict(row.closed.calibration).items()}
