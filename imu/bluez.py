"""The battery on Linux: BlueZ hides the standard characteristic and shows an interface of its own instead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from imu.link import LinkError

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

SERVICE, DEVICE, BATTERY = "org.bluez", "org.bluez.Device1", "org.bluez.Battery1"
"""BlueZ, doc/org.bluez.Device.rst and org.bluez.Battery.rst."""
BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
LATE_S, AGAIN_S = 1.0, 0.05
"""BlueZ reads the battery and subscribes to it after it has told the services (profiles/battery/battery.c): two
questions to the sensor, a few connection intervals of some 50 ms. A sensor that never answers costs a second."""


async def battery_level(device_path: str) -> bytes:
    """What the Battery Level characteristic would say: one byte of per cent.

    Args:
        device_path: of the device in BlueZ, such as "/org/bluez/hci0/dev_...".

    Raises:
        LinkError: the sensor told BlueZ no level.
        OSError: there is no system bus.
    """
    from dbus_fast import BusType
    from dbus_fast.aio import MessageBus

    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await bus.connect()
        percent = await _property(bus, device_path, BATTERY, "Percentage")
        if percent is None and BATTERY_SERVICE in (await _property(bus, device_path, DEVICE, "UUIDs") or ()):
            until_s = asyncio.get_running_loop().time() + LATE_S
            while percent is None and asyncio.get_running_loop().time() < until_s:
                await asyncio.sleep(AGAIN_S)
                percent = await _property(bus, device_path, BATTERY, "Percentage")
    finally:
        bus.disconnect()
    if percent is None:
        raise LinkError("BlueZ knows no battery level of this sensor.")
    return bytes([int(percent)])


async def _property(bus: MessageBus, path: str, interface: str, name: str) -> Any:
    """A property's value, None where BlueZ has none."""
    from dbus_fast import Message, MessageType

    ask = Message(SERVICE, path, "org.freedesktop.DBus.Properties", "Get", signature="ss", body=[interface, name])
    reply = await bus.call(ask)
    return reply.body[0].value if reply.message_type is MessageType.METHOD_RETURN else None
