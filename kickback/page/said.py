"""What the server says to people, made so that a viewer can say it in its own language. Pure.

Sentences come from many places, as plain English, which terminals and other viewers show as it is. Here each is
recognised by :data:`kickback.page.sentences.SENTENCES`. One that is not there still goes to the page, in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from functools import cache, lru_cache
from typing import Any

from kickback.page.sentences import SENTENCES

Said = dict[str, Any]
"""SAID: ``text``, in English; ``key`` of the sentence, None for one that is not known; its ``values``."""

SLOT = re.compile(r"\{(\w+)(?::(text|said|known))?\}")
"""A value in a sentence of the table; without a kind it is a number."""
NUMBER = r"[-+]?\d+(?:\.\d+)?"


def said(text: str) -> Said:
    """A sentence as SAID."""
    return deepcopy(_said(text))


def all_said(texts: Iterable[str]) -> list[Said]:
    """[SAID] of sentences."""
    return [said(text) for text in texts]


@lru_cache(maxsize=256)
def _said(text: str) -> Said:
    for key, pattern, kinds in _patterns():
        found = pattern.fullmatch(text)
        if found is None:
            continue
        values = {name: _value(word, kinds[name]) for name, word in found.groupdict().items()}
        if all(values[name]["key"] is not None for name, kind in kinds.items() if kind == "known"):
            return {"text": text, "key": key, "values": values}
    return {"text": text, "key": None, "values": {}}


def _value(word: str, kind: str | None) -> Any:
    if kind in ("said", "known"):
        return _said(word)
    if kind == "text":
        return word
    return float(word) if "." in word else int(word)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], dict[str, str | None]], ...]:
    return tuple(
        (key, re.compile("".join(_parts(sentence)), re.DOTALL), {slot[1]: slot[2] for slot in SLOT.finditer(sentence)})
        for key, sentence in SENTENCES.items()
    )


def _parts(sentence: str) -> Iterator[str]:
    at = 0
    for slot in SLOT.finditer(sentence):
        yield re.escape(sentence[at : slot.start()])
        yield f"(?P<{slot[1]}>{'.*?' if slot[2] else NUMBER})"
        at = slot.end()
    yield re.escape(sentence[at:])
