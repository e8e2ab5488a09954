"""ST BLE Sensor (BlueST SDK): a file a feature, a preamble, then Date, HostTimestamp, NodeName, NodeTimestamp, values.

The unit of the axes tells the stream: mg is acceleration, dps angular velocity. ``NodeTimestamp`` counts ticks of the
node's clock, how long they are is not said: they are measured against ``HostTimestamp`` (ms). Where the node's clock
stands still, the host's is read. A log of several nodes is read when one of them alone sent values.
Source: the writer of STMicroelectronics' BlueSTSDK for iOS (BlueSTSDKFeatureLogCSV.m).
"""

from __future__ import annotations

import re

import numpy as np

from imu.blocks import FloatArray, Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, normal
from recordings.check import Units, finish
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge, unwrap
from recordings.table import Head, numbers, texts

NAME = "st_ble"
TITLE = "ST BLE Sensor"

TICKS = 65536.0
"""The node's clock begins again after so many ticks: two bytes of each packet (BlueST protocol)."""
_AXIS = re.compile(r"([XYZ])\s*\((.+)\)", re.IGNORECASE)
_WORD = re.compile(r"[ _-]*(?:accelerometer|acceleration|acc|gyroscope|gyro|gyr|magnetometer|mag)", re.IGNORECASE)
_MS = 1e-3


def sniff(head: Head) -> Claim | None:
    """Claim a table with HostTimestamp, NodeName and NodeTimestamp; the unit of its axes tells the stream."""
    if not {"HostTimestamp", "NodeName", "NodeTimestamp"} <= set(head.names):
        return None
    key = _WORD.sub("", head.path.stem).strip(" _-")
    units = {unit for _, unit in _axes(head).values()}
    if len(_axes(head)) < 3 or len(units) != 1:
        return Claim("aside", "another feature of ST BLE Sensor", key)
    unit = units.pop()
    if unit in ACC_TO_MPS2:
        return Claim("acc", f"NodeTimestamp and X ({unit})", key)
    if unit in GYR_TO_RADPS:
        return Claim("gyr", f"NodeTimestamp and X ({unit})", key)
    return Claim("aside", "another feature of ST BLE Sensor", key)


def _axes(head: Head) -> dict[str, tuple[int, str]]:
    """Position and unit by axis."""
    found = {}
    for at, name in enumerate(head.names):
        if match := _AXIS.fullmatch(name.strip()):
            found[match[1].lower()] = (at, normal(match[2]))
    return found


def read(source: Source) -> Recording:
    """Read both features and bring them to one clock.

    Raises:
        RecordingError: a feature or a column is missing, several nodes sent, a cell is not a number, or the features do
            not fit together.
    """
    for role, what in (("acc", "Accelerometer"), ("gyr", "Gyroscope")):
        if role not in source.parts:
            raise RecordingError(source.path, f"the feature {what} is missing; log it too and put its file beside")
    acc, gyr = _rows(source.parts["acc"]), _rows(source.parts["gyr"])
    tick_s = _tick_s(acc)
    origin = min(float(rows[0, 1]) for rows in (acc, gyr)) if tick_s else min(float(r[0, 0]) for r in (acc, gyr))
    streams = [
        Stream((unwrap(rows[:, 1], TICKS) - origin) * tick_s if tick_s else (rows[:, 0] - origin) * _MS, rows[:, 2:])
        for rows in (acc, gyr)
    ]
    time_s, acc_rows, gyr_rows = merge(source.path, fresh(streams[0]), fresh(streams[1]))
    units = Units(_axes(source.parts["acc"].head)["x"][1], _axes(source.parts["gyr"].head)["x"][1])
    note = () if tick_s else ("The node's clock stands still; the host's times of arrival were read.",)
    header = Header(name=source.path.stem, rate_hz=1.0, leg=source.leg, dialect=NAME, sha256=source.sha256, notes=note)
    return finish(source.path, time_s, acc_rows, gyr_rows, units, header, source.options)


def _rows(part: Part) -> FloatArray:
    """Host's and node's time and the three axes of the one node that sent, shape (n, 5). Raises RecordingError."""
    import pandas as pd

    names, axes = part.head.names, _axes(part.head)
    if len(axes) < 3 or not {"HostTimestamp", "NodeName", "NodeTimestamp"} <= set(names):
        raise RecordingError(part.path, "needs HostTimestamp, NodeName, NodeTimestamp and X, Y, Z; log it again")
    places = [names.index("HostTimestamp"), names.index("NodeTimestamp"), *(axes[axis][0] for axis in "xyz")]
    table = numbers(part, places)
    codes, known = pd.factorize(texts(part, [names.index("NodeName")])[0])
    if len(codes) != len(table):
        raise RecordingError(part.path, f"{len(table)} rows but {len(codes)} node names; a line is broken")
    nodes = sorted({str(name) for name in known if str(name).strip()})
    if len(nodes) > 1:
        raise RecordingError(part.path, f"{len(nodes)} nodes sent: {', '.join(nodes[:8])}; log one node at a time")
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) < 2:
        raise RecordingError(part.path, "no two rows have both time stamps and all three axes; log it again")
    return table


def _tick_s(rows: FloatArray) -> float:
    """How long a tick of the node's clock is, seconds; 0 when it stands still."""
    ticks, host_s = unwrap(rows[:, 1], TICKS), rows[:, 0] * _MS
    if not ticks[-1] > ticks[0] or not host_s[-1] > host_s[0]:
        return 0.0
    return float(np.polyfit(ticks - ticks[0], host_s - host_s[0], 1)[0])
