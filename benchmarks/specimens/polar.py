"""A recording as Polar Sensor Logger writes it: a text file a stream, whole mg, hundredths of deg/s, ns since 2000."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import FloatArray, Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (0.02, 2e-3)
"""Half a mg, half of 0.01 deg/s, and the gyro's stamps a little before the accelerometer's: m/s², rad/s."""

_BEGAN_NS = 704201974831254116
_PHONE = np.datetime64("2022-04-25T11:39:36.978", "ms")
_GYRO_BEFORE_S = 31.633e-6
_PACKET = 36
_NAME = "Polar_Sense_A40F6F28_20220425_1139{second}_{stream}.txt"


def table(time_s: FloatArray, columns: FloatArray, unit: str, *, older: bool = False) -> str:
    """A stream: the phone's time of arrival, which a whole packet shares, the sensor's stamp, and the three axes."""
    nanos = _BEGAN_NS + np.round(time_s * 1e9).astype(np.int64)
    packet = np.minimum(np.arange(len(time_s)) // _PACKET * _PACKET + _PACKET, len(time_s)) - 1
    arrived = _PHONE + np.round(time_s[packet] * 1e3).astype(np.int64).astype("timedelta64[ms]")
    frame = pd.DataFrame({"Phone timestamp": np.datetime_as_string(arrived), "sensor timestamp [ns]": nanos})
    if older:
        frame["timestamp [ms]"] = np.round((time_s - time_s[0]) * 1e3, 3)
    for at, axis in enumerate("XYZ"):
        values = columns[:, at]
        frame[f"{axis} [{unit}]"] = np.round(values).astype(np.int64) if unit == "mg" else np.round(values, 2)
    text = io.StringIO()
    text.write(";".join(frame.columns) + (" \n" if older else "\n"))
    frame.to_csv(text, sep=";", index=False, header=False, lineterminator="\n")
    return text.getvalue()


def streams(recording: Recording, *, older: bool = False) -> dict[str, str]:
    """Both streams by file name; the gyro is sampled a little before the accelerometer and named a second later."""
    kept = ~recording.lost
    time_s = recording.time_s[kept] - recording.header.start_s
    acc, gyr = recording.block.acc_mps2[kept], recording.block.gyr_radps[kept]
    before_s = time_s - _GYRO_BEFORE_S
    earlier = np.column_stack([np.interp(before_s, time_s, gyr[:, axis]) for axis in range(3)])
    return {
        _NAME.format(second="03", stream="ACC"): table(time_s, acc / G0_MPS2 * 1e3, "mg", older=older),
        _NAME.format(second="04", stream="GYRO"): table(before_s, earlier * DEG_PER_RAD, "dps", older=older),
        _NAME.format(second="03", stream="HR"): "Phone timestamp;HR [bpm];HRV [ms];Breathing interval [rpm];\n"
        "2022-04-25T11:39:37.100;71;;;\n",
    }


def _write(recording: Recording, folder: Path, *, older: bool = False) -> None:
    for name, text in streams(recording, older=older).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def whole_folder(recording: Recording, folder: Path) -> Path:
    """The streams in a folder."""
    _write(recording, folder)
    return folder


def gyro_of_two(recording: Recording, folder: Path) -> Path:
    """The gyro's file is named, the accelerometer's lies beside it."""
    _write(recording, folder)
    return folder / _NAME.format(second="04", stream="GYRO")


def older_version(recording: Recording, folder: Path) -> Path:
    """With the column of milliseconds, and a blank after the last name."""
    _write(recording, folder, older=True)
    return folder


def zipped(recording: Recording, folder: Path) -> Path:
    """The streams in a zip."""
    path = folder / "polar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in streams(recording).items():
            archive.writestr(name, text)
    return path


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "folder": whole_folder,
    "gyro_of_two": gyro_of_two,
    "older_version": older_version,
    "zip": zipped,
}
