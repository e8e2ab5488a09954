"""The page on the store and the store say the same."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.results import REP_COLUMNS
from kickback.store import open_store
from kickback.store.migrating import APPLICATION_ID, shipped

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "store.md").read_text(encoding="utf-8")


def documented() -> dict[str, list[str]]:
    """The columns of each table as the page has them: first cells of the rows under its heading."""
    sections = re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return {
        name: [
            column
            for row in re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
            for column in re.findall(r"`(\w+)`", row)
        ]
        for name, text in sections
    }


def test_the_page_has_every_table_with_every_column(path: Path) -> None:
    with open_store(path) as store, store.alone() as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        there = {name: {row["name"] for row in connection.execute(f"PRAGMA table_info({name})")} for name in tables}
    told = documented()
    assert {name: set(columns) for name, columns in told.items()} == there
    assert all(len(columns) == len(set(columns)) for columns in told.values()), "a column is told twice"


def test_the_page_has_the_version(path: Path) -> None:
    assert f"version of this schema: **{len(shipped())}**" in PAGE
    assert f"0x{APPLICATION_ID:X}" in PAGE


def test_the_store_has_every_column_of_the_table_of_reps() -> None:
    renamed = {"set": "set_number", "rep": "rep_number"}
    assert {renamed.get(name, name) for name in REP_COLUMNS} <= set(documented()["reps"])
