"""A recording as Sensor Logger exports it, on Android and iOS: a CSV a sensor, loose or in a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import FloatArray, Recording
from imu.units import G0_MPS2

TOLERANCE = (1e-6, 1e-6)
"""Ten digits are written, of iOS's acceleration in two parts: m/s², rad/s."""

_BEGAN_NS = 1718030736802000000
_AXES = ("z", "y", "x")

Files = dict[str, str]


def _rows(recording: Recording) -> tuple[FloatArray, FloatArray, FloatArray]:
    kept = ~recording.lost
    elapsed_s = recording.time_s[kept] - recording.header.start_s + 0.0706953125
    return elapsed_s, recording.block.acc_mps2[kept], recording.block.gyr_radps[kept]


def _table(elapsed_s: FloatArray, values: FloatArray, axes: tuple[str, str, str] = _AXES, clock: str = "time") -> str:
    """One sensor's table: nanoseconds of Unix time, seconds since the beginning, and the axes backwards."""
    nanos = _BEGAN_NS + np.round(elapsed_s * 1e9).astype(np.int64)
    columns = {clock: nanos, "seconds_elapsed": elapsed_s}
    columns |= {name: values[:, 2 - at] for at, name in enumerate(axes)}
    text = io.StringIO()
    pd.DataFrame(columns).to_csv(text, index=False, float_format="%.12g", lineterminator="\n")
    return text.getvalue()


def _metadata(platform: str) -> str:
    return (
        "version,device name,recording epoch time,recording time,recording timezone,platform,appVersion,device id,"
        "sensors,sampleRateMs,standardisation,platform version\n"
        f"3,a made-up phone,{_BEGAN_NS // 1_000_000},2024-06-10_14-45-36,Europe/Zurich,{platform},1.32.1,"
        "00000000-0000-4000-8000-000000000000,Accelerometer|Gravity|Gyroscope,0|0|0,false,17\n"
    )


def _parted(acc: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Acceleration without gravity, and a gravity of the right length; together they are what is felt."""
    gravity = G0_MPS2 * acc / np.linalg.norm(acc, axis=1, keepdims=True)
    return acc - gravity, gravity


def _android(recording: Recording) -> Files:
    elapsed_s, acc, gyr = _rows(recording)
    linear, gravity = _parted(acc)
    return {
        "Accelerometer.csv": _table(elapsed_s, linear),
        "Gravity.csv": _table(elapsed_s, gravity),
        "Gyroscope.csv": _table(elapsed_s, gyr),
        "TotalAcceleration.csv": _table(elapsed_s, acc),
        "Annotation.csv": "time,seconds_elapsed,text,millisecond_press_duration\n",
        "Metadata.csv": _metadata("android"),
    }


def _ios(recording: Recording) -> Files:
    elapsed_s, acc, gyr = _rows(recording)
    linear, gravity = _parted(-acc)
    return {
        "Accelerometer.csv": _table(elapsed_s, linear),
        "Gravity.csv": _table(elapsed_s, gravity),
        "Gyroscope.csv": _table(elapsed_s, gyr),
        "Metadata.csv": _metadata("ios"),
    }


def _uncalibrated(recording: Recording) -> Files:
    elapsed_s, acc, gyr = _rows(recording)
    return {
        "AccelerometerUncalibrated.csv": _table(elapsed_s, -acc / G0_MPS2),
        "GyroscopeUncalibrated.csv": _table(elapsed_s, gyr),
        "Metadata.csv": _metadata("ios"),
    }


def _renamed(recording: Recording) -> Files:
    elapsed_s, acc, gyr = _rows(recording)
    axes = ("AccelerationZ", "AccelerationY", "AccelerationX")
    return {
        "Gyroscope.csv": _table(elapsed_s, gyr, clock="Timestamp"),
        "TotalAcceleration.csv": _table(elapsed_s, acc, axes, clock="Timestamp"),
    }


def _loose(files: Callable[[Recording], Files], named: str = "") -> Callable[[Recording, Path], Path]:
    """Write the files into the folder; what is to be read is the folder, or one of them."""

    def write(recording: Recording, folder: Path) -> Path:
        for name, text in files(recording).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        return folder / named if named else folder

    return write


def _zipped(files: Callable[[Recording], Files]) -> Callable[[Recording, Path], Path]:
    def write(recording: Recording, folder: Path) -> Path:
        path = folder / "2024-06-10_14-45-36.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files(recording).items():
                archive.writestr(name, text)
        return path

    return write


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "android": _loose(_android),
    "android_zip": _zipped(_android),
    "ios": _loose(_ios),
    "ios_zip": _zipped(_ios),
    "uncalibrated": _loose(_uncalibrated),
    "renamed": _loose(_renamed, "TotalAcceleration.csv"),
    "gyroscope_of_two": _loose(_android, "Gyroscope.csv"),
}
