"""A folder becomes two tables: the rows of each recording alone, and what was said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.results import REP_COLUMNS
from imu.simulate import simulate
from kickback import analyze
from kickback.batching.cache import NAME
from kickback.batching.face import batch
from kickback.batching.job import Job
from kickback.batching.listing import Listed, listing
from kickback.batching.pattern import Pattern
from kickback.batching.running import run_batch
from kickback.batching.wish import Wish
from kickback.errors import KickbackError, UsageError
from kickback.provenance import Provenance, sha256_of

PATTERN = "{subject}/{session}_{leg}.csv"
FILES = ("reps.parquet", "reps.csv", "sets.parquet", "sets.csv", "failures.csv")
LEADING = ["subject", "session", "condition", "recording", "sha256", "simulated", "exercise", "tempo_target"]


def recordings(study: Path) -> tuple[Listed, ...]:
    return listing(study, None, Pattern.parse(PATTERN)).recordings


def sums(out: Path) -> dict[str, str]:
    return {name: sha256_of(out / name) for name in FILES}


# --- the tables --------------------------------------------------------------------------------------------------


def test_the_rows_are_those_of_each_recording_alone(study: Path) -> None:
    made = batch(study, pattern=PATTERN, jobs=0)
    assert list(made.reps.columns) == [*LEADING, *REP_COLUMNS, "tut_s", "tempo"]
    assert (made.recordings, made.again, made.simulated) == (4, 0, 4)
    assert made.reps["recording"].is_monotonic_increasing
    for name, rows in made.reps.groupby("recording"):
        path = study / str(name)
        alone = analyze(path, leg=path.stem.split("_")[1])
        assert set(rows["subject"]) == {path.parent.name}
        assert set(rows["sha256"]) == {sha256_of(path)}
        for column in REP_COLUMNS:
            mine, its = rows[column].reset_index(drop=True), alone.reps[column]
            pd.testing.assert_series_equal(mine, its, check_dtype=False, check_exact=True)
        assert rows["tempo"].tolist() == [rep.tempo_code for rep in alone.all_reps]
        sets = made.sets[made.sets["recording"] == name]
        assert sets["rom_deg_mean"].tolist() == alone.sets["rom_deg_mean"].tolist()
        assert sets["tempo_target"].tolist() == ["3-0-1-1"]
    assert made.failures.to_dict("records") == [
        {"recording": "ben/friday_left.csv", "error": made.failures["error"][0]}
    ]
    assert made.failures["error"][0].startswith("this is not a table")


def test_a_study_without_a_rep_has_the_same_columns_of_the_same_kinds(study: Path) -> None:
    table = pd.DataFrame({"recording": ["anna/monday_left.csv"], "group": ["band"]})
    nothing = pd.DataFrame({"recording": ["ben/friday_left.csv"], "group": ["band"]})
    some, none = batch(study, table=table, jobs=0), batch(study, table=nothing, jobs=0)
    assert not len(none.reps)
    for name in ("reps", "sets"):
        pd.testing.assert_series_equal(getattr(some, name).dtypes, getattr(none, name).dtypes)


def test_the_table_decides_leg_tempo_and_exercise_and_hands_on_the_rest(study: Path) -> None:
    table = pd.DataFrame(
        {
            "recording": ["anna/monday_left.csv", "ben/monday_left.csv"],
            "subject": ["007", "008"],
            "leg": ["right", None],
            "tempo": ["2-0-2-0", None],
            "age": [31, 42],
            "band": ["1.5", "2"],
        }
    )
    reps = batch(study, table=table, tempo="4-0-1-1", jobs=0).reps.groupby("recording").first()
    assert reps["subject"].tolist() == ["007", "008"]
    assert reps["leg"].tolist() == ["right", "left"]
    assert reps["tempo_target"].tolist() == ["2-0-2-0", "4-0-1-1"]
    assert reps["age"].tolist() == [31, 42]
    assert reps["band"].tolist() == [1.5, 2.0]


def test_parquet_holds_all_bits_and_csv_is_rounded_by_unit(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = batch(study, out=out, pattern=PATTERN, jobs=0)
    pd.testing.assert_frame_equal(pd.read_parquet(out / "reps.parquet"), made.reps, check_exact=True)
    pd.testing.assert_frame_equal(pd.read_parquet(out / "sets.parquet"), made.sets, check_exact=True)
    table = pd.read_csv(out / "reps.csv")
    assert list(table.columns) == list(made.reps.columns)
    assert table["concentric_s"].tolist() == made.reps["concentric_s"].round(4).tolist()
    assert table["rom_deg"].tolist() == made.reps["rom_deg"].round(2).tolist()
    assert table["pause_s"].isna().tolist() == made.reps["pause_s"].isna().tolist()
    assert table["hip_rotation"].tolist() == made.reps["hip_rotation"].tolist()


def test_a_comma_in_numbers_comes_with_semicolons_between_cells(study: Path, tmp_path: Path) -> None:
    point, comma = tmp_path / "point", tmp_path / "comma"
    batch(study, out=point, pattern=PATTERN, jobs=0)
    batch(study, out=comma, pattern=PATTERN, decimal=",", jobs=0)
    for name in ("reps.csv", "sets.csv"):
        there = pd.read_csv(comma / name, sep=";", decimal=",")
        pd.testing.assert_frame_equal(there, pd.read_csv(point / name))
    with pytest.raises(UsageError, match="--decimal ';' is neither"):
        batch(study, decimal=";")


def test_the_angle_over_time_is_that_of_the_analysis(study: Path, tmp_path: Path) -> None:
    made = batch(study, out=tmp_path / "out", pattern=PATTERN, angle=True, jobs=0)
    path = tmp_path / "out" / "angle" / "anna" / "monday_left.parquet"
    assert path in made.written
    table, alone = pd.read_parquet(path), analyze(study / "anna" / "monday_left.csv")
    np.testing.assert_array_equal(table["angle_deg"], alone.angle_deg)
    np.testing.assert_array_equal(table["time_s"], alone.recording.time_s)
    rep = alone.all_reps[1]
    inside = table[(table["time_s"] >= rep.concentric_end_s) & (table["time_s"] < rep.eccentric_start_s)]
    assert set(inside["phase"]) == {"hold"}
    assert set(inside["rep"]) == {2}
    assert table["set"].isna()[0]
    path.unlink()
    assert batch(study, out=tmp_path / "out", pattern=PATTERN, angle=True, jobs=0).again == 3
    assert path.exists()
    with pytest.raises(UsageError, match="--out"):
        batch(study, angle=True)


def test_it_is_written_with_what_it_was_made(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_batch(study, Wish(out, pattern=PATTERN, jobs=0), command=["batch", "study"])
    told = Provenance.read(out / "provenance.json")
    assert told.command == ("batch", "study")
    assert told.simulated is True
    assert told.outputs == sums(out)
    assert told.inputs == {path.relative_to(study).as_posix(): sha256_of(path) for path in sorted(study.rglob("*.csv"))}
    assert str(tmp_path) not in (out / "provenance.json").read_text(encoding="utf-8")


# --- what comes twice, and what cannot be ------------------------------------------------------------------------


def test_a_copy_is_counted_and_said(study: Path) -> None:
    for ending in (".csv", ".json"):
        copy = study / "anna" / f"sunday_left{ending}"
        copy.write_bytes((study / "anna" / f"monday_left{ending}").read_bytes())
    made = batch(study, pattern=PATTERN, jobs=0)
    assert made.recordings == 5
    assert any("anna/monday_left.csv and anna/sunday_left.csv are one recording" in note for note in made.notes)


def test_both_files_of_a_pair_are_one_recording_and_what_lies_beside_is_no_failure(tmp_path: Path) -> None:
    recording = simulate("clean", 300, rate_hz=50, reps=3).recording()
    names = {"Accelerometer": recording.block.acc_mps2, "Gyroscope": recording.block.gyr_radps}
    for name, values in names.items():
        unit = "m/s^2" if name == "Accelerometer" else "rad/s"
        table = np.column_stack([recording.time_s, values])
        header = ",".join(['"Time (s)"', *(f'"{axis} ({unit})"' for axis in "XYZ")])
        np.savetxt(tmp_path / f"{name}.csv", table, delimiter=",", header=header, comments="", fmt="%.9E")
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "device.csv").write_text("property,value\ndeviceModel,Phone\n", encoding="utf-8")
    made = batch(tmp_path, jobs=0)
    assert made.recordings == 1
    assert set(made.reps["recording"]) == {"Accelerometer.csv"}


def test_a_folder_in_which_nobody_names_the_people_says_so(study: Path) -> None:
    made = batch(study, jobs=0)
    assert made.recordings == 4
    assert any(note.startswith("No subject is known") for note in made.notes)


def test_results_that_cannot_be_written_end_the_batch_with_a_line(study: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / NAME).write_text("in the way", encoding="utf-8")
    with pytest.raises(KickbackError) as caught:
        batch(study, out=tmp_path / "out", pattern=PATTERN, jobs=0)
    assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="cannot be made"):
        batch(study, out=tmp_path / "out" / NAME, pattern=PATTERN)


def test_the_tables_do_not_depend_on_how_many_rows_are_taken_at_once(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kickback.batching import frames

    whole = batch(study, pattern=PATTERN, jobs=0)
    monkeypatch.setattr(frames, "AT_ONCE", 1)
    pieces = batch(study, pattern=PATTERN, jobs=0)
    pd.testing.assert_frame_equal(whole.reps, pieces.reps)
    pd.testing.assert_frame_equal(whole.sets, pieces.sets)


def test_other_software_at_work_is_refused(study: Path) -> None:
    from kickback.batching.job import OtherSoftwareError, do_some

    with pytest.raises(OtherSoftwareError, match="another Kickback"):
        do_some(replace(Job(study), software="of another day"), recordings(study))
