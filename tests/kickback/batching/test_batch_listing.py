"""What lies in a folder, and what its paths and its table say."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from kickback.batching.face import batch
from kickback.batching.listing import Listing, listing
from kickback.batching.pattern import Pattern
from kickback.batching.table import Table, from_frame, parsed, read_table
from kickback.errors import KickbackError, UsageError


def listed(study: Path, table: Table | None = None, pattern: str | None = None) -> Listing:
    return listing(study, table, None if pattern is None else Pattern.parse(pattern))


# --- the pattern -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("{subject}/{session}_{leg}.csv", "anna/mon_left.csv", {"subject": "anna", "session": "mon", "leg": "left"}),
        ("{subject}/{session}_{leg}.csv", "anna/a_b_left.csv", {"subject": "anna", "session": "a", "leg": "b_left"}),
        ("{subject}/{session}_{leg}.csv", "anna/mon_left.txt", None),
        ("{subject}/{session}_{leg}.csv", "x/anna/mon_left.csv", None),
        ("**/{subject}/*.csv", "x/y/anna/anything.csv", {"subject": "anna"}),
        ("**/{subject}/*.csv", "anna/anything.csv", {"subject": "anna"}),
        ("sub-{subject}/sub-{subject}_motion.tsv", "sub-1/sub-1_motion.tsv", {"subject": "1"}),
        ("sub-{subject}/sub-{subject}_motion.tsv", "sub-1/sub-2_motion.tsv", None),
        ("{subject} (1).csv", "anna (1).csv", {"subject": "anna"}),
    ],
)
def test_a_pattern_reads_a_path(pattern: str, path: str, found: dict[str, str] | None) -> None:
    assert Pattern.parse(pattern).match(path) == found


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("*.csv", "names no column"),
        ("{subject/x.csv", "brace without its partner"),
        ("subject}.csv", "brace without its partner"),
        ("{Sub ject}.csv", "no name of a column"),
        ("{}.csv", "no name of a column"),
    ],
)
def test_a_pattern_that_is_none_says_why(pattern: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Pattern.parse(pattern)


def test_the_paths_give_the_columns_and_what_does_not_fit_is_said(study: Path) -> None:
    (study / "notes.txt").write_text("no recording", encoding="utf-8")
    found = listed(study, pattern="{subject}/{session}_{leg}.csv")
    assert [one.path for one in found.recordings] == [
        "anna/monday_left.csv",
        "anna/monday_right.csv",
        "ben/friday_left.csv",
        "ben/monday_left.csv",
        "ben/monday_right.csv",
    ]
    assert found.recordings[1].columns == {"subject": "anna", "session": "monday"}
    assert found.recordings[1].overruled == {"leg": "right"}
    assert found.notes == ("1 file left out, which does not fit the pattern: notes.txt",)


def test_a_leg_in_a_path_that_is_none_is_that_recordings_problem(study: Path) -> None:
    found = listed(study, pattern="{leg}/{session}.csv")
    assert {one.problem for one in found.recordings} == {
        "the leg 'anna' is neither 'left' nor 'right'",
        "the leg 'ben' is neither 'left' nor 'right'",
    }


# --- the table ---------------------------------------------------------------------------------------------------


def test_a_table_names_recordings_with_any_columns(study: Path) -> None:
    text = "File;Subject;LEG;group;age\nanna\\monday_left.csv;A;L;band;31\n\nben/monday_left.csv;B;;none;7\n"
    found = listed(study, parsed(text, "t.csv"))
    assert [one.path for one in found.recordings] == ["anna/monday_left.csv", "ben/monday_left.csv"]
    assert found.recordings[0].columns == {"subject": "A", "group": "band", "age": "31"}
    assert [one.overruled for one in found.recordings] == [{"leg": "left"}, {}]
    assert found.extra == ("group", "age")
    assert found.notes[0].startswith("3 files left out, which are not in t.csv: anna/monday_right.csv, ")


def test_a_table_of_people_goes_with_the_pattern(study: Path) -> None:
    people = from_frame(pd.DataFrame({"subject": ["anna", "carl"], "group": ["band", "none"], "age": [31, 8]}))
    found = listed(study, people, "{subject}/{session}_{leg}.csv")
    known = {one.path: one.columns for one in found.recordings}
    assert known["anna/monday_left.csv"] == {"subject": "anna", "session": "monday", "group": "band", "age": "31"}
    assert known["ben/monday_left.csv"] == {"subject": "ben", "session": "monday"}
    assert found.notes == ("the table has no row for: ben",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("recording,leg\nanna/monday_left.csv,links\n", "line 2: the leg 'links' is neither"),
        ("recording,tempo\nanna/monday_left.csv,fast\n", "line 2: tempo 'fast' is not four numbers"),
        ("recording,exercise\nanna/monday_left.csv,lunge\n", "line 2: the exercise 'lunge' is not known; known are"),
        ("recording,subject\nx.csv,a\n./x.csv,a\n", "line 3: x.csv is named twice"),
        ("recording,subject\n../x.csv,a\n", "line 2: ../x.csv does not lie in"),
        ("recording,subject\n,a\n", "line 2: the recording has no name"),
        ("recording,rom_deg\nx.csv,1\n", "the results have a column 'rom_deg' of their own"),
        ("subject,group\nanna,a\n", "that needs --pattern with {subject}"),
    ],
)
def test_a_table_that_does_not_go_says_where_and_why(text: str, why: str, study: Path) -> None:
    with pytest.raises(UsageError) as caught:
        listed(study, parsed(text, "t.csv"))
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_person_twice_in_a_table_of_people_is_refused(study: Path) -> None:
    with pytest.raises(UsageError, match="the subject 'anna' has several rows"):
        listed(study, parsed("subject,group\nanna,a\nanna,b\n", "t.csv"), "{subject}/*.csv")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no column 'recording'"),
        (b"recording,subject\n", "no row below"),
        (b"name,age\nx,1\n", "no column 'recording'"),
        (b"recording,,age\nx,y,1\n", "column 2 has no name"),
        (b"recording,file\nx,y\n", "two columns are called 'recording'"),
        (b"recording,age\nx,1,2\n", "line 2: 3 cells for 2 columns"),
        (b"recording,age\nx,\xff\n", "no UTF-8 text (byte 17)"),
    ],
)
def test_a_file_that_is_no_such_table_gets_a_line(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(KickbackError) as caught:
        read_table(path)
    assert why in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_table_of_a_spreadsheet_with_its_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffrecording\tsubject\nx.csv\t  Zoë \n".encode())
    assert read_table(path).rows == ({"recording": "x.csv", "subject": "Zoë"},)


# --- the folder --------------------------------------------------------------------------------------------------


def test_what_is_no_recording_by_its_name_is_not_looked_at(study: Path) -> None:
    (study / ".hidden.csv").touch()
    (study / "out").mkdir()
    for name in ("picture.png", "anna/monday_left.reps.csv", "out/reps.csv", "table.csv"):
        (study / name).touch()
    found = listing(study, None, None, [study / "out", study / "table.csv"])
    assert {one.path.split("/")[0] for one in found.recordings} == {"anna", "ben"}
    assert len(found.recordings) == 5
    assert not found.chosen


@pytest.mark.parametrize(("name", "why"), [("nowhere", "no such folder"), ("study/empty", "no file that may be")])
def test_a_folder_without_recordings_gets_a_line(name: str, why: str, study: Path) -> None:
    (study / "empty").mkdir()
    with pytest.raises(UsageError, match=why):
        listed(study.parent / name)
    with pytest.raises(UsageError, match="none fits --pattern"):
        listed(study, pattern="{subject}.xyz")


# --- what lies in the way ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(study: Path) -> None:
    os.mkfifo(study / "pipe.csv")
    assert "pipe.csv" not in [one.path for one in listed(study).recordings]


def test_a_name_that_is_no_text_is_one_bad_file(study: Path) -> None:
    name = os.fsencode(study) + b"/M\xfcller.csv"
    try:
        Path(os.fsdecode(name)).write_text("x", encoding="utf-8")
    except (OSError, ValueError):
        pytest.skip("this disk takes no such name")
    made = batch(study, jobs=0)
    assert len(made.reps) == 12
    assert ["M\\xfcller.csv", "its name is no UTF-8 text; rename it"] in made.failures.to_numpy().tolist()
    named = batch(study, pattern="{subject}.csv", pseudonyms=study.parent / "key.json", jobs=0)
    assert len(named.failures) == 1
    assert "M\\\\xfcller" in (study.parent / "key.json").read_text(encoding="utf-8")


def test_the_tables_in_the_folder_itself_are_no_recordings(study: Path) -> None:
    mine = study / "datasets.csv"
    mine.write_text("x", encoding="utf-8")
    for _ in range(2):
        made = batch(study, out=study, jobs=0)
        assert (made.recordings, len(made.failures)) == (4, 2)


def test_wrong_usage_makes_no_folder(study: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none fits"):
        batch(study, out=tmp_path / "out", pattern="{subject}.csv")
    assert not (tmp_path / "out").exists()
