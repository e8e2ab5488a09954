"""The result of one recording as bytes: the same from any process, any machine and any day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.results import REP_COLUMNS
from analysis.summary import sets_frame
from kickback.result import Analysis

if TYPE_CHECKING:
    import pyarrow as pa

EXTRA_REP_COLUMNS = ("tut_s", "tempo")
"""Behind :data:`analysis.results.REP_COLUMNS`: time under tension, and the measured code such as 3-0-1-1."""


def entry_of(analysis: Analysis, sha256: str) -> bytes:
    """What remains of an analysis: the recording's facts and the rows of both tables, without any name of a file.

    Numbers are kept to their last bit; unknown numbers are NaN, unknown flags and texts null.
    """
    params, recording = analysis.params, analysis.recording
    reps = [[*rep.row().values(), rep.tut_s, rep.tempo_code] for rep in analysis.all_reps]
    sets = sets_frame(analysis.closed, params)
    document = {
        "facts": {
            "sha256": sha256,
            "simulated": analysis.header.simulated,
            "exercise": params.exercise.name,
            "tempo_target": str(params.tempo),
        },
        "samples": len(recording),
        "duration_s": recording.duration_s,
        "reps": {"columns": [*REP_COLUMNS, *EXTRA_REP_COLUMNS], "rows": reps},
        "sets": {"columns": list(sets.columns), "rows": sets.astype(object).to_numpy().tolist()},
    }
    return json.dumps(document, separators=(",", ":"), default=_python).encode() + b"\n"


def _python(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no plain value")


def angle_table(analysis: Analysis, key: str) -> pa.Table:
    """``time_s, angle_deg, phase, set, rep`` for every sample; outside of a rep the last three are null.

    The table carries the key of the result that it belongs to.
    """
    import pyarrow as pa

    from kickback.document import phase_ranges

    time_s = analysis.recording.time_s
    n = len(time_s)
    phases = np.full(n, None, dtype=object)
    sets, reps = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32)
    for first_s, last_s, phase, rep in phase_ranges(analysis.all_reps):
        first, last = np.searchsorted(time_s, (first_s, last_s))
        phases[first:last], sets[first:last], reps[first:last] = phase.value, rep.set, rep.rep
    outside = sets == 0
    columns = {
        "time_s": pa.array(time_s),
        "angle_deg": pa.array(analysis.angle_deg, from_pandas=True),
        "phase": pa.array(phases, pa.string()).dictionary_encode(),
        "set": pa.array(sets, mask=outside),
        "rep": pa.array(reps, mask=outside),
    }
    return pa.table(columns).replace_schema_metadata({"kickback_key": key})
