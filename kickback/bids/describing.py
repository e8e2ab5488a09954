"""What describes a whole study in BIDS: the data set, its people, the tables of recordings, the README."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kickback.document import plain, versions
from kickback.result import Analysis

if TYPE_CHECKING:
    from kickback.batching.listing import Listed
    from kickback.bids.study import About

BIDS_VERSION = "1.10.0"

NEVER_OF_PEOPLE = ("session", "condition")
"""Columns of a table that stand beside recordings, however they are filled."""

_SCANS = {
    "leg": {"Description": "Leg that worked; several with commas: one for each set, in their order."},
    "simulated": {
        "Description": "Whether no person made these movements.",
        "Levels": {"true": "simulated", "false": "recorded"},
    },
    "sets": {"Description": "Sets found by Kickback."},
    "reps": {"Description": "Reps found by Kickback."},
    "lost_s": {"Description": "Signal lost.", "Units": "s"},
    "sha256": {"Description": "Of the file that the recording was read from."},
}


def task(analysis: Analysis, about: About) -> dict[str, Any]:
    """The fields of a sidecar that tell the task, and where it was done."""
    exercise = analysis.params.exercise
    made = "Simulated: no person made these movements. " if analysis.header.simulated else ""
    target = f"Tempo target {analysis.params.tempo} (eccentric - pause - concentric - squeeze, seconds)."
    return {
        "TaskName": exercise.name,
        "TaskDescription": f"{made}{exercise.title}, sets of reps with one leg. {target}",
        **({"Instructions": about.instructions} if about.instructions else {}),
        **({"InstitutionName": about.institution} if about.institution else {}),
    }


def finish(
    put: Callable[[str, str], None],
    name: str,
    about: About,
    scans: Mapping[str, Sequence[dict[str, Any]]],
    subs: Mapping[str, str],
) -> None:
    """Write all that is not of one recording.

    Args:
        put: writes a file below the study. name, about: of the study.
        scans: by folder and prefix of its table, a row a recording with the :class:`Listed` under ``""``.
        subs: labels by subject.
    """
    rows = [row for table in scans.values() for row in table]
    listed: list[Listed] = [row[""] for row in rows]
    people, others = _divided(listed)
    put("participants.tsv", _participants(listed, people, subs))
    put("participants.json", _json(_told(people)))
    columns = ["filename", *others, *_SCANS]
    for prefix, table in scans.items():
        put(f"{prefix}_scans.tsv", _tsv(columns, [{**row[""].columns, **row} for row in table]))
        put(f"{prefix}_scans.json", _json(_told(others) | _SCANS))
    simulated = [bool(row["simulated"]) for row in rows]
    put("dataset_description.json", _description(name, about))
    put("README", _readme(name, len(rows), len({one.columns["subject"] for one in listed}), simulated))


def _told(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"Description": f"{name}, as the study's own table has it."} for name in names}


def _divided(listed: Sequence[Listed]) -> tuple[list[str], list[str]]:
    """Columns that are the same in all recordings of each person, and those that are not."""
    names = dict.fromkeys(name for one in listed for name in one.columns)
    people: list[str] = []
    others: list[str] = []
    for name in names:
        if name in ("subject", "participant_id", *_SCANS):
            continue
        seen: dict[str, set[str]] = {}
        for one in listed:
            seen.setdefault(one.columns["subject"], set()).add(one.columns.get(name, ""))
        same = name not in NEVER_OF_PEOPLE and all(len(values) == 1 for values in seen.values())
        (people if same else others).append(name)
    return people, others


def _participants(listed: Sequence[Listed], names: Sequence[str], subs: Mapping[str, str]) -> str:
    first = {subs[one.columns["subject"]]: one.columns for one in reversed(listed)}
    rows = [{**first[label], "participant_id": f"sub-{label}"} for label in sorted(first)]
    return _tsv(["participant_id", *names], rows)


def _tsv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    lines = ["\t".join(_cell(name, row.get(name)) for name in columns) for row in rows]
    return "\n".join(["\t".join(columns), *lines, ""])


def _cell(name: str, value: Any) -> str:
    value = plain(name, value)
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(str(value).split()) or "n/a" if value is not None else "n/a"


def _description(name: str, about: About) -> str:
    return _json(
        {
            "Name": name,
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "raw",
            **({"License": about.licence} if about.licence else {}),
            **({"Authors": list(about.authors)} if about.authors else {}),
            "GeneratedBy": [
                {
                    "Name": "Kickback",
                    "Version": versions()["kickback"],
                    "Description": "Signals on an even grid in SI units; sets, reps and phases found in them.",
                }
            ],
        }
    )


def _readme(name: str, recordings: int, people: int, simulated: Sequence[bool]) -> str:
    if all(simulated):
        made = "ALL RECORDINGS ARE SIMULATED: no person made these movements."
    elif any(simulated):
        made = "SOME RECORDINGS ARE SIMULATED, made by no person: the column simulated of the scans tells which."
    else:
        made = "The movements are those of people."
    return f"""# {name}

{made}

{recordings} recordings of {people} participants, each with one inertial sensor at the ankle.

`*_motion.tsv` holds acceleration (m/s^2, gravity in it) and angular velocity (rad/s) in the sensor's own axes, a row a
sample on an even grid, `n/a` where a sample was lost. `*_events.tsv` holds what Kickback found in them: sets, reps with
their measures, and the phases of the reps (concentric, hold, eccentric, pause). Nothing was presented to the
participants at these instants.

The object `Kickback` in `*_motion.json` holds what BIDS has no word for. `provenance.json` says with what this folder
was made, and has the SHA-256 of each file.
"""


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
