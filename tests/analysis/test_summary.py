"""Set summaries, symmetry and coaching: against hand-made reps whose numbers can be checked in the head."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from analysis.coaching import what_next
from analysis.params import Params, Tempo
from analysis.results import NAN, Calibration, Rep, SetClosed
from analysis.summary import SYMMETRY_MEASURES, sets_frame, spread, summarise, symmetry

GOOD: dict[str, Any] = {
    "rom_deg": 40.0,
    "peak_concentric_dps": 80.0,
    "peak_eccentric_dps": 30.0,
    "pulses": 0,
    "is_partial": False,
    "hip_rotation": False,
    "rushed": False,
    "axial_rotation_deg": 1.0,
}


def make_rep(
    number: int, out_s: float = 1.0, hold_s: float = 1.0, back_s: float = 3.0, *, set_number: int = 1, **more: Any
) -> Rep:
    start_s = 10.0 * number
    top_s = start_s + out_s
    lower_s = top_s + hold_s
    times: dict[str, Any] = {
        "start_s": start_s,
        "concentric_end_s": top_s,
        "eccentric_start_s": lower_s,
        "end_s": lower_s + back_s,
    }
    leg = more.pop("leg", "left")
    return Rep(set_number, number, leg, 1000 * number, 1000 * number + 600, 1000 * number + 700, **times, **GOOD | more)


def make_set(reps: list[Rep], number: int = 1, leg: str | None = "left") -> SetClosed:
    calibration = Calibration(0.9, "good")
    return SetClosed(number, leg, 0, 9000, 9100, 0.0, 90.0, "rest", tuple(reps), calibration)


def good_set(count: int = 10, number: int = 1, leg: str = "left", **more: Any) -> SetClosed:
    return make_set([make_rep(i, set_number=number, leg=leg, **more) for i in range(1, count + 1)], number, leg)


def test_spread_is_mean_sample_sd_cv_and_slope() -> None:
    found = spread([1, 2, 3, 4], [1.0, 2.0, 3.0, 6.0])
    assert found.n == 4
    assert found.mean == pytest.approx(3.0)
    assert found.sd == pytest.approx(math.sqrt(14 / 3))
    assert found.cv_percent == pytest.approx(100 * math.sqrt(14 / 3) / 3)
    assert found.drift_per_rep == pytest.approx(1.6)


def test_spread_leaves_unknown_values_out_and_keeps_their_place() -> None:
    found = spread([1, 2, 3, 4, 5], [1.0, NAN, 3.0, NAN, 5.0])
    assert found.n == 3
    assert found.drift_per_rep == pytest.approx(1.0)


@pytest.mark.parametrize(("values", "known"), [([], 0), ([NAN, NAN], 0), ([2.0], 1), ([2.0, 3.0], 2)])
def test_spread_does_not_make_up_numbers(values: list[float], known: int) -> None:
    found = spread(range(len(values)), values)
    assert found.n == known
    assert math.isnan(found.mean) == (known == 0)
    assert math.isnan(found.sd) == (known < 2)
    assert math.isnan(found.drift_per_rep)


def test_cv_needs_a_positive_mean() -> None:
    assert math.isnan(spread([1, 2], [-3.0, 1.0]).cv_percent)


def test_loss_is_from_the_best_to_the_last() -> None:
    assert spread([1, 2, 3], [40.0, 50.0, 30.0]).loss_percent == pytest.approx(40.0)
    assert spread([1, 2], [40.0, 50.0]).loss_percent == 0.0
    assert math.isnan(spread([1], [40.0]).loss_percent)


def test_summary_of_a_set() -> None:
    reps = [
        make_rep(1, pause_s=0.4, pulses=2),
        make_rep(2, back_s=1.0, pause_s=0.6, rushed=True, hip_rotation=True, rom_deg=50.0),
        make_rep(3, back_s=2.0, rom_deg=30.0, is_partial=True, hip_rotation=None, missing_s=0.25),
    ]
    found = summarise(make_set(reps), Tempo())
    assert found.reps == 3
    assert found.eccentric_s.mean == pytest.approx(2.0)
    assert found.off_target_s("eccentric_s") == pytest.approx(-1.0)
    assert found.off_target_s("hold_s") == pytest.approx(0.0)
    assert found.pause_s.n == 2
    assert found.tempo_code == "2-1-1-1"
    assert found.total_s("tut_s") == pytest.approx(12.0)
    assert found.total_s("eccentric_s") == pytest.approx(6.0)
    assert found.loss_percent["rom_deg"] == pytest.approx(40.0)
    assert found.pulses == 2
    assert found.missing_s == pytest.approx(0.25)
    assert (found.flags["rushed"].yes, found.flags["rushed"].judged) == (1, 3)
    assert (found.flags["hip_rotation"].yes, found.flags["hip_rotation"].judged) == (1, 2)


def test_a_cut_phase_is_left_out_of_the_total() -> None:
    found = summarise(make_set([make_rep(1), make_rep(2, hold_s=NAN)]), Tempo())
    assert found.hold_s.n == 1
    assert found.total_s("hold_s") == pytest.approx(1.0)


def test_summary_is_json_without_nan() -> None:
    closed = make_set([make_rep(1, out_s=NAN, pulses=None)])
    text = json.dumps(summarise(closed, Tempo()).to_json(), allow_nan=False)
    back = json.loads(text)
    assert back["concentric_s"]["mean"] is None
    assert back["rom_deg"]["mean"] == 40.0
    assert back["pulses"] is None
    assert back["tempo_target"] == "3-0-1-1"
    assert back["flags"]["rushed"] == {"yes": 0, "judged": 1}


def test_sets_frame_has_one_row_a_set_and_the_same_columns_when_empty() -> None:
    two = sets_frame([good_set(), good_set(number=2, leg="right")], Params())
    assert list(two["set"]) == [1, 2]
    assert list(two["rom_deg_mean"]) == [40.0, 40.0]
    assert list(two["rushed_yes"]) == [0, 0]
    assert list(sets_frame([], Params()).columns) == list(two.columns)


def test_symmetry_gives_both_raw_values_and_smaller_over_larger() -> None:
    pairs = {pair.measure: pair for pair in symmetry([good_set(rom_deg=50.0)], [good_set(4, 2, "right")])}
    assert tuple(pairs) == SYMMETRY_MEASURES
    rom = pairs["rom_deg"]
    assert (rom.left, rom.right, rom.left_n, rom.right_n) == (50.0, 40.0, 10, 4)
    assert rom.lsi_percent == pytest.approx(80.0)
    assert pairs["hold_s"].lsi_percent == pytest.approx(100.0)


def test_symmetry_with_one_leg_has_no_index() -> None:
    for pair in symmetry([good_set()], []):
        assert math.isnan(pair.lsi_percent)
        assert math.isnan(pair.right)
        assert not math.isnan(pair.left)


def keys(sets: list[SetClosed], tempo: Tempo | None = None) -> list[str]:
    return [advice.key for advice in what_next(sets, tempo or Tempo())]


def test_nothing_is_advised_without_reps() -> None:
    assert keys([]) == []


def test_good_form_leads_to_more_range_then_pulses_then_a_thicker_band() -> None:
    sets = [good_set(number=number, leg=leg) for number, leg in enumerate(("left", "left", "right", "right"), 1)]
    (advice,) = what_next(sets, Tempo())
    assert advice.key == "harder"
    assert "range" in advice.what
    assert "40 reps of 40°" in advice.why
    with_pulses = [good_set(number=number, pulses=3) for number in (1, 2)]
    (advice,) = what_next(with_pulses, Tempo())
    assert "thicker band" in advice.what
    assert "60 pulses" in advice.why


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        ({"back_s": 1.2, "rushed": True}, "eccentric", "1.2 s"),
        ({"hold_s": 0.3}, "hold", "0.3 s"),
        ({"hip_rotation": True}, "pelvis", "10 of 10 reps"),
        ({"is_partial": True}, "range", "10 of 10 reps"),
    ],
)
def test_a_fault_of_form_comes_first_with_its_number_and_bars_harder(
    change: dict[str, Any], key: str, said: str
) -> None:
    first, *rest = what_next([good_set(**change)], Tempo())
    assert first.key == key
    assert said in first.why
    assert "harder" not in [advice.key for advice in rest]


def test_one_slip_is_not_a_habit() -> None:
    reps = [make_rep(i, hip_rotation=i == 4, back_s=1.4 if i == 6 else 3.0, rushed=i == 6) for i in range(1, 11)]
    assert keys([make_set(reps), make_set(reps, 2)]) == ["harder"]


def test_the_users_own_target_is_what_counts() -> None:
    quick = [good_set(back_s=1.0, hold_s=0.1, number=number) for number in (1, 2)]
    assert keys(quick, Tempo(1.0, 0.0, 1.0, 0.0)) == ["harder"]


def test_what_was_not_measured_is_not_praised() -> None:
    assert keys([good_set(hold_s=NAN, number=number) for number in (1, 2)]) == []


def test_few_reps_and_few_sets_are_said() -> None:
    assert keys([good_set(5)]) == ["reps", "sets"]
    assert what_next([good_set(1)], Tempo())[0].why == "You did 1 rep."
    assert what_next([good_set(9), good_set(8), good_set(7)], Tempo())[0].why == "You did 9, 8 and 7 reps in your sets."
    assert keys([good_set(5, number=1), good_set(10, number=2)]) == ["reps"]


def test_lost_range_names_the_set_and_both_numbers() -> None:
    reps = [make_rep(i, rom_deg=50.0 - 2.0 * i) for i in range(1, 11)]
    first = what_next([good_set(), make_set(reps, 2)], Tempo())[0]
    assert (first.key, first.why) == ("range", "In set 2 the range fell from 48° at best to 30° in the last rep.")
