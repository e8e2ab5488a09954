"""``org.bluez`` with one adapter, whose radio is a bumble central on a link in memory.

Of BlueZ 5.66 it has what a client of sensors meets: discovery sessions of each client, devices that stay known after a
scan, objects that stay after a disconnect, Battery1 in the place of the battery's characteristic, no GAP service.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bumble.controller import Controller
from bumble.device import Advertisement
from bumble.device import Device as Central
from bumble.hci import Address, HCI_ErrorCode, HCI_LE_Connection_Complete_Event, LeFeatureMask, Role
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink
from dbus_fast import Message, Variant

from benchmarks.bluez.devices import DEVICE, Device, facts_of
from benchmarks.bluez.gatt import Characteristic, Value, error, in_progress
from benchmarks.bluez.tree import Node, Tree

ADAPTER = "org.bluez.Adapter1"
HCI0 = "/org/bluez/hci0"


class Bluez:
    """The daemon; ``await open(address)`` puts it on the bus.

    Attributes:
        powered: False: no scan, as with Bluetooth switched off. Set it before ``open``.
        busy_scans, busy_connects: so many of the next calls are answered with InProgress.
        stale: UUIDs that this daemon does not show until the device is removed, as from an old cache.
    """

    def __init__(self, link: LocalLink) -> None:
        self.powered = True
        self.busy_scans = self.busy_connects = 0
        self.stale: set[str] = set()
        self.tree = Tree()
        self.tree.left = self._left
        self.devices: dict[str, Device] = {}
        self._link = link
        self._controller = Controller("hci0", link=link)
        # bumble's controller does not do the commands that these two promise (google/bumble issue 841)
        self._controller.le_features &= ~(LeFeatureMask.LL_PRIVACY | LeFeatureMask.LE_EXTENDED_ADVERTISING)
        sink = AsyncPipeSink(self._controller)
        self.central = Central.with_hci("hci0", Address("F0:F1:F2:F3:F4:F5"), self._controller, sink)
        self.central.on("advertisement", self._heard)
        self._filters: dict[str, dict[str, Any]] = {}
        self._sessions: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, address: str) -> None:
        """Switch the radio on and take the name."""
        if not self.central.powered_on:
            await self.central.power_on()
        adapter = Node(
            HCI0,
            ADAPTER,
            Address=Variant("s", "00:00:00:00:00:00"),
            Name=Variant("s", "private"),
            Alias=Variant("s", "private"),
            Powered=Variant("b", self.powered),
            Discovering=Variant("b", False),
            Roles=Variant("as", ["central", "peripheral"]),
            UUIDs=Variant("as", []),
        )
        adapter.calls = {
            "SetDiscoveryFilter": self._set_filter,
            "StartDiscovery": self._start_discovery,
            "StopDiscovery": self._stop_discovery,
            "RemoveDevice": self._remove_device,
        }
        await self.tree.open(address, "org.bluez")
        self.tree.add(adapter)

    async def kill(self) -> None:
        """As by SIGKILL: not a word to anybody, calls are never answered, links go down. ``open`` starts it afresh."""
        await self.tree.close()
        self.tree.nodes.clear()
        await self._drop_all()
        self._sessions.clear()
        self._filters.clear()

    async def end(self) -> None:
        """As by SIGTERM: links go down and are told of, objects are taken back, the name is given up."""
        await self._drop_all()
        if HCI0 in self.tree.nodes:
            self.tree.remove(HCI0)
        await self.kill()

    async def close(self) -> None:
        """Off the bus and off the air."""
        await self.kill()
        await self.central.power_off()
        self._link.remove_controller(self._controller)

    async def _drop_all(self) -> None:
        devices, self.devices = list(self.devices.values()), {}
        for device in devices:
            await device.down()
        self.give_up_connecting()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.central.is_scanning:
            await self.central.stop_scanning()

    def give_up_connecting(self) -> None:
        """End the attempt to connect that is under way, if there is one.

        bumble's controller answers the command for it and goes on, so its part is done here (Bluetooth Core 5.4,
        vol. 4, part E, 7.8.13: a Connection Complete event says "unknown connection identifier").
        """
        pending, self._controller.pending_le_connection = self._controller.pending_le_connection, None
        if pending is not None:
            self._controller.send_hci_packet(
                HCI_LE_Connection_Complete_Event(
                    status=HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                    connection_handle=0,
                    role=Role.CENTRAL,
                    peer_address_type=pending.peer_address_type,
                    peer_address=pending.peer_address,
                    connection_interval=0,
                    peripheral_latency=0,
                    supervision_timeout=0,
                    central_clock_accuracy=0,
                )
            )

    def forget(self, name: str) -> None:
        """Remove the device of that name, as BlueZ does 30 s after a scan with those that nobody connected to."""
        path = next(path for path, device in self.devices.items() if device.name == name)
        self.devices.pop(path)
        self.tree.remove(path)

    def stick(self) -> None:
        """From now on every characteristic that is shown has a write under way that never ends."""
        for node in self.tree.nodes.values():
            if isinstance(node, Value):
                node.busy.add("write")

    def later(self, work: Any) -> None:
        """Run a coroutine that ends with the daemon."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _set_filter(self, message: Message) -> None:
        self._filters[message.sender or ""] = {name: each.value for name, each in message.body[0].items()}

    async def _start_discovery(self, message: Message) -> None:
        if not self.powered:
            raise error("NotReady", "Resource Not Ready")
        if self.busy_scans or message.sender in self._sessions:
            self.busy_scans = max(self.busy_scans - 1, 0)
            raise in_progress()
        self._sessions.add(message.sender or "")
        self.tree.change(HCI0, ADAPTER, Discovering=Variant("b", True))
        if not self.central.is_scanning:
            await self.central.start_scanning(legacy=True, active=True)

    async def _stop_discovery(self, message: Message) -> None:
        if message.sender not in self._sessions:
            raise error("Failed", "No discovery started")
        await self._end_session(message.sender or "")

    async def _end_session(self, client: str) -> None:
        self._sessions.discard(client)
        self._filters.pop(client, None)
        if not self._sessions and self.central.is_scanning:
            await self.central.stop_scanning()
            self.tree.change(HCI0, ADAPTER, Discovering=Variant("b", False))
            for path in self.devices:
                self.tree.lose(path, DEVICE, "RSSI", "TxPower")

    async def _remove_device(self, message: Message) -> None:
        device = self.devices.pop(message.body[0], None)
        if device is None:
            raise error("DoesNotExist", "Does Not Exist")
        await device.down()
        self.stale.clear()
        self.tree.remove(device.path)

    def _left(self, client: str) -> None:
        """A client is gone: its scan ends, it listens no more. What it connected stays connected."""
        if client in self._sessions:
            self.later(self._end_session(client))
        for node in list(self.tree.nodes.values()):
            if isinstance(node, Characteristic) and client in node.listeners:
                self.later(node.leave(client))

    def _heard(self, said: Advertisement) -> None:
        if not self._sessions:
            return
        wanted = {uuid.lower() for each in self._filters.values() for uuid in each.get("UUIDs", [])}
        path = f"{HCI0}/dev_{said.address.to_string(False).replace(':', '_')}"
        facts = facts_of(said)
        device = self.devices.get(path)
        if device is None:
            if wanted and not wanted & set(facts["UUIDs"].value):
                return
            device = self.devices[path] = Device(self, path, said.address, facts)
            self.tree.add(device)
            return
        known = device.interfaces[DEVICE]
        if device.connection is None:  # the signal is told anew each time: on the air it is never twice the same
            fresh = {name: each for name, each in facts.items() if known.get(name) != each}
            self.tree.change(path, DEVICE, **fresh | {"RSSI": facts["RSSI"]})
