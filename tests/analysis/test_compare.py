"""Comparisons of simulated studies whose every effect is known: what is found, and what is refused or said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.compare import Comparison, compare
from analysis.effects import holm

MakeStudy = Callable[..., pd.DataFrame]
TRUE = {"by": 0.4, "side": 0.25, "by:side": 0.1, "rep": 0.03}
"""The effects of the simulated study; the side's is 0.2 in one level and 0.3 in the other."""


@pytest.fixture(scope="module")
def groups(simulated_study: MakeStudy) -> Comparison:
    return compare(simulated_study(), by="group", measures=["eccentric_s", "pause_s", "rom_deg"])


def effect(found: Comparison, kind: str, measure: str = "eccentric_s") -> pd.Series:
    rows = found.effects[(found.effects["kind"] == kind) & (found.effects["measure"] == measure)]
    assert len(rows) == 1
    return rows.iloc[0]


def fit_of(found: Comparison, measure: str = "eccentric_s") -> pd.Series:
    return found.fits[found.fits["measure"] == measure].iloc[0]


@pytest.mark.parametrize(
    ("by", "conditions", "sessions"),
    [("group", ("",), 2), ("condition", ("band", "bare"), 2), ("condition", ("a", "b"), 1)],
)
def test_the_model_recovers_what_was_simulated(
    by: str, conditions: tuple[str, ...], sessions: int, simulated_study: MakeStudy
) -> None:
    table = simulated_study(people=(25, 25), conditions=conditions, sessions=sessions, seed=4)
    found = compare(table, by=by, measures=["eccentric_s"])
    assert fit_of(found)["converged"]
    for kind, true in TRUE.items():
        row = effect(found, kind)
        assert row["low"] < true < row["high"], (kind, row["estimate"])
        assert row["low"] == pytest.approx(2 * row["estimate"] - row["high"])
    sd = dict(zip(found.variances["term"], found.variances["sd"], strict=True))
    assert sd["subject"] == pytest.approx(0.3, abs=0.1)
    assert sd["set"] == pytest.approx(0.1, abs=0.02)
    assert sd["subject:side"] == pytest.approx(0.1, abs=0.03)
    assert sd["rep|subject"] == pytest.approx(0.01, abs=0.006)
    assert sd["residual"] == pytest.approx(0.15, abs=0.01)


def test_a_difference_between_people_has_the_degrees_of_freedom_of_people(groups: Comparison) -> None:
    row = effect(groups, "by")
    assert row["df"] == pytest.approx(20 - 2, abs=0.1)
    means = groups.people[groups.people["measure"] == "eccentric_s"].groupby("level")["mean"].mean()
    assert row["estimate"] == pytest.approx(means["patient"] - means["control"])


def test_without_what_is_each_persons_own_sets_would_stand_in_for_people(simulated_study: MakeStudy) -> None:
    table = simulated_study()
    own = compare(table, by="group", measures=["eccentric_s"])
    nested = compare(table, by="group", measures=["eccentric_s"], own=False)
    assert fit_of(nested)["formula"] == "eccentric_s ~ group*side + rep + (1|subject/session/set)"
    assert fit_of(own)["formula"] == fit_of(nested)["formula"] + " + (1|subject:side) + (0 + rep|subject)"
    assert effect(own, "side")["df"] < 25 < 100 < effect(nested, "side")["df"]
    assert effect(own, "side")["se"] > 1.3 * effect(nested, "side")["se"]
    assert effect(own, "by")["estimate"] == pytest.approx(effect(nested, "by")["estimate"])


def test_p_values_are_corrected_over_the_measures_for_each_kind(groups: Comparison) -> None:
    for kind in ("by", "side", "by:side", "rep"):
        rows = groups.effects[groups.effects["kind"] == kind]
        assert len(rows) == 3
        assert rows["p_holm"].to_numpy() == pytest.approx(holm(rows["p"].to_numpy()))
    assert "corrected for the 3 measures by Holm's method" in groups.methods


def test_three_levels_are_each_compared_with_the_reference(simulated_study: MakeStudy) -> None:
    table = simulated_study(people=(15, 15), conditions=("a", "b", "c"))
    found = compare(table, by="condition", measures=["eccentric_s"], reference="c")
    rows = found.effects[found.effects["kind"] == "by"]
    assert rows["label"].tolist() == ["a - c", "b - c"]
    assert ((rows["low"] < -0.4) & (rows["high"] > -0.4)).all()
    means = found.people.groupby("level")["mean"].mean()
    assert rows["estimate"].tolist() == pytest.approx([means["a"] - means["c"], means["b"] - means["c"]])
    sides = found.symmetry["right_less_left"].mean()
    assert effect(found, "side")["estimate"] == pytest.approx(sides)


def test_the_table_describes_people_first(groups: Comparison) -> None:
    row = groups.described.iloc[0]
    assert (row["measure"], row["level"], row["people"], row["sets"], row["reps"]) == (
        "eccentric_s",
        "control",
        10,
        80,
        480,
    )
    means = groups.reps[groups.reps["group"] == "control"].groupby("subject")["eccentric_s"].mean()
    assert row["mean"] == pytest.approx(means.mean())
    assert row["sd"] == pytest.approx(means.std(ddof=1))
    assert row["median"] == pytest.approx(means.median())
    assert row["cv_percent"] == pytest.approx(100 * means.std(ddof=1) / means.mean())
    cvs = groups.reps[groups.reps["group"] == "control"].groupby(["recording", "set"])["eccentric_s"]
    assert row["cv_within_set_percent"] == pytest.approx((100 * cvs.std() / cvs.mean()).mean())


