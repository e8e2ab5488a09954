"""What makes a set, what belongs to it, and what ends it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from analysis.chains import (
    CONFIRM,
    HANGS_DEG,
    HELD_UP,
    PAUSE_S,
    SAME_ARM_M,
    SAME_SIZE,
    SAME_WAY_DEG,
    alike,
    held_up,
)
from analysis.gait import Gait
from analysis.pivot import Pivot
from analysis.presets import KICKBACK
from analysis.reps import Candidate
from analysis.results import Reason
from analysis.sets import (
    ASIDE_DEG,
    FOR_USUAL,
    IN_SET_SHARE,
    LARGE,
    OTHER_MOVEMENT_S,
    OTHER_QUIET_S,
    SURE_ASYMMETRY_DEG,
    SURE_STRETCHES,
    OpenSet,
    mean_direction,
    spread_deg,
)

FloatArray = npt.NDArray[np.float64]
MakeCandidate = Callable[..., Candidate]

RATE_HZ = 100.0
SETTLE = 9
HIP = Pivot((-0.8, 0.0, 0.0), 0.8, 0.0, 0.97, 2.0, 0.2)


def turned(deg: float) -> FloatArray:
    """Upwards when the sensor has turned on the leg by ``deg``, about an axis that is not the swing's."""
    return np.array([0.0, math.sin(math.radians(deg)), math.cos(math.radians(deg))])


def sideways(deg: float) -> FloatArray:
    """A swing ``deg`` off backwards."""
    return np.array([-math.cos(math.radians(deg)), math.sin(math.radians(deg)), 0.0])


@pytest.fixture
def opened(candidate: MakeCandidate) -> OpenSet:
    """A set of three, confirmed at 17 s."""
    chain = [candidate(6.0 * n) for n in range(CONFIRM)]
    one = OpenSet.of(1, None, 0, chain, SETTLE, KICKBACK)
    for it in chain:
        one.add(it)
    return one


# --- what may follow what ----------------------------------------------------------------------------------------


def test_reps_of_one_leg_from_one_rest_are_alike(candidate: MakeCandidate) -> None:
    assert alike(candidate(0.0), candidate(6.0), RATE_HZ, KICKBACK)
    assert alike(candidate(0.0), candidate(5.0), RATE_HZ, KICKBACK)


@pytest.mark.parametrize(
    "change",
    [
        {"at_s": 5.0 + PAUSE_S + 0.1},
        {"at_s": 3.0},
        {"height_deg": 50.0 * SAME_SIZE + 1.0},
        {"height_deg": 50.0 / SAME_SIZE - 1.0},
        {"long_s": 16.0},
        {"swing": sideways(SAME_WAY_DEG + 1.0)},
        {"begin_up": turned(19.0)},
        {"pivot": replace(HIP, along_m=0.8 - SAME_ARM_M - 0.01)},
        {"pivot": None},
    ],
    ids=["late", "overlapping", "large", "small", "slow", "another way", "elsewhere", "another hip", "unseen"],
)
def test_others_are_not(candidate: MakeCandidate, change: dict[str, Any]) -> None:
    assert not alike(candidate(0.0), candidate(**{"at_s": 6.0} | change), RATE_HZ, KICKBACK)


def test_a_hold_taken_for_rest_waits_for_the_rest_where_the_leg_hangs(candidate: MakeCandidate) -> None:
    hold = replace(HIP, tilt_deg=-HANGS_DEG - 1.0)
    lowered = [candidate(6.0 * n, swing=sideways(180.0), pivot=hold) for n in range(CONFIRM)]
    raised = [candidate(3.0 + 6.0 * n) for n in range(CONFIRM - 1)]
    assert held_up(lowered, [lowered, raised])
    assert not held_up(raised, [lowered, raised])
    assert not held_up(lowered, [lowered, raised[:1]])
    same_way = [candidate(3.0 + 6.0 * n, swing=sideways(160.0)) for n in range(CONFIRM - 1)]
    assert not held_up(lowered, [lowered, same_way])


