"""Unmodified bleak with its Linux backend against the private daemon: what the client of ``imu.ble`` builds upon.

Simulated: the radio is a link in memory, the sensor a few lines of bumble.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from firmware_protocol import wire

if sys.platform != "linux" or shutil.which("dbus-daemon") is None:
    pytest.skip("needs Linux and dbus-daemon (Debian: apt install dbus-daemon)", allow_module_level=True)

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError, BleakGATTProtocolError

from benchmarks.bluez.daemon import PrivateBluez, private_bluez
from benchmarks.bluez.stranger import asked
from benchmarks.bluez.tiny import INFO, MAKER, MAKERS_BYTES, NAME, PERCENT, Tiny, found

GAP, BATTERY = "00001800-0000-1000-8000-00805f9b34fb", "0000180f-0000-1000-8000-00805f9b34fb"
CCCD = "00002902-0000-1000-8000-00805f9b34fb"
WITHIN_S = 5.0
"""Every wait; a condition is met within some milliseconds, or never."""


def run(story: Callable[[PrivateBluez, Tiny], Awaitable[None]], mtu: int = 247) -> None:
    async def all_of_it() -> None:
        sensor = Tiny(mtu)
        async with asyncio.timeout(30), private_bluez(sensor) as bluez:
            await story(bluez, sensor)

    asyncio.run(all_of_it())


def test_a_scan_tells_name_services_maker_and_signal() -> None:
    async def story(_: PrivateBluez, __: Tiny) -> None:
        heard: asyncio.Queue[tuple[BLEDevice, AdvertisementData]] = asyncio.Queue()
        async with BleakScanner(lambda device, advert: heard.put_nowait((device, advert))):
            device, advert = await asyncio.wait_for(heard.get(), WITHIN_S)
        assert (device.name, advert.local_name) == (NAME, NAME)
        assert advert.service_uuids == [wire.SERVICE]
        assert advert.manufacturer_data == {MAKER: MAKERS_BYTES}
        assert advert.rssi == -50  # what bumble's link in memory says of every sensor

    run(story)


def test_a_scan_for_another_service_finds_nothing() -> None:
    async def story(bluez: PrivateBluez, _: Tiny) -> None:
        heard = asyncio.Event()
        bluez.central.on("advertisement", lambda _: heard.set())
        async with BleakScanner(service_uuids=[CCCD]) as scanner:
            await asyncio.wait_for(heard.wait(), WITHIN_S)
            assert not scanner.discovered_devices and not bluez.devices

    run(story)


def test_discovery_hides_what_bluez_hides_and_shows_the_battery_apart() -> None:
    async def story(_: PrivateBluez, __: Tiny) -> None:
        device = await found()
        async with BleakClient(device) as client:
            by_uuid = {each.uuid: each for each in client.services.characteristics.values()}
            assert {wire.DATA, wire.CONTROL, wire.INFO} <= set(by_uuid)
            assert by_uuid[wire.CONTROL].properties == ["write", "indicate"]
            assert [each.uuid for each in by_uuid[wire.DATA].descriptors] == [CCCD]
            services = {each.uuid for each in client.services}
            assert wire.SERVICE in services and not services & {GAP, BATTERY}
            await client.read_gatt_char(wire.INFO)  # the battery was asked for before it
            assert await asked(device.details["path"], "org.bluez.Battery1", "Percentage") == PERCENT

    run(story)


@pytest.mark.parametrize("mtu", [23, 185, 247])
def test_a_characteristic_tells_the_mtu(mtu: int) -> None:
    async def story(_: PrivateBluez, __: Tiny) -> None:
        async with BleakClient(await found()) as client:
            sizes = {each.max_write_without_response_size for each in client.services.characteristics.values()}
            assert sizes == {mtu - 3}
            assert await client.read_gatt_char(wire.INFO) == INFO

    run(story, mtu)


def test_writes_arrive_and_refusals_keep_their_code() -> None:
    async def story(_: PrivateBluez, sensor: Tiny) -> None:
        async with BleakClient(await found()) as client:
            await client.write_gatt_char(wire.CONTROL, b"asked", response=True)
            await client.write_gatt_char(wire.INFO, b"told", response=False)
            await client.read_gatt_char(wire.INFO)  # answered in order, so what was told has arrived
            assert sensor.written == [b"asked", b"told"]
            with pytest.raises(BleakGATTProtocolError) as refused:
                await client.write_gatt_char(wire.CONTROL, b"told", response=False)
            assert refused.value.code == 0x06  # BlueZ's NotSupported, which bleak reads as "request not supported"
            for code in (0x02, 0x06, 0x07, 0x08, 0x0D, 0x0E, 0x80, 0xFD, 0xFE):
                sensor.refusal = code
                with pytest.raises(BleakGATTProtocolError) as refused:
                    await client.read_gatt_char(wire.INFO)
                assert refused.value.code == code
                with suppress(BleakGATTProtocolError):
                    await client.write_gatt_char(wire.CONTROL, b"no", response=True)
            assert sensor.written == [b"asked", b"told"]

    run(story)


@pytest.mark.parametrize("mtu", [23, 247])
def test_no_notification_is_lost_however_fast_they_come(mtu: int) -> None:
    async def story(_: PrivateBluez, sensor: Tiny) -> None:
        packets = [number.to_bytes(2, "little").ljust(mtu - 3, b".") for number in range(400)]
        got: list[bytes] = []
        all_there = asyncio.Event()

        def on_packet(_: object, data: bytearray) -> None:
            got.append(bytes(data))
            if len(got) >= len(packets):
                all_there.set()

        async with BleakClient(await found()) as client:
            await client.start_notify(wire.DATA, on_packet)
            with pytest.raises(BleakError, match="Already"):
                await client.start_notify(wire.DATA, on_packet)
            for packet in packets:
                await sensor.device.notify_subscribers(sensor.data, packet)
            await asyncio.wait_for(all_there.wait(), WITHIN_S)
            await client.stop_notify(wire.DATA)
            await sensor.device.notify_subscribers(sensor.data, b"nobody listens")
        assert got == packets

    run(story, mtu)


def test_indications_come_too() -> None:
    async def story(_: PrivateBluez, sensor: Tiny) -> None:
        async with BleakClient(await found()) as client:
            got: asyncio.Queue[bytes] = asyncio.Queue()
            await client.start_notify(wire.CONTROL, lambda _, data: got.put_nowait(bytes(data)))
            await sensor.device.indicate_subscribers(sensor.control, b"done")  # waits for the confirmation
            assert await asyncio.wait_for(got.get(), WITHIN_S) == b"done"

    run(story)
