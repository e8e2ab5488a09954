"""The real radio: bleak behind :class:`imu.link.Radio`. No other module of the client knows bleak.

What it adds to bleak: one lock for all scanning and connecting, a limit of its own around every call (bleak repeats
a busy read or write without end on Linux), a fresh client for every connection, and errors that say what to do.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from firmware_protocol.registry import BATTERY_LEVEL, Advert, codec_for
from imu.ble_errors import in_words
from imu.link import Found, LinkError
from imu.waiting import Overdue, within

if TYPE_CHECKING:
    from bleak import BleakClient, BleakScanner

T = TypeVar("T")
START_S = 10.0
"""To begin or to end a scan. On macOS the first one waits for a person to allow it."""
CONNECT_S = 20.0
"""To connect and to learn the services; bleak's own limit is 30 s (bleak 3.1.0)."""
CLOSE_S = 5.0
"""To disconnect. A dead bluetoothd never answers (measured with BlueZ 5.66 that was killed)."""
TALK_S = 5.0
"""To read, to write or to subscribe; ATT itself gives up after 30 s (Bluetooth Core 5.4, vol. 3, part F, 3.3.3)."""
ASK_S = 0.2
"""Between two questions whether enough was found."""
STRAY_S = 2.0
"""After so long without success it is asked what is connected already; sensors advertise several times a second."""
ATT_HEADER = 3
"""A write without response carries MTU - 3 bytes (Bluetooth Core 5.4, vol. 3, part F, 3.4.5.3)."""
UNKNOWN_DBM = -127
"""What bleak says when BlueZ does not know the signal (bleak 3.1.0, and HCI's own value for "not available")."""

_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def _lock() -> asyncio.Lock:
    """The one lock of this event loop: adapters refuse to scan and to connect at a time (bleak issues 1036, 1689)."""
    return _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())


async def _within(seconds: float, doing: str, work: Coroutine[Any, Any, T]) -> T:
    """Do it, or give up after so many seconds; every trouble becomes a LinkError of one line."""
    from bleak.exc import BleakError

    try:
        return await within(seconds, work)
    except Overdue as error:
        raise LinkError(f"{doing} took longer than {seconds:g} s.") from error
    except (BleakError, OSError, EOFError, ValueError, AssertionError, ImportError, NotImplementedError) as error:
        # bleak lets errors of D-Bus, of WinRT and its own assertions through ("backend-specific", its documents say).
        raise in_words(error, doing) from error


class BleakLink:
    """One connection; see :class:`imu.link.Link`."""

    def __init__(self, client: BleakClient, found: Found) -> None:
        self._client = client
        self._found = found
        self.closing = False

    @property
    def _name(self) -> str:
        return self._found.advert.name or "the sensor"

    @property
    def mtu(self) -> int | None:
        """From the largest write without response: bleak's own ``mtu_size`` is always 23 on Linux (measured).

        It may still grow during a connection's first second. Nothing is sized by it.
        """
        sizes = [each.max_write_without_response_size for each in self._all()]
        return max(sizes) + ATT_HEADER if sizes else None

    @property
    def characteristics(self) -> frozenset[str]:
        """UUIDs, lower case."""
        return frozenset(each.uuid.lower() for each in self._all())

    def _all(self) -> list[Any]:
        from bleak.exc import BleakError

        try:
            return list(self._client.services.characteristics.values())
        except BleakError:  # the link is gone, and its services with it
            return []

    async def read(self, uuid: str) -> bytes:
        """See :class:`imu.link.Link`. BlueZ keeps the battery's characteristic for itself; it is asked there."""
        if uuid == BATTERY_LEVEL and sys.platform == "linux" and uuid not in self.characteristics:
            path = getattr(self._found.handle, "details", None)
            if isinstance(path, dict) and "path" in path:
                from imu.bluez import battery_level

                return await _within(TALK_S, f"reading the battery of {self._name}", battery_level(path["path"]))
        return bytes(await _within(TALK_S, f"reading from {self._name}", self._client.read_gatt_char(uuid)))

    async def write(self, uuid: str, data: bytes, response: bool) -> None:
        """See :class:`imu.link.Link`."""
        work = self._client.write_gatt_char(uuid, data, response=response)
        await _within(TALK_S, f"writing to {self._name}", work)

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        """See :class:`imu.link.Link`."""
        work = self._client.start_notify(uuid, lambda _, data: callback(bytes(data)))
        await _within(TALK_S, f"subscribing at {self._name}", work)

    async def close(self) -> None:
        """See :class:`imu.link.Link`. Ending the connection ends the subscriptions."""
        self.closing = True
        try:
            await _within(CLOSE_S, f"disconnecting from {self._name}", self._client.disconnect())
        except LinkError:
            return  # the connection is given up in any case; the next one begins with a scan


