"""What the store hands out, and how reps and sets become rows and reps and sets again, to the last bit."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from analysis.results import NAN, REP_COLUMNS, Calibration, Rep, SetClosed
from kickback.errors import UsageError

_NUMBERS = {"set": "set_number", "rep": "rep_number"}
"""Names in the table of reps that are words of SQL, and what they are in the store."""

REP_FIELDS = ("start", "end", "known_at", *REP_COLUMNS)
_TRUE_OR_FALSE = ("is_partial", "hip_rotation", "rushed", "uncertain")
_WHOLE = ("set", "rep", "start", "end", "known_at", "pulses")


LONGEST_NAME = 100
"""Characters of a person's name."""


@dataclass(frozen=True)
class LaneFacts:
    """One sensor of a session, known when it begins.

    Attributes:
        name: of the sensor as it is shown. leg: which leg wears it, None when nobody said.
        sensor: what kind it is. raw: where its raw file lies.
    """

    name: str
    leg: str | None = None
    sensor: str = ""
    raw: Path | None = None


@dataclass(frozen=True)
class SessionRow:
    """A session.

    Attributes:
        id: number in the store. person: whose; None: nobody's.
        started, ended: with the offset of the place and day; ended is None while it goes on and after a crash.
        continues: the session that this one goes on with.
        software: version of Kickback. exercise, tempo: what was to be done. params: all that was set.
        simulated: no person made the movements.
        lanes: its sensors by their number. files: what lies on the disk.
        host, pid: the process that writes it.
    """

    id: int
    person: str | None
    started: datetime
    ended: datetime | None
    continues: int | None
    software: str
    exercise: str
    tempo: str
    params: Mapping[str, Any]
    simulated: bool
    lanes: Mapping[int, LaneFacts]
    files: tuple[Path, ...]
    host: str
    pid: int


@dataclass(frozen=True)
class SetRow:
    """A set as it was measured. ``closed`` has its trace no longer."""

    session: int
    lane: int
    closed: SetClosed


@dataclass(frozen=True)
class RepRow:
    """A rep as it was measured; ``final`` once its set has closed."""

    session: int
    lane: int
    rep: Rep
    final: bool


@dataclass(frozen=True)
class CorrectionRow:
    """What somebody said by hand, beside the measurement.

    Attributes:
        session: which. at: when. what: the command's word. lane, set, rep: what it is about, where it is about one.
        record: all of it.
    """

    session: int
    at: datetime
    what: str
    lane: int | None
    set: int | None
    rep: int | None
    record: Mapping[str, Any]


def rep_values(session: int, lane: int, rep: Rep, final: bool) -> dict[str, Any]:
    """A rep as the columns of the table ``reps``. SQLite takes NaN for NULL."""
    values = {_NUMBERS.get(name, name): getattr(rep, name) for name in REP_FIELDS}
    return {"session_id": session, "lane": lane, "final": final, **values, "hidden": " ".join(rep.hidden)}


def rep_of(row: Mapping[str, Any]) -> Rep:
    """The rep of a row of the table ``reps``."""
    values: dict[str, Any] = {}
    for name in (field.name for field in fields(Rep)):
        value = row[_NUMBERS.get(name, name)]
        if name == "hidden":
            values[name] = tuple(value.split())
        elif name in _TRUE_OR_FALSE:
            values[name] = None if value is None else bool(value)
        elif name in _WHOLE or name == "leg":
            values[name] = value
        else:
            values[name] = NAN if value is None else value
    return Rep(**values)


def set_values(session: int, lane: int, closed: SetClosed) -> dict[str, Any]:
    """A set as the columns of the table ``sets``."""
    calibration = {key: as_json(value) for key, value in asdict(closed.calibration).items()}
    names = ("leg", "start", "end", "known_at", "start_s", "end_s", "reason", "uncertain", "hip_rotation_limit_deg")
    return {
        "session_id": session,
        "lane": lane,
        "set_number": closed.set,
        **{name: getattr(closed, name) for name in names},
        "calibration_quality": closed.calibration.quality,
        "calibration_sentence": closed.calibration.sentence,
        "calibration": json.dumps(calibration, allow_nan=False),
        "notes": json.dumps(closed.notes),
    }


def as_json(value: Any) -> Any:
    """Any value as JSON knows it, not rounded: unknown is None, what JSON has no word for is text."""
    if isinstance(value, Mapping):
        return {str(key): as_json(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_from_json(entry) for entry in value)
    return NAN if value is None else value


def set_of(row: Mapping[str, Any], reps: tuple[Rep, ...]) -> SetClosed:
    """The set of a row of the table ``sets`` with its reps."""
    calibration = Calibration(**{key: _from_json(value) for key, value in json.loads(row["calibration"]).items()})
    values: dict[str, Any] = {name: row[name] for name in ("leg", "start", "end", "known_at", "reason")}
    for name in ("start_s", "end_s", "hip_rotation_limit_deg"):
        values[name] = _from_json(row[name])
    return SetClosed(
        set=row["set_number"],
        reps=reps,
        calibration=calibration,
        uncertain=bool(row["uncertain"]),
        notes=tuple(json.loads(row["notes"])),
        **values,
    )


def instant(text: str | None) -> datetime | None:
    """A time of the store; None where there is none."""
    return None if text is None else datetime.fromisoformat(text)


def written(when: datetime) -> str:
    """A time for the store: local, with its offset, so that the day is the one that the person lived."""
    return (when if when.tzinfo else when.astimezone()).isoformat(timespec="milliseconds")


def params_text(params: Mapping[str, Any]) -> str:
    """Parameters as JSON."""
    return json.dumps(as_json(params), allow_nan=False, sort_keys=True)


def is_running(row: SessionRow, host: str) -> bool:
    """Whether the process that began a session on this machine is likely to be at it still.

    A number of a process may be given again after a restart: only one that runs Python counts. Where that cannot be
    told (no ``/proc``), a living process of that number counts; on Windows nothing does.
    """
    if row.ended is not None or row.host != host or row.pid == os.getpid() or sys.platform == "win32":
        return False
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # somebody else's process: not ours
    command = Path("/proc") / str(row.pid) / "cmdline"
    try:
        said = command.read_bytes()
    except OSError:
        return True
    return b"kickback" in said or b"python" in said


def name_of(person: str | None) -> str | None:
    """A person's name with its spaces in order; None for nobody.

    Raises:
        UsageError: it cannot be a name.
    """
    name = " ".join((person or "").split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise UsageError(f"--person: a name has at most {LONGEST_NAME} letters, all of them printable")
    return name or None
