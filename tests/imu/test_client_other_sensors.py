"""The client with sensors that are not ours: their commands in their order, their battery, their samples. Simulated."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from benchmarks.fake_link import now_ns, run, until
from firmware_protocol.codecs import metamotion, movella_dot, witmotion
from firmware_protocol.registry import Advert
from imu.blocks import SampleBlock
from imu.client import LiveSensor
from imu.link import Found, LinkError
from imu.records import Kind, Record
from imu.units import G0_MPS2, RAD_PER_DEG

Sent = Iterator[tuple[str, bytes]]


class Device:
    """What a sensor does with what is written to it, and what it sends every 50 ms once somebody listens."""

    advert = Advert()
    has: tuple[str, ...] = ()
    readable: dict[str, bytes]

    def __init__(self) -> None:
        self.readable = {}
        self.written: list[bytes] = []

    def answer(self, uuid: str, data: bytes) -> Sent:
        raise NotImplementedError

    def stream(self) -> Sent:
        raise NotImplementedError


class Module(Device):
    """A WitMotion: it streams by itself, at 10 Hz until it was told another rate."""

    advert = Advert("WT901BLE67")
    has = (witmotion.NOTIFY, witmotion.WRITE)

    def __init__(self) -> None:
        super().__init__()
        self.registers = {0x03: 0x06, 0x64: 391}
        self.unlocked = False
        self.beats = 0

    def answer(self, uuid: str, data: bytes) -> Sent:
        assert uuid == witmotion.WRITE and data[:2] == b"\xff\xaa"
        if data == witmotion.UNLOCK:
            self.unlocked = True
        elif data[2] == 0x27:
            yield witmotion.NOTIFY, b"\x55\x71" + struct.pack("<9H", data[3], self.registers[data[3]], *[0] * 7)
        elif self.unlocked:
            self.registers[data[2]] = data[3]

    def stream(self) -> Sent:
        self.beats += 1
        frames = {0x06: self.beats % 2, 0x09: 5}[self.registers[0x03]]
        if frames:
            yield witmotion.NOTIFY, (b"\x55\x61" + struct.pack("<9h", 0, 0, 2048, 164, 0, 0, 0, 0, 0)) * frames


class Board(Device):
    """A MetaMotion with one of the two chips, which runs what is on."""

    advert = Advert("MetaWear", frozenset({metamotion.SERVICE}))
    has = (metamotion.NOTIFY, metamotion.COMMAND)

    def __init__(self, implementation: int) -> None:
        super().__init__()
        self.config = {3: b"\x28\x03", 0x13: b"\x28\x00"}
        self.told = {b"\x03\x80": bytes([implementation, 1]), b"\x11\x8c": struct.pack("<BH", 77, 3900)}
        self.packed = {1: {3: 0x1C, 0x13: 0x07}, 4: {3: 0x05, 0x13: 0x05}}[implementation]
        self.on: dict[tuple[int, int], bytes] = {}

    def answer(self, uuid: str, data: bytes) -> Sent:
        assert uuid == metamotion.COMMAND
        if data[1] == 0x83:
            yield metamotion.NOTIFY, data + self.config[data[0]]
        elif data in self.told:
            yield metamotion.NOTIFY, data + self.told[data]
        elif data[1] == 0x03:
            self.config[data[0]] = data[2:]
        else:
            self.on[data[0], data[1]] = data[2:]

    def running(self, module: int) -> bool:
        wanted = {(module, self.packed[module]): b"\x01", (module, 2): b"\x01\x00", (module, 1): b"\x01"}
        return wanted.items() <= self.on.items()

    def stream(self) -> Sent:
        for module, sample in ((3, (0, 0, 2048)), (0x13, (164, 0, 0))):
            if self.running(module):
                yield metamotion.NOTIFY, bytes([module, self.packed[module]]) + struct.pack("<9h", *sample * 3)


class Dot(Device):
    """A Movella DOT that was left at 20 Hz."""

    advert = Advert("Movella DOT", companies=frozenset({movella_dot.COMPANY}))
    has = (movella_dot.MEDIUM, movella_dot.CONTROL, *movella_dot.CODEC.reads)

    def __init__(self) -> None:
        super().__init__()
        info = bytes(6) + bytes([2, 4, 0]) + bytes(11) + struct.pack("<Q", 0xD0701) + b"XS-T02"
        self.readable = {
            movella_dot.INFO: info,
            movella_dot.BATTERY: b"\x40\x00",
            movella_dot.SETTINGS: bytes(24) + b"\x14" + bytes(7),
        }
        self.measures = False
        self.sent = 0

    def answer(self, uuid: str, data: bytes) -> Sent:
        if uuid == movella_dot.CONTROL:
            self.measures = data == movella_dot.START
        elif not self.measures and data[0] == movella_dot.VISIT_RATE:
            self.readable[uuid] = data
        yield from ()

    def stream(self) -> Sent:
        (rate_hz,) = struct.unpack_from("<H", self.readable[movella_dot.SETTINGS], 24)
        for _ in range(rate_hz // 20 if self.measures else 0):
            self.sent += 1
            values = (self.sent * 1_000_000 // rate_hz % 2**32, 0, 0, G0_MPS2, 10, 0, 0)
            yield movella_dot.MEDIUM, struct.pack("<I6f", *values)


class DeviceLink:
    """See :class:`imu.link.Link`."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.mtu = 247
        self.characteristics = frozenset(device.has)
        self._callbacks: dict[str, Callable[[bytes], None]] = {}
        self._beat = asyncio.get_running_loop().create_task(self._beats())

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            self._send(self.device.stream() if self._callbacks else iter(()))

    def _send(self, sent: Sent) -> None:
        for uuid, data in sent:
            self._callbacks[uuid](data)

    async def read(self, uuid: str) -> bytes:
        await asyncio.sleep(0.01)
        if uuid not in self.device.readable:
            raise LinkError(f"there is no {uuid}")
        return self.device.readable[uuid]

    async def write(self, uuid: str, data: bytes, response: bool) -> None:
        await asyncio.sleep(0.01)
        self.device.written.append(data)
        self._send(self.device.answer(uuid, data))

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        assert uuid in self.characteristics
        self._callbacks[uuid] = callback

    async def close(self) -> None:
        self._beat.cancel()


