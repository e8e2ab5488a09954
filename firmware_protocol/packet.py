"""What bytes from a sensor are decoded to, and the one error that bytes can be.

Nothing here is in SI units yet: a packet carries the numbers as its sensor counts them, and a :class:`Layout`
says in which unit. ``imu.units`` knows the factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class ProtocolError(ValueError):
    """Bytes that are no packet of the format, or fields that no packet can carry. The text says what and where."""


class WrongLength(ProtocolError):
    """Cut, or longer than its own count says."""


class WrongKind(ProtocolError):
    """A first byte, an opcode or a type that this format does not have."""


class WrongVersion(ProtocolError):
    """Another major version of the format."""


class WrongSum(ProtocolError):
    """A checksum that does not fit."""


class OutOfRange(ProtocolError):
    """A field beyond what the format or its sensor can say, such as a float that is not finite."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is known of a sensor's stream: said by the sensor, or fixed by its kind.

    Attributes:
        rate_hz: nominal samples a second.
        acc_unit, gyr_unit: as ``imu.units`` spells them ("g", "mg", "m/s²"; "deg/s", "rad/s").
        acc_lsb, gyr_lsb: a number in a packet times this is in that unit.
        apart: True where acceleration and angular velocity come in packets of their own.
        count_bits: width of ``Packet.count``, which then wraps; None where packets are not counted.
        tick_s: seconds of one tick of ``Packet.ticks``; None where the sensor has no clock.
        tick_bits: width of that clock.
        acc_range_g, gyr_range_dps: full scale, None where nobody says.
        buffer_s: signal that the sensor keeps for :meth:`Codec.backfill`, 0 for none.
        boot: a number that changes when the sensor starts anew, None where nobody says.
    """

    rate_hz: float
    acc_unit: str
    gyr_unit: str
    acc_lsb: float = 1.0
    gyr_lsb: float = 1.0
    apart: bool = False
    count_bits: int | None = None
    tick_s: float | None = None
    tick_bits: int = 64
    acc_range_g: float | None = None
    gyr_range_dps: float | None = None
    buffer_s: float = 0.0
    boot: int | None = None

    def __post_init__(self) -> None:
        if not self.rate_hz > 0:
            raise OutOfRange(f"a rate of {self.rate_hz:g} Hz")
        if self.tick_s is not None and not self.tick_s > 0:
            raise OutOfRange(f"a clock of {self.tick_s:g} s a tick")


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """Consecutive samples of one or both sensors.

    Attributes:
        acc, gyr: shape (n, 3), read-only, in counts of the layout; None where the packet has only the other. Where
            it has both, they have the same n.
        count: number of the first sample, modulo ``2**count_bits``; None where packets are not counted.
        ticks: the sensor's clock at the sample that ``ticks_of`` names; None without a clock.
        ticks_of: "first" or "last" sample of the packet.
        backfill: True for what was asked for again; it then has a count and no clock.
        overflow: the sensor itself lost samples before this packet.
    """

    acc: FloatArray | None
    gyr: FloatArray | None
    count: int | None = None
    ticks: int | None = None
    ticks_of: Literal["first", "last"] = "first"
    backfill: bool = False
    overflow: bool = False

    def __post_init__(self) -> None:
        sizes = set()
        for name in ("acc", "gyr"):
            values = getattr(self, name)
            if values is None:
                continue
            values = np.array(values, dtype=np.float64)
            if values.ndim != 2 or values.shape[1] != 3 or not len(values):
                raise OutOfRange(f"{name} has the shape {values.shape}, not (n, 3)")
            if not np.isfinite(values).all():
                raise OutOfRange(f"a value of {name} is not a finite number")
            values.flags.writeable = False
            object.__setattr__(self, name, values)
            sizes.add(len(values))
        if len(sizes) != 1:
            raise OutOfRange("a packet needs acceleration or angular velocity, and as much of one as of the other")
        if min(self.count or 0, self.ticks or 0) < 0:
            raise OutOfRange("a count and a clock are not negative")

    def __len__(self) -> int:
        values = self.acc if self.acc is not None else self.gyr
        assert values is not None
        return len(values)


@dataclass(frozen=True, slots=True)
class Reply:
    """A sensor's answer to a command.

    Attributes:
        op: which command, as its codec numbers them.
        status: as the sensor says it.
        text: for people, such as "ok" or "invalid parameter".
        ok: whether the command was carried out.
        payload: what came with it.
    """

    op: int
    status: int
    text: str
    ok: bool
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Synced:
    """The sensor's clock around a time-sync operation.

    Attributes:
        token: of the request that it answers.
        received_us, sent_us: its clock when the request came and when the answer went, microseconds since boot.
        count: number of the sample that it would take next, 32 bits.
    """

    token: int
    received_us: int
    sent_us: int
    count: int


@dataclass(frozen=True, slots=True)
class Promised:
    """What a sensor will send of the back-fill that was asked for: ``length`` samples from ``first`` on (32 bits)."""

    first: int
    length: int


@dataclass(frozen=True, slots=True)
class Said:
    """Anything else that a sensor tells: name of the register or the path, and its value as text."""

    what: str
    value: str


Message: TypeAlias = Packet | Layout | Reply | Synced | Promised | Said
