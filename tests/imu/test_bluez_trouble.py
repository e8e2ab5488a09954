"""Unmodified bleak with its Linux backend in trouble: lost links, dead daemons, busy adapters, old caches, crashes.

Simulated: the radio is a link in memory, the sensor a few lines of bumble.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable

import pytest

from firmware_protocol import wire

if sys.platform != "linux" or shutil.which("dbus-daemon") is None:
    pytest.skip("needs Linux and dbus-daemon (Debian: apt install dbus-daemon)", allow_module_level=True)

from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.exc import BleakDBusError, BleakError

from benchmarks.bluez.daemon import PrivateBluez, private_bluez
from benchmarks.bluez.stranger import connect_and_crash
from benchmarks.bluez.tiny import NAME, Tiny, found

GAP, BATTERY = "00001800-0000-1000-8000-00805f9b34fb", "0000180f-0000-1000-8000-00805f9b34fb"
CCCD = "00002902-0000-1000-8000-00805f9b34fb"
WITHIN_S = 5.0
"""Every wait; a condition is met within some milliseconds, or never."""


async def until(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), WITHIN_S)


def run(story: Callable[[PrivateBluez, Tiny], Awaitable[None]], mtu: int = 247) -> None:
    async def all_of_it() -> None:
        sensor = Tiny(mtu)
        async with asyncio.timeout(30), private_bluez(sensor) as bluez:
            await story(bluez, sensor)

    asyncio.run(all_of_it())


async def connected() -> tuple[BleakClient, asyncio.Event]:
    """A client, and what is set when bleak says that it is disconnected."""
    gone = asyncio.Event()
    client = BleakClient(await found(), lambda _: gone.set())
    await client.connect()
    return client, gone


def test_a_lost_link_is_told_once_and_a_new_client_connects_again() -> None:
    async def story(_: PrivateBluez, sensor: Tiny) -> None:
        gone = asyncio.Event()
        told: list[BleakClient] = []

        def on_gone(client: BleakClient) -> None:
            told.append(client)
            gone.set()

        client = BleakClient(await found(), on_gone)
        await client.connect()
        await client.start_notify(wire.DATA, lambda *_: None)
        await sensor.drop()
        await until(gone)
        assert not client.is_connected
        with pytest.raises(BleakError):
            await client.read_gatt_char(wire.INFO)
        await client.disconnect()
        assert len(told) == 1
        async with BleakClient(await found()) as second:
            assert await second.read_gatt_char(wire.INFO)
            await second.start_notify(wire.DATA, lambda *_: None)

    run(story)


def test_a_daemon_or_a_bus_that_ends_is_told() -> None:
    async def story(bluez: PrivateBluez, _: Tiny) -> None:
        for ends in (bluez.end, bluez.end_bus):
            client, gone = await connected()
            await ends()
            await until(gone)
            assert not client.is_connected
            await client.disconnect()
            if ends == bluez.end:
                await bluez.start()

    run(story)


def test_a_daemon_that_is_killed_is_not_told() -> None:
    async def story(bluez: PrivateBluez, sensor: Tiny) -> None:
        client, gone = await connected()
        await bluez.kill()
        assert not sensor.device.connections
        with pytest.raises(BleakDBusError, match="ServiceUnknown"):
            await client.read_gatt_char(wire.INFO)
        assert client.is_connected and not gone.is_set()
        with pytest.raises(BleakDBusError, match="ServiceUnknown"):
            await client.disconnect()
        await bluez.start()
        client, gone = await connected()
        assert await client.read_gatt_char(wire.INFO)
        await client.disconnect()

    run(story)


def test_a_busy_adapter_says_in_progress() -> None:
    async def story(bluez: PrivateBluez, _: Tiny) -> None:
        bluez.busy_scans = 1
        with pytest.raises(BleakDBusError, match="InProgress"):
            await found()
        device = await found()
        bluez.busy_connects = 1
        with pytest.raises(BleakDBusError, match="InProgress"):
            await BleakClient(device).connect()
        async with BleakClient(device) as client:
            assert client.is_connected

    run(story)


def test_a_connection_that_is_given_up_leaves_the_adapter_free() -> None:
    async def story(bluez: PrivateBluez, sensor: Tiny) -> None:
        device = await found()
        await sensor.device.stop_advertising()
        with pytest.raises(TimeoutError):
            await BleakClient(device, timeout=0.1).connect()
        while bluez.central.is_le_connecting:
            await asyncio.sleep(0)
        connecting = asyncio.create_task(BleakClient(device).connect())
        while not bluez.central.is_le_connecting:
            await asyncio.sleep(0)
        await bluez.kill()
        with pytest.raises(BleakDBusError, match="NoReply"):
            await connecting
        await bluez.start()
        await sensor.advertise()
        async with BleakClient(await found()) as client:
            assert client.is_connected

    run(story)


def test_a_forgotten_device_is_found_by_a_new_scan_only() -> None:
    async def story(bluez: PrivateBluez, _: Tiny) -> None:
        device = await found()
        bluez.forget(NAME)
        with pytest.raises(BleakError, match="not found"):
            await BleakClient(device).connect()
        async with BleakClient(await found()) as client:
            assert client.is_connected

    run(story)


def test_an_old_cache_lasts_until_the_device_is_removed() -> None:
    async def story(bluez: PrivateBluez, _: Tiny) -> None:
        bluez.stale = {wire.CONTROL}
        async with BleakClient(await found()) as client:
            assert client.services.get_characteristic(wire.CONTROL) is None
            await client.unpair()
        async with BleakClient(await found()) as client:
            assert client.services.get_characteristic(wire.CONTROL) is not None

    run(story)


def test_what_a_crashed_client_leaves_connected_is_told() -> None:
    async def story(_: PrivateBluez, sensor: Tiny) -> None:
        device = await found()
        await connect_and_crash(device.details["path"])
        async with BleakScanner():  # what was told before the scan began has been heard then
            adapter = await BleakAdapter.get()
        assert [each.name for each in await adapter.get_connected_devices()] == [NAME]
        async with BleakClient(device) as client:
            assert await client.read_gatt_char(wire.INFO)
        assert not sensor.device.connections

    run(story)
