"""From "which sensor?" to an open connection: search, choose, connect, and come back to the same one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from firmware_protocol.registry import FIRMWARE_REVISION, MODEL_NUMBER, SERIAL_NUMBER, Codec
from imu.finding import battery_of, by_name, is_named, known, none_found, several_found, text_of
from imu.link import Found, Link, LinkError, Radio
from imu.status import State, Status, Times

LIKE_S = 1.0
"""For so long the old address is waited for when a sensor like it is there; several adverts a second are usual."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A sensor that was found and is connected.

    Attributes:
        found, codec: what was heard of it, and its kind. link: the open connection; whoever gets it closes it.
        serial: of the Device Information service, None when it tells none. at_ns: when the connection was there.
    """

    found: Found
    codec: Codec
    link: Link
    serial: str | None
    at_ns: int


class Joining:
    """Finds and connects the wanted sensor, and later the same one again.

    Args:
        radio: to do it with. wanted: name or serial; None: the only sensor around.
        status, times: what is shown, and how long to wait. clock_ns: the host's monotonic clock.
    """

    def __init__(
        self,
        radio: Radio,
        wanted: str | None,
        status: Status,
        times: Times,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._radio = radio
        self._wanted = wanted
        self._status = status
        self._times = times
        self._clock_ns = clock_ns
        self._before: Joined | None = None
        self._first_seen_ns: int | None = None

    async def first(self, lost: Callable[[], None]) -> Joined:
        """Search, choose and connect.

        Raises:
            NotFound: nothing, or more than one sensor, is what was asked for.
            NoAdapter, LinkError: as the radio says.
        """
        self._now("looking")
        self._first_seen_ns = None
        found = await self._radio.scan(self._times.look_s, self._enough)
        sensors = known(found) if self._wanted is None else by_name(found, self._wanted)
        if len(sensors) > 1:
            raise several_found([each for each, _ in sensors], self._wanted)
        self._now("connecting")
        if sensors:
            joined = await self._connect(*sensors[0], lost)
        elif self._wanted is not None:
            joined = await self._by_serial(found, self._wanted, lost)
        else:
            raise none_found(found, None, self._times.look_s)
        self._before = joined
        await self._learn(joined)
        return joined

    async def again(self, within_s: float, lost: Callable[[], None]) -> Joined:
        """The same sensor as before: a fresh search, a fresh connection.

        Raises:
            LinkError: it is not there, or cannot be connected.
        """
        before = self._before
        assert before is not None
        self._now("looking")
        looked_s = min(self._times.look_again_s, within_s)
        self._first_seen_ns = None
        found = await self._radio.scan(looked_s, lambda seen: self._back(seen, before))
        self._now("connecting")
        for each in self._alike(found, before):
            joined = await self._connect(each, before.codec, lost)
            if self._is_same(joined, before):
                self._before = replace(joined, serial=joined.serial or before.serial)
                return joined
            await joined.link.close()  # another sensor of the same name
        raise LinkError(f"{self._status.label} was not found again in {looked_s:g} s.")

    @staticmethod
    def _is_same(joined: Joined, before: Joined) -> bool:
        """By the serial number; where it could not be read, now or then, by the address."""
        if None in (joined.serial, before.serial):
            return joined.found.address == before.found.address
        return joined.serial == before.serial

    def _now(self, state: State) -> None:
        if self._before is None:
            self._status.state = state

    @staticmethod
    def _alike(found: Sequence[Found], before: Joined) -> list[Found]:
        """Of the same kind and name, the one with the same address first; without a serial number only that one.

        Within a session and a system an address stays; nobody is asked for one.
        """
        name, address = before.found.advert.name, before.found.address
        same = [
            each
            for each, kind in known(found)
            if kind.name == before.codec.name
            and (name is None or each.advert.name in (name, None))
            and (before.serial is not None or each.address == address)
        ]
        return sorted(same, key=lambda each: each.address != address)

    def _back(self, found: Sequence[Found], before: Joined) -> bool:
        """The same address, or for a while one like it: an address may change when a sensor starts anew."""
        alike = self._alike(found, before)
        if alike and self._first_seen_ns is None:
            self._first_seen_ns = self._clock_ns()
        seen_ns = self._first_seen_ns
        waited = seen_ns is not None and self._clock_ns() - seen_ns >= LIKE_S * 1e9
        return bool(alike) and (waited or alike[0].address == before.found.address)

    def _enough(self, found: Sequence[Found]) -> bool:
        sensors = known(found)
        if self._wanted is not None:
            return any(is_named(each, self._wanted) for each, _ in sensors)
        if sensors and self._first_seen_ns is None:
            self._first_seen_ns = self._clock_ns()
        seen_ns = self._first_seen_ns
        return seen_ns is not None and self._clock_ns() - seen_ns >= self._times.alone_s * 1e9

    async def _connect(self, found: Found, codec: Codec, lost: Callable[[], None]) -> Joined:
        link = await self._radio.connect(found, lost)
        try:
            return Joined(found, codec, link, await text_of(link, SERIAL_NUMBER), self._clock_ns())
        except BaseException:  # a cancelled task included: leave nothing half open
            await link.close()
            raise

    async def _by_serial(self, found: Sequence[Found], wanted: str, lost: Callable[[], None]) -> Joined:
        """No name fits: ask each sensor for its serial number. Exact first, then the only one that begins so."""
        begin: list[tuple[Found, Codec]] = []
        trouble: LinkError | None = None
        for each, codec in known(found):
            try:
                joined = await self._connect(each, codec, lost)
            except LinkError as error:
                trouble = error  # one that cannot be connected may be the wanted one
                continue
            serial = (joined.serial or "").casefold()
            if serial == wanted.casefold():
                return joined
            await joined.link.close()
            if serial.startswith(wanted.casefold()):
                begin.append((each, codec))
        if len(begin) > 1:
            raise several_found([each for each, _ in begin], wanted)
        if not begin and trouble is not None:
            raise trouble
        if not begin:
            raise none_found(found, wanted, self._times.look_s)
        return await self._connect(*begin[0], lost)

    async def _learn(self, joined: Joined) -> None:
        """What is read once: a battery, a firmware, a model."""
        status, link = self._status, joined.link
        status.name, status.serial = joined.found.advert.name, joined.serial
        status.codec, status.title, status.doubts = joined.codec.name, joined.codec.title, joined.codec.doubts
        status.rssi_dbm = joined.found.rssi_dbm
        try:
            status.firmware = await text_of(link, FIRMWARE_REVISION)
            status.model = await text_of(link, MODEL_NUMBER)
            status.battery_percent = await battery_of(link)
        except BaseException:  # a cancelled task: leave nothing half open
            await link.close()
            raise
        status.mtu = link.mtu
