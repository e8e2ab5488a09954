"""A small study of shipped, simulated traces, written once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kickback import bids

ROWS = (
    {"file": "clean_set.csv", "subject": "anna-1", "session": "pre", "condition": "red", "age": "25", "group": "a"},
    {
        "file": "messy_real_life.csv",
        "subject": "anna-1",
        "session": "post",
        "condition": "blue",
        "age": "25",
        "group": "a",
    },
    {"file": "pulses.csv", "subject": "ben", "session": "pre", "condition": "red", "age": "31", "group": "b"},
    {"file": "hip_rotation.csv", "subject": "ben", "session": "pre", "condition": "red", "age": "31", "group": "b"},
    {"file": "two_legs_walking.csv", "subject": "ben", "session": "pre", "condition": "red", "age": "31", "group": "b"},
    {"file": "broken.csv", "subject": "ben", "session": "post", "condition": "blue", "age": "31", "group": "b"},
)


@pytest.fixture(scope="session")
def source(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the recordings; one of them is no recording."""
    folder = tmp_path_factory.mktemp("recordings")
    for path in (root / "recordings" / "traces").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.csv").write_text("nothing\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    rows = pd.DataFrame(ROWS)
    rows["leg"] = ["", "", "", "", "left,right", ""]
    return rows


@pytest.fixture(scope="session")
def study(source: Path, table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> bids.Study:
    about = bids.About("Bands", ("A. Author", "B. Author"), "CC0", "A place", "Do ten.")
    out = tmp_path_factory.mktemp("studies") / "bands"
    return bids.write_study(source, out, table=table, about=about, command=("bids", "recordings", "--out", "bands"))
