"""A recording as a study has it: a motion file of BIDS without a header, its channels and its sidecar."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from imu.blocks import Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (2e-4, 2e-5)
"""Six decimals of g and of deg/s."""

_STEM = "sub-01_task-kickback_tracksys-imu"
_COLUMNS = ("name", "component", "type", "tracked_point", "units")


def _write(folder: Path, rows: list[list[str]], channels: list[tuple[str, ...]], said: dict[str, object]) -> Path:
    path = folder / f"{_STEM}_motion.tsv"
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8", newline="\n")
    table = "".join("\t".join(row) + "\n" for row in (_COLUMNS, *channels))
    (folder / f"{_STEM}_channels.tsv").write_text(table, encoding="utf-8", newline="\n")
    (folder / f"{_STEM}_motion.json").write_text(json.dumps(said), encoding="utf-8")
    return path


def _named(units: tuple[str, str], point: str) -> list[tuple[str, ...]]:
    kinds = zip(("ACCEL", "GYRO"), units, strict=True)
    return [(f"{kind.lower()}_{axis}", axis, kind, point, unit) for kind, unit in kinds for axis in "xyz"]


def even(recording: Recording, folder: Path) -> Path:
    """In SI units, on an even grid: the sidecar tells the rate, and a lost sample is n/a."""
    table = np.hstack([recording.block.acc_mps2, recording.block.gyr_radps])
    rows = [["n/a" if np.isnan(value) else f"{value:.6f}" for value in row] for row in table]
    said = {"TaskName": "kickback", "SamplingFrequency": 50, "SamplingFrequencyEffective": recording.rate_hz}
    return _write(folder, rows, _named(("m/s^2", "rad/s"), "right_ankle"), said)


def latency(recording: Recording, folder: Path) -> Path:
    """In g and deg/s, with a channel of latency, a magnetometer, and a second point that only accelerates."""
    kept = ~recording.lost
    acc, gyr = recording.block.acc_mps2[kept] / G0_MPS2, recording.block.gyr_radps[kept] * DEG_PER_RAD
    time_s = (recording.time_s - recording.time_s[0])[kept]
    fixed = np.full((len(acc), 3), 0.25)
    table = np.column_stack([time_s, fixed, gyr, acc, fixed])
    acc_names, gyr_names = _named(("g", "deg/s"), "RightAnkle")[:3], _named(("g", "deg/s"), "RightAnkle")[3:]
    channels = [
        ("latency", "n/a", "LATENCY", "n/a", "s"),
        *((f"magn_{axis}", axis, "MAGN", "RightAnkle", "uT") for axis in "xyz"),
        *gyr_names,
        *acc_names,
        *((f"hip_{axis}", axis, "ACCEL", "Pelvis", "g") for axis in "xyz"),
    ]
    rows = [[f"{value:.6f}" for value in row] for row in table]
    return _write(folder, rows, channels, {"TaskName": "kickback", "SamplingFrequency": 50})


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"even": even, "latency": latency}
