"""The texts of the history page: both languages hold the same, and everything that the page asks for is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import kickback.page
from kickback.report.view import MEASURES

STATIC = Path(kickback.page.__file__).parent / "static"
SCRIPTS = "".join(file.read_text(encoding="utf-8") for file in sorted(STATIC.glob("history*.js")))
BEGINNINGS = {
    "each.": ("sets", "reps"),
    "is.": ("below", "within", "above"),
    "leg.": ("left", "right", "unsaid"),
    "short.": ("sessions", "sets", "reps"),
    "measure.": (*MEASURES, "turn_deg"),
    "remark.": ("hip_rotation", "rushed", "partial", "added", "taken_out"),
    "column.": (
        *("day", "set", "leg", "shown", "measured", "concentric", "hold", "eccentric", "tempo", "rom", "turn"),
        "remarks",
    ),
}
"""What follows where a key is put together."""


def texts(language: str) -> dict[str, str]:
    found = json.loads((STATIC / "history_texts" / f"{language}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def asked_for() -> set[str]:
    """The keys that the scripts and the markup name, those that are put together included."""
    markup = (STATIC / "history.html").read_text(encoding="utf-8")
    keys = set(re.findall(r'data-h="(\w+)"', markup))
    keys |= set(re.findall(r'(?<![\w.$])t\("([\w.]+)"', SCRIPTS))
    found = set(re.findall(r"`([a-z]+\.)\$", SCRIPTS)) - {"exercise."}
    assert found == set(BEGINNINGS), "a key is put together that this test does not know"
    return keys | {beginning + end for beginning, ends in BEGINNINGS.items() for end in ends}


def test_both_languages_have_the_same_keys_and_the_same_places_to_fill() -> None:
    english, german = texts("en"), texts("de")
    assert list(english) == list(german), "in the same order"
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", german[key])), key
        assert german[key], key


def test_every_text_that_is_asked_for_is_there_and_no_other() -> None:
    words = set(texts("en"))
    assert asked_for() <= words
    named = {key for key in words if f'"{key}"' in SCRIPTS}
    left = {key for key in words - asked_for() - named if not (key.endswith(".one") and key[:-4] in words)}
    assert left == set()
