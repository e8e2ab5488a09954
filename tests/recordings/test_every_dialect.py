"""The one contract of all dialects: what a logger writes of a set is the set that was done."""

from __future__ import annotations

import math
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import recordings
from benchmarks.specimens import specimens
from imu.blocks import Recording, SampleBlock
from imu.simulate import simulate
from recordings import Options, RecordingError, registry
from recordings.parts import file_part

SPECIMENS = specimens()
ALL = [(dialect, variant) for dialect, module in SPECIMENS.items() for variant in module.VARIANTS]


@cache
def original() -> Recording:
    """A simulated set of four reps at 50 Hz, every sample there, from 0 s on."""
    made = simulate("clean", seed=5, reps=4, rate_hz=50).recording()
    at, kept = np.arange(len(made)), ~made.lost
    both = np.hstack([made.block.acc_mps2, made.block.gyr_radps])
    both = np.column_stack([np.interp(at, at[kept], column[kept]) for column in both.T])
    return Recording(made.header, SampleBlock(0, made.rate_hz, both[:, :3], both[:, 3:]))


def written(dialect: str, variant: str, folder: Path) -> Path:
    return SPECIMENS[dialect].VARIANTS[variant](original(), folder)


def reps(recording: Recording) -> int:
    from kickback import analyze

    return sum(len(one.reps) for one in analyze(recording).closed)


def test_every_dialect_has_specimens() -> None:
    assert set(registry.formats()) == set(SPECIMENS)


@pytest.mark.parametrize(("dialect", "variant"), ALL)
def test_what_was_written_is_read(dialect: str, variant: str, tmp_path: Path) -> None:
    made, read = original(), recordings.read(written(dialect, variant, tmp_path))
    assert read.header.dialect == dialect
    assert read.rate_hz == pytest.approx(made.rate_hz, rel=0.01)
    assert read.duration_s == pytest.approx(made.duration_s, abs=0.2)
    shift_s = made.header.start_s - read.header.start_s
    time_s = read.time_s + _offset(read, made, shift_s)
    inside = (time_s >= made.time_s[0]) & (time_s <= made.time_s[-1]) & ~read.lost
    assert inside.mean() > 0.97
    for ours, theirs, tolerance in (
        (read.block.acc_mps2, made.block.acc_mps2, SPECIMENS[dialect].TOLERANCE[0]),
        (read.block.gyr_radps, made.block.gyr_radps, SPECIMENS[dialect].TOLERANCE[1]),
    ):
        expected = np.column_stack([np.interp(time_s, made.time_s, column) for column in theirs.T])
        assert np.abs(ours - expected)[inside].max() <= tolerance
    assert reps(read) == reps(made) == 4


def _offset(read: Recording, made: Recording, first_s: float) -> float:
    """The seconds between the two clocks: that near the two starts which lets the signals fit best."""
    signal = made.block.gyr_radps[:, np.abs(made.block.gyr_radps).sum(axis=0).argmax()]
    other = read.block.gyr_radps[:, np.abs(made.block.gyr_radps).sum(axis=0).argmax()]
    good = np.isfinite(other)

    def misfit(offset_s: float) -> float:
        return float(np.mean((np.interp(read.time_s[good] + offset_s, made.time_s, signal) - other[good]) ** 2))

    best, reach_s = first_s, 0.1
    for _ in range(4):
        tries = best + np.linspace(-reach_s, reach_s, 41)
        best = float(min(tries, key=misfit))
        reach_s /= 15
    return best


@pytest.mark.parametrize(("dialect", "variant"), ALL)
def test_one_dialect_and_no_other_claims_a_file(dialect: str, variant: str, tmp_path: Path) -> None:
    target = written(dialect, variant, tmp_path)
    files = [target] if target.is_file() and target.suffix != ".zip" else sorted(tmp_path.glob("*.[ct][sx][vt]"))
    for path in files:
        claims = registry.claims_of(file_part(path, Options()).head)
        assert set(claims) == ({dialect} if dialect != registry.FALLBACK else set())


@pytest.mark.parametrize(("dialect", "variant"), ALL)
def test_the_named_dialect_reads_the_same(dialect: str, variant: str, tmp_path: Path) -> None:
    target = written(dialect, variant, tmp_path)
    plain, named = recordings.read(target), recordings.read(target, dialect=dialect, leg="left")
    assert named.header.leg == "left"
    np.testing.assert_array_equal(named.block.acc_mps2, plain.block.acc_mps2)
    np.testing.assert_array_equal(named.block.gyr_radps, plain.block.gyr_radps)


@pytest.mark.parametrize("dialect", SPECIMENS)
def test_units_that_were_said_wrong_are_refused_with_the_option(dialect: str, tmp_path: Path) -> None:
    target = written(dialect, next(iter(SPECIMENS[dialect].VARIANTS)), tmp_path)
    refused = []
    for unit in ("rad/s", "deg/s"):
        try:
            recordings.read(target, options=Options(gyr_unit=unit))
        except RecordingError as error:
            refused.append(str(error))
    assert len(refused) == 1
    assert "--gyro-unit" in refused[0]


@pytest.mark.parametrize(("dialect", "variant"), ALL)
@pytest.mark.parametrize("share", [0.001, 0.03, 0.4, 0.77, 0.999])
def test_cut_anywhere_it_is_read_or_refused(dialect: str, variant: str, share: float, tmp_path: Path) -> None:
    target = written(dialect, variant, tmp_path)
    victim = target if target.is_file() else max(tmp_path.rglob("*.*"), key=lambda path: path.stat().st_size)
    data = victim.read_bytes()
    victim.write_bytes(data[: math.floor(share * len(data))])
    try:
        read = recordings.read(target)
    except RecordingError as error:
        assert len(str(error).splitlines()) == 1
        assert str(tmp_path) in str(error)
    else:
        assert read.duration_s <= original().duration_s + 0.1


@pytest.mark.parametrize(("dialect", "variant"), ALL)
def test_a_folder_with_one_recording_is_read_like_its_file(dialect: str, variant: str, tmp_path: Path) -> None:
    target = written(dialect, variant, tmp_path)
    if not target.is_file() or target.suffix in (".zip", ".gz"):
        pytest.skip("it is a folder or packed already")
    one, many = recordings.read(target), recordings.read(tmp_path)
    np.testing.assert_array_equal(one.block.gyr_radps, many.block.gyr_radps)
    archive = Path(shutil.make_archive(str(tmp_path.parent / f"{tmp_path.name}_packed"), "zip", tmp_path))
    packed = recordings.read(archive)
    assert packed.header.dialect == dialect
    np.testing.assert_array_equal(one.block.acc_mps2, packed.block.acc_mps2)
