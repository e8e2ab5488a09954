"""A folder of recordings written as a Motion-BIDS study."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kickback.batching.listing import Listed, listing
from kickback.batching.pattern import Pattern
from kickback.batching.table import from_frame, read_table
from kickback.bids import describing
from kickback.bids.events import events_json, events_tsv
from kickback.bids.names import Entities, label_of, labels
from kickback.bids.signals import CHANNELS_JSON, channels_tsv, motion_json, motion_tsv
from kickback.errors import KickbackError, UsageError, one_line
from kickback.files import write_atomically
from kickback.provenance import Provenance
from kickback.result import Analysis

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class About:
    """What no recording says of a study.

    Attributes:
        name: of the study; empty: that of the recordings' folder.
        authors: of the study. licence: of the data, such as "CC0". institution: where the recordings were made.
        instructions: what the people were told to do.
    """

    name: str = ""
    authors: tuple[str, ...] = ()
    licence: str = ""
    institution: str = ""
    instructions: str = ""


@dataclass(frozen=True)
class Study:
    """What was written.

    Attributes:
        folder: of the study. table: as :func:`kickback.bids.read_study` reads it.
        failures: recording and error, a row for each recording that could not be read; it is not in the study.
        notes: what to know, one sentence each.
    """

    folder: Path
    table: pd.DataFrame
    failures: pd.DataFrame
    notes: tuple[str, ...] = ()


@dataclass
class _Writing:
    """A study on its way."""

    folder: Path
    about: About
    runs: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    scans: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    simulated: list[bool] = field(default_factory=list)

    def put(self, name: str, text: str) -> None:
        """Write one file below the study."""
        write_atomically(self.folder / name, text)

    def add(self, one: Listed, sub: str, ses: str, analysis: Analysis) -> None:
        """Write one recording's files."""
        legs = analysis.params.legs
        leg = legs[0] if len(legs) == 1 else None
        task, acq = label_of(analysis.params.exercise.name, "exercise"), leg or ""
        self.runs[sub, ses, task, acq] += 1
        entities = Entities(sub, ses, task, acq, self.runs[sub, ses, task, acq])
        recording, header = analysis.recording, analysis.header
        self.put(entities.file("motion.tsv"), motion_tsv(recording))
        self.put(entities.file("channels.tsv"), channels_tsv(leg, header.placement))
        self.put(entities.file("channels.json"), json.dumps(CHANNELS_JSON, indent=2) + "\n")
        self.put(entities.file("motion.json"), motion_json(analysis, leg, describing.task(analysis, self.about)))
        self.put(entities.file("events.tsv"), events_tsv(analysis))
        self.put(entities.file("events.json"), events_json())
        row = {
            "filename": entities.file("motion.tsv").removeprefix(entities.folder),
            "leg": ",".join(legs),
            "simulated": header.simulated,
            "sets": len(analysis.closed),
            "reps": len(analysis.all_reps),
            "lost_s": float(recording.lost.sum()) / recording.rate_hz,
            "sha256": header.sha256,
        }
        self.scans.setdefault(entities.folder + entities.prefix, []).append(row | {"": one})
        self.inputs[one.path] = header.sha256 or ""
        self.simulated.append(header.simulated)


