"""An exercise by its name, or of one's own from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

from analysis.presets import PRESETS, Exercise, named
from kickback.errors import one_line

LIKE = "like"
"""The key that names the preset to start from."""

KEYS = tuple(field.name for field in fields(Exercise))
REQUIRED = tuple(field.name for field in fields(Exercise) if field.default is MISSING)
MOST_BYTES = 65536
NUMBERS = frozenset(field.name for field in fields(Exercise) if field.type == "float")
TEXTS = frozenset({"name", "title", "rest", "pivot", "source"})


def exercise_of(said: str | Path | Exercise) -> Exercise:
    """The exercise of a preset's name, or of a file whose name ends in ``.toml``.

    Raises:
        ValueError: there is no such preset, or the file is not as it should be; one line with file and key.
    """
    if isinstance(said, Exercise):
        return said
    if isinstance(said, Path) or said.lower().endswith(".toml"):
        return read_exercise(Path(said))
    try:
        return named(said)
    except ValueError as error:
        raise ValueError(f"{error}; or name a file that ends in .toml") from None


def read_exercise(path: Path) -> Exercise:
    """An exercise from TOML: keys as the fields of :class:`analysis.presets.Exercise`, ``like`` to start from a preset.

    Raises:
        ValueError: the file cannot be read, a key is unknown, missing or wrong; one line with file and key.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(one_line(error, path)) from None
    if len(data) > MOST_BYTES:
        raise ValueError(f"{path}: more than {MOST_BYTES // 1024} KiB; this is no exercise")
    try:
        said = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: not TOML: {error}") from None
    try:
        return _exercise(said, path.stem)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _exercise(said: dict[str, Any], stem: str) -> Exercise:
    unknown = [key for key in said if key not in KEYS and key != LIKE]
    if unknown:
        raise ValueError(f"the key {unknown[0]!r} is not known; known are {', '.join((LIKE, *KEYS))}")
    base = _base(said)
    values = {key: _value(key, value) for key, value in said.items() if key != LIKE}
    values.setdefault("name", stem)
    values.setdefault("title", values["name"].replace("-", " "))
    values.setdefault("source", f"the user's file; the rest as {base.name}" if base else "the user's file")
    if values.get("pivot", base.pivot if base else None) is None:
        values |= {"pivot": None, "arm_m": None}
    if base is not None:
        return replace(base, **values)
    values.setdefault("work_on", ())
    missing = [key for key in REQUIRED if key not in values]
    if missing:
        raise ValueError(f'the key {missing[0]!r} is missing; give it, or start from a preset: {LIKE} = "kickback"')
    return Exercise(**values)


def _base(said: dict[str, Any]) -> Exercise | None:
    if LIKE not in said:
        return None
    like = said[LIKE]
    if not isinstance(like, str) or like not in PRESETS:
        raise ValueError(f"{LIKE} must be one of {', '.join(PRESETS)}, got {like!r}")
    return PRESETS[like]


def _value(key: str, value: Any) -> Any:
    """A TOML value as the field wants it."""
    for keys, fits, what in _KINDS:
        if key in keys:
            if not fits(value):
                raise ValueError(f"{key} must be {what}, got {value!r}")
            break
    if key == "pivot" and value in ("", "none"):
        return None
    if key in NUMBERS:
        return float(value)
    return tuple(value) if isinstance(value, list) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(of: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(of, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_KINDS: tuple[tuple[frozenset[str], Callable[[Any], bool], str], ...] = (
    (TEXTS, _is_text, "text in quotes"),
    (NUMBERS, _is_number, "a number"),
    (frozenset({"arm_m"}), lambda value: _is_list(_is_number)(value) and len(value) == 2, "two numbers: [0.5, 1.2]"),
    (frozenset({"work_on"}), _is_list(_is_text), 'a list of texts: ["keep the knee straight"]'),
    (frozenset({"backwards"}), lambda value: isinstance(value, bool), "true or false"),
)
