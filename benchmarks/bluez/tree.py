"""Objects on D-Bus: interfaces, properties and calls, with the signals that tell of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, TypeAlias

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

BUS = "org.freedesktop.DBus"
Call: TypeAlias = Callable[[Message], Awaitable[bytes | None]]


class Refused(Exception):
    """The answer to a call is an error: its D-Bus name and a text."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class Node:
    """One object.

    Attributes:
        path: where it is.
        interfaces: properties by name, by interface.
        calls: what may be called, by name; names do not repeat between the interfaces of an object here.
    """

    def __init__(self, path: str, interface: str, **properties: Variant) -> None:
        self.path = path
        self.interface = interface
        self.interfaces = {interface: properties}
        self.calls: dict[str, Call] = {}


async def hang_up(bus: MessageBus) -> None:
    """Disconnect from a bus, which may have gone before."""
    bus.disconnect()
    with suppress(EOFError, OSError):
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast says nothing of its types here


class Tree:
    """The objects below "/" of one D-Bus name."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.left: Callable[[str], None] = lambda name: None
        """Called with the unique name of each client that leaves the bus."""
        self._bus: MessageBus | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, address: str, name: str) -> None:
        """Take the name on the bus at that address."""
        self._bus = await MessageBus(bus_address=address).connect()
        self._bus.add_message_handler(self._take)
        rule = f"type='signal',sender='{BUS}',interface='{BUS}',member='NameOwnerChanged'"
        await self._bus.call(
            Message(
                destination=BUS,
                path="/org/freedesktop/DBus",
                interface=BUS,
                member="AddMatch",
                signature="s",
                body=[rule],
            )
        )
        await self._bus.request_name(name)

    async def close(self) -> None:
        """Leave the bus at once: no signal, no answer to calls that are under way."""
        bus, self._bus = self._bus, None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if bus is not None:
            await hang_up(bus)

    def add(self, *nodes: Node) -> None:
        """Show objects."""
        for node in nodes:
            self.nodes[node.path] = node
            self._added(node.path, node.interfaces)

    def swap(self, nodes: list[Node], below: str) -> None:
        """Let other objects stand in for those below a path, with signals only if paths or UUIDs are others."""

        def shape(every: Iterable[Node]) -> set[tuple[str, str]]:
            return {(each.path, each.interfaces[each.interface]["UUID"].value) for each in every}

        before = [node for path, node in self.nodes.items() if path.startswith(below + "/")]
        if shape(before) == shape(nodes):
            self.nodes.update((node.path, node) for node in nodes)
            return
        for node in before:
            self.remove(node.path)
        self.add(*nodes)

    def widen(self, path: str, interface: str, **properties: Variant) -> None:
        """Show another interface of an object."""
        self.nodes[path].interfaces[interface] = properties
        self._added(path, {interface: properties})

    def narrow(self, path: str, interface: str) -> None:
        """Take an interface back, if it is there."""
        if self.nodes[path].interfaces.pop(interface, None) is not None:
            self._signal("/", f"{BUS}.ObjectManager", "InterfacesRemoved", "oas", [path, [interface]])

    def remove(self, path: str) -> None:
        """Take an object back with all that is below it, the deepest first."""
        for each in sorted((p for p in self.nodes if p == path or p.startswith(path + "/")), reverse=True):
            node = self.nodes.pop(each)
            self._signal("/", f"{BUS}.ObjectManager", "InterfacesRemoved", "oas", [each, list(node.interfaces)])

    def change(self, path: str, interface: str, **properties: Variant) -> None:
        """Set properties and tell of it."""
        self.nodes[path].interfaces[interface].update(properties)
        if properties:
            self._signal(path, f"{BUS}.Properties", "PropertiesChanged", "sa{sv}as", [interface, properties, []])

    def lose(self, path: str, interface: str, *names: str) -> None:
        """Take properties back that are there, and tell of it."""
        known = self.nodes[path].interfaces[interface]
        lost = [name for name in names if known.pop(name, None) is not None]
        if lost:
            self._signal(path, f"{BUS}.Properties", "PropertiesChanged", "sa{sv}as", [interface, {}, lost])

    def _added(self, path: str, interfaces: dict[str, dict[str, Variant]]) -> None:
        self._signal("/", f"{BUS}.ObjectManager", "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        self._send(Message.new_signal(path, interface, member, signature, body))

    def _send(self, message: Message) -> None:
        if self._bus is not None and self._bus.connected:
            self._bus.send(message)

    def _take(self, message: Message) -> Message | bool | None:
        """Answer a call, at once or later. What is not known here, such as a ping, is left to dbus-fast."""
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            if not message.body[2]:
                self.left(message.body[0])
            return None
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.interface == f"{BUS}.ObjectManager":
            every = {path: node.interfaces for path, node in self.nodes.items()}
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [every])
        node = self.nodes.get(message.path or "")
        if node is None:
            return Message.new_error(message, f"{BUS}.Error.UnknownObject", f"no object {message.path}")
        if message.interface == f"{BUS}.Properties":
            return self._property(node, message)
        call = node.calls.get(message.member or "")
        if call is None or message.interface not in node.interfaces:
            return None
        task = asyncio.get_running_loop().create_task(self._answer(call, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    @staticmethod
    def _property(node: Node, message: Message) -> Message | None:
        properties = node.interfaces.get(message.body[0])
        if message.member == "GetAll" and properties is not None:
            return Message.new_method_return(message, "a{sv}", [properties])
        if message.member == "Get" and properties is not None and message.body[1] in properties:
            return Message.new_method_return(message, "v", [properties[message.body[1]]])
        return Message.new_error(message, f"{BUS}.Error.InvalidArgs", f"no property {message.body[:2]}")

    async def _answer(self, call: Call, message: Message) -> None:
        try:
            value = await call(message)
        except Refused as refused:
            self._send(Message.new_error(message, refused.name, str(refused)))
        else:
            body = ("", []) if value is None else ("ay", [value])
            self._send(Message.new_method_return(message, *body))
