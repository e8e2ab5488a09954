"""Polar and Movesense, from their bytes to samples: clocks of nanoseconds and milliseconds, no count."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest

from firmware_protocol.codecs import movesense, polar
from firmware_protocol.registry import Codec, Wish
from imu.assembler import Assembler
from imu.blocks import SampleBlock
from imu.records import Kind, Record
from imu.units import G0_MPS2, RAD_PER_DEG

Arrival = tuple[float, str, bytes]
SECONDS = 14.0
POLAR_HZ = 51.3
"""A Verity Sense says 52 and has another rate."""


def late_s(number: int) -> float:
    """A radio that is late by up to 40 ms, the same way each time."""
    return 0.020 * (1.0 + math.sin(2.3 * number))


def assembled(codec: Codec, arrivals: Iterable[Arrival], wish: Wish) -> tuple[Assembler, list[SampleBlock]]:
    assembler = Assembler(codec, wish)
    blocks = assembler.take(Record.of_facts(Kind.CONNECTED, 0, name="simulated"))
    for at_s, uuid, data in sorted(arrivals, key=lambda each: each[0]):
        blocks += assembler.take(Record.of_bytes(Kind.NOTIFIED, round(at_s * 1e9), uuid, data))
    return assembler, blocks + assembler.finish()


def joined(blocks: list[SampleBlock]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of the samples, accelerations, angular velocities."""
    numbers = np.concatenate([block.start + np.arange(len(block)) for block in blocks])
    acc, gyr = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("acc_mps2", "gyr_radps"))
    return numbers, acc, gyr


def curve(at_s: float) -> int:
    """What the sensor goes through, in mg and deg/s alike."""
    return round(500 * math.sin(2.0 * at_s))


def polar_frames(kind: int, size: int, first_s: float, lost: Iterable[int] = ()) -> list[Arrival]:
    """Frames of one stream; acceleration uncompressed, angular velocity in full differences."""
    arrivals, epoch_ns = [], 800_000_000_000_000_000
    for number in range(round(SECONDS * POLAR_HZ / size)):
        times = [first_s + (number * size + each) / POLAR_HZ for each in range(size)]
        rows = [(curve(at_s), 0, 1000) for at_s in times]
        head = struct.pack("<BQB", kind, epoch_ns + round(times[-1] * 1e9), 1 if kind == polar.ACC else 0x80)
        if kind == polar.ACC:
            content = b"".join(struct.pack("<3h", *row) for row in rows)
        else:
            steps = [tuple(b - a for a, b in zip(*pair, strict=True)) for pair in pairwise(rows)]
            content = struct.pack("<3h", *rows[0]) + bytes([16, len(steps)])
            content += b"".join(struct.pack("<3h", *step) for step in steps)
        if number not in set(lost):
            arrivals.append((0.2 + times[-1] + late_s(number), polar.DATA, head + content))
    return arrivals


def test_the_two_streams_of_a_polar_come_together_by_their_clocks() -> None:
    arrivals = polar_frames(polar.ACC, 36, 0.0) + polar_frames(polar.GYRO, 31, 0.173)
    assembler, blocks = assembled(polar.CODEC, arrivals, Wish())
    assert assembler.rate_hz == pytest.approx(POLAR_HZ, rel=1e-3)
    assert assembler.tally.bad_packets == 0
    assert not assembler.tally.gaps
    _, acc, gyr = joined(blocks)
    assert len(acc) == pytest.approx(SECONDS * POLAR_HZ, abs=80)  # where both streams are there
    # One movement was told to both: brought together they are the same curve, each in its unit.
    np.testing.assert_allclose(acc[:, 0] / G0_MPS2 * 1000, gyr[:, 0] / RAD_PER_DEG, atol=12.0)
    np.testing.assert_allclose(acc[:, 2], G0_MPS2, rtol=1e-6)


@pytest.mark.parametrize("kind", [polar.ACC, polar.GYRO])
def test_a_lost_frame_of_one_stream_of_a_polar_becomes_a_gap_in_its_place(kind: int) -> None:
    arrivals = polar_frames(polar.ACC, 36, 0.0, [12] if kind == polar.ACC else [])
    arrivals += polar_frames(polar.GYRO, 36, 0.0, [12] if kind == polar.GYRO else [])
    assembler, blocks = assembled(polar.CODEC, arrivals, Wish())
    assert assembler.tally.lost == pytest.approx(36, abs=2)
    numbers, acc, gyr = joined(blocks)
    np.testing.assert_allclose(acc[:, 0] / G0_MPS2 * 1000, gyr[:, 0] / RAD_PER_DEG, atol=12.0)
    first_s = np.arcsin(acc[0, 0] / G0_MPS2 * 1000 / 500) / 2.0
    expected = [curve(first_s + number / POLAR_HZ) for number in numbers]
    np.testing.assert_allclose(acc[:, 0] / G0_MPS2 * 1000, expected, atol=25.0)


@pytest.mark.parametrize(("half_bytes", "skew"), [(None, 0.0), (100, 0.01), (None, -0.02)])
def test_a_movesense_loses_what_was_lost_and_no_more(half_bytes: int | None, skew: float) -> None:
    rate_hz, size, lost = 104 * (1 + skew), 8, range(60, 63)
    arrivals: list[Arrival] = []
    for number in range(round(SECONDS * rate_hz / size)):
        samples = number * size + np.arange(size)
        acc = np.column_stack([np.zeros(size), np.zeros(size), np.full(size, 9.75)])
        gyr = np.column_stack([samples / 16, np.zeros(size), np.zeros(size)])
        ticks = (2**32 - 3000 + round(1000 * number * size / rate_hz)) % 2**32
        data = struct.pack("<I", ticks) + acc.astype("<f4").tobytes() + gyr.astype("<f4").tobytes()
        parts = [data] if half_bytes is None else [data[:half_bytes], data[half_bytes:]]
        at_s = 0.2 + (number + 1) * size / rate_hz + late_s(number)
        if number not in lost:
            arrivals += [
                (at_s + 0.001 * half, movesense.NOTIFY, bytes([2 + half, movesense.IMU_REF]) + part)
                for half, part in enumerate(parts)
            ]
    assembler, blocks = assembled(movesense.CODEC, arrivals, Wish())
    assert assembler.rate_hz == pytest.approx(rate_hz, rel=1e-3)
    assert (assembler.tally.lost, assembler.tally.bad_packets) == (size * len(lost), 0)
    numbers, acc, gyr = joined(blocks)
    np.testing.assert_allclose(gyr[:, 0] / RAD_PER_DEG, numbers / 16, atol=1e-4)
    np.testing.assert_array_equal(acc[:, 2], 9.75)
