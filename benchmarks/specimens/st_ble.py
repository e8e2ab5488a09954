"""A recording as ST BLE Sensor logs it: a file a feature, ticks of the node's clock, arrival on the host in ms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from imu.blocks import FloatArray, Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (0.03, 6e-3)
"""Whole mg, tenths of deg/s, and ticks whose length is told by arrivals in whole ms."""

_TICK_S = 1e-3
_TICKS = 65536
_FIRST_TICK = 60000


def feature(recording: Recording, name: str, node: str = "BlueNRG", *, gyro: bool) -> str:
    """A feature's file."""
    kept = ~recording.lost
    time_s = recording.time_s[kept] - recording.header.start_s
    unit, digits = ("dps", 1) if gyro else ("mg", 0)
    values: FloatArray = (
        recording.block.gyr_radps[kept] * DEG_PER_RAD if gyro else recording.block.acc_mps2[kept] / G0_MPS2 * 1e3
    )
    ticks = (_FIRST_TICK + np.round(time_s / _TICK_S).astype(np.int64)) % _TICKS
    host_ms = 1234 + np.round(time_s * 1e3).astype(np.int64)
    rows = [
        f"06/05/2024 07:08:09.123,{host},{node},{tick},0A1BFF,{','.join(f'{value:.{digits}f}' for value in row)}"
        for host, tick, row in zip(host_ms.tolist(), ticks.tolist(), values.tolist(), strict=True)
    ]
    head = [
        "Log start on,06/05/2024 07:08:09",
        f"Feature,{name}",
        f"Nodes,{node}",
        "",
        f"Date,HostTimestamp,NodeName,NodeTimestamp,RawData,X ({unit}),Y ({unit}),Z ({unit})",
    ]
    return "\n".join([*head, *rows]) + "\n"


def _write(recording: Recording, folder: Path) -> None:
    for name, gyro in (("Accelerometer", False), ("Gyroscope", True)):
        path = folder / f"20240506_070809_{name}.csv"
        path.write_text(feature(recording, name, gyro=gyro), encoding="utf-8", newline="\n")


def folder_of_two(recording: Recording, folder: Path) -> Path:
    """Both features in a folder."""
    _write(recording, folder)
    return folder


def accelerometer_of_two(recording: Recording, folder: Path) -> Path:
    """The accelerometer's file is named, the gyroscope's lies beside it."""
    _write(recording, folder)
    return folder / "20240506_070809_Accelerometer.csv"


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"folder": folder_of_two, "one_of_two": accelerometer_of_two}
