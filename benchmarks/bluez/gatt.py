"""Services, characteristics and descriptors of a connected sensor as ``org.bluez`` shows them.

What is refused, and with which words, follows BlueZ (src/gatt-client.c, doc/org.bluez.GattCharacteristic.rst).
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from bumble.att import ATT_Error
from bumble.core import UUID
from bumble.gatt import Characteristic as Properties
from bumble.gatt_client import CharacteristicProxy, DescriptorProxy, ServiceProxy
from dbus_fast import Message, Variant

from benchmarks.bluez.tree import Node, Refused, Tree

CHARACTERISTIC = "org.bluez.GattCharacteristic1"
CCCD = "00002902-0000-1000-8000-00805f9b34fb"
_T = TypeVar("_T")
_P = Properties.Properties
FLAGS = {
    _P.BROADCAST: "broadcast",
    _P.READ: "read",
    _P.WRITE_WITHOUT_RESPONSE: "write-without-response",
    _P.WRITE: "write",
    _P.NOTIFY: "notify",
    _P.INDICATE: "indicate",
}
SAID = {
    0x02: ("NotPermitted", "Read not permitted"),
    0x03: ("NotPermitted", "Write not permitted"),
    0x05: ("NotPermitted", "Not paired"),
    0x06: ("NotSupported", "Operation is not supported"),
    0x07: ("InvalidArguments", "Invalid offset"),
    0x08: ("NotAuthorized", "Operation Not Authorized"),
    0x0C: ("NotPermitted", "Not paired"),
    0x0D: ("InvalidArguments", "Invalid Length"),
    0x0F: ("NotPermitted", "Not paired"),
    0xFD: ("ImproperlyConfigured", "Client Characteristic Configuration Descriptor improperly configured"),
}
"""Errors of ATT that have a name of their own in BlueZ; the others are "Failed" with the number in the text."""


def long(short: UUID) -> str:
    """A UUID in 36 characters, lower case."""
    return str(uuid.UUID(bytes=short.uuid_128_bytes[::-1]))


def error(name: str, text: str) -> Refused:
    """One of BlueZ's errors."""
    return Refused(f"org.bluez.Error.{name}", text)


def in_progress() -> Refused:
    """Something of the kind is under way."""
    return error("InProgress", "Operation already in progress")


async def over_the_air(request: Awaitable[_T]) -> _T:
    """Wait for the sensor's answer.

    Raises:
        Refused: it answered with an error, or the link went down meanwhile.
    """
    try:
        return await request
    except ATT_Error as refused:
        code = refused.error_code
        raise error(*SAID.get(code, ("Failed", f"Operation failed with ATT error: {code:#04x}"))) from refused
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise error("Failed", "Not connected") from None  # bumble cancels what waits when the link goes down


class Value(Node):
    """What characteristics and descriptors share: a value at the sensor, read and written one at a time.

    Attributes:
        proxy: the sensor's, None while it is not connected.
        busy: what is under way: "read", "write", "notify".
    """

    def __init__(self, tree: Tree, path: str, interface: str, **properties: Variant) -> None:
        super().__init__(path, interface, **properties)
        self.tree = tree
        self.proxy: CharacteristicProxy[bytes] | DescriptorProxy | None = None
        self.calls = {"ReadValue": self.read, "WriteValue": self.write}
        self.busy: set[str] = set()

    @contextmanager
    def _once(self, what: str) -> Iterator[CharacteristicProxy[bytes] | DescriptorProxy]:
        if self.proxy is None:
            raise error("Failed", "Not connected")
        if what in self.busy:
            raise in_progress()
        self.busy.add(what)
        try:
            yield self.proxy
        finally:
            self.busy.discard(what)

    async def read(self, _: Message) -> bytes:
        """The value; BlueZ also tells it as a change of the property."""
        with self._once("read") as proxy:
            value = bytes(await over_the_air(proxy.read_value()))
        self.tell(value)
        return value

    async def write(self, message: Message) -> None:
        """With or without an answer, as asked for."""
        value, options = message.body
        kind = options["type"].value if "type" in options else "request"
        self.check_write(kind)
        with self._once("write") as proxy:
            await over_the_air(proxy.write_value(bytes(value), with_response=kind == "request"))

    def check_write(self, kind: str) -> None:
        """Refuse a write without asking the sensor."""

    def tell(self, value: bytes) -> None:
        """The property's signal."""
        if self.tree.nodes.get(self.path) is self:
            self.tree.change(self.path, self.interface, Value=Variant("ay", value))

    def rest(self) -> None:
        """The link is down. The object stays, as BlueZ keeps it."""
        self.proxy = None


