"""The physics check fooled on purpose, in every dialect: it stops, says what it found and names the override."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import specimens
from imu.blocks import Recording, SampleBlock
from imu.simulate import simulate
from imu.units import ACC_TO_MPS2, DEG_PER_RAD, G0_MPS2, GYR_TO_RADPS
from recordings import RecordingError
from recordings.options import Options

Values = npt.NDArray[np.float64]
Change = Callable[[Values, Values], tuple[Values, Values]]

UNITS = {
    "metabase": ("g", "deg/s"),
    "movella_dot": ("m/s²", "deg/s"),
    "mt_manager": ("m/s²", "rad/s"),
    "phyphox": ("m/s²", "rad/s"),
    "sensor_logger": ("m/s²", "rad/s"),
    "polar": ("mg", "deg/s"),
    "shimmer": ("m/s²", "deg/s"),
    "physics_toolbox": ("g", "rad/s"),
    "sensorlog": ("g", "rad/s"),
    "witmotion": ("g", "deg/s"),
    "movesense": ("m/s²", "deg/s"),
    "st_ble": ("mg", "deg/s"),
    "axivity": ("g", "deg/s"),
    "kickback_csv": ("m/s²", "rad/s"),
}
"""What each dialect's header (or its maker) says. The DOT server logs no acceleration with gravity at all."""
READ = sorted(UNITS.keys() & specimens().keys())


@pytest.fixture(scope="module")
def original() -> Recording:
    """A simulated set of six reps."""
    made = simulate("clean", seed=1, reps=6, rate_hz=100).recording()
    return Recording(made.header, SampleBlock(0, made.rate_hz, *_whole(made)))


def _whole(made: Recording) -> tuple[Values, Values]:
    at, kept = np.arange(len(made.block)), ~made.lost
    both = np.hstack([made.block.acc_mps2, made.block.gyr_radps])
    both = np.column_stack([np.interp(at, at[kept], column[kept]) for column in both.T])
    return both[:, :3], both[:, 3:]


def written(dialect: str, made: Recording, folder: Path, change: Change, rows: slice = slice(None)) -> Path:
    """The recording, changed, as the dialect's first variant writes it."""
    acc, gyr = change(made.block.acc_mps2[rows].copy(), made.block.gyr_radps[rows].copy())
    write = next(iter(specimens()[dialect].VARIANTS.values()))
    return write(Recording(made.header, SampleBlock(0, made.rate_hz, acc, gyr)), folder)


@pytest.mark.parametrize("dialect", READ)
def test_a_gyro_in_the_other_unit(dialect: str, original: Recording, tmp_path: Path) -> None:
    said = UNITS[dialect][1]
    is_ = "deg/s" if said == "rad/s" else "rad/s"
    wrong = GYR_TO_RADPS[said] / GYR_TO_RADPS[is_]
    path = written(dialect, original, tmp_path, lambda acc, gyr: (acc, gyr * wrong))
    with pytest.raises(RecordingError) as caught:
        recordings.read(path)
    line = str(caught.value)
    assert is_ in line
    assert "--gyro-unit" in line
    got = recordings.read(path, options=Options(gyr_unit=is_))
    assert np.nanmax(np.abs(got.block.gyr_radps)) == pytest.approx(np.abs(original.block.gyr_radps).max(), rel=0.1)


@pytest.mark.parametrize(
    ("dialect", "is_"),
    [
        (dialect, is_)
        for dialect in READ
        if dialect != "movesense"
        for is_ in ("m/s²", "g", "mg")
        if is_ != UNITS[dialect][0]
    ],
)
def test_an_accelerometer_in_another_unit(dialect: str, is_: str, original: Recording, tmp_path: Path) -> None:
    said = UNITS[dialect][0]
    wrong = ACC_TO_MPS2[said] / ACC_TO_MPS2[is_]
    path = written(dialect, original, tmp_path, lambda acc, gyr: (acc * wrong, gyr))
    with pytest.raises(RecordingError) as caught:
        recordings.read(path)
    line = str(caught.value)
    assert "at rest the acceleration is" in line
    assert "--acc-unit" in line
    assert is_ in line
    got = recordings.read(path, options=Options(acc_unit=is_))
    assert np.nanmedian(np.linalg.norm(got.block.acc_mps2, axis=1)) == pytest.approx(G0_MPS2, rel=0.05)


@pytest.mark.parametrize("factor", [1 / G0_MPS2, 1000 / G0_MPS2])
def test_a_file_without_header_is_no_accelerometer_in_another_unit(
    factor: float, original: Recording, tmp_path: Path
) -> None:
    """Movesense's files have no names: the accelerometer's is known by gravity in m/s²."""
    path = written("movesense", original, tmp_path, lambda acc, gyr: (acc * factor, gyr))
    with pytest.raises(RecordingError, match="the file of the accelerometer is missing"):
        recordings.read(path)


@pytest.mark.parametrize("dialect", READ)
def test_gravity_taken_out(dialect: str, original: Recording, tmp_path: Path) -> None:
    def without(acc: Values, gyr: Values) -> tuple[Values, Values]:
        size = np.linalg.norm(acc, axis=1, keepdims=True)
        return acc * (size - G0_MPS2) / size, gyr

    with pytest.raises(RecordingError, match="gravity"):
        recordings.read(written(dialect, original, tmp_path, without))


@pytest.mark.parametrize("dialect", READ)
@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        (np.eye(3)[[1, 0, 2]], "y, x, z"),
        (-np.eye(3), "left-handed"),
        (np.diag([1.0, -1.0, 1.0]), "x, -y, z"),
    ],
    ids=["swapped", "left-handed", "one turned round"],
)
def test_axes_that_do_not_belong_together(
    dialect: str, matrix: Values, says: str, original: Recording, tmp_path: Path
) -> None:
    path = written(dialect, original, tmp_path, lambda acc, gyr: (acc, gyr @ matrix.T))
    with pytest.raises(RecordingError, match="do not turn together") as caught:
        recordings.read(path)
    assert says in str(caught.value)


@pytest.mark.parametrize("dialect", READ)
def test_nobody_moved(dialect: str, original: Recording, tmp_path: Path) -> None:
    """Standing still, a gyro in the wrong unit cannot be told: it is read, with a warning."""
    still = slice(0, round(3.0 * original.rate_hz))
    path = written(dialect, original, tmp_path, lambda acc, gyr: (acc, gyr * DEG_PER_RAD), still)
    got = recordings.read(path)
    assert any("could not be checked" in note for note in got.header.notes)
