"""The same on a Dask cluster, and when one of its workers is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kickback.batching.cluster import LEAST_A_TASK, MOST_A_TASK, tasks
from kickback.batching.face import batch
from kickback.batching.listing import Listed
from kickback.errors import UsageError
from kickback.provenance import sha256_of

PATTERN = "{subject}/{session}_{leg}.csv"
FILES = ("reps.parquet", "reps.csv", "sets.parquet", "sets.csv", "failures.csv")


@pytest.mark.parametrize("count", [1, 19, 20, 39, 40, 41, 399, 2000, 100_000])
@pytest.mark.parametrize("workers", [1, 2, 400])
def test_a_task_has_at_least_twenty_recordings_and_none_is_lost(count: int, workers: int) -> None:
    todo = [Listed(str(number)) for number in range(count)]
    parts = tasks(todo, workers)
    assert [one for part in parts for one in part] == todo
    assert min(map(len, parts)) >= min(LEAST_A_TASK, count)
    assert max(map(len, parts)) <= MOST_A_TASK
    assert len(parts) >= min(workers, count // LEAST_A_TASK)


def test_a_cluster_makes_the_same_as_this_machine_even_when_a_worker_is_killed(study: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    batch(study, out=tmp_path / "here", pattern=PATTERN, jobs=1)
    script = Path(__file__).with_name("run_on_dask.py")
    words = [str(study), str(tmp_path / "there"), str(tmp_path / "killed"), PATTERN]
    done = subprocess.run([sys.executable, str(script), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["killed"] > 0
    assert (said["first"], said["second"], said["again"]) == (4, 4, 4)
    assert said["error"] == (f"a worker sees no folder {study / 'nowhere'}: it must be found there on every machine")
    for name in FILES:
        assert sha256_of(tmp_path / "here" / name) == sha256_of(tmp_path / "there" / name), name
        assert sha256_of(tmp_path / "here" / name) == sha256_of(tmp_path / "killed" / name), name


def test_without_dask_a_line_says_what_to_install(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'kickback\[cluster\]'"):
        batch(study, pattern=PATTERN, scheduler="tcp://127.0.0.1:8786")
