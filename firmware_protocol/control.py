"""The control point of our own wire format: what is asked of the sensor and what it answers. See SPEC.md."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, TypeAlias

from firmware_protocol.packet import OutOfRange, WrongKind, WrongLength
from firmware_protocol.wire import within

REPLY = 0x20


class Op(IntEnum):
    """Operations of the control characteristic."""

    START = 1
    STOP = 2
    SYNC = 3
    BACKFILL = 4
    IDENTIFY = 5


class Result(IntEnum):
    """What a reply says; the numbers are those of SIG control points (Sensor Location, Cycling Power, ...)."""

    OK = 1
    NOT_SUPPORTED = 2
    INVALID_PARAMETER = 3
    FAILED = 4


@dataclass(frozen=True, slots=True)
class Start:
    """Begin to send, or go on with other rate and ranges; 0 leaves a field as it is."""

    rate_hz: int = 0
    acc_range_g: int = 0
    gyr_range_dps: int = 0
    latency_ms: int = 0

    def __post_init__(self) -> None:
        for name in ("rate_hz", "acc_range_g", "gyr_range_dps", "latency_ms"):
            within(getattr(self, name), 16, name)

    def encode(self) -> bytes:
        """9 bytes."""
        return struct.pack("<BHHHH", Op.START, self.rate_hz, self.acc_range_g, self.gyr_range_dps, self.latency_ms)


@dataclass(frozen=True, slots=True)
class Stop:
    """Send no more."""

    def encode(self) -> bytes:
        """1 byte."""
        return bytes([Op.STOP])


@dataclass(frozen=True, slots=True)
class Sync:
    """What does your clock say? The token comes back with the answer."""

    token: int

    def __post_init__(self) -> None:
        within(self.token, 16, "token")

    def encode(self) -> bytes:
        """3 bytes."""
        return struct.pack("<BH", Op.SYNC, self.token)


@dataclass(frozen=True, slots=True)
class Backfill:
    """Send samples again: ``count`` of them from ``first`` on, as far as they are kept."""

    first: int
    count: int

    def __post_init__(self) -> None:
        within(self.first, 32, "first")
        within(self.count, 16, "count")
        if not self.count:
            raise OutOfRange("count is 0")

    def encode(self) -> bytes:
        """7 bytes."""
        return struct.pack("<BIH", Op.BACKFILL, self.first, self.count)


@dataclass(frozen=True, slots=True)
class Identify:
    """Show which one you are, by a light or a hum, for so many seconds."""

    seconds: int

    def __post_init__(self) -> None:
        within(self.seconds, 8, "seconds")

    def encode(self) -> bytes:
        """2 bytes."""
        return struct.pack("<BB", Op.IDENTIFY, self.seconds)


Request: TypeAlias = Start | Stop | Sync | Backfill | Identify
_REQUESTS: dict[int, tuple[type[Start | Stop | Sync | Backfill | Identify], str]] = {
    Op.START: (Start, "<HHHH"),
    Op.STOP: (Stop, "<"),
    Op.SYNC: (Sync, "<H"),
    Op.BACKFILL: (Backfill, "<IH"),
    Op.IDENTIFY: (Identify, "<B"),
}


def decode_request(data: bytes) -> Request:
    """A write to the control characteristic. Raises WrongKind (answer 2), or another ProtocolError (answer 3)."""
    if not data:
        raise WrongKind("an empty command")
    if data[0] not in _REQUESTS:
        raise WrongKind(f"no operation {data[0]:#04x}")
    kind, form = _REQUESTS[data[0]]
    if len(data) != 1 + struct.calcsize(form):
        raise WrongLength(f"{len(data)} bytes for {kind.__name__}; {1 + struct.calcsize(form)} belong there")
    return kind(*struct.unpack_from(form, data, 1))


@dataclass(frozen=True, slots=True)
class Answer:
    """An indication of the control characteristic.

    Attributes:
        op: the operation that it answers, 0 to 255.
        result: of it.
        payload: at most 17 bytes, so that it fits at MTU 23. After OK: START gives ``<I`` (number of the next sample),
            SYNC ``<HQHI`` (token, clock at receipt in us, us from then to the answer, number of the next sample),
            BACKFILL ``<IH`` (first sample and how many will come); otherwise nothing.
    """

    op: int
    result: Result
    payload: bytes = b""

    SYNC: ClassVar[str] = "<HQHI"
    BACKFILL: ClassVar[str] = "<IH"
    START: ClassVar[str] = "<I"

    def __post_init__(self) -> None:
        within(self.op, 8, "op")
        if len(self.payload) > 17:
            raise OutOfRange(f"{len(self.payload)} bytes of payload; 17 fit")

    def encode(self) -> bytes:
        """3 bytes and the payload."""
        return bytes([REPLY, self.op, self.result]) + self.payload


def decode_answer(data: bytes) -> Answer:
    """An indication of the control characteristic. Raises ProtocolError."""
    if len(data) < 3:
        raise WrongLength(f"{len(data)} bytes; an answer has 3 at least")
    if data[0] != REPLY:
        raise WrongKind(f"an indication that begins with {data[0]:#04x} and not with {REPLY:#04x}")
    if data[2] not in Result.__members__.values():
        raise OutOfRange(f"a result of {data[2]}; known are 1 to {max(Result)}")
    forms = {Op.START: Answer.START, Op.SYNC: Answer.SYNC, Op.BACKFILL: Answer.BACKFILL}
    form = forms.get(Op(data[1])) if data[1] in Op.__members__.values() else None
    if data[2] == Result.OK and form is not None and len(data) < 3 + struct.calcsize(form):
        raise WrongLength(f"{len(data)} bytes; {3 + struct.calcsize(form)} belong to the answer of operation {data[1]}")
    return Answer(data[1], Result(data[2]), bytes(data[3:]))
