"""The decoders of the C side on damaged packets, each in memory of just its size, under the sanitizers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import firmware_protocol.packet
from firmware_protocol import control, wire
from imu.c_wire import ERRORS

KINDS = ("data", "backfill", "info", "request", "answer")
Run = Callable[[Iterable[str]], list[str]]
SAMPLES: tuple[wire.Sample, ...] = ((1, 2, 3, 4, 5, 6), (-1, -2, -3, -4, -5, -6))


def test_no_byte_beyond_a_packet_is_read_or_written(run: Run) -> None:
    numbers = random.Random(4)
    commands, good = [], [
        ("data", wire.DataPacket(1, 2, SAMPLES).encode()),
        ("backfill", wire.BackfillPacket(1, SAMPLES).encode()),
        ("info", wire.Info(0, 0, 100, 16, 2000, 1, 1, 30, 7).encode()),
        ("request", control.Start(1, 2, 3, 4).encode()),
        ("answer", control.Answer(3, control.Result.OK, bytes(16)).encode()),
    ]  # fmt: skip
    for kind, data in good:
        for length in range(len(data) + 1):
            commands.append(f"decode {kind} {data[:length].hex()}")
        for _ in range(1000):
            changed = bytearray(data[: numbers.randrange(len(data) + 1)] + numbers.randbytes(numbers.randrange(3)))
            for _ in range(numbers.randrange(3)):
                if changed:
                    changed[numbers.randrange(len(changed))] = numbers.randrange(256)
            commands.append(f"decode {kind} {changed.hex()}")
    results = [int(line) for line in run(commands)]
    assert len(results) == len(commands)
    assert {-1, -2, -3, -4, -5, 0, 2} <= set(results)
    assert -6 not in results


def test_the_c_side_alone_tells_what_the_vectors_say(run: Run) -> None:
    path = Path(firmware_protocol.packet.__file__).parent / "vectors" / "kickback.json"
    vectors = json.loads(path.read_text(encoding="utf-8"))
    numbers = {error.__name__: number for number, error in ERRORS.items()}
    cases = [(kind, case) for kind in KINDS for part in ("good", "bad") for case in vectors[kind][part]]
    results = [int(line) for line in run(f"decode {kind} {case['hex']}" for kind, case in cases)]
    for (kind, case), result in zip(cases, results, strict=True):
        expected = numbers[case["error"]] if "error" in case else len(case["fields"].get("samples", ()))
        assert result == expected, (kind, case["what"])
