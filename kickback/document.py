"""An analysis as text for files: the table of reps, the summary, the angle over time."""

from __future__ import annotations

import csv
import io
import json
import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from analysis.params import Tempo
from analysis.results import REP_COLUMNS, Phase, Rejected, Rep, SetClosed
from analysis.summary import summarise
from kickback.result import Analysis

_DECIMALS = {"_s": 4, "_hz": 4, "_deg": 2, "_dps": 2}
_OTHER_DECIMALS = 3
_SUMMARY_SCHEMA = 1


def _rounded(name: str, value: Any) -> Any:
    """A number for a file: rounded by its unit (times 4 decimals, degrees 2), unknown = None."""
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return round(value, decimals(name)) + 0.0  # the sum turns -0.0 into 0.0


def plain(name: str, value: Any) -> Any:
    """Any value as JSON knows it: numbers rounded by their unit, NaN and infinity as None, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(str(key), entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(name, entry) for entry in value]
    return _rounded(name, value)


def _cell(name: str, value: Any) -> str:
    value = _rounded(name, value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.{decimals(name)}f}" if isinstance(value, float) else str(value)


def decimals(name: str) -> int:
    """Decimals of a number in a file, by the unit that its name ends with."""
    return next((digits for unit, digits in _DECIMALS.items() if name.endswith(unit)), _OTHER_DECIMALS)


def reps_csv(reps: Iterable[Rep]) -> str:
    """The table of reps of ``measures.md``: the header, then a line a rep; unknown is empty."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(REP_COLUMNS)
    for rep in reps:
        table.writerow([_cell(name, value) for name, value in rep.row().items()])
    return text.getvalue()


def rep_rows(reps: Iterable[Rep]) -> list[dict[str, Any]]:
    """The reps as JSON objects with the columns of the table; unknown is None."""
    return [plain("", rep.row()) for rep in reps]


def phase_ranges(reps: Iterable[Rep]) -> list[tuple[float, float, Phase, Rep]]:
    """The phases of the reps as ``(from_s, to_s, phase, rep)``; phases that a gap cut are left out."""
    ranges = []
    for rep in reps:
        instants = (rep.start_s, rep.concentric_end_s, rep.eccentric_start_s, rep.end_s)
        phases = (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)
        for phase, first, last in zip(phases, instants, instants[1:], strict=False):
            if math.isfinite(first) and math.isfinite(last):
                ranges.append((first, last, phase, rep))
    return ranges


def angle_csv(analysis: Analysis) -> str:
    """``time_s, angle_deg, phase, set, rep`` for every sample; outside a rep the last three are empty."""
    time_s = analysis.recording.time_s
    labels = [",,"] * len(time_s)
    for first_s, last_s, phase, rep in phase_ranges(analysis.all_reps):
        first, last = np.searchsorted(time_s, (first_s, last_s))
        labels[first:last] = [f"{phase.value},{rep.set},{rep.rep}"] * int(last - first)
    angles = ["" if math.isnan(angle) else f"{angle:.2f}" for angle in analysis.angle_deg.tolist()]
    lines = [f"{t:.4f},{angle},{label}" for t, angle, label in zip(time_s.tolist(), angles, labels, strict=True)]
    return "\n".join(["time_s,angle_deg,phase,set,rep", *lines, ""])


def versions(*more: str) -> dict[str, str]:
    """Versions of everything that could move a number.

    Args:
        more: packages besides those that every analysis takes.
    """
    found = {"python": platform.python_version()}
    for name in ("kickback", "numpy", "scipy", "vqf", *more):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def summary(analysis: Analysis, path: str | None = None, command: Sequence[str] = ()) -> dict[str, Any]:
    """What ``<stem>.summary.json`` holds, ready for ``json.dumps``.

    Args:
        analysis: the analysis.
        path: the file as the user named it, or None.
        command: the words behind ``kickback`` that make it again, for this file alone and without ``--out``.
    """
    header = analysis.header
    document = {
        "schema": _SUMMARY_SCHEMA,
        "name": header.name,
        "file": path,
        "sha256": header.sha256,
        "command": list(command),
        "simulated": header.simulated,
        "origin": header.origin,
        "recording": {
            **{name: getattr(header, name) for name in ("dialect", "sensor", "placement", "leg", "rate_hz", "start_s")},
            "duration_s": analysis.recording.duration_s,
            "lost_s": float(analysis.recording.lost.sum()) / analysis.recording.rate_hz,
        },
        "params": {
            **asdict(analysis.params),
            "exercise": analysis.params.exercise.name,
            "tempo": str(analysis.params.tempo),
        },
        "exercise": asdict(analysis.params.exercise),
        "versions": versions(),
        "n_sets": len(analysis.closed),
        "n_reps": len(analysis.all_reps),
        "sets": [_set(closed, analysis.params.tempo) for closed in analysis.closed],
        "rejected": [_rejected(one) for one in analysis.rejected],
        "warnings": list(analysis.warnings),
    }
    result: dict[str, Any] = plain("", document)
    return result


def _set(closed: SetClosed, tempo: Tempo) -> dict[str, Any]:
    return {
        **summarise(closed, tempo).to_json(),
        "hip_rotation_limit_deg": closed.hip_rotation_limit_deg,
        "calibration": asdict(closed.calibration),
        "notes": closed.notes,
    }


def _rejected(one: Rejected) -> dict[str, Any]:
    return {
        "start_s": one.start_s,
        "end_s": one.end_s,
        "excursion_deg": one.excursion_deg,
        "reason": one.reason.value,
        "detail": one.detail,
    }


def to_json(document: Any, *, ascii_only: bool = False) -> str:
    """JSON as every parser reads it (no NaN), indented, with a newline at its end.

    Args:
        document: plain values, see :func:`plain`.
        ascii_only: escape everything else, for an output whose encoding nobody knows.
    """
    return json.dumps(document, indent=2, ensure_ascii=ascii_only, allow_nan=False) + "\n"
