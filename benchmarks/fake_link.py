"""Sensors and a radio that are Python objects in a time of their own: an hour of a link's life takes a blink.

For what no radio shows on demand: refusals, a deadline of minutes, a link that is dead and looks alive.
"""

from __future__ import annotations

import asyncio
import selectors
import struct
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from firmware_protocol import control, wire
from firmware_protocol.registry import BATTERY_LEVEL, FIRMWARE_REVISION, SERIAL_NUMBER, Advert
from imu.link import Found, LinkError

T = TypeVar("T")
STILL = (0, 0, 2048, 0, 0, 0)
"""A sensor that lies flat: 1 g of ±16 g in 16 bits."""
G_NMPS2, DPS_NRADPS = 4788403, 1065264
"""±16 g and ±2000 deg/s in 16 bits, as 10^-9 m/s² and rad/s a count."""


class _Leaps(selectors.SelectSelector):
    """Waits by moving the clock."""

    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("everything waits for ever")
        if not ready and timeout:
            self.loop.now_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while everybody waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        leaps = _Leaps()
        leaps.loop = self
        super().__init__(leaps)

    def time(self) -> float:
        """Seconds since some beginning."""
        return self.now_s


def run(doing: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(doing)


def now_ns() -> int:
    """The running loop's time as a monotonic clock."""
    return round(asyncio.get_running_loop().time() * 1e9)


@dataclass
class FakeSensor:
    """Speaks our wire format; numbers its samples from its start on, connected or not.

    Attributes:
        name, serial, address, rssi_dbm, battery: as it shows itself.
        advertises: False: it is out of reach, or switched off.
        refuses: operations that it answers with "failed".
        mute: operations that it does not answer.
        frozen: the link stays, and nothing comes.
        batch: samples a packet.
        said: what was asked of it, in order: "connect", "subscribe data", "write start", ...
    """

    name: str | None = "Kickback 1"
    serial: str | None = "S-1"
    address: str = "A1"
    rssi_dbm: int | None = -50
    battery: int | None = 90
    advertises: bool = True
    refuses: set[control.Op] = field(default_factory=set)
    mute: set[control.Op] = field(default_factory=set)
    frozen: bool = False
    batch: int = 10
    rate_hz: int = 100
    boot: int = 1
    said: list[str] = field(default_factory=list)
    link: FakeLink | None = None
    born_s: float = 1000.0

    @property
    def found(self) -> Found:
        """Its advertisement."""
        services = frozenset({wire.SERVICE}) if self.serial is not None else frozenset()
        return Found(self.address, Advert(self.name, services), self.rssi_dbm, self)

    def drop(self) -> None:
        """The link is lost."""
        if self.link is not None:
            self.link.end()

    def number(self) -> int:
        """Of the sample that is taken now."""
        return int((asyncio.get_running_loop().time() - self.born_s) * self.rate_hz + 1e-6)

    def values(self) -> dict[str, bytes]:
        """What can be read."""
        info = wire.Info(0, 0, self.rate_hz, 16, 2000, G_NMPS2, DPS_NRADPS, 60, self.boot)
        said = {wire.INFO: info.encode(), FIRMWARE_REVISION: b"1.0"}
        if self.serial is not None:
            said[SERIAL_NUMBER] = self.serial.encode()
        if self.battery is not None:
            said[BATTERY_LEVEL] = bytes([self.battery])
        return said


class FakeLink:
    """A connection to a :class:`FakeSensor`; see :class:`imu.link.Link`."""

    def __init__(self, sensor: FakeSensor, lost: Callable[[], None]) -> None:
        self._sensor = sensor
        self._lost = lost
        self._open = True
        self._callbacks: dict[str, Callable[[bytes], None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.hangs = False
        """Writes end by their time limit."""
        self.mtu = 247
        self.characteristics = frozenset({wire.DATA, wire.BACKFILL, wire.CONTROL, wire.INFO})

    def end(self) -> None:
        """It breaks."""
        if self._open:
            self._finish()
            self._lost()

    def _finish(self) -> None:
        self._open = False
        self._sensor.link = None
        for task in self._tasks:
            task.cancel()

    def _check(self) -> None:
        if not self._open:
            raise LinkError("not connected")

    async def read(self, uuid: str) -> bytes:
        """See :class:`imu.link.Link`."""
        await asyncio.sleep(0.01)
        self._check()
        if uuid not in self._sensor.values():
            raise LinkError(f"there is no {uuid}")
        return self._sensor.values()[uuid]

    async def write(self, uuid: str, data: bytes, response: bool) -> None:
        """See :class:`imu.link.Link`."""
        await asyncio.sleep(5.0 if self.hangs else 0.01)
        if self.hangs:
            raise LinkError("writing took longer than 5 s.")
        self._check()
        assert uuid == wire.CONTROL and response
        request = control.decode_request(data)
        self._sensor.said.append(f"write {type(request).__name__.lower()}")
        self._spawn(self._answer(control.Op(data[0]), request))

    async def _answer(self, op: control.Op, request: control.Request) -> None:
        await asyncio.sleep(0.01)
        sensor = self._sensor
        if op in sensor.mute or sensor.frozen:
            return
        if op in sensor.refuses:
            self.notify(wire.CONTROL, control.Answer(op, control.Result.FAILED).encode())
            return
        payload = b""
        if isinstance(request, control.Start):
            payload = struct.pack(control.Answer.START, sensor.number())
            self._spawn(self._stream(sensor.number()))
        elif isinstance(request, control.Sync):
            took = struct.pack(control.Answer.SYNC, request.token, self._us(), 100, sensor.number())
            payload = took
        elif isinstance(request, control.Backfill):
            payload = struct.pack(control.Answer.BACKFILL, request.first, request.count)
            self._spawn(self._fill(request))
        self.notify(wire.CONTROL, control.Answer(op, control.Result.OK, payload).encode())

    def _us(self) -> int:
        return round((asyncio.get_running_loop().time() - self._sensor.born_s) * 1e6)

    async def _stream(self, number: int) -> None:
        sensor = self._sensor
        while True:
            await asyncio.sleep(sensor.batch / sensor.rate_hz)
            if not sensor.frozen:
                t_us = number * 1_000_000 // sensor.rate_hz
                packet = wire.DataPacket(number % 2**16, t_us % 2**32, (STILL,) * sensor.batch)
                self.notify(wire.DATA, packet.encode())
            number += sensor.batch

    async def _fill(self, request: control.Backfill) -> None:
        for first in range(request.first, request.first + request.count, 10):
            await asyncio.sleep(0.01)
            size = min(10, request.first + request.count - first)
            self.notify(wire.BACKFILL, wire.BackfillPacket(first, (STILL,) * size).encode())

    def notify(self, uuid: str, data: bytes) -> None:
        """The sensor sends."""
        if self._open and uuid in self._callbacks:
            self._callbacks[uuid](data)

    def _spawn(self, doing: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(doing))

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        """See :class:`imu.link.Link`."""
        await asyncio.sleep(0.01)
        self._check()
        names = {wire.DATA: "data", wire.BACKFILL: "back-fill", wire.CONTROL: "control"}
        self._sensor.said.append(f"subscribe {names[uuid]}")
        self._callbacks[uuid] = callback

    async def close(self) -> None:
        """See :class:`imu.link.Link`."""
        await asyncio.sleep(0.01)
        if self._open:
            self._sensor.said.append("close")
            self._finish()


class FakeRadio:
    """Scans over a list of sensors; see :class:`imu.link.Radio`.

    Attributes:
        sensors: all that exist. scans: when each scan began. trouble: raised by the next scans, one each.
    """

    def __init__(self, *sensors: FakeSensor) -> None:
        self.sensors = list(sensors)
        self.scans: list[float] = []
        self.trouble: list[LinkError] = []
        self.connect_trouble: list[LinkError] = []

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None = None) -> list[Found]:
        """See :class:`imu.link.Radio`."""
        loop = asyncio.get_running_loop()
        self.scans.append(loop.time())
        await asyncio.sleep(0.02)
        if self.trouble:
            raise self.trouble.pop(0)
        ends = loop.time() + seconds
        found: list[Found] = []
        while loop.time() < ends:
            found = [each.found for each in self.sensors if each.advertises and each.link is None]
            if enough is not None and enough(found):
                break
            await asyncio.sleep(0.1)
        return sorted(found, key=lambda each: -(each.rssi_dbm or 0))

    async def connect(self, found: Found, lost: Callable[[], None]) -> FakeLink:
        """See :class:`imu.link.Radio`."""
        await asyncio.sleep(0.05)
        sensor = found.handle
        assert isinstance(sensor, FakeSensor)
        if self.connect_trouble:
            raise self.connect_trouble.pop(0)
        if not sensor.advertises:
            raise LinkError("it went away")
        sensor.said.append("connect")
        sensor.link = FakeLink(sensor, lost)
        return sensor.link


async def until(condition: Callable[[], bool], seconds: float = 600.0) -> None:
    """Wait in virtual time until something holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)
