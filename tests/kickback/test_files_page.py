"""The page on files describes what is read and written, no more and no less."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from analysis.results import REP_COLUMNS
from analysis.rotation import LIMIT_DEG, LIMIT_WITH_GAIT_DEG
from kickback import analyze, inspect
from kickback.document import angle_csv, summary
from recordings.formats.kickback_csv import COLUMNS
from recordings.registry import DIALECTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
TRACE = ROOT / "recordings" / "traces" / "messy_real_life.csv"


def section(title: str) -> str:
    """The text under the heading that begins with a title."""
    found = re.search(rf"^##+ {re.escape(title)}[^\n]*\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {title!r}"
    return found[1]


def first_cells(text: str) -> list[str]:
    """The names in the first column of a section's table, in order."""
    return [
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    ]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return summary(analyze(TRACE))


def test_our_own_csv() -> None:
    assert tuple(first_cells(section("Our own CSV"))) == COLUMNS


def test_every_dialect_is_in_the_table_of_loggers() -> None:
    assert not set(DIALECTS) - set(first_cells(section("Loggers")))


def test_what_inspect_says_key_by_key() -> None:
    text = section("`kickback inspect --json`")
    found = inspect(TRACE)
    assert set(first_cells(text)) == {*asdict(found), "usable"}
    inner = {*asdict(found.tables[0]), *asdict(found.signal or found), *asdict(found.stamps or found)}
    assert not [key for key in inner if f"`{key}`" not in text]


def test_the_table_of_reps_column_by_column() -> None:
    assert tuple(first_cells(section("`<stem>.reps.csv`"))) == REP_COLUMNS


def test_the_summary_key_by_key(document: dict[str, Any]) -> None:
    assert first_cells(section("`<stem>.summary.json`")) == list(document)


@pytest.mark.parametrize("part", ["recording", "params", "sets", "rejected"])
def test_what_is_in_the_summarys_parts(part: str, document: dict[str, Any]) -> None:
    text = section("`<stem>.summary.json`")
    one = document[part][0] if isinstance(document[part], list) else document[part]
    measures = {name for name, value in one.items() if isinstance(value, dict) and "cv_percent" in value}
    missing = [name for name in one if name not in measures and f"`{name}`" not in text]
    assert not missing
    of_a_measure = {key for name in measures for key in one[name]}
    assert not [key for key in of_a_measure if f"`{key}`" not in text]
    assert measures <= {*REP_COLUMNS, "tut_s"}


def test_the_calibration_key_by_key(document: dict[str, Any]) -> None:
    text = section("`<stem>.summary.json`")
    assert not [name for name in document["sets"][0]["calibration"] if f"`{name}`" not in text]


def test_the_angle_column_by_column() -> None:
    header = angle_csv(analyze(TRACE, to_s=20.0)).splitlines()[0]
    assert first_cells(section("`<stem>.angle.csv`")) == header.split(",")


def test_the_truth_key_by_key() -> None:
    text = section("`kickback simulate`")
    truth = json.loads(TRACE.with_suffix(".truth.json").read_text(encoding="utf-8"))
    assert set(first_cells(text)) == set(truth)
    for part in ("sets", "segments", "mounts"):
        assert not [key for key in truth[part][0] if f"`{key}`" not in text], part
    known = {*re.findall(r"`(\w+)`", text), *REP_COLUMNS}
    assert set(truth["reps"][0]) <= known


def test_the_page_of_measures_defines_every_column_that_is_measured() -> None:
    measures = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    assert not [name for name in REP_COLUMNS if name not in ("set", "rep") and f"`{name}`" not in measures]


def test_the_page_of_measures_knows_the_flags_default_limits() -> None:
    measures = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    found = re.search(r"default limit is (\d+)°, or (\d+)°", measures)
    assert found
    assert tuple(map(float, found.groups())) == (LIMIT_DEG, LIMIT_WITH_GAIT_DEG)
