"""The statistics page tells the truth: every call of its worked examples gives what it prints, and what others did."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis import agreement, bland_altman, effects, symmetry
from imu.blocks import FloatArray

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (?P<figure>.+?) \| `(?P<call>.+?)` \| (?P<published>\S+)(?: ±(?P<off>\d+))? \| (?P<ours>\S+) \|$"
)
ROWS = [match.groupdict() for line in PAGE.splitlines() if (match := ROW.match(line))]
CALLABLE = ("agreement", "bland_altman", "effects", "symmetry")


def sample(n: int, mean: float, sd: float) -> FloatArray:
    """Any row with these moments."""
    steps = np.arange(n) - (n - 1) / 2
    return np.asarray(mean + sd * steps / steps.std(ddof=1), dtype=np.float64)


def data_of_the_page() -> dict[str, Any]:
    """``name = 1 2 3`` is a row, ``name = 1 2 | 3 4`` a table, ``name + 5 6`` goes on with it."""
    texts: dict[str, str] = {}
    for block in re.findall(r"^```data\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            name, sign, values = line.split(maxsplit=2)
            texts[name] = values if sign == "=" else f"{texts[name]} | {values}"
    data: dict[str, Any] = {}
    for name, text in texts.items():
        rows = [[float(value) for value in row.split()] for row in text.split("|")]
        data[name] = rows if len(rows) > 1 else rows[0]
    return data


def names() -> dict[str, Any]:
    out: dict[str, Any] = data_of_the_page() | {"sample": sample}
    for module in (agreement, bland_altman, effects, symmetry):
        out |= {name: value for name, value in vars(module).items() if not name.startswith("_") and callable(value)}
    out["who"], out["first"], out["second"] = (list(column) for column in zip(*out["cardiac"], strict=True))
    out["twice"] = [*range(len(out["wright"]))] * 2
    return out


NAMES = names()


def step_of(number: str) -> float:
    """One unit of the last printed digit."""
    return float(10.0 ** -len(number.partition(".")[2]))


def test_the_page_has_its_examples() -> None:
    tables = PAGE.count("| figure | call | published | ours |")
    marked = sum(line.count(" | `") for line in PAGE.splitlines() if re.search(r"\| `[a-z_0-9]+\(.*\).*` \|", line))
    assert tables == 10
    assert len(ROWS) == marked, "a line of a worked example is not of the form that the test reads"
    assert len(NAMES["cardiac"]) == 60


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["call"])
def test_a_worked_example(row: dict[str, str]) -> None:
    found = float(eval(row["call"], {"__builtins__": {}}, NAMES))
    for cell, off in ((row["ours"], 0), (row["published"], int(row["off"] or 0))):
        step = step_of(cell)
        assert abs(found - float(cell)) <= (0.5 + off) * step * (1 + 1e-9), f"{row['figure']}: {found!r}, not {cell}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["call"])
def test_ours_has_no_fewer_digits_than_what_was_published(row: dict[str, str]) -> None:
    assert step_of(row["ours"]) <= step_of(row["published"])


def test_the_call_list_of_the_page_can_be_imported() -> None:
    lines = re.findall(r"^from (analysis\.\w+) import (.+)$", PAGE, flags=re.MULTILINE)
    assert len(lines) == len(CALLABLE)
    used = {name for row in ROWS for name in re.findall(r"[a-z_0-9]+(?=\()", row["call"])} - {"sample"}
    told = {name.strip() for _, listed in lines for name in listed.split(",")}
    assert used <= told
    assert all(name in NAMES for name in told)


def test_every_formula_of_symmetry_is_on_the_page() -> None:
    for formula in symmetry.FORMULAS.values():
        assert f"| `{formula.name}` |" in PAGE