class DeviceRadio:
    """See :class:`imu.link.Radio`."""

    def __init__(self, device: Device) -> None:
        self._device = device

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None = None) -> list[Found]:
        await asyncio.sleep(0.1)
        return [Found("A1", self._device.advert, -50, self._device)]

    async def connect(self, found: Found, lost: Callable[[], None]) -> DeviceLink:
        await asyncio.sleep(0.05)
        return DeviceLink(found.handle)


def streamed(device: Device, samples: int) -> tuple[LiveSensor, list[SampleBlock], list[Record]]:
    """A session that ends after so many samples."""
    blocks: list[SampleBlock] = []
    records: list[Record] = []

    async def going() -> LiveSensor:
        live = LiveSensor(DeviceRadio(device), keep=records.append, clock_ns=now_ns)
        await live.open()

        async def listen() -> None:
            async for block in live:
                blocks.append(block)

        task = asyncio.get_running_loop().create_task(listen())
        await until(lambda: sum(map(len, blocks)) >= samples)
        await live.stop()
        await task
        return live

    return run(going()), blocks, records


def at_rest_turning(blocks: list[SampleBlock], dps: float) -> None:
    acc, gyr = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("acc_mps2", "gyr_radps"))
    np.testing.assert_allclose(acc, np.tile([0.0, 0.0, G0_MPS2], (len(acc), 1)), rtol=1e-6)
    np.testing.assert_allclose(gyr, np.tile([dps * RAD_PER_DEG, 0.0, 0.0], (len(gyr), 1)), rtol=1e-6)


def test_a_witmotion_module_is_unlocked_set_asked_and_heard() -> None:
    module = Module()
    live, blocks, records = streamed(module, 1000)
    at_rest_turning(blocks, 164 * 2000 / 32768)
    assert [data.hex() for data in module.written] == ["ffaa6988b5", "ffaa030900", "ffaa270300", "ffaa276400"]
    assert live.status.codec == "witmotion" and live.status.battery_percent == 75
    assert live.assembler is not None and live.assembler.rate_hz == pytest.approx(100, rel=0.01)
    assert not [record for record in records if record.kind is Kind.NOTED and "no answer" in record.facts["text"]]


@pytest.mark.parametrize("implementation", [1, 4])
def test_a_metamotion_is_set_as_its_chip_wants_it_and_left_asleep(implementation: int) -> None:
    board = Board(implementation)
    live, blocks, _ = streamed(board, 300)
    at_rest_turning(blocks, 10.0)
    assert board.config[3][1] == {1: 0x0C, 4: 0x03}[implementation]
    assert live.status.codec == "metamotion" and live.status.battery_percent == 77
    assert not board.running(3) and not board.running(0x13)
    assert board.on[3, 1] == board.on[0x13, 1] == b"\x00"


def test_a_dot_is_read_set_started_and_stopped() -> None:
    dot = Dot()
    live, blocks, _ = streamed(dot, 600)
    at_rest_turning(blocks, 10.0)
    assert live.assembler is not None and live.assembler.rate_hz == pytest.approx(60, rel=1e-4)
    status = live.status
    assert (status.battery_percent, status.serial, status.firmware) == (64, "D0701", "2.4.0")
    assert not dot.measures and dot.written[-1] == movella_dot.STOP
