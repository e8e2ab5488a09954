"""WitMotion's Bluetooth 5 modules (WT901BLECL, BWT901BLE5.0): frames of 20 bytes, no clock, no count, no sum.

Sources: WitMotion's SDK (WITMOTION/WitBluetooth_BWT901BLE5_0, Python, ``device_model.py``), the WT901BLECL data sheet
v20-0707, section 6, and its "Bluetooth 5.0 communication protocol" page. See ``docs/sensors/witmotion.md``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from firmware_protocol.packet import Layout, Message, Packet, Reply, Said, WrongKind, WrongLength
from firmware_protocol.registry import Advert, Command, NoExtras, Wish

UUID = "0000{:04x}-0000-1000-8000-00805f9a34fb"
"""The maker's own base: it ends in 9a34fb where that of the Bluetooth SIG has 9b34fb."""
SERVICE, NOTIFY, WRITE = (UUID.format(number) for number in (0xFFE5, 0xFFE4, 0xFFE9))

FRAME_BYTES = 20
SAMPLES, REGISTERS = b"\x55\x61", b"\x55\x71"
HEADS = (SAMPLES, REGISTERS)
RATE_CODES = {10: 0x06, 50: 0x08, 100: 0x09, 200: 0x0B}
"""Samples a second that are asked for -> value of register 0x03."""
CODE_RATES = {code: float(rate) for rate, code in RATE_CODES.items()} | {0x03: 1.0, 0x07: 20.0}
"""The reverse, and two more that a module may have kept."""
MOST_BEFORE_S = 2.0
"""A module that does not tell its rate is believed to have taken it after so many seconds of frames."""
RATE, TEMPERATURE, POWER = 0x03, 0x40, 0x64
UNLOCK = bytes.fromhex("ffaa6988b5")

ACC_RANGE_G, GYR_RANGE_DPS = 16.0, 2000.0
"""Full scale of 32768 counts. The maker's SDK has these two built in and never asks the sensor."""

NAMES = ("WT901B", "BWT901B")
OTHERS = ("WTVB",)
"""WTVB01-BT50 measures vibration: the same service and the same 55 61, but frames of 28 or 32 bytes."""

PERCENT_FROM_10MV = (
    (397, 100),
    (393, 90),
    (387, 75),
    (382, 60),
    (379, 50),
    (377, 40),
    (373, 30),
    (370, 20),
    (368, 15),
    (350, 10),
    (340, 5),
    (0, 0),
)
"""Battery: from this many hundredths of a volt on, so much is left (table of the maker's protocol page)."""
CELL_10MV = 430
"""More than any lithium cell has: then the register holds another thing, as it does on modules with two cells."""


def write_register(register: int, value: int) -> bytes:
    """The command that sets a register (data sheet, 6.2). It holds until the sensor is switched off."""
    return struct.pack("<BBBH", 0xFF, 0xAA, register, value)


def read_register(register: int) -> bytes:
    """The command that asks for eight registers from this one on (data sheet, 6.1.2)."""
    return bytes([0xFF, 0xAA, 0x27, register, 0x00])


def nearest_rate_hz(wish: Wish) -> int:
    """The rate that the sensor is asked for."""
    return min(RATE_CODES, key=lambda rate: abs(rate - wish.rate_hz))


def _layout(rate_hz: float) -> Layout:
    return Layout(
        rate_hz=rate_hz,
        acc_unit="g",
        gyr_unit="deg/s",
        acc_lsb=ACC_RANGE_G / 32768,
        gyr_lsb=GYR_RANGE_DPS / 32768,
        acc_range_g=ACC_RANGE_G,
        gyr_range_dps=GYR_RANGE_DPS,
    )


