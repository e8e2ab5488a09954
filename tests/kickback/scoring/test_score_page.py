"""The page on scoring says what the code does: words of labels, columns, figures and limits."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.chains import PAUSE_S
from analysis.intervals import RESAMPLES
from analysis.matching import LEAST_OVERLAP, READ
from analysis.score import SHARES, SPREADS, SQUARES
from analysis.sync import CLEAR_SHARE, MOST_RATE_ERROR
from kickback.scoring.clocks import NEAR_S
from kickback.scoring.hand import WORDS
from kickback.scoring.showing import ROWS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "score.md").read_text(encoding="utf-8")


def test_the_words_of_labels_are_those_of_the_code() -> None:
    section = PAGE.split("### Labels by hand")[1].split("###")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.MULTILINE)
    assert {kind: tuple(re.findall(r"`([^`]+)`", words)) for kind, words in rows} == dict(WORDS)


def test_the_columns_that_are_judged_are_named() -> None:
    section = PAGE.split("## PREDICTED")[1].split("## TRUTH")[0]
    assert set(READ) <= set(re.findall(r"`(\w+)`", section))


def test_the_numbers_of_the_page_are_the_codes() -> None:
    assert f"a rest of more than {PAUSE_S:g} s ends a set" in PAGE
    assert f"more than {CLEAR_SHARE:.0%}".replace("%", " %") in PAGE
    assert f"(within {NEAR_S:g} s)" in PAGE
    assert f"More than {100 * MOST_RATE_ERROR:g} % is refused" in PAGE
    assert f"bootstrap of {RESAMPLES:,} draws" in PAGE
    assert LEAST_OVERLAP == 0.5
    assert "by half or more" in PAGE


def test_every_figure_is_explained_and_shown() -> None:
    section = PAGE.split("## What comes out")[1]
    told = set(re.findall(r"`([\w.*]+)`", section)) | {"partial_sensitivity", "partial_specificity"}
    told |= {"hip_rotation_sensitivity", "hip_rotation_specificity", *SPREADS[-4:]}
    assert {"f1", "phantoms_per_minute", *SHARES, *SPREADS, *SQUARES} <= told
    families = {name.split(".")[0] for name in ROWS}
    assert families == {
        "f1",
        "phantoms_per_minute",
        "perfect",
        "exact",
        "within_one",
        "hip_rotation_auc",
        *SHARES,
        *SPREADS,
        *SQUARES,
    }
