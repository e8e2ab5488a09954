"""Kept results as two tables, in the order of the recordings' names, with the same kinds of columns every time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.params import Params
from analysis.results import REP_COLUMNS
from analysis.summary import sets_frame
from kickback.batching.entry import EXTRA_REP_COLUMNS

FIRST = ("subject", "session", "condition")
FACTS = ("recording", "sha256", "simulated", "exercise", "tempo_target")
"""The leading columns of both tables: the first three, those of the study's own table, and these."""
AT_ONCE = 500
"""Recordings whose rows are Python's before they become arrays, which take a tenth of the memory."""
_TEXTS = ("leg", "reason", "tempo", "tempo_code", "tempo_target", "exercise", "recording", "sha256")
_FLAGS = ("is_partial", "hip_rotation", "rushed", "uncertain")
_COUNTS = ("set", "rep", "reps", "pulses")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


@dataclass
class Tables:
    """Both tables while they grow; :meth:`reps` and :meth:`sets` give them whole.

    Attributes:
        extra: the columns of the study's own table.
        samples, duration_s: of all recordings.
        simulated: how many of them no person made.
        recordings: how many there are.
    """

    extra: Sequence[str] = ()
    samples: int = 0
    duration_s: float = 0.0
    simulated: int = 0
    recordings: int = 0
    _pieces: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: {"reps": [], "sets": []})

    def fill(self, results: Iterable[tuple[str, Mapping[str, str], bytes]]) -> None:
        """Add the results of recordings, as ``(name, columns, result)`` in the order of the rows."""
        for some in _in_turn(results, AT_ONCE):
            rows: dict[str, list[list[Any]]] = {"reps": [], "sets": []}
            columns: dict[str, list[str]] = {}
            for name, known, text in some:
                document = json.loads(text)
                facts = document["facts"]
                self._count(document)
                leading = [known.get(column, "") for column in (*FIRST, *self.extra)]
                leading += [name, *(facts[fact] for fact in FACTS[1:])]
                for table in rows:
                    columns[table] = document[table]["columns"]
                    rows[table] += [leading + row for row in document[table]["rows"]]
            for table, them in rows.items():
                if them:
                    self._pieces[table].append(self._frame(table, them, columns[table]))

    def _count(self, document: Mapping[str, Any]) -> None:
        self.recordings += 1
        self.simulated += bool(document["facts"]["simulated"])
        self.samples += document["samples"]
        self.duration_s += document["duration_s"]

    @property
    def _leading(self) -> list[str]:
        return [*FIRST, *self.extra, *FACTS]

    def _frame(self, table: str, rows: list[list[Any]], columns: Sequence[str]) -> pd.DataFrame:
        leading = self._leading
        twice = [len(leading) + at for at, name in enumerate(columns) if name in leading]
        frame = pd.DataFrame(rows, columns=range(len(leading) + len(columns)), dtype=object)
        frame = frame.drop(columns=twice)
        frame.columns = pd.Index([*leading, *(name for name in columns if name not in leading)])
        return frame.astype({name: _kind(name, self.extra) for name in frame.columns})

    def reps(self) -> pd.DataFrame:
        """One row a rep; raises nothing where there is none."""
        return self._whole("reps", [*REP_COLUMNS, *EXTRA_REP_COLUMNS])

    def sets(self) -> pd.DataFrame:
        """One row a set."""
        return self._whole("sets", list(sets_frame((), Params()).columns))

    def _whole(self, table: str, columns: Sequence[str]) -> pd.DataFrame:
        pieces = self._pieces[table] or [self._frame(table, [], columns)]
        frame = pd.concat(pieces, ignore_index=True) if len(pieces) > 1 else pieces[0]
        for name in self.extra:
            frame[name] = _guessed(frame[name])
        return frame


def _in_turn(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    some: list[Any] = []
    for item in items:
        some.append(item)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def _kind(name: str, extra: Sequence[str]) -> str:
    """The kind of a column, by its name alone, so that an empty table has the same."""
    if name in _TEXTS or name in FIRST or name in extra:
        return "str"
    if name == "simulated":
        return "bool"
    if name in _FLAGS:
        return "boolean"
    return "Int64" if name in _COUNTS or name.endswith(("_n", "_yes", "_judged")) else "float64"


def _guessed(column: pd.Series[str]) -> pd.Series[Any]:
    """A column of the study's own table as numbers where every value is one; ``007`` is a name, not a number."""
    known = column[column != ""]
    if known.empty or not known.map(lambda text: bool(_NUMBER.fullmatch(text))).all():
        return column
    whole = not known.str.contains(".", regex=False).any()
    return pd.to_numeric(column.where(column != "")).astype("Int64" if whole else "float64")
