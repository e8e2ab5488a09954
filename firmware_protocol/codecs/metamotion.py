"""MbientLab MetaMotion R, RL, C (BMI160) and S (BMI270): two streams of three samples a packet, no clock, no count.

Sources: MbientLab's MetaWear-SDK-Cpp: ``accelerometer_bosch.cpp``, ``gyro_bosch.cpp``, their ``*_register.h``,
``metawearboard.cpp``, and the expected commands of ``test/test_accelerometer_bmi160.py``,
``test_accelerometer_bmi270.py``, ``test_gyro_bmi160.py``. See ``docs/sensors/metamotion.md``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from firmware_protocol.packet import Layout, Message, OutOfRange, Packet, Reply, Said, WrongKind, WrongLength
from firmware_protocol.registry import Advert, Command, NoExtras, Wish

UUID = "326a900{}-85cb-9195-d9dd-464cfbbae75a"
SERVICE, COMMAND, NOTIFY = (UUID.format(number) for number in (0, 1, 6))

ACC, SETTINGS, GYR = 0x03, 0x11, 0x13
"""Modules: the first byte of everything; the second is a register, with 0x80 added to read it."""
READ = 0x80
POWER, ENABLE, CONFIG = 0x01, 0x02, 0x03
BATTERY = 0x0C

BMI160, BMI270 = Said("chip", "BMI160"), Said("chip", "BMI270")
CHIPS = {1: BMI160, 4: BMI270}
"""Implementation of the accelerometer module -> what is built in. 3 is a BMA255, which has no gyroscope beside it."""
ACC_CODES = {BMI160: {2: 0x3, 4: 0x5, 8: 0x8, 16: 0xC}, BMI270: {2: 0x0, 4: 0x1, 8: 0x2, 16: 0x3}}
"""Full scale in g -> code: 3 is 2 g to the one and 16 g to the other."""
ACC_HEADS = {BMI160: 0x20, BMI270: 0xA0}
"""What stands above the rate's code: normal filter, and with the BMI270 its performance mode."""
ACC_STREAMS, GYR_STREAMS = {BMI160: 0x1C, BMI270: 0x05}, {BMI160: 0x07, BMI270: 0x05}
"""Registers of packed samples."""
ODR_CODES = {25: 6, 50: 7, 100: 8, 200: 9}
"""Samples a second -> code, the same for both sensors and both chips."""
GYR_RANGES_DPS = (2000, 1000, 500, 250, 125)
"""By code."""
GYR_LSB_2000 = 16.4
"""Counts for 1 deg/s at 2000 deg/s full scale; twice as many at each half of it."""

SAMPLE_BYTES, PACKED = 6, 18
LENGTHS: dict[tuple[int, int], tuple[int, ...]] = {
    (ACC, 0x04): (SAMPLE_BYTES,),
    (ACC, 0x05): (PACKED,),
    (ACC, 0x1C): (PACKED,),
    (GYR, 0x04): (SAMPLE_BYTES,),
    (GYR, 0x05): (SAMPLE_BYTES, PACKED),  # one sample of a BMI160, three of a BMI270
    (GYR, 0x07): (PACKED,),
}
"""Bytes of samples that a data register brings."""
NAMES = ("METAWEAR", "METAMOTION")


def op(module: int, register: int) -> int:
    """Number of a read's reply, for :attr:`Command.answer`."""
    return module << 8 | register | READ


def nearest(choices: tuple[int, ...], wished: int) -> int:
    """What comes nearest of that which the sensor can do."""
    return min(choices, key=lambda choice: abs(choice - wished))


