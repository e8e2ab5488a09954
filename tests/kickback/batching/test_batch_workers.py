"""The same bytes whoever does the work, and whoever is killed at it."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kickback.batching.face import batch
from kickback.batching.job import Job, Outcome
from kickback.batching.listing import Listed, listing
from kickback.batching.pattern import Pattern
from kickback.batching.pool import DIED, by_processes
from kickback.batching.running import Advance, run_batch
from kickback.batching.wish import Wish
from kickback.provenance import sha256_of

PATTERN = "{subject}/{session}_{leg}.csv"
FILES = ("reps.parquet", "reps.csv", "sets.parquet", "sets.csv", "failures.csv")


def recordings(study: Path) -> tuple[Listed, ...]:
    return listing(study, None, Pattern.parse(PATTERN)).recordings


def sums(out: Path) -> dict[str, str]:
    return {name: sha256_of(out / name) for name in FILES}


def test_processes_make_the_same_as_one_alone_even_when_one_is_killed(study: Path, tmp_path: Path) -> None:
    killed: list[int | None] = []

    def begin(_: int) -> Advance:
        def advance(_: Outcome) -> None:
            if not killed:
                killed.append(multiprocessing.active_children()[0].pid)
                multiprocessing.active_children()[0].kill()

        return advance

    batch(study, out=tmp_path / "alone", pattern=PATTERN, jobs=1)
    batch(study, out=tmp_path / "processes", pattern=PATTERN, jobs=2)
    made = run_batch(study, Wish(tmp_path / "killed", pattern=PATTERN, jobs=2), begin)
    assert killed
    assert made.recordings == 4
    assert sums(tmp_path / "alone") == sums(tmp_path / "processes") == sums(tmp_path / "killed")


class Deadly(Listed):
    """A recording that ends every process that is given it."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_a_recording_that_kills_its_process_fails_alone(study: Path) -> None:
    first, *others = recordings(study)
    outcomes = list(by_processes(Job(study), [Deadly(first.path), *others], 2))
    assert sorted(outcome.path for outcome in outcomes) == [one.path for one in recordings(study)]
    failed = {outcome.path: outcome.error for outcome in outcomes if outcome.error}
    assert failed.keys() == {"anna/monday_left.csv", "ben/friday_left.csv"}
    assert failed["anna/monday_left.csv"] == DIED


def test_a_fault_of_ours_in_one_recording_stops_no_other(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kickback.batching import job

    real = job._analyzed

    def faulty(path: Path, *more: object) -> object:
        if path.name == "monday_right.csv":
            raise ZeroDivisionError("what a fault says")
        return real(path, *more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(job, "_analyzed", faulty)
    failures = batch(study, pattern=PATTERN, jobs=0).failures.set_index("recording")["error"]
    line = "Kickback failed (ZeroDivisionError: what a fault says); please report this fault"
    assert failures["anna/monday_right.csv"] == failures["ben/monday_right.csv"] == line


def test_a_script_without_a_guard_is_not_run_again_by_its_processes(study: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, kickback.batching.face as face\n"
        f"made = face.batch(sys.argv[1], pattern={PATTERN!r}, jobs=2)\n"
        "print('RECORDINGS', made.recordings)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script), str(study)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("RECORDINGS 4\n", "")
