"""A recording as Movesense Showcase (iOS) writes it: a file a sensor, stamps in ms on each packet's first sample."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from imu.blocks import FloatArray, Recording
from imu.units import DEG_PER_RAD

TOLERANCE = (0.05, 5e-3)
"""Eight digits are written; the packets' stamps are whole milliseconds: m/s², rad/s."""

PACKET = 8
"""Samples a packet at 104 Hz and more."""

_BOOTED_MS = 599025762
_SESSION = "20190801T120304Z_174630000123"


def table(time_s: FloatArray, values: FloatArray, lost: FloatArray, *, header: bool = False) -> str:
    """One sensor's rows. A lost sample takes its packet with it.

    Args:
        time_s: shape (n,), of every sample, also of the lost ones.
        values: shape (n, 3), as they are written.
        lost: shape (n,), not 0 where a sample was lost.
    """
    packet = np.arange(len(time_s)) // PACKET
    whole = np.bincount(packet, weights=lost) == 0
    kept = whole[packet]
    first = np.arange(len(time_s)) % PACKET == 0
    stamps = pd.array(_BOOTED_MS + np.round(time_s * 1e3).astype(np.int64), dtype="Int64")
    stamps[~first] = pd.NA
    frame = pd.DataFrame({"timestamp": stamps, **{axis: values[:, at] for at, axis in enumerate("xyz")}})[kept]
    text = io.StringIO()
    frame.to_csv(text, index=False, header=header, float_format="%.8g", lineterminator="\n")
    return text.getvalue()


def sensors(recording: Recording, *, header: bool = False, later: int = 0) -> tuple[str, str]:
    """The texts of accelerometer and gyro, of which the latter begins ``later`` samples later."""
    time_s = recording.time_s - recording.header.start_s
    lost = recording.lost.astype(np.float64)
    block = recording.block
    acc = table(time_s, block.acc_mps2, lost, header=header)
    gyr = table(time_s[later:], block.gyr_radps[later:] * DEG_PER_RAD, lost[later:], header=header)
    return acc, gyr


def _write(folder: Path, texts: tuple[str, str], names: tuple[str, str]) -> Path:
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


def as_shared(recording: Recording, folder: Path) -> Path:
    """Without a header, in names that tell start and serial number but no sensor."""
    names = (f"{_SESSION}_5b0c7a31_stream.csv", f"{_SESSION}_c2d94e77_stream.csv")
    return _write(folder, sensors(recording), names)


def headed(recording: Recording, folder: Path) -> Path:
    """With a header; the gyro's packets begin between the accelerometer's; one of the files is named."""
    names = (f"{_SESSION}_5b0c7a31_stream.csv", f"{_SESSION}_c2d94e77_stream.csv")
    return _write(folder, sensors(recording, header=True, later=3), names) / names[1]


def renamed(recording: Recording, folder: Path) -> Path:
    """The user gave the sensors' names."""
    return _write(folder, sensors(recording), ("left_acc.csv", "left_gyro.csv"))


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "as_shared": as_shared,
    "headed": headed,
    "renamed": renamed,
}
