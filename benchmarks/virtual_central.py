"""A client for the tests of the virtual sensor: bleak's front end alone, no client of ours between. Simulated."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from firmware_protocol import control, wire
from firmware_protocol.control import Result
from imu.blocks import Header, Recording, SampleBlock
from imu.virtual_backend import virtual_backends
from imu.virtual_sensor import VirtualSensor

DEADLINE_S = 20.0
"""Whatever is waited for; it takes some tenths of a second."""


def noise(rate_hz: float = 200.0, seconds: float = 60.0) -> Recording:
    """A recording in which no two samples are the same, within the ranges of 16 g and 2000 deg/s."""
    n = round(seconds * rate_hz)
    rng = np.random.default_rng(2)
    acc, gyr = rng.normal(0, 5, (n, 3)), rng.normal(0, 3, (n, 3))
    return Recording(Header("noise", rate_hz, simulated=True), SampleBlock(0, rate_hz, acc, gyr))


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds. Raises TimeoutError when it never does."""
    async with asyncio.timeout(DEADLINE_S):
        while not holds():
            await asyncio.sleep(0.01)


class Central:
    """A client that subscribes to everything and keeps what it hears."""

    def __init__(self, sensor: VirtualSensor, backends: tuple[type, type]) -> None:
        self.sensor, (self.client_backend, self.scanner_backend) = sensor, backends
        self.packets: list[wire.DataPacket] = []
        self.again: list[wire.BackfillPacket] = []
        self.answers: list[control.Answer] = []
        self.arrivals_s: list[float] = []
        self.ends = 0
        self.client: BleakClient

    async def connect(self, device: BLEDevice | None = None) -> None:
        """Connect with what was found, or find the sensor by its name first."""
        if device is None:
            device = await BleakScanner.find_device_by_name(
                self.sensor.name, timeout=DEADLINE_S, backend=self.scanner_backend
            )
            assert device is not None
        self.client = BleakClient(device, self._ended, backend=self.client_backend, timeout=DEADLINE_S)
        await self.client.connect()

    def _ended(self, _: BleakClient) -> None:
        self.ends += 1

    async def subscribe(self) -> None:
        """Hear everything."""

        def data(_: Any, value: bytearray) -> None:
            self.arrivals_s.append(time.monotonic())
            self.packets.append(wire.decode_data(bytes(value)))

        await self.client.start_notify(
            wire.CONTROL, lambda _, value: self.answers.append(control.decode_answer(bytes(value)))
        )
        await self.client.start_notify(wire.DATA, data)
        await self.client.start_notify(
            wire.BACKFILL, lambda _, value: self.again.append(wire.decode_backfill(bytes(value)))
        )

    async def ask(self, request: control.Request) -> control.Answer:
        """Write to the control point and wait for the answer."""
        before = len(self.answers)
        await self.client.write_gatt_char(wire.CONTROL, request.encode(), response=True)
        await eventually(lambda: len(self.answers) > before)
        return self.answers[-1]

    async def start(self, device: BLEDevice | None = None) -> int:
        """Connect, subscribe, start; the number of the first sample that will come."""
        await self.connect(device)
        await self.subscribe()
        answer = await self.ask(control.Start(latency_ms=50))
        assert answer.result is Result.OK
        return int.from_bytes(answer.payload, "little")

    @property
    def received(self) -> int:
        """Samples of the stream."""
        return sum(len(packet.samples) for packet in self.packets)

    @property
    def numbers(self) -> list[int]:
        """Every sample that came, by its number (fewer than 2^16 of them here)."""
        parts = [(packet.seq, packet.samples) for packet in self.packets]
        parts += [(packet.index, packet.samples) for packet in self.again]
        return sorted(first + i for first, samples in parts for i in range(len(samples)))

    def check_values(self) -> None:
        """Every sample is the trace's row, to the count."""
        for packet in self.packets:
            assert packet.samples == tuple(
                self.sensor.device.sample(packet.seq + i) for i in range(len(packet.samples))
            )
        for again in self.again:
            assert again.samples == tuple(self.sensor.device.sample(again.index + i) for i in range(len(again.samples)))


@asynccontextmanager
async def on_air(*sensors: VirtualSensor) -> AsyncIterator[list[Central]]:
    """Sensors on a link in memory, and a client for each."""
    async with virtual_backends(*sensors) as backends:
        yield [Central(sensor, backends) for sensor in sensors]
