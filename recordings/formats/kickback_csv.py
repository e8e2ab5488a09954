"""Our own CSV: ``time_s, acc_x_mps2 .. z, gyr_x_radps .. z``, with a JSON beside it that says what the numbers cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from imu.assemble import recording_from_rows
from imu.blocks import Header, Recording
from recordings.errors import RecordingError
from recordings.registry import Source
from recordings.table import Head, numbers

NAME = "kickback_csv"

COLUMNS = (
    "time_s",
    *(f"acc_{axis}_mps2" for axis in "xyz"),
    *(f"gyr_{axis}_radps" for axis in "xyz"),
)


def sniff(head: Head) -> str | None:
    """Why this is our own CSV, or None."""
    return "the columns time_s, acc_x_mps2 .. gyr_z_radps" if set(COLUMNS) <= set(head.names) else None


def sidecar_of(path: Path) -> Path:
    """Where the JSON of a CSV lies."""
    return path.with_suffix(".json")


def read(source: Source) -> Recording:
    """Read the table and its sidecar.

    Raises:
        RecordingError: a column is missing, a cell is not a number, or the sidecar is not what it should be.
    """
    head = source.head
    missing = [name for name in COLUMNS if name not in head.names]
    if missing:
        raise RecordingError(head.path, f"the column {missing[0]} is missing")
    table = numbers(head, source.data, [head.names.index(name) for name in COLUMNS])
    said = _sidecar(head.path)
    header = Header(
        name=head.path.stem,
        rate_hz=1.0,
        sensor=said.pop("sensor", None),
        placement=said.pop("placement", None),
        leg=source.leg or said.pop("leg", None),
        dialect=NAME,
        sha256=source.sha256,
        origin=said.pop("origin", None),
        simulated=bool(said.pop("simulated", False)),
        extra=said,
    )
    try:
        return recording_from_rows(table[:, 0], table[:, 1:4], table[:, 4:7], header)
    except ValueError as error:
        raise RecordingError(head.path, str(error)) from None


def _sidecar(path: Path) -> dict[str, Any]:
    beside = sidecar_of(path)
    if not beside.is_file():
        return {}
    try:
        said = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordingError(beside, f"cannot be read as JSON: {error}") from None
    if not isinstance(said, dict):
        raise RecordingError(beside, "should be one JSON object with sensor, leg, placement, rate_hz, origin, simulated")
    return said
