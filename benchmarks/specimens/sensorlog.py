"""A recording as SensorLog (iOS) writes it: a wide table, a time column a sensor, ``null``, G with iOS's sign.

The columns that a real table has beside those of motion are here too, filled with things made up.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from imu.blocks import FloatArray, Recording
from imu.units import G0_MPS2

TOLERANCE = (1e-3, 1e-3)
"""Twelve digits are written: m/s², rad/s."""

SECRETS = ("47.376543", "8.541234", "192.0.2.17", "00000000-1111-4222-8333-444455556666")
"""Position, address and device in the table (none of them anybody's): nothing of it may be read."""

_BOOTED_S = 251699.2359157917
_BEGAN = np.datetime64("2026-05-26T12:17:24.702", "ms")
_ZONE_H = 2
_MISSING = "null"

Columns = dict[str, object]
Rows = npt.NDArray[np.int64]


def _axes(stem: str, unit: str, values: FloatArray) -> Columns:
    return {f"{stem}{axis}({unit})": values[:, at] for at, axis in enumerate("XYZ")}


def _frame(recording: Recording) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Seconds since the reboot, acceleration in G with iOS's sign, angular velocity."""
    kept = ~recording.lost
    time_s = recording.time_s[kept] - recording.header.start_s + _BOOTED_S
    return time_s, -recording.block.acc_mps2[kept] / G0_MPS2, recording.block.gyr_radps[kept]


def _around(time_s: FloatArray, motion: Columns) -> pd.DataFrame:
    """The columns of motion between those of other things."""
    written = _BEGAN + np.round((time_s - time_s[0]) * 1e3).astype(np.int64).astype("timedelta64[ms]")
    local = np.char.add(np.datetime_as_string(written + np.timedelta64(_ZONE_H, "h")), "+02:00")
    return pd.DataFrame(
        {
            "loggingTime(txt)": local,
            "loggingSample(N)": np.arange(1, len(time_s) + 1),
            "identifierForVendor(txt)": SECRETS[3],
            "locationTimestamp_since1970(s)": _MISSING,
            "locationLatitude(WGS84)": SECRETS[0],
            "locationLongitude(WGS84)": SECRETS[1],
            **motion,
            "deviceIP_en0(txt)": SECRETS[2],
            "activity(txt)": _MISSING,
            "batteryLevel(R)": 0.87,
        }
    )


def _raw_acc(time_s: FloatArray, acc: FloatArray) -> Columns:
    return {"accelerometerTimestamp_sinceReboot(s)": time_s, **_axes("accelerometerAcceleration", "G", acc)}


def _raw_gyr(time_s: FloatArray, gyr: FloatArray) -> Columns:
    """The gyro's newest value at every row is the one before."""
    before: Rows = np.maximum(np.arange(len(time_s)) - 1, 0)
    return {"gyroTimestamp_sinceReboot(s)": time_s[before], **_axes("gyroRotation", "rad/s", gyr[before])}


def _motion(time_s: FloatArray, acc: FloatArray, gyr: FloatArray) -> Columns:
    gravity = acc / np.linalg.norm(acc, axis=1, keepdims=True)
    return {
        "motionTimestamp_sinceReboot(s)": time_s,
        "motionYaw(rad)": 0.1,
        **_axes("motionRotationRate", "rad/s", gyr),
        **_axes("motionUserAcceleration", "G", acc - gravity),
        "motionAttitudeReferenceFrame(txt)": "XArbitraryZVertical",
        **_axes("motionGravity", "G", gravity),
    }


def _write(folder: Path, frame: pd.DataFrame) -> Path:
    path = folder / "2026-05-26_14_17_24_phone.csv"
    frame.to_csv(path, index=False, float_format="%.15g", na_rep=_MISSING, lineterminator="\n", encoding="utf-8")
    return path


def phone(recording: Recording, folder: Path) -> Path:
    """Everything switched on; the gyro is a row behind."""
    time_s, acc, gyr = _frame(recording)
    motion = _raw_acc(time_s, acc) | _raw_gyr(time_s, gyr) | _motion(time_s, acc, gyr)
    return _write(folder, _around(time_s, motion))


def watch(recording: Recording, folder: Path) -> Path:
    """An Apple Watch: raw acceleration, and the rotation rate of the motion."""
    time_s, acc, gyr = _frame(recording)
    return _write(folder, _around(time_s, _raw_acc(time_s, acc) | _motion(time_s, acc, gyr)))


def motion_alone(recording: Recording, folder: Path) -> Path:
    """The raw sensors' columns are there, but they were not running."""
    time_s, acc, gyr = _frame(recording)
    nothing = np.full((len(time_s), 3), np.nan)
    raw = _raw_acc(nothing[:, 0], nothing) | _raw_gyr(nothing[:, 0], nothing)
    return _write(folder, _around(time_s, raw | _motion(time_s, acc, gyr)))


def faster_logger(recording: Recording, folder: Path) -> Path:
    """Three rows for two samples: the third repeats stamps and values."""
    time_s, acc, gyr = _frame(recording)
    frame = _around(time_s, _raw_acc(time_s, acc) | _raw_gyr(time_s, gyr))
    rows = np.sort(np.concatenate([np.arange(len(frame)), np.arange(1, len(frame), 2)]))
    again = frame.iloc[rows].reset_index(drop=True)
    again["loggingSample(N)"] = np.arange(1, len(again) + 1)
    return _write(folder, again)


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "phone": phone,
    "watch": watch,
    "motion_alone": motion_alone,
    "faster_logger": faster_logger,
}
