"""Polar Verity Sense: the measurement data (PMD) service, acceleration and angular velocity as two streams.

Source of every number here: polarofficial/polar-ble-sdk (BlePMDClient.kt, PmdDataFrame.kt, AccData.kt, GyrData.kt,
PmdSetting.kt, PmdControlPointCommand.kt, PmdControlPointResponse.kt) and its products/PolarVeritySense.md. What it
means for the user is docs/sensors/polar.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from firmware_protocol.packet import (
    FloatArray,
    Layout,
    Message,
    OutOfRange,
    Packet,
    ProtocolError,
    Reply,
    Said,
    WrongKind,
    WrongLength,
)
from firmware_protocol.registry import Advert, Command, NoExtras, Wish

_PMD = "fb005c{:02x}-02e7-f387-1cad-8acd2d8df0c8"
SERVICE, CONTROL, DATA = (_PMD.format(number) for number in (0x80, 0x81, 0x82))

ACC, GYRO = 2, 5
KINDS = {0: "ECG", 1: "PPG", ACC: "acceleration", 3: "PPI", GYRO: "angular velocity", 6: "magnetometer", 9: "SDK mode"}
"""Measurement types; the upper two bits of their byte tell online from offline recording."""

SETTINGS, START, STOP = 1, 2, 3
_STATUS = (
    "ok|invalid operation|invalid measurement type|not supported|invalid length|invalid parameter|already in that state"
    "|invalid resolution|invalid sample rate|invalid range|invalid MTU|invalid number of channels|invalid state"
    "|it is in the charger|its memory is full"
)
STATUS = tuple(_STATUS.split("|"))
"""What an answer's status byte says, from 0 on."""
RATE, RESOLUTION, RANGE, RANGE_MILLI, CHANNELS, FACTOR = range(6)
_FORMS = {RATE: "H", RESOLUTION: "H", RANGE: "H", RANGE_MILLI: "I", CHANNELS: "B", FACTOR: "f"}

RATE_HZ, ACC_RANGE_G, GYR_RANGE_DPS = 52, 8, 2000
"""What the sensor does without its "SDK mode": one rate, one range of acceleration."""
LAYOUT = Layout(
    rate_hz=RATE_HZ,
    acc_unit="mg",
    gyr_unit="deg/s",
    apart=True,
    tick_s=1e-9,
    tick_bits=64,
    acc_range_g=ACC_RANGE_G,
    gyr_range_dps=GYR_RANGE_DPS,
)
LEAST_FACTOR = 1e-6
"""A count of 16 bits is worth less than 1 mg, g or deg/s (4000 deg/s are 0.12 a count), 1 where nothing is scaled."""
HEADER_BYTES = 10
_COMPRESSED = 0x80
_RAW_BYTES = {0: 1, 1: 2, 2: 3}
"""Frame type of uncompressed acceleration -> bytes a value, in mg."""


def op(command: int, kind: int) -> int:
    """``Reply.op``: which command, about which measurement."""
    return command << 8 | kind


def settings(data: bytes) -> dict[int, tuple[float, ...]]:
    """Settings as type, number of values, values; what follows an unknown type cannot be read and is left out.

    Raises:
        WrongLength: cut within a setting.
    """
    found: dict[int, tuple[float, ...]] = {}
    at = 0
    while at < len(data) and data[at] in _FORMS:
        if at + 2 > len(data):
            raise WrongLength("a setting without its number of values")
        form = f"<{data[at + 1]}{_FORMS[data[at]]}"
        end = at + 2 + struct.calcsize(form)
        if end > len(data):
            raise WrongLength(f"{len(data) - at} bytes of a setting that says it has {end - at}")
        found[data[at]] = struct.unpack_from(form, data, at + 2)
        at = end
    return found


def deltas(data: bytes, wide: int) -> FloatArray:
    """The samples of a compressed frame's content: one in full, then blocks of differences.

    A block is the bits of a difference (1 to 32), the number of samples, and their differences, lowest bit first,
    three a sample, each added to the sample before.

    Args:
        data: the frame after its header.
        wide: bytes of a value of the first sample; 2 for signed integers, 4 for the bit pattern of a float.

    Returns:
        shape (n, 3); of floats the bit patterns, modulo 2^32.

    Raises:
        WrongLength, OutOfRange: it is no such content.
    """
    if len(data) < 3 * wide:
        raise WrongLength(f"{len(data)} bytes; the first sample alone has {3 * wide}")
    pieces = [np.frombuffer(data, "<i2" if wide == 2 else "<u4", 3).astype(np.int64)[np.newaxis]]
    at = 3 * wide
    while at < len(data):
        if at + 2 > len(data):
            raise WrongLength("a block of differences without its size")
        bits, count = data[at], data[at + 1]
        end = at + 2 + (3 * bits * count + 7) // 8
        if count and not 1 <= bits <= 32:
            raise OutOfRange(f"differences of {bits} bits; they have 1 to 32")
        if end > len(data):
            raise WrongLength(f"{len(data) - at} bytes of a block of differences that says it has {end - at}")
        if count:
            last = pieces[-1][-1]
            pieces.append(last + np.cumsum(_signed(data[at + 2 : end], bits, count), axis=0))
        at = end
    samples = np.concatenate(pieces)
    return (samples if wide == 2 else samples % 2**32).astype(np.float64)


