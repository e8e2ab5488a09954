"""Only what is new or changed is done again, and an interruption loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kickback.batching.cache import NAME
from kickback.batching.face import batch
from kickback.batching.job import Outcome
from kickback.batching.running import Advance, run_batch
from kickback.batching.wish import Wish
from kickback.provenance import sha256_of

PATTERN = "{subject}/{session}_{leg}.csv"
FILES = ("reps.parquet", "reps.csv", "sets.parquet", "sets.csv", "failures.csv")


def sums(out: Path) -> dict[str, str]:
    return {name: sha256_of(out / name) for name in FILES}


def _touch_nothing(_: Path) -> None:
    pass


def _change(study: Path) -> None:
    path = study / "anna" / "monday_left.csv"
    path.write_text(path.read_text(encoding="utf-8").rpartition("\n")[0].rpartition("\n")[0] + "\n", encoding="utf-8")


def _change_beside(study: Path) -> None:
    path = study / "anna" / "monday_left.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"sensor": "another"}), encoding="utf-8")


def _rename(study: Path) -> None:
    for ending in (".csv", ".json"):
        (study / "anna" / f"monday_left{ending}").rename(study / "anna" / f"sunday_left{ending}")


@pytest.mark.parametrize(("change", "again"), [(_touch_nothing, 4), (_change, 3), (_change_beside, 3), (_rename, 4)])
def test_only_what_is_new_or_changed_is_done_again(
    change: Callable[[Path], None], again: int, study: Path, tmp_path: Path
) -> None:
    batch(study, out=tmp_path / "out", pattern=PATTERN, jobs=0)
    change(study)
    made = batch(study, out=tmp_path / "out", pattern=PATTERN, jobs=0)
    fresh = batch(study, out=tmp_path / "fresh", pattern=PATTERN, jobs=0)
    assert (made.again, fresh.again) == (again, 0)
    assert sums(tmp_path / "out") == sums(tmp_path / "fresh")


def test_other_parameters_or_other_software_are_another_result(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(study, out=out, pattern=PATTERN, jobs=0)
    assert batch(study, out=out, pattern=PATTERN, tempo="2-0-1-1", jobs=0).again == 0
    assert batch(study, out=out, pattern=PATTERN, jobs=0).again == 4


def test_a_kept_result_that_was_cut_is_made_again(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    batch(study, out=out, pattern=PATTERN, jobs=0)
    before = sums(out)
    one = sorted((out / NAME).glob("??/*.json"))[0]
    one.write_bytes(one.read_bytes()[:-40])
    assert batch(study, out=out, pattern=PATTERN, jobs=0).again == 3
    assert sums(out) == before


@pytest.mark.parametrize("jobs", [0, 2])
def test_an_interruption_loses_nothing_that_was_done(jobs: int, study: Path, tmp_path: Path) -> None:
    done: list[str] = []

    def begin(_: int) -> Advance:
        def advance(outcome: Outcome) -> None:
            if outcome.error is None:
                done.append(outcome.path)
            if len(done) == 2:
                raise KeyboardInterrupt

        return advance

    wish = Wish(tmp_path / "out", pattern=PATTERN, jobs=jobs)
    with pytest.raises(KeyboardInterrupt):
        run_batch(study, wish, begin)
    assert not (tmp_path / "out" / "reps.csv").exists()
    assert run_batch(study, wish).again >= 2
    batch(study, out=tmp_path / "fresh", pattern=PATTERN, jobs=0)
    assert sums(tmp_path / "out") == sums(tmp_path / "fresh")
