"""A long stream goes on where the session before it ended, and a result is written with its machine."""

from __future__ import annotations

import json
import math
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.machine import write_result
from benchmarks.stream import Piece, endless, of_length, piece

RATE_HZ = 50


@pytest.fixture(scope="module")
def parts() -> list[Piece]:
    return [piece("stand", 1, RATE_HZ), piece("walk", 2, RATE_HZ)]


def test_nothing_is_lost_within_a_piece(parts: list[Piece]) -> None:
    assert all(np.isfinite(part.acc_mps2).all() and np.isfinite(part.gyr_radps).all() for part in parts)


def test_gravity_goes_on_across_a_joint(parts: list[Piece]) -> None:
    turned = list(islice(endless(parts, RATE_HZ), 5))
    for before, after in pairwise(turned):
        end, start = before.acc_mps2[-RATE_HZ:].mean(axis=0), after.acc_mps2[:RATE_HZ].mean(axis=0)
        cosine = end @ start / np.linalg.norm(end) / np.linalg.norm(start)
        assert math.degrees(math.acos(min(cosine, 1.0))) < 0.1


def test_turning_changes_no_magnitude(parts: list[Piece]) -> None:
    for part, turned in zip([*parts, *parts], endless(parts, RATE_HZ), strict=False):
        for a, b in ((part.acc_mps2, turned.acc_mps2), (part.gyr_radps, turned.gyr_radps)):
            assert np.linalg.norm(b, axis=1) == pytest.approx(np.linalg.norm(a, axis=1))


def test_a_stream_has_the_length_asked_for(parts: list[Piece]) -> None:
    assert len(of_length(parts, RATE_HZ, 200.0)) == 200 * RATE_HZ


def test_a_sensor_upside_down_is_turned_back() -> None:
    up = Piece(np.tile([0.0, 0.0, 9.81], (100, 1)), np.zeros((100, 3)))
    down = Piece(-up.acc_mps2, up.gyr_radps)
    _, second = islice(endless([up, down], RATE_HZ), 2)
    assert second.acc_mps2 == pytest.approx(up.acc_mps2)


def test_a_result_is_json_with_its_machine(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_result(path, {"a": {"b": math.nan, "c": [1.23456789, {"d": None}]}, "e": True, "f": []})
    text = path.read_text(encoding="utf-8")
    found = json.loads(text)
    assert found["a"] == {"b": None, "c": [1.23457, {"d": None}]}
    assert found["machine"]["cores"] >= 1
    assert found["machine"]["packages"]["vqf"]
