"""A recording as Axivity's tools export it: local time as text, blanks behind the commas of the header, g and d/s."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from imu.blocks import Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (0.02, 2e-3)
"""Half of 1/4096 g and of 1/64 deg/s would be less; the stamps are whole ms."""

_BEGAN = np.datetime64("2024-05-06T23:59:50.000", "ms")
_HEADER = "Time,Accel-X (g), Accel-Y (g), Accel-Z (g), Gyro-X (d/s), Gyro-Y (d/s), Gyro-Z (d/s)"


def lines(recording: Recording) -> list[str]:
    """The rows, over midnight."""
    kept = ~recording.lost
    time_s = recording.time_s[kept] - recording.header.start_s
    stamps = np.datetime_as_string(_BEGAN + np.round(time_s * 1e3).astype(np.int64).astype("timedelta64[ms]"))
    values = np.column_stack(
        [recording.block.acc_mps2[kept] / G0_MPS2, recording.block.gyr_radps[kept] * DEG_PER_RAD]
    ).tolist()
    return [
        f"{stamp.replace('T', ' ')},{','.join(f'{value:.6f}' for value in row)}"
        for stamp, row in zip(stamps.tolist(), values, strict=True)
    ]


def with_header(recording: Recording, folder: Path) -> Path:
    """With the header's blanks."""
    path = folder / "CWA-DATA.csv"
    path.write_text("\n".join([_HEADER, *lines(recording)]) + "\n", encoding="utf-8", newline="\n")
    return path


def without_header(recording: Recording, folder: Path) -> Path:
    """Rows alone."""
    path = folder / "CWA-DATA.csv"
    path.write_text("\n".join(lines(recording)) + "\n", encoding="utf-8", newline="\n")
    return path


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"header": with_header, "no_header": without_header}
