"""A raw file is one more file that everything reads: same reps as the trace that was played into it."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kickback
import recordings
from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Event, Progress, Rep
from benchmarks.raw_session import NOTHING, Mishaps, Session
from firmware_protocol.registry import Wish, codec
from imu.assembler import Assembler
from imu.blocks import Recording, SampleBlock
from imu.raw_file import read_records, replay_records
from imu.raw_format import MAGIC, encoded
from imu.recorder import Recorder
from imu.records import Kind, Record
from kickback import Analysis
from recordings import Options, RecordingError

PERIOD_S = 0.01
LOSSES = Mishaps(unheard=((2.5, 2.8),), away=((9.0, 11.5),), forgotten=((37.0, 37.6),))
"""Before the first rep, during the second (all of it sent again), after the last."""


@cache
def trace() -> Recording:
    """A shipped trace of eight reps at 100 Hz, with every sample there, as a sensor would take them."""
    made = recordings.read(recordings.shipped_path("clean_set"))
    at, kept = np.arange(len(made)), ~made.lost
    both = np.hstack([made.block.acc_mps2, made.block.gyr_radps])
    both = np.column_stack([np.interp(at, at[kept], column[kept]) for column in both.T])
    return Recording(made.header, SampleBlock(0, made.rate_hz, both[:, :3], both[:, 3:]))


def written(folder: Path, mishaps: Mishaps = NOTHING, name: str = "monday") -> Path:
    path = folder / f"{name}.kbraw"
    with Recorder(path) as recorder:
        for record in Session(trace(), mishaps=mishaps).records():
            recorder.keep(record)
    return path


@cache
def of_the_trace() -> Analysis:
    return kickback.analyze(trace())


def assert_same_reps(got: Analysis, tolerance_s: float) -> None:
    mine, theirs = got.reps, of_the_trace().reps
    assert len(mine) == len(theirs) == 8
    for column in ("start_s", "concentric_end_s", "end_s"):
        np.testing.assert_allclose(mine[column] + trace().header.start_s, theirs[column], atol=tolerance_s)
    np.testing.assert_allclose(mine["rom_deg"], theirs["rom_deg"], atol=0.5)
    for column in ("leg", "pulses", "is_partial", "rushed"):
        assert list(mine[column]) == list(theirs[column])


def test_a_session_in_which_nothing_was_lost_has_the_traces_reps(tmp_path: Path) -> None:
    got = kickback.analyze(written(tmp_path))
    assert not got.recording.lost.any()
    assert_same_reps(got, 2 * PERIOD_S)


def test_losses_and_a_lost_link_leave_the_reps_that_they_do_not_hit(tmp_path: Path) -> None:
    got = kickback.analyze(written(tmp_path, LOSSES))
    lost = np.flatnonzero(got.recording.lost)
    assert lost.tolist() == [*range(250, 280), *range(3700, 3760)]
    assert_same_reps(got, 2 * PERIOD_S)


def test_a_sensor_that_starts_anew_between_reps_costs_its_gap_alone(tmp_path: Path) -> None:
    """After it the sample numbers are placed by the host's clock: within the jitter of the arrivals."""
    got = kickback.analyze(written(tmp_path, Mishaps(reboots=((3.0, 3.7),))))
    assert abs(int(got.recording.lost.sum()) - 70) <= 3
    assert_same_reps(got, 5 * PERIOD_S)
    assert "The sensor started anew 1 time." in got.recording.header.notes


def events(blocks: Iterable[SampleBlock], rate_hz: float) -> list[Event]:
    """What the pipeline says of blocks; progress aside, of which there is one a block."""
    pipeline = Pipeline(Params(legs=("right",)), rate_hz)
    found = [event for block in blocks for event in pipeline.push(block)] + pipeline.finish()
    return [event for event in found if not isinstance(event, Progress)]


def same(a: Any, b: Any) -> bool:
    """Ranges, counts and flags with ==, real numbers within 1e-9, unknown equals unknown."""
    if dataclasses.is_dataclass(a):
        fields = [field.name for field in dataclasses.fields(a)]
        return type(a) is type(b) and all(same(getattr(a, name), getattr(b, name)) for name in fields)
    if isinstance(a, float | np.ndarray):
        return bool(np.allclose(a, b, rtol=0, atol=1e-9, equal_nan=True))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def test_live_replay_and_offline_say_the_same(tmp_path: Path) -> None:
    """Losses, a lost link with a back-fill, a restart; live decides the rate, and the others take it from the file."""
    mishaps = dataclasses.replace(LOSSES, reboots=((20.3, 20.9),))
    path, assembler, live = tmp_path / "x.kbraw", Assembler(codec("kickback"), Wish()), []
    with Recorder(path) as recorder:
        for record in Session(trace(), mishaps=mishaps).records():
            recorder.keep(record)
            was = assembler.rate_hz
            live += assembler.take(record)
            if was is None and assembler.rate_hz is not None:
                recorder.keep(Record.of_facts(Kind.DECIDED, record.time_ns, rate_hz=assembler.rate_hz))
    live += assembler.finish()

    async def again() -> list[SampleBlock]:
        return [block async for block in replay_records(read_records(path), float("inf"))]

    offline = recordings.read(path)
    assert assembler.rate_hz is not None
    told = events(live, assembler.rate_hz)
    assert len([event for event in told if isinstance(event, Rep)]) >= 8
    assert same(tuple(told), tuple(events(asyncio.run(again()), assembler.rate_hz)))
    assert same(tuple(told), tuple(events(offline.blocks(), offline.rate_hz)))


