"""docs/streaming.md says the constants and the figures that the code and the results have."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "streaming.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(imu\.\w+)\.(\w+)` \| ([\d.]+) \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("module", "name", "value"), ROWS)
def test_a_constant_is_what_the_page_says(module: str, name: str, value: str) -> None:
    assert getattr(importlib.import_module(module), name) == float(value)


def test_the_figures_of_the_clock_are_those_measured() -> None:
    rows = json.loads((ROOT / "benchmarks" / "results" / "clock.json").read_text(encoding="utf-8"))["worst_of_12"]
    asked = [row for row in rows if row["asks"]]
    assert len(ROWS) >= 10
    assert max(row["skew_error_ppm"] for row in asked) <= 1.25
    assert max(row["spacing_error_ms"] for row in asked) <= 0.45
    assert max(row["offset_error_ms"] for row in asked) <= 4.65
    assert max(row["skew_error_ppm"] for row in rows) <= 111.5
    assert all(row["said_uncertainty_ms"] is None for row in rows if not row["asks"])


def test_the_figures_of_the_faults_are_those_measured() -> None:
    results = json.loads((ROOT / "benchmarks" / "results" / "link.json").read_text(encoding="utf-8"))
    faults = {row["fault"]: [row] for row in results["A"]["faults"]}
    for row in results["B"]["faults"]:
        faults[row["fault"]].append(row)
    for name, again, filled, lost in re.findall(
        r"^\| (.+) \| (.+) \| (\d+, \d+) \| (\d+, \d+) \|$", PAGE, re.MULTILINE
    ):
        rows = faults.pop(name)
        assert filled == ", ".join(str(row["backfilled"]) for row in rows)
        assert lost == ", ".join(str(row["lost"]) for row in rows)
        said = [f"{row['data_again_s']:.2f}" for row in rows if row.get("data_again_s") is not None]
        assert again == (", ".join(said) + " s" if said else "at once")
    assert all("clock" in name or "battery" in name or name == "none" for name in faults)
    assert all(link["lost"] == 0 == link["backfilled"] for way in "AB" for link in results[way]["links"])
