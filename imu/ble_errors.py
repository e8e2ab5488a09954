"""What a radio's errors mean to the person in front of it, one line each."""

from __future__ import annotations

import sys

from imu.link import LinkError, NoAdapter

REPLAY = "Without Bluetooth a recorded file can be replayed."
_REASONS = {
    "NO_BLUETOOTH": "This machine has no Bluetooth adapter. Plug one in (Bluetooth 4.0 or newer).",
    "NO_BLE_CENTRAL_ROLE": "The Bluetooth adapter knows no Low Energy. Plug in one with Bluetooth 4.0 or newer.",
    "POWERED_OFF": "Bluetooth is off. Switch it on and try again.",
    "DENIED_BY_USER": "Bluetooth is not allowed for this program. On macOS: System Settings, Privacy & Security, "
    "Bluetooth, allow the terminal (or whatever runs Kickback), and start it again.",
    "DENIED_BY_SYSTEM": "The system does not let this user use Bluetooth. On Linux the user may need the group "
    '"bluetooth"; elsewhere ask who manages this machine.',
    "DENIED_BY_UNKNOWN": "Bluetooth is not allowed for this program, and the system does not say why. Look at its "
    "privacy settings.",
}
"""By the names of bleak's reasons (bleak.exc.BleakBluetoothNotAvailableReason, bleak 3.1.0)."""
_DBUS = {
    "org.freedesktop.DBus.Error.ServiceUnknown": "BlueZ is not running. Install it (package bluez) and start it: "
    "systemctl start bluetooth.",
    "org.freedesktop.DBus.Error.NameHasNoOwner": "BlueZ is not running. Start it: systemctl start bluetooth.",
    "org.freedesktop.DBus.Error.AccessDenied": _REASONS["DENIED_BY_SYSTEM"],
    "org.bluez.Error.NotReady": "Bluetooth is off. Switch it on (bluetoothctl power on) and try again.",
    "org.bluez.Error.NotAuthorized": _REASONS["DENIED_BY_SYSTEM"],
}
_BUSY = ("org.bluez.Error.InProgress",)
_WINDOWS_OFF = (-2147020577, -2147023729)
"""HRESULT "device not ready" and "element not found": the radio is off, or there is none (bleak issues of Windows)."""


def in_words(error: BaseException, doing: str) -> LinkError:
    """The error in one line, as NoAdapter where this machine's Bluetooth is what is missing.

    Args:
        error: whatever the radio raised.
        doing: what was tried, such as "connecting to Kickback 7".
    """
    reason = getattr(getattr(error, "reason", None), "name", None)
    if isinstance(reason, str):
        return NoAdapter(_REASONS.get(reason, f"Bluetooth is not available: {_plain(error)}."))
    name = getattr(error, "dbus_error", "")
    if name in _DBUS:
        return NoAdapter(_DBUS[name])
    if name in _BUSY:
        return LinkError(f"{doing} failed: another program uses the Bluetooth adapter. Close it, or try again.")
    if getattr(error, "winerror", None) in _WINDOWS_OFF:
        return NoAdapter(_REASONS["POWERED_OFF"])
    if isinstance(error, PermissionError):
        return NoAdapter(_REASONS["DENIED_BY_SYSTEM"])
    if isinstance(error, (FileNotFoundError, ConnectionRefusedError)) and sys.platform == "linux":
        return NoAdapter(
            "There is no D-Bus system bus here, so no Bluetooth (as in a container). "
            "On a machine with an adapter install and start dbus and bluez."
        )
    if isinstance(error, ImportError):
        return NoAdapter(f"Bluetooth cannot be used on this system: {_plain(error)}.")
    if "adapter '" in str(error) and "not found" in str(error):
        return NoAdapter(f"There is no such Bluetooth {_plain(error)}. `bluetoothctl list` shows which there are.")
    return LinkError(f"{doing} failed: {_plain(error)}.")


def _plain(error: BaseException) -> str:
    """The error's own words on one line, or its kind when it says nothing."""
    said = str(error)
    if said.startswith("(") and (texts := [each for each in error.args if isinstance(each, str)]):
        said = texts[0]  # bleak puts a number beside its words
    return " ".join(said.split()).rstrip(".") or type(error).__name__
