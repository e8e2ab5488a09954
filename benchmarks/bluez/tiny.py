"""A sensor of some lines for looks at the daemon itself: our characteristics, and nothing behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.exc import BleakBluetoothNotAvailableError
from bumble.att import ATT_Error
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address, LeFeatureMask
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from firmware_protocol import wire

NAME = "Tiny"
MAKER, MAKERS_BYTES = 0x0059, b"\x07"
PERCENT = 77
INFO = bytes(range(22))


class Tiny:
    """Three characteristics of our own wire format, and a battery.

    Attributes:
        mtu: the largest that it agrees to.
        written: what came. refusal: the ATT error that reads and writes are answered with, None: none.
        device, data, control: of bumble, once it is on the air.
    """

    device: Device
    data: Characteristic[bytes]
    control: Characteristic[bytes]

    def __init__(self, mtu: int = 247) -> None:
        self.written: list[bytes] = []
        self.refusal: int | None = None
        self.mtu = mtu

    @asynccontextmanager
    async def on(self, link: LocalLink) -> AsyncIterator[None]:
        """Be on the air."""
        controller = Controller(NAME, link=link)
        controller.le_features &= ~(LeFeatureMask.LL_PRIVACY | LeFeatureMask.LE_EXTENDED_ADVERTISING)
        self.device = Device.with_hci(NAME, Address("C0:00:00:00:00:01"), controller, AsyncPipeSink(controller))
        self.device.gatt_server.max_mtu = self.mtu
        p, readable, writeable = Characteristic.Properties, Characteristic.READABLE, Characteristic.WRITEABLE
        self.data = Characteristic(wire.DATA, p.NOTIFY, readable)
        value = CharacteristicValue[bytes](read=self._read, write=self._write)
        info: Characteristic[bytes] = Characteristic(
            wire.INFO, p.READ | p.WRITE_WITHOUT_RESPONSE, readable | writeable, value
        )
        self.control = Characteristic(wire.CONTROL, p.WRITE | p.INDICATE, writeable, value)
        self.device.add_service(Service(wire.SERVICE, [self.data, self.control, info]))
        self.device.add_service(Service("180f", [Characteristic("2a19", p.READ, readable, bytes([PERCENT]))]))
        self.device.advertising_data = bytes(
            AdvertisingData(
                [
                    (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(wire.SERVICE))),
                    (AdvertisingData.MANUFACTURER_SPECIFIC_DATA, MAKER.to_bytes(2, "little") + MAKERS_BYTES),
                    (AdvertisingData.COMPLETE_LOCAL_NAME, NAME.encode()),  # bumble's link has no scan response
                ]
            )
        )
        await self.device.power_on()
        await self.advertise()
        try:
            yield
        finally:
            await self.device.power_off()
            link.remove_controller(controller)

    async def advertise(self) -> None:
        """Be found: every 20 ms, so that no test waits."""
        await self.device.start_advertising(auto_restart=True, advertising_interval_min=20, advertising_interval_max=20)

    def _read(self, _: Any) -> bytes:
        if self.refusal is not None:
            raise ATT_Error(self.refusal)
        return INFO

    def _write(self, _: Any, value: bytes) -> None:
        if self.refusal is not None:
            raise ATT_Error(self.refusal)
        self.written.append(bytes(value))

    async def drop(self) -> None:
        """End the connection."""
        for connection in list(self.device.connections.values()):
            await connection.disconnect()


async def found(within_s: float = 5.0) -> BLEDevice:
    """Have bleak find it; where the daemon has just begun, as soon as bleak knows of its adapter.

    Raises:
        TimeoutError: it was not heard.
    """
    async with asyncio.timeout(within_s):
        while True:
            with suppress(BleakBluetoothNotAvailableError):
                if (device := await BleakScanner.find_device_by_name(NAME, timeout=within_s)) is not None:
                    return device
            await asyncio.sleep(0)