def test_effect_sizes_are_of_people_and_of_the_right_kind(groups: Comparison, simulated_study: MakeStudy) -> None:
    row = groups.effect_sizes.iloc[0]
    assert (row["name"], row["people"], row["people_reference"]) == ("hedges_g", 10, 10)
    assert row["difference"] == pytest.approx(effect(groups, "by")["estimate"])
    paired = compare(simulated_study(conditions=("a", "b")), by="condition", measures=["eccentric_s"])
    assert paired.within
    assert paired.effect_sizes["name"].tolist() == ["d_av", "d_z"]
    assert (paired.effect_sizes["people"] == 20).all()


def test_reliability_is_of_each_level_by_itself(groups: Comparison) -> None:
    rows = groups.reliability[groups.reliability["measure"] == "eccentric_s"]
    assert rows["level"].tolist() == ["control", "patient"]
    assert (rows["people"] == 10).all()
    assert (rows["occasions"] == 2).all()
    assert rows["mdc95"].to_numpy() == pytest.approx(1.96 * np.sqrt(2) * rows["sem"].to_numpy())
    for _, row in rows.iterrows():
        part = groups.reps[groups.reps["group"] == row["level"]]
        wide = part.groupby(["subject", "session"])["eccentric_s"].mean().unstack()
        assert row["sem"] == pytest.approx((wide["1"] - wide["2"]).std(ddof=1) / np.sqrt(2))


def test_sessions_with_dates_for_names_are_taken_in_their_order(simulated_study: MakeStudy) -> None:
    table = simulated_study()
    dated = table.assign(
        session=[f"2026-0{1 + int(n[1:]) % 7}-0{s}" for n, s in zip(table["subject"], table["session"], strict=True)]
    )
    dated["session"] = dated["session"] + " " + dated["subject"]
    plain, found = (compare(each, by="group", measures=["eccentric_s"]) for each in (table, dated))
    pd.testing.assert_frame_equal(found.reliability, plain.reliability)
    pd.testing.assert_frame_equal(found.agreement, plain.agreement)
    assert any("order of the names" in note for note in found.notes)


def test_agreement_of_sessions_takes_sets_as_replicates(groups: Comparison) -> None:
    row = groups.agreement[groups.agreement["measure"] == "eccentric_s"].iloc[0]
    assert (row["form"], row["first"], row["second"]) == ("constant", "1", "2")
    assert (row["people"], row["values_first"], row["values_second"]) == (10, 40, 40)
    pairs = groups.pairs[(groups.pairs["measure"] == "eccentric_s") & (groups.pairs["level"] == "control")]
    assert row["bias"] == pytest.approx((pairs["second"] - pairs["first"]).mean())


def test_methods_on_the_same_reps_are_paired_rep_by_rep(simulated_study: MakeStudy) -> None:
    one = simulated_study(people=(8, 8)).assign(method="camera")
    one["sha256"] = one["recording"]
    other = one.assign(method="sensor", recording="b/" + one["recording"])
    other["eccentric_s"] = one["eccentric_s"] + 0.05 + np.random.default_rng(2).normal(0, 0.02, len(one))
    other = other.iloc[3:]  # the sensor missed the first reps
    found = compare(pd.concat([one, other]), by="method", measures=["eccentric_s"], same_reps=True)
    row = found.agreement.iloc[0]
    assert (row["form"], row["people"], row["values_first"]) == ("varies", 16, len(one) - 3)
    assert row["bias"] == pytest.approx(0.05, abs=0.003)
    assert row["sd"] == pytest.approx(0.02, abs=0.002)
    assert len(found.pairs) == len(one) - 3
    assert "(1|subject/session/set/rep)" in fit_of(found)["formula"]
    difference = effect(found, "by")
    assert difference["low"] < 0.05 < difference["high"]
    assert difference["se"] < 0.003  # what both methods saw of a rep is no error of either
    assert "methods, rep by rep" in found.methods


def test_left_against_right_is_told_with_what_can_be_detected(groups: Comparison) -> None:
    rows = groups.symmetry[groups.symmetry["measure"] == "eccentric_s"]
    assert len(rows) == 20
    assert rows["right_less_left"].to_numpy() == pytest.approx((rows["right"] - rows["left"]).to_numpy())
    low, high = rows[["left", "right"]].min(axis=1), rows[["left", "right"]].max(axis=1)
    assert rows["lsi"].to_numpy() == pytest.approx((100 * low / high).to_numpy())
    assert (rows["beyond_mdc95"] == (rows["right_less_left"].abs() > rows["mdc95"])).all()
    patients = groups.reps[groups.reps["group"] == "patient"]
    legs = patients.groupby(["subject", "leg", "session"])["eccentric_s"].mean().unstack()
    error = (legs["1"] - legs["2"]).std(ddof=1) / np.sqrt(2)
    assert rows["mdc95"].iloc[-1] == pytest.approx(1.96 * np.sqrt(2) * error)


def test_drift_within_sets_is_a_mean_over_people(groups: Comparison) -> None:
    row = groups.drift[(groups.drift["measure"] == "eccentric_s") & (groups.drift["level"] == "patient")].iloc[0]
    assert row["low"] < 0.03 < row["high"]
    assert (row["people"], row["sets"]) == (10, 80)
    assert np.isnan(row["loss_percent"])
    assert groups.drift.loc[groups.drift["measure"] == "rom_deg", "loss_percent"].between(0, 20).all()
