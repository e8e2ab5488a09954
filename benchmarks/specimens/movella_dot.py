"""A recording as the Movella DOT app and the software kit's logger write it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import Recording
from imu.units import DEG_PER_RAD

TOLERANCE = (1e-3, 1e-3)
"""m/s², rad/s: six decimals, and stamps in whole microseconds."""

WRAP = 2**32

RATE_COLUMNS = ("Acc_X", "Acc_Y", "Acc_Z", "Gyr_X", "Gyr_Y", "Gyr_Z")

SPREAD = 6
"""Commas that the software kit's logger puts behind every line of the preamble."""


def preamble(rate_hz: float, mode: str, *, short: bool = False, pad: int = 0) -> str:
    """The lines above the header; the short one lacks those that the mode leaves out."""
    lines = ["sep=,", "DeviceTag:,Shank", "FirmwareVersion:,3.0.0", "AppVersion:,2023.6.0"]
    if not short:
        lines += ["SyncStatus:,Synced", f"OutputRate:,{rate_hz:.0f}Hz", "FilterProfile:,General"]
        lines.append(f"Measurement Mode:,{mode}")
    lines += ["StartTime: ,2025-07-11_20:06:00_086 WEST", "© Movella Technologies B. V. 2005-2025", ""]
    return "".join(line + "," * pad + "\n" for line in lines)


def frame(recording: Recording, first_tick: int = 12_345_678) -> pd.DataFrame:
    """The table: whole microseconds that wrap, m/s² and deg/s; lost samples are missing rows."""
    kept = ~recording.lost
    since_us = np.round((recording.time_s - recording.header.start_s)[kept] * 1e6).astype(np.int64)
    values = np.hstack([recording.block.acc_mps2, recording.block.gyr_radps * DEG_PER_RAD])[kept]
    counters = {"PacketCounter": np.flatnonzero(kept) + 1, "SampleTimeFine": (first_tick + since_us) % WRAP}
    return pd.DataFrame(counters | {name: values[:, at] for at, name in enumerate(RATE_COLUMNS)})


def _write(path: Path, above: str, table: pd.DataFrame) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(above)
        table.to_csv(file, index=False, float_format="%.6f", lineterminator="\n")
    return path


def _app(recording: Recording, folder: Path) -> Path:
    """As the app writes it."""
    above = preamble(recording.rate_hz, "Rate quantities")
    return _write(folder / "Shank_20250711_200600.csv", above, frame(recording))


def _kit(recording: Recording, folder: Path) -> Path:
    """As the software kit's logger writes it: a short preamble padded with commas; the counter wraps underway."""
    half_us = int(recording.duration_s * 0.5e6)
    table = frame(recording, WRAP - half_us)
    return _write(folder / "logger.csv", preamble(recording.rate_hz, "", short=True, pad=SPREAD), table)


def _custom(recording: Recording, folder: Path) -> Path:
    """Custom mode 5: quaternions before the axes and a status behind."""
    table = frame(recording)
    for at, name in enumerate("WXYZ"):
        table.insert(2 + at, f"Quat_{name}", 0.5)
    table["Status"] = 0
    return _write(folder / "custom.csv", preamble(recording.rate_hz, "Custom mode 5"), table)


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"app": _app, "kit": _kit, "custom": _custom}
