"""The bytes of a raw file, ``.kbraw``: a line that names it, then records, each with a sum of its own.

Little-endian. ``docs/raw_files.md`` is this module in words. A record can be found and checked without those
before it, so damage costs the records that it hits and no others.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from zlib import crc32

from imu.records import Kind, Record

STEM = b"\x89kickback raw "
"""How a file of any version begins: not text, so that nothing takes it for a table."""
VERSION = 1
MAGIC = STEM + b"%d\r\n\x1a\n" % VERSION
"""As PNG does it: a transfer that converts the ends of lines shows at once."""

MARK = b"\xf5KB\xfa"
"""Begins a record. 0xF5 and 0xFA are in no UTF-8, so no facts can hold it."""
MOST_PAYLOAD = 1 << 14
"""Bytes of a payload. A characteristic has 512 at most (Bluetooth Core 5.4, vol. 3, part F, 3.2.9)."""

HEAD = struct.Struct("<4sIBq")
"""Mark, length of the payload, kind, host's monotonic clock in ns."""
SUM = struct.Struct("<I")
"""CRC-32 as zip and PNG have it, over the head and the payload; it stands between them."""
LEAST = HEAD.size + SUM.size


def encoded(record: Record) -> bytes:
    """One record as it stands in the file.

    Raises:
        ValueError: the payload is longer than ``MOST_PAYLOAD``.
    """
    if len(record.payload) > MOST_PAYLOAD:
        raise ValueError(f"a record of {len(record.payload)} bytes; {MOST_PAYLOAD} fit")
    head = HEAD.pack(MARK, len(record.payload), record.kind, record.time_ns)
    return head + SUM.pack(crc32(record.payload, crc32(head))) + record.payload


@dataclass(frozen=True, slots=True)
class Scanned:
    """What bytes behind the magic line hold.

    Attributes:
        records: those that are whole, in order.
        damaged: (first byte, bytes) of every stretch that is no record, but for the last.
        cut: bytes of a record at the end that has no end; 0 where there is none.
        unknown: whole records of kinds that this version does not know; they are left out.
    """

    records: list[Record]
    damaged: list[tuple[int, int]]
    cut: int
    unknown: int


def scan(data: bytes, start: int) -> Scanned:
    """All whole records from a byte on; what is damaged is skipped up to the next mark of a whole record."""
    records: list[Record] = []
    damaged: list[tuple[int, int]] = []
    bad, at, unknown = -1, start, 0
    while 0 <= at < len(data):
        stop = _end(data, at)
        if not stop:
            bad = at if bad < 0 else bad
            at = data.find(MARK, at + 1)
            continue
        if bad >= 0:
            damaged.append((bad, at - bad))
            bad = -1
        _, _, kind, time_ns = HEAD.unpack_from(data, at)
        try:
            records.append(Record(Kind(kind), time_ns, data[at + LEAST : stop]))
        except ValueError:
            unknown += 1
        at = stop
    cut = 0
    if bad >= 0 and _is_cut(data, bad):
        cut = len(data) - bad
    elif bad >= 0:
        damaged.append((bad, len(data) - bad))
    return Scanned(records, damaged, cut, unknown)


def _end(data: bytes, at: int) -> int:
    """Where the record that begins here ends; 0 when none does, or it is damaged."""
    if len(data) - at < LEAST:
        return 0
    mark, length, _, _ = HEAD.unpack_from(data, at)
    stop = at + LEAST + int(length)
    if mark != MARK or length > MOST_PAYLOAD or stop > len(data):
        return 0
    (said,) = SUM.unpack_from(data, at + HEAD.size)
    found = crc32(memoryview(data)[at + LEAST : stop], crc32(memoryview(data)[at : at + HEAD.size]))
    return stop if found == said else 0


def _is_cut(data: bytes, at: int) -> bool:
    """Whether what stands here is the beginning of a record that goes on beyond the end of the file."""
    left = len(data) - at
    if left < len(MARK):
        return MARK.startswith(data[at:])
    if not data.startswith(MARK, at):
        return False
    return left < LEAST or at + LEAST + int(HEAD.unpack_from(data, at)[1]) > len(data)
