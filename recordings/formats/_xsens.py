"""What the Xsens dialects share: the names of their columns, the modes that lack something, and their two counters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imu.blocks import FloatArray
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim
from recordings.streams import unwrap
from recordings.table import Head, numbers

FINE_MODULUS = 2**32
"""SampleTimeFine is an unsigned number of four bytes (Xsens DOT User Manual, section 4.2.5)."""

_PREAMBLE = re.compile(
    r"(devicetag|firmwareversion|appversion|syncstatus|outputrate|filterprofile|measurement mode|starttime)\s*:"
    r"|©\s*(movella|xsens)",
    re.IGNORECASE,
)
_OTHER_MODE = re.compile(
    r"(freeacc|euler|quat|quaternion|velinc|oriinc|dv|dq|mat|mag)[_\[].*|roll|pitch|yaw", re.IGNORECASE
)
_DELTA = re.compile(r"(dv|dq|velinc|oriinc)[_\[].*", re.IGNORECASE)


def has_preamble(head: Head) -> bool:
    """Whether one of the lines that only a DOT's app or server writes stands above the header."""
    return any(_PREAMBLE.match(line.strip().strip('"')) for line in head.lines[: max(head.header_line, 0)])


def find(names: Sequence[str], name: str) -> int | None:
    """Position of a column, whatever its case, or None."""
    return next((at for at, each in enumerate(names) if each.lower() == name.lower()), None)


def axes(names: Sequence[str], stem: str) -> list[int]:
    """Positions of ``stem_x``, ``stem_y``, ``stem_z``, whatever their case; empty unless all three are there."""
    found = [find(names, f"{stem}_{axis}") for axis in "xyz"]
    return [at for at in found if at is not None] if None not in found else []


def judge(names: Sequence[str], why: str, choose: str) -> Claim | None:
    """What a file with the marks of an Xsens dialect is good for.

    Args:
        names: of its columns.
        why: the marks, in a few words.
        choose: what to choose in the vendor's software, as the end of a sentence.
    """
    acc, gyr = axes(names, "acc"), axes(names, "gyr")
    if acc and gyr:
        return Claim("both", why)
    if acc or gyr:
        missing = "angular velocity" if acc else "acceleration with gravity"
        return Claim("unusable", f"this mode logs no {missing}; {choose}")
    if any(_DELTA.fullmatch(name) for name in names):
        return Claim("unusable", f"this mode logs only increments of velocity and orientation; {choose}")
    if any(_OTHER_MODE.fullmatch(name) for name in names):
        what = "orientation and acceleration without gravity, not what the sensors measured"
        return Claim("unusable", f"this mode logs {what}; {choose}")
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The columns of one sensor's file: acceleration and angular velocity (n, 3), the counters (n,) or None."""

    acc: FloatArray
    gyr: FloatArray
    fine: FloatArray | None
    packets: FloatArray | None


def columns(path: Path, names: Sequence[str]) -> list[int]:
    """Positions of the six axes. Raises RecordingError when one is missing."""
    acc, gyr = axes(names, "acc"), axes(names, "gyr")
    if not acc or not gyr:
        raise RecordingError(path, "needs the columns Acc_X, Acc_Y, Acc_Z, Gyr_X, Gyr_Y and Gyr_Z; export them")
    return [*acc, *gyr]


def table(part: Part) -> Table:
    """Read the six axes and the counters. Raises RecordingError."""
    names = part.head.names
    fine, packets = find(names, "SampleTimeFine"), find(names, "PacketCounter")
    at = columns(part.path, names)
    values = numbers(part, [*at, *(each for each in (fine, packets) if each is not None)])
    return Table(
        acc=values[:, :3],
        gyr=values[:, 3:6],
        fine=None if fine is None else values[:, 6],
        packets=None if packets is None else values[:, -1],
    )


def seconds(
    path: Path,
    counters: Table,
    *,
    tick_s: float,
    packet_modulus: int,
    file_hz: float | None,
    named_hz: float | None,
) -> FloatArray:
    """The time of every row since the first, from SampleTimeFine, or from PacketCounter where there is none.

    Args:
        path: the file, for messages.
        counters: the table; its counters are NaN where the cell is empty.
        tick_s: length of a tick of SampleTimeFine, seconds.
        packet_modulus: where PacketCounter begins again at 0.
        file_hz: packets per second as the file says, or None.
        named_hz: as the caller says; then packets are counted although there is a SampleTimeFine.

    Raises:
        RecordingError: neither tells the time.
    """
    fine, packets = counters.fine, counters.packets
    counted = packets is not None and bool(np.isfinite(packets).any())
    if fine is not None and 2 * np.isfinite(fine).sum() > len(fine) and not (named_hz and counted):
        return _since_first(fine, FINE_MODULUS) * tick_s
    if packets is None or not counted:
        raise RecordingError(path, "neither SampleTimeFine nor PacketCounter has numbers; export one of them")
    rate_hz = named_hz or file_hz
    if rate_hz is None:
        raise RecordingError(path, "SampleTimeFine is empty: nothing says how fast it ran; name the rate with --rate")
    return _since_first(packets, packet_modulus) / rate_hz


def _since_first(counts: FloatArray, modulus: int) -> FloatArray:
    """Counts without wraps, from 0; NaN stays NaN."""
    told = np.full(len(counts), np.nan)
    there = np.isfinite(counts)
    told[there] = unwrap(counts[there], modulus)
    return np.asarray(told - told[there][0])
