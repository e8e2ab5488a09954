"""``kill -9`` loses nothing that had arrived; sixty times and in real time: benchmarks/kill.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.kill import Loss, killed, look, summary
from imu.raw_format import MAGIC
from imu.raw_notes import CRASH_NOTE

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")


@pytest.mark.parametrize(("batch", "records"), [(10, 90), (10, 131), (1, 700)])
def test_a_killed_process_leaves_all_that_it_had_got(tmp_path: Path, batch: int, records: int) -> None:
    """It runs as fast as it can; so many records are waited for, and it is killed somewhere behind them."""
    loss = killed(tmp_path, 200, batch, 120.0, False, lambda number, _: number >= records)
    assert loss.records_lost <= 1  # the one that was announced and not yet written
    assert loss.older_lost == 0
    assert loss.streamed_s > 3.0
    assert loss.csv_ms is not None
    assert loss.csv_ms < 250  # what the assembler gathers to a block, and the one announced
    assert loss.opened == (True, True)
    assert CRASH_NOTE in loss.notes


def test_a_process_that_ended_by_itself_is_not_taken_for_killed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 0 before it was killed"):
        killed(tmp_path, 200, 10, 3.0, False, lambda number, _: False)


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    (tmp_path / "x.kbraw").write_bytes(MAGIC)
    (tmp_path / "x.csv").write_text("time_s\n")
    said = [(0, 0, 0), (1, 500_000_000, 0), (2, 1_800_000_000, 0)]
    loss = look(tmp_path, 200, 10, said, 2_000_000_000)
    assert (loss.records_lost, loss.older_lost, loss.raw_ms) == (3, 2, 1800.0)


def test_a_file_that_does_not_open_is_counted() -> None:
    good = Loss(200, 10, 5.0, 0, 0.0, 0, 50.0, "yes", "yes", ())
    bad = Loss(200, 10, 5.0, 0, 0.0, 0, 50.0, "short", "damaged", ())
    early = Loss(200, 10, 1.0, 0, 0.0, 0, None, "short", "short", ())
    assert (bad.opened, early.opened) == ((False, False), (True, True))
    found = summary([good, bad, early])
    assert (found["raw"]["opened"], found["csv"]["opened"]) == (2, 2)
