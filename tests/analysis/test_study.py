"""What of a table of reps is compared, and that all else is in the log with its reason."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.study import Study, study_of

MakeStudy = Callable[..., pd.DataFrame]


@pytest.fixture
def table(simulated_study: MakeStudy) -> pd.DataFrame:
    return simulated_study(people=(3, 3), sessions=1, sets=2, reps=4)


def reasons(study: Study, measure: str = "") -> dict[str, int]:
    rows = study.log[study.log["measure"] == measure]
    return {str(reason): int(count) for reason, count in rows["reason"].value_counts().items()}


def test_every_rep_is_used_or_in_the_log(table: pd.DataFrame) -> None:
    table.loc[0, "subject"] = None
    table.loc[1, "group"] = pd.NA
    table.loc[2, "is_partial"] = True
    table.loc[3, "uncertain"] = True
    study = study_of(table, "group")
    assert len(study.reps) == len(table) - 4
    assert reasons(study) == {
        "nobody said whose it is (no subject)": 1,
        "nobody said its group": 1,
        "a partial rep": 1,
        "an uncertain rep: its set was too short to confirm it": 1,
    }
    kept = study_of(table, "group", left_out=["uncertain"])
    assert len(kept.reps) == len(table) - 3


def test_unknown_flags_leave_nothing_out(table: pd.DataFrame) -> None:
    table["is_partial"] = pd.array([pd.NA] * len(table), dtype="boolean")
    assert len(study_of(table, "group").reps) == len(table)


def test_a_recording_that_lies_there_twice_counts_once(table: pd.DataFrame) -> None:
    first = table.assign(sha256=table["recording"])
    copy = first[first["subject"] == "s01"].assign(recording="copy.csv", subject="s99", session="2")
    study = study_of(pd.concat([first, copy]), "group")
    assert len(study.reps) == len(table)
    assert "s99" not in set(study.reps["subject"])
    assert all(reason.startswith("the same recording as s01/") for reason in reasons(study))


def test_missing_values_have_their_reasons(table: pd.DataFrame) -> None:
    table.loc[0, ["pause_s"]] = np.nan
    table.loc[1, ["eccentric_s", "missing_s"]] = [np.nan, 0.4]
    table.loc[2, "eccentric_s"] = np.nan
    study = study_of(table, "group")
    assert reasons(study, "pause_s") == {
        "the last rep of its set: no pause follows": 12,
        "signal was lost before the next rep": 1,
    }
    assert reasons(study, "eccentric_s") == {
        "signal was lost in the rep": 1,
        "it could not be told from the signal": 1,
    }
    assert reasons(study) == {}


def test_a_signed_measure_without_a_leg_is_unknown_and_where_no_leg_is_known_a_size(table: pd.DataFrame) -> None:
    some = table.copy()
    some.loc[:3, "leg"] = None
    study = study_of(some, "group")
    assert study.reps["axial_rotation_deg"].isna().sum() == 4
    assert reasons(study, "axial_rotation_deg") == {"which leg is not said: its sign is unknown": 4}
    assert any("Of 4 of 48 reps nobody said which leg it was" in note for note in study.notes)
    none = study_of(table.assign(leg=None), "group")
    assert none.reps["axial_rotation_deg"].to_numpy() == pytest.approx(table["axial_rotation_deg"].abs().to_numpy())


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ([10, 9, 10, 9, 9, 9], ("9", "10")),
        ([0.5, 1.0, 0.5, 1.0, 1.0, 1.0], ("0.5", "1")),
        (["b", "a", "b", "a", "a", "a"], ("a", "b")),
        ([True, False, True, False, True, True], ("False", "True")),
    ],
)
def test_levels_are_in_their_order(values: list[object], levels: tuple[str, ...], table: pd.DataFrame) -> None:
    table["x"] = table["subject"].map(dict(zip(sorted(set(table["subject"])), values, strict=True)))
    assert study_of(table, "x").levels == levels
    assert study_of(table, "x", reference=levels[1]).levels == levels[::-1]


def test_simulated_reps_are_said(table: pd.DataFrame) -> None:
    assert any(note.startswith("All reps are SIMULATED") for note in study_of(table, "group").notes)
    table.loc[: len(table) // 2 - 1, "simulated"] = False
    assert any(note.startswith("50% of the reps are SIMULATED") for note in study_of(table, "group").notes)
    table["simulated"] = False
    assert not any("SIMULATED" in note for note in study_of(table, "group").notes)


def test_people_in_two_groups_are_said(table: pd.DataFrame) -> None:
    assert not any("several levels" in note for note in study_of(table, "group").notes)
    assert not any("several levels" in note for note in study_of(table, "leg").notes)
    table.loc[0, "group"] = "patient"
    study = study_of(table, "group")
    assert study.within
    assert any(note.startswith("s00 alone of 6 people is seen at several levels of group") for note in study.notes)
    table.loc[table.index[table["subject"] == "s01"][0], "group"] = "patient"
    said = study_of(table, "group").notes
    assert any(note.startswith("2 of 6 people are seen at several levels of group") for note in said)


def test_different_tempo_targets_are_said(table: pd.DataFrame) -> None:
    table.loc[0, "tempo_target"] = "2-0-1-0"
    assert any("different tempo targets (2-0-1-0, 3-0-1-1)" in note for note in study_of(table, "group").notes)
    assert not any("targets" in note for note in study_of(table, "tempo_target").notes)


@pytest.mark.parametrize(
    ("change", "by", "text"),
    [
        ({}, "cohort", "no column 'cohort'"),
        ({}, "subject", "nothing to compare by"),
        ({"x": "one"}, "x", "'x' is 'one' in every rep"),
        ({"x": ""}, "x", "48 reps: nobody said its x"),
        ({"leg": "L"}, "group", "the column 'leg' holds 'l'"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, str], by: str, text: str, table: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=text):
        study_of(table.assign(**change), by)


def test_a_number_is_no_grouping(table: pd.DataFrame) -> None:
    table["age"] = np.arange(len(table)) % 20 + 20
    with pytest.raises(ValueError, match=r"'age' has 20 different values .*make bands"):
        study_of(table, "age")


def test_two_exercises_are_not_compared_as_one(table: pd.DataFrame) -> None:
    table.loc[0, "exercise"] = "squat"
    with pytest.raises(ValueError, match=r"2 exercises .*--where exercise=kickback"):
        study_of(table, "group")


@pytest.mark.parametrize("measure", ["cadence", "rep", "recording"])
def test_a_measure_must_be_one(measure: str, table: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="measure"):
        study_of(table, "group", [measure])
    with pytest.raises(ValueError, match="no number"):
        study_of(table, "group", ["exercise"])


def test_categories_are_as_good_as_text(table: pd.DataFrame) -> None:
    names = ["subject", "session", "recording", "group", "leg", "sha256"]
    study = study_of(table.astype(dict.fromkeys(names, "category")), "group")
    pd.testing.assert_frame_equal(study.reps, study_of(table, "group").reps, check_dtype=False)


def test_the_table_that_came_in_is_not_changed(table: pd.DataFrame) -> None:
    before = table.copy(deep=True)
    study_of(table.assign(leg=None), "group")
    study_of(table, "group")
    pd.testing.assert_frame_equal(table, before)


def test_a_rep_that_stands_there_twice_counts_once(table: pd.DataFrame) -> None:
    study = study_of(pd.concat([table, table]), "group")
    assert len(study.reps) == len(table)
    assert reasons(study) == {"the same rep of the same recording a second time": len(table)}


def test_a_copy_is_used_where_the_first_one_is_nobodys(table: pd.DataFrame) -> None:
    first = table.assign(sha256=table["recording"], subject=None)
    copy = table.assign(sha256=table["recording"], recording="copy/" + table["recording"])
    assert len(study_of(pd.concat([first, copy]), "group").reps) == len(table)


@pytest.mark.parametrize("column", ["recording", "set", "rep"])
def test_a_rep_without_its_place_is_left_out_with_the_reason(column: str, table: pd.DataFrame) -> None:
    table[column] = table[column].astype(object)
    table.loc[:2, column] = None
    study = study_of(table, "group")
    assert len(study.reps) == len(table) - 3
    assert sum(reasons(study).values()) == 3


def test_people_with_long_numbers_are_told_apart(table: pd.DataFrame) -> None:
    table["subject"] = table["subject"].map({name: 1234560.0 + i for i, name in enumerate(table["subject"].unique())})
    assert sorted(set(study_of(table, "group").reps["subject"])) == [str(1234560 + i) for i in range(6)]


def test_names_that_differ_in_capital_letters_are_said(table: pd.DataFrame) -> None:
    table["subject"] = table["subject"].replace("s05", "S04")
    said = study_of(table, "group").notes
    assert any(note.startswith("'S04' and 's04' differ in capital letters alone") for note in said)
    table["group"] = table["group"].replace("patient", "Control")
    assert any("taken for two levels" in note for note in study_of(table, "group").notes)


def test_flags_in_words_are_understood_or_refused(table: pd.DataFrame) -> None:
    table["is_partial"] = ["True"] + ["False"] * (len(table) - 1)
    assert len(study_of(table, "group").reps) == len(table) - 1
    with pytest.raises(ValueError, match="the column 'is_partial' holds 'perhaps': write true or false"):
        study_of(table.assign(is_partial="perhaps"), "group")


def test_an_infinite_value_is_unknown(table: pd.DataFrame) -> None:
    table.loc[0, "eccentric_s"] = np.inf
    assert reasons(study_of(table, "group"), "eccentric_s") == {"it could not be told from the signal": 1}


def test_what_would_be_mixed_up_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"the recording 'a.csv' has more than one subject \('s00', 's01', 's02'\)"):
        study_of(table.assign(recording="a.csv"), "group")
    with pytest.raises(ValueError, match="the column 'leg' twice"):
        study_of(pd.concat([table, table[["leg"]]], axis=1), "group")
    with pytest.raises(ValueError, match="the name 'side' has a meaning of its own here"):
        study_of(table.rename(columns={"group": "side"}), "side")


def test_one_person_is_no_reference(table: pd.DataFrame) -> None:
    table["x"] = table["subject"].map(dict(zip(table["subject"].unique(), "abbbcc", strict=True)))
    assert study_of(table, "x").levels == ("b", "a", "c")
    with pytest.raises(ValueError, match=r"x = a is one person, .* choose another reference \(b, c\)"):
        study_of(table, "x", reference="a")
