"""Movesense with the GATT SensorData Protocol (GSP): acceleration and angular velocity in one subscription.

Sources: movesense.com/docs/esw/gatt_sensordata_protocol (commands, answers, data packets), the schema of
/Meas/IMU6 (time, then all accelerations, then all angular velocities), and public clients for what those leave open.
What is not certain, and how it is checked, is docs/sensors/movesense.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_protocol.packet import (
    FloatArray,
    Layout,
    Message,
    OutOfRange,
    Packet,
    Reply,
    Said,
    WrongKind,
    WrongLength,
)
from firmware_protocol.registry import SIG, Advert, Command, NoExtras, Wish

_GSP = "{:08x}-7185-4d5d-b431-630e7050e8f0"
SERVICE, WRITE, NOTIFY = (_GSP.format(number) for number in (0x34802252, 0x34800001, 0x34800002))
ADVERTISED = SIG.format(0xFDF3)
"""The id that the Bluetooth SIG gave to the maker."""

HELLO, SUBSCRIBE, UNSUBSCRIBE = 0, 1, 2
ANSWER, DATA, SECOND_HALF = 1, 2, 3
HELLO_REF, IMU_REF = 0x01, 0x63
"""References, chosen by us, not 0; answers and data come back with them. ``Reply.op`` is the reference."""

RATES_HZ = (52, 104, 208)
"""Of the rates that the sensor has, 13 to 1666 Hz, those that suit a set and the link."""
MOST = 40_000.0
"""Beyond any range of the sensor, be its accelerations m/s² (at most 16 g = 157) or mg (at most 16 000)."""
TELLS, VOTES = 4.0, 2
"""A packet tells its order where one is so many times steadier than the other; so many more for one order decide.

