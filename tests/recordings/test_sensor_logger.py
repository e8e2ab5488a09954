"""Sensor Logger's quirks: axes backwards, gravity in a file of its own, two platforms' signs, look-alike tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import sensor_logger as specimens
from imu.blocks import Header, Recording, SampleBlock
from recordings import RecordingError

Rows = npt.NDArray[np.float64]


def original(rows: Rows) -> Recording:
    return Recording(Header(name="made", rate_hz=50.0), SampleBlock(0, 50.0, rows[:, 1:4], rows[:, 4:7]))


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_every_export_holds_the_same_samples(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "sensor_logger"
    assert len(read) == len(rows)
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=1e-5)
    np.testing.assert_allclose(read.block.gyr_radps, rows[:, 4:7], atol=1e-5)


def test_nothing_of_the_metadata_but_the_platform_is_kept(rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS["ios"](original(rows), tmp_path))
    for private in ("made-up phone", "Zurich", "00000000"):
        assert private not in repr(read.header)
    assert any("iOS" in note for note in read.header.notes)


def test_standardised_ios_keeps_its_sign(rows: Rows, tmp_path: Path) -> None:
    folder = specimens.VARIANTS["android"](original(rows), tmp_path)
    (folder / "TotalAcceleration.csv").unlink()
    metadata = folder / "Metadata.csv"
    text = metadata.read_text(encoding="utf-8").replace(",android,", ",ios,").replace(",false,", ",true,")
    metadata.write_text(text, encoding="utf-8")
    np.testing.assert_allclose(recordings.read(folder).block.acc_mps2, rows[:, 1:4], atol=1e-5)


def test_without_metadata_a_sum_is_taken_for_ios_and_said(rows: Rows, tmp_path: Path) -> None:
    folder = specimens.VARIANTS["ios"](original(rows), tmp_path)
    (folder / "Metadata.csv").unlink()
    read = recordings.read(folder)
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=1e-5)
    assert any("taken for iOS" in note for note in read.header.notes)


@pytest.mark.parametrize("factor", [1.0, 1 / 9.80665])
def test_the_unit_of_the_uncalibrated_is_told_by_physics(factor: float, rows: Rows, tmp_path: Path) -> None:
    folder = specimens.VARIANTS["android"](original(rows), tmp_path)
    for name in ("Metadata.csv", "Accelerometer.csv", "Gravity.csv", "TotalAcceleration.csv"):
        (folder / name).unlink()
    elapsed_s = np.arange(len(rows)) / 50
    lines = [f"{at:.6f},{z},{y},{x}" for at, (x, y, z) in zip(elapsed_s, rows[:, 1:4] * factor, strict=True)]
    gyro = (folder / "Gyroscope.csv").read_text(encoding="utf-8").splitlines()
    stamps = [line.split(",")[0] for line in gyro[1:]]
    text = "\n".join(["time,seconds_elapsed,z,y,x", *(f"{ns},{line}" for ns, line in zip(stamps, lines, strict=True))])
    (folder / "AccelerometerUncalibrated.csv").write_text(text + "\n", encoding="utf-8")
    read = recordings.read(folder)
    assert np.median(np.linalg.norm(read.block.acc_mps2, axis=1)) == pytest.approx(9.81, rel=0.02)
    sign = -1.0 if factor < 1 else 1.0
    assert sign * np.nanmedian(read.block.acc_mps2[:, 1]) * np.median(rows[:, 2]) > 0, "in g it is iOS, and turned"


def test_tables_of_two_recordings_are_not_put_together(rows: Rows, tmp_path: Path) -> None:
    folder = specimens.VARIANTS["android"](original(rows), tmp_path)
    gyro = (folder / "Gyroscope.csv").read_text(encoding="utf-8").splitlines()
    later = [f"{int(line.split(',')[0]) + 60 * 10**9},{line.split(',', 1)[1]}" for line in gyro[1:]]
    (folder / "Gyroscope.csv").write_text("\n".join([gyro[0], *later]) + "\n", encoding="utf-8")
    with pytest.raises(RecordingError, match="two recordings, begun 60 s apart"):
        recordings.read(folder)


def test_nanoseconds_serve_where_the_seconds_are_not_there(rows: Rows, tmp_path: Path) -> None:
    folder = specimens.VARIANTS["android"](original(rows), tmp_path)
    options = recordings.Options(time_unit="ns")
    read = recordings.read(folder, options=options)
    assert read.rate_hz == pytest.approx(50.0, rel=1e-6)
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=1e-5)


def test_acceleration_without_gravity_alone_is_refused(rows: Rows, tmp_path: Path) -> None:
    folder = specimens.VARIANTS["ios"](original(rows), tmp_path)
    (folder / "Gravity.csv").unlink()
    with pytest.raises(RecordingError, match=r"no gravity in it.*TotalAcceleration.csv .* Gravity.csv"):
        recordings.read(folder)


def test_a_table_whose_name_says_nothing_asks_for_the_apps_name(rows: Rows, tmp_path: Path) -> None:
    folder = specimens.VARIANTS["android"](original(rows), tmp_path)
    nameless = (folder / "TotalAcceleration.csv").rename(folder.parent / f"{tmp_path.name}_a.csv")
    with pytest.raises(RecordingError, match=r"does not say of which sensor.*TotalAcceleration\.csv"):
        recordings.read(nameless)


def test_tables_of_other_sensors_beside_it_do_no_harm(rows: Rows, tmp_path: Path) -> None:
    folder = specimens.VARIANTS["android"](original(rows), tmp_path)
    others = {
        "Location.csv": "speed,longitude,latitude",
        "Orientation.csv": "qz,qy,qx,qw,roll,pitch,yaw",
        "Magnetometer.csv": "z,y,x",
    }
    for name, columns in others.items():
        row = ",".join("0.5" for _ in columns.split(","))
        lines = [f"time,seconds_elapsed,{columns}", *(f"{10**18 + n},{n / 50},{row}" for n in range(20))]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    np.testing.assert_allclose(recordings.read(folder).block.acc_mps2, rows[:, 1:4], atol=1e-5)


def test_phyphox_and_sensor_logger_never_claim_each_others_accelerometer(rows: Rows, tmp_path: Path) -> None:
    from benchmarks.specimens import phyphox

    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    specimens.VARIANTS["renamed"](original(rows), ours)
    phyphox.VARIANTS["folder"](original(rows), theirs)
    assert recordings.read(ours / "Gyroscope.csv").header.dialect == "sensor_logger"
    assert recordings.read(theirs / "Gyroscope.csv").header.dialect == "phyphox"
