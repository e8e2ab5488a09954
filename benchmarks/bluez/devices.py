"""Device1: a sensor that was heard, and its connection."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from bumble.core import AdvertisingData, BaseBumbleError, PhysicalTransport
from bumble.device import Advertisement, Connection, Peer
from bumble.hci import Address
from dbus_fast import Message, Variant

from benchmarks.bluez.gatt import (
    CHARACTERISTIC,
    Characteristic,
    Value,
    error,
    in_progress,
    long,
    service_nodes,
)
from benchmarks.bluez.tree import Node

if TYPE_CHECKING:
    from benchmarks.bluez.service import Bluez

DEVICE, BATTERY = "org.bluez.Device1", "org.bluez.Battery1"
MTU = 517
"""What BlueZ asks for (main.conf, ExchangeMTU)."""
GAP, BATTERY_SERVICE, BATTERY_LEVEL = (f"0000{short}-0000-1000-8000-00805f9b34fb" for short in ("1800", "180f", "2a19"))


def facts_of(said: Advertisement) -> dict[str, Variant]:
    """An advertisement as properties of Device1."""
    data = said.data
    name = data.get(AdvertisingData.Type.COMPLETE_LOCAL_NAME) or data.get(AdvertisingData.Type.SHORTENED_LOCAL_NAME)
    services: set[str] = set()
    for kind in (
        AdvertisingData.Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
        AdvertisingData.Type.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
        AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
        AdvertisingData.Type.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    ):
        for listed in data.get_all(kind):
            services |= {long(each) for each in listed}
    makers = dict(data.get_all(AdvertisingData.Type.MANUFACTURER_SPECIFIC_DATA))
    facts = {"RSSI": Variant("n", said.rssi), "UUIDs": Variant("as", sorted(services))}
    if name is not None:
        facts |= {"Name": Variant("s", str(name)), "Alias": Variant("s", str(name))}
    if makers:
        facts["ManufacturerData"] = Variant("a{qv}", {maker: Variant("ay", each) for maker, each in makers.items()})
    return facts


class Device(Node):
    """A sensor that was heard."""

    def __init__(self, bluez: Bluez, path: str, address: Address, facts: dict[str, Variant]) -> None:
        text = address.to_string(False)
        properties = {
            "Address": Variant("s", text),
            "AddressType": Variant("s", "public" if address.is_public else "random"),
            "Alias": Variant("s", text.replace(":", "-")),
            "Adapter": Variant("o", path.rpartition("/")[0]),
            "ServicesResolved": Variant("b", False),
            **{name: Variant("b", False) for name in ("Paired", "Bonded", "Trusted", "Blocked", "Connected")},
            **facts,
        }
        super().__init__(path, DEVICE, **properties)
        self.calls = {"Connect": self.connect, "Disconnect": self.disconnect}
        self.name = str(properties["Alias"].value)
        self.connection: Connection | None = None
        self._bluez = bluez
        self._tree = bluez.tree
        self._address = address

    def _say(self, **properties: Variant) -> None:
        if self.path in self._tree.nodes:
            self._tree.change(self.path, DEVICE, **properties)

    async def connect(self, _: Message) -> None:
        """Connect; what the sensor has is found out afterwards, and told by ServicesResolved."""
        bluez = self._bluez
        if bluez.busy_connects or bluez.central.is_le_connecting:
            bluez.busy_connects = max(bluez.busy_connects - 1, 0)
            raise in_progress()
        if self.connection is not None:
            return
        try:
            self.connection = await bluez.central.connect(self._address, PhysicalTransport.LE, timeout=None)
        except BaseBumbleError as failed:
            raise error("Failed", "le-connection-unknown") from failed
        self.connection.on("disconnection", self._gone)
        self._say(Connected=Variant("b", True))
        bluez.later(self._resolve(Peer(self.connection)))

    async def _resolve(self, peer: Peer) -> None:
        """Find services; a link that goes down meanwhile ends it."""
        with suppress(BaseBumbleError, asyncio.CancelledError):
            mtu = await peer.request_mtu(MTU)
            for service in await peer.discover_services():
                for proxy in await peer.discover_characteristics(service=service):
                    await peer.discover_descriptors(proxy)
            hidden = {GAP, BATTERY_SERVICE, *self._bluez.stale}
            nodes = service_nodes(self._tree, self.path, peer.services, mtu, lambda uuid: uuid not in hidden)
            self._tree.swap(nodes, self.path)
            for node in nodes:
                if isinstance(node, Characteristic):
                    self._tree.change(node.path, CHARACTERISTIC, MTU=Variant("q", mtu))
            uuids = sorted({long(service.uuid) for service in peer.services})
            self._say(UUIDs=Variant("as", uuids), ServicesResolved=Variant("b", True))
            await self._battery(peer)

    async def _battery(self, peer: Peer) -> None:
        """Battery1: read and subscribed to after the services are told, as BlueZ does (profiles/battery/battery.c)."""
        for service in peer.services:
            for proxy in service.characteristics:
                if long(proxy.uuid) == BATTERY_LEVEL:
                    percent = (await proxy.read_value())[0]
                    if proxy.properties & proxy.properties.NOTIFY:
                        await proxy.subscribe(lambda value: self._charge(value[0]))
                    self._tree.widen(self.path, BATTERY, Percentage=Variant("y", percent))

    def _charge(self, percent: int) -> None:
        if self.path in self._tree.nodes and BATTERY in self.interfaces:
            self._tree.change(self.path, BATTERY, Percentage=Variant("y", percent))

    async def disconnect(self, _: Message) -> None:
        """Disconnect, or give up connecting."""
        if self.connection is None:
            if not self._bluez.central.is_le_connecting:
                raise error("NotConnected", "Not Connected")
            self._bluez.give_up_connecting()
        else:
            await self.down()

    async def down(self) -> None:
        """End the link, if there is one."""
        if self.connection is not None:
            with suppress(BaseBumbleError):
                await self.connection.disconnect()

    def _gone(self, _: int) -> None:
        """The link is down, whoever ended it."""
        self.connection = None
        for path, node in self._tree.nodes.items():
            if path.startswith(self.path + "/") and isinstance(node, Value):
                node.rest()
        if self.path in self._tree.nodes:
            self._tree.narrow(self.path, BATTERY)
            self._say(ServicesResolved=Variant("b", False))
            self._say(Connected=Variant("b", False))
