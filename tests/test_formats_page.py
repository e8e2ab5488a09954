"""The page on formats names what is written, and its figures are those of the results."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kickback.bids.describing import BIDS_VERSION
from kickback.bids.events import events_json
from kickback.lab.facts import EVENTS, PHASES, PROGRESS, SAMPLES
from kickback.sto import BODIES

ROOT = Path(__file__).resolve().parents[1]
PAGE = " ".join((ROOT / "docs" / "formats.md").read_text(encoding="utf-8").split())


def result(name: str) -> Any:
    return json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))


def test_every_channel_of_every_stream_is_named() -> None:
    for channel in (*SAMPLES, *EVENTS, *PROGRESS):
        assert f"`{channel.label}`" in PAGE
    assert ", ".join(f"{code} {phase.value}" for code, phase in enumerate(PHASES)) in PAGE


def test_every_kind_of_event_is_named() -> None:
    levels = list(json.loads(events_json())["trial_type"]["Levels"])
    assert ", ".join(f"`{level}`" for level in levels[:-1]) + f" or `{levels[-1]}`" in PAGE


def test_the_columns_for_opensim_are_named() -> None:
    assert all(f"`{body}`" in PAGE for body in BODIES.values())


def test_what_the_validator_said_is_what_the_result_says() -> None:
    said = result("bids")
    assert said["errors"] == []
    assert f"`bids-validator-deno` {said['validator']} (schema {said['schema']})" in PAGE
    told = re.findall(r"- `([A-Z_]+)`: ((?:`\w+`(?:, )?)+)", PAGE)
    assert sorted(f"{code} {key}" for code, keys in told for key in re.findall(r"`(\w+)`", keys)) == said["warnings"]
    assert f"motion.html), {BIDS_VERSION.removesuffix('.0')}:" in PAGE


def test_the_round_trip_is_that_of_the_result() -> None:
    said = result("bids")
    assert f"{said['recordings']} simulated recordings, {said['reps']} reps, {said['samples']} samples" in PAGE
    assert (said["recordings_with_other_samples"], said["recordings_with_other_reps"]) == (0, 0)
    assert "every number of every table of reps, is the same to the last bit" in PAGE


@pytest.mark.parametrize("number", range(4))
def test_the_streams_figures_are_those_of_the_result(number: int) -> None:
    row = result("lsl")["settings"][number]
    delays, late = (
        " / ".join(f"{row[name][key]:.1f}" for key in ("median", "p95", "greatest"))
        for name in ("delay_ms", "stamps_late_ms")
    )
    counts = f"{row['samples_sent']} | {row['samples_received']} | {row['events_sent']} | {row['events_received']}"
    assert row["in_order_and_bit_by_bit"]
    assert f"| {row['rate_hz']} Hz, {row['sensors']} | {counts} | yes | {delays} ms | {late} ms |" in PAGE
