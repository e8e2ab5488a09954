"""SensorLog's quirks: a wide table, a clock a sensor, stale rows, iOS's sign - and nothing private is ever read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import recordings
from benchmarks.specimens import sensorlog as specimens
from imu.blocks import Header, Recording, SampleBlock
from recordings import RecordingError

Rows = npt.NDArray[np.float64]


def original(rows: Rows) -> Recording:
    return Recording(Header(name="made", rate_hz=50.0), SampleBlock(0, 50.0, rows[:, 1:4], rows[:, 4:7]))


def close(read: Recording, rows: Rows, atol: float = 1e-3) -> None:
    """The recording's values are those of the rows at the same place."""
    kept = ~read.lost
    assert kept.sum() >= len(rows) - 2
    place = np.rint((read.time_s - read.header.start_s) * 50).astype(int)[kept]
    np.testing.assert_allclose(read.block.acc_mps2[kept], rows[place, 1:4], atol=atol)
    np.testing.assert_allclose(read.block.gyr_radps[kept], rows[place, 4:7], atol=atol)


def edit(path: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Path:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_every_variant_holds_the_same_samples(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "sensorlog"
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    close(read, rows)


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_nothing_private_gets_into_the_recording(variant: str, rows: Rows, tmp_path: Path) -> None:
    header = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path)).header
    assert not [secret for secret in specimens.SECRETS if secret in repr(header)]
    assert any("Only the columns of motion" in note for note in header.notes)


def test_a_row_that_slipped_does_not_show_what_it_holds(rows: Rows, tmp_path: Path) -> None:
    path = specimens.phone(original(rows), tmp_path)

    def slip(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[30, "accelerometerAccelerationX(G)"] = "192.0.2.17/x"
        return frame

    with pytest.raises(RecordingError, match="line 32") as told:
        recordings.read(edit(path, slip))
    assert "192.0.2" not in str(told.value)


def test_the_sign_is_that_of_an_accelerometer(rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.phone(original(rows), tmp_path))
    assert read.block.acc_mps2[:40, 1].mean() == pytest.approx(9.8, abs=0.1)
    assert any("other sign" in note for note in read.header.notes)


def test_without_stamps_of_their_own_the_loggers_time_counts(rows: Rows, tmp_path: Path) -> None:
    path = specimens.watch(original(rows), tmp_path)

    def forget(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.drop(columns=[name for name in frame if "sinceReboot" in str(name)])

    read = recordings.read(edit(path, forget))
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    close(read, rows, atol=0.1)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (("gyro", "motion"), "gyroscope was not logged"),
        (("accelerometer", "motionGravity"), "gravity was taken out"),
        (("accelerometer", "motionGravity", "motionUser"), "acceleration was not logged"),
    ],
)
def test_what_is_missing_is_said_with_what_to_switch_on(
    gone: tuple[str, ...], said: str, rows: Rows, tmp_path: Path
) -> None:
    path = specimens.phone(original(rows), tmp_path)

    def forget(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.drop(columns=[name for name in frame if str(name).startswith(gone)])

    with pytest.raises(RecordingError, match=said):
        recordings.read(edit(path, forget))


def test_a_table_with_more_text_than_numbers_is_still_told(rows: Rows, tmp_path: Path) -> None:
    path = specimens.watch(original(rows), tmp_path)

    def add(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{f"other{number}(txt)": "null" for number in range(40)})

    close(recordings.read(edit(path, add)), rows)


def test_a_header_with_a_spoilt_unit_is_read_in_the_usual_one(rows: Rows, tmp_path: Path) -> None:
    path = specimens.phone(original(rows), tmp_path)
    text = path.read_text(encoding="utf-8").replace("accelerometerAccelerationX(G)", "accelerometerAccelerationX(0)")
    path.write_text(text, encoding="utf-8")
    close(recordings.read(path), rows)
