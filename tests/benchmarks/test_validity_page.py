"""The validity page shows what was measured, and the bars are judged as they are worded."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bars import BAR_OF, barred, clearly, interval, number, table
from benchmarks.write_validity import fill


def figure(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "n": 10, "recordings": 2}


def test_the_page_shows_the_measured_figures(root: Path) -> None:
    page = (root / "docs" / "validity.md").read_text(encoding="utf-8")
    result = json.loads((root / "benchmarks" / "results" / "accuracy.json").read_text(encoding="utf-8"))
    assert fill(page, result) == page, "run benchmarks/write_validity.py"


def test_a_page_that_lacks_a_place_is_refused(root: Path) -> None:
    page = (root / "docs" / "validity.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match=r"differ: delay"):
        fill(page.replace("measured: delay", "was measured"), {})


def test_a_figure_beyond_its_bar_is_bold() -> None:
    median, bias, flag = "hold_s.median", "hold_s.bias", "hip_rotation_sensitivity"
    assert barred(figure(0.016, 0.014, 0.018), median) == "**16 (14 to 18)**"
    assert barred(figure(0.015, 0.014, 0.018), median) == "15 (14 to 18)"
    assert barred(figure(-0.011, -0.012, -0.002), bias) == "**-11 (-12 to -2)**"
    assert barred(figure(0.93, 0.9, 0.95), flag) == "93.0 (90.0 to 95.0)"
    assert barred(figure(None), flag) == "-"


def test_beyond_the_bar_clearly_or_perhaps() -> None:
    bar = BAR_OF["hold_s.bias"]
    assert clearly(bar, figure(-0.02, -0.03, -0.011))
    assert not clearly(bar, figure(-0.02, -0.03, -0.009))
    assert not clearly(bar, figure(0.02))
    assert clearly(BAR_OF["filled"], figure(0.9, 0.85, 0.96))


def test_cells() -> None:
    assert number(-0.0004, 1e3, 0) == "0"
    assert number(-0.004, 1.0, 2) == "0.00"
    assert number(math.nan) == number(None) == "-"
    assert interval(figure(2.0), 1, 1) == "2.0"
    assert table(["a", "b"], [["x", 1]]) == "| a | b |\n| --- | ---: |\n| x | 1 |\n"