def test_it_waits_only_so_long(candidate: MakeCandidate) -> None:
    hold = replace(HIP, tilt_deg=-HANGS_DEG - 1.0)
    lowered = [candidate(6.0 * n, swing=sideways(180.0), pivot=hold) for n in range(CONFIRM + HELD_UP + 1)]
    raised = [candidate(3.0 + 6.0 * n) for n in range(CONFIRM)]
    assert held_up(lowered[:-1], [lowered, raised])
    assert not held_up(lowered, [lowered, raised])


# --- what belongs to a set ---------------------------------------------------------------------------------------


def test_a_set_knows_its_rest_its_way_and_its_hip(opened: OpenSet) -> None:
    assert opened.rest == pytest.approx(turned(0.0))
    assert opened.swing == pytest.approx(sideways(0.0))
    assert (opened.arm_m, opened.tilt_deg, opened.height_deg, opened.duration_s) == (0.8, 0.0, 50.0, 5.0)
    assert opened.last == 1700
    assert opened.tracker.hysteresis_deg == pytest.approx(3.5)
    assert opened.tracker.home_deg == pytest.approx(17.5)


def test_the_next_rep_belongs_to_it(candidate: MakeCandidate, opened: OpenSet) -> None:
    assert opened.objection(candidate(18.0), KICKBACK) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"height_deg": 9.0}, Reason.TOO_SMALL),
        ({"height_deg": 50.0 * LARGE + 1.0}, Reason.NO_RHYTHM),
        ({"long_s": 0.45}, Reason.TOO_SHORT),
        ({"long_s": 31.0}, Reason.TOO_LONG),
        ({"end_up": turned(19.0)}, Reason.NOT_BACK),
        ({"long_s": 1.0}, Reason.NO_RHYTHM),
        ({"pivot": replace(HIP, along_m=0.1)}, Reason.NO_PIVOT),
        ({"pivot": replace(HIP, tilt_deg=40.0)}, Reason.NO_PIVOT),
        ({"pivot": replace(HIP, explained=0.3)}, Reason.NO_PIVOT),
        ({"swing": sideways(120.0)}, Reason.WRONG_WAY),
        ({"pivot": None, "swing": sideways(50.0)}, Reason.WRONG_WAY),
        ({"axis": 0.4}, Reason.NO_AXIS),
    ],
)
def test_what_is_no_rep_of_it_is_told_why(
    candidate: MakeCandidate, opened: OpenSet, change: dict[str, Any], reason: Reason
) -> None:
    why = opened.objection(candidate(18.0, **change), KICKBACK)
    assert why is not None
    assert why[0] is reason
    assert why[1], "a reason comes with its numbers"


def test_a_partial_belongs_to_it_when_its_hip_is_the_sets(candidate: MakeCandidate, opened: OpenSet) -> None:
    small = candidate(18.0, 3.0, height_deg=15.0)
    assert opened.objection(small, KICKBACK) is None
    assert opened.objection(replace(small, swing=sideways(30.0)), KICKBACK) is not None
    assert opened.objection(replace(small, height_deg=50.0 * IN_SET_SHARE - 0.1), KICKBACK) is not None


def test_a_rep_after_the_strap_slipped_belongs_to_it(candidate: MakeCandidate, opened: OpenSet) -> None:
    slipped = candidate(18.0, begin_up=turned(25.0), end_up=turned(25.0), swing=sideways(40.0))
    assert opened.objection(slipped, KICKBACK) is None


def test_a_rep_of_which_much_was_lost_goes_by_size_rhythm_and_way(candidate: MakeCandidate, opened: OpenSet) -> None:
    assert opened.objection(candidate(18.0, pivot=None, lost_s=2.0), KICKBACK) is None


def test_what_came_before_the_first_candidates_must_be_like_them(candidate: MakeCandidate, opened: OpenSet) -> None:
    early = candidate(0.0, first=-700, last=-200)
    assert opened.objection(early, KICKBACK) is None
    assert opened.objection(replace(early, swing=sideways(35.0)), KICKBACK) is not None
    assert FOR_USUAL.way_deg > 35.0


