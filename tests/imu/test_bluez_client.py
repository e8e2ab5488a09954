"""The live client over unmodified bleak with its Linux backend: ``BleakRadio()`` as people have it.

Simulated: the sensor is virtual, the daemon our own, the radio a link in memory.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np
import pytest

from firmware_protocol import wire
from firmware_protocol.registry import Wish
from imu.ble import BleakRadio
from imu.blocks import Header, Recording, SampleBlock
from imu.client import LiveSensor, Times
from imu.records import Kind, Record

if sys.platform != "linux" or shutil.which("dbus-daemon") is None:
    pytest.skip("needs Linux and dbus-daemon (Debian: apt install dbus-daemon)", allow_module_level=True)


from benchmarks.bluez.daemon import PrivateBluez, private_bluez
from imu.virtual_sensor import Faults, VirtualSensor

NAME, RATE_HZ = "Simulated", 200
TIMES = Times(quiet_s=0.3, back_off_s=(0.05, 0.2), deadline_s=15.0, glance_s=0.02)
WITHIN_S = 20.0
"""Every story; none takes longer than some seconds."""


def trace() -> Recording:
    """Six seconds in which no two samples are the same."""
    numbers = np.arange(6 * RATE_HZ)
    acc = np.column_stack([0.05 * numbers, 9.8 + 0 * numbers, np.sin(numbers)])
    block = SampleBlock(0, RATE_HZ, acc, 0.02 * np.column_stack([numbers, -numbers, np.cos(numbers)]))
    return Recording(Header("simulated", RATE_HZ, simulated=True), block)


def virtual(mtu: int = 247, faults: Faults | None = None, side: str = "") -> VirtualSensor:
    return VirtualSensor(trace(), name=NAME + side, serial="SIM-1" + side, mtu=mtu, faults=faults)


class Session:
    """A live sensor, its records and its blocks."""

    def __init__(self, sensor: VirtualSensor, name: str = NAME, times: Times = TIMES) -> None:
        self.sensor = sensor
        self.records: list[Record] = []
        self.blocks: list[SampleBlock] = []
        self.live = LiveSensor(BleakRadio(), name, wish=Wish(rate_hz=RATE_HZ), keep=self._keep, times=times)
        self._enough: Callable[[], bool] = lambda: False
        self._reached = asyncio.Event()

    def _keep(self, record: Record) -> None:
        self.records.append(record)
        if self._enough():
            self._reached.set()

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait for what holds after one of the next records."""
        self._reached.clear()
        self._enough = enough
        await self._reached.wait()

    def heard(self, samples: int) -> Callable[[], bool]:
        """So many samples more than now, back-filled ones aside."""
        fresh = [0]
        seen = len(self.records)

        def enough() -> bool:
            nonlocal seen
            for record in self.records[seen:]:
                if record.kind is Kind.NOTIFIED and record.uuid == wire.DATA:
                    fresh[0] += record.data[1]
            seen = len(self.records)
            return fresh[0] >= samples

        return enough

    def filled(self) -> bool:
        """What was missed has come, and no more of it is awaited; the client asks when it knows the rate, after 2 s."""
        assembler = self.live.assembler
        return assembler is not None and assembler.tally.backfilled > 0 and not assembler.holding

    async def stream(self, story: Callable[[], Awaitable[None]]) -> None:
        """Open, stream while the story goes on, stop."""
        await self.live.open()

        async def take() -> None:
            async for block in self.live:
                self.blocks.append(block)

        async with asyncio.TaskGroup() as group:
            group.create_task(take())
            await story()
            await self.live.stop()

    def missing(self) -> set[int]:
        """Samples that did not come, by number; those that came are in their place, and what the sensor measured."""
        assert self.live.assembler is not None and not self.live.assembler.tally.bad_packets
        acc = np.concatenate([block.acc_mps2 for block in self.blocks])
        index = np.concatenate([block.start + np.arange(len(block)) for block in self.blocks])
        index, acc = index[~np.isnan(acc[:, 0])], acc[~np.isnan(acc[:, 0])]
        expected = self.sensor.device.rows[[self.sensor.device.row(each) for each in index]][:, :3]
        np.testing.assert_allclose(acc, expected, atol=0.003)  # half a count at 16 g is 0.0024 m/s²
        return set(range(index[-1] + 1)) - set(index)

    def check(self, samples: int) -> None:
        """So many have come, and none that was sent is missing; a machine too busy to play the sensor sends not all."""
        assert self.missing() <= self.sensor.lives[-1].missed.indices()
        assert sum(len(block) for block in self.blocks) >= samples

    @property
    def reasons(self) -> list[str]:
        return [record.facts["reason"] for record in self.records if record.kind is Kind.DISCONNECTED]


