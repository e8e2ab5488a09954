"""A recording as MetaBase exports it: two files, in the old and the new spelling, loose, in a folder or in a zip."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import FloatArray, Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (0.03, 0.01)
"""m/s², rad/s: thousandths of a g and of a degree a second, and stamps rounded to whole milliseconds."""

STARTED_MS = 1_714_979_289_123
"""Unix time of the first row: 2024-05-06 07:08:09.123 UTC."""

_AXES = ("x-axis ({})", "y-axis ({})", "z-axis ({})")


def write_stream(
    path: Path, time_s: FloatArray, values: FloatArray, unit: str, *, new: bool = True, hours_east: int = -8
) -> Path:
    """Write one sensor's file; ``time_s`` counts from ``STARTED_MS`` and ``values`` are in ``unit``."""
    epoch = STARTED_MS + np.round(time_s * 1000).astype(np.int64)
    local = (epoch + hours_east * 3_600_000).astype("datetime64[ms]")
    text = pd.Series(np.datetime_as_string(local, unit="ms"))
    zone = f"{hours_east:+03d}00" if new else f"{hours_east:03d}:00" if hours_east < 0 else f"{hours_east:02d}:00"
    frame = pd.DataFrame(
        {
            "epoc (ms)" if new else "epoch (ms)": epoch,
            f"{'timestamp' if new else 'time'} ({zone})": text.str.replace(":", ".") if new else text,
            "elapsed (s)": (epoch - epoch[0]) / 1000,
        }
        | {axis.format(unit): values[:, at] for at, axis in enumerate(_AXES)}
    )
    frame.to_csv(path, index=False, float_format="%.3f", lineterminator="\n")
    return path


def _pair(recording: Recording, folder: Path, new: bool) -> tuple[Path, Path]:
    kept = ~recording.lost
    time_s = (recording.time_s - recording.header.start_s)[kept]
    acc = recording.block.acc_mps2[kept] / G0_MPS2
    gyr = recording.block.gyr_radps[kept] * DEG_PER_RAD
    stem = f"{'Anna' if new else 'MetaWear'}_2024-05-06T07.08.09.123_C0FFEE123456_"
    rate = "" if new else f"_{round(recording.rate_hz):.3f}Hz_1.4.4"
    hours = -8 if new else 1
    return (
        write_stream(folder / f"{stem}Accelerometer{rate}.csv", time_s, acc, "g", new=new, hours_east=hours),
        write_stream(folder / f"{stem}Gyroscope{rate}.csv", time_s, gyr, "deg/s", new=new, hours_east=hours),
    )


def _new(recording: Recording, folder: Path) -> Path:
    """The new spelling; the accelerometer's file is named."""
    return _pair(recording, folder, new=True)[0]


def _old(recording: Recording, folder: Path) -> Path:
    """The old spelling; the gyro's file is named."""
    return _pair(recording, folder, new=False)[1]


def _folder(recording: Recording, folder: Path) -> Path:
    """The folder is named."""
    _pair(recording, folder, new=True)
    return folder


def _zip(recording: Recording, folder: Path) -> Path:
    """Both files in a zip."""
    path = folder / "session.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _pair(recording, folder, new=False):
            archive.write(file, file.name)
            file.unlink()
    return path


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"new": _new, "old": _old, "folder": _folder, "zip": _zip}
