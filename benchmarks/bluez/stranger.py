"""Another program on the bus, past bleak: it asks for properties, or connects to a sensor and crashes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dbus_fast import BusType, Message
from dbus_fast.aio import MessageBus

from benchmarks.bluez.devices import DEVICE
from benchmarks.bluez.tree import BUS, hang_up


@asynccontextmanager
async def _bus() -> AsyncIterator[MessageBus]:
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        yield bus
    finally:
        await hang_up(bus)


async def _asked(bus: MessageBus, path: str, interface: str, name: str) -> Any:
    ask = Message("org.bluez", path, f"{BUS}.Properties", "Get", signature="ss", body=[interface, name])
    return (await bus.call(ask)).body[0].value


async def asked(path: str, interface: str, name: str) -> Any:
    """The value of a property."""
    async with _bus() as bus:
        return await _asked(bus, path, interface, name)


async def connect_and_crash(path: str) -> None:
    """Connect to the device, wait until its services are known, and be gone without a word."""
    async with _bus() as bus:
        await bus.call(Message("org.bluez", path, DEVICE, "Connect"))
        while not await _asked(bus, path, DEVICE, "ServicesResolved"):
            await asyncio.sleep(0)
