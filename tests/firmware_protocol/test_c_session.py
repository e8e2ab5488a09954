"""The C side as a sensor, the assembler as its host: a session over a lost link, with nothing missing at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from firmware_protocol import control, wire
from firmware_protocol.registry import codec
from imu.assembler import Assembler
from imu.blocks import SampleBlock
from imu.records import Kind, Record

Run = Callable[[Iterable[str]], list[str]]
UUIDS = {"data": wire.DATA, "backfill": wire.BACKFILL, "control": wire.CONTROL}
RATE_HZ, TICKS = 100, 1500
LOST, BACK, ASKED = 500, 900, 950
"""Ticks of 10 ms, one sample each: the link is lost, is there again, the host asks for what it misses."""
HOST_AHEAD_NS = 10**12


def session(run: Run, asked: list[tuple[int, int]], ticks: int) -> list[Record]:
    """What the host sees of so many ticks, when it asks for these stretches."""
    lines, awaited = ["init 3000 0"], []

    def line(text: str, tick: int, data: str | None = "") -> None:
        lines.append(text)
        if data is not None:  # the C side will say something
            awaited.append((tick, data))

    def write(data: str, tick: int) -> None:
        line(f"write 1 {tick * 10_000} {data}", tick, data)

    for tick in range(ticks):
        if tick in (0, BACK):
            line("connected", tick, None)
            line("mtu 247", tick)
            line("info", tick)
            write(control.Start().encode().hex(), tick)
        if tick == LOST:
            line("disconnected", tick, None)
        if tick == ASKED:
            for first, length in asked:
                write(control.Backfill(first, length).encode().hex(), tick)
        for _ in range(0 if LOST <= tick < BACK else 3):
            line(f"next {tick * 10_000 + 100} 244", tick)
            line("sent", tick, None)
        line(f"add 1 {tick * 10_000} 0", tick, None)
    records = []
    for said, (tick, data) in zip(run(lines), awaited, strict=True):
        time_ns = HOST_AHEAD_NS + tick * 10_000_000 + 5_000_000
        what, _, text = said.partition(" ")
        if data:
            assert said == "0"
            records.append(Record.of_bytes(Kind.WRITTEN, time_ns, wire.CONTROL, bytes.fromhex(data)))
        elif what == "info":
            records.append(Record.of_facts(Kind.CONNECTED, time_ns))
            records.append(Record.of_bytes(Kind.READ, time_ns, wire.INFO, bytes.fromhex(text)))
        elif what in UUIDS:
            records.append(Record.of_bytes(Kind.NOTIFIED, time_ns, UUIDS[what], bytes.fromhex(text)))
    return records


def test_nothing_is_missing_after_a_lost_link(run: Run) -> None:
    before = Assembler(codec("kickback"))
    for record in session(run, [], ASKED):
        before.take(record)
    asked = before.wanted()
    assert sum(length for _, length in asked) >= BACK - LOST

    assembler = Assembler(codec("kickback"))
    blocks: list[SampleBlock] = []
    for record in session(run, asked, TICKS):
        blocks += assembler.take(record)
    blocks += assembler.finish()
    counts = np.concatenate([block.acc_mps2 for block in blocks]) / 4785645e-9
    numbers = np.rint(counts[:, 0]).astype(int)
    assert list(numbers) == list(range(len(numbers)))
    assert TICKS - 6 <= len(numbers) <= TICKS
    assert not any(block.missing_before for block in blocks)
    assert (assembler.tally.lost, assembler.tally.bad_packets) == (0, 0)
    assert assembler.tally.backfilled == sum(length for _, length in asked)
    assert assembler.rate_hz is not None
    assert abs(assembler.rate_hz / RATE_HZ - 1) < 0.01
