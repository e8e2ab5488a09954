"""A recording as tables that no dialect claims: other names, units, separators, clocks, and none at all."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (0.03, 0.02)
"""m/s², rad/s: four decimals of g, and stamps in whole milliseconds."""

BEGAN = np.datetime64("2026-01-02T23:59:57.000", "ms")


def _frame(recording: Recording) -> pd.DataFrame:
    """Seconds, g and deg/s; lost samples are missing rows."""
    kept = ~recording.lost
    time_s = (recording.time_s - recording.header.start_s)[kept]
    columns = {"t (s)": time_s}
    columns |= {f"Acc{axis} (g)": recording.block.acc_mps2[kept, at] / G0_MPS2 for at, axis in enumerate("XYZ")}
    columns |= {
        f"Gyro{axis} (deg/s)": recording.block.gyr_radps[kept, at] * DEG_PER_RAD for at, axis in enumerate("XYZ")
    }
    return pd.DataFrame(columns)


def _write(path: Path, frame: pd.DataFrame, separator: str = ",", decimal: str = ".") -> Path:
    frame.to_csv(path, sep=separator, decimal=decimal, index=False, float_format="%.6f", lineterminator="\n")
    return path


def _commas(recording: Recording, folder: Path) -> Path:
    """Units in brackets, commas and points."""
    return _write(folder / "monday.csv", _frame(recording))


def _semicolons(recording: Recording, folder: Path) -> Path:
    """Semicolons and decimal commas, no units."""
    frame = _frame(recording)
    frame.columns = pd.Index(["time_s", "ax", "ay", "az", "gx", "gy", "gz"])
    return _write(folder / "monday.txt", frame, ";", ",")


def _clock(recording: Recording, folder: Path) -> Path:
    """Dates and times of day as text, over midnight."""
    frame = _frame(recording)
    stamps = BEGAN + np.round(frame["t (s)"].to_numpy() * 1000).astype(np.int64)
    frame = frame.rename(columns={"t (s)": "timestamp"}).assign(timestamp=np.datetime_as_string(stamps, unit="ms"))
    return _write(folder / "monday.csv", frame)


def _zipped(recording: Recording, folder: Path) -> Path:
    """Tabs, in a folder of a zip."""
    table = _write(folder / "monday.tsv", _frame(recording), "\t")
    path = folder / "monday.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(table, "session/monday.tsv")
    table.unlink()
    return path


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "commas": _commas,
    "semicolons": _semicolons,
    "clock": _clock,
    "zipped": _zipped,
}