class Descriptor(Value):
    """A descriptor; the one that turns notifications on belongs to BlueZ."""

    def __init__(self, tree: Tree, parent: str, proxy: DescriptorProxy) -> None:
        self.uuid = long(proxy.type)
        properties = {"UUID": Variant("s", self.uuid), "Characteristic": Variant("o", parent)}
        super().__init__(tree, f"{parent}/desc{proxy.handle:04x}", "org.bluez.GattDescriptor1", **properties)
        self.proxy = proxy

    def check_write(self, kind: str) -> None:
        """The CCCD is written by StartNotify only."""
        if self.uuid == CCCD:
            raise error("NotPermitted", "Write not permitted")


class Characteristic(Value):
    """A characteristic: its value, and notifications for whoever asked for them."""

    def __init__(self, tree: Tree, parent: str, proxy: CharacteristicProxy[bytes], mtu: int) -> None:
        self.flags = [word for bit, word in FLAGS.items() if proxy.properties & bit]
        super().__init__(
            tree,
            f"{parent}/char{proxy.handle - 1:04x}",
            CHARACTERISTIC,
            UUID=Variant("s", long(proxy.uuid)),
            Service=Variant("o", parent),
            Flags=Variant("as", self.flags),
            Notifying=Variant("b", False),
            MTU=Variant("q", mtu),
        )
        self.calls |= {"StartNotify": self.start, "StopNotify": self.stop}
        self.listeners: set[str] = set()
        self.proxy: CharacteristicProxy[bytes] | None = proxy

    def check_write(self, kind: str) -> None:
        """Only a sensor that takes writes without an answer gets them."""
        if kind == "command" and "write-without-response" not in self.flags:
            raise error("NotSupported", "Operation is not supported")

    async def start(self, message: Message) -> None:
        """Subscribe at the sensor for the first listener."""
        if not {"notify", "indicate"} & set(self.flags):
            raise error("NotSupported", "Operation is not supported")
        if message.sender in self.listeners:
            raise error("Failed", "Already notifying")
        with self._once("notify"):
            if not self.listeners and self.proxy is not None:
                await over_the_air(self.proxy.subscribe(self.tell))
            self.listeners.add(message.sender or "")
            self.tree.change(self.path, CHARACTERISTIC, Notifying=Variant("b", True))

    async def stop(self, message: Message) -> None:
        """Unsubscribe at the sensor after the last listener."""
        if message.sender not in self.listeners:
            raise error("Failed", "No notify session started")
        await self.leave(message.sender or "")

    async def leave(self, listener: str) -> None:
        """One listener less, if it was one."""
        if listener in self.listeners:
            self.listeners.discard(listener)
            if not self.listeners:
                self.tree.change(self.path, CHARACTERISTIC, Notifying=Variant("b", False))
                if self.proxy is not None:
                    await over_the_air(self.proxy.unsubscribe(self.tell))

    def rest(self) -> None:
        """The link is down, and nobody listens any more."""
        super().rest()
        self.listeners.clear()
        self.tree.change(self.path, CHARACTERISTIC, Notifying=Variant("b", False))
        self.tree.lose(self.path, CHARACTERISTIC, "MTU")


def service_nodes(
    tree: Tree, device: str, services: list[ServiceProxy], mtu: int, show: Callable[[str], bool]
) -> list[Node]:
    """The objects of a sensor's services, parents first; ``show`` tells which UUIDs are shown."""
    nodes: list[Node] = []
    for service in services:
        if not show(long(service.uuid)):
            continue
        path = f"{device}/service{service.handle:04x}"
        properties = {
            "UUID": Variant("s", long(service.uuid)),
            "Device": Variant("o", device),
            "Primary": Variant("b", True),
        }
        nodes.append(Node(path, "org.bluez.GattService1", **properties))
        for proxy in service.characteristics:
            if show(long(proxy.uuid)):
                characteristic = Characteristic(tree, path, proxy, mtu)
                nodes.append(characteristic)
                nodes += [Descriptor(tree, characteristic.path, each) for each in proxy.descriptors]
    return nodes
