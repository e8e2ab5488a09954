"""The traces that ship: whole, small, marked as simulated, and what the index says of them."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

import recordings

ROOM = Path(recordings.__file__).parent
INDEX = list(csv.DictReader((ROOM / "index.csv").read_text(encoding="utf-8").splitlines()))


def test_there_are_at_least_six_and_none_is_left_out() -> None:
    assert len(INDEX) >= 6
    assert {ROOM / line["file"] for line in INDEX} == set((ROOM / "traces").glob("*.csv"))


@pytest.mark.parametrize("line", INDEX, ids=lambda line: Path(line["file"]).stem)
def test_a_trace_is_what_the_index_says(line: dict[str, str]) -> None:
    path = ROOM / line["file"]
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == line["sha256"]
    assert len(data) < 400_000
    truth = json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8"))
    assert truth["name"] == path.stem
    assert truth["simulated"] is True
    assert line["simulated"] == "true"
    assert int(line["true_reps"]) == truth["n_reps"] == len(truth["reps"])
    recording = recordings.read(path)
    assert recording.header.simulated
    assert recording.header.origin == line["origin"]
    assert recording.rate_hz == pytest.approx(truth["nominal_rate_hz"], rel=0.02)
    assert recording.duration_s == pytest.approx(truth["duration_s"], abs=0.5)
    for rep in truth["reps"]:
        assert recording.time_s[0] < rep["start_s"] < rep["end_s"] < recording.time_s[-1]
