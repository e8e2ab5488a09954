"""What one excursion must show to be taken for a rep, to count alone, and how sure it is then."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from analysis.describe import confidence
from analysis.joint import needed, pivot_objection
from analysis.pivot import NOISE_MPS2, Pivot
from analysis.presets import KICKBACK
from analysis.reps import SWING_DEG, SWING_DWELL, Candidate, examine, objection, stands_alone
from analysis.results import Reason
from analysis.segment import Excursion
from analysis.track import Window

MakeCandidate = Callable[..., Candidate]
HIP = Pivot((-0.8, 0.0, 0.0), 0.8, 0.0, 0.97, 2.0, 0.2)


def turned(deg: float) -> npt.NDArray[np.float64]:
    """Upwards when the sensor has turned on the leg by ``deg``, about an axis that is not the swing's."""
    return np.array([0.0, math.sin(math.radians(deg)), math.cos(math.radians(deg))])


def test_a_kickback_meets_no_objection(candidate: MakeCandidate) -> None:
    assert objection(candidate(), KICKBACK) is None
    assert pivot_objection(candidate(), KICKBACK) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"height_deg": 9.9}, Reason.TOO_SMALL),
        ({"duration_s": 0.49}, Reason.TOO_SHORT),
        ({"duration_s": 30.1}, Reason.TOO_LONG),
        ({"from_rest_deg": 12.5}, Reason.NOT_BACK),
        ({"end_up": turned(12.5)}, Reason.NOT_BACK),
        ({"passing": 0.31}, Reason.NOT_BACK),
        ({"axis": 0.89}, Reason.NO_AXIS),
    ],
)
def test_the_path_of_a_candidate_has_limits(candidate: MakeCandidate, change: dict[str, Any], reason: Reason) -> None:
    why = objection(candidate(**change), KICKBACK)
    assert why is not None
    assert why[0] is reason
    assert why[1], "a reason comes with its numbers"


def test_a_small_excursion_that_passes_its_top_is_a_swing(candidate: MakeCandidate) -> None:
    swings = {"dwell": SWING_DWELL - 0.01, "height_deg": SWING_DEG - 1.0}
    why = objection(candidate(**swings), KICKBACK)
    assert why is not None
    assert why[0] is Reason.SHAKING
    assert objection(candidate(**swings | {"dwell": SWING_DWELL + 0.01}), KICKBACK) is None
    assert objection(candidate(**swings | {"height_deg": SWING_DEG + 1.0}), KICKBACK) is None


def test_the_time_near_the_top_tells_a_pendulum_from_a_movement(
    leg_window: Callable[..., Window], minimum_jerk: Callable[..., Any]
) -> None:
    time_s = np.arange(400) / 100.0
    pendulum = np.where(abs(time_s - 2.0) < 1.2, 12.5 * (1 + np.cos(np.pi * (time_s - 2.0) / 1.2)), 0.0)
    movement = minimum_jerk(time_s, (0.8, 2.0, 25.0), (2.0, 3.2, -25.0))
    excursion = Excursion(0, 20, 50, 80, 0.0, 25.0, 0.0)
    dwells = []
    for angle in (pendulum, movement):
        window = leg_window(angle, 100.0)
        seen = examine(window, excursion, window.up[0], 4, 399)
        assert seen is not None
        assert seen.height_deg == pytest.approx(25.0, abs=0.5)
        dwells.append(seen.dwell)
    assert dwells[0] < SWING_DWELL < dwells[1]
    # by algebra 0.295 and 0.358 of the movement, of which the slow first and last tenths of the speed are not seen
    assert dwells == pytest.approx([0.295, 0.358], abs=0.03)


@pytest.mark.parametrize(
    ("pivot", "reason"),
    [
        (None, Reason.GAP),
        (replace(HIP, explained=0.8), Reason.NO_PIVOT),
        (replace(HIP, along_m=0.45), Reason.NO_PIVOT),
        (replace(HIP, along_m=1.3), Reason.NO_PIVOT),
        (replace(HIP, tilt_deg=-26.0), Reason.NO_PIVOT),
    ],
)
def test_the_hip_of_a_candidate_has_limits(candidate: MakeCandidate, pivot: Pivot | None, reason: Reason) -> None:
    why = pivot_objection(candidate(pivot=pivot), KICKBACK)
    assert why is not None
    assert why[0] is reason


def test_a_faint_movement_need_not_be_explained_as_well(candidate: MakeCandidate) -> None:
    assert needed(replace(HIP, signal_mps2=5.0), 0.85) == 0.85
    faint = replace(HIP, signal_mps2=2 * NOISE_MPS2, explained=0.7)
    assert needed(faint, 0.85) == pytest.approx(1 - 1.5 / 4)
    assert pivot_objection(candidate(pivot=faint), KICKBACK) is None
    assert pivot_objection(candidate(pivot=replace(faint, signal_mps2=2.0)), KICKBACK) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"height_deg": 30.0},
        {"duration_s": 1.5},
        {"pivot": replace(HIP, explained=0.9)},
        {"pivot": replace(HIP, along_m=0.6)},
        {"pivot": replace(HIP, tilt_deg=18.0)},
        {"pivot": None},
        {"lost_s": 0.3},
    ],
)
def test_one_alone_must_show_more(candidate: MakeCandidate, change: dict[str, Any]) -> None:
    assert stands_alone(candidate(), KICKBACK)
    assert not stands_alone(candidate(**change), KICKBACK)


def test_confidence_is_a_product_and_lost_signal_lowers_it(candidate: MakeCandidate) -> None:
    assert confidence(candidate()) == pytest.approx(0.97 * 0.97, abs=1e-4)
    assert confidence(candidate(lost_s=1.0)) == pytest.approx(0.97 * 0.97 * 0.8, abs=1e-4)
    assert confidence(candidate(pivot=None)) == pytest.approx(0.5 * 0.97, abs=1e-4)
    assert confidence(candidate(pivot=replace(HIP, explained=-3.0))) == 0.0


def test_how_much_of_an_excursion_another_range_covers(candidate: MakeCandidate) -> None:
    one = candidate(10.0)  # samples 1000 to 1500
    assert one.overlap(0, 5000) == 1.0
    assert one.overlap(1250, 5000) == pytest.approx(0.5)
    assert one.overlap(1500, 5000) == 0.0
    assert one.overlap(0, 900) == 0.0
