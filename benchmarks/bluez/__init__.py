"""A Bluetooth daemon without a radio: ``org.bluez`` on a bus of its own, for unmodified bleak and virtual sensors.

``tree`` is the D-Bus side, ``service`` and ``gatt`` what the daemon does, ``daemon`` starts all of it. Linux only.
"""
