"""Movella DOT, formerly Xsens DOT: 32-bit floats with a clock of microseconds, 60 samples a second at most.

Source: the maker's "BLE Service Specification", document XD0506P; the tables named below are those of revision C,
July 2023. See ``docs/sensors/movella_dot.md``.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

import numpy as np

from firmware_protocol.packet import Layout, Message, OutOfRange, Packet, Said, WrongKind, WrongLength
from firmware_protocol.registry import Advert, Command, NoExtras, Wish

UUID = "1517{:04x}-4947-11e9-8646-d663bd873d93"
INFO, SETTINGS, CONTROL, MEDIUM, BATTERY = (UUID.format(number) for number in (0x1001, 0x1002, 0x2001, 0x2003, 0x3001))
COMPANY = 0x0886
"""Movella Technologies B.V. among the company identifiers of the Bluetooth SIG (table 3)."""
NAMES = ("MOVELLA DOT", "XSENS DOT")

RATE_QUANTITIES = 21
"""Payload mode: time, acceleration, angular velocity (table 13)."""
PAYLOAD_BYTES, MEDIUM_BYTES = 28, 40
"""Of that mode, and of the characteristic, whose unused bytes are 0 (table 15)."""
START, STOP = bytes([1, 1, RATE_QUANTITIES]), bytes([1, 0, RATE_QUANTITIES])
RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)
"""What it streams; 120 is for recordings inside the sensor (table 7)."""
SETTINGS_BYTES, RATE_AT, VISIT_RATE = 32, 24, 0x10
"""Length of the settings, place of the rate, and the bit that says "take the rate, leave the rest" (table 7)."""
INFO_BYTES = 34
"""Table 6."""

ACC_RANGE_G, GYR_RANGE_DPS = 16.0, 2000.0
"""Full scale that the maker gives for the DOT; it cannot be set and is not in the data."""
MOST_MPS2, MOST_DPS = 1.25 * ACC_RANGE_G * 9.80665, 1.25 * GYR_RANGE_DPS
"""What no calibration makes of full scale: a larger number is none of this mode."""


def nearest_rate_hz(wish: Wish) -> int:
    """The rate that the sensor is asked for."""
    return min(RATES_HZ, key=lambda rate: abs(rate - wish.rate_hz))


def settings_with_rate(rate_hz: int) -> bytes:
    """The settings with nothing to be taken from them but the rate (table 7)."""
    settings = bytearray(SETTINGS_BYTES)
    settings[0] = VISIT_RATE
    struct.pack_into("<H", settings, RATE_AT, rate_hz)
    return bytes(settings)


def _layout(rate_hz: float) -> Layout:
    return Layout(
        rate_hz=rate_hz,
        acc_unit="m/s²",
        gyr_unit="deg/s",
        tick_s=1e-6,
        tick_bits=32,
        acc_range_g=ACC_RANGE_G,
        gyr_range_dps=GYR_RANGE_DPS,
    )


class DotDecoder:
    """One sample a notification."""

    def __init__(self, wish: Wish) -> None:
        self.layout: Layout | None = _layout(nearest_rate_hz(wish))

    def feed(self, uuid: str, data: bytes) -> list[Message]:
        """See :class:`firmware_protocol.registry.Decoder`."""
        if uuid == MEDIUM:
            return [_sample(bytes(data))]
        if uuid == BATTERY:
            return _battery(data)
        if uuid == INFO:
            return _info(data)
        if uuid == SETTINGS:
            return self._settings(data)
        return []

    def _settings(self, data: bytes) -> list[Message]:
        """Read before the start, and again after it: the rate that is set then is that of the stream."""
        if len(data) < SETTINGS_BYTES:
            raise WrongLength(f"{len(data)} bytes of settings; {SETTINGS_BYTES} belong there")
        (rate_hz,) = struct.unpack_from("<H", data, RATE_AT)
        said: list[Message] = [Said("rate_hz", str(rate_hz))]
        if rate_hz in RATES_HZ:
            self.layout = _layout(rate_hz)
            said.append(self.layout)
        return said


def _sample(data: bytes) -> Packet:
    if not PAYLOAD_BYTES <= len(data) <= MEDIUM_BYTES:
        raise WrongLength(f"{len(data)} bytes; rate quantities have {PAYLOAD_BYTES}, with zeros {MEDIUM_BYTES} at most")
    if any(data[PAYLOAD_BYTES:]):
        raise WrongKind("more than the rate quantities: the sensor sends in another payload mode")
    ticks, *values = struct.unpack_from("<I6f", data)
    for value, most in zip(values, 3 * (MOST_MPS2,) + 3 * (MOST_DPS,), strict=True):
        if not math.isfinite(value) or abs(value) > most:
            raise OutOfRange(f"a value of {value:g}, beyond {most:.0f}: not a measurement, or another payload mode")
    both = np.array([values], dtype=np.float64)
    return Packet(both[:, :3], both[:, 3:], ticks=ticks)


def _battery(data: bytes) -> list[Message]:
    if len(data) < 2:
        raise WrongLength(f"{len(data)} bytes of battery; 2 belong there")
    if data[0] > 100:
        raise OutOfRange(f"a battery of {data[0]} %")
    return [Said("battery_percent", str(data[0])), Said("charging", "yes" if data[1] else "no")]


def _info(data: bytes) -> list[Message]:
    if len(data) < INFO_BYTES:
        raise WrongLength(f"{len(data)} bytes of device info; {INFO_BYTES} belong there")
    firmware = ".".join(str(part) for part in data[6:9])
    (serial,) = struct.unpack_from("<Q", data, 20)
    model = bytes(data[28:34]).rstrip(b"\x00 ").decode("ascii", "replace")
    return [Said("firmware", firmware), Said("serial", f"{serial:X}"), Said("model", model)]


@dataclass(frozen=True)
class MovellaDot(NoExtras):
    """The codec; see :class:`firmware_protocol.registry.Codec`."""

    name: str = "movella_dot"
    title: str = "Movella DOT (Xsens DOT)"
    doubts: tuple[str, ...] = (
        "It streams 60 samples a second at most.",
        "Each sample has a time but no count: a lost one is seen as a step in its clock.",
        "The rate is set at each start and stays set in the sensor; whether it was taken is seen in its clock.",
        "No recorded bytes of this sensor were at hand: the format is from the maker's document alone; gravity shows "
        "whether unit and order are right.",
    )
    reads: tuple[str, ...] = field(default=(INFO, BATTERY, SETTINGS), init=False)
    subscribes: tuple[str, ...] = (MEDIUM,)

    def fits(self, advert: Advert) -> bool:
        """By the maker's company identifier or by the name, whose spelling differs between firmwares."""
        return COMPANY in advert.companies or (advert.name or "").upper().startswith(NAMES)

    def start(self, wish: Wish) -> tuple[Command, ...]:
        """Stop first: the rate cannot be changed while it measures (table 7)."""
        return (
            Command(CONTROL, STOP, optional=True, why="stop what still runs"),
            Command(SETTINGS, settings_with_rate(nearest_rate_hz(wish)), optional=True, why="set the rate"),
            Command(CONTROL, START, why="start"),
        )

    def stop(self) -> tuple[Command, ...]:
        """One command."""
        return (Command(CONTROL, STOP, optional=True, why="stop"),)

    def decoder(self, wish: Wish) -> DotDecoder:
        """For a fresh connection."""
        return DotDecoder(wish)


CODEC = MovellaDot()