def _signed(data: bytes, bits: int, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Two's complement numbers of so many bits, lowest bit first. Shape (count, 3)."""
    flat = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[: 3 * bits * count]
    values = flat.reshape(-1, bits).astype(np.int64) @ (np.int64(1) << np.arange(bits, dtype=np.int64))
    return np.where(values >> (bits - 1), values - (1 << bits), values).reshape(count, 3)


def _raw(data: bytes, wide: int) -> FloatArray:
    """Signed little-endian integers of 1, 2 or 3 bytes. Shape (n, 3)."""
    if not data or len(data) % (3 * wide):
        raise WrongLength(f"{len(data)} bytes of samples; a sample has {3 * wide}")
    octets = np.frombuffer(data, np.uint8).reshape(-1, wide).astype(np.int64)
    values = octets @ (np.int64(1) << 8 * np.arange(wide, dtype=np.int64))
    return np.where(values >> (8 * wide - 1), values - (1 << 8 * wide), values).reshape(-1, 3).astype(np.float64)


class PolarDecoder:
    """Both streams and the control point of one connection."""

    def __init__(self) -> None:
        self.layout: Layout | None = LAYOUT
        self._factors = {ACC: 1.0, GYRO: 1.0}

    def feed(self, uuid: str, data: bytes) -> list[Message]:
        """See :class:`firmware_protocol.registry.Decoder`."""
        if uuid == DATA:
            return self._frame(data)
        if uuid == CONTROL:
            return self._control(data)
        return []

    def _frame(self, data: bytes) -> list[Message]:
        if len(data) <= HEADER_BYTES:
            raise WrongLength(f"{len(data)} bytes; a frame has more than its header of {HEADER_BYTES}")
        kind, ticks, form = data[0] & 0x3F, int.from_bytes(data[1:9], "little"), data[9]
        if kind not in KINDS:
            raise WrongKind(f"a frame of measurement type {kind}")
        if kind == ACC:
            acc = self._acceleration(form, data[HEADER_BYTES:])
            return [Packet(acc, None, ticks=ticks, ticks_of="last")]
        if kind == GYRO:
            gyr = self._turning(form, data[HEADER_BYTES:])
            return [Packet(None, gyr, ticks=ticks, ticks_of="last")]
        return []

    def _acceleration(self, form: int, data: bytes) -> FloatArray:
        """In mg: compressed type 0 is in g, all others are in mg; only compressed ones have the factor."""
        if form in _RAW_BYTES:
            return _within(_raw(data, _RAW_BYTES[form]), 1000.0 * ACC_RANGE_G, "mg")
        if form not in (_COMPRESSED, _COMPRESSED | 1):
            raise WrongKind(f"acceleration of frame type {form:#04x}")
        factor = self._factors[ACC] * (1000.0 if form == _COMPRESSED else 1.0)
        return _within(deltas(data, 2) * factor, 1000.0 * ACC_RANGE_G, "mg")

    def _turning(self, form: int, data: bytes) -> FloatArray:
        """In deg/s: compressed only, type 0 integers, type 1 floats."""
        if form == _COMPRESSED:
            values = deltas(data, 2)
        elif form == _COMPRESSED | 1:
            with np.errstate(invalid="ignore"):  # what is no number is refused below
                values = deltas(data, 4).astype("<u4").view("<f4").astype(np.float64)
        else:
            raise WrongKind(f"angular velocity of frame type {form:#04x}")
        return _within(values * self._factors[GYRO], float(GYR_RANGE_DPS), "deg/s")

    def _control(self, data: bytes) -> list[Message]:
        """A read tells what it can measure; an indication answers a command, or tells what it stopped by itself."""
        if len(data) < 2:
            raise WrongLength(f"{len(data)} bytes on the control point")
        if data[0] == 0x0F:
            able = [name for kind, name in KINDS.items() if int.from_bytes(data[1:], "little") >> kind & 1]
            return [Said("measures", ", ".join(able))]
        if data[0] == 0x01:
            return [Said("stopped by itself", _name(kind)) for kind in data[1:]]
        if data[0] != 0xF0:
            raise WrongKind(f"an indication that begins with {data[0]:#04x} and not with 0xf0")
        if len(data) < 4:
            raise WrongLength(f"{len(data)} bytes; an answer has 4 at least")
        return self._answer(data[1], data[2] & 0x3F, data[3], bytes(data[5:]))

    def _answer(self, command: int, kind: int, status: int, payload: bytes) -> list[Message]:
        text = STATUS[status] if status < len(STATUS) else f"status {status}"
        said: list[Message] = [Reply(op(command, kind), status, text, status == 0, payload)]
        if status or command not in (SETTINGS, START):
            return said
        try:
            found = settings(payload)
        except ProtocolError:
            if command == START:
                raise
            return said  # At a small MTU the list of settings comes in pieces; nothing hangs on it.
        if command == SETTINGS:
            said += [Said(f"{_name(kind)} settings", _text(found))]
        elif kind in self._factors:
            factor = (found.get(FACTOR) or (1.0,))[0]
            if not LEAST_FACTOR <= factor <= 1:
                raise OutOfRange(f"a factor of {factor:g}")
            self._factors[kind] = factor
            said += [Said(f"{_name(kind)} factor", f"{factor:.6g}")]
        return said


def _within(values: FloatArray, full_scale: float, unit: str) -> FloatArray:
    """Refuse what no sensor of that range says: a broken difference runs away within a frame. Raises OutOfRange."""
    largest = float(np.abs(values).max())
    if not largest <= 1.25 * full_scale:
        raise OutOfRange(f"a value of {largest:.6g} {unit}; the range ends at {full_scale:g}")
    return values


def _name(kind: int) -> str:
    return KINDS.get(kind & 0x3F, f"type {kind & 0x3F}")


def _text(found: dict[int, tuple[float, ...]]) -> str:
    names = {RATE: "Hz", RESOLUTION: "bit", RANGE: "range", RANGE_MILLI: "milli-range", CHANNELS: "channels"}
    parts = [f"{'/'.join(f'{value:g}' for value in found[key])} {name}" for key, name in names.items() if key in found]
    return ", ".join(parts)


def _start(kind: int, full_scale: int) -> bytes:
    fields = (RATE, 1, RATE_HZ, RESOLUTION, 1, 16, RANGE, 1, full_scale, CHANNELS, 1, 3)
    return struct.pack("<BBBBHBBHBBHBBB", START, kind, *fields)


@dataclass(frozen=True)
class Polar(NoExtras):
    """The codec; see :class:`firmware_protocol.registry.Codec`. A wish changes nothing: there is one rate."""

    name: str = "polar"
    title: str = "Polar Verity Sense"
    doubts: tuple[str, ...] = (
        "Its true rate differs from the 52 Hz that it says; Kickback measures it by the sensor's own clock.",
        "Acceleration and angular velocity come as two streams that were not sampled at the same moments.",
    )
    reads: tuple[str, ...] = (CONTROL,)
    subscribes: tuple[str, ...] = (CONTROL, DATA)

    def fits(self, advert: Advert) -> bool:
        """By the name: the service is on Polar's sensors without a gyroscope, too."""
        return bool(advert.name and advert.name.startswith(("Polar Sense", "Polar Verity")))

    def start(self, wish: Wish) -> tuple[Command, ...]:
        """Ask for the settings (they go into the raw file), end what may still run, start both streams."""
        written = []
        for kind in (ACC, GYRO):
            for command, why in ((SETTINGS, "ask for the settings of"), (STOP, "end an earlier stream of")):
                asked, answer = bytes([command, kind]), op(command, kind)
                written.append(Command(CONTROL, asked, answer=answer, optional=True, why=f"{why} {_name(kind)}"))
        for kind, full_scale in ((ACC, ACC_RANGE_G), (GYRO, GYR_RANGE_DPS)):
            begun = _start(kind, full_scale)
            written.append(Command(CONTROL, begun, answer=op(START, kind), why=f"start {_name(kind)}"))
        return tuple(written)

    def stop(self) -> tuple[Command, ...]:
        """End both streams."""
        return tuple(
            Command(CONTROL, bytes([STOP, kind]), answer=op(STOP, kind), optional=True, why=f"stop {_name(kind)}")
            for kind in (ACC, GYRO)
        )

    def decoder(self, wish: Wish) -> PolarDecoder:
        """For a fresh connection."""
        return PolarDecoder()


CODEC = Polar()
