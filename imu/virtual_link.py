"""A virtual sensor's radio: a GATT server on bumble that sends what :mod:`imu.virtual_device` makes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bumble import att, core, gatt
from bumble.device import Connection, Device
from bumble.hci import Address
from bumble.host import Host

from firmware_protocol import registry, wire
from firmware_protocol.control import Op, Result
from imu.virtual_control import carry_out
from imu.virtual_device import VirtualDevice

FIRMWARE, MODEL, MAKER = "virtual 1", "Kickback virtual sensor", "Kickback"
ADVERTISE_MS = 100
"""Advertising interval: a scan of a second hears it ten times."""
AGAIN_S, AGAIN_PACKETS = 0.01, 4
"""Back-fill goes where no fresh sample is due: so many packets in so many seconds, 400 a second, about what a link
with an interval of 15 ms and six packets in each carries."""
FLUSH_S = 0.005
"""Between two looks whether the last sample has gone."""
DEAF_S = 0.05
"""Between two looks whether anybody has subscribed to the data."""
IMPROPER_CCCD, BUSY = 0xFD, 0xFE
"""Common ATT errors (Bluetooth Core Specification Supplement, part B, 1.2)."""
POWER_OFF = 0x15
"""HCI reason of a link that a device ends as its power goes (Bluetooth Core 5.4, vol. 1, part F, 2.21)."""


@dataclass(frozen=True)
class Label:
    """What the sensor is called, and the largest MTU that it agrees to."""

    name: str
    serial: str
    address: str
    mtu: int


class OnAir:
    """One time on the air, from power-on to the end.

    Args:
        device: the sensor. label: what it is called. host: of its radio. clock_ns: the host's monotonic clock.
        encode: makes the bytes of a packet, in C or in Python.
        identify: called with the seconds of an IDENTIFY.
        in_memory: no limit of 31 bytes for an advertisement; there is no scan response in bumble's link in memory.
    """

    def __init__(
        self,
        device: VirtualDevice,
        label: Label,
        host: Host,
        clock_ns: Callable[[], int],
        encode: Callable[[wire.DataPacket | wire.BackfillPacket], bytes],
        identify: Callable[[int], None],
        in_memory: bool,
    ) -> None:
        self._device, self._label, self._clock_ns = device, label, clock_ns
        self._encode, self._identify, self._in_memory = encode, identify, in_memory
        self._radio = Device(name=label.name, address=Address(label.address), host=host)
        self._lot = random.Random(device.faults.seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._commands: set[asyncio.Future[None]] = set()
        self._answering: asyncio.Task[None] | None = None
        self._poke, self._started = asyncio.Event(), asyncio.Event()
        self._away_until_ns = self._gate_ns = self._again_ns = 0
        self._silent = False
        self.connection: Connection | None = None
        self._add_services()

    def _add_services(self) -> None:
        props, allowed = gatt.Characteristic.Properties, gatt.Characteristic.Permissions

        def readable(uuid: str, read: Callable[[], bytes]) -> gatt.Characteristic[bytes]:
            value: gatt.CharacteristicValue[bytes] = gatt.CharacteristicValue(read=lambda _: read())
            return gatt.Characteristic(core.UUID(uuid), props.READ, allowed.READABLE, value)

        self._data, self._back = (
            gatt.Characteristic[bytes](core.UUID(uuid), props.NOTIFY, gatt.Characteristic.Permissions(0), b"")
            for uuid in (wire.DATA, wire.BACKFILL)
        )
        asked: gatt.CharacteristicValue[bytes] = gatt.CharacteristicValue(write=self._asked)
        both = props.WRITE | props.INDICATE
        self._control: gatt.Characteristic[bytes]
        self._control = gatt.Characteristic(core.UUID(wire.CONTROL), both, allowed.WRITEABLE, asked)
        info = readable(wire.INFO, lambda: self._device.info().encode())
        says = {
            registry.SERIAL_NUMBER: self._label.serial,
            registry.FIRMWARE_REVISION: FIRMWARE,
            registry.MODEL_NUMBER: MODEL,
            registry.SIG.format(0x2A29): MAKER,
        }
        told = [readable(uuid, lambda text=text: text.encode()) for uuid, text in says.items()]  # type: ignore[misc]  # a lambda's default has no type
        battery = readable(registry.BATTERY_LEVEL, lambda: bytes([self._device.faults.battery_percent]))
        self._radio.add_services(
            [
                gatt.Service(core.UUID(wire.SERVICE), [self._data, self._back, self._control, info]),
                gatt.Service(core.UUID(registry.SIG.format(0x180F)), [battery]),
                gatt.Service(core.UUID(registry.SIG.format(0x180A)), told),
            ]
        )
        self._radio.gatt_server.max_mtu = self._label.mtu

    def _advert(self) -> tuple[bytes, bytes]:
        """Advertisement and scan response; together they are too long for one on the air."""
        data = core.AdvertisingData
        service = (data.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, core.UUID(wire.SERVICE).to_bytes())
        name = (data.COMPLETE_LOCAL_NAME, self._label.name.encode())
        flags = (data.FLAGS, bytes([0x06]))  # general discoverable, no BR/EDR
        if self._in_memory:
            return bytes(data([flags, service, name])), b""
        return bytes(data([flags, service])), bytes(data([name]))

    async def begin(self) -> None:
        """Power on, and advertise."""
        self._device.boot(self._clock_ns())
        self._radio.on(Device.EVENT_CONNECTION, self._connected)
        await self._radio.power_on()
        await self._advertise()
        self._spawn(self._play())
        self._spawn(self._go_wrong())

    async def end(self) -> None:
        """Power off; the link, if there is one, ends too."""
        await self._halt()
        await self._cut()
        await self._halt()  # the end of the link has begun what would advertise again
        with suppress(core.BaseBumbleError):
            await self._radio.stop_advertising()
        await self._radio.power_off()

    async def _halt(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._commands, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _advertise(self) -> None:
        """Advertise as soon as the sensor is back."""
        while (left_ns := self._away_until_ns - self._clock_ns()) > 0:
            await asyncio.sleep(left_ns * 1e-9)
        if self.connection is None:
            advert, response = self._advert()
            start = self._radio.start_advertising(
                advertising_data=advert,
                scan_response_data=response,
                advertising_interval_min=ADVERTISE_MS,
                advertising_interval_max=ADVERTISE_MS,
            )
            self._commands = {asyncio.ensure_future(start)}
            await asyncio.shield(*self._commands)  # bumble's host answers a command that was cancelled with a traceback

    def _connected(self, connection: Connection) -> None:
        self.connection = connection
        connection.on(Connection.EVENT_DISCONNECTION, lambda _: self._disconnected())

    def _disconnected(self) -> None:
        self.connection = None
        self._silent = False
        self._device.hang_up()
        self._poke.set()
        if self._answering is not None:
            self._answering.cancel()
        self._spawn(self._advertise())

    async def _cut(self) -> None:
        if (connection := self.connection) is not None:
            with suppress(core.BaseBumbleError):  # the other side may have ended it at the same moment
                await connection.disconnect(POWER_OFF)

    async def _go_wrong(self) -> None:
        """Drops, silent drops and reboots, each at its instant."""
        await self._started.wait()
        for at_s, what, away_s in self._device.faults.plan():
            began_ns = self._device.first_start_ns or 0
            await asyncio.sleep(max(0.0, at_s - (self._clock_ns() - began_ns) * 1e-9))
            if what == "silence":
                self._silent = self.connection is not None
                continue
            if what == "reboot":
                self._device.boot(self._clock_ns())
            await self._leave(away_s)

    async def _leave(self, away_s: float) -> None:
        self._away_until_ns = self._clock_ns() + int(away_s * 1e9)
        if self.connection is not None:
            await self._cut()
        else:
            await self._radio.stop_advertising()
            self._spawn(self._advertise())

    async def _play(self) -> None:
        """Send what is due, wait, and again."""
        while True:
            self._poke.clear()
            next_ns = await self._turn()
            wait_s = None if next_ns is None else max(0.0, (next_ns - self._clock_ns()) * 1e-9)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._poke.wait()

    async def _turn(self) -> int | None:
        """Send what is due now; when to come again, None: when something changes."""
        now_ns = self._clock_ns()
        connection, device = self.connection, self._device
        if connection is None or not (device.streaming or device.wanted):
            return None
        if not self._on(connection, self._data, 1):
            return now_ns + int(DEAF_S * 1e9)
        opens_ns = max(self._gate_ns, device.faults.stalled_until_ns(now_ns, device.first_start_ns or 0))
        if opens_ns > now_ns:
            return opens_ns
        most = wire.samples_per_packet(connection.att_mtu)
        passed = False
        while (packet := device.packet(self._clock_ns(), most)) is not None:
            await self._send(connection, packet, device.last_first)
            passed = True
        if passed and device.faults.delay_s:
            self._gate_ns = now_ns + int(self._lot.uniform(0, device.faults.delay_s) * 1e9)
        again_ns = await self._again(connection, most)
        due_ns = device.due_ns(most) if device.streaming else None
        return min((each for each in (again_ns, due_ns) if each is not None), default=None)

    async def _send(self, connection: Connection, packet: wire.DataPacket, first: int) -> None:
        life, length = self._device.now, len(packet.samples)
        if self._lot.random() < self._device.faults.loss:
            life.dropped.add(first, length)
        elif self._silent:
            life.silenced.add(first, length)
        elif await self._notify(connection, self._data, self._encode(packet)):
            life.sent.add(first, length)

    async def _again(self, connection: Connection, most: int) -> int | None:
        """Some of the back-fill, when it is its turn; when its next turn is, None when all of it has gone."""
        if self._answering is not None and not self._answering.done():
            return None  # the answer to the order comes first, and pokes
        if self._clock_ns() >= self._again_ns:
            for _ in range(AGAIN_PACKETS):
                if (packet := self._device.again(most)) is None:
                    return None
                if not self._silent and await self._notify(connection, self._back, self._encode(packet)):
                    self._device.now.backfilled.add(packet.index, len(packet.samples))
            self._again_ns = self._clock_ns() + int(AGAIN_S * 1e9)
        return self._again_ns if self._device.wanted else None

    async def _notify(self, connection: Connection, characteristic: gatt.Characteristic[bytes], data: bytes) -> bool:
        """Send, and wait until the radio has taken it; False when the link is gone."""
        if connection is not self.connection:
            return False
        await self._radio.gatt_server.notify_subscriber(connection, characteristic, data)
        with suppress(ValueError):  # bumble's word for a link that ended meanwhile
            await connection.drain()
        return True

    def _on(self, connection: Connection, characteristic: gatt.Characteristic[bytes], bit: int) -> bool:
        """Whether notifications (1) or indications (2) are switched on."""
        return bool(self._radio.gatt_server.read_cccd(connection, characteristic)[0] & bit)

    def _asked(self, connection: Connection, data: bytes) -> None:
        """A write to the control point: refused, or answered by an indication."""
        if not self._on(connection, self._control, 2):
            raise att.ATT_Error(error_code=IMPROPER_CCCD)
        if self._answering is not None and not self._answering.done():
            raise att.ATT_Error(error_code=BUSY)
        received_us = self._device.now.clock_us(self._clock_ns())
        self._answering = self._spawn(self._answer(connection, bytes(data), received_us))

    async def _answer(self, connection: Connection, data: bytes, received_us: int) -> None:
        answer = carry_out(self._device, data, received_us, self._clock_ns(), self._identify)
        if answer.op == Op.START:
            self._started.set()
        if answer.op == Op.STOP and answer.result is Result.OK:
            await self._flush(connection)
        if not self._silent:
            with suppress(TimeoutError):  # the other side never confirmed: the next command may come
                await self._radio.gatt_server.indicate_subscriber(connection, self._control, answer.encode())
        self._poke.set()

    async def _flush(self, connection: Connection) -> None:
        """Wait until the last sample has gone; the answer to STOP follows it."""
        while self._device.streaming and self._on(connection, self._data, 1):
            self._poke.set()
            await asyncio.sleep(FLUSH_S)
        self._device.streaming = False
