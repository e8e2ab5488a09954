"""A recording as phyphox exports it: in all separators and decimals, in one table or two, loose or in a zip."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from imu.blocks import FloatArray, Recording

TOLERANCE = (1e-5, 1e-6)
"""Ten digits of the values and of the time, whose rounding shows where the values change fast: m/s², rad/s."""

_SINGLE = (
    "Time (s)",
    *(f"Acceleration {axis} (m/s^2)" for axis in "xyz"),
    *(f"Gyroscope {axis} (rad/s)" for axis in "xyz"),
)
_FIRST_S = -1.405833755e-4
"""The first stamp: sensors may deliver a sample from before the start."""


def _table(names: tuple[str, ...], values: FloatArray, separator: str, decimal: str) -> str:
    """The text of a table: quoted names, ten digits, exponents without sign and zeros to fill."""
    text = io.StringIO()
    np.savetxt(text, values, fmt="%.9E", delimiter=separator)
    rows = re.sub(r"E\+?(-?)0?(\d)", r"E\1\2", text.getvalue())
    if decimal == ",":
        rows = rows.replace(".", ",")
    return separator.join(f'"{name}"' for name in names) + "\n" + rows


def _rows(recording: Recording) -> FloatArray:
    kept = ~recording.lost
    time_s = recording.time_s - recording.header.start_s + _FIRST_S
    return np.column_stack([time_s, recording.block.acc_mps2, recording.block.gyr_radps])[kept]


def _meta(separator: str, decimal: str, end_s: float) -> dict[str, str]:
    began = 1710697732.325
    events = [
        f'"{event}"{separator}{at:.9E}{separator}{began + at:.3f}'.replace(".", decimal)
        + f'{separator}"2024-03-17 19:48:52.325 UTC+02:00"'
        for event, at in (("START", 0.0), ("PAUSE", end_s))
    ]
    names = ("event", "experiment time", "system time", "system time text")
    return {
        "meta/device.csv": f'"property"{separator}"value"\n"version"{separator}"1.1.16"\n'
        f'"deviceModel"{separator}"a made-up phone"\n',
        "meta/time.csv": "\n".join([separator.join(f'"{name}"' for name in names), *events]) + "\n",
    }


def _multi(recording: Recording, separator: str, decimal: str) -> dict[str, str]:
    """The multi-sensor export: a table a sensor, with meta data aside."""
    rows = _rows(recording)
    acc = ("Time (s)", "X (m/s^2)", "Y (m/s^2)", "Z (m/s^2)")
    gyr = ("Time (s)", "X (rad/s)", "Y (rad/s)", "Z (rad/s)")
    return {
        "Accelerometer.csv": _table(acc, rows[:, :4], separator, decimal),
        "Gyroscope.csv": _table(gyr, rows[:, [0, 4, 5, 6]], separator, decimal),
        **_meta(separator, decimal, float(rows[-1, 0])),
    }


def _one_table(separator: str, decimal: str) -> Callable[[Recording, Path], Path]:
    def write(recording: Recording, folder: Path) -> Path:
        path = folder / "Raw Data.csv"
        path.write_text(_table(_SINGLE, _rows(recording), separator, decimal), encoding="utf-8", newline="\n")
        return path

    return write


def _loose(files: dict[str, str], folder: Path) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def folder_of_sensors(recording: Recording, folder: Path) -> Path:
    """An unpacked multi-sensor export."""
    _loose(_multi(recording, ",", "."), folder)
    return folder


def gyroscope_of_two(recording: Recording, folder: Path) -> Path:
    """A table a sensor, with the sensors' names in the columns; the gyroscope's is named."""
    rows = _rows(recording)
    _loose(
        {
            "Acceleration.csv": _table(_SINGLE[:4], rows[:, :4], "\t", "."),
            "Gyroscope rotation rate.csv": _table((_SINGLE[0], *_SINGLE[4:]), rows[:, [0, 4, 5, 6]], "\t", "."),
        },
        folder,
    )
    return folder / "Gyroscope rotation rate.csv"


def _zipped(separator: str, decimal: str) -> Callable[[Recording, Path], Path]:
    def write(recording: Recording, folder: Path) -> Path:
        path = folder / "Kickbacks 2024-03-17 19-48-52.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in _multi(recording, separator, decimal).items():
                archive.writestr(name, text)
        return path

    return write


def zip_of_one_table(recording: Recording, folder: Path) -> Path:
    """An export with one table, as the app shares it."""
    path = folder / "Kickbacks.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Raw Data.csv", _table(_SINGLE, _rows(recording), ",", "."))
        for name, text in _meta(",", ".", recording.duration_s).items():
            archive.writestr(name, text)
    return path


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "comma_point": _one_table(",", "."),
    "tab_point": _one_table("\t", "."),
    "semicolon_point": _one_table(";", "."),
    "tab_comma": _one_table("\t", ","),
    "semicolon_comma": _one_table(";", ","),
    "folder": folder_of_sensors,
    "two_tables": gyroscope_of_two,
    "zip_multi": _zipped(",", "."),
    "zip_multi_semicolon_comma": _zipped(";", ","),
    "zip_single": zip_of_one_table,
}
