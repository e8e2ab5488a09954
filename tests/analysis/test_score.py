"""The yardstick: what it counts as found, missed, made up; its errors, flags and delays."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.matching import columns_of_frame, columns_of_reps
from analysis.results import Rep, to_frame
from analysis.score import Score, area_under_curve, delays, phantoms, score, spread, summarise
from imu.simulate import simulate

RATE_HZ = 50.0
PHASES = ("concentric", "hold", "eccentric", "pause")
INSTANTS = ("start_s", "concentric_end_s", "eccentric_start_s", "end_s")


@cache
def _truth(kind: str, seed: int) -> dict[str, Any]:
    return simulate(kind, seed).truth


def truth_of(kind: str = "rotation", seed: int = 3) -> dict[str, Any]:
    """A simulated truth in which nothing was lost."""
    truth = copy.deepcopy(_truth(kind, seed))
    for rep in truth["reps"]:
        rep |= {"missing": 0.0, "optional": False}
    return truth


def perfect_reps(truth: dict[str, Any]) -> list[Rep]:
    """What a flawless pipeline would say."""
    return [
        Rep(
            set=rep["set"] + 1,
            rep=rep["index"] + 1,
            leg=rep["leg"],
            start=int(rep["start_s"] * RATE_HZ),
            end=int(rep["end_s"] * RATE_HZ) + 1,
            known_at=round((rep["end_s"] + 0.5) * RATE_HZ),
            **{name: rep[name] for name in INSTANTS},
            rom_deg=rep.get("rom_deg", rep["excursion_deg"]),
            peak_concentric_dps=rep["peak_vel_con_dps"],
            peak_eccentric_dps=rep["peak_vel_ecc_dps"],
            pulses=rep["pulses"],
            is_partial=rep["is_partial"],
            axial_rotation_deg=rep["axial_rotation_deg"],
            hip_rotation=rep["hip_rotation"],
        )
        for rep in truth["reps"]
    ]


def moved(rep: Rep, by_s: float) -> Rep:
    return replace(rep, **{name: getattr(rep, name) + by_s for name in INSTANTS})


def test_the_truth_itself_scores_perfect() -> None:
    truth = truth_of()
    one = score(truth, perfect_reps(truth))
    assert one.perfect
    assert one.count_error == 0
    assert len(one.errors["concentric_s"]) == len(truth["reps"])
    assert all(np.abs(errors).max() < 1e-9 for name, errors in one.errors.items() if name != "excursion_deg")
    assert all(np.all(hits) for hits in one.hits.values())


def test_missed_and_made_up_are_told_apart() -> None:
    truth = truth_of()
    reps = perfect_reps(truth)
    one = score(truth, [*reps[1:], moved(reps[-1], 60.0)])
    assert (one.missed, one.made_up, one.count_error, one.perfect) == (1, 1, 0, False)
    assert one.hits["found"].mean() == pytest.approx(1 - 1 / len(reps))


def test_a_rep_that_overlaps_by_less_than_half_is_not_the_rep() -> None:
    truth = truth_of()
    first, *others = perfect_reps(truth)
    length = first.end_s - first.start_s
    assert score(truth, [moved(first, -0.3 * length), *others]).perfect
    one = score(truth, [moved(first, -0.4 * length), *others])  # 0.6 / 1.4 of the union
    assert (one.missed, one.made_up) == (1, 1)


@pytest.mark.parametrize("counted", [True, False])
def test_an_optional_rep_may_be_counted_or_not(counted: bool) -> None:
    truth = truth_of()
    truth["reps"][2]["optional"] = True
    reps = perfect_reps(truth)
    one = score(truth, reps if counted else [*reps[:2], *reps[3:]])
    assert one.perfect
    assert one.count_error == 0
    assert len(one.errors["start_s"]) == len(reps) - 1


def test_count_error_is_from_the_nearest_right_number() -> None:
    truth = truth_of()
    reps = perfect_reps(truth)
    assert score(truth, reps[2:]).count_error == -2
    assert score(truth, [*reps, moved(reps[-1], 60)]).count_error == 1
    assert score(truth, []).count_error == -len(reps)


def test_errors_have_the_sign_of_found_minus_true() -> None:
    truth = truth_of()
    reps = [
        replace(
            rep,
            concentric_end_s=rep.concentric_end_s + 0.02,
            rom_deg=rep.rom_deg - 1.5,
            axial_rotation_deg=-rep.axial_rotation_deg,
        )
        for rep in perfect_reps(truth)
    ]
    errors = score(truth, reps).errors
    assert errors["concentric_s"] == pytest.approx(0.02)
    assert errors["hold_s"] == pytest.approx(-0.02)
    assert errors["concentric_end_s"] == pytest.approx(0.02)
    assert errors["eccentric_s"] == pytest.approx(0.0, abs=1e-9)
    assert errors["rom_deg"] == pytest.approx(-1.5)
    assert errors["axial_abs_deg"] == pytest.approx(0.0, abs=1e-9)
    assert np.abs(errors["axial_deg"]).max() > 1


def test_pauses_are_judged_only_between_reps_found_in_a_row() -> None:
    truth = truth_of()
    reps = perfect_reps(truth)
    assert len(score(truth, reps).errors["pause_s"]) == len(reps) - 1
    assert len(score(truth, [*reps[:3], *reps[4:]]).errors["pause_s"]) == len(reps) - 3


def test_no_pause_between_sets() -> None:
    truth = truth_of("multiset", 3)
    assert len(truth["sets"]) == 2
    assert len(score(truth, perfect_reps(truth)).errors["pause_s"]) == len(truth["reps"]) - 2


def test_measures_are_not_judged_where_signal_was_lost() -> None:
    truth = truth_of()
    truth["reps"][1]["missing"] = 0.5
    one = score(truth, perfect_reps(truth))
    assert one.perfect
    assert len(one.errors["rom_deg"]) == len(one.hits["pulses"]) == len(truth["reps"]) - 1
    assert len(one.errors["pause_s"]) == len(truth["reps"]) - 3


def test_an_unknown_measure_is_no_error_but_leaves_the_row_unfilled() -> None:
    truth = truth_of()
    first, *others = perfect_reps(truth)
    one = score(truth, [replace(first, rom_deg=math.nan, hip_rotation=None), *others])
    assert len(one.errors["rom_deg"]) == len(others)
    assert one.hits["filled"].sum() == len(others)


def test_flags_are_split_by_the_truth_and_unknown_is_not_raised() -> None:
    truth = truth_of()
    for k, rep in enumerate(truth["reps"]):
        rep["hip_rotation"] = k < 3
    reps = [
        replace(rep, hip_rotation=(None, True, False, True)[min(k, 3)]) for k, rep in enumerate(perfect_reps(truth))
    ]
    hits = score(truth, reps).hits
    assert hits["hip_rotation_sensitivity"].tolist() == [0, 1, 0]
    assert not hits["hip_rotation_specificity"].any()
    assert len(hits["hip_rotation_specificity"]) == len(reps) - 3


def test_pulses_are_right_or_wrong() -> None:
    truth = truth_of("pulses", 2)
    reps = perfect_reps(truth)
    with_pulses = next(k for k, rep in enumerate(reps) if rep.pulses)
    assert reps[with_pulses].pulses is not None
    reps[with_pulses] = replace(reps[with_pulses], pulses=(reps[with_pulses].pulses or 0) + 1)
    hits = score(truth, reps).hits
    assert hits["pulses"].sum() == len(reps) - 1
    assert hits["pulses_when_present"].sum() == sum(bool(rep["pulses"]) for rep in truth["reps"]) - 1


def test_a_table_scores_as_the_reps_it_shows(tmp_path: Path) -> None:
    truth = truth_of("pulses", 2)
    reps = [replace(rep, hip_rotation=None) if rep.rep == 2 else moved(rep, 0.01) for rep in perfect_reps(truth)]
    path = tmp_path / "x.reps.csv"
    to_frame(reps).assign(**{f"{p}_s": [getattr(rep, f"{p}_s") for rep in reps] for p in PHASES}).to_csv(path)
    by_reps, by_frame, by_file = (
        score(truth, columns)
        for columns in (columns_of_reps(reps), columns_of_frame(to_frame(reps)), columns_of_frame(pd.read_csv(path)))
    )
    for other in (by_frame, by_file):
        assert (other.missed, other.made_up) == (by_reps.missed, by_reps.made_up)
        for name, errors in by_reps.errors.items():
            assert other.errors[name] == pytest.approx(errors, abs=1e-9)
        for name, hits in by_reps.hits.items():
            assert other.hits[name].tolist() == hits.tolist()


def test_a_table_of_instants_alone_is_enough_to_count_and_time() -> None:
    truth = truth_of()
    frame = to_frame(perfect_reps(truth))[list(INSTANTS)]
    one = score(truth, columns_of_frame(frame))
    assert one.perfect
    assert one.errors["eccentric_s"] == pytest.approx(0.0, abs=1e-9)
    assert len(one.errors["rom_deg"]) == 0
    assert not one.hits["filled"].any()


def test_spread_by_hand() -> None:
    assert spread(np.array([-0.03, 0.01, 0.02])).tolist() == pytest.approx([0.02, 0.029, 0.01])


def test_area_under_curve_by_hand() -> None:
    table = np.array([[1.0, 0], [2.0, 0], [2.0, 1], [3.0, 1]])
    assert area_under_curve(table)[0] == pytest.approx(3.5 / 4)
    assert math.isnan(area_under_curve(table[:2])[0])


def test_summary_puts_recordings_together() -> None:
    scores = [score(truth := truth_of("rotation", seed), perfect_reps(truth)) for seed in (3, 4)]
    truth = truth_of("pulses", 2)
    scores.append(score(truth, perfect_reps(truth)[1:]))
    figures = summarise(scores, resamples=50)
    assert figures["perfect"].value == pytest.approx(2 / 3)
    assert figures["exact"].n == 3
    assert figures["within_one"].value == 1
    assert figures["concentric_s.p95"].value == pytest.approx(0, abs=1e-9)
    assert figures["rom_deg.rmse"].n == sum(len(one.errors["rom_deg"]) for one in scores)
    assert figures["hip_rotation_auc"].value > 0.9


def test_phantoms_per_minute() -> None:
    truth = truth_of("walk", 1)
    rep = moved(perfect_reps(truth_of())[0], 0)
    one: Score = score(truth, [rep])
    figure = phantoms([one, score(truth, [])])
    assert (one.made_up, one.perfect) == (1, False)
    assert figure.value == pytest.approx(0.5 / (truth["duration_s"] / 60))
    assert figure.low < figure.value < figure.high


def test_delays_from_when_a_rep_was_known() -> None:
    truth = truth_of()
    start_s = 2.0
    reps = perfect_reps(truth)
    confirmed = reps[2].end_s + 0.4
    said = [
        replace(rep, known_at=math.ceil((max(rep.end_s + 0.3, confirmed) - start_s) * RATE_HZ), uncertain=False)
        for rep in reps
    ]
    found = delays(truth, said, RATE_HZ, start_s)
    assert len(found.after) == len(reps) - 3
    assert np.all((found.after >= 0.3 - 1e-9) & (found.after <= 0.3 + 1 / RATE_HZ))
    assert found.confirming == pytest.approx([0.4], abs=1 / RATE_HZ)
    assert found.first == pytest.approx([confirmed - reps[0].end_s], abs=1 / RATE_HZ)


def test_uncertain_reps_have_no_delay() -> None:
    truth = truth_of()
    found = delays(truth, [replace(rep, uncertain=True) for rep in perfect_reps(truth)], RATE_HZ, 0.0)
    assert len(found.after) == len(found.first) == 0
