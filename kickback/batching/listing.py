"""Which recordings a folder holds, and what its table or its paths say of each."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from analysis.params import LEGS, Tempo
from analysis.presets import PRESETS
from analysis.results import REP_COLUMNS
from kickback.batching.cache import NAME
from kickback.batching.pattern import Pattern
from kickback.batching.table import KNOWN, Table
from kickback.errors import UsageError
from kickback.words import many
from recordings.parts import SUFFIXES

OVERRULING = ("leg", "tempo", "exercise")
"""What a table or a path may say that decides the analysis; the rest are columns of the results."""
OURS = (".reps.csv", ".angle.csv", ".summary.json", ".truth.json", ".report.html")
"""What Kickback itself writes beside a recording."""
TABLES = ("reps.csv", "sets.csv", "failures.csv")
"""What it writes where the results go, which may be the folder of the recordings, too."""
_TAKEN = {*REP_COLUMNS, "sha256", "simulated", "tempo_target", "tempo_code", "tut_s", "reason", "reps"}
_SIDES = {"l": "left", "r": "right"}


@dataclass(frozen=True)
class Listed:
    """A recording to be done.

    Attributes:
        path: below the folder, with forward slashes.
        columns: what is known of it (subject, session, condition, group ...), by the name of the column.
        overruled: of leg, tempo and exercise what the table or the path says.
        shown: what the results call it; the path, or a pseudonym.
        problem: why it cannot be done, known from its name alone; else None.
    """

    path: str
    columns: Mapping[str, str] = field(default_factory=dict)
    overruled: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""
    problem: str | None = None

    @property
    def name(self) -> str:
        """What the results call it."""
        return self.shown or self.path


@dataclass(frozen=True)
class Listing:
    """All recordings of a folder, by name.

    Attributes:
        recordings: in the order of their paths.
        extra: further columns of the results, in the order of the table or the pattern.
        notes: what was left out, one sentence each.
        chosen: whether somebody named the recordings (by a table or a pattern) or the folder was only searched.
    """

    recordings: tuple[Listed, ...]
    extra: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    chosen: bool = True


def listing(folder: Path, table: Table | None, pattern: Pattern | None, leave: Iterable[Path] = ()) -> Listing:
    """List the recordings of a folder.

    Args:
        folder: searched with all folders in it.
        table: of recordings, or of people where the pattern names the subject. pattern: of their paths.
        leave: files and folders that hold no recordings, such as where the results go.

    Raises:
        UsageError: the folder is none or holds nothing that fits, or the table does not go with it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder; name the folder of the recordings")
    _check(table, pattern)
    files = sorted(_walk(folder, {path.resolve() for path in leave}))
    if table is not None and table.of_recordings:
        found, notes = _by_table(folder, table, pattern, files)
    else:
        found, notes = _by_path(files, table, pattern)
    if not found:
        why = (
            f"none fits --pattern {pattern.text!r}" if pattern and files else "there is no file that may be a recording"
        )
        raise UsageError(f"{folder}: {why}")
    names = dict.fromkeys([*(pattern.names if pattern else ()), *(table.columns if table else ())])
    extra = tuple(name for name in names if name not in (*KNOWN, "recording"))
    found.sort(key=lambda one: one.path)
    return Listing(tuple(found), extra, tuple(notes), chosen=pattern is not None or _names(table))


def _names(table: Table | None) -> bool:
    return table is not None and table.of_recordings


def _check(table: Table | None, pattern: Pattern | None) -> None:
    for what, names in (
        ("--pattern", pattern.names if pattern else ()),
        (_called(table), table.columns if table else ()),
    ):
        for name in names:
            if name in _TAKEN and name not in KNOWN:
                raise UsageError(f"{what}: the results have a column {name!r} of their own; give yours another name")
    if pattern is not None and "recording" in pattern.names:
        raise UsageError("--pattern: {recording} is the whole path; give the part another name")
    if table is None or table.of_recordings:
        return
    if pattern is None or "subject" not in pattern.names:
        raise UsageError(
            f"{table.name}: without a column 'recording' it is a table of people: that needs --pattern with {{subject}}"
        )
    twice = [name for name, count in Counter(row["subject"] for row in table.rows).items() if count > 1]
    if twice:
        raise UsageError(f"{table.name}: the subject {twice[0]!r} has several rows; a table of people has one each")


def _called(table: Table | None) -> str:
    return table.name if table else "the table"


