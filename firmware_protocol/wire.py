"""Our own wire format: the packets and the info, SPEC.md in Python. The control point is ``control.py``.

``encode`` gives the bytes, the ``decode_*`` functions the packet; every function of the C side has its counterpart
here. Fields are checked when a packet is made, from whichever side.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from firmware_protocol.packet import OutOfRange, WrongKind, WrongLength, WrongSum, WrongVersion

MAJOR, MINOR = 1, 0
BASE = "6b6201{:02x}-1f0e-4c57-9a6d-2d8b3f5c7e91"
SERVICE, DATA, BACKFILL, CONTROL, INFO = (BASE.format(number) for number in range(5))
"""The service's UUID holds the major version in its third and fourth byte counted from the left: 6b62 01 00."""

HEADER_BYTES = 8
SAMPLE_BYTES = 12
ATT_HEADER = 3
"""A notification carries MTU - 3 bytes (Bluetooth Core 5.4, vol. 3, part F, 3.4.7.1)."""
AXES = 0x3F
"""Bits of the axes mask: ax ay az gx gy gz; major 1 always sends all six."""

Sample: TypeAlias = tuple[int, int, int, int, int, int]
"""ax ay az gx gy gz, 16 bits each, signed."""


def samples_per_packet(mtu: int) -> int:
    """The most samples that a notification holds: 1 at MTU 23, 14 at 185, 19 at 247.

    Raises:
        OutOfRange: an MTU below 23 or above 517, which Bluetooth does not have.
    """
    if not 23 <= mtu <= 517:
        raise OutOfRange(f"an MTU of {mtu}; Bluetooth has 23 to 517")
    return min((mtu - ATT_HEADER - HEADER_BYTES) // SAMPLE_BYTES, 255)


def within(value: int, bits: int, what: str) -> None:
    """Refuse a field that its bits cannot hold. Raises OutOfRange."""
    if not 0 <= value < 1 << bits:
        raise OutOfRange(f"{what} {value} does not fit in {bits} bits")


def _samples(samples: Sequence[Sample]) -> None:
    if not 1 <= len(samples) <= 255:
        raise OutOfRange(f"{len(samples)} samples; a packet holds 1 to 255")
    for number, sample in enumerate(samples):
        if not all(-32768 <= value <= 32767 for value in sample):
            raise OutOfRange(f"sample {number} {tuple(sample)} is not six signed 16-bit numbers")


def _pack(samples: Sequence[Sample]) -> bytes:
    return struct.pack(f"<{6 * len(samples)}h", *(value for sample in samples for value in sample))


def _unpack(data: bytes) -> tuple[Sample, ...]:
    return tuple(struct.iter_unpack("<6h", data[HEADER_BYTES:]))


def _head(data: bytes) -> None:
    """Version, count of samples and length, which both kinds of packet share."""
    if len(data) < HEADER_BYTES + SAMPLE_BYTES:
        raise WrongLength(f"{len(data)} bytes; a packet has {HEADER_BYTES + SAMPLE_BYTES} at least")
    if data[0] >> 4 != MAJOR:
        raise WrongVersion(f"version {data[0] >> 4} of the wire format; this is version {MAJOR}")
    if not data[1] or len(data) != HEADER_BYTES + SAMPLE_BYTES * data[1]:
        raise WrongLength(
            f"{len(data)} bytes for {data[1]} samples; {HEADER_BYTES + SAMPLE_BYTES * data[1]} belong there"
        )


@dataclass(frozen=True, slots=True)
class DataPacket:
    """Samples as they are taken.

    Attributes:
        seq: number of the first sample since boot, modulo 2^16.
        t_us: the sensor's clock at the first sample, microseconds since boot, modulo 2^32.
        samples: 1 to 255 of them.
        overflow: samples were lost in the sensor before this packet.
        changed: rate or ranges are others from this packet on: read the info again.
    """

    seq: int
    t_us: int
    samples: tuple[Sample, ...]
    overflow: bool = False
    changed: bool = False

    OVERFLOW: ClassVar[int] = 0x02
    CHANGED: ClassVar[int] = 0x04

    def __post_init__(self) -> None:
        within(self.seq, 16, "seq")
        within(self.t_us, 32, "t_us")
        _samples(self.samples)

    def encode(self) -> bytes:
        """8 + 12 n bytes."""
        flags = self.OVERFLOW * self.overflow | self.CHANGED * self.changed
        return struct.pack("<BBHI", MAJOR << 4 | flags, len(self.samples), self.seq, self.t_us) + _pack(self.samples)


def decode_data(data: bytes) -> DataPacket:
    """A notification of the data characteristic. Raises ProtocolError; flags that are not known are ignored."""
    _head(data)
    if data[0] & BackfillPacket.FLAG:
        raise WrongKind("a back-fill packet on the data characteristic")
    flags, _, seq, t_us = struct.unpack_from("<BBHI", data)
    return DataPacket(seq, t_us, _unpack(data), bool(flags & DataPacket.OVERFLOW), bool(flags & DataPacket.CHANGED))


@dataclass(frozen=True, slots=True)
class BackfillPacket:
    """Samples that were asked for again.

    Attributes:
        index: number of the first sample since boot, modulo 2^32.
        samples: 1 to 255 of them.
    """

    index: int
    samples: tuple[Sample, ...]

    FLAG: ClassVar[int] = 0x01

    def __post_init__(self) -> None:
        within(self.index, 32, "index")
        _samples(self.samples)

    def encode(self) -> bytes:
        """8 + 12 n bytes; the sum runs over all of them but itself."""
        head = struct.pack("<BBI", MAJOR << 4 | self.FLAG, len(self.samples), self.index)
        body = _pack(self.samples)
        return head + struct.pack("<H", crc16(head + body)) + body


def decode_backfill(data: bytes) -> BackfillPacket:
    """A notification of the back-fill characteristic. Raises ProtocolError."""
    _head(data)
    if not data[0] & BackfillPacket.FLAG:
        raise WrongKind("a data packet on the back-fill characteristic")
    _, _, index, said = struct.unpack_from("<BBIH", data)
    found = crc16(data[:6] + data[8:])
    if found != said:
        raise WrongSum(f"a sum of {found:#06x} where the packet says {said:#06x}")
    return BackfillPacket(index, _unpack(data))


def crc16(data: bytes) -> int:
    """CRC-16/IBM-3740: polynomial 0x1021, begins with 0xFFFF, not reflected; of "123456789" it is 0x29B1."""
    return crc_hqx(data, 0xFFFF)


@dataclass(frozen=True, slots=True)
class Info:
    """What the sensor says of itself; 22 bytes, so that one read brings it at any MTU.

    Attributes:
        minor: of the version; the major is in the service's UUID, too.
        sensor: which of a set, 0 to 255, as its maker numbers them. axes: which it sends; major 1 sends all.
        rate_hz: nominal. acc_range_g, gyr_range_dps: full scale.
        acc_lsb_nmps2, gyr_lsb_nradps: what one count is worth, in 10^-9 m/s² and 10^-9 rad/s.
        buffer_s: signal kept for the back-fill. boot: another one at each start.
    """

    minor: int
    sensor: int
    rate_hz: int
    acc_range_g: int
    gyr_range_dps: int
    acc_lsb_nmps2: int
    gyr_lsb_nradps: int
    buffer_s: int
    boot: int
    axes: int = AXES

    SIZE: ClassVar[int] = 22
    FORM: ClassVar[str] = "<BBBBHHHIIHH"

    def __post_init__(self) -> None:
        for name in ("minor", "sensor", "axes"):
            within(getattr(self, name), 8, name)
        for name in ("rate_hz", "acc_range_g", "gyr_range_dps", "buffer_s", "boot"):
            within(getattr(self, name), 16, name)
        for name in ("acc_lsb_nmps2", "gyr_lsb_nradps"):
            within(getattr(self, name), 32, name)
            if not getattr(self, name):
                raise OutOfRange(f"{name} is 0")
        if not self.rate_hz:
            raise OutOfRange("rate_hz is 0")
        if self.axes != AXES:
            raise OutOfRange(f"axes {self.axes:#04x}; version {MAJOR} sends all six, {AXES:#04x}")

    def encode(self) -> bytes:
        """22 bytes."""
        ranges = (self.rate_hz, self.acc_range_g, self.gyr_range_dps)
        steps = (self.acc_lsb_nmps2, self.gyr_lsb_nradps)
        return struct.pack(
            self.FORM, MAJOR, self.minor, self.sensor, self.axes, *ranges, *steps, self.buffer_s, self.boot
        )


def decode_info(data: bytes) -> Info:
    """A read of the info characteristic; a later minor version may append to it. Raises ProtocolError."""
    if len(data) < Info.SIZE:
        raise WrongLength(f"{len(data)} bytes of info; {Info.SIZE} belong there")
    major, minor, sensor, axes, rate, acc, gyr, acc_lsb, gyr_lsb, buffer_s, boot = struct.unpack_from(Info.FORM, data)
    if major != MAJOR:
        raise WrongVersion(f"version {major} of the wire format; this is version {MAJOR}")
    return Info(minor, sensor, rate, acc, gyr, acc_lsb, gyr_lsb, buffer_s, boot, axes)