def write_study(
    folder: str | Path,
    out: str | Path,
    *,
    table: pd.DataFrame | str | Path | None = None,
    pattern: str | None = None,
    about: About | None = None,
    command: Sequence[str] = (),
    each: Callable[[int, int], None] = lambda done, total: None,
) -> Study:
    """Analyze the recordings of a folder and write them as a Motion-BIDS study.

    Args:
        folder: of the recordings.
        out: of the study: a new folder, or an empty one. It appears when all of it is written.
        table: of the recordings, a CSV or a DataFrame with the columns recording (or file) and subject, and any of
            session, condition, leg, tempo, exercise and others; a table of people (subject ...) beside a pattern.
        pattern: what the paths say, such as ``{subject}/{session}_{leg}.csv``.
        about: what no recording says.
        command: the words as they were typed, for ``provenance.json``.
        each: is told after every recording how many are done, and of how many.

    Raises:
        UsageError: who the recordings are of is not said, two subjects have the same label, or ``out`` is not empty.
        KickbackError: no recording can be read.
        OSError: a file cannot be written.
    """
    folder, out = Path(folder), Path(out)
    about = about or About()
    _refuse_full(out)
    listed, notes = _listed(folder, out, table, pattern)
    subs = labels((one.columns["subject"] for one in listed), "subject")
    sess = labels((one.columns["session"] for one in listed if one.columns.get("session")), "session")
    notes += [f"The subject {text!r} is sub-{label}." for text, label in subs.items() if text != label]
    target = out.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        aside.mkdir()
        writing = _Writing(aside, about)
        for done, one in enumerate(listed, 1):
            _write_one(writing, one, folder, subs[one.columns["subject"]], sess.get(one.columns.get("session", ""), ""))
            each(done, len(listed))
        if not writing.inputs:
            raise KickbackError(f"{folder}: no recording can be read; the first: {writing.failures[0]['error']}")
        describing.finish(writing.put, about.name or folder.resolve().name, about, writing.scans, subs)
        _sign(writing, command, pattern)
        if target.exists():
            target.rmdir()
        aside.replace(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return _study(out, writing.failures, notes)


def _study(out: Path, failures: list[dict[str, str]], notes: list[str]) -> Study:
    import pandas as pd

    from kickback.bids.reading import read_study

    return Study(out, read_study(out), pd.DataFrame(failures, columns=["recording", "error"]), tuple(notes))


def _refuse_full(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: this is a file; --out needs a folder")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out}: there are files in this folder already; choose a new one for the study")


def _listed(
    folder: Path, out: Path, table: pd.DataFrame | str | Path | None, pattern: str | None
) -> tuple[tuple[Listed, ...], list[str]]:
    """The recordings, each with its subject."""
    rows = None
    leave = [out]
    if isinstance(table, str | Path):
        rows = read_table(Path(table))
        leave.append(Path(table))
    elif table is not None:
        rows = from_frame(table)
    found = listing(folder, rows, Pattern.parse(pattern) if pattern else None, leave)
    nobody = next((one for one in found.recordings if not one.columns.get("subject")), None)
    if nobody is not None:
        raise UsageError(
            f"{nobody.path}: nobody said whose it is; give --table with a column subject, or --pattern with {{subject}}"
        )
    return found.recordings, list(found.notes)


def _write_one(writing: _Writing, one: Listed, folder: Path, sub: str, ses: str) -> None:
    """Analyze one recording and write it; what cannot be read is a failure, and no more."""
    try:
        if one.problem is not None:
            raise ValueError(f"{one.path}: {one.problem}")
        analysis = _analyzed(one, folder)
    except (OSError, ValueError) as error:
        writing.failures.append({"recording": one.path, "error": one_line(error, one.path)})
        return
    writing.add(one, sub, ses, analysis)


def _analyzed(one: Listed, folder: Path) -> Analysis:
    from kickback.session import BLOCK_SIZE, choose, collect, for_recording, load, pipeline_for, run, unsaid_of

    tempo, exercise = one.overruled.get("tempo"), one.overruled.get("exercise")
    recording = load(folder / one.path)
    params = choose(None, one.overruled.get("leg"), tempo, None, exercise)
    params = for_recording(params, recording, unsaid_of(tempo, exercise))
    return collect(recording, params, run(pipeline_for(recording, params), recording.blocks(BLOCK_SIZE)))


def _sign(writing: _Writing, command: Sequence[str], pattern: str | None) -> None:
    writing.put(".bidsignore", "provenance.json\n")
    told = {"about": asdict(writing.about), "pattern": pattern}
    simulated = writing.simulated[0] if len(set(writing.simulated)) == 1 else None
    made = Provenance(tuple(command), told, writing.inputs, simulated)
    made.write(writing.folder, [path for path in writing.folder.rglob("*") if path.is_file()])
