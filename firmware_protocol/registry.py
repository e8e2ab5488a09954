"""The kinds of sensor that Kickback can talk to. One module of ``firmware_protocol.codecs`` each."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Protocol

from firmware_protocol.packet import Layout, Message, Said

CODECS: tuple[str, ...] = ("kickback", "witmotion", "polar", "movesense", "metamotion", "movella_dot")
"""The modules of ``firmware_protocol.codecs``; each holds one object named ``CODEC``."""

SIG = "0000{:04x}-0000-1000-8000-00805f9b34fb"
"""A 16-bit UUID of the Bluetooth SIG, written out (Bluetooth Core 5.4, vol. 3, part B, 2.5.1)."""

BATTERY_LEVEL = SIG.format(0x2A19)
SERIAL_NUMBER = SIG.format(0x2A25)
FIRMWARE_REVISION = SIG.format(0x2A26)
MODEL_NUMBER = SIG.format(0x2A24)


@dataclass(frozen=True, slots=True)
class Advert:
    """What a sensor says of itself before anyone connects.

    Attributes:
        name: local name, None when it tells none.
        services: UUIDs, lower case, 128-bit spelling.
        companies: ids of the manufacturer data.
    """

    name: str | None = None
    services: frozenset[str] = frozenset()
    companies: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a sensor; each codec takes the nearest that its sensor can do.

    Attributes:
        rate_hz: samples a second. acc_range_g, gyr_range_dps: full scale. latency_ms: longest wait of a sample.
    """

    rate_hz: int = 100
    acc_range_g: int = 16
    gyr_range_dps: int = 2000
    latency_ms: int = 50


@dataclass(frozen=True, slots=True)
class Command:
    """Bytes to be written.

    Attributes:
        uuid: of the characteristic, lower case.
        data: the bytes.
        response: write with response.
        answer: the ``Reply.op`` to wait for before going on; None: do not wait.
        optional: go on when it is refused, or when no answer comes.
        why: in a few words, for error lines: "start the accelerometer".
        when: write it only where the decoder of this connection has said just this, otherwise leave it out: for
            sensors that exist with different chips. None: always.
    """

    uuid: str
    data: bytes
    response: bool = True
    answer: int | None = None
    optional: bool = False
    why: str = ""
    when: Said | None = None


class Decoder(Protocol):
    """The bytes of one connection, in order; a reconnect begins a new one. Never waits, never looks at a clock."""

    @property
    def layout(self) -> Layout | None:
        """What is known of the stream now; None before the sensor said it."""

    def feed(self, uuid: str, data: bytes) -> list[Message]:
        """What a read or a notification of a characteristic says; [] for one that says nothing of use.

        Raises:
            ProtocolError: it is no packet of this format. The decoder can be fed further.
        """


class Codec(Protocol):
    """One kind of sensor."""

    @property
    def name(self) -> str:
        """As in :data:`CODECS`."""

    @property
    def title(self) -> str:
        """For people."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is not certain about this sensor's format, one plain sentence each, shown by ``kickback scan``."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Characteristics to read after connecting; each value is fed to the decoder."""

    @property
    def subscribes(self) -> tuple[str, ...]:
        """Characteristics to subscribe to, in this order, before anything is started."""

    def fits(self, advert: Advert) -> bool:
        """Whether the advertisement is that of such a sensor."""

    def start(self, wish: Wish) -> tuple[Command, ...]:
        """What to write to begin streaming, in order."""

    def stop(self) -> tuple[Command, ...]:
        """What to write to end it."""

    def decoder(self, wish: Wish) -> Decoder:
        """For a fresh connection that was started with this wish."""

    def sync(self, token: int) -> Command | None:
        """Ask for the sensor's clock (token 0 to 65535); answered by :class:`Synced`. None: it cannot say."""

    def backfill(self, first: int, length: int) -> Command | None:
        """Ask for samples again, by their 32-bit count; answered by :class:`Promised`. None: it keeps none."""


@dataclass(frozen=True)
class NoExtras:
    """A base for codecs of sensors without time sync and back-fill."""

    reads: tuple[str, ...] = field(default=(), init=False)

    def sync(self, token: int) -> Command | None:
        """It cannot say its clock."""
        return None

    def backfill(self, first: int, length: int) -> Command | None:
        """It keeps no samples."""
        return None


def codecs() -> dict[str, Codec]:
    """All kinds of sensor by name."""
    return {name: codec(name) for name in CODECS}


def codec(name: str) -> Codec:
    """One kind of sensor.

    Raises:
        ValueError: no such kind; the text lists them.
    """
    if name not in CODECS:
        raise ValueError(f"no sensor kind {name!r}; known are {', '.join(CODECS)}")
    found: Codec = importlib.import_module(f"firmware_protocol.codecs.{name}").CODEC
    return found


def codec_for(advert: Advert) -> Codec | None:
    """The kind whose advertisement this is, None when nobody knows it. The first of :data:`CODECS` wins."""
    return next((each for each in codecs().values() if each.fits(advert)), None)
