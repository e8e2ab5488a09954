"""Text export of Xsens MT Manager (MTw Awinda, MTi): comma or tab, ``//`` lines above the names, rad/s.

The columns are named as the DOT's, but the angular velocity is in **rad/s** and no DOT preamble stands above them:
that tells the two apart, and physics has the last word. SampleTimeFine counts tenths of a millisecond but is often
empty; then PacketCounter, which begins again at 0 after 65535, and the rate tell the time. Some versions write the
rate (``// Update Rate: 100.0Hz``); otherwise the caller names it.

Sources: MTi User Manual MT0605P, section 4.12.3 (0.1 ms); MTw Awinda User Manual (rad/s); heads of exported files.
"""

from __future__ import annotations

import re

import numpy as np

from imu.blocks import FloatArray, Header, Recording
from imu.units import TIME_TO_S
from recordings.check import Units, finish
from recordings.formats import _xsens as xsens
from recordings.registry import Claim, Source
from recordings.table import Head

NAME = "mt_manager"
TITLE = "Xsens MT Manager"

CHOOSE = "tick Acceleration and Angular velocity among the inertial data in MT Manager's export settings"

PACKET_MODULUS = 2**16
TICK_S = 1e-4

_RATES_HZ = (10.0, 2000.0)
"""What the sensors can do: steps of SampleTimeFine outside of it are no tenths of a millisecond."""


def sniff(head: Head) -> Claim | None:
    """Claim a table with PacketCounter or SampleTimeFine, Xsens column names and no DOT preamble."""
    counters = [name for name in ("PacketCounter", "SampleTimeFine") if xsens.find(head.names, name) is not None]
    if not counters or xsens.has_preamble(head):
        return None
    return xsens.judge(head.names, f"{' and '.join(counters)} without a DOT preamble", CHOOSE)


def read(source: Source) -> Recording:
    """Read the table.

    Raises:
        RecordingError: a column is missing, a cell is not a number, nothing tells the time, or physics contradicts.
    """
    part, options = source.part, source.options
    table = xsens.table(part)
    time_s = xsens.seconds(
        part.path,
        table,
        tick_s=TIME_TO_S[options.time_unit] if options.time_unit else _tick(table.fine),
        packet_modulus=PACKET_MODULUS,
        file_hz=_update_rate(part.head),
        named_hz=options.rate_hz,
    )
    sensor = "Xsens MTw or MTi"
    header = Header(source.path.stem, 1.0, sensor=sensor, leg=source.leg, dialect=NAME, sha256=source.sha256)
    units = Units(acc="m/s²", gyr="rad/s")
    return finish(part.path, time_s, table.acc, table.gyr, units, header, options)


def _tick(fine: FloatArray | None) -> float:
    """A tick of SampleTimeFine, seconds: 0.1 ms as documented, 1 µs where only that gives a rate a sensor has."""
    if fine is None or np.isfinite(fine).sum() < 2:
        return TICK_S
    step = float(np.median(np.diff(fine[np.isfinite(fine)]) % xsens.FINE_MODULUS))
    for tick_s in (TICK_S, 1e-6):
        if step > 0 and _RATES_HZ[0] <= 1 / (step * tick_s) <= _RATES_HZ[1]:
            return tick_s
    return TICK_S


def _update_rate(head: Head) -> float | None:
    """The rate in the ``//`` lines, Hz, or None."""
    for line in head.lines[: head.header_line]:
        if found := re.match(r"//.*\brate\s*:\s*(\d+(?:\.\d+)?)\s*Hz", line, re.IGNORECASE):
            return float(found[1]) or None
    return None
