"""The page on batches shows what was measured."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.batch_study import BREAKS
from benchmarks.write_batch import filled


def test_the_page_shows_the_measured_figures(root: Path) -> None:
    page = (root / "docs" / "batch.md").read_text(encoding="utf-8")
    result = json.loads((root / "benchmarks" / "results" / "batch.json").read_text(encoding="utf-8"))
    assert filled(page, result) == page, "run benchmarks/write_batch.py"


def test_what_was_measured_is_what_was_promised(root: Path) -> None:
    result = json.loads((root / "benchmarks" / "results" / "batch.json").read_text(encoding="utf-8"))
    assert result["simulated"]
    assert result["broken_found"]
    assert len(result["refused_besides"]) <= 5, "refused by a check of physics that was mended after the run"
    assert set(result["kinds_of_damage"]) <= set(BREAKS)
    assert all(run["identical"] for run in result["runs"].values())
    for name, run in result["runs"].items():
        assert run["killed_a_worker"] is ("a worker killed" in name)
        if "continued" in name:
            assert run["ended_with"] in (130, -9)
            assert run["unchanged"] >= run["kept"] > 0
