"""The algorithm page tells the truth: each constant that it lists has the code's value, and it lists them all."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import math
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.sets import Limits

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "algorithm.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## Every constant", 1)[1].split("\n## ", 1)[0]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in SECTION.splitlines() if line.startswith("| `")
]
CONSTANTS = {row[0].strip("`"): row for row in ROWS if not row[0].startswith("`sets.FOR_")}
LIMITS = {row[0].strip("`"): row[1:] for row in ROWS if row[0].startswith("`sets.FOR_")}

TELLING = {"coaching", "intervals", "matching", "params", "results", "score", "summary"}
COMPARING = {
    "agreement",
    "bland_altman",
    "compare",
    "compare_text",
    "effects",
    "estimates",
    "mixed",
    "persons",
    "reml",
    "study",
}
SCORING = {"detection", "sync"}
ELSEWHERE = TELLING | COMPARING | SCORING
"""Modules that tell or judge what was found: their constants find nothing."""


def value_of(name: str) -> Any:
    """What the code has for ``module.NAME``, ``module.NAME.field`` or ``module.NAME[key]``."""
    path, _, key = name.rstrip("]").partition("[")
    module, *parts = path.split(".")
    value = importlib.import_module(f"analysis.{module}")
    for part in parts:
        value = getattr(value, part)
    return value[key] if key else value  # type: ignore[index]  # a key is written for mappings alone


def names_in_the_code() -> set[str]:
    """``module.NAME`` of every number, tuple of numbers or table of numbers at the top of a module that finds reps."""
    found = set()
    for path in sorted((ROOT / "analysis").glob("*.py")):
        if path.stem in ELSEWHERE:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            inner = [
                each for target in targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])
            ]
            found |= {f"{path.stem}.{each.id}" for each in inner if isinstance(each, ast.Name) and each.id.isupper()}
    return {name for name in found if numbers(value_of(name)) or isinstance(value_of(name), Limits)}


def numbers(value: Any) -> bool:
    """Whether a constant is made of numbers; the signs of the two legs are no constant of that kind."""
    if isinstance(value, dict):
        plain = not any(dataclasses.is_dataclass(each) for each in value.values())
        return plain and all(numbers(each) for each in value.values()) and set(value) != {"left", "right"}
    if isinstance(value, tuple):
        return all(numbers(each) for each in value)
    if dataclasses.is_dataclass(value):
        return any(numbers(getattr(value, field.name)) for field in dataclasses.fields(value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def written(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_of_the_page_has_the_codes_value(name: str) -> None:
    value = value_of(name)
    expected = tuple(value) if isinstance(value, tuple) else (value,)
    said = written(CONSTANTS[name][1])
    assert len(said) == len(expected)
    assert all(math.isclose(a, b, rel_tol=1e-4) for a, b in zip(said, expected, strict=True)), f"the code has {value}"


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_the_page_are_the_codes(name: str) -> None:
    fields = [field.name for field in dataclasses.fields(Limits)]
    heading = next(line for line in SECTION.splitlines() if line.startswith("| limits |"))
    assert re.findall(r"`(\w+)`", heading) == fields
    assert [float(cell) for cell in LIMITS[name]] == [getattr(value_of(name), field) for field in fields]


def test_every_constant_of_the_code_is_on_the_page() -> None:
    listed = {re.match(r"\w+\.\w+", name)[0] for name in (*CONSTANTS, *LIMITS)}  # type: ignore[index]  # all match
    missing = names_in_the_code() - listed
    assert not missing, f"docs/algorithm.md should list {sorted(missing)}, with unit and source"


def test_every_constant_says_where_it_comes_from() -> None:
    silent = [name for name, row in CONSTANTS.items() if len(row) != 4 or not row[3]]
    assert not silent


@pytest.mark.parametrize("figure", re.findall(r"\]\((images/[^)]+)\)", PAGE))
def test_the_figures_are_there(figure: str) -> None:
    assert (ROOT / "docs" / figure).is_file()
    assert figure.removeprefix("images/algorithm_").removesuffix(".png") in {"phases", "rests", "pivot", "flank"}
