"""A recording as the Xsens DOT server logs it, alone or beside a sensor that was connected and sent nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import Recording
from imu.units import DEG_PER_RAD

TOLERANCE = (1e-3, 1e-3)
"""m/s², rad/s: nine digits, and stamps in quarters of a microsecond."""

ADDRESS = "d4:22:cd:00:11:22"
OTHER = "d4:22:cd:00:33:44"

FIRST_US = 339_398_117_167.25
"""The server's clock at the first row: microseconds since its host was switched on."""

RATE_COLUMNS = ("Acc_x", "Acc_y", "Acc_z", "Gyr_x", "Gyr_y", "Gyr_z")
MAG_COLUMNS = ("Mag_x", "Mag_y", "Mag_z")


def frame(recording: Recording, address: str = ADDRESS) -> pd.DataFrame:
    """The table of one sensor in the mode Rate quantities (with mag), m/s² and deg/s."""
    kept = ~recording.lost
    values = np.hstack([recording.block.acc_mps2, recording.block.gyr_radps * DEG_PER_RAD])[kept]
    stamp = FIRST_US + np.round((recording.time_s - recording.header.start_s)[kept] * 4e6) / 4
    columns: dict[str, object] = {"Timestamp": stamp, "Address": address}
    columns |= {name: np.float32(values[:, at]) for at, name in enumerate(RATE_COLUMNS)}
    return pd.DataFrame(columns | dict.fromkeys(MAG_COLUMNS, 0.25))


def write(path: Path, table: pd.DataFrame, mode: str = "Rate quantities (with mag)") -> Path:
    """The log: five lines above the header, among them a date with commas of its own."""
    above = f"sep=,\nMeasurement Mode:,{mode}\nStartTime:,Fri, 12 Jun 2020 04:22:28 GMT\n"
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(above + "© Xsens Technologies B. V. 2005-2020\n\n")
        table.to_csv(file, index=False, lineterminator="\n")
    return path


def late(table: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """The same rows with every tenth one to three rows late, as radio packets of several sensors come."""
    rng = np.random.default_rng(seed)
    order = np.arange(len(table)) + np.where(rng.random(len(table)) < 0.1, rng.integers(1, 4, len(table)) + 0.5, 0)
    return table.iloc[np.argsort(order, kind="stable")]


def _alone(recording: Recording, folder: Path) -> Path:
    """One sensor, in order."""
    return write(folder / "2020-06-12-06-22-28.csv", frame(recording))


def _interleaved(recording: Recording, folder: Path) -> Path:
    """Rows out of order, and between them those of a sensor that lay still and sent zeros."""
    mine = frame(recording)
    other = mine.assign(Address=OTHER, Timestamp=mine["Timestamp"] + 3210.5)
    other[[*RATE_COLUMNS, *MAG_COLUMNS]] = 0.0
    both = pd.concat([mine, other]).sort_values("Timestamp", kind="stable")
    return write(folder / "two.csv", late(both))


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"alone": _alone, "interleaved": _interleaved}