class MetamotionDecoder:
    """What one board says; its two configurations, read back, are the layout."""

    def __init__(self) -> None:
        self.layout: Layout | None = None
        self._chip: Said | None = None
        self._acc: tuple[float, int] | None = None
        self._gyr: tuple[float, int] | None = None

    def feed(self, uuid: str, data: bytes) -> list[Message]:
        """See :class:`firmware_protocol.registry.Decoder`."""
        if uuid != NOTIFY:
            return []
        if len(data) < 2:
            raise WrongLength(f"{len(data)} bytes; module and register are 2 already")
        module, register, body = data[0], data[1], bytes(data[2:])
        if (module, register) in LENGTHS:
            packet = _samples(module, register, body)
            return [packet] if self.layout is not None else []  # of a session before: nobody knows its ranges
        if (module, register) == (ACC, READ):
            return self._learn_chip(body)
        if register == CONFIG | READ and module in (ACC, GYR):
            return self._learn_config(module, body)
        if (module, register) == (SETTINGS, BATTERY | READ):
            return _battery(body)
        raise WrongKind(f"module {module:#04x}, register {register:#04x}: nothing that was asked for")

    def _learn_chip(self, body: bytes) -> list[Message]:
        if not body:
            raise WrongLength("an accelerometer module without an implementation: the board has none")
        chip = CHIPS.get(body[0])
        if chip is None:
            text = f"accelerometer {body[0]}, which Kickback does not know beside a gyroscope"
            return [Reply(op(ACC, 0), body[0], text, False, body)]
        self._chip = chip
        return [Reply(op(ACC, 0), body[0], chip.value, True, body), chip]

    def _learn_config(self, module: int, body: bytes) -> list[Message]:
        if len(body) < 2:
            raise WrongLength(f"{len(body)} bytes of configuration; 2 belong there")
        rate = next((rate for rate, code in ODR_CODES.items() if code == body[0] & 0x0F), None)
        if rate is None:
            raise OutOfRange(f"a rate of code {body[0] & 0x0F}; known are {', '.join(map(str, ODR_CODES.values()))}")
        if module == ACC:
            self._acc = rate, self._acc_range_g(body[1])
        else:
            code = body[1] & 0x07
            if code >= len(GYR_RANGES_DPS):
                raise OutOfRange(f"a gyroscope's range of code {code}; known are 0 to {len(GYR_RANGES_DPS) - 1}")
            self._gyr = rate, GYR_RANGES_DPS[code]
        said: list[Message] = [Reply(op(module, CONFIG), 0, "ok", True, body)]
        if self._acc is not None and self._gyr is not None:
            self.layout = _layout(self._acc[0], self._acc[1], self._gyr[1])
            said.append(self.layout)
        return said

    def _acc_range_g(self, code: int) -> int:
        if self._chip is None:
            raise WrongKind("an accelerometer's range before the board said which one it has")
        for range_g, known in ACC_CODES[self._chip].items():
            if known == code & 0x0F:
                return range_g
        raise OutOfRange(f"an accelerometer's range of code {code:#04x}, which a {self._chip.value} does not have")


def _samples(module: int, register: int, body: bytes) -> Packet:
    allowed = LENGTHS[module, register]
    if len(body) not in allowed:
        belong = " or ".join(map(str, allowed))
        raise WrongLength(f"{len(body)} bytes of samples in register {register:#04x}; {belong} belong there")
    values = np.array(list(struct.iter_unpack("<3h", body)), dtype=np.float64)
    return Packet(values, None) if module == ACC else Packet(None, values)


def _battery(body: bytes) -> list[Message]:
    if len(body) != 3:
        raise WrongLength(f"{len(body)} bytes of battery; 3 belong there")
    percent, millivolts = struct.unpack("<BH", body)
    if percent > 100:
        raise OutOfRange(f"a battery of {percent} %")
    return [
        Reply(op(SETTINGS, BATTERY), 0, "ok", True, body),
        Said("battery_percent", str(percent)),
        Said("battery_v", f"{millivolts / 1000:.3f}"),
    ]


def _layout(rate_hz: float, acc_range_g: int, gyr_range_dps: int) -> Layout:
    return Layout(
        rate_hz=rate_hz,
        acc_unit="g",
        gyr_unit="deg/s",
        acc_lsb=acc_range_g / 32768,
        gyr_lsb=gyr_range_dps / (2000 * GYR_LSB_2000),
        apart=True,
        acc_range_g=float(acc_range_g),
        gyr_range_dps=float(gyr_range_dps),
    )