def test_the_rest_position_follows_slowly(candidate: MakeCandidate, opened: OpenSet) -> None:
    for n in range(12):
        opened.add(candidate(18.0 + 6 * n, begin_up=turned(10.0), end_up=turned(10.0)))
        if n == 0:
            assert 2.0 < math.degrees(math.acos(opened.rest[2])) < 5.0
    assert opened.rest == pytest.approx(turned(10.0), abs=0.01)
    assert opened.tracker.ref == pytest.approx(tuple(opened.rest))


@pytest.mark.parametrize(
    ("way_deg", "stretches", "asymmetry_deg", "refused"),
    [
        (0.0, 8, 20.0, False),
        (ASIDE_DEG - 5.0, 8, 20.0, False),
        (ASIDE_DEG + 5.0, 8, 20.0, True),
        (180.0, SURE_STRETCHES, SURE_ASYMMETRY_DEG + 1.0, True),
        (180.0, SURE_STRETCHES - 1, 20.0, False),
        (180.0, 8, SURE_ASYMMETRY_DEG, False),
    ],
)
def test_only_sure_walking_refuses_a_set(
    opened: OpenSet, way_deg: float, stretches: int, asymmetry_deg: float, refused: bool
) -> None:
    assert opened.aside_deg() is None
    opened.gait = Gait(sideways(way_deg), stretches, asymmetry_deg)
    assert (opened.aside_deg() is not None) is refused
    assert opened.aside_deg() == (pytest.approx(way_deg) if refused else None)


# --- what ends it ------------------------------------------------------------------------------------------------


def test_a_long_rest_ends_it(opened: OpenSet) -> None:
    assert opened.over(opened.last + round((PAUSE_S - 0.1) * RATE_HZ), RATE_HZ) is None
    assert opened.over(opened.last + round((PAUSE_S + 0.1) * RATE_HZ), RATE_HZ) == "rest"


def test_a_leg_that_never_comes_back_ends_it_later(opened: OpenSet) -> None:
    opened.tracker.state = 1
    assert opened.over(opened.last + round((2 * PAUSE_S - 0.1) * RATE_HZ), RATE_HZ) is None
    assert opened.over(opened.last + round((2 * PAUSE_S + 0.1) * RATE_HZ), RATE_HZ) == "change of posture"


def test_other_movement_ends_it_when_the_last_rep_is_long_ago(candidate: MakeCandidate, opened: OpenSet) -> None:
    piece, long_ago = candidate(20.0, 0.6 * OTHER_MOVEMENT_S), opened.last + round((OTHER_QUIET_S + 0.1) * RATE_HZ)
    opened.refuse(piece)
    assert opened.over(long_ago, RATE_HZ) is None
    opened.refuse(piece)
    assert opened.over(opened.last + 100, RATE_HZ) is None
    assert opened.over(long_ago, RATE_HZ) == "other movement"


def test_it_does_not_end_in_mid_rep(candidate: MakeCandidate, opened: OpenSet) -> None:
    piece, long_ago = candidate(20.0, 0.6 * OTHER_MOVEMENT_S), opened.last + round((OTHER_QUIET_S + 0.1) * RATE_HZ)
    opened.refuse(piece)
    opened.refuse(piece)
    opened.tracker.state, opened.tracker.first_deg, opened.tracker.top_deg = 1, 0.0, opened.height_deg
    assert opened.over(long_ago, RATE_HZ) is None
    assert opened.over(opened.last + round(16.0 * RATE_HZ), RATE_HZ) == "other movement"


def test_other_movement_with_a_rep_between_does_not(candidate: MakeCandidate, opened: OpenSet) -> None:
    piece = candidate(20.0, 0.6 * OTHER_MOVEMENT_S)
    opened.refuse(piece)
    opened.add(candidate(24.0))
    opened.refuse(piece)
    assert opened.over(opened.last + 100, RATE_HZ) is None


def test_directions_and_their_spread() -> None:
    assert mean_direction([sideways(-10.0), sideways(10.0)]) == pytest.approx(sideways(0.0))
    assert spread_deg([sideways(-10.0), sideways(10.0)]) == pytest.approx(10.0)
    assert spread_deg([sideways(3.0)]) == pytest.approx(0.0, abs=1e-6)
