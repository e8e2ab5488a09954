"""A recording as Shimmer's Consensys exports it: ``"sep=;"``, ``_CAL`` columns, units, a last separator."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import FloatArray, Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (0.05, 0.02)
"""The wide-range accelerometer's step and the stamps' rounding: m/s², rad/s."""

_BEGAN_MS = 1595933810034
_DEVICE = "Shimmer_40AC"
_WR_STEP_MPS2 = 0.0024

Column = tuple[str, str, object]


def _rows(recording: Recording) -> tuple[FloatArray, FloatArray, FloatArray]:
    kept = ~recording.lost
    time_s = recording.time_s[kept] - recording.header.start_s
    return time_s, recording.block.acc_mps2[kept], recording.block.gyr_radps[kept]


def unix_ms(time_s: FloatArray, step_ms: float = 1.0) -> Column:
    """Stamps in ms of Unix time, rounded down to a step, as Java writes large numbers."""
    stamps = _BEGAN_MS + np.floor(time_s * 1e3 / step_ms) * step_ms
    return "Timestamp_Unix", "ms", [f"{stamp / 1e12:.12f}E12" for stamp in np.round(stamps).tolist()]


def written_time(time_s: FloatArray) -> Column:
    """Stamps as text with milliseconds."""
    instants = np.datetime64(_BEGAN_MS, "ms") + np.floor(time_s * 1e3).astype(np.int64).astype("timedelta64[ms]")
    text = np.char.replace(np.char.replace(np.datetime_as_string(instants), "-", "/"), "T", " ")
    return "Timestamp_FormattedUnix", "yyyy/mm/dd hh:mm:ss.000", text


def low_noise(acc: FloatArray) -> list[Column]:
    """The accelerometer that ends at 2 g."""
    cut = np.clip(acc, -2.0 * G0_MPS2, 2.0 * G0_MPS2)
    return [(f"Accel_LN_{axis}", "m/(s^2)", cut[:, at]) for at, axis in enumerate("XYZ")]


def wide_range(acc: FloatArray) -> list[Column]:
    """The accelerometer with the coarser step."""
    coarse = np.round(acc / _WR_STEP_MPS2) * _WR_STEP_MPS2
    return [(f"Accel_WR_{axis}", "m/(s^2)", coarse[:, at]) for at, axis in enumerate("XYZ")]


def gyroscope(gyr: FloatArray) -> list[Column]:
    """The gyro, in deg/s."""
    return [(f"Gyro_{axis}", "deg/s", gyr[:, at] * DEG_PER_RAD) for at, axis in enumerate("XYZ")]


def table(columns: list[Column], separator: str, said: bool = True) -> str:
    """The text of the export, with the ``sep=`` line unless the export has none."""
    text = io.StringIO()
    if said:
        text.write(f'"sep={separator}"\n')
    for row in ([f"{_DEVICE}_{name}_CAL" for name, _, _ in columns], [unit for _, unit, _ in columns]):
        text.write(separator.join([*row, ""]) + "\n")
    frame = pd.DataFrame({name: values for name, _, values in columns})
    frame[""] = ""
    frame.to_csv(text, sep=separator, index=False, header=False, float_format="%.12g", lineterminator="\n")
    return text.getvalue()


def _write(folder: Path, text: str) -> Path:
    path = folder / "Session1_Shimmer_40AC_Calibrated_SD.csv"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _battery(time_s: FloatArray) -> Column:
    return "Battery", "mV", 4100.0 - 0.01 * time_s


def semicolon(recording: Recording, folder: Path) -> Path:
    """Both accelerometers, more columns behind."""
    time_s, acc, gyr = _rows(recording)
    columns = [unix_ms(time_s), *low_noise(acc), *wide_range(acc), _battery(time_s), *gyroscope(gyr)]
    return _write(folder, table(columns, ";"))


def comma(recording: Recording, folder: Path) -> Path:
    """Commas, and the wide-range accelerometer alone."""
    time_s, acc, gyr = _rows(recording)
    return _write(folder, table([unix_ms(time_s), *wide_range(acc), *gyroscope(gyr)], ","))


def tab(recording: Recording, folder: Path) -> Path:
    """Tabs, and the time as text."""
    time_s, acc, gyr = _rows(recording)
    return _write(folder, table([written_time(time_s), *wide_range(acc), *gyroscope(gyr)], "\t"))


def repeated_stamps(recording: Recording, folder: Path) -> Path:
    """Stamps that waver by some milliseconds; one row in about thirty has the stamp of the row before."""
    time_s, acc, gyr = _rows(recording)
    chance = np.random.default_rng(40)
    stamps_s = np.maximum.accumulate(time_s + chance.uniform(-0.2, 0.2, len(time_s)) / recording.rate_hz)
    again = np.flatnonzero(chance.random(len(time_s)) < 0.03)
    again = again[again > 0]
    stamps_s[again] = stamps_s[again - 1]
    return _write(folder, table([unix_ms(stamps_s), *low_noise(acc), *wide_range(acc), *gyroscope(gyr)], ";"))


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "semicolon": semicolon,
    "comma": comma,
    "tab": tab,
    "repeated_stamps": repeated_stamps,
}
