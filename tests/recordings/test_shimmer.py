"""Shimmer's quirks: a row of units, a separator too many, stamps that repeat, and two accelerometers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import shimmer as specimens
from imu.blocks import Header, Recording, SampleBlock
from imu.units import G0_MPS2
from recordings import RecordingError

Rows = npt.NDArray[np.float64]


def original(rows: Rows) -> Recording:
    return Recording(Header(name="made", rate_hz=50.0), SampleBlock(0, 50.0, rows[:, 1:4], rows[:, 4:7]))


def write(path: Path, columns: list[specimens.Column], separator: str = ";") -> Path:
    path.write_text(specimens.table(columns, separator), encoding="utf-8")
    return path


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_every_variant_holds_the_same_samples(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "shimmer"
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert len(read) == len(rows)
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=0.003)
    np.testing.assert_allclose(read.block.gyr_radps, rows[:, 4:7], atol=1e-6)


def test_stamps_coarser_than_the_samples_drop_no_sample(rows: Rows, tmp_path: Path) -> None:
    columns = [specimens.unix_ms(rows[:, 0], 26.0), *specimens.wide_range(rows[:, 1:4])]
    read = recordings.read(write(tmp_path / "s.csv", [*columns, *specimens.gyroscope(rows[:, 4:7])]))
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert len(read) == len(rows)
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=0.003)


@pytest.mark.parametrize(("stretch", "kind"), [(1.0, "Accel_LN"), (2.5, "Accel_WR")])
def test_the_wide_accelerometer_is_read_when_the_other_ends(
    stretch: float, kind: str, rows: Rows, tmp_path: Path
) -> None:
    hard = rows[:, 1:4].copy()
    hard[100:104] *= stretch
    columns = [specimens.unix_ms(rows[:, 0]), *specimens.low_noise(hard), *specimens.wide_range(hard)]
    read = recordings.read(write(tmp_path / "s.csv", [*columns, *specimens.gyroscope(rows[:, 4:7])]))
    assert read.header.sensor == f"Shimmer, {kind}"
    np.testing.assert_allclose(read.block.acc_mps2, hard, atol=0.003)


def test_the_units_are_those_of_their_row(rows: Rows, tmp_path: Path) -> None:
    acc = [(name, "g", values / G0_MPS2) for name, _, values in numeric(specimens.wide_range(rows[:, 1:4]))]
    gyr = [(name, "rad/s", np.radians(values)) for name, _, values in numeric(specimens.gyroscope(rows[:, 4:7]))]
    seconds: specimens.Column = ("Timestamp_Unix", "s", [f"{1595933810 + at:.3f}" for at in rows[:, 0].tolist()])
    read = recordings.read(write(tmp_path / "s.csv", [seconds, *acc, *gyr]))
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=0.003)
    np.testing.assert_allclose(read.block.gyr_radps, rows[:, 4:7], atol=1e-6)


def numeric(columns: list[specimens.Column]) -> list[tuple[str, str, Rows]]:
    return [(name, unit, np.asarray(values, dtype=np.float64)) for name, unit, values in columns]


def test_a_wrong_unit_in_the_row_is_found_out(rows: Rows, tmp_path: Path) -> None:
    acc = [(name, "g", values) for name, _, values in specimens.wide_range(rows[:, 1:4])]
    columns = [specimens.unix_ms(rows[:, 0]), *acc, *specimens.gyroscope(rows[:, 4:7])]
    with pytest.raises(RecordingError, match="m/s²"):
        recordings.read(write(tmp_path / "s.csv", columns))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("_CAL", "_RAW"), "calibrated"),
        (lambda text: text.replace("Gyro_", "Mag_"), "gyroscope was not logged"),
        (lambda text: text.replace("Shimmer_40AC_Gyro", "Shimmer_41AD_Gyro"), "2 devices"),
    ],
)
def test_what_cannot_be_used_says_what_to_export(change: object, said: str, rows: Rows, tmp_path: Path) -> None:
    assert callable(change)
    path = specimens.semicolon(original(rows), tmp_path)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(RecordingError, match=said):
        recordings.read(path)


def test_a_bad_cell_is_named(rows: Rows, tmp_path: Path) -> None:
    path = specimens.comma(original(rows), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[9] = lines[9].rsplit(",", 2)[0] + ",much,"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"line 10, column Shimmer_40AC_Gyro_Z_CAL.*'much'"):
        recordings.read(path)
