"""The page on comparing shows how often the intervals of simulated studies held the truth, as it was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from benchmarks.coverage import TRUE, page_table, study


def test_the_page_shows_the_measured_shares(root: Path) -> None:
    result = json.loads((root / "benchmarks" / "results" / "coverage.json").read_text(encoding="utf-8"))
    page = (root / "docs" / "compare.md").read_text(encoding="utf-8")
    assert page_table(result) in page
    assert f"{result['studies']} studies of either kind, {result['converged']} of {result['models']} models" in page
    assert result["simulated"] is True


def test_the_simulated_study_has_the_effects_that_it_says() -> None:
    for within in (False, True):
        tables = [study(seed, within) for seed in range(60)]
        cells = [table.groupby(["level", "leg"])["eccentric_s"].mean().unstack("leg") for table in tables]
        mean = pd.concat(cells).groupby(level=0).mean()
        assert abs(mean.mean(axis=1).diff().iloc[-1] - TRUE["by"]) < 0.08
        assert abs((mean["right"] - mean["left"]).mean() - TRUE["side"]) < 0.03
        assert abs((mean["right"] - mean["left"]).diff().iloc[-1] - TRUE["by:side"]) < 0.05