class WitmotionDecoder:
    """Frames out of notifications, which hold some of them, or cut one in two.

    A module sends at its old rate from the moment of the subscription on. Samples without a clock at two rates would
    spoil the times of all, so those before the module has told its rate are left out.
    """

    def __init__(self, wish: Wish) -> None:
        asked_hz = nearest_rate_hz(wish)
        self.layout: Layout | None = _layout(asked_hz)
        self._asked = RATE_CODES[asked_hz]
        self._settled = False
        self._before = 0
        self._most_before = round(MOST_BEFORE_S * asked_hz)
        self._tail = b""

    def feed(self, uuid: str, data: bytes) -> list[Message]:
        """See :class:`firmware_protocol.registry.Decoder`. The samples of a notification are one packet."""
        if uuid != NOTIFY:
            return []
        if not data:
            raise WrongLength("an empty notification")
        frames, skipped = self._frames(bytes(data))
        if skipped and not frames:
            raise WrongKind(f"no frame of {FRAME_BYTES} bytes in {len(data)} bytes that begin with {data[:4].hex(' ')}")
        said: list[Message] = []
        samples = []
        for frame in frames:
            if frame[:2] == REGISTERS:
                said += self._registers(frame)
            elif self._counts():
                samples.append(struct.unpack_from("<6h", frame, 2))
        if samples:
            both = np.array(samples, dtype=np.float64)
            said.append(Packet(both[:, :3], both[:, 3:]))
        if skipped:
            said.append(Said("skipped_bytes", str(skipped)))
        return said

    def _counts(self) -> bool:
        """Whether a sample belongs to the stream that was asked for."""
        if not self._settled:
            self._before += 1
            self._settled = self._before > self._most_before
        return self._settled

    def _registers(self, frame: bytes) -> list[Message]:
        """Eight registers from the first one on."""
        first, value = struct.unpack_from("<HH", frame, 2)
        if first == RATE:
            return self._rate(value & 0xFF)
        if first == TEMPERATURE:
            return [Said("temperature_degc", f"{struct.unpack_from('<h', frame, 4)[0] / 100:.2f}")]
        if first != POWER:
            return [Said(f"register_{first:#06x}", frame[4:].hex())]
        said: list[Message] = [Reply(POWER, 0, "ok", True), Said("battery_v", f"{value / 100:.2f}")]
        if value <= CELL_10MV:
            percent = next(left for from_10mv, left in PERCENT_FROM_10MV if value >= from_10mv)
            said.append(Said("battery_percent", str(percent)))
        return said

    def _rate(self, code: int) -> list[Message]:
        rate_hz = CODE_RATES.get(code)
        text = "a rate of an unknown code" if rate_hz is None else f"{rate_hz:g} Hz"
        said: list[Message] = [Reply(RATE, code, text, code == self._asked)]
        if rate_hz is not None:
            self.layout = _layout(rate_hz)
            said.append(self.layout)
        if not self._settled:
            self._settled = True
            said.append(Said("frames_before_start", str(self._before)))
        return said

    def _frames(self, data: bytes) -> tuple[list[bytes], int]:
        """Whole frames, and how many bytes belong to none. What is cut at the end waits for the next notification.

        There is no sum, so a frame counts only where another one, or the end, follows it.
        """
        skipped = 0
        if self._tail and data[:2] in HEADS:  # the other half never came: this begins anew
            skipped, self._tail = len(self._tail), b""
        data, self._tail = self._tail + data, b""
        frames, at = [], 0
        while at < len(data):
            end = at + FRAME_BYTES
            if not _may_begin(data[at : at + 2]) or (end < len(data) and not _may_begin(data[end : end + 2])):
                at, skipped = at + 1, skipped + 1
            elif end > len(data):
                self._tail = data[at:]
                break
            else:
                frames.append(data[at:end])
                at = end
        return frames, skipped


def _may_begin(two: bytes) -> bool:
    """Whether these bytes, or this one byte at the end, may be the head of a frame."""
    return two in HEADS or two == SAMPLES[:1]


@dataclass(frozen=True)
class Witmotion(NoExtras):
    """The codec; see :class:`firmware_protocol.registry.Codec`."""

    name: str = "witmotion"
    title: str = "WitMotion BLE (WT901BLECL, BWT901BLE5.0)"
    doubts: tuple[str, ...] = (
        "It sends no time and no count: the times come from the number of samples and the measured rate, and a lost "
        "packet can be seen only as a pause.",
        "The ranges are not in the data: 16 g and 2000 deg/s are taken, as WitMotion's own software does; gravity "
        "shows whether that is right.",
        "A WT901BLE68 may send only angles in the same frames; gravity then has no sensible size.",
        "The rate is set for this session and not saved; a module that does not tell its rate is believed after two "
        "seconds, and the measured rate is what counts.",
    )
    subscribes: tuple[str, ...] = (NOTIFY,)

    def fits(self, advert: Advert) -> bool:
        """By the name, or by the service unless the name is that of another kind of WitMotion sensor."""
        name = (advert.name or "").upper()
        return name.startswith(NAMES) or (SERVICE in advert.services and not name.startswith(OTHERS))

    def start(self, wish: Wish) -> tuple[Command, ...]:
        """It sends as soon as somebody has subscribed; this sets the rate, and asks for it and for the battery."""
        rate = RATE_CODES[nearest_rate_hz(wish)]
        return (
            Command(WRITE, UNLOCK, why="unlock the settings"),
            Command(WRITE, write_register(RATE, rate), why="set the rate"),
            Command(WRITE, read_register(RATE), answer=RATE, optional=True, why="ask for the rate"),
            Command(WRITE, read_register(POWER), answer=POWER, optional=True, why="ask for the battery"),
        )

    def stop(self) -> tuple[Command, ...]:
        """Nothing to write: it stops when nobody is subscribed."""
        return ()

    def decoder(self, wish: Wish) -> WitmotionDecoder:
        """For a fresh connection."""
        return WitmotionDecoder(wish)


CODEC = Witmotion()
