"""The tutorial's commands run in their order, and its numbers are those that come out."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")

pytest.importorskip("statsmodels", reason="the extra 'research' is not installed")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(arguments: list[str], folder: Path) -> str:
    done = subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Where somebody has followed the page, and what each command said, by its name."""
    folder = tmp_path_factory.mktemp("tutorial")
    script = shutil.which("kickback", path=str(Path(sys.executable).parent))
    assert script, "the command kickback is not installed beside this Python: run `make test`"
    said = {}
    for line in "".join(blocks("sh")).splitlines():
        program, *words = shlex.split(line)
        if program == "kickback":
            said[words[0]] = run([script, *words], folder)
    return folder, said


def test_the_files_are_as_the_page_shows_them(followed: tuple[Path, dict[str, str]]) -> None:
    folder, said = followed
    table = (folder / "study" / "study.csv").read_text(encoding="utf-8")
    assert table.startswith(blocks("text")[0])
    assert "SIMULATED" in said["simulate"]
    for name in ("reps.parquet", "reps.csv", "sets.parquet", "sets.csv", "failures.csv", "provenance.json"):
        assert (folder / "results" / name).is_file(), name
    for name in ("methods.md", "paper.md", "paper.csv", "log.csv", "reliability.csv", "provenance.json"):
        assert (folder / "comparison" / name).is_file(), name
    assert "simulated" in (folder / "comparison" / "methods.md").read_text(encoding="utf-8")


def test_the_numbers_are_those_that_come_out(followed: tuple[Path, dict[str, str]]) -> None:
    folder, said = followed
    for line in blocks("text")[1].splitlines():
        assert any(shown.startswith(line.rstrip()) for shown in said["compare"].splitlines()), said["compare"]
    assert re.search(r"found \(recall\) +100\.0 %.* 288 ", said["score"])
    assert re.search(r"real \(precision\) +100\.0 %.* 288 ", said["score"])
    assert re.search(r"way back: median error +13 ms", said["score"])
    assert re.search(r"rom_deg \(°\) +leg: right - left +2\.6 \[1\.1, 4\.2\]", said["compare"])
    reliability = pd.read_csv(folder / "comparison" / "reliability.csv")
    cued = reliability[(reliability.measure == "eccentric_s") & (reliability.level == "cued")].iloc[0]
    assert [round(cued[name], 2) for name in ("icc_2_1", "sem", "mdc95")] == [0.19, 0.13, 0.37]
    assert re.search(r"(\d+) of \1 files are the same", said["rerun"])


def test_the_python_of_the_page_runs(followed: tuple[Path, dict[str, str]]) -> None:
    folder, _ = followed
    for code in blocks("python"):
        assert "usual" in run([sys.executable, "-W", "error", "-c", code], folder)
