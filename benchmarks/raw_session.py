"""A session with our own sensor as records, made of a recording: what a link with it would have brought.

For tests and benchmarks of what is behind the link; no radio takes part. What may go wrong is asked for: packets
that never arrive, a link that is away for a while, a sensor that starts anew.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from firmware_protocol import control, wire
from imu.blocks import Header, Recording, SampleBlock
from imu.raw_format import MAGIC, encoded
from imu.records import Kind, Record
from imu.units import G0_MPS2, RAD_PER_DEG

ACC_RANGE_G, GYR_RANGE_DPS = 16, 2000
ACC_LSB_NMPS2 = round(ACC_RANGE_G * G0_MPS2 / 32768 * 1e9)
GYR_LSB_NRADPS = round(GYR_RANGE_DPS * RAD_PER_DEG / 32768 * 1e9)
BUFFER_S = 30
FIRST_COUNT = 65_000
"""The sensor has been running for a while: its 16-bit numbers wrap soon."""
AHEAD = 1000
"""Its clock began so many samples before its counting."""
DELAY_NS, JITTER_NS = 8_000_000, 20_000_000
"""A packet is under way for so long, and waits up to so long for its connection event."""


@dataclass(frozen=True)
class Mishaps:
    """What goes wrong, in seconds of the recording.

    Attributes:
        unheard: (from, to): packets that lie in there never arrive, and are not sent again.
        away: (from, to): the link is lost; what was missed is sent again when it is back.
        forgotten: the same, but the sensor kept nothing.
        reboots: (from, to): the sensor is off, and starts anew.
    """

    unheard: tuple[tuple[float, float], ...] = ()
    away: tuple[tuple[float, float], ...] = ()
    forgotten: tuple[tuple[float, float], ...] = ()
    reboots: tuple[tuple[float, float], ...] = ()

    @property
    def links_lost(self) -> list[tuple[float, float, str]]:
        """All interruptions in order: from, to, and what kind."""
        kinds = (("away", self.away), ("forgotten", self.forgotten), ("reboot", self.reboots))
        return sorted((first, last, kind) for kind, spans in kinds for first, last in spans)


NOTHING = Mishaps()


@dataclass
class Session:
    """The records of one sensor that plays a recording.

    Attributes:
        recording: what it plays; lost samples must not be in it.
        batch: samples in a packet. start_ns: the host's clock at the first sample.
        facts: more for the SESSION record.
    """

    recording: Recording
    batch: int = 10
    mishaps: Mishaps = NOTHING
    start_ns: int = 5_000_000_000
    seed: int = 1
    facts: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        block = self.recording.block
        both = np.hstack([block.acc_mps2 / (ACC_LSB_NMPS2 * 1e-9), block.gyr_radps / (GYR_LSB_NRADPS * 1e-9)])
        self._counts = np.clip(np.rint(both), -32768, 32767).astype(np.int64)
        self._rng = np.random.default_rng(self.seed)
        self._boot, self._zero = 7, 0
        """Number of the sensor's start, and the sample that it counts as its first."""

    def records(self) -> list[Record]:
        """All of them, in the order of their times."""
        return sorted(self._all(), key=lambda record: record.time_ns)

    def _all(self) -> Iterator[Record]:
        rate_hz, total = self.recording.rate_hz, len(self.recording)
        header = self.recording.header
        said = {
            "format": 1,
            "codec": "kickback",
            "wish": {"rate_hz": round(rate_hz), "acc_range_g": ACC_RANGE_G},
            "name": "Kickback made for a test",
            "serial": "MADE-1",
            "leg": header.leg,
            "placement": header.placement,
            "simulated": header.simulated,
            "origin": header.origin,
            "started": "2026-01-01T00:00:00Z",
        }
        self._boot, self._zero = 7, 0
        yield Record.of_facts(Kind.SESSION, self.start_ns - 900_000_000, **{**said, **self.facts})
        at = 0
        yield from self._connect(0, self.start_ns - 500_000_000)
        for first_s, last_s, kind in self.mishaps.links_lost:
            first, last = round(first_s * rate_hz), min(round(last_s * rate_hz), total)
            yield from self._stream(at, first)
            yield Record.of_facts(Kind.DISCONNECTED, self._ns(first) + 90_000_000, reason="link lost")
            if kind == "reboot":
                self._boot, self._zero = self._boot + 1, last
            yield from self._connect(last, self._ns(last))
            at = min(last + self.batch, total)
            yield from self._stream(last, at)
            if kind != "reboot":
                yield from self._again(first, last if kind == "away" else first, self._ns(at) + 2 * JITTER_NS)
        yield from self._stream(at, total)
        yield Record.of_facts(Kind.DISCONNECTED, self._ns(total) + 200_000_000, reason="stopped")
        yield Record.of_facts(Kind.ENDED, self._ns(total) + 210_000_000)

    def _ns(self, sample: int) -> int:
        return self.start_ns + round(sample / self.recording.rate_hz * 1e9)

    def _count(self, sample: int) -> int:
        return FIRST_COUNT + sample if self._zero == 0 else sample - self._zero

    def _connect(self, sample: int, at_ns: int) -> Iterator[Record]:
        """What is said until packets flow; the sensor's next sample is ``sample``."""
        info = wire.Info(
            wire.MINOR,
            0,
            round(self.recording.rate_hz),
            ACC_RANGE_G,
            GYR_RANGE_DPS,
            ACC_LSB_NMPS2,
            GYR_LSB_NRADPS,
            BUFFER_S,
            self._boot,
        )
        name, serial = "Kickback made for a test", "MADE-1"
        yield Record.of_facts(Kind.CONNECTED, at_ns, name=name, serial=serial, codec="kickback", mtu=247)
        yield Record.of_bytes(Kind.READ, at_ns + 1_000_000, wire.INFO, info.encode())
        asked = control.Start(round(self.recording.rate_hz), ACC_RANGE_G, GYR_RANGE_DPS, 50)
        yield Record.of_bytes(Kind.WRITTEN, at_ns + 2_000_000, wire.CONTROL, asked.encode())
        answer = control.Answer(control.Op.START, control.Result.OK, struct.pack("<I", self._count(sample)))
        yield Record.of_bytes(Kind.NOTIFIED, at_ns + 3_000_000, wire.CONTROL, answer.encode())

    def _stream(self, first: int, last: int) -> Iterator[Record]:
        """Packets of the samples ``[first, last)``; those that nobody heard are left out."""
        rate_hz = self.recording.rate_hz
        late_ns = 0
        for at in range(first, last, self.batch):
            stop = min(at + self.batch, last)
            if any(round(from_s * rate_hz) <= at < round(to_s * rate_hz) for from_s, to_s in self.mishaps.unheard):
                continue
            t_us = round(1e6 * (self._count(at) + AHEAD) / rate_hz)
            packet = wire.DataPacket(self._count(at) % 2**16, t_us % 2**32, self._samples(at, stop))
            late_ns = max(late_ns, self._ns(stop) + DELAY_NS + int(self._rng.integers(0, JITTER_NS)))
            yield Record.of_bytes(Kind.NOTIFIED, late_ns, wire.DATA, packet.encode())

    def _again(self, first: int, last: int, at_ns: int) -> Iterator[Record]:
        """What was missed from ``first`` on is asked for; the sensor has it up to ``last``, and sends it again."""
        yield from self._promise(first, last - first, at_ns)
        for number, at in enumerate(range(first, last, 19)):
            packet = wire.BackfillPacket(self._count(at) % 2**32, self._samples(at, min(at + 19, last)))
            yield Record.of_bytes(Kind.NOTIFIED, at_ns + 1_000_000 * number, wire.BACKFILL, packet.encode())

    def _promise(self, first: int, length: int, at_ns: int) -> Iterator[Record]:
        asked = control.Backfill(self._count(first), max(length, 1))
        yield Record.of_bytes(Kind.WRITTEN, at_ns - 1_000_000, wire.CONTROL, asked.encode())
        payload = struct.pack(control.Answer.BACKFILL, self._count(first), length)
        answer = control.Answer(control.Op.BACKFILL, control.Result.OK, payload)
        yield Record.of_bytes(Kind.NOTIFIED, at_ns, wire.CONTROL, answer.encode())

    def _samples(self, first: int, stop: int) -> tuple[wire.Sample, ...]:
        return tuple(tuple(row) for row in self._counts[first:stop].tolist())


def swing(seconds: float, rate_hz: int) -> Recording:
    """A sensor that swings to and fro, simulated."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    angle = 0.6 * np.sin(2 * np.pi * 0.4 * time_s)
    noise = np.random.default_rng(3).normal(0, 0.02, (len(time_s), 6))
    acc = 9.80665 * np.column_stack([np.sin(angle), np.cos(angle), 0 * angle]) + noise[:, :3]
    gyr = np.column_stack([0 * angle, 0 * angle, np.gradient(angle) * rate_hz]) + 0.1 * noise[:, 3:]
    header = Header(
        "swing", float(rate_hz), leg="left", origin="simulated by benchmarks/raw_session.py", simulated=True
    )
    return Recording(header, SampleBlock(0, float(rate_hz), acc, gyr))


def file_of(records: Iterable[Record]) -> bytes:
    """The raw file that holds them."""
    return MAGIC + b"".join(encoded(record) for record in records)
