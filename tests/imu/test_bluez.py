"""Unmodified bleak with its Linux backend against the private daemon: what the client of ``imu.ble`` builds upon.

Simulated: the radio is a link in memory, the sensor a few lines of bumble.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from firmware_protocol import wire

if sys.platform != "linux" or shutil.which("dbus-daemon") is None:
    pytest.skip("needs Linux and dbus-daemon (Debian: apt install dbus-daemon)", allow_module_level=True)

from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakError, BleakGATTProtocolError
from bumble.att import ATT_Error
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address, LeFeatureMask
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink
from dbus_fast import BusType, Message
from dbus_fast.aio import MessageBus

from benchmarks.bluez.daemon import PrivateBluez, private_bluez

BATTERY, LEVEL, GAP = "180f", "2a19", "00001800-0000-1000-8000-00805f9b34fb"
NAME, MAKER = "Tiny", 0x0059
WITHIN_S = 5.0
"""Every wait; a condition is met within some milliseconds, or never."""


class Sensor:
    """The characteristics of our own wire format, and a battery."""

    device: Device

    def __init__(self, mtu: int = 247) -> None:
        self.written: list[bytes] = []
        self.refusal: int | None = None
        self.mtu = mtu

    @asynccontextmanager
    async def on(self, link: LocalLink) -> AsyncIterator[None]:
        controller = Controller(NAME, link=link)
        controller.le_features &= ~(LeFeatureMask.LL_PRIVACY | LeFeatureMask.LE_EXTENDED_ADVERTISING)
        self.device = Device.with_hci(NAME, Address("C0:00:00:00:00:01"), controller, AsyncPipeSink(controller))
        self.device.gatt_server.max_mtu = self.mtu
        p, readable, writeable = Characteristic.Properties, Characteristic.READABLE, Characteristic.WRITEABLE
        self.data: Characteristic[bytes] = Characteristic(wire.DATA, p.NOTIFY, readable)
        value = CharacteristicValue[bytes](read=self._read, write=self._write)
        info: Characteristic[bytes] = Characteristic(
            wire.INFO, p.READ | p.WRITE_WITHOUT_RESPONSE, readable | writeable, value
        )
        self.control: Characteristic[bytes] = Characteristic(wire.CONTROL, p.WRITE | p.INDICATE, writeable, value)
        self.device.add_service(Service(wire.SERVICE, [self.data, self.control, info]))
        self.device.add_service(Service(BATTERY, [Characteristic(LEVEL, p.READ, readable, bytes([77]))]))
        self.device.advertising_data = bytes(
            AdvertisingData(
                [
                    (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(wire.SERVICE))),
                    (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, MAKER.to_bytes(2, "little") + b"\x07"),
                    (AdvertisingData.COMPLETE_LOCAL_NAME, NAME.encode()),  # bumble's link has no scan response
                ]
            )
        )

        await self.device.power_on()
        await self.device.start_advertising(auto_restart=True, advertising_interval_min=20, advertising_interval_max=20)
        yield
        await self.device.power_off()

    def _read(self, _: Any) -> bytes:
        if self.refusal is not None:
            raise ATT_Error(self.refusal)
        return bytes(range(22))

    def _write(self, _: Any, value: bytes) -> None:
        if self.refusal is not None:
            raise ATT_Error(self.refusal)
        self.written.append(bytes(value))

    async def drop(self) -> None:
        for connection in list(self.device.connections.values()):
            await connection.disconnect()


async def found() -> BLEDevice:
    """Scan for the sensor; where the daemon has just begun, as soon as bleak knows of its adapter."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            with suppress(BleakBluetoothNotAvailableError):
                device = await BleakScanner.find_device_by_name(NAME, timeout=WITHIN_S)
                assert device is not None
                return device
            await asyncio.sleep(0)


async def asked(bus: MessageBus, path: str, interface: str, name: str) -> Any:
    """A property, asked past bleak."""
    message = Message(
        "org.bluez", path, "org.freedesktop.DBus.Properties", "Get", signature="ss", body=[interface, name]
    )
    return (await bus.call(message)).body[0].value


async def until(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), WITHIN_S)


def run(story: Callable[[PrivateBluez, Sensor], Awaitable[None]], mtu: int = 247) -> None:
    async def all_of_it() -> None:
        sensor = Sensor(mtu)
        async with asyncio.timeout(30), private_bluez(sensor) as bluez:
            await story(bluez, sensor)

    asyncio.run(all_of_it())


def test_a_scan_tells_name_services_maker_and_signal() -> None:
    async def story(_: PrivateBluez, __: Sensor) -> None:
        heard = asyncio.Event()

        def on_advert(device: BLEDevice, advert: Any) -> None:
            if device.name == NAME:
                assert advert.local_name == NAME
                assert advert.service_uuids == [wire.SERVICE]
                assert advert.manufacturer_data == {MAKER: b"\x07"}
                assert -127 < advert.rssi < 20
                heard.set()

        async with BleakScanner(on_advert):
            await until(heard)
        async with BleakScanner(service_uuids=["00001234-0000-1000-8000-00805f9b34fb"]) as scanner:
            assert scanner.discovered_devices == []

    run(story)


