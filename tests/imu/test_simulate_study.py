"""The simulated study: people keep their ways, and the cued group lowers slowly."""

from __future__ import annotations

import numpy as np
import pytest

from imu.simulate import Simulated, StudyRow, simulate_study
from imu.simulate.study import SLOWER_S, WEAKER_PERCENT

Study = list[tuple[StudyRow, Simulated]]


@pytest.fixture(scope="module")
def study() -> Study:
    return list(simulate_study(people=8, reps=4, rate_hz=50))


def mean(made: Simulated, name: str) -> float:
    def of(rep: dict[str, float]) -> float:
        return rep["end_s"] - rep["eccentric_start_s"] if name == "eccentric_s" else rep[name]

    return float(np.mean([of(rep) for rep in made.truth["reps"]]))


def test_everybody_has_both_legs_in_both_sessions(study: Study) -> None:
    rows = [row for row, _ in study]
    assert len({row.recording for row in rows}) == len(rows) == 8 * 2 * 2
    assert {row.group for row in rows} == {"usual", "cued"}
    assert len({(row.subject, row.group) for row in rows}) == 8, "one group a person"
    assert all(made.leg == row.leg for row, made in study)
    assert all(len(made.truth["reps"]) == 4 for _, made in study)


def test_the_cued_group_lowers_slowly_and_people_keep_their_ways(study: Study) -> None:
    downs: dict[str, dict[str, list[float]]] = {"usual": {}, "cued": {}}
    for row, made in study:
        downs[row.group].setdefault(row.subject, []).append(mean(made, "eccentric_s"))
    means = {group: [float(np.mean(each)) for each in people.values()] for group, people in downs.items()}
    assert np.mean(means["cued"]) - np.mean(means["usual"]) == pytest.approx(SLOWER_S, abs=0.4)
    within = np.mean([np.std(each) for people in downs.values() for each in people.values()])
    between = np.mean([np.std(each) for each in means.values()])
    assert within < between


def test_the_left_leg_swings_less(study: Study) -> None:
    ranges = {leg: [mean(made, "rom_deg") for row, made in study if row.leg == leg] for leg in ("left", "right")}
    percent = 100 * (np.mean(ranges["right"]) - np.mean(ranges["left"])) / np.mean(ranges["right"])
    assert percent == pytest.approx(WEAKER_PERCENT, abs=1.5)


def test_the_same_seed_gives_the_same_study_and_another_one_another() -> None:
    def first(seed: int) -> Simulated:
        return next(simulate_study(seed, people=2, sessions=1, reps=3, rate_hz=50))[1]

    assert np.array_equal(first(3).rows.acc_mps2, first(3).rows.acc_mps2)
    assert not np.array_equal(first(3).rows.acc_mps2[:50], first(4).rows.acc_mps2[:50])


@pytest.mark.parametrize("wrong", [{"people": 1}, {"sessions": 0}, {"reps": 2}, {"seed": -1}])
def test_too_small_a_number_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be"):
        next(simulate_study(**wrong))
