"""Any bytes give a Recording or a RecordingError, nothing else, in bounded work and memory."""

from __future__ import annotations

import sys
import tempfile
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.damage import JUNK, KINDS, Blow, damaged
from benchmarks.fuzz import Specimen, all_specimens, beaten, outcome
from imu.blocks import Recording
from recordings.registry import DIALECTS

SPECIMENS = {f"{one.dialect}-{one.variant}": one for one in all_specimens()}
BLOWS = st.lists(
    st.builds(Blow, st.sampled_from(KINDS), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32)),
    min_size=1,
    max_size=4,
)
HEADERS = [data[:2000] for one in SPECIMENS.values() for name, data in one.files if not name.endswith(".zip")]


def after(specimen: Specimen, blows: Sequence[Blow], dialect: str | None = None) -> object:
    with tempfile.TemporaryDirectory() as name:
        return outcome(beaten(specimen, blows), specimen.target, Path(name), dialect)


def test_every_dialect_has_a_specimen() -> None:
    assert {one.dialect for one in SPECIMENS.values()} >= {*DIALECTS, "generic"}


@pytest.mark.parametrize("name", SPECIMENS)
def test_unharmed_it_is_read_as_what_it_is(name: str) -> None:
    got = after(SPECIMENS[name], [])
    assert isinstance(got, Recording), got
    assert got.header.dialect == SPECIMENS[name].dialect


@pytest.mark.parametrize("name", SPECIMENS)
@settings(max_examples=20)
@given(blows=BLOWS)
def test_damaged_it_is_read_or_refused(name: str, blows: list[Blow]) -> None:
    assert after(SPECIMENS[name], blows) is not None


@pytest.mark.parametrize("dialect", [*DIALECTS, "generic"])
@settings(max_examples=20)
@given(start=st.sampled_from(HEADERS), data=st.binary(max_size=300), junk=st.lists(st.sampled_from(JUNK), max_size=60))
def test_any_bytes_called_any_dialect(dialect: str, start: bytes, data: bytes, junk: list[bytes]) -> None:
    files = {"monday.csv": start[: len(data) * 9] + data + b",".join(junk)}
    with tempfile.TemporaryDirectory() as name:
        for named in (dialect, None):
            assert outcome(files, "monday.csv", Path(name), named) is not None


class Calls:
    """Counts the functions called: work that no clock can blur."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        self.count += event in ("call", "c_call")


@pytest.mark.parametrize("kind", KINDS)
def test_work_and_memory_grow_with_the_file_and_no_faster(kind: str, tmp_path: Path) -> None:
    """A file ten times as long may take ten times the calls and the memory, and a little more."""
    name, data = next(one.files[0] for one in SPECIMENS.values() if one.dialect == "kickback_csv")
    lines = data.splitlines(keepends=True)
    blow = Blow(kind, 0.4, 0.2, 12345)
    used = []
    for times in (1, 10):
        content = damaged(b"".join(lines[:1] + lines[1:] * times), [blow])
        calls = Calls()
        tracemalloc.start()
        sys.setprofile(calls)
        try:
            outcome({name: content}, name, tmp_path)
        finally:
            sys.setprofile(None)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        used.append((calls.count, peak))
    (calls_once, _), (calls_ten, peak_ten) = used
    assert calls_ten <= 14 * calls_once + 20_000
    assert peak_ten <= 4_000_000 + 25 * 10 * len(data)
