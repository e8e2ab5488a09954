"""What the client needs of a radio: to scan, to connect, and bytes both ways. ``imu.ble`` has the real one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from firmware_protocol.registry import Advert


class LinkError(Exception):
    """The radio refused, timed out or lost the link. The text is one line for people."""


class NoAdapter(LinkError):
    """This machine has no Bluetooth, or it is off, or nobody may use it. The text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """A sensor that advertises.

    Attributes:
        address: what the operating system calls it; not the same on every system, so never a person's handle.
        advert: what it says of itself. rssi_dbm: signal, None when unknown.
        handle: what the radio connects with; good for the scan that found it only.
    """

    address: str
    advert: Advert
    rssi_dbm: int | None = None
    handle: Any = field(default=None, compare=False, repr=False)


class Link(Protocol):
    """An open connection. Everything raises LinkError, and gives up by itself after some seconds."""

    @property
    def mtu(self) -> int | None:
        """Agreed upon with the sensor, None when the system does not say."""

    @property
    def characteristics(self) -> frozenset[str]:
        """UUIDs that the sensor has, lower case."""

    async def read(self, uuid: str) -> bytes:
        """A characteristic's value."""

    async def write(self, uuid: str, data: bytes, response: bool) -> None:
        """Write it."""

    async def subscribe(self, uuid: str, callback: Callable[[bytes], None]) -> None:
        """Have the callback called with a copy of the bytes of every notification or indication."""

    async def close(self) -> None:
        """End the connection; never raises, never takes longer than some seconds, may be called twice."""


class Radio(Protocol):
    """One Bluetooth adapter. Scans and connects one thing at a time, whoever asks."""

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool] | None = None) -> list[Found]:
        """Look for that long, or until ``enough`` says so of what was found; the strongest signal first.

        Raises:
            NoAdapter: there is nothing to scan with.
            LinkError: the scan failed.
        """

    async def connect(self, found: Found, lost: Callable[[], None]) -> Link:
        """Connect; ``lost`` is called once if the connection ends and nobody here closed it.

        Raises:
            LinkError: it did not work, or took too long.
        """
