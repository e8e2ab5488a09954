"""A recording as WitMotion's app, PC program and Python demo write it: thousandths of g and of deg/s."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from imu.blocks import Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (0.01, 5e-4)
"""m/s², rad/s: half a thousandth of g, half a thousandth of deg/s, and stamps in whole milliseconds."""

DEVICE = "WT901BLE68(C4:5E:00:11:22:33)"
OTHER = "WT901BLE68(C4:5E:00:44:55:66)"

UNITS = {"Acc": "(g)", "As": "(°/s)"}

_BEGAN = np.datetime64("2026-10-02T07:48:45.030", "ms")
_APP = (*(f"Acc{axis}(g)" for axis in "XYZ"), *(f"As{axis}(°/s)" for axis in "XYZ"))
_CHINESE = (*(f"加速度{axis}(g)" for axis in "XYZ"), *(f"角速度{axis}(°/s)" for axis in "XYZ"))
_DEMO = (*(f"a{axis}(g)" for axis in "xyz"), *(f"w{axis}(deg/s)" for axis in "xyz"))
_DEMO_REST = ("AngleX(deg)", "AngleY(deg)", "AngleZ(deg)", "T(°)", "magx", "magy", "magz")
_DEMO_NONE = ("lon", "lat", "Yaw(deg)", "Speed(km/h)", "q1", "q2", "q3", "q4")


def stamps(recording: Recording) -> npt.NDArray[np.datetime64]:
    """Local time of the samples that were not lost, whole milliseconds."""
    time_s = recording.time_s[~recording.lost] - recording.header.start_s
    return np.asarray(_BEGAN + np.round(time_s * 1e3).astype(np.int64).astype("timedelta64[ms]"))


def unpadded(clock: npt.NDArray[np.datetime64]) -> pd.Series:
    """Time as the demo puts it together of whole numbers: ``2026-10-2 7:48:45.30`` is 30 ms after."""
    at = pd.Series(clock).dt
    whole = (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond // 1000)
    text: pd.Series = whole[0].astype(str)
    for sign, number in zip("-- ::.", whole[1:], strict=True):
        text = text + sign + number.astype(str)
    return text


def app(recording: Recording, names: tuple[str, ...] = _APP, device: str = DEVICE) -> pd.DataFrame:
    """The app's table: the device in every row, no chip time, and the angles behind."""
    kept = ~recording.lost
    table = {"time": np.datetime_as_string(stamps(recording)), "DeviceName": device, "ChipTime()": "null"}
    values = np.hstack([recording.block.acc_mps2[kept] / G0_MPS2, recording.block.gyr_radps[kept] * DEG_PER_RAD])
    for at, name in enumerate(names):
        table[name] = np.round(values[:, at], 3)
    for axis in "XYZ":
        table[f"Angle{axis}(°)"] = 0.0
    return pd.DataFrame(table)


def text_of(frame: pd.DataFrame, separator: str, decimal: str = ".") -> str:
    """A table as text, its lines ended as on Windows."""
    text = io.StringIO()
    frame.to_csv(text, sep=separator, index=False, lineterminator="\r\n", float_format="%.3f", decimal=decimal)
    return text.getvalue()


def save(folder: Path, name: str, text: str) -> Path:
    """The text as a file with these very line ends."""
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def app_tab(recording: Recording, folder: Path) -> Path:
    """The app's table, parted by tabs."""
    return save(folder, "20261002074845.txt", text_of(app(recording), "\t"))


def app_comma(recording: Recording, folder: Path) -> Path:
    """Parted by commas, with a blank before the units."""
    frame = app(recording, tuple(name.replace("(", " (") for name in _APP))
    return save(folder, "20261002074845.csv", text_of(frame, ","))


def repeated_header(recording: Recording, folder: Path) -> Path:
    """The header again after every third of the rows."""
    frame = app(recording)
    third = len(frame) // 3 + 1
    pieces = [text_of(frame.iloc[first : first + third], "\t") for first in range(0, len(frame), third)]
    return save(folder, "20261002074845.txt", "".join(pieces))


def chinese(recording: Recording, folder: Path) -> Path:
    """Chinese names, and the time of the sensor's own clock beside that of the app, which hears it 0.1 s later."""
    frame = app(recording, _CHINESE)
    frame["ChipTime()"] = unpadded(stamps(recording))
    frame["time"] = np.datetime_as_string(stamps(recording) + np.timedelta64(100, "ms"))
    names = {"time": "时间", "DeviceName": "设备名称", "ChipTime()": "片上时间()"}
    return save(folder, "20261002074845.txt", text_of(frame.rename(columns=names), "\t"))


def decimal_comma(recording: Recording, folder: Path) -> Path:
    """Decimal commas, parted by tabs."""
    return save(folder, "20261002074845.txt", text_of(app(recording), "\t", ","))


def demo(recording: Recording, folder: Path, *, doubled: bool = False) -> Path:
    """The demo's table; an older version, on Windows, without the first name and with doubled line ends."""
    plain = app(recording)
    table: dict[str, object] = {"Chiptime": unpadded(stamps(recording))}
    table |= {name: plain[there] for name, there in zip(_DEMO, _APP, strict=True)}
    table |= dict.fromkeys(_DEMO_REST, "None" if doubled else 0.0) | dict.fromkeys(_DEMO_NONE, "None")
    text = text_of(pd.DataFrame(table), "\t")
    if doubled:
        text = text.removeprefix("Chiptime").replace("\r\n", "\r\r\n")
    return save(folder, "20261002074845.txt", text)


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "app_tab": app_tab,
    "app_comma": app_comma,
    "repeated_header": repeated_header,
    "chinese": chinese,
    "decimal_comma": decimal_comma,
    "demo": demo,
    "demo_doubled_lines": partial(demo, doubled=True),
}