Simulated sets of all kinds at 52, 104 and 200 Hz, 4, 8 and 16 samples a packet, in either order, begun at 28 000
moments: none was read in the wrong one.
"""
UNDECIDED = 16
"""Packets after which the documented order is taken if nothing is decided."""

_HEAD_BYTES, _CLOCK_BYTES, _SAMPLE_BYTES = 2, 4, 24
_HELLO_NAMES = ("serial", "model", "address", "app", "firmware")


def rate_near(wish: Wish) -> int:
    """The rate nearest to the wish."""
    return min(RATES_HZ, key=lambda rate: abs(rate - wish.rate_hz))


class MovesenseDecoder:
    """Answers and data of one connection.

    A packet that does not fit into a notification comes in two: the second half tells neither time nor number. From
    its length alone a first half is not always told from a whole packet, so the first packet is held until the next
    notification shows whether this connection has halves.

    In which order a packet has its numbers is told by the numbers: accelerations and angular velocities each go on
    smoothly, and from one to the other there is a step, with gravity on one side of it. Packets are held until two more
    have told one order than the other, which at rest are the first two.
    """

    def __init__(self, rate_hz: int) -> None:
        self.layout: Layout | None = Layout(rate_hz, "m/s²", "deg/s", tick_s=1e-3, tick_bits=32)
        self._held = b""
        self._halves: bool | None = None
        self._in_turn: bool | None = None
        self._votes = 0
        self._early: list[tuple[int, FloatArray]] = []

    def feed(self, uuid: str, data: bytes) -> list[Message]:
        """See :class:`firmware_protocol.registry.Decoder`."""
        if uuid != NOTIFY:
            return []
        if len(data) <= _HEAD_BYTES:
            raise WrongLength(f"{len(data)} bytes; a notification has a kind, a reference and what it says")
        kind, ref, body = data[0], data[1], bytes(data[_HEAD_BYTES:])
        if kind == ANSWER:
            return _answer(ref, body)
        if kind not in (DATA, SECOND_HALF):
            raise WrongKind(f"a notification of kind {kind}")
        if ref != IMU_REF:
            raise WrongKind(f"data for the reference {ref:#04x}; {IMU_REF:#04x} was subscribed")
        return self._second(body) if kind == SECOND_HALF else self._first(body)

    def _first(self, body: bytes) -> list[Message]:
        """A whole packet or its first half."""
        held, self._held = self._held, b""
        whole = _whole(body)
        if whole and (self._halves is False or (self._halves is None and held)):
            # A first packet whose second half was lost may pass for a whole one here; the next half tells.
            self._halves = False
            return [message for each in (held, body) if each for message in self._packet(each)]
        if whole and self._halves is None:
            _numbers(body)  # What is no packet is refused now, and not together with the next one.
        self._held = body
        if not whole:
            self._halves = True
        elif held:
            self._halves = None
        if held:
            raise WrongLength("the second half of a packet did not come")
        return []

    def _second(self, body: bytes) -> list[Message]:
        held, self._held, self._halves = self._held, b"", True
        if not held:
            raise WrongKind("the second half of a packet whose first did not come")
        return self._packet(held + body)

    def _packet(self, body: bytes) -> list[Message]:
        """The packet, and those that waited, as soon as the order is known."""
        ticks, numbers = _numbers(body)
        if self._in_turn is not None or len(numbers) == 2:
            return [_in_order(ticks, numbers, bool(self._in_turn))]
        self._early.append((ticks, numbers))
        steps = [float(np.abs(np.diff(_rows(numbers, in_turn), axis=1)).sum()) for in_turn in (False, True)]
        if max(steps) > TELLS * min(steps):
            self._votes += 1 if steps[1] < steps[0] else -1
        if abs(self._votes) < VOTES and len(self._early) < UNDECIDED:
            return []
        self._in_turn = self._votes > 0
        early, self._early = self._early, []
        order = "acceleration and angular velocity in turn" if self._in_turn else "accelerations first"
        return [Said("order", order), *(_in_order(*each, self._in_turn) for each in early)]


def _whole(body: bytes) -> bool:
    return len(body) > _CLOCK_BYTES and (len(body) - _CLOCK_BYTES) % _SAMPLE_BYTES == 0


def _numbers(body: bytes) -> tuple[int, FloatArray]:
    """Milliseconds of the first sample, and the vectors as they come. Shape (2n, 3)."""
    if not _whole(body):
        raise WrongLength(f"{len(body)} bytes of data; it is {_CLOCK_BYTES} and {_SAMPLE_BYTES} a sample")
    with np.errstate(invalid="ignore"):  # what is no number is refused below, and needs no warning before
        numbers = np.frombuffer(body, "<f4", offset=_CLOCK_BYTES).astype(np.float64).reshape(-1, 3)
    if not np.abs(numbers).max() <= MOST:
        raise OutOfRange("a value is beyond any sensor, or no number")
    return int.from_bytes(body[:_CLOCK_BYTES], "little"), numbers


def _rows(numbers: FloatArray, in_turn: bool) -> FloatArray:
    """Accelerations and angular velocities, read in one order or the other. Shape (2, n, 3)."""
    return numbers.reshape(-1, 2, 3).swapaxes(0, 1) if in_turn else numbers.reshape(2, -1, 3)


def _in_order(ticks: int, numbers: FloatArray, in_turn: bool) -> Packet:
    acc, gyr = _rows(numbers, in_turn)
    return Packet(acc, gyr, ticks=ticks)


def _answer(ref: int, body: bytes) -> list[Message]:
    """A status like HTTP's, or what the sensor says of itself.

    Some firmware has sent the status with its bytes the other way round, so the order that gives 100 to 599 is taken.
    """
    if ref == HELLO_REF:
        texts = body[1:].decode("utf-8", "replace").split("\0")
        said = [Said(name, text) for name, text in zip(_HELLO_NAMES, texts, strict=False) if text]
        return [Reply(ref, body[0], "hello", True, body[1:]), *said]
    if len(body) < 2:
        raise WrongLength(f"{len(body)} bytes; a status has 2")
    orders = [int.from_bytes(body[:2], "little"), int.from_bytes(body[:2], "big")]
    status = next((each for each in orders if 100 <= each < 600), None)
    if status is None:
        raise OutOfRange(f"a status of {orders[0]}; they are 100 to 599")
    ok = 200 <= status < 300
    return [Reply(ref, status, "ok" if ok else f"status {status}", ok, body[2:])]


@dataclass(frozen=True)
class Movesense(NoExtras):
    """The codec; see :class:`firmware_protocol.registry.Codec`."""

    name: str = "movesense"
    title: str = "Movesense"
    doubts: tuple[str, ...] = (
        "Whether a packet has all accelerations first or in turn with the angular velocities is not confirmed on a "
        "device; Kickback takes the order in which both are steady.",
        "That accelerations are in m/s² and not in mg is not confirmed on a device; at rest they are 9.81 or 1000.",
    )
    subscribes: tuple[str, ...] = (NOTIFY,)

    def fits(self, advert: Advert) -> bool:
        """By the name, or by the maker's service; whether it runs an app with GSP shows after connecting."""
        return bool(advert.name and advert.name.startswith("Movesense")) or bool(
            {SERVICE, ADVERTISED} & advert.services
        )

    def start(self, wish: Wish) -> tuple[Command, ...]:
        """Ask who it is, then subscribe to the rate nearest to the wish; ranges stay as they are."""
        path = f"/Meas/IMU6/{rate_near(wish)}".encode()
        hello = Command(WRITE, bytes([HELLO, HELLO_REF]), answer=HELLO_REF, optional=True, why="ask who it is")
        return (
            hello,
            Command(WRITE, bytes([SUBSCRIBE, IMU_REF]) + path, answer=IMU_REF, why=f"subscribe to {path.decode()}"),
        )

    def stop(self) -> tuple[Command, ...]:
        """Unsubscribe."""
        return (
            Command(WRITE, bytes([UNSUBSCRIBE, IMU_REF]), answer=IMU_REF, optional=True, why="end the subscription"),
        )

    def decoder(self, wish: Wish) -> MovesenseDecoder:
        """For a fresh connection that was started with this wish."""
        return MovesenseDecoder(rate_near(wish))


CODEC = Movesense()