def test_discovery_hides_what_bluez_hides_and_shows_the_battery_apart() -> None:
    async def story(_: PrivateBluez, __: Sensor) -> None:
        device = await found()
        async with BleakClient(device) as client:
            by_uuid = {each.uuid: each for each in client.services.characteristics.values()}
            assert {wire.DATA, wire.CONTROL, wire.INFO} <= set(by_uuid)
            assert by_uuid[wire.CONTROL].properties == ["write", "indicate"]
            assert [each.uuid for each in by_uuid[wire.DATA].descriptors] == ["00002902-0000-1000-8000-00805f9b34fb"]
            services = {each.uuid for each in client.services}
            assert wire.SERVICE in services and not services & {GAP, "0000180f-0000-1000-8000-00805f9b34fb"}
            bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
            assert await asked(bus, device.details["path"], "org.bluez.Battery1", "Percentage") == 77
            bus.disconnect()

    run(story)


@pytest.mark.parametrize("mtu", [23, 185, 247])
def test_a_characteristic_tells_the_mtu(mtu: int) -> None:
    async def story(_: PrivateBluez, __: Sensor) -> None:
        async with BleakClient(await found()) as client:
            sizes = {each.max_write_without_response_size for each in client.services.characteristics.values()}
            assert sizes == {mtu - 3}
            assert await client.read_gatt_char(wire.INFO) == bytes(range(22))

    run(story, mtu)


def test_writes_arrive_and_refusals_keep_their_code() -> None:
    async def story(_: PrivateBluez, sensor: Sensor) -> None:
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
    async def story(_: PrivateBluez, sensor: Sensor) -> None:
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
            await until(all_there)
            await client.stop_notify(wire.DATA)
            await sensor.device.notify_subscribers(sensor.data, b"nobody listens")
        assert got == packets

    run(story, mtu)


def test_indications_come_too() -> None:
    async def story(_: PrivateBluez, sensor: Sensor) -> None:
        async with BleakClient(await found()) as client:
            got: asyncio.Queue[bytes] = asyncio.Queue()
            await client.start_notify(wire.CONTROL, lambda _, data: got.put_nowait(bytes(data)))
            await sensor.device.indicate_subscribers(sensor.control, b"done")  # waits for the confirmation
            assert await asyncio.wait_for(got.get(), WITHIN_S) == b"done"

    run(story)


def test_a_lost_link_is_told_once_and_a_new_client_connects_again() -> None:
    async def story(_: PrivateBluez, sensor: Sensor) -> None:
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


async def connected() -> tuple[BleakClient, asyncio.Event]:
    """A client, and what is set when bleak says that it is disconnected."""
    gone = asyncio.Event()
    client = BleakClient(await found(), lambda _: gone.set())
    await client.connect()
    return client, gone


def test_a_daemon_or_a_bus_that_ends_is_told() -> None:
    async def story(bluez: PrivateBluez, _: Sensor) -> None:
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
    async def story(bluez: PrivateBluez, sensor: Sensor) -> None:
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
    async def story(bluez: PrivateBluez, _: Sensor) -> None:
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


def test_a_forgotten_device_is_found_by_a_new_scan_only() -> None:
    async def story(bluez: PrivateBluez, _: Sensor) -> None:
        device = await found()
        bluez.forget(NAME)
        with pytest.raises(BleakError, match="not found"):
            await BleakClient(device).connect()
        async with BleakClient(await found()) as client:
            assert client.is_connected

    run(story)


def test_an_old_cache_lasts_until_the_device_is_removed() -> None:
    async def story(bluez: PrivateBluez, _: Sensor) -> None:
        bluez.stale = {wire.CONTROL}
        async with BleakClient(await found()) as client:
            assert client.services.get_characteristic(wire.CONTROL) is None
            await client.unpair()
        async with BleakClient(await found()) as client:
            assert client.services.get_characteristic(wire.CONTROL) is not None

    run(story)


def test_what_a_crashed_client_leaves_connected_is_told() -> None:
    async def story(_: PrivateBluez, sensor: Sensor) -> None:
        device = await found()
        path = device.details["path"]
        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()  # stands for a program that crashes
        await bus.call(Message("org.bluez", path, "org.bluez.Device1", "Connect"))
        while not await asked(bus, path, "org.bluez.Device1", "ServicesResolved"):
            await asyncio.sleep(0)
        bus.disconnect()
        async with BleakScanner():  # what was told before the scan began has been heard then
            adapter = await BleakAdapter.get()
        assert [each.name for each in await adapter.get_connected_devices()] == [NAME]
        async with BleakClient(device) as client:
            assert await client.read_gatt_char(wire.INFO)
        assert not sensor.device.connections

    run(story)
