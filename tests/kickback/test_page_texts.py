"""The page's texts: both languages hold the same, and everything the page asks for is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kickback.page
from analysis.presets import PRESETS
from analysis.results import Phase, Reason
from kickback.page.cues import CUES, KINDS
from kickback.page.said import SLOT
from kickback.page.sentences import SENTENCES
from kickback.page.shapes import OUT

STATIC = Path(kickback.page.__file__).parent / "static"
LANGUAGES = ("en", "de")
OTHER_PAGE = "history"
"""The files of the history page begin so; it has texts of its own."""

BEGINNINGS = {
    "controls.": ("eccentric_s", "pause_s", "concentric_s", "hold_s"),
    "exercise.": tuple(PRESETS),
    "leg.": ("left", "right", "none"),
    "link.": ("looking", "connecting", "streaming", "lost", "catching up", "stopped"),
    "link.signal.": ("strong", "good", "fair", "weak"),
    "phase.": tuple(str(phase.value) for phase in Phase),
    "reps.reason.": tuple(str(reason.value) for reason in Reason),
    "reps.why.": OUT,
    "sound.": ("on", "tap", "off"),
    "sound.part.": ("ticks", "count", "hold", "slower", "hips", "set_done", "link"),
    "tempo.": ("concentric", "hold", "eccentric", "pause"),
    "warning.": (*KINDS, *(f"{kind}.facts" for kind in KINDS)),
}
"""What follows where a key is put together: the words that the server, or the script, has for it."""


def texts(language: str) -> dict[str, str]:
    found = json.loads((STATIC / "texts" / f"{language}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def scripts() -> Iterator[tuple[str, str]]:
    for file in sorted(STATIC.glob("*.js")):
        if not file.name.startswith(OTHER_PAGE):
            yield file.name, file.read_text(encoding="utf-8")


def calls() -> Iterator[str]:
    """What is between the brackets of each ``t(...)``, up to its own closing bracket."""
    for _, script in scripts():
        for start in re.finditer(r"(?<![\w.$])(?:t|has|group)\(", script):
            depth, at = 1, start.end()
            while depth and at < len(script):
                depth += {"(": 1, ")": -1}.get(script[at], 0)
                at += 1
            yield script[start.end() : at - 1]


def asked() -> set[str]:
    """Every key that stands whole in the scripts or the markup."""
    markup = (STATIC / "index.html").read_text(encoding="utf-8")
    keys = set(re.findall(r'data-t(?:-label|-title)?="([^"]+)"', markup))
    for call in calls():
        keys.update(re.findall(r'"([a-z_]+\.[a-z_. ]+|close)"', call))
    for _, script in scripts():
        keys.update(re.findall(r'"((?:phase|key)\.[a-z_.]+)"', script))
        keys.update(re.findall(r'(?:label: |button\()"([a-z]+\.[a-z_.]+)"', script))
    return keys


def test_both_languages_hold_the_same_keys_in_order() -> None:
    english, german = (texts(language) for language in LANGUAGES)
    assert list(english) == sorted(english)
    assert list(german) == list(english)


def test_each_text_takes_the_same_values_in_both_languages() -> None:
    english, german = (texts(language) for language in LANGUAGES)

    def slots(text: str) -> list[str]:
        return sorted(re.findall(r"\{(\w+)\}", text))

    assert {key: slots(text) for key, text in english.items()} == {key: slots(text) for key, text in german.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    assert [key for key, text in texts(language).items() if not text.strip()] == []


def test_every_key_that_the_page_asks_for_is_there() -> None:
    keys = asked()
    assert len(keys) > 100, "the scripts are read no more"
    assert sorted(keys - set(texts("en"))) == []


def test_every_key_that_is_put_together_is_there() -> None:
    found = {start for call in calls() for start in re.findall(r"`([a-z.]+\.)\$\{", call)} - {"say."}
    assert found <= set(BEGINNINGS), "say what can follow"
    missing = [start + end for start, ends in BEGINNINGS.items() for end in ends if start + end not in texts("en")]
    assert missing == []


def test_every_text_is_asked_for() -> None:
    built = {*SENTENCES, *(start + end for start, ends in BEGINNINGS.items() for end in ends)}
    spoken = {key for cue in CUES for key in (f"say.{cue}", f"say.{cue}.n")}
    quoted = {word for _, script in scripts() for word in re.findall(r'"([^"\n]+)"', script)}
    assert sorted(set(texts("en")) - asked() - built - spoken - quoted) == []


def test_the_english_texts_are_what_the_server_says() -> None:
    plain = {key: SLOT.sub(r"{\1}", sentence) for key, sentence in SENTENCES.items()}
    english = texts("en")
    assert {key: english.get(key) for key in plain} == plain
    titles = {f"exercise.{name}": exercise.title for name, exercise in PRESETS.items()}
    assert {key: english.get(key) for key in titles} == titles


def test_no_sentence_of_the_server_is_left_in_english() -> None:
    english, german = (texts(language) for language in LANGUAGES)
    assert [key for key in SENTENCES if german[key] == english[key]] == ["said.of_file"], "it has no words"


def test_every_cue_has_a_word_and_a_tone() -> None:
    tones = (STATIC / "tones.js").read_text(encoding="utf-8").partition("CUES = {")[2].partition("};")[0]
    ringing = set(re.findall(r"^  (\w+): \[\[", tones, flags=re.MULTILINE))
    assert set(CUES) == ringing
    assert sorted(cue for cue in CUES if f"say.{cue}" not in texts("en")) == []
    switches = (STATIC / "sound.js").read_text(encoding="utf-8").partition("SWITCHES = {")[2].partition("};")[0]
    assert set(CUES) <= set(re.findall(r'"(\w+)"', switches)), "each cue can be switched off"