def _walk(folder: Path, leave: set[Path]) -> Iterator[str]:
    """Paths below the folder of what has a recording's ending, without hidden files and what is to be left."""
    for root, folders, files in os.walk(folder):
        here = Path(root)
        tables = TABLES if NAME in folders or here.resolve() in leave else ()
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (here / name).resolve() not in leave
        )
        for name in files:
            suffix = PurePosixPath(name).suffix.lower()
            usual = suffix == ".zip" or (suffix in SUFFIXES and suffix)
            if name.startswith(".") or not usual or name.lower().endswith(OURS) or name in tables:
                continue
            if (here / name).resolve() not in leave and not _is_device(here / name):
                yield (here / name).relative_to(folder).as_posix()


def _is_device(path: Path) -> bool:
    """Whether it is a pipe, a socket or the like, which would be waited for without end; a lost link is a bad file."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _text(name: str) -> str:
    """A name as text: what is no UTF-8 in it is shown as bytes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _by_path(files: list[str], table: Table | None, pattern: Pattern | None) -> tuple[list[Listed], list[str]]:
    people = {row["subject"]: row for row in table.rows} if table else {}
    found, strange, unknown = [], [], []
    for path in files:
        values = pattern.match(path) if pattern else {}
        if values is None:
            strange.append(path)
            continue
        if people and values["subject"] not in people:
            unknown.append(values["subject"])
        found.append(_listed(path, values | people.get(values.get("subject", ""), {})))
    notes = [_left("does not fit the pattern", "do not fit the pattern", strange)] if strange else []
    if unknown and table:
        notes.append(f"{table.name} has no row for: {', '.join(sorted(set(unknown)))}")
    return found, notes


def _by_table(folder: Path, table: Table, pattern: Pattern | None, files: list[str]) -> tuple[list[Listed], list[str]]:
    found: dict[str, Listed] = {}
    for row, line in zip(table.rows, table.lines, strict=True):
        path = _below(folder, row["recording"], f"{table.name}, line {line}")
        if path in found:
            raise UsageError(f"{table.name}, line {line}: {path} is named twice")
        values = (pattern.match(path) or {}) if pattern else {}
        one = _listed(path, values | {name: value for name, value in row.items() if name != "recording"})
        if one.problem is not None:
            raise UsageError(f"{table.name}, line {line}: {one.problem}")
        found[path] = one
    beneath = tuple(f"{path}/" for path in found)
    others = [path for path in files if path not in found and not path.startswith(beneath)]
    return list(found.values()), [
        _left(f"is not in {table.name}", f"are not in {table.name}", others)
    ] if others else []


def _below(folder: Path, typed: str, where: str) -> str:
    """The path below the folder, with forward slashes."""
    if not typed:
        raise UsageError(f"{where}: the recording has no name")
    path = Path(os.path.normpath(folder / typed.replace("\\", "/")))
    if not path.is_relative_to(os.path.normpath(folder)):
        raise UsageError(f"{where}: {typed} does not lie in {folder}")
    return path.relative_to(os.path.normpath(folder)).as_posix()


def _left(one: str, several: str, paths: list[str]) -> str:
    some = ", ".join(map(_text, paths[:3])) + (", ..." if len(paths) > 3 else "")
    return f"{many(len(paths), 'file')} left out, which {one if len(paths) == 1 else several}: {some}"


def _listed(path: str, values: Mapping[str, str]) -> Listed:
    """One recording; a leg, tempo or exercise that is none becomes its problem."""
    overruled = {name: values[name] for name in OVERRULING if values.get(name)}
    columns = {name: value for name, value in values.items() if name not in OVERRULING}
    problem = None
    if "leg" in overruled:
        sides = [part.strip().lower() for part in overruled["leg"].split(",")]
        overruled["leg"] = ",".join(_SIDES.get(side, side) for side in sides)
        if not set(overruled["leg"].split(",")) <= set(LEGS):
            problem = f"the leg {values['leg']!r} is neither 'left' nor 'right'"
    if "tempo" in overruled:
        try:
            Tempo.parse(overruled["tempo"])
        except ValueError as error:
            problem = str(error)
    if overruled.get("exercise", "kickback") not in PRESETS:
        problem = f"the exercise {overruled['exercise']!r} is not known; known are {', '.join(PRESETS)}"
    if (shown := _text(path)) != path:
        columns = {name: _text(value) for name, value in columns.items()}
        return Listed(path, columns, shown=shown, problem="its name is no UTF-8 text; rename it")
    return Listed(path, columns, overruled, problem=problem)
