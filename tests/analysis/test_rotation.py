"""Twist, tilt and sway of a leg that was turned by formula; the signs for both legs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from analysis import phases, rotation
from analysis.describe import Frame, Measured, describe, finish_set
from analysis.params import Params
from analysis.phases import Shape
from analysis.reps import Candidate
from analysis.results import Rep
from analysis.track import Window

FloatArray = npt.NDArray[np.float64]
MakeWindow = Callable[..., Window]
MinimumJerk = Callable[..., FloatArray]

RATE_HZ = 100.0
MOUNTS = [Rotation.identity(), *Rotation.random(3, rng=np.random.default_rng(11))]
BACK = np.array([-1.0, 0.0, 0.0])
"""The person of the paper leg faces +x."""


@pytest.fixture
def turned(minimum_jerk: MinimumJerk, leg_window: MakeWindow) -> Callable[..., Window]:
    """A rep whose leg turns about its long axis, counter-clockwise seen from the hip, by ``twist_deg`` at the top."""

    def make(twist_deg: float = 0.0, **extra: object) -> Window:
        time_s = np.arange(750) / RATE_HZ
        angle = minimum_jerk(time_s, (1.0, 2.0, 60.0), (3.0, 6.0, -60.0))
        twist = minimum_jerk(time_s, (1.0, 2.0, twist_deg), (3.0, 6.0, -twist_deg))
        return leg_window(angle, RATE_HZ, twist_deg=twist, **extra)

    return make


def shape_of(window: Window) -> Shape:
    shape = phases.measure(window, 100, 250, 600)
    assert shape is not None
    return shape


def candidate(window: Window) -> Candidate:
    """What segmentation would say about the one rep of the window."""
    rest, top = window.up[100], window.up[250]
    swing = top - rest * float(top @ rest)
    return Candidate(
        rest=0,
        first=95,
        top=250,
        last=605,
        low=95,
        high=605,
        known_at=700,
        from_rest_deg=0.0,
        height_deg=60.0,
        duration_s=5.1,
        begin_up=rest,
        swing=swing / np.linalg.norm(swing),
        end_up=rest,
        axis=1.0,
        passing=0.0,
        peak_dps=110.0,
        dwell=0.4,
        lost_s=0.0,
        pivot=None,
    )


def measured(window: Window, leg: str | None, *, limit_deg: float | None = None, number: int = 1) -> Measured:
    params = Params(hip_rotation_limit_deg=limit_deg)
    frame = Frame(1, leg, window.up[0], None, params, 0.0)
    done = describe(window, candidate(window), number, frame, 749)
    assert done is not None
    return done


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("twist_deg", [-24.0, 0.0, 9.0, 31.0])
def test_twist_is_found_on_any_mounting(turned: Callable[..., Window], twist_deg: float, mount: Rotation) -> None:
    window = turned(twist_deg, mount=mount)
    assert rotation.axial_deg(window, shape_of(window)) == pytest.approx(twist_deg, abs=0.3)


@pytest.mark.parametrize(("leg", "twist_deg"), [("right", -20.0), ("left", 20.0)])
def test_opening_outwards_is_positive_for_either_leg(turned: Callable[..., Window], leg: str, twist_deg: float) -> None:
    # toes of a person who faces +x: the right ones open to the right, clockwise seen from the hip
    assert measured(turned(twist_deg), leg).rep.axial_rotation_deg == pytest.approx(20.0, abs=0.3)
    assert measured(turned(-twist_deg), leg).rep.axial_rotation_deg == pytest.approx(-20.0, abs=0.3)


def test_without_a_leg_only_the_size_is_given(turned: Callable[..., Window]) -> None:
    for twist_deg in (-20.0, 20.0):
        rep = measured(turned(twist_deg), None).rep
        assert rep.axial_rotation_deg == pytest.approx(20.0, abs=0.3)
        assert rep.leg is None


@pytest.mark.parametrize(("limit_deg", "flag"), [(19.0, True), (21.0, False), (None, True)])
def test_the_flag_keeps_to_the_users_limit(turned: Callable[..., Window], limit_deg: float | None, flag: bool) -> None:
    for leg in ("left", "right", None):
        assert measured(turned(20.0), leg, limit_deg=limit_deg).rep.hip_rotation is flag


def test_the_default_limit_is_lower_when_walking_told_backwards() -> None:
    assert rotation.default_limit_deg(BACK) < rotation.default_limit_deg(None)


@pytest.mark.parametrize("plane_deg", [-15.0, 0.0, 20.0])
def test_travel_is_where_the_ankle_goes(turned: Callable[..., Window], plane_deg: float) -> None:
    window = turned(plane_deg=plane_deg, mount=MOUNTS[1])
    way = rotation.travel(window, shape_of(window))
    assert way is not None
    # from backwards, counter-clockwise from above by plane_deg, then into the sensor's frame at rest
    expected = MOUNTS[1].inv().apply(Rotation.from_euler("z", plane_deg, degrees=True).apply(BACK))
    assert way == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("leg", "outwards"), [("right", 1.0), ("left", -1.0)])
def test_tilt_is_positive_outwards_for_either_leg(turned: Callable[..., Window], leg: str, outwards: float) -> None:
    # the right ankle of a person who faces +x goes outwards towards -y: counter-clockwise from backwards
    planes = (-12.0, 0.0, 12.0)
    done = [measured(turned(plane_deg=plane), leg, number=n) for n, plane in enumerate(planes, 1)]
    reps = finish_set(done, np.array([0.0, 0.0, 1.0]), leg)
    assert [rep.plane_tilt_deg for rep in reps] == pytest.approx([outwards * plane for plane in planes], abs=0.3)
    unsigned = finish_set(done, np.array([0.0, 0.0, 1.0]), None)
    assert [rep.plane_tilt_deg for rep in unsigned] == pytest.approx([12.0, 0.0, 12.0], abs=0.3)


def test_twist_about_the_leg_and_tilt_of_the_plane_are_kept_apart(turned: Callable[..., Window]) -> None:
    window = turned(18.0, plane_deg=10.0, mount=MOUNTS[2])
    assert rotation.axial_deg(window, shape_of(window)) == pytest.approx(18.0, abs=0.3)


def test_travel_off_backwards_counts_with_its_weight() -> None:
    rest = np.array([0.0, 0.0, 1.0])
    way = Rotation.from_euler("z", 30.0, degrees=True).apply(BACK)
    share = rotation.AZIMUTH_SHARE
    assert rotation.turned_out(-12.0, way, rest, BACK) == pytest.approx(-(12.0 * (1 - share) + 30.0 * share))
    assert rotation.turned_out(-12.0, way, rest, None) == -12.0
    assert rotation.turned_out(-12.0, None, rest, BACK) == -12.0


def test_a_hidden_start_leaves_the_twist_unknown(turned: Callable[..., Window]) -> None:
    window = turned(20.0)
    gone = np.zeros(750, bool)
    gone[90:140] = True
    cut = Window(0, RATE_HZ, window.acc, window.gyr, window.quat, window.up, gone)
    shape = shape_of(cut)
    assert "start_s" in shape.hidden
    assert math.isnan(rotation.axial_deg(cut, shape))
    assert rotation.travel(cut, shape) is None
    rep: Rep = measured(cut, "left").rep
    assert rep.hip_rotation is None
    assert math.isnan(rep.axial_rotation_deg)


def test_sway_is_the_rms_of_the_direction(minimum_jerk: MinimumJerk, leg_window: MakeWindow) -> None:
    time_s = np.arange(1250) / RATE_HZ
    angle = minimum_jerk(time_s, (1.0, 2.0, 60.0), (8.0, 11.0, -60.0))
    hold = (time_s > 2.0) & (time_s < 8.0)
    angle = angle + np.where(hold, 0.5 * np.sin(np.pi * (time_s - 2.0)), 0.0)
    window = leg_window(angle, RATE_HZ, mount=MOUNTS[3])
    shape = phases.measure(window, 100, 500, 1100)
    assert shape is not None
    assert rotation.sway_deg(window, shape) == pytest.approx(0.5 / math.sqrt(2), rel=0.15)


def test_pulses_are_no_sway(minimum_jerk: MinimumJerk, leg_window: MakeWindow) -> None:
    time_s = np.arange(950) / RATE_HZ
    pulses = ((3.0, 3.4, -8.0), (3.4, 3.8, 8.0), (4.2, 4.6, -8.0), (4.6, 5.0, 8.0))
    window = leg_window(minimum_jerk(time_s, (1.0, 2.0, 60.0), *pulses, (6.0, 8.0, -60.0)), RATE_HZ)
    shape = phases.measure(window, 100, 250, 800)
    assert shape is not None
    assert shape.pulses == 2
    assert rotation.sway_deg(window, shape) < 0.5
