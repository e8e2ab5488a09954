"""Sensors that people own, from their bytes to samples: no count, and but for one no clock."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

import numpy as np
import pytest

from firmware_protocol.codecs import metamotion, movella_dot, witmotion
from firmware_protocol.registry import Codec, Wish
from imu.assembler import Assembler
from imu.blocks import SampleBlock
from imu.records import Kind, Record
from imu.units import G0_MPS2, RAD_PER_DEG

Arrival = tuple[float, str, bytes]
SECONDS = 12.0


def late_s(number: int) -> float:
    """A radio that is late by up to 20 ms, the same way each time, and never overtakes."""
    return 0.010 * (1.0 + math.sin(2.3 * number))


def assembled(
    codec: Codec, arrivals: Iterable[Arrival], wish: Wish | None = None
) -> tuple[Assembler, list[SampleBlock]]:
    assembler = Assembler(codec, wish or Wish(rate_hz=100))
    blocks = assembler.take(Record.of_facts(Kind.CONNECTED, 0, name="simulated"))
    for at_s, uuid, data in sorted(arrivals, key=lambda each: each[0]):
        blocks += assembler.take(Record.of_bytes(Kind.NOTIFIED, round(at_s * 1e9), uuid, data))
    return assembler, blocks + assembler.finish()


def frame(number: int) -> bytes:
    """At rest, turning about x by a count more each sample."""
    return b"\x55\x61" + struct.pack("<9h", 0, 0, 2048, number, 0, 0, 0, 0, 0)


def witmotion_stream(rate_hz: float, silence_s: tuple[float, float] | None = None) -> list[Arrival]:
    """Four frames of an old rate of 10 Hz, the module's word of the new one, then two frames a notification."""
    old = [(0.1 * number, witmotion.NOTIFY, frame(30000)) for number in range(4)]
    told = [(0.4, witmotion.NOTIFY, b"\x55\x71" + struct.pack("<9H", 3, 9, *[0] * 7))]
    new = [
        (0.5 + (number + 1) / rate_hz + late_s(number), witmotion.NOTIFY, frame(number) + frame(number + 1))
        for number in range(0, round(SECONDS * rate_hz), 2)
    ]
    first_s, last_s = silence_s or (math.inf, math.inf)
    return [*old, *told, *(each for each in new if not first_s <= each[0] < last_s)]


@pytest.mark.parametrize("rate_hz", [97.0, 100.0, 102.5])
def test_a_witmotion_gets_the_rate_that_it_has_not_that_which_it_had_or_was_asked_for(rate_hz: float) -> None:
    assembler, blocks = assembled(witmotion.CODEC, witmotion_stream(rate_hz))
    assert assembler.rate_hz == pytest.approx(rate_hz, rel=0.004)
    acc, gyr = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("acc_mps2", "gyr_radps"))
    assert len(acc) == round(SECONDS * rate_hz)
    assert assembler.tally.lost == assembler.tally.bad_packets == 0
    np.testing.assert_allclose(acc, np.tile([0.0, 0.0, G0_MPS2], (len(acc), 1)))
    np.testing.assert_allclose(gyr[:, 0], np.arange(len(gyr)) * 2000 / 32768 * RAD_PER_DEG)


def test_a_silence_of_a_witmotion_becomes_a_gap_of_its_length() -> None:
    assembler, _ = assembled(witmotion.CODEC, witmotion_stream(100.0, silence_s=(8.0, 9.0)))
    assert assembler.tally.lost == pytest.approx(100, abs=4)


@pytest.mark.parametrize(
    ("told", "acc_head", "gyr_head"),
    [
        (("03800101", "0383280c", "13832800"), b"\x03\x1c", b"\x13\x07"),
        (("03800400", "0383a803", "13832800"), b"\x03\x05", b"\x13\x05"),
    ],
)
def test_the_two_streams_of_a_metamotion_come_together(told: tuple[str, ...], acc_head: bytes, gyr_head: bytes) -> None:
    arrivals: list[Arrival] = [
        (0.1 + 0.05 * number, metamotion.NOTIFY, bytes.fromhex(answer)) for number, answer in enumerate(told)
    ]
    behind_s = 0.03  # the gyroscope was started by a command of its own
    for number in range(0, round(SECONDS * 100), 3):
        at_s = 0.5 + (number + 2) / 100 + late_s(number)
        swing = [round(1000 * math.sin(0.02 * each)) for each in range(number, number + 3)]
        arrivals.append(
            (at_s, metamotion.NOTIFY, acc_head + struct.pack("<9h", *(v for s in swing for v in (s, 0, 2048))))
        )
        later = [round(1000 * math.sin(0.02 * (each + 3))) for each in range(number, number + 3)]
        arrivals.append(
            (at_s + behind_s, metamotion.NOTIFY, gyr_head + struct.pack("<9h", *(v for s in later for v in (s, 0, 0))))
        )
    assembler, blocks = assembled(metamotion.CODEC, arrivals)
    assert assembler.rate_hz == pytest.approx(100.0, rel=0.002)
    acc, gyr = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("acc_mps2", "gyr_radps"))
    assert len(acc) == pytest.approx(SECONDS * 100, abs=6)
    # One movement was told to both: brought together they are the same curve, each in its unit.
    np.testing.assert_allclose(acc[:, 0] * 2048 / G0_MPS2, gyr[:, 0] * 16.4 / RAD_PER_DEG, atol=40.0)
    assert np.ptp(acc[:, 0]) * 2048 / G0_MPS2 == pytest.approx(2000, abs=2)


def test_a_dot_whose_clock_wraps_loses_what_was_lost_and_nothing_else() -> None:
    lost = range(300, 312)
    arrivals = [
        (
            0.1 + number / 60 + late_s(number) / 2,
            movella_dot.MEDIUM,
            struct.pack(
                "<I6f", (2**32 - 2_000_000 + round(number * 1e6 / 60)) % 2**32, 0.0, 0.0, 9.75, number, 0.0, 0.0
            ),
        )
        for number in range(round(SECONDS * 60))
        if number not in lost
    ]
    assembler, blocks = assembled(movella_dot.CODEC, arrivals)
    assert assembler.rate_hz == pytest.approx(60.0, rel=1e-4)
    assert assembler.tally.lost == len(lost)
    numbers = np.concatenate([block.start + np.arange(len(block)) for block in blocks])
    gyr = np.concatenate([block.gyr_radps for block in blocks])
    np.testing.assert_allclose(gyr[:, 0] / RAD_PER_DEG, numbers)
    assert blocks[0].acc_mps2[0, 2] == 9.75
