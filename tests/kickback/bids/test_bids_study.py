"""A study written as Motion-BIDS: the real validator passes it, and read again it gives the same reps."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer import Typer
from typer.testing import CliRunner

import kickback
from kickback import bids
from kickback.errors import KickbackError, UsageError
from kickback.provenance import Provenance, sha256_of
from kickback.research_commands.bids import bids as command


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def of(study: bids.Study, subject: str, session: str, leg: str) -> Path:
    table = study.table
    rows = table[(table["subject"] == subject) & (table["session"] == session) & (table["leg"] == leg)]
    return study.folder / str(rows["recording"].iloc[0])


def test_the_real_validator_finds_no_error(study: bids.Study) -> None:
    script = shutil.which("bids-validator-deno", path=str(Path(sys.executable).parent))
    if script is None:
        pytest.skip("bids-validator-deno is not installed")
    words = [script, str(study.folder), "--max-rows", "-1", "--format", "json"]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False, timeout=300)
    told = json.loads(done.stdout)
    issues = told["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []
    assert {issue["code"] for issue in issues} <= {"JSON_KEY_RECOMMENDED", "SIDECAR_KEY_RECOMMENDED"}
    assert done.returncode == 0
    assert (told["summary"]["tasks"], len(told["summary"]["subjects"])) == (["kickback"], 2)


def test_the_validator_would_tell_an_error(study: bids.Study, tmp_path: Path) -> None:
    """The test above can fail: a channel less is an error."""
    script = shutil.which("bids-validator-deno", path=str(Path(sys.executable).parent))
    if script is None:
        pytest.skip("bids-validator-deno is not installed")
    broken = tmp_path / "broken"
    shutil.copytree(study.folder, broken)
    channels = next(broken.rglob("*_channels.tsv"))
    channels.write_text("".join(channels.read_text(encoding="utf-8").splitlines(True)[:-1]), encoding="utf-8")
    done = subprocess.run([script, str(broken), "--format", "json"], capture_output=True, check=False, timeout=300)
    assert done.returncode != 0


@pytest.mark.parametrize("name", ["clean_set", "messy_real_life", "pulses", "hip_rotation", "two_legs_walking"])
def test_export_and_import_give_the_same_reps_to_the_last_digit(
    name: str, study: bids.Study, source: Path, table: pd.DataFrame
) -> None:
    row = table[table["file"] == f"{name}.csv"].iloc[0]
    before = kickback.analyze(source / f"{name}.csv", leg=row["leg"] or None)
    same = [
        path
        for path in study.folder.rglob("*_motion.json")
        if json.loads(path.read_text(encoding="utf-8"))["Kickback"]["sha256"] == before.header.sha256
    ]
    assert len(same) == 1
    after = kickback.analyze(same[0].with_suffix(".tsv"), leg=row["leg"] or None)
    assert len(before.reps) > 3
    pd.testing.assert_frame_equal(after.reps, before.reps, check_exact=True)
    np.testing.assert_array_equal(
        after.recording.block.acc_mps2[~after.recording.lost], before.recording.block.acc_mps2[~before.recording.lost]
    )
    assert (after.header.rate_hz, after.header.start_s) == (before.header.rate_hz, before.header.start_s)
    assert (after.header.simulated, after.header.sensor) == (True, before.header.sensor)
    assert after.params == before.params


def test_the_table_that_is_read_names_what_was_written(study: bids.Study) -> None:
    assert list(study.failures["recording"]) == ["broken.csv"]
    assert list(study.table.columns) == ["recording", "subject", "session", "task", "leg", "age", "group", "condition"]
    assert set(study.table["subject"]) == {"anna1", "ben"}
    legs = dict(zip(map(str, study.table["recording"]), map(str, study.table["leg"]), strict=True))
    assert {leg for path, leg in legs.items() if "acq-" not in path} == {"left,right"}
    assert all(f"acq-{leg}_" in path for path, leg in legs.items() if "," not in leg)
    assert "The subject 'anna-1' is sub-anna1." in study.notes
    assert all((study.folder / path).is_file() for path in study.table["recording"])
    people = read(study.folder / "participants.tsv")
    assert people.to_dict("list") == {
        "participant_id": ["sub-anna1", "sub-ben"],
        "age": ["25", "31"],
        "group": ["a", "b"],
    }


def test_the_events_are_the_sets_the_reps_and_their_phases(study: bids.Study) -> None:
    path = of(study, "ben", "pre", "left,right")
    analysis = kickback.analyze(path, leg="left,right")
    events = read(Path(str(path).replace("_motion.tsv", "_events.tsv")))
    kinds = events["trial_type"].value_counts()
    assert kinds["set"] == len(analysis.sets) == 2
    assert kinds["rep"] == kinds["hold"] == len(analysis.reps)
    onsets = events["onset"].astype(float)
    assert (onsets.diff().dropna() >= 0).all()
    reps = events[events["trial_type"] == "rep"].reset_index(drop=True)
    assert list(reps["leg"]) == list(analysis.reps["leg"])
    starts = analysis.reps["start_s"] - analysis.header.start_s
    np.testing.assert_allclose(reps["onset"].astype(float), starts, atol=5.1e-5)
    np.testing.assert_allclose(reps["rom_deg"].astype(float), analysis.reps["rom_deg"], atol=5.1e-3)
    ends = reps["onset"].astype(float) + reps["duration"].astype(float)
    np.testing.assert_allclose(ends, analysis.reps["end_s"] - analysis.header.start_s, atol=1.1e-4)


def test_every_column_is_described(study: bids.Study) -> None:
    for path in study.folder.rglob("*_events.tsv"):
        described = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        columns = set(read(path).columns)
        assert columns - {"onset", "duration"} == set(described)
    for path in study.folder.rglob("*_scans.tsv"):
        described = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert set(read(path).columns) - {"filename"} == set(described)


def test_a_loss_is_na_and_what_it_hid_too(study: bids.Study) -> None:
    lost = 0
    for path in study.folder.rglob("*_motion.tsv"):
        recording = kickback.read(path)
        rows = path.read_text(encoding="utf-8").splitlines()
        assert len(rows) == len(recording)
        assert sum(row == "\t".join(["n/a"] * 6) for row in rows) == recording.lost.sum()
        lost += int(recording.lost.sum())
        assert "nan" not in path.read_text(encoding="utf-8")
    assert lost > 0


def test_simulated_is_said_in_the_study(study: bids.Study) -> None:
    assert "ALL RECORDINGS ARE SIMULATED" in (study.folder / "README").read_text(encoding="utf-8")
    for path in study.folder.rglob("*_motion.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["TaskDescription"].startswith("Simulated: no person")
    assert Provenance.read(study.folder / "provenance.json").simulated is True


def test_what_it_was_made_of_and_with_is_written_down(study: bids.Study, source: Path) -> None:
    made = Provenance.read(study.folder / "provenance.json")
    assert made.command == ("bids", "recordings", "--out", "bands")
    assert made.inputs["pulses.csv"] == sha256_of(source / "pulses.csv")
    files = {path.relative_to(study.folder).as_posix() for path in study.folder.rglob("*") if path.is_file()}
    assert set(made.outputs) == files - {"provenance.json"}


def test_made_twice_it_is_the_same(study: bids.Study, source: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    about = bids.About("Bands", ("A. Author", "B. Author"), "CC0", "A place", "Do ten.")
    bids.write_study(source, tmp_path / "x", table=table, about=about, command=("bids", "recordings", "--out", "bands"))
    for path in study.folder.rglob("*"):
        if path.is_file():
            assert (tmp_path / "x" / path.relative_to(study.folder)).read_bytes() == path.read_bytes(), path.name


# --- what a user may get wrong -----------------------------------------------------------------------------------


def test_nothing_is_left_of_a_study_that_failed(source: Path, tmp_path: Path) -> None:
    table = pd.DataFrame([{"file": "broken.csv", "subject": "a"}])
    with pytest.raises(KickbackError, match="no recording can be read"):
        bids.write_study(source, tmp_path / "s", table=table)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([("pulses.csv", "a-b"), ("clean_set.csv", "ab")], "would both be 'ab' in BIDS; rename one"),
        ([("pulses.csv", "a"), ("clean_set.csv", "")], "clean_set.csv: nobody said whose it is"),
        ([("pulses.csv", "é")], "has no letter"),
    ],
)
def test_people_that_cannot_be_told_apart_are_refused(
    rows: list[tuple[str, str]], what: str, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=what):
        bids.write_study(source, tmp_path / "s", table=pd.DataFrame(rows, columns=["file", "subject"]))


def test_a_folder_with_files_is_not_written_into(source: Path, table: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="choose a new one"):
        bids.write_study(source, source, table=table)


def test_a_folder_that_is_no_study_is_refused(source: Path) -> None:
    with pytest.raises(KickbackError, match="dataset_description"):
        bids.read_study(source)


# --- the command -------------------------------------------------------------------------------------------------


def app() -> Typer:
    made = Typer()
    made.command()(command)
    return made


def test_the_command_writes_tells_failures_and_exits_with_one(
    source: Path, tmp_path: Path, table: pd.DataFrame
) -> None:
    table.to_csv(tmp_path / "table.csv", index=False)
    words = [str(source), "--out", str(tmp_path / "s"), "--table", str(tmp_path / "table.csv"), "--name", "Bands"]
    done = CliRunner().invoke(app(), words)
    assert done.exit_code == 1
    assert "5 recordings of 2 subjects" in done.stdout
    assert "broken.csv" in done.stderr
    assert (tmp_path / "s" / "participants.tsv").is_file()


def test_the_command_by_pattern_in_json(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    (folder / "p1").mkdir(parents=True)
    for ending in ("csv", "json"):
        shutil.copy(source / f"pulses.{ending}", folder / "p1" / f"pre_left.{ending}")
    words = [str(folder), "--out", str(tmp_path / "s"), "--pattern", "{subject}/{session}_{leg}.csv", "--json"]
    done = CliRunner().invoke(app(), words)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [row["leg"] for row in told["recordings"]] == ["left"]
    assert "acq-left" in told["recordings"][0]["recording"]
    again = CliRunner().invoke(app(), words)
    assert (again.exit_code, len(again.stderr.splitlines())) == (2, 1)
