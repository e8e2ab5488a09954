"""The real radio's front: errors in words, one thing at a time, nothing waits for ever. Bytes go over it elsewhere."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
)

from benchmarks.fake_link import run
from firmware_protocol.wire import SERVICE
from imu.ble import CLOSE_S, CONNECT_S, START_S, UNKNOWN_DBM, BleakRadio
from imu.ble_errors import in_words
from imu.link import Found, LinkError, NoAdapter
from imu.waiting import GRACE_S, Overdue, within

REASONS = BleakBluetoothNotAvailableReason


def said(name: str | None, rssi: int, *services: str, **more: Any) -> AdvertisementData:
    fields = {"manufacturer_data": {}, "service_data": {}, "tx_power": None, "platform_data": ()} | more
    return AdvertisementData(local_name=name, service_uuids=list(services), rssi=rssi, **fields)


class Scanner(BaseBleakScanner):
    """Hears what ``heard`` lists, once."""

    heard: tuple[tuple[str, AdvertisementData], ...] = ()
    fails: BaseException | None = None
    hangs = False
    at_work = 0
    most_at_work = 0

    def __init__(self, callback: Any, services: Any, mode: str, **_: Any) -> None:
        super().__init__(callback, services)

    async def start(self) -> None:
        kind = type(self)
        if kind.fails is not None:
            raise kind.fails
        if kind.hangs:
            await asyncio.Event().wait()
        kind.at_work += 1
        kind.most_at_work = max(kind.most_at_work, kind.at_work)
        for address, advert in kind.heard:
            device = self.create_or_update_device(address, address, advert.local_name, None, advert)
            self.call_detection_callbacks(device, advert)

    async def stop(self) -> None:
        type(self).at_work -= 1


def scanner(
    *heard: tuple[str, AdvertisementData], fails: BaseException | None = None, hangs: bool = False
) -> type[Scanner]:
    return type("HearingScanner", (Scanner,), {"heard": heard, "fails": fails, "hangs": hangs})


def scanned(kind: type[Scanner], seconds: float = 1.0) -> list[Found]:
    return run(BleakRadio(scanner_backend=kind).scan(seconds))


@pytest.mark.parametrize("reason", list(REASONS))
def test_every_reason_of_bleak_is_no_adapter_in_words(reason: REASONS) -> None:
    error = in_words(BleakBluetoothNotAvailableError("in bleak's words", reason), "looking")
    assert isinstance(error, NoAdapter)
    assert "\n" not in str(error)
    assert ("in bleak's words" in str(error)) == (reason is REASONS.UNKNOWN)


@pytest.mark.parametrize(
    ("error", "words", "adapter"),
    [
        (FileNotFoundError(2, "No such file"), "no D-Bus system bus", False),
        (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["no org.bluez"]), "BlueZ is not running", False),
        (BleakDBusError("org.freedesktop.DBus.Error.AccessDenied", [""]), "does not let this user", False),
        (PermissionError(13, "denied"), "does not let this user", False),
        (BleakDBusError("org.bluez.Error.NotReady", ["Resource Not Ready"]), "Bluetooth is off", False),
        (BleakError("adapter 'hci7' not found"), "no such Bluetooth adapter 'hci7' not found", False),
        (ImportError("no WinRT"), "cannot be used on this system: no WinRT", False),
        (BleakDBusError("org.bluez.Error.InProgress", [""]), "another program uses the Bluetooth adapter", True),
        (BleakGATTProtocolError(0xFE), "looking failed: GATT Protocol Error: Procedure Already in Progress.", True),
        (EOFError(), "looking failed: EOFError.", True),
    ],
)
def test_errors_say_what_to_do(error: Exception, words: str, adapter: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    told = in_words(error, "looking")
    assert words in str(told)
    assert isinstance(told, NoAdapter) is not adapter


def test_what_a_sensor_says_in_parts_is_one_advert_and_the_strongest_comes_first() -> None:
    kind = scanner(
        ("A", said(None, -70, SERVICE.upper())),
        ("B", said("Other", -50, manufacturer_data={0x0886: b""})),
        ("A", said("Kickback 1", -71, service_data={"0000180f-0000-1000-8000-00805f9b34fb": b"\x50"})),
        ("C", said(None, UNKNOWN_DBM)),
    )
    other, ours, unknown = scanned(kind)
    assert (ours.advert.name, ours.rssi_dbm) == ("Kickback 1", -71)
    assert SERVICE in ours.advert.services
    assert len(ours.advert.services) == 2
    assert other.advert.companies == {0x0886}
    assert unknown.rssi_dbm is None


def test_a_scan_ends_when_enough_was_found_and_otherwise_in_time() -> None:
    async def going() -> tuple[float, float]:
        loop, radio = asyncio.get_running_loop(), BleakRadio(scanner_backend=scanner(("A", said("K", -50))))
        began = loop.time()
        await radio.scan(30.0, lambda found: bool(found))
        between = loop.time()
        await radio.scan(30.0, lambda found: len(found) > 1)
        return between - began, loop.time() - between

    soon, late = run(going())
    assert soon < 0.5
    assert late == pytest.approx(30.0, abs=0.5)


def test_two_scans_are_made_one_after_the_other_whoever_asks() -> None:
    kind = scanner()

    async def going() -> None:
        await asyncio.gather(*(BleakRadio(scanner_backend=kind).scan(1.0) for _ in range(3)))

    run(going())
    assert (kind.most_at_work, kind.at_work) == (1, 0)


def test_a_scan_that_cannot_start_says_why() -> None:
    off = BleakBluetoothNotAvailableError("off", REASONS.POWERED_OFF)
    with pytest.raises(NoAdapter, match=r"Bluetooth is off\. Switch it on"):
        scanned(scanner(fails=off))
    with pytest.raises(LinkError, match=f"starting to look for sensors took longer than {START_S:g} s"):
        scanned(scanner(hangs=True))


def test_a_search_that_is_cancelled_stays_cancelled_though_the_radio_died_meanwhile() -> None:
    class Died(Scanner):
        async def stop(self) -> None:
            raise BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["no org.bluez"])

    async def going() -> None:
        search = asyncio.ensure_future(BleakRadio(scanner_backend=Died).scan(5.0))
        await asyncio.sleep(1.0)
        search.cancel()
        await asyncio.wait({search})
        assert search.cancelled()

    run(going())


def test_a_call_that_does_not_end_when_it_is_cancelled_is_left_behind() -> None:
    async def stubborn(ends: asyncio.Event) -> None:
        while not ends.is_set():
            with suppress(asyncio.CancelledError):
                await ends.wait()

    async def interrupted() -> None:
        raise asyncio.CancelledError

    async def going() -> float:
        loop, ends = asyncio.get_running_loop(), asyncio.Event()
        began = loop.time()
        with pytest.raises(Overdue):
            await within(5.0, stubborn(ends))
        took_s = loop.time() - began
        with pytest.raises(ConnectionError, match="interrupted"):
            await within(5.0, interrupted())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await within(5.0, stubborn(ends))
        ends.set()
        return took_s

    assert run(going()) == pytest.approx(5.0 + GRACE_S, abs=0.1)


class Client(BaseBleakClient):
    """Connects to nothing, or never."""

    hangs = True
    closed = 0

    def __init__(self, device: Any, services: Any = None, **more: Any) -> None:
        super().__init__(device, disconnected_callback=None, timeout=more["timeout"])

    name = "nobody"
    mtu_size = 23
    is_connected = False

    async def connect(self, pair: bool, **_: Any) -> None:
        if type(self).hangs:
            await asyncio.Event().wait()
        raise BleakError("it was interrupted")

    async def disconnect(self) -> None:
        type(self).closed += 1
        if type(self).hangs:
            await asyncio.Event().wait()

    async def _none(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    pair = unpair = read_gatt_char = write_gatt_char = read_gatt_descriptor = write_gatt_descriptor = _none
    start_notify = stop_notify = _none


def connecting(kind: type) -> float:
    """How long a failed connection took. Raises LinkError."""

    async def going() -> float:
        loop, radio = asyncio.get_running_loop(), BleakRadio(kind, scanner(("A", said("Kickback 1", -50))))
        (found,) = await radio.scan(1.0)
        began = loop.time()
        with pytest.raises(LinkError, match=r"connecting to Kickback 1 (took longer than|failed: it was interrupted)"):
            await radio.connect(found, lambda: None)
        return loop.time() - began

    return run(going())


def test_a_connection_that_hangs_is_given_up_and_let_go() -> None:
    kind = type("HangingClient", (Client,), {"hangs": True, "closed": 0})
    assert connecting(kind) == pytest.approx(CONNECT_S + CLOSE_S, abs=0.1)
    assert kind.__dict__["closed"] == 1


def test_a_connection_that_fails_is_let_go() -> None:
    kind = type("FailingClient", (Client,), {"hangs": False, "closed": 0})
    assert connecting(kind) < 0.1
    assert kind.__dict__["closed"] == 1
