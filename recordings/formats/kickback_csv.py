"""Our own CSV: ``time_s, acc_x_mps2 .. z, gyr_x_radps .. z``, and a JSON beside it for what numbers cannot say.

One row a sample; a lost sample is a row that is not there. The JSON (``<stem>.json``) may say ``sensor``,
``leg`` ("left", "right" or null), ``placement``, ``rate_hz`` (the nominal one), ``origin``, ``simulated`` and
``licence``; anything else in it is kept. Without it the table is read all the same.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from imu.blocks import Header, Recording, SampleBlock
from imu.raw_notes import CRASH_NOTE
from imu.units import TIME_TO_S
from recordings.check import RATE_OFF, Units, finish
from recordings.errors import RecordingError
from recordings.registry import Claim, Source
from recordings.table import Head, numbers

NAME = "kickback_csv"
TITLE = "Kickback's own CSV"

EVEN = "even"
"""Key of the sidecar: the stamps are those of an even grid that Kickback made, so no row repeats another."""
ENDED = "ended"
"""Key of the sidecar of a live session's table: false while it goes on, and after a crash."""

COLUMNS = (
    "time_s",
    *(f"acc_{axis}_mps2" for axis in "xyz"),
    *(f"gyr_{axis}_radps" for axis in "xyz"),
)


def sniff(head: Head) -> Claim | None:
    """Claim a table with all our columns."""
    return Claim("both", "the columns time_s, acc_x_mps2 .. gyr_z_radps") if set(COLUMNS) <= set(head.names) else None


def sidecar_of(path: Path) -> Path:
    """Where the JSON of a CSV lies."""
    return path.with_suffix(".json")


def read(source: Source) -> Recording:
    """Read the table and its sidecar.

    Raises:
        RecordingError: a column is missing, a cell is not a number, the sidecar is not what it should be, or
            physics contradicts the units.
    """
    part, options = source.part, source.options
    head = part.head
    missing = [name for name in COLUMNS if name not in head.names]
    if missing:
        raise RecordingError(head.path, f"the column {missing[0]} is missing; the columns are {', '.join(COLUMNS)}")
    table = numbers(part, [head.names.index(name) for name in COLUMNS])
    said = _sidecar(head.path)
    if said.get(ENDED) is False:
        part.notes.append(CRASH_NOTE)
    even = said.pop(EVEN, False)
    header = Header(
        name=head.path.stem,
        rate_hz=1.0,
        sensor=said.pop("sensor", None),
        placement=said.pop("placement", None),
        leg=source.leg or said.get("leg"),
        dialect=NAME,
        sha256=source.sha256,
        origin=said.pop("origin", None),
        simulated=said.pop("simulated", False),
        extra={key: value for key, value in said.items() if key != "leg"},
    )
    time_s = table[:, 0] * TIME_TO_S[options.time_unit or "s"]
    units = Units("m/s^2", "rad/s")
    recording = finish(head.path, time_s, table[:, 1:4], table[:, 4:7], units, header, options, may_repeat=not even)
    nominal = said.get("rate_hz")
    if nominal is not None and abs(recording.rate_hz / nominal - 1) > RATE_OFF:
        note = f"The sidecar says {nominal:g} Hz, the time stamps {recording.rate_hz:.1f} Hz; the stamps count."
        header = replace(recording.header, notes=(*recording.header.notes, note))
        return Recording(header, recording.block)
    return recording


_SIDECAR_TYPES: dict[str, tuple[type, ...]] = {
    "sensor": (str,),
    "placement": (str,),
    "leg": (str,),
    "rate_hz": (int, float),
    "origin": (str,),
    "simulated": (bool,),
    "licence": (str,),
    EVEN: (bool,),
    ENDED: (bool,),
}


def _sidecar(path: Path) -> dict[str, Any]:
    beside = sidecar_of(path)
    if not beside.is_file():
        return {}
    try:
        said = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordingError(beside, f"cannot be read as JSON: {error}; correct it or take it away") from None
    if not isinstance(said, dict):
        raise RecordingError(beside, f"should be one JSON object with {', '.join(_SIDECAR_TYPES)}")
    said = {key: value for key, value in said.items() if value is not None}
    for key, types in _SIDECAR_TYPES.items():
        if key in said and (not isinstance(said[key], types) or (isinstance(said[key], bool) and bool not in types)):
            raise RecordingError(beside, f"{key!r} should be {types[-1].__name__}, not {said[key]!r}")
    if said.get("leg", "left") not in ("left", "right"):
        raise RecordingError(beside, f'\'leg\' should be "left", "right" or null, not {said["leg"]!r}')
    if not said.get("rate_hz", 1) > 0:
        raise RecordingError(beside, f"'rate_hz' should be above 0, not {said['rate_hz']!r}")
    return said


def write(recording: Recording, path: Path, meta: Mapping[str, Any] | None = None) -> None:
    """Write a recording as our own CSV with its sidecar; lost samples become missing rows.

    Args:
        recording: what to write.
        path: the CSV; the sidecar goes beside it as ``<stem>.json``. Both are replaced when they exist.
        meta: more for the sidecar (``licence``, ``title`` ...), or other values for what the header says.

    Raises:
        ValueError: every sample is lost.
        OSError: the files cannot be written.
    """
    if recording.lost.all():
        raise ValueError("nothing to write: every sample is lost")
    path.write_text(HEAD_LINE + rows_of(recording.block, recording.header.start_s), encoding="utf-8", newline="\n")
    sidecar_of(path).write_text(sidecar_text(recording.header, meta), encoding="utf-8", newline="\n")


HEAD_LINE = ",".join(COLUMNS) + "\n"


def rows_of(block: SampleBlock, start_s: float = 0.0) -> str:
    """The rows of a block, with line ends; lost samples have none.

    Args:
        block: what to write.
        start_s: the clock at sample 0 of the session, seconds.
    """
    time_s = start_s + np.arange(block.start, block.stop) / block.rate_hz
    table = np.column_stack([time_s, block.acc_mps2, block.gyr_radps])
    table = table[np.isfinite(table).all(axis=1)]
    text = io.StringIO()
    np.savetxt(text, table, delimiter=",", fmt=["%.6f"] + 3 * ["%.5f"] + 3 * ["%.6f"])
    return text.getvalue()


def sidecar_text(header: Header, meta: Mapping[str, Any] | None = None) -> str:
    """The JSON beside a table of ours, see :func:`write`."""
    said: dict[str, Any] = {
        "sensor": header.sensor,
        "leg": header.leg,
        "placement": header.placement,
        "rate_hz": round(header.rate_hz, 4),
        "origin": header.origin,
        "simulated": header.simulated,
        EVEN: True,
        **header.extra,
        **(meta or {}),
    }
    return json.dumps(said, indent=1) + "\n"
