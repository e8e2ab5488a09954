"""Our own sensor: numbered samples, a clock, time sync and back-fill. The format is SPEC.md, its bytes ``wire.py``."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

from firmware_protocol import control, wire
from firmware_protocol.packet import FloatArray, Layout, Message, Packet, Promised, Reply, Synced
from firmware_protocol.registry import Advert, Command, Wish

NAMES = ("Kickback",)
"""Advertised local names begin so; the service's UUID may be in the scan response only."""


class KickbackDecoder:
    """Packets, answers and the info of one connection."""

    def __init__(self) -> None:
        self.layout: Layout | None = None
        self._near: int | None = None

    def feed(self, uuid: str, data: bytes) -> list[Message]:
        """See :class:`firmware_protocol.registry.Decoder`."""
        if uuid == wire.DATA:
            packet = wire.decode_data(data)
            acc, gyr = _halves(packet.samples)
            count = self._whole(packet.seq)
            self._near = count + len(acc)
            return [Packet(acc, gyr, count=count, ticks=packet.t_us, overflow=packet.overflow)]
        if uuid == wire.BACKFILL:
            again = wire.decode_backfill(data)
            acc, gyr = _halves(again.samples)
            return [Packet(acc, gyr, count=again.index, backfill=True)]
        if uuid == wire.CONTROL:
            return self._answer(control.decode_answer(data))
        if uuid == wire.INFO:
            self.layout = _layout(wire.decode_info(data))
            return [self.layout]
        return []

    def _whole(self, seq: int) -> int:
        """All 32 bits of a sample's number, of which the packet has 16: the nearest to the number last heard of."""
        if self._near is None:
            return seq
        return (self._near + (seq - self._near + 0x8000) % 0x10000 - 0x8000) % 2**32

    def _answer(self, answer: control.Answer) -> list[Message]:
        ok = answer.result is control.Result.OK
        text = answer.result.name.lower().replace("_", " ")
        said: list[Message] = [Reply(answer.op, int(answer.result), text, ok, answer.payload)]
        if ok and answer.op == control.Op.SYNC:
            token, received, took, count = struct.unpack_from(control.Answer.SYNC, answer.payload)
            said.append(Synced(token, received, received + took, count))
            self._near = count
        elif ok and answer.op == control.Op.START:
            (self._near,) = struct.unpack_from(control.Answer.START, answer.payload)
        elif ok and answer.op == control.Op.BACKFILL:
            said.append(Promised(*struct.unpack_from(control.Answer.BACKFILL, answer.payload)))
        return said


def _halves(samples: tuple[wire.Sample, ...]) -> tuple[FloatArray, FloatArray]:
    both = np.array(samples, dtype=np.float64)
    return both[:, :3], both[:, 3:]


def _layout(info: wire.Info) -> Layout:
    return Layout(
        rate_hz=info.rate_hz,
        acc_unit="m/s²",
        gyr_unit="rad/s",
        acc_lsb=info.acc_lsb_nmps2 * 1e-9,
        gyr_lsb=info.gyr_lsb_nradps * 1e-9,
        count_bits=32,
        tick_s=1e-6,
        tick_bits=32,
        acc_range_g=info.acc_range_g,
        gyr_range_dps=info.gyr_range_dps,
        buffer_s=info.buffer_s,
        boot=info.boot,
    )


@dataclass(frozen=True)
class Kickback:
    """The codec; see :class:`firmware_protocol.registry.Codec`."""

    name: str = "kickback"
    title: str = "Kickback sensor (our own firmware)"
    doubts: tuple[str, ...] = ()
    reads: tuple[str, ...] = (wire.INFO,)
    subscribes: tuple[str, ...] = field(default=(wire.CONTROL, wire.DATA, wire.BACKFILL))

    def fits(self, advert: Advert) -> bool:
        """By the service, or by the name where the service is not advertised."""
        return wire.SERVICE in advert.services or bool(advert.name and advert.name.startswith(NAMES))

    def start(self, wish: Wish) -> tuple[Command, ...]:
        """One command; what it changes is read again from the info characteristic."""
        asked = control.Start(wish.rate_hz, wish.acc_range_g, wish.gyr_range_dps, wish.latency_ms)
        return (Command(wire.CONTROL, asked.encode(), answer=control.Op.START, why="start"),)

    def stop(self) -> tuple[Command, ...]:
        """One command."""
        return (Command(wire.CONTROL, control.Stop().encode(), answer=control.Op.STOP, optional=True, why="stop"),)

    def decoder(self, wish: Wish) -> KickbackDecoder:
        """For a fresh connection."""
        return KickbackDecoder()

    def sync(self, token: int) -> Command:
        """Answered by :class:`Synced`."""
        return Command(wire.CONTROL, control.Sync(token).encode(), optional=True, why="sync")

    def backfill(self, first: int, length: int) -> Command:
        """Answered by :class:`Promised`, at most 65535 samples at a time."""
        asked = control.Backfill(first % 2**32, min(length, 65535))
        return Command(wire.CONTROL, asked.encode(), answer=control.Op.BACKFILL, optional=True, why="back-fill")


CODEC = Kickback()
