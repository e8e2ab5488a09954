"""Sets, reps and phases as BIDS events, and what the columns mean."""

from __future__ import annotations

import json
import math
from typing import Any

from analysis.results import REP_COLUMNS, Rep
from kickback.document import phase_ranges, plain
from kickback.result import Analysis

_ELSEWHERE = ("set", "rep", "leg", "start_s", "concentric_end_s", "eccentric_start_s", "end_s")
"""Columns of a rep that have their own place, or that the rows of its phases tell."""
MEASURES = tuple(name for name in REP_COLUMNS if name not in _ELSEWHERE)
"""What stands in the row of a rep, besides its onset and duration; by the page of measures."""

COLUMNS = ("onset", "duration", "trial_type", "set", "rep", "leg", *MEASURES)

_UNITS = {"_s": "s", "_deg": "deg", "_dps": "deg/s"}
_ORDER = ("set", "rep", "concentric", "hold", "eccentric", "pause")

_TEXTS = {
    "concentric_s": "Duration of the way out.",
    "hold_s": "Duration of the squeeze at the top, pulses included.",
    "eccentric_s": "Duration of the way back.",
    "pause_s": "From this rep's end to the next one's start in the same set; n/a for a set's last.",
    "rom_deg": "Range of the leg angle: the largest in the hold less that at the start, behind a 4 Hz low-pass.",
    "peak_concentric_dps": "Peak of the leg angle's velocity on the way out.",
    "peak_eccentric_dps": "Peak of the leg angle's velocity on the way back.",
    "pulses": "Small dips from the top within the hold.",
    "is_partial": "The range is below half of the median of the set's other reps.",
    "axial_rotation_deg": "Twist of the shank in the hold; outwards is positive where the leg is known.",
    "plane_tilt_deg": "Tilt out of the mean plane of the set; outwards is positive where the leg is known.",
    "hip_rotation": "More rotation at the top than the flag's limit.",
    "hold_sway_deg": "RMS deviation of the shank's direction over the hold.",
    "rushed": "The way back took less than half of the target's.",
    "missing_s": "Signal lost within the rep.",
    "confidence": "How sure that this is a rep, 0 to 1.",
    "uncertain": "A rep of a set of one or two, which no third confirmed.",
}


def events_tsv(analysis: Analysis) -> str:
    """A row a set, a rep and a phase, by onset; seconds from the first sample; ``n/a`` where a number is unknown."""
    zero_s = analysis.header.start_s
    rows: list[dict[str, Any]] = []
    for closed in analysis.closed:
        one = {"trial_type": "set", "set": closed.set, "leg": closed.leg}
        rows.append(_span(closed.start_s - zero_s, closed.end_s - zero_s) | one)
    for rep in analysis.all_reps:
        rows.append(_span(rep.start_s - zero_s, rep.end_s - zero_s, _known(rep)) | _of(rep, "rep") | rep.row())
        if math.isfinite(rep.pause_s):
            rows.append(_span(rep.end_s - zero_s, rep.end_s - zero_s + rep.pause_s) | _of(rep, "pause"))
    for first_s, last_s, phase, rep in phase_ranges(analysis.all_reps):
        if _known(rep):
            rows.append(_span(first_s - zero_s, last_s - zero_s) | _of(rep, phase.value))
    rows.sort(key=lambda row: (row["onset"], row["set"], _ORDER.index(row["trial_type"])))
    lines = ["\t".join(_cell(name, row.get(name)) for name in COLUMNS) for row in rows]
    return "\n".join(["\t".join(COLUMNS), *lines, ""])


def _span(start_s: float, end_s: float, known: bool = True) -> dict[str, Any]:
    return {"onset": start_s, "duration": end_s - start_s if known else math.nan}


def _known(rep: Rep) -> bool:
    return not {"start_s", "end_s"} & set(rep.hidden)


def _of(rep: Rep, kind: str) -> dict[str, Any]:
    return {"trial_type": kind, "set": rep.set, "rep": rep.rep, "leg": rep.leg}


def _cell(name: str, value: Any) -> str:
    value = plain("_s" if name in ("onset", "duration") else name, value)
    if value is None:
        return "n/a"
    return str(value).lower() if isinstance(value, bool) else str(value)


def events_json() -> str:
    """What the columns are."""
    document: dict[str, Any] = {
        "trial_type": {
            "LongName": "Kind of event",
            "Description": "What was found in the signal by Kickback. It was not presented to the person.",
            "Levels": {
                "set": "Reps of one leg in a row from one rest position.",
                "rep": "One way out of the rest position and back.",
                "concentric": "The way out.",
                "hold": "The squeeze at the top.",
                "eccentric": "The way back.",
                "pause": "At rest between two reps of a set.",
            },
        },
        "set": {"Description": "Number of the set, from 1."},
        "rep": {"Description": "Number of the rep in its set, from 1; n/a in the row of a set."},
        "leg": {"Description": "Leg that worked.", "Levels": {"left": "left leg", "right": "right leg"}},
    }
    for name in MEASURES:
        unit = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), None)
        document[name] = {"Description": _TEXTS[name], **({"Units": unit} if unit else {})}
        if name in ("is_partial", "hip_rotation", "rushed", "uncertain"):
            document[name]["Levels"] = {"true": "yes", "false": "no"}
    return json.dumps(document, indent=2) + "\n"