@dataclass(frozen=True)
class Metamotion(NoExtras):
    """The codec; see :class:`firmware_protocol.registry.Codec`."""

    name: str = "metamotion"
    title: str = "MbientLab MetaMotion (R, RL, C, S)"
    doubts: tuple[str, ...] = (
        "It sends no time and no count: the times come from the number of samples and the measured rate, and a lost "
        "packet can be seen only as a pause.",
        "Acceleration and angular velocity are two streams that begin one after the other: they may be a few "
        "hundredths of a second apart, and a packet lost from one of them shifts it by three samples.",
        "Boards without a gyroscope bear the same name; they are told after connecting, not before.",
        "A BMI270 was known from MbientLab's source and tests alone; gravity shows whether its range was understood.",
    )
    subscribes: tuple[str, ...] = (NOTIFY,)

    def fits(self, advert: Advert) -> bool:
        """By the service or the name."""
        return SERVICE in advert.services or (advert.name or "").upper().startswith(NAMES)

    def start(self, wish: Wish) -> tuple[Command, ...]:
        """Which chip, how much battery, both configurations there and back, then both streams.

        A running sensor cannot be configured, so both are put to sleep first.
        """
        rate = ODR_CODES[nearest(tuple(ODR_CODES), wish.rate_hz)]
        gyr_range = GYR_RANGES_DPS.index(nearest(GYR_RANGES_DPS, wish.gyr_range_dps))
        chosen = []
        for chip, codes in ACC_CODES.items():
            config = bytes([ACC, CONFIG, ACC_HEADS[chip] | rate, codes[nearest(tuple(codes), wish.acc_range_g)]])
            chosen.append(Command(COMMAND, config, when=chip, why=f"set the {chip.value}'s accelerometer"))
        return (
            _ask(ACC, 0x00, "ask which accelerometer it has"),
            _ask(SETTINGS, BATTERY, "ask for the battery", optional=True),
            _tell(ACC, POWER, b"\x00", "put the accelerometer to sleep"),
            _tell(GYR, POWER, b"\x00", "put the gyroscope to sleep"),
            *chosen,
            _ask(ACC, CONFIG, "read the accelerometer's settings"),
            _tell(GYR, CONFIG, bytes([0x20 | rate, gyr_range]), "set the gyroscope"),
            _ask(GYR, CONFIG, "read the gyroscope's settings"),
            *_streams(b"\x01", "subscribe to"),
            _tell(ACC, ENABLE, b"\x01\x00", "let the accelerometer sample"),
            _tell(GYR, ENABLE, b"\x01\x00", "let the gyroscope sample"),
            _tell(ACC, POWER, b"\x01", "start the accelerometer"),
            _tell(GYR, POWER, b"\x01", "start the gyroscope"),
        )

    def stop(self) -> tuple[Command, ...]:
        """The start, backwards."""
        return (
            _tell(GYR, POWER, b"\x00", "stop the gyroscope", optional=True),
            _tell(ACC, POWER, b"\x00", "stop the accelerometer", optional=True),
            _tell(GYR, ENABLE, b"\x00\x01", "end the gyroscope's sampling", optional=True),
            _tell(ACC, ENABLE, b"\x00\x01", "end the accelerometer's sampling", optional=True),
            *reversed(_streams(b"\x00", "unsubscribe from", optional=True)),
        )

    def decoder(self, wish: Wish) -> MetamotionDecoder:
        """For a fresh connection; what was wished is read back from the board."""
        return MetamotionDecoder()


def _tell(
    module: int, register: int, body: bytes, why: str, optional: bool = False, when: Said | None = None
) -> Command:
    return Command(COMMAND, bytes([module, register]) + body, optional=optional, why=why, when=when)


def _ask(module: int, register: int, why: str, optional: bool = False) -> Command:
    data = bytes([module, register | READ])
    return Command(COMMAND, data, answer=op(module, register), optional=optional, why=why)


def _streams(body: bytes, what: str, optional: bool = False) -> tuple[Command, ...]:
    """One command for each chip and stream."""
    each = ((ACC, ACC_STREAMS, "acceleration"), (GYR, GYR_STREAMS, "angular velocity"))
    return tuple(
        _tell(module, registers[chip], body, f"{what} {stream}", optional, chip)
        for module, registers, stream in each
        for chip in (BMI160, BMI270)
    )


CODEC = Metamotion()
