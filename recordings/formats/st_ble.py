"""ST BLE Sensor (BlueST SDK): a file a feature, a preamble, then Date, HostTimestamp, NodeName, NodeTimestamp, values.

The unit of the axes tells the stream: mg is acceleration, dps angular velocity. ``NodeTimestamp`` counts ticks of the
node's clock, how long they are is not said: they are measured against ``HostTimestamp`` (ms). The node sends 16 bits of
it, which the app goes on counting and old logs do not. Where the node's clock stands still, the host's is read. A log
of several nodes is read when one of them alone sent values.
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
from recordings.streams import Stream, fresh, merge
from recordings.table import Head, numbers, texts

NAME = "st_ble"
TITLE = "ST BLE Sensor"

TICKS = 65536.0
"""The node's clock begins again after so many ticks: two bytes of each packet (BlueST protocol)."""
_AXIS = re.compile(r"([XYZ])\s*\((.+)\)", re.IGNORECASE)
_WORD = re.compile(r"[ _-]*(?:accelerometer|acceleration|acc|gyroscope|gyro|gyr|magnetometer|mag)", re.IGNORECASE)
_MS = 1e-3

LEAST_ROWS = 10
"""A node with fewer rows than this only said hello."""


def sniff(head: Head) -> Claim | None:
    """Claim a table with HostTimestamp, NodeName and NodeTimestamp; the unit of its axes tells the stream."""
    if not {"HostTimestamp", "NodeName", "NodeTimestamp"} <= set(head.names):
        return None
    key = _WORD.sub("", head.path.stem).strip(" _-")
    units = {unit for _, unit in _axes(head).values()}
    if len(_axes(head)) < 3 or len(units) != 1:
        return Claim("aside", "another feature than motion", key)
    unit = units.pop()
    if unit in ACC_TO_MPS2:
        return Claim("acc", f"NodeTimestamp and X ({unit})", key)
    if unit in GYR_TO_RADPS:
        return Claim("gyr", f"NodeTimestamp and X ({unit})", key)
    return Claim("aside", "another feature than motion", key)


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
    if tick_s:
        gyr[:, 1] += _turns_between(acc, gyr, tick_s) * TICKS
    which, unit_s = (1, tick_s) if tick_s else (0, _MS)
    origin = min(float(rows[0, which]) for rows in (acc, gyr))
    streams = [Stream((rows[:, which] - origin) * unit_s, rows[:, 2:]) for rows in (acc, gyr)]
    time_s, acc_rows, gyr_rows = merge(source.path, fresh(streams[0]), fresh(streams[1]))
    units = Units(_axes(source.parts["acc"].head)["x"][1], _axes(source.parts["gyr"].head)["x"][1])
    note = () if tick_s else ("The node's clock stands still; the host's times of arrival were read.",)
    header = Header(name=source.path.stem, rate_hz=1.0, leg=source.leg, dialect=NAME, sha256=source.sha256, notes=note)
    return finish(source.path, time_s, acc_rows, gyr_rows, units, header, source.options)


def _rows(part: Part) -> FloatArray:
    """Host's and node's time, going on, and the axes of the one node that sent, shape (n, 5). Raises RecordingError."""
    import pandas as pd

    names, axes = part.head.names, _axes(part.head)
    if len(axes) < 3 or not {"HostTimestamp", "NodeName", "NodeTimestamp"} <= set(names):
        raise RecordingError(part.path, "needs HostTimestamp, NodeName, NodeTimestamp and X, Y, Z; log it again")
    places = [names.index("HostTimestamp"), names.index("NodeTimestamp"), *(axes[axis][0] for axis in "xyz")]
    table = numbers(part, places)
    codes, known = pd.factorize(texts(part, [names.index("NodeName")])[0])
    if len(codes) != len(table):
        raise RecordingError(part.path, f"{len(table)} rows but {len(codes)} node names; a line is broken")
    whole = np.isfinite(table).all(axis=1)
    sent = [code for code in range(len(known)) if _moves(table[whole & (codes == code), 2:])]
    if len(sent) > 1:
        nodes = sorted(str(known[code])[:40] for code in sent)
        raise RecordingError(part.path, f"{len(nodes)} nodes sent: {', '.join(nodes[:8])}; log one node at a time")
    if not sent:
        raise RecordingError(part.path, "no node has rows with both time stamps and all three axes; log it again")
    table = np.asarray(table[whole & (codes == sent[0])])
    table[:, 1] = _going_on(table[:, 1])
    return table


def _moves(values: FloatArray) -> bool:
    return len(values) >= LEAST_ROWS and bool((values != values[0]).any())


def _going_on(ticks: FloatArray) -> FloatArray:
    """Ticks of a clock of 16 bits, going on; those that the app has counted on already are left as they are."""
    if ticks.max() >= TICKS:
        return ticks
    return np.asarray(ticks + TICKS * np.cumsum(np.diff(ticks, prepend=0.0) < -TICKS / 2))


def _turns_between(acc: FloatArray, gyr: FloatArray, tick_s: float) -> float:
    """How often the clock began again between the first rows of the two features, which the host's time tells."""
    ticks = (gyr[0, 0] - acc[0, 0]) * _MS / tick_s
    return float(np.round((ticks - (gyr[0, 1] - acc[0, 1])) / TICKS))


def _tick_s(rows: FloatArray) -> float:
    """How long a tick of the node's clock is, seconds; 0 when it stands still."""
    ticks, host_s = rows[:, 1], rows[:, 0] * _MS
    if not ticks[-1] > ticks[0] or not host_s[-1] > host_s[0]:
        return 0.0
    return max(0.0, float(np.polyfit(ticks - ticks[0], host_s - host_s[0], 1)[0]))
