"""Ids in place of names: stable, salted, and no name in anything that is handed on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from kickback.batching.face import batch
from kickback.batching.listing import Listed
from kickback.batching.pseudonyms import Pseudonyms, without_names
from kickback.errors import KickbackError, UsageError

PATTERN = "{subject}/{session}_{leg}.csv"


def test_the_results_hold_ids_and_the_key_file_tells_them(study: Path, tmp_path: Path) -> None:
    key, out = tmp_path / "key.json", tmp_path / "out"
    named = batch(study, pattern=PATTERN, jobs=0)
    made = batch(study, out=out, pattern=PATTERN, pseudonyms=key, angle=True, jobs=0)
    told = json.loads(key.read_text(encoding="utf-8"))
    assert set(told["subjects"]) == {"anna", "ben"}
    back = {pseudonym: name for name, pseudonym in told["recordings"].items()}
    assert {back[name.split("/")[1]] for name in made.reps["recording"]} == set(named.reps["recording"])
    assert set(made.reps["subject"]) == set(told["subjects"].values())
    assert made.reps["recording"].is_monotonic_increasing
    columns = ["sha256", "set", "rep", "start_s", "rom_deg", "leg"]
    order = ["sha256", "rep"]
    pd.testing.assert_frame_equal(
        made.reps[columns].sort_values(order, ignore_index=True),
        named.reps[columns].sort_values(order, ignore_index=True),
    )
    assert any(str(key) in note for note in made.notes)
    if os.name == "posix":
        assert key.stat().st_mode & 0o077 == 0


def test_no_name_is_in_anything_that_is_handed_on(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(study, out=out, pattern=PATTERN, pseudonyms=tmp_path / "key.json", angle=True, jobs=0)
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        data = path.read_bytes().lower().replace(b"bent-over kickback", b"")
        for name in (b"anna", b"ben", b"monday_", b"friday"):
            assert name not in data, f"{name!r} in {path.name}"
        assert not any(name in path.as_posix().removeprefix(str(tmp_path)) for name in ("anna", "ben", "monday"))


def test_ids_are_the_same_again_with_the_key_and_others_with_another(study: Path, tmp_path: Path) -> None:
    def ids(key: str) -> list[str]:
        made = batch(study, pattern=PATTERN, pseudonyms=tmp_path / key, jobs=0)
        return made.reps["recording"].tolist()

    first = ids("one.json")
    assert ids("one.json") == first
    assert ids("two.json") != first


def test_a_key_among_the_results_is_refused_and_so_is_another_file(study: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must not lie in"):
        batch(study, out=tmp_path / "out", pattern=PATTERN, pseudonyms=tmp_path / "out" / "key.json")
    for text in ("[]", "{}", "no json", '{"salt": 1, "subjects": {}, "recordings": {}}'):
        (tmp_path / "key.json").write_text(text, encoding="utf-8")
        with pytest.raises(KickbackError, match="no key file"):
            batch(study, pattern=PATTERN, pseudonyms=tmp_path / "key.json")
        assert (tmp_path / "key.json").read_text(encoding="utf-8") == text


def test_two_names_with_one_id_are_told(tmp_path: Path) -> None:
    names = Pseudonyms(tmp_path / "key.json", b"salt", {"anna": "P1", "ben": "P1"})
    with pytest.raises(KickbackError, match="the same pseudonym"):
        names.write()


def test_a_line_loses_the_names_and_keeps_the_words() -> None:
    listed = Listed("al/also_left.csv")
    line = "al: also_left.csv beside also_left.gyr: also, al lost all"
    assert without_names(line, listed, "Lee") == "...: ... beside ....gyr: also, ... lost all"


def test_what_was_written_under_names_before_is_removed(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(study, out=out, pattern=PATTERN, angle=True, jobs=0)
    other = out / "angle" / "mine.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(other)
    batch(study, out=out, pattern=PATTERN, pseudonyms=tmp_path / "key.json", jobs=0)
    assert [path.name for path in (out / "angle").iterdir()] == ["mine.parquet"]
    assert not [path for path in out.rglob("*") if "anna" in path.name]


def test_what_is_left_out_is_not_named(study: Path, tmp_path: Path) -> None:
    table = pd.DataFrame({"subject": ["anna"], "group": ["a"]})
    (study / "Carla.csv").write_text("x", encoding="utf-8")
    made = batch(study, table=table, pattern=PATTERN, pseudonyms=tmp_path / "key.json", jobs=0)
    assert len(made.notes) == 3
    assert not any(name in note for note in made.notes for name in ("Carla", "ben"))
