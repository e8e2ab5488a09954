"""Motion-BIDS of others: channels in any order and unit, inheritance, and what is missing or wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

import recordings
from recordings import Options, RecordingError
from recordings.legs import leg_in

STEM = "sub-07_ses-a_task-kick_tracksys-imu"
Study = Callable[..., Path]


def channels(point: str = "LeftAnkle", units: tuple[str, str] = ("m/s^2", "rad/s")) -> list[tuple[str, ...]]:
    kinds = zip(("ACCEL", "GYRO"), units, strict=True)
    return [(f"{kind}_{axis}", axis, kind, point, unit) for kind, unit in kinds for axis in "xyz"]


@pytest.fixture
def study(rows: np.ndarray, tmp_path: Path) -> Study:
    """Writes a study of one recording; returns its motion file."""

    def write(
        described: Sequence[tuple[str, ...]] | None = None,
        said: object = None,
        table: np.ndarray | None = None,
        channels_at: str = "sub-07/ses-a/motion/" + STEM + "_channels.tsv",
        json_at: str = "sub-07/ses-a/motion/" + STEM + "_motion.json",
    ) -> Path:
        path = tmp_path / "sub-07" / "ses-a" / "motion" / f"{STEM}_motion.tsv"
        path.parent.mkdir(parents=True)
        np.savetxt(path, rows[:, 1:] if table is None else table, delimiter="\t", fmt="%.6f")
        text = ["name\tcomponent\ttype\ttracked_point\tunits", *("\t".join(row) for row in described or channels())]
        (tmp_path / channels_at).write_text("\n".join(text) + "\n", encoding="utf-8")
        said = {"SamplingFrequency": 50} if said is None else said
        (tmp_path / json_at).write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
        (tmp_path / "dataset_description.json").write_text("{}", encoding="utf-8")
        return path

    return write


def test_a_foreign_study_is_read_by_its_channels(study: Study, rows: np.ndarray) -> None:
    order = [5, 0, 3, 1, 4, 2]
    path = study([channels()[at] for at in order], table=rows[:, 1:][:, order])
    got = recordings.read(path)
    assert (got.header.dialect, got.header.leg, got.rate_hz, got.header.start_s) == ("motion_bids", "left", 50.0, 0.0)
    assert (got.header.simulated, got.header.placement, len(got)) == (False, "LeftAnkle", 600)
    np.testing.assert_allclose(got.block.acc_mps2, rows[:, 1:4], atol=1e-6)
    np.testing.assert_allclose(got.block.gyr_radps, rows[:, 4:7], atol=1e-6)


def test_units_of_the_channels_count(study: Study, rows: np.ndarray) -> None:
    table = np.hstack([rows[:, 1:4] / 9.80665 * 1000, np.degrees(rows[:, 4:7])])
    got = recordings.read(study(channels(units=("mg", "deg/s")), table=table))
    np.testing.assert_allclose(got.block.acc_mps2, rows[:, 1:4], atol=1e-5)
    np.testing.assert_allclose(got.block.gyr_radps, rows[:, 4:7], atol=1e-6)


def test_latency_is_the_clock_and_tells_what_was_lost(study: Study, rows: np.ndarray) -> None:
    kept = np.delete(np.arange(600), slice(200, 210))
    path = study([("t", "n/a", "LATENCY", "n/a", "s"), *channels()], said={}, table=rows[kept])
    got = recordings.read(path)
    assert got.rate_hz == pytest.approx(50.0, rel=1e-6)
    assert np.flatnonzero(got.lost).tolist() == list(range(200, 210))


def test_na_is_a_lost_sample_and_the_effective_rate_goes_first(study: Study) -> None:
    path = study(said={"SamplingFrequency": 50, "SamplingFrequencyEffective": 50.03})
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[0] = "\t".join(["n/a"] * 6)
    lines[7] = "n/a\t" + lines[7].split("\t", 1)[1]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    got = recordings.read(path)
    assert got.rate_hz == 50.03
    assert np.flatnonzero(got.lost).tolist() == [0, 7]


def test_what_lies_higher_up_counts_and_the_nearest_more(study: Study, tmp_path: Path) -> None:
    path = study(channels_at="task-kick_tracksys-imu_channels.tsv", json_at="task-kick_motion.json")
    assert recordings.read(path).rate_hz == 50.0
    (tmp_path / "sub-07" / "sub-07_motion.json").write_text('{"SamplingFrequency": 51}', encoding="utf-8")
    (tmp_path / "sub-07" / "sub-08_motion.json").write_text('{"SamplingFrequency": 99}', encoding="utf-8")
    assert recordings.read(path).rate_hz == 51.0


def test_of_two_sensors_the_leg_tells_which(study: Study, rows: np.ndarray, tmp_path: Path) -> None:
    both = [*channels("LeftAnkle"), *channels("RightAnkle")]
    path = study(both, table=np.hstack([rows[:, 1:], rows[:, 1:] * np.repeat([1.0, -1.0], 3)]))
    with pytest.raises(RecordingError, match=r"2 sensors are in it \(LeftAnkle, RightAnkle\); .*--leg") as told:
        recordings.read(path)
    assert len(str(told.value).splitlines()) == 1
    got = recordings.read(path, leg="left")
    np.testing.assert_allclose(got.block.gyr_radps, rows[:, 4:7], atol=1e-6)


def test_a_study_of_one_recording_is_read_from_its_zip_too(study: Study, tmp_path: Path) -> None:
    path = study()
    packed = Path(shutil.make_archive(str(tmp_path.parent / (tmp_path.name + "_z")), "zip", tmp_path))
    np.testing.assert_array_equal(recordings.read(packed).block.acc_mps2, recordings.read(path).block.acc_mps2)


@pytest.mark.parametrize(
    ("described", "said", "what"),
    [
        (None, {}, "SamplingFrequency in its JSON: name the rate with --rate"),
        (None, {"SamplingFrequency": "fifty"}, "name the rate with --rate"),
        (None, "{", "this is no JSON"),
        (None, "[1]", "one JSON object"),
        (channels()[:5], None, "6 columns, but .*_channels.tsv has 5 rows"),
        ([*channels()[:5], ("o", "n/a", "MISC", "LeftAnkle", "n/a")], None, "no tracked_point has x, y and z"),
        (channels(units=("furlong", "rad/s")), None, "says 'furlong' for the acceleration; known are .*--acc-unit"),
        ([("a", "x", "ACCEL", "p", "g"), *channels("p")[1:]], None, "the units of the acceleration differ"),
        (channels(units=("g", "rad/s")), None, "_channels.tsv says g, but at rest .* correct _channels.tsv"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    described: list[tuple[str, ...]] | None, said: object, what: str, study: Study
) -> None:
    path = study(described, said)
    with pytest.raises(RecordingError, match=what) as told:
        recordings.read(path)
    assert len(str(told.value).splitlines()) == 1


def test_without_channels_it_cannot_be_read(study: Study) -> None:
    path = study()
    next(path.parent.glob("*_channels.tsv")).unlink()
    with pytest.raises(RecordingError, match=rf"{STEM}_channels.tsv is missing"):
        recordings.read(path)


def test_a_column_that_bids_requires_is_missing(study: Study) -> None:
    path = study()
    beside = next(path.parent.glob("*_channels.tsv"))
    beside.write_text(beside.read_text(encoding="utf-8").replace("units", "unit", 1), encoding="utf-8")
    with pytest.raises(RecordingError, match="the column units is missing"):
        recordings.read(path)


def test_options_overrule_rate_and_units(study: Study) -> None:
    path = study(said={})
    assert recordings.read(path, options=Options(rate_hz=50.0)).rate_hz == 50.0


@pytest.mark.parametrize(
    ("name", "leg"),
    [("left_ankle", "left"), ("LeftFoot", "left"), ("acq-right", "right"), ("ankle", None), ("left_right", None)],
)
def test_the_leg_that_a_name_speaks_of(name: str, leg: str | None) -> None:
    assert leg_in(name) == leg
