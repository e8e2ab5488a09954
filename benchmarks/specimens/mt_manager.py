"""A recording as Xsens MT Manager exports it: tab or comma, with and without SampleTimeFine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import Recording

TOLERANCE = (0.01, 0.02)
"""m/s², rad/s: six decimals, but stamps in tenths of a millisecond."""

RATE_COLUMNS = ("Acc_X", "Acc_Y", "Acc_Z", "Gyr_X", "Gyr_Y", "Gyr_Z")
CLOCK_COLUMNS = ("Year", "Month", "Day", "Second", "UTC_Nano", "UTC_Valid")
"""Columns that the sensor leaves empty unless a receiver for satellites is attached."""

FIRST_PACKET = 65_000
"""The packet counter wraps within the first seconds."""


def comments(rate_hz: float) -> str:
    """The lines that some versions write above the names; the rate has more digits here, so that times compare."""
    return (
        f"// Start Time: Unknown\n// Update Rate: {rate_hz:.6f}Hz\n// Filter Profile: human (46.1)\n"
        "// Option Flags: AHS Disabled ICC Disabled\n// Firmware Version: 4.0.2\n"
    )


def frame(recording: Recording, *, ticks: bool) -> pd.DataFrame:
    """The table: m/s² and rad/s, packets counted in 16 bits, tenths of a millisecond or empty cells."""
    kept = ~recording.lost
    values = np.hstack([recording.block.acc_mps2, recording.block.gyr_radps])[kept]
    fine = 2**32 - 50_000 + np.round((recording.time_s - recording.header.start_s)[kept] * 1e4).astype(np.int64)
    columns: dict[str, object] = {
        "PacketCounter": pd.Series((np.flatnonzero(kept) + FIRST_PACKET) % 65_536).map("{:05d}".format),
        "SampleTimeFine": fine % 2**32 if ticks else "",
    }
    return pd.DataFrame(columns | {name: values[:, at] for at, name in enumerate(RATE_COLUMNS)})


def write(path: Path, above: str, table: pd.DataFrame, separator: str) -> Path:
    """Comment lines, names and rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(above)
        table.to_csv(file, index=False, sep=separator, float_format="%.6f", lineterminator="\r\n")
    return path


def _tab(recording: Recording, folder: Path) -> Path:
    """Tabs, comment lines with the rate, empty clocks: only the packet counter tells the time."""
    table = frame(recording, ticks=False)
    for at, name in enumerate(CLOCK_COLUMNS):
        table.insert(2 + at, name, "")
    return write(folder / "MT_01200000-000-00B40000.txt", comments(recording.rate_hz), table, "\t")


def _comma(recording: Recording, folder: Path) -> Path:
    """Commas, no line above the names, SampleTimeFine in 0.1 ms that wraps, quaternions behind."""
    table = frame(recording, ticks=True)
    for name in ("Quat_q0", "Quat_q1", "Quat_q2", "Quat_q3"):
        table[name] = 0.5
    return write(folder / "MT_01200000-000-00B40000.csv", "", table, ",")


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"tab": _tab, "comma": _comma}
