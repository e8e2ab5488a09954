"""Turning points of angles drawn by hand: what is a rep, a pulse, a bounce, a partial return; rest positions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.segment import (
    BOUNCE,
    CLUSTER_DEG,
    FORGET_S,
    HOME_DEG,
    HYSTERESIS_DEG,
    MOST_RESTS,
    REST_S,
    Direction,
    Excursion,
    Rest,
    Rests,
    Tracker,
    turn_deg,
)

TICK_HZ = 25.0
SETTLE = 9


def path(*corners: tuple[float, float]) -> list[float]:
    """Angles at every tick along straight lines between corners (seconds, degrees)."""
    times, angles = zip(*corners, strict=True)
    ticks = np.arange(round(times[0] * TICK_HZ), round(times[-1] * TICK_HZ) + 1)
    return [float(a) for a in np.interp(ticks / TICK_HZ, times, angles)]


def fed(angles: list[float], tracker: Tracker | None = None, first: int = 0) -> list[tuple[int, Excursion]]:
    """The excursions, each with the tick that ended it."""
    tracker = tracker or Tracker(0, (0.0, 0.0, 1.0), settle=SETTLE)
    done = ((tick, tracker.feed(tick, angle)) for tick, angle in enumerate(angles, first))
    return [(tick, excursion) for tick, excursion in done if excursion is not None]


REP = ((0.0, 1.0), (2.0, 1.0), (3.0, 50.0), (4.0, 50.0), (6.0, 1.0), (8.0, 1.0))


def test_a_rep_ends_soon_after_it_is_back() -> None:
    ((tick, one),) = fed(path(*REP))
    assert (one.first_deg, one.top_deg, one.last_deg) == (1.0, 50.0, 1.0)
    assert 1.9 <= one.first / TICK_HZ <= 2.1
    assert 3.0 <= one.top / TICK_HZ <= 4.0
    assert 5.9 <= one.last / TICK_HZ <= 6.0
    assert (tick - one.last) / TICK_HZ <= (SETTLE + 1) / TICK_HZ


def test_a_dip_above_half_is_a_pulse_of_the_same_rep() -> None:
    ((_, one),) = fed(path((0, 0), (2, 0), (3, 60), (3.5, 35), (4, 60), (4.5, 40), (5, 62), (7, 0), (8, 0)))
    assert one.top_deg == 62.0
    assert one.last_deg == 0.0


def test_a_dip_below_half_ends_a_rep_a_bounce() -> None:
    low = BOUNCE * 60 - 2.0
    found = fed(path((0, 0), (2, 0), (3, 60), (4, low), (5, 60), (6, 0), (8, 0)))
    assert len(found) == 2
    (tick, first), (_, second) = found
    assert first.last_deg == pytest.approx(low)
    assert second.first == first.last
    assert second.first_deg == pytest.approx(low)
    # known as soon as the leg has risen by the hysteresis: 60 - 28 degrees a second
    assert (tick - first.last) / TICK_HZ <= HYSTERESIS_DEG / (60 - low) + 2 / TICK_HZ


def test_bouncing_through_rest_counts_each_way() -> None:
    corners = [(2.0 + 0.6 * n, 50.0 * (n % 2)) for n in range(13)]
    found = fed(path((0, 0), *corners, (10.4, 0.0)))
    assert len(found) == 6
    assert [one.top_deg for _, one in found] == pytest.approx([50.0] * 6)


def test_a_partial_return_far_from_rest_ends_nothing() -> None:
    stuck = HOME_DEG + 3.0
    assert fed(path((0, 0), (2, 0), (3, 60), (4, stuck), (12, stuck))) == []


def test_a_partial_return_ends_when_it_goes_on_home() -> None:
    stuck = HOME_DEG + 3.0
    ((_, one),) = fed(path((0, 0), (2, 0), (3, 60), (4, stuck), (7, stuck), (8, 0), (10, 0)))
    assert one.last_deg == 0.0
    assert one.last / TICK_HZ == pytest.approx(8.0, abs=0.1)


@pytest.mark.parametrize("home_deg", [HOME_DEG, 25.0])
def test_home_is_as_wide_as_the_set_says(home_deg: float) -> None:
    tracker = Tracker(-1, (0.0, 0.0, 1.0), settle=SETTLE, home_deg=home_deg)
    found = fed(path((0, 0), (2, 0), (3, 60), (4, home_deg - 1.0), (6, home_deg - 1.0)), tracker)
    assert [one.last_deg for _, one in found] == [pytest.approx(home_deg - 1.0)]


def test_an_excursion_below_the_hysteresis_is_nothing() -> None:
    assert fed(path((0, 0), (2, 0), (3, HYSTERESIS_DEG - 0.5), (4, 0), (6, 0))) == []


def test_a_finer_hysteresis_sees_a_small_rep() -> None:
    tracker = Tracker(-1, (0.0, 0.0, 1.0), hysteresis_deg=3.0, settle=SETTLE)
    assert len(fed(path((0, 0), (2, 0), (2.6, 5), (3.4, 0), (6, 0)), tracker)) == 1


def test_a_slow_sinking_leg_is_not_at_rest_yet() -> None:
    # from 11 degrees, which counts as home, it goes on down with 2 degrees a second
    ((_, one),) = fed(path((0, 0), (2, 0), (3, 60), (4, 11), (9.5, 0), (11, 0)))
    assert one.last / TICK_HZ == pytest.approx(9.5, abs=0.4)
    assert one.last_deg < 1.0


def test_a_leg_that_stands_elsewhere_within_home_starts_the_next_rep_there() -> None:
    ((_, one),) = fed(path((0, 4), (1, 0), (1.1, 5), (3, 5), (4, 60), (5, 60), (6, 5), (8, 5)))
    assert one.first_deg <= 2.0
    assert one.first / TICK_HZ < 3.0


def test_restart_forgets_the_excursion_in_progress() -> None:
    tracker = Tracker(0, (0.0, 0.0, 1.0), settle=SETTLE)
    assert fed(path((0, 0), (2, 0), (3, 60)), tracker) == []
    tracker.restart()
    assert fed(path((10, 60), (11, 0), (13, 0)), tracker, first=250) == []
    assert len(fed(path((13, 0), (14, 60), (15, 0), (17, 0)), tracker, first=325)) == 1


@pytest.mark.parametrize("angle_deg", [0.0, 1e-7, 37.0, 90.0, 180.0])
def test_angles_from_rest(angle_deg: float) -> None:
    a = math.radians(angle_deg)
    up = (math.sin(a), 0.0, math.cos(a))
    assert Tracker(0, (0.0, 0.0, 1.0)).angle_deg(up) == pytest.approx(angle_deg, abs=1e-5)
    assert turn_deg(np.array([0.0, 0.0, 2.0]), 3 * np.array(up)) == pytest.approx(angle_deg, abs=1e-9)


# --- rest positions ----------------------------------------------------------------------------------------------


def leaning(deg: float) -> Direction:
    return (math.sin(math.radians(deg)), 0.0, math.cos(math.radians(deg)))


def stay(rests: Rests, deg: float, from_s: float, long_s: float) -> list[Rest]:
    first = round(from_s * TICK_HZ)
    new = [rests.still(tick, leaning(deg)) for tick in range(first, first + round(long_s * TICK_HZ))]
    return [rest for rest in new if rest is not None]


def test_a_rest_position_needs_its_time_and_is_said_once() -> None:
    rests = Rests(TICK_HZ)
    assert stay(rests, 5.0, 0.0, REST_S - 2 / TICK_HZ) == []
    (rest,) = stay(rests, 5.0, 10.0, 3.0)
    assert rest.tracker is not None
    assert rest.tracker.ref == pytest.approx(leaning(5.0))


def test_near_directions_are_one_rest_position_and_far_ones_two() -> None:
    rests = Rests(TICK_HZ)
    assert len(stay(rests, 0.0, 0.0, 2.0)) == 1
    assert stay(rests, CLUSTER_DEG - 1.0, 5.0, 2.0) == []
    assert len(stay(rests, CLUSTER_DEG + 12.0, 10.0, 2.0)) == 1
    assert len(rests.rests) == 2


def test_a_rest_position_follows_what_it_sees_while_no_excursion_goes_on() -> None:
    rests = Rests(TICK_HZ)
    (rest,) = stay(rests, 0.0, 0.0, REST_S)
    stay(rests, 6.0, 2.0, 4.0)
    assert rest.tracker is not None
    mean = math.degrees(math.acos(rest.tracker.ref[2]))
    assert 2.0 < mean < 6.0


def test_rest_positions_are_forgotten_and_never_too_many() -> None:
    rests = Rests(TICK_HZ)
    for n in range(MOST_RESTS + 3):
        stay(rests, 15.0 * n, 3.0 * n, 1.0)
    assert len(rests.rests) == MOST_RESTS
    assert min(rest.number for rest in rests.rests) == 3
    stay(rests, -60.0, 3.0 * MOST_RESTS + FORGET_S + 20.0, 1.0)
    assert len(rests.rests) == 1
