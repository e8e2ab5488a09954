from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import recordings
from benchmarks.specimens import dot_server as specimen
from imu.assemble import recording_from_rows
from imu.blocks import Header, Recording
from recordings import RecordingError

Rows = npt.NDArray[np.float64]


@pytest.fixture
def made(rows: Rows) -> Recording:
    return recording_from_rows(rows[:, 0], rows[:, 1:4], rows[:, 4:7], Header("made", 1.0))


def same(recording: Recording, made: Recording) -> None:
    assert recording.header.dialect == "dot_server"
    assert recording.rate_hz == pytest.approx(50.0, rel=1e-4)
    np.testing.assert_allclose(recording.block.acc_mps2, made.block.acc_mps2, atol=1e-4)
    np.testing.assert_allclose(recording.block.gyr_radps, made.block.gyr_radps, atol=1e-4)


@pytest.mark.parametrize("variant", list(specimen.VARIANTS))
def test_alone_and_between_the_rows_of_another(tmp_path: Path, made: Recording, variant: str) -> None:
    recording = recordings.read(specimen.VARIANTS[variant](made, tmp_path))
    same(recording, made)
    told = "The file also names another sensor that sent nothing." in recording.header.notes
    assert told == (variant == "interleaved")


def test_rows_out_of_order_are_sorted(tmp_path: Path, made: Recording) -> None:
    table = specimen.late(specimen.frame(made))
    assert (np.diff(table["Timestamp"]) < 0).any()
    same(recordings.read(specimen.write(tmp_path / "a.csv", table)), made)


def test_two_sensors_that_moved_are_named(tmp_path: Path, made: Recording) -> None:
    both = [specimen.frame(made, address) for address in (specimen.ADDRESS, specimen.OTHER)]
    table = pd.concat(both).sort_values("Timestamp", kind="stable")
    path = specimen.write(tmp_path / "a.csv", table)
    with pytest.raises(RecordingError, match=rf"2 sensors.*{specimen.ADDRESS}, {specimen.OTHER}.*keep the rows"):
        recordings.read(path)


def test_an_address_stays_in_the_file(tmp_path: Path, made: Recording) -> None:
    recording = recordings.read(specimen.write(tmp_path / "a.csv", specimen.frame(made)))
    assert specimen.ADDRESS not in repr(recording.header)


def test_a_line_cut_short_is_no_other_sensor(tmp_path: Path, made: Recording) -> None:
    path = specimen.write(tmp_path / "a.csv", specimen.frame(made))
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex(specimen.ADDRESS) + 5], encoding="utf-8")
    recording = recordings.read(path)
    assert len(recording) == 599


@pytest.mark.parametrize(
    "names",
    [
        ("Quaternion_w", "Quaternion_x", "Quaternion_y", "Quaternion_z", "FreeAcc_x", "FreeAcc_y", "FreeAcc_z"),
        ("Euler_x", "Euler_y", "Euler_z", "FreeAcc_x", "FreeAcc_y", "FreeAcc_z"),
        ("Euler_x", "Euler_y", "Euler_z", "FreeAcc_x", "FreeAcc_y", "FreeAcc_z", "Gyr_x", "Gyr_y", "Gyr_z"),
    ],
)
def test_modes_without_gravity_say_which_mode_to_choose(
    tmp_path: Path, made: Recording, names: tuple[str, ...]
) -> None:
    table = specimen.frame(made)
    table = table[["Timestamp", "Address"]].assign(**dict.fromkeys(names, table["Acc_x"]))
    path = specimen.write(tmp_path / "a.csv", table, "Extended (Quaternion)")
    with pytest.raises(RecordingError, match=r"gravity.*choose the measuring mode Rate quantities"):
        recordings.read(path)