class BleakRadio:
    """The machine's Bluetooth.

    Args:
        client_backend, scanner_backend: classes in the place of those for the operating system (bleak's ``backend=``).
        adapter: such as "hci1", Linux only; None: the first that is switched on.
    """

    def __init__(
        self, client_backend: type | None = None, scanner_backend: type | None = None, adapter: str | None = None
    ) -> None:
        self._client_backend = client_backend
        self._scanner_backend = scanner_backend
        self._adapter: dict[str, Any] = {} if adapter is None else {"bluez": {"adapter": adapter}}
        self._open: dict[str, BleakLink] = {}

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None = None) -> list[Found]:
        """See :class:`imu.link.Radio`. What is connected already, as after a crash, is found too."""
        async with _lock():
            seen = await self._scan(seconds, enough)
        return sorted(seen.values(), key=lambda each: -1000 if each.rssi_dbm is None else each.rssi_dbm, reverse=True)

    async def _scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None) -> dict[str, Found]:
        seen: dict[str, Found] = {}

        def heard(device: Any, said: Any) -> None:
            seen[device.address] = _merged(seen.get(device.address), device, said)

        def done() -> bool:
            return enough is not None and enough(list(seen.values()))

        scanner = await _within(START_S, "looking for sensors", self._scanner(heard))
        try:
            await _within(START_S, "starting to look for sensors", scanner.start())
            loop, strays = asyncio.get_running_loop(), False
            ends, silent = loop.time() + seconds, loop.time() + min(seconds - ASK_S, STRAY_S)
            while not done() and (left_s := ends - loop.time()) > 0:
                if not strays and loop.time() >= silent:
                    strays = True
                    for stray in await self._strays():
                        seen.setdefault(stray.address, stray)
                else:
                    await asyncio.sleep(min(ASK_S, left_s))
        except BaseException:  # a cancelled task included: leave nothing running, and let no second trouble hide it
            with suppress(LinkError):
                await _within(START_S, "ending to look for sensors", scanner.stop())
            raise
        await _within(START_S, "ending to look for sensors", scanner.stop())
        return seen

    async def _scanner(self, heard: Callable[[Any, Any], None]) -> BleakScanner:
        from bleak import BleakScanner

        return BleakScanner(heard, backend=self._scanner_backend, **self._adapter)

    async def _strays(self) -> list[Found]:
        """Devices that are connected, though not to us: a sensor that a program which crashed has left so."""
        if self._scanner_backend is not None:
            return []
        try:
            devices = await _within(TALK_S, "asking what is connected", self._connected())
        except LinkError:
            return []  # not every system can tell; the scan itself went well
        mine = {address for address, link in self._open.items() if not link.closing}
        return [Found(each.address, _kept(each), None, each) for each in devices if each.address not in mine]

    async def _connected(self) -> list[Any]:
        from bleak import BleakAdapter  # since bleak 3.1

        adapter = await BleakAdapter.get(**self._adapter)
        return list(await adapter.get_connected_devices())

    async def connect(self, found: Found, lost: Callable[[], None]) -> BleakLink:
        """See :class:`imu.link.Radio`.

        Where a characteristic that such a sensor has is missing, the operating system may remember an older firmware:
        it is made to forget the device, once (bleak issue 882).
        """
        async with _lock():
            link = await self._connect(found, lost)
            if not _missing(link, found):
                return link
            await self._forget(link)
            again = (await self._scan(CLOSE_S, lambda seen: found.address in {each.address for each in seen})).get(
                found.address
            )
            return await self._connect(found if again is None else again, lost, fresh=True)

    async def _connect(self, found: Found, lost: Callable[[], None], fresh: bool = False) -> BleakLink:
        name = found.advert.name or "the sensor"
        told: list[bool] = []

        def gone(_: object) -> None:
            if not link.closing and not told:
                told.append(True)
                lost()

        client = await _within(CONNECT_S, f"connecting to {name}", self._client(found, gone, fresh))
        link = BleakLink(client, found)
        try:
            await _within(CONNECT_S, f"connecting to {name}", client.connect())
        except BaseException:  # whatever ended it, a cancelled task included: leave nothing half open
            await link.close()
            raise
        self._open[found.address] = link
        return link

    async def _client(self, found: Found, gone: Callable[[object], None], fresh: bool) -> BleakClient:
        from bleak import BleakClient

        cached: dict[str, Any] = {"winrt": {"use_cached_services": False}} if fresh else {}
        return BleakClient(found.handle, gone, timeout=CONNECT_S, backend=self._client_backend, **cached)

    async def _forget(self, link: BleakLink) -> None:
        """On Linux by removing the device; Windows reads anew when asked to; macOS has no way."""
        link.closing = True
        if sys.platform == "linux" and self._client_backend is None:
            with suppress(LinkError):  # the second connection tells whether it helped
                await _within(CLOSE_S, "forgetting the sensor", link._client.unpair())
        await link.close()


def _missing(link: BleakLink, found: Found) -> frozenset[str]:
    """Characteristics that its kind of sensor has and this one does not show."""
    codec = codec_for(found.advert)
    expected = frozenset(codec.subscribes) if codec is not None else frozenset()
    return expected - link.characteristics


def _kept(device: Any) -> Advert:
    """What the system knows of a device that no longer advertises: BlueZ keeps all of it, others the name."""
    known = device.details.get("props", {}) if isinstance(device.details, dict) else {}
    services = frozenset(each.lower() for each in known.get("UUIDs", ()))
    return Advert(device.name, services, frozenset(known.get("ManufacturerData", ())))


def _merged(before: Found | None, device: Any, said: Any) -> Found:
    """One sensor from all that it has said: name and services may come in messages of their own."""
    old = before.advert if before is not None else Advert()
    advert = Advert(
        said.local_name or old.name,
        old.services | {each.lower() for each in (*said.service_uuids, *said.service_data)},
        old.companies | set(said.manufacturer_data),
    )
    rssi = None if said.rssi is None or said.rssi == UNKNOWN_DBM else int(said.rssi)
    return Found(device.address, advert, rssi, device)
