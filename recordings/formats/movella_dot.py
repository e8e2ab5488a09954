"""Export of the Movella DOT (Xsens DOT) app: a preamble of varying length, then a table in SI but for deg/s.

The preamble's lines depend on app and mode; the software kit's logger pads them with commas. SampleTimeFine counts
microseconds and begins again at 0 after 2^32 of them, every 72 minutes. The angular velocity is in **deg/s**: the
same column names without the preamble are MT Manager's, in rad/s (``mt_manager``).

Sources: Xsens DOT User Manual, sections 4.2.2 to 4.2.5; headers of files written by the app and by its software kit.
"""

from __future__ import annotations

import re
from dataclasses import replace

from imu.blocks import Header, Recording
from imu.units import TIME_TO_S
from recordings.check import Units, finish
from recordings.formats import _xsens as xsens
from recordings.registry import Claim, Source
from recordings.table import Head

NAME = "movella_dot"
TITLE = "Movella DOT app"

CHOOSE = "choose the measurement mode Rate quantities or Custom mode 5 in the app"

PACKET_MODULUS = 2**32
"""PacketCounter is as wide as SampleTimeFine (Xsens DOT User Manual, section 4.2.5)."""

RATE_OFF = 0.05
"""A rebuilt rate further from the preamble's than this is said."""


def sniff(head: Head) -> Claim | None:
    """Claim a table with PacketCounter and SampleTimeFine under a DOT preamble."""
    if xsens.find(head.names, "PacketCounter") is None and xsens.find(head.names, "SampleTimeFine") is None:
        return None
    if not xsens.has_preamble(head):
        return None
    return xsens.judge(head.names, "PacketCounter and SampleTimeFine under a DOT preamble", CHOOSE)


def read(source: Source) -> Recording:
    """Read the table.

    Raises:
        RecordingError: a column is missing, a cell is not a number, nothing tells the time, or physics contradicts.
    """
    part, options = source.part, source.options
    table = xsens.table(part)
    said_hz = _output_rate(part.head)
    time_s = xsens.seconds(
        part.path,
        table,
        tick_s=TIME_TO_S[options.time_unit or "us"],
        packet_modulus=PACKET_MODULUS,
        file_hz=said_hz,
        named_hz=options.rate_hz,
    )
    header = Header(
        name=source.path.stem, rate_hz=1.0, sensor="Movella DOT", leg=source.leg, dialect=NAME, sha256=source.sha256
    )
    units = Units(acc="m/s²", gyr="deg/s")
    recording = finish(part.path, time_s, table.acc, table.gyr, units, header, options)
    if said_hz is None or options.rate_hz is not None or abs(recording.rate_hz / said_hz - 1) <= RATE_OFF:
        return recording
    note = f"The preamble says {said_hz:g} Hz, the time stamps {recording.rate_hz:.1f} Hz; the stamps count."
    return Recording(replace(recording.header, notes=(*recording.header.notes, note)), recording.block)


def _output_rate(head: Head) -> float | None:
    """The preamble's rate, Hz, or None."""
    for line in head.lines[: head.header_line]:
        if found := re.match(r"\W*OutputRate\s*:\W*(\d+(?:\.\d+)?)\s*Hz", line, re.IGNORECASE):
            return float(found[1]) or None
    return None
