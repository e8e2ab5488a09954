"""The battery on Linux: BlueZ hides the standard characteristic and shows an interface of its own instead."""

from __future__ import annotations

from imu.link import LinkError

SERVICE, BATTERY = "org.bluez", "org.bluez.Battery1"
"""BlueZ, doc/org.bluez.Battery.rst."""


async def battery_level(device_path: str) -> bytes:
    """What the Battery Level characteristic would say: one byte of per cent.

    Args:
        device_path: of the device in BlueZ, such as "/org/bluez/hci0/dev_...".

    Raises:
        LinkError: the sensor told BlueZ no level.
        OSError: there is no system bus.
    """
    from dbus_fast import BusType, Message, MessageType
    from dbus_fast.aio import MessageBus

    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await bus.connect()
        asked = Message(
            destination=SERVICE,
            path=device_path,
            interface="org.freedesktop.DBus.Properties",
            member="Get",
            signature="ss",
            body=[BATTERY, "Percentage"],
        )
        reply = await bus.call(asked)
    finally:
        bus.disconnect()
    if reply.message_type is not MessageType.METHOD_RETURN:
        raise LinkError("BlueZ knows no battery level of this sensor.")
    return bytes([int(reply.body[0].value)])
