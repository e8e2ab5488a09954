"""Movesense's quirks: no header, a stamp a packet, two files of the same form, told apart by what they feel at rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from benchmarks.specimens import movesense as specimens
from imu.blocks import Header, Recording, SampleBlock
from imu.units import DEG_PER_RAD
from recordings import Options, RecordingError

Rows = npt.NDArray[np.float64]


def original(rows: Rows, lost: slice = slice(0, 0)) -> Recording:
    values = rows[:, 1:7].copy()
    values[lost] = np.nan
    return Recording(Header(name="made", rate_hz=50.0), SampleBlock(0, 50.0, values[:, :3], values[:, 3:]))


def close(read: Recording, rows: Rows) -> None:
    """The recording's values are those of the rows, whose first is the recording's first."""
    kept = ~read.lost
    time_s = (read.time_s - read.header.start_s + rows[0, 0])[kept]
    again = np.column_stack([np.interp(time_s, rows[:, 0], column) for column in rows[:, 1:7].T])
    # The stamps are whole milliseconds, during which the fastest part of a swing changes by this much.
    np.testing.assert_allclose(read.block.acc_mps2[kept], again[:, :3], atol=0.1)
    np.testing.assert_allclose(read.block.gyr_radps[kept], again[:, 3:], atol=0.02)


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_every_variant_holds_the_same_samples(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "movesense"
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert (~read.lost).sum() > 590
    close(read, rows[3:] if variant == "headed" else rows)


def test_swapped_order_of_names_changes_nothing(rows: Rows, tmp_path: Path) -> None:
    acc, gyr = specimens.sensors(original(rows))
    (tmp_path / "1.csv").write_text(gyr, encoding="utf-8")
    (tmp_path / "2.csv").write_text(acc, encoding="utf-8")
    close(recordings.read(tmp_path), rows)


def test_a_lost_packet_is_a_hole_and_does_not_stretch_the_one_before(rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.renamed(original(rows, slice(200, 208)), tmp_path))
    assert read.lost[200:208].all()
    assert read.lost.sum() == 8
    close(read, rows)


def test_the_counter_of_milliseconds_may_wrap(rows: Rows, tmp_path: Path) -> None:
    for name, text in zip(("acc.csv", "gyro.csv"), specimens.sensors(original(rows)), strict=True):
        rest = (line.partition(",") for line in text.splitlines())
        early = [f"{(int(at) - 599025762 + 2**32 - 6000) % 2**32 if at else ''},{values}" for at, _, values in rest]
        (tmp_path / name).write_text("\n".join(early), encoding="utf-8")
    read = recordings.read(tmp_path)
    assert len(read) == 600
    close(read, rows)


def test_one_packet_needs_the_rate(rows: Rows, tmp_path: Path) -> None:
    for name, text in zip(("acc.csv", "gyro.csv"), specimens.sensors(original(rows)), strict=True):
        first, *others = text.splitlines()
        bare = [first, *("," + line.partition(",")[2] for line in others)]
        (tmp_path / name).write_text("\n".join(bare), encoding="utf-8")
    with pytest.raises(RecordingError, match="--rate"):
        recordings.read(tmp_path)
    close(recordings.read(tmp_path, options=Options(rate_hz=50.0)), rows)


def test_a_gyro_in_radians_is_found_out(rows: Rows, tmp_path: Path) -> None:
    acc, _ = specimens.sensors(original(rows))
    gyr = specimens.table(rows[:, 0], rows[:, 4:7], np.zeros(len(rows)))
    (tmp_path / "acc.csv").write_text(acc, encoding="utf-8")
    (tmp_path / "gyro.csv").write_text(gyr, encoding="utf-8")
    with pytest.raises(RecordingError, match="rad/s"):
        recordings.read(tmp_path)
    close(recordings.read(tmp_path, options=Options(gyr_unit="rad/s")), rows)


def test_two_gyros_are_no_recording(rows: Rows, tmp_path: Path) -> None:
    gyr = specimens.table(rows[:, 0], rows[:, 4:7] * DEG_PER_RAD, np.zeros(len(rows)))
    for name in ("1.csv", "2.csv"):
        (tmp_path / name).write_text(gyr, encoding="utf-8")
    with pytest.raises(RecordingError) as told:
        recordings.read(tmp_path)
    assert "\n" not in str(told.value)


def test_the_notes_say_what_the_file_does_not(rows: Rows, tmp_path: Path) -> None:
    notes = " ".join(recordings.read(specimens.as_shared(original(rows), tmp_path)).header.notes)
    assert "names no units" in notes
    assert "spread" in notes
