"""Comparisons that cannot be made as asked, or only in part: what is refused, what is left out, and that it is said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis import mixed
from analysis.compare import Comparison, compare
from analysis.compare_text import paper_markdown, table_note

MakeStudy = Callable[..., pd.DataFrame]
TRUE_KINDS = ("by", "side", "by:side", "rep")


@pytest.fixture(scope="module")
def groups(simulated_study: MakeStudy) -> Comparison:
    return compare(simulated_study(), by="group", measures=["eccentric_s", "pause_s", "rom_deg"])


def effect(found: Comparison, kind: str, measure: str = "eccentric_s") -> pd.Series:
    rows = found.effects[(found.effects["kind"] == kind) & (found.effects["measure"] == measure)]
    assert len(rows) == 1
    return rows.iloc[0]


def fit_of(found: Comparison, measure: str = "eccentric_s") -> pd.Series:
    return found.fits[found.fits["measure"] == measure].iloc[0]


def test_reps_are_never_people(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(1, 1), sets=20, reps=20)
    found = compare(table, by="group", measures=["eccentric_s"])
    assert len(found.reps) == 1600
    assert not len(found.effects)
    assert not len(found.effect_sizes)
    assert any("No test treats reps as if they were people" in note for note in found.notes)
    assert "No difference was tested" in found.methods
    assert found.described["mean"].notna().all()
    assert found.described["sd"].isna().all()
    assert set(found.paper["p"]) == {"–"}


def test_a_level_with_one_person_is_described_and_not_tested(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(6, 7))
    table.loc[table["subject"] == "s12", "group"] = "pilot"
    found = compare(table, by="group", measures=["eccentric_s"])
    assert found.levels == ("control", "patient", "pilot")
    assert found.tested == ("control", "patient")
    assert found.effects.loc[found.effects["kind"] == "by", "level"].tolist() == ["patient"]
    assert fit_of(found)["people"] == 12
    assert any(note.startswith("group = pilot: 1 person.") for note in found.notes)
    assert len(found.paper) == 2


def test_terms_that_do_not_vary_are_left_out_and_said(simulated_study: MakeStudy) -> None:
    table = simulated_study(sessions=1, sets=2, reps=1, people=(12, 12))
    table = table[table["leg"] == "left"]
    found = compare(table, by="group", measures=["eccentric_s"])
    row = fit_of(found)
    assert row["formula"] == "eccentric_s ~ group"
    assert "side (every rep is of the left leg)" in row["left_out"]
    assert "rep (all reps have one number)" in row["left_out"]
    assert "session (nobody has two sessions)" in row["left_out"]
    assert any("the model is without side (every rep is of the left leg)" in note for note in found.notes)


def test_one_rep_a_person_is_a_comparison_of_two_groups(simulated_study: MakeStudy) -> None:
    table = simulated_study(sessions=1, sets=1, reps=1, people=(12, 12))
    found = compare(table, by="group", measures=["eccentric_s"])
    row = effect(found, "by")
    a, b = (table.loc[table["group"] == name, "eccentric_s"].to_numpy() for name in ("patient", "control"))
    pooled = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    assert row["se"] == pytest.approx(pooled * np.sqrt(2 / 12))
    assert row["df"] == pytest.approx(22)


def test_a_group_that_differs_in_the_leg_alone_is_not_told_from_it(simulated_study: MakeStudy) -> None:
    table = simulated_study()
    leg = table["group"].map({"control": "left", "patient": "right"})
    found = compare(table[table["leg"] == leg], by="group", measures=["eccentric_s"])
    assert "side (group already tells the leg)" in fit_of(found)["left_out"]
    assert set(found.effects["kind"]) == {"by", "rep"}


def test_a_singular_fit_is_said(simulated_study: MakeStudy) -> None:
    found = compare(simulated_study(), by="group", measures=["rom_deg"])
    singular = fit_of(found, "rom_deg")["singular"].split("; ")
    assert "subject" in singular or "set" in singular
    variances = found.variances.set_index("term")["variance"]
    assert (variances[singular] == 0).all()
    assert any(f"singular: the variance of {singular[0]} is estimated as 0" in note for note in found.notes)


def test_a_model_that_does_not_converge_is_said_and_not_tested(
    simulated_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixed, "MOST_STEPS", 0)
    found = compare(simulated_study(people=(4, 4)), by="group", measures=["eccentric_s", "rom_deg"])
    assert not found.fits["converged"].any()
    assert found.effects["estimate"].notna().all()
    assert found.effects[["low", "high", "p", "p_holm"]].isna().all(axis=None)
    assert any("did not converge" in note for note in found.notes)
    assert "2 models did not converge and were not tested." in found.methods


def test_a_measure_that_does_not_vary_gets_no_model(simulated_study: MakeStudy) -> None:
    found = compare(simulated_study(people=(4, 4)).assign(pulses=0), by="group", measures=["pulses", "eccentric_s"])
    assert "does not vary" in fit_of(found, "pulses")["problem"]
    assert any(note.startswith("pulses: no model") for note in found.notes)
    assert set(found.effects["measure"]) == {"eccentric_s"}


def test_the_paragraph_and_the_table_for_a_paper_say_what_was_done(groups: Comparison) -> None:
    assert "960 repetitions in 160 sets of 20 people were compared by group" in groups.methods
    assert "group*side + rep + (1|subject/session/set)" in groups.methods
    assert groups.methods.endswith("The data are simulated: no person made these movements.")
    text = paper_markdown(groups.paper, table_note("group", groups.simulated))
    assert "| eccentric_s (s) | control | patient | 10/80/480 |" in text
    assert "SIMULATED" in text
    row = effect(groups, "by")
    assert f"{row['estimate']:.2f} [{row['low']:.2f}, {row['high']:.2f}]" in text


def test_nothing_depends_on_the_order_of_the_rows(groups: Comparison, simulated_study: MakeStudy) -> None:
    table = simulated_study().sample(frac=1.0, random_state=3)
    again = compare(table, by="group", measures=["eccentric_s", "pause_s", "rom_deg"])
    for name in ("described", "effect_sizes", "reliability", "agreement", "symmetry", "drift"):
        pd.testing.assert_frame_equal(again.tables[name], groups.tables[name], check_exact=False)
    columns = ["estimate", "low", "high"]
    assert np.allclose(again.effects[columns], groups.effects[columns], rtol=1e-4, atol=1e-6)


def test_methods_need_people_seen_by_both(simulated_study: MakeStudy) -> None:
    with pytest.raises(ValueError, match="nobody is seen at two levels"):
        compare(simulated_study(people=(3, 3)), by="group", same_reps=True)


def test_a_level_without_people_is_no_reference_of_the_paper(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(5, 4))
    table.loc[table["subject"] == "s00", "group"] = "a pilot"
    found = compare(table, by="group", measures=["eccentric_s"])
    assert found.levels == ("control", "a pilot", "patient")
    assert "reference: control" in found.methods
    row = effect(found, "by")
    assert (row["reference"], row["level"]) == ("control", "patient")
    assert found.paper["reference"].tolist() == ["control", "control"]
    assert found.paper["difference"].iloc[0] == "–"
    assert found.paper["difference"].iloc[1].startswith(f"{row['estimate']:.2f} [")


def test_a_difference_of_a_measure_from_another_reference_is_not_in_the_paper(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(6, 3))
    table.loc[table["subject"] < "s03", "group"] = "athlete"
    table.loc[(table["group"] == "athlete") & (table["subject"] > "s00"), "rom_deg"] = np.nan
    found = compare(table, by="group", measures=["rom_deg"])
    assert effect(found, "by", "rom_deg")["reference"] == "control"
    assert set(found.paper["difference"]) == {"–"}


def test_one_person_with_a_leg_does_not_stand_for_a_level(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(4, 4))
    table.loc[(table["group"] == "patient") & (table["subject"] != "s07"), "leg"] = None
    row = fit_of(found := compare(table, by="group", measures=["eccentric_s"]))
    assert (row["people"], row["reps"]) == (8, len(table))
    assert "a side (the leg of 144 reps is not said" in row["left_out"]
    assert effect(found, "by")["df"] == pytest.approx(6, abs=0.1)


def test_one_person_at_two_levels_tells_nothing_of_people(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(4, 4))
    mixed_up = table["subject"] == "s07"
    table.loc[mixed_up, "group"] = ["control", "patient"] * (int(mixed_up.sum()) // 2)
    found = compare(table, by="group", measures=["eccentric_s"])
    without = compare(table[~mixed_up], by="group", measures=["eccentric_s"])
    for kind in TRUE_KINDS:
        assert effect(found, kind)["df"] == pytest.approx(effect(without, kind)["df"])
    assert "who alone is seen at several levels" in fit_of(found)["left_out"]
    assert found.effect_sizes["name"].tolist() == ["hedges_g"]
    assert found.effect_sizes["size"].tolist() == pytest.approx(without.effect_sizes["size"].tolist())


def test_a_measure_that_is_alike_in_a_persons_reps_gets_no_model(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(4, 4))
    table["eccentric_s"] = table.groupby("subject")["eccentric_s"].transform("mean")
    found = compare(table, by="group", measures=["eccentric_s"])
    assert "no residual is left" in fit_of(found)["problem"]
    assert "No difference was tested: no model could be fitted" in found.methods


def test_one_rep_each_of_other_numbers_has_no_course_of_its_own(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(8, 8)).groupby("subject").sample(1, random_state=3)
    found = compare(table, by="group", measures=["eccentric_s"])
    assert fit_of(found)["formula"].endswith("+ rep")
    assert fit_of(found)["converged"]


def test_the_paragraph_names_what_was_calculated_and_nothing_else(
    groups: Comparison, simulated_study: MakeStudy
) -> None:
    for words in ("Hedges' g of different people", "SEM, the root of", "the second less the first", "lsi = 100 ×"):
        assert words in groups.methods
    once = compare(simulated_study(people=(4, 4), sessions=1), by="group", measures=["eccentric_s"])
    for words in ("ICC", "limits of agreement", "d_av", "Holm"):
        assert words not in once.methods
    table = simulated_study(people=(3, 3), sessions=3, conditions=("a", "b", "c"))
    found = compare(table, by="condition", measures=["eccentric_s"])
    assert "corrected for the 2 differences from the reference by Holm's method" in found.methods
    assert "ICC(2,1)" in found.methods
    assert "by session, each condition by itself." in found.methods
    assert "limits of agreement" not in found.methods
