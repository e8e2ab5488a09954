"""``BleakRadio()`` and what stands in a client's way on Linux: busy adapters, old caches, crashes, no Bluetooth at all.

Simulated: the sensor is virtual, the daemon our own, the radio a link in memory; bleak is unmodified.
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
from firmware_protocol.registry import BATTERY_LEVEL, SERIAL_NUMBER
from imu import ble
from imu.ble import BleakRadio
from imu.blocks import Header, Recording, SampleBlock
from imu.client import LiveSensor, Times
from imu.link import LinkError, NoAdapter

if sys.platform != "linux" or shutil.which("dbus-daemon") is None:
    pytest.skip("needs Linux and dbus-daemon (Debian: apt install dbus-daemon)", allow_module_level=True)

from benchmarks.bluez.daemon import PrivateBluez, private_bluez
from benchmarks.bluez.stranger import connect_and_crash
from imu.virtual_sensor import VirtualSensor

NAME = "Simulated"
TIMES = Times(back_off_s=(0.05, 0.2))
WITHIN_S = 20.0
"""Every story; none takes longer than some seconds."""


def virtual() -> VirtualSensor:
    still = SampleBlock(0, 100.0, np.tile([0.0, 0.0, 9.8], (100, 1)), np.zeros((100, 3)))
    return VirtualSensor(Recording(Header("simulated", 100.0, simulated=True), still), name=NAME, serial="SIM-1")


def run(story: Callable[[PrivateBluez], Awaitable[None]], *sensors: VirtualSensor, powered: bool = True) -> None:
    async def all_of_it() -> None:
        async with asyncio.timeout(WITHIN_S), private_bluez(*sensors, powered=powered) as bluez:
            await story(bluez)

    asyncio.run(all_of_it())


def test_a_busy_adapter_is_asked_again_after_a_pause() -> None:
    sensor = virtual()
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def story(bluez: PrivateBluez) -> None:
        bluez.busy_scans = bluez.busy_connects = 1
        live = LiveSensor(BleakRadio(), NAME, times=TIMES, sleep=pause)
        await live.open()
        await live.stop()
        assert pauses == [0.05, 0.1]
        bluez.busy_connects = 99
        with pytest.raises(LinkError, match="another program uses the Bluetooth adapter"):
            await LiveSensor(BleakRadio(), NAME, times=replace(TIMES, tries=1), sleep=pause).open()

    run(story, sensor)


def test_a_write_that_stays_busy_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(bluez: PrivateBluez) -> None:
        radio = BleakRadio()
        link = await radio.connect((await radio.scan(5.0, enough=bool))[0], lambda: None)
        monkeypatch.setattr(ble, "TALK_S", 0.1)
        bluez.stick()  # bleak itself repeats without end
        with pytest.raises(LinkError, match="took longer"):
            await link.write(wire.CONTROL, b"", response=True)
        await link.close()

    run(story, virtual())


def test_a_device_that_bluez_forgot_is_found_by_a_new_scan() -> None:
    async def story(bluez: PrivateBluez) -> None:
        radio = BleakRadio()
        found = (await radio.scan(5.0, enough=bool))[0]
        bluez.forget(NAME)
        with pytest.raises(LinkError, match="not found"):
            await radio.connect(found, lambda: None)
        link = await radio.connect((await radio.scan(5.0, enough=bool))[0], lambda: None)
        assert await link.read(SERIAL_NUMBER) == b"SIM-1"
        await link.close()

    run(story, virtual())


def test_the_battery_is_waited_for_where_bluez_tells_it_late() -> None:
    async def story(_: PrivateBluez) -> None:
        radio = BleakRadio()
        link = await radio.connect((await radio.scan(5.0, enough=bool))[0], lambda: None)
        assert await link.read(BATTERY_LEVEL) == bytes([90])  # BlueZ itself reads it after it has told the services
        await link.close()

    run(story, virtual())


def test_an_old_cache_is_thrown_away() -> None:
    async def story(bluez: PrivateBluez) -> None:
        bluez.stale = {wire.BACKFILL}
        radio = BleakRadio()
        link = await radio.connect((await radio.scan(5.0, enough=bool))[0], lambda: None)
        assert wire.BACKFILL in link.characteristics
        await link.close()

    run(story, virtual())


def test_what_a_crash_left_connected_is_found() -> None:
    sensor = virtual()

    async def story(_: PrivateBluez) -> None:
        found = (await BleakRadio().scan(5.0, enough=bool))[0]
        await connect_and_crash(found.handle.details["path"])
        live = LiveSensor(BleakRadio(), NAME, times=Times(look_s=0.1))
        assert (await live.open()).serial == "SIM-1"
        await live.stop()
        assert sensor.air is not None and sensor.air.connection is None

    run(story, sensor)


def test_without_bluetooth_it_says_what_is_missing() -> None:
    async def off(_: PrivateBluez) -> None:
        with pytest.raises(NoAdapter, match="Bluetooth is off"):
            await LiveSensor(BleakRadio(), NAME, times=TIMES).open()

    async def no_daemon(bluez: PrivateBluez) -> None:
        await bluez.kill()
        with pytest.raises(NoAdapter, match="BlueZ is not running"):
            await LiveSensor(BleakRadio(), NAME, times=TIMES).open()

    async def no_bus(bluez: PrivateBluez) -> None:
        await bluez.end_bus()
        with pytest.raises(NoAdapter, match="no D-Bus system bus"):
            await LiveSensor(BleakRadio(), NAME, times=TIMES).open()

    run(off, powered=False)
    run(no_daemon)
    run(no_bus)
