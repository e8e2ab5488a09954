"""A radio in memory: bleak's front end over a bumble central, in the virtual sensors' process (extra ``virtual``).

What the operating system is to bleak, the two classes here are: it scans and connects through them (``backend=``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble import att, core
from bumble.controller import Controller
from bumble.device import Advertisement, Connection, Device, Peer
from bumble.gatt_client import CharacteristicProxy, DescriptorProxy, ServiceProxy
from bumble.hci import Address, HCI_Error, LeFeatureMask
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from imu.ble import BleakRadio
from imu.link import Radio
from imu.virtual_sensor import VirtualSensor

ADDRESS = "C0:4B:49:43:4B:01"
"""Of the central: static random, any will do (Bluetooth Core 5.4, vol. 6, part B, 1.3.2.1)."""
WANTED_MTU = 517
"""The largest that ATT has; the sensor's own limit decides."""
_T = TypeVar("_T")


def long_uuid(uuid: core.UUID) -> str:
    """A UUID in 128 bits, lower case, as bleak spells it."""
    return str(UUID(bytes=uuid.to_bytes(force_128=True)[::-1]))


class VirtualScanner(BaseBleakScanner):
    """What bleak scans with. A subclass of each radio has its central."""

    central: ClassVar[Device]

    def __init__(self, detection_callback: Any, service_uuids: list[str] | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        """Begin to listen."""
        self.seen_devices = {}
        self.central.on(Device.EVENT_ADVERTISEMENT, self._heard)
        await self.central.start_scanning(legacy=True)

    async def stop(self) -> None:
        """Listen no more."""
        self.central.remove_listener(Device.EVENT_ADVERTISEMENT, self._heard)
        await self.central.stop_scanning(legacy=True)

    def _heard(self, said: Advertisement) -> None:
        data = core.AdvertisingData
        groups = said.data.get_all(data.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS)
        services = sorted({long_uuid(uuid) for group in groups for uuid in group})
        if not self.is_allowed_uuid(services):
            return
        name = said.data.get(data.COMPLETE_LOCAL_NAME)
        address = said.address.to_string(with_type_qualifier=False)
        heard = AdvertisementData(str(name) if name else None, {}, {}, services, None, said.rssi, (said,))
        device = self.create_or_update_device(address, address, heard.local_name, said.address, heard)
        self.call_detection_callbacks(device, heard)


class VirtualClient(BaseBleakClient):
    """What bleak connects with. A subclass of each radio has its central.

    Like BlueZ's backend it calls the disconnected callback for every end of a connection, asked for or not.
    """

    central: ClassVar[Device]
    controller: ClassVar[Controller | None] = None
    connecting: ClassVar[asyncio.Lock]

    def __init__(self, address_or_ble_device: BLEDevice | str, **kwargs: Any) -> None:
        super().__init__(address_or_ble_device, **kwargs)
        self._peer: Peer | None = None
        self._connection: Connection | None = None
        self._callbacks: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        """The address: nothing keeps the advertised name."""
        return self.address

    @property
    def mtu_size(self) -> int:
        """As agreed upon; 23 without a connection."""
        return self._connection.att_mtu if self._connection is not None else att.ATT_DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """Whether the link is up."""
        return self._connection is not None

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect, agree upon the MTU, learn the services."""
        address = Address(self.address)
        async with self.connecting:  # a controller makes one connection at a time
            try:
                async with asyncio.timeout(self._timeout):
                    connection = await self.central.connect(address, timeout=None)
            except TimeoutError as error:
                raise BleakError(f"no connection with {self.address}: it does not answer") from error
            except (core.BaseBumbleError, HCI_Error) as error:
                raise BleakError(f"no connection with {self.address}: {error}") from error
            finally:
                if self.controller is not None:  # bumble's controller in memory never cancels an attempt by itself
                    self.controller.pending_le_connection = None
        self._connection = connection
        connection.on(Connection.EVENT_DISCONNECTION, lambda _: self._lost())
        try:
            self._peer = peer = Peer(connection)
            await self._talk(peer.request_mtu(WANTED_MTU))
            self.services = await self._talk(self._learn(peer))
        except BaseException:  # whatever it was, a cancelled task included: leave nothing half open
            await self.disconnect()
            raise

    def _lost(self) -> None:
        self._connection = self._peer = self.services = None
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def _learn(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            await service.discover_characteristics()
            ours = BleakGATTService(service, service.handle, long_uuid(service.uuid))
            found.add_service(ours)
            await self._learn_service(service, ours, found)
        return found

    async def _learn_service(
        self, service: ServiceProxy, ours: BleakGATTService, found: BleakGATTServiceCollection
    ) -> None:
        for each in service.characteristics:
            properties = list(gatt_char_props_to_strs(int(each.properties)))
            characteristic = BleakGATTCharacteristic(
                each, each.handle, long_uuid(each.uuid), properties, lambda: self.mtu_size - 3, ours
            )
            found.add_characteristic(characteristic)
            for descriptor in await each.discover_descriptors():
                found.add_descriptor(
                    BleakGATTDescriptor(descriptor, descriptor.handle, long_uuid(descriptor.type), characteristic)
                )

    async def _talk(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Wait for an answer of the sensor; every way to get none becomes one of bleak's errors."""
        if self._connection is None:
            work.close()
            raise BleakError(f"not connected with {self.address}")
        try:
            return await work
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(int(error.error_code)) from error
        except (core.BaseBumbleError, HCI_Error) as error:
            raise BleakError(f"{self.address}: {error}") from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling() or self._connection is not None:
                raise
            # bumble cancels what waits for a link that is gone; nobody has cancelled this task
            raise BleakError(f"the link to {self.address} was lost") from error

    async def disconnect(self) -> None:
        """End the connection; nothing without one."""
        if self._connection is not None:
            with suppress(core.BaseBumbleError, HCI_Error):  # it may have ended by itself at the same moment
                await self._connection.disconnect()

    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Our sensor does not pair."""
        raise NotImplementedError("a virtual sensor does not pair")

    async def unpair(self) -> None:
        """Our sensor does not pair."""
        raise NotImplementedError("a virtual sensor does not pair")

    async def read_gatt_char(self, characteristic: BleakGATTCharacteristic, **kwargs: Any) -> bytearray:
        """Read."""
        proxy: CharacteristicProxy[bytes] = characteristic.obj
        return bytearray(await self._talk(proxy.read_value()))

    async def read_gatt_descriptor(self, descriptor: BleakGATTDescriptor, **kwargs: Any) -> bytearray:
        """Read."""
        proxy: DescriptorProxy = descriptor.obj
        return bytearray(await self._talk(proxy.read_value()))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:
        """Write."""
        proxy: CharacteristicProxy[bytes] = characteristic.obj
        await self._talk(proxy.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write."""
        proxy: DescriptorProxy = descriptor.obj
        await self._talk(proxy.write_value(bytes(data), with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: Any
    ) -> None:
        """Subscribe; notifications are preferred where the characteristic has indications too."""
        proxy: CharacteristicProxy[bytes] = characteristic.obj
        self._callbacks[characteristic.handle] = heard = lambda value: callback(bytearray(value))
        await self._talk(proxy.subscribe(heard))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        proxy: CharacteristicProxy[bytes] = characteristic.obj
        heard = self._callbacks.pop(characteristic.handle, None)
        if heard is not None:
            await self._talk(proxy.unsubscribe(heard))


@asynccontextmanager
async def central_on(link: LocalLink) -> AsyncIterator[tuple[Device, Controller]]:
    """A bumble central on a link in memory, powered on, and its controller."""
    controller = Controller("central", link=link)
    # Reports of the old kind hold all that our sensors say; LL privacy does not work here (bumble issue 841).
    controller.le_features &= ~(LeFeatureMask.LL_PRIVACY | LeFeatureMask.LE_EXTENDED_ADVERTISING)
    device = Device(name="central", address=Address(ADDRESS), host=Host(controller, AsyncPipeSink(controller)))
    await device.power_on()
    try:
        yield device, controller
    finally:
        for connection in tuple(device.connections.values()):
            with suppress(core.BaseBumbleError, HCI_Error):
                await connection.disconnect()
        await device.power_off()
        link.remove_controller(controller)


@asynccontextmanager
async def virtual_backends(*sensors: VirtualSensor) -> AsyncIterator[tuple[type[VirtualClient], type[VirtualScanner]]]:
    """Put sensors on a link in memory; gives the classes for bleak's ``backend=``, client and scanner."""
    link = LocalLink()  # type: ignore[no-untyped-call]  # bumble 0.0.236
    async with AsyncExitStack() as stack:
        for sensor in sensors:
            await stack.enter_async_context(sensor.on(link))
        central, controller = await stack.enter_async_context(central_on(link))
        mine = {"central": central, "controller": controller, "connecting": asyncio.Lock()}
        yield type("Client", (VirtualClient,), mine), type("Scanner", (VirtualScanner,), mine)


@asynccontextmanager
async def virtual_radio(*sensors: VirtualSensor) -> AsyncIterator[Radio]:
    """A radio for :class:`imu.client.LiveSensor` that hears these sensors and no others."""
    async with virtual_backends(*sensors) as (client, scanner):
        yield BleakRadio(client_backend=client, scanner_backend=scanner)