def run(story: Callable[[PrivateBluez], Awaitable[None]], *sensors: VirtualSensor, powered: bool = True) -> None:
    async def all_of_it() -> None:
        async with asyncio.timeout(WITHIN_S), private_bluez(*sensors, powered=powered) as bluez:
            await story(bluez)

    asyncio.run(all_of_it())


@pytest.mark.parametrize("mtu", [23, 247])
def test_a_second_at_200_hz_loses_no_sample(mtu: int) -> None:
    sensor = virtual(mtu)

    async def story(_: PrivateBluez) -> None:
        session = Session(sensor)
        await session.stream(lambda: session.until(session.heard(RATE_HZ)))
        session.check(RATE_HZ)
        status = session.live.status
        assert (status.battery_percent, status.mtu, status.serial) == (90, mtu, "SIM-1")
        assert status.rssi_dbm == -50  # what bumble's link in memory says of every sensor
        assert session.reasons == ["stopped"]

    run(story, sensor)


def test_two_sensors_stream_at_once() -> None:
    sensors = virtual(side=" left"), virtual(side=" right")

    async def story(_: PrivateBluez) -> None:
        sessions = [Session(each, each.name) for each in sensors]
        async with asyncio.TaskGroup() as group:
            for each in sessions:
                group.create_task(each.stream(lambda each=each: each.until(each.heard(RATE_HZ // 2))))  # type: ignore[misc]  # bound now
        for each in sessions:
            each.check(RATE_HZ // 2)
            assert each.live.status.serial == each.sensor.serial

    run(story, *sensors)


def test_a_dropped_link_comes_back_and_what_was_missed_is_filled_in() -> None:
    sensor = virtual(faults=Faults(drop=((0.5, 0.2),)))

    async def story(_: PrivateBluez) -> None:
        session = Session(sensor)

        async def while_it_drops() -> None:
            await session.until(lambda: session.live.status.reconnects == 1)
            await session.until(session.filled)

        await session.stream(while_it_drops)
        assert not session.missing()
        assert session.reasons == ["link lost", "stopped"]

    run(story, sensor)


def test_a_daemon_that_is_killed_is_noticed_by_its_silence() -> None:
    sensor = virtual()

    async def story(bluez: PrivateBluez) -> None:
        session = Session(sensor)

        async def while_the_daemon_dies() -> None:
            await session.until(session.heard(120))  # ten packets make the watchdog quick, each has 10 samples
            await bluez.kill()
            await session.until(lambda: "no data" in session.reasons)
            await bluez.start()
            await session.until(lambda: session.live.status.reconnects == 1)
            await session.until(session.heard(1))

        await session.stream(while_the_daemon_dies)
        assert session.reasons == ["no data", "stopped"]

    run(story, sensor)


def test_a_daemon_that_restarts_in_order_is_told_at_once() -> None:
    sensor = virtual()

    async def story(bluez: PrivateBluez) -> None:
        session = Session(sensor)

        async def while_the_daemon_restarts() -> None:
            await session.until(session.heard(RATE_HZ // 10))
            await bluez.end()
            await bluez.start()
            await session.until(lambda: session.live.status.reconnects == 1)
            await session.until(session.heard(1))

        await session.stream(while_the_daemon_restarts)
        assert session.reasons == ["link lost", "stopped"]

    run(story, sensor)


def test_the_session_survives_in_order_when_the_bus_dies_for_good() -> None:
    sensor = virtual()

    async def story(bluez: PrivateBluez) -> None:
        session = Session(sensor, times=replace(TIMES, deadline_s=0.5))

        async def while_the_bus_dies() -> None:
            await session.until(session.heard(RATE_HZ // 4))
            await bluez.end_bus()
            await session.until(lambda: session.reasons == ["link lost"])

        await session.stream(while_the_bus_dies)
        assert sum(len(block) for block in session.blocks) >= RATE_HZ // 4
        assert session.live.status.state == "stopped"

    run(story, sensor)
