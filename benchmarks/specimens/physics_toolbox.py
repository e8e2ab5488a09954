"""A recording as Physics Toolbox Sensor Suite exports it: g and rad/s, an empty first line, a comma at the end."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray, Recording
from imu.units import G0_MPS2

TOLERANCE = (0.03, 5e-3)
"""Four decimals of g and of rad/s, and stamps of whole milliseconds, which leave some 0.05 ms: m/s², rad/s."""

_NAMES = "time,gFx,gFy,gFz,ax,ay,az,wx,wy,wz,"
_DECIMALS = ["%.6f"] + 9 * ["%.4f"]


def _columns(recording: Recording) -> FloatArray:
    """Seconds, g-force, acceleration without gravity (m/s²), angular velocity, shape (n, 10)."""
    kept = ~recording.lost
    acc, gyr = recording.block.acc_mps2[kept], recording.block.gyr_radps[kept]
    linear = acc - G0_MPS2 * acc / np.linalg.norm(acc, axis=1, keepdims=True)
    time_s = recording.time_s[kept] - recording.header.start_s + 0.07692
    return np.column_stack([time_s, acc / G0_MPS2, linear, gyr])


def _text(columns: FloatArray, separator: str = ",", decimal: str = ".") -> str:
    text = io.StringIO()
    np.savetxt(text, columns, fmt=separator.join(_DECIMALS) + separator)
    rows = text.getvalue() if decimal == "." else text.getvalue().replace(".", decimal)
    return "\n" + _NAMES.replace(",", separator) + "\n" + rows


def _write(folder: Path, text: str) -> Path:
    path = folder / "kickbacks.csv"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def every_sensor_new(recording: Recording, folder: Path) -> Path:
    """Every row has new values of every sensor."""
    return _write(folder, _text(_columns(recording)))


def one_sensor_new(recording: Recording, folder: Path) -> Path:
    """Three rows of one stamp a sample, each with new values of one sensor and the old ones of the others."""
    return _write(folder, _text(one_at_a_time(_columns(recording), 0.0)))


def one_at_a_time(columns: FloatArray, apart_s: float) -> FloatArray:
    """Each row thrice, ``apart_s`` apart: g-force, then linear acceleration, then angular velocity get new values."""
    rows = np.repeat(columns, 3, axis=0)
    turn = np.arange(len(rows)) % 3
    rows[:, 0] += turn * apart_s
    before = np.vstack([np.zeros((1, 10)), columns[:-1]]).repeat(3, axis=0)
    for last, those in ((0, slice(4, 7)), (1, slice(7, 10))):
        stale = turn <= last
        rows[stale, those] = before[stale, those]
    return rows


def semicolons(recording: Recording, folder: Path) -> Path:
    """A phone that writes a decimal comma."""
    return _write(folder, _text(_columns(recording), ";", ","))


def clock(recording: Recording, folder: Path) -> Path:
    """Time of day with milliseconds, over midnight."""
    columns = _columns(recording)
    text = io.StringIO()
    np.savetxt(text, columns[:, 1:], fmt=",".join(_DECIMALS[1:]) + ",")
    lines = [f"{at},{row}" for at, row in zip(of_day(columns[:, 0] + 86390.0), text.getvalue().split(), strict=True)]
    return _write(folder, "\n".join(["", _NAMES, *lines, ""]))


def of_day(time_s: FloatArray) -> list[str]:
    """Seconds as hours, minutes, seconds and milliseconds with colons between."""
    millis: npt.NDArray[np.int64] = np.round(time_s * 1000).astype(np.int64) % 86_400_000
    return [f"{at // 3_600_000:02d}:{at // 60_000 % 60:02d}:{at // 1000 % 60:02d}:{at % 1000:03d}" for at in millis]


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "every_sensor_new": every_sensor_new,
    "one_sensor_new": one_sensor_new,
    "semicolons": semicolons,
    "clock": clock,
}