def test_the_header_says_what_the_session_said(tmp_path: Path) -> None:
    path = written(tmp_path)
    header = recordings.read(path).header
    theirs = trace().header
    assert (header.name, header.dialect, header.leg) == ("monday", "kickback_raw", theirs.leg)
    assert (header.simulated, header.origin, header.placement) == (True, theirs.origin, theirs.placement)
    assert header.sensor == "Kickback sensor (our own firmware)"
    assert header.sha256
    assert "MADE-1" not in repr(header)
    assert recordings.read(path, leg="left").header.leg == "left"


def test_converted_it_is_our_own_csv(tmp_path: Path) -> None:
    raw = recordings.read(written(tmp_path, LOSSES))
    recordings.write_csv(raw, tmp_path / "out.csv")
    table = recordings.read(tmp_path / "out.csv")
    np.testing.assert_array_equal(table.lost, raw.lost)  # equal neighbours are samples, not repeats
    assert (table.header.leg, table.header.simulated) == (raw.header.leg, True)


def test_in_a_folder_it_goes_before_the_table_that_grew_beside_it(tmp_path: Path) -> None:
    raw = recordings.read(written(tmp_path))
    recordings.write_csv(raw, tmp_path / "monday.csv")
    assert recordings.read(tmp_path).header.dialect == "kickback_raw"
    assert recordings.read(tmp_path / "monday.csv").header.dialect == "kickback_csv"
    recordings.write_csv(raw, tmp_path / "tuesday.csv")
    with pytest.raises(RecordingError, match=r"holds 2 recordings \(monday.kbraw, tuesday.csv\)"):
        recordings.read(tmp_path)


def test_two_legs_are_two_recordings(tmp_path: Path) -> None:
    shutil.copy(written(tmp_path), tmp_path / "tuesday.kbraw")
    with pytest.raises(RecordingError, match="holds 2 recordings"):
        recordings.read(tmp_path)


def test_another_dialect_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="a raw file of Kickback; leave --dialect away"):
        recordings.read(written(tmp_path), dialect="generic")


def test_a_table_is_no_raw_file(tmp_path: Path) -> None:
    path = recordings.shipped_path("clean_set")
    with pytest.raises(RecordingError, match="this is no raw file of Kickback") as caught:
        recordings.read(path, dialect="kickback_raw")
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (MAGIC.replace(b"1", b"9"), "version '9' of the raw file"),
        (MAGIC, "no record says which kind of sensor it was"),
        (MAGIC + encoded(Record.of_facts(Kind.SESSION, 1, codec="polar")), "no samples in it"),
        (b"\x89kickback raw 1\n\x1a\n", "changed as by a transfer as text"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_cannot_be_used_is_one_line(tmp_path: Path, data: bytes, what: str, packed: bool) -> None:
    path = tmp_path / "x.kbraw"
    path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    with pytest.raises(RecordingError) as caught:
        recordings.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert what in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_less_than_two_seconds_are_refused_as_in_every_file(tmp_path: Path) -> None:
    path = tmp_path / "x.kbraw"
    records = Session(trace()).records()[:16]
    path.write_bytes(MAGIC + b"".join(map(encoded, records)))
    with pytest.raises(RecordingError, match=r"only 1\.\d s long; a recording needs at least 2 s"):
        recordings.read(path)


def test_a_unit_that_physics_contradicts_is_refused_and_can_be_overruled(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(
        RecordingError, match=r"the sensor's format says g, but .*; correct .* or say --acc-unit m/s\^2"
    ):
        recordings.read(path, options=Options(acc_unit="g"))
    plain, said = recordings.read(path), recordings.read(path, options=Options(acc_unit="m/s^2", gyr_unit="rad/s"))
    np.testing.assert_array_equal(plain.block.acc_mps2, said.block.acc_mps2)


def test_inspect_says_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from kickback.commands.inspect import inspect_file

    assert inspect_file(written(tmp_path, LOSSES), Options(), as_json=False) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "SIMULATED" in said
    assert "kickback_raw, acceleration and angular velocity: it begins as a raw file of Kickback" in said
    assert "time stamps the sensor's clock and counts" in said
    assert "begins: " not in said
    assert "2 gaps, 0.90 s" in said
