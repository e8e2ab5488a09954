"""The instants, range, speeds and pulses of a rep that was drawn by formula, so that the truth is known by algebra."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from analysis import phases
from analysis.phases import Shape
from analysis.track import Window

FloatArray = npt.NDArray[np.float64]
MakeWindow = Callable[..., Window]
MinimumJerk = Callable[..., FloatArray]

S5 = (1 - math.sqrt(1 - 4 * math.sqrt(0.05 / 16))) / 2
"""A minimum-jerk movement of length 1 has 5 % of its peak velocity here: s²(1 - s)² = 0.05 / 16."""
PEAK = 30 / 16
"""Its peak velocity for a way of length 1."""
MOUNT = Rotation.from_euler("xyz", [40.0, -110.0, 75.0], degrees=True)

Strokes = tuple[tuple[float, float, float], ...]
ONE_REP: Strokes = ((1.0, 2.0, 60.0), (3.0, 6.0, -60.0))
TRUE_S = (1.0 + S5, 2.0 - S5, 3.0 + 3 * S5, 6.0 - 3 * S5)


def instants_s(shape: Shape, rate_hz: float) -> tuple[float, ...]:
    samples = (shape.start, shape.concentric_end, shape.eccentric_start, shape.end)
    return tuple(sample / rate_hz for sample in samples)


def measure(window: Window, top_s: float, end_s: float, start_s: float = 1.0) -> Shape:
    first, top, last = (window.start + round(t * window.rate_hz) for t in (start_s, top_s, end_s))
    shape = phases.measure(window, first, top, last)
    assert shape is not None
    return shape


@pytest.fixture
def rep(minimum_jerk: MinimumJerk, leg_window: MakeWindow) -> Callable[..., Window]:
    def make(rate_hz: float = 100.0, strokes: Strokes = ONE_REP, long_s: float = 7.5, **extra: object) -> Window:
        time_s = np.arange(round(long_s * rate_hz)) / rate_hz
        wobble = extra.pop("wobble_deg", None)
        angle = minimum_jerk(time_s, *strokes)
        if callable(wobble):
            angle = angle + wobble(time_s)
        return leg_window(angle, rate_hz, mount=MOUNT, **extra)

    return make


@pytest.mark.parametrize(("rate_hz", "within_s"), [(25.0, 0.03), (52.0, 0.02), (100.0, 0.02), (200.0, 0.02)])
def test_instants_of_a_minimum_jerk_rep(rep: Callable[..., Window], rate_hz: float, within_s: float) -> None:
    shape = measure(rep(rate_hz), 2.5, 6.0)
    for found, true, long_s in zip(instants_s(shape, rate_hz), TRUE_S, (1.0, 1.0, 3.0, 3.0), strict=True):
        assert found == pytest.approx(true, abs=within_s * long_s)
    assert shape.hidden == ()
    assert shape.pulses == 0


def test_range_and_speeds_of_a_minimum_jerk_rep(rep: Callable[..., Window]) -> None:
    window = rep()
    shape = measure(window, 2.5, 6.0)
    began_deg = 60 * (10 * S5**3 - 15 * S5**4 + 6 * S5**5)
    assert shape.rom_deg == pytest.approx(60.0 - began_deg, abs=0.3)
    assert shape.peak_concentric_dps == pytest.approx(60.0 * PEAK, rel=0.02)
    assert shape.peak_eccentric_dps == pytest.approx(20.0 * PEAK, rel=0.02)
    angle = np.degrees(np.arccos(np.clip(window.up @ window.up[0], -1, 1)))
    assert angle[shape.hold].min() > 58.0


def test_the_session_index_of_a_window_does_not_matter(rep: Callable[..., Window]) -> None:
    here, there = measure(rep(), 2.5, 6.0), measure(rep(start=12345), 2.5, 6.0)
    for name in ("start", "concentric_end", "eccentric_start", "end"):
        assert getattr(there, name) - 12345 == pytest.approx(getattr(here, name), abs=1e-6)
    assert there.hold == here.hold


def test_where_segmentation_put_the_borders_hardly_matters(rep: Callable[..., Window]) -> None:
    window = rep()
    for shift_s in (-0.3, -0.15, 0.0):
        found = measure(window, 2.4, 6.0 - shift_s, start_s=1.0 + shift_s)
        assert instants_s(found, 100.0) == pytest.approx(instants_s(measure(window, 2.5, 6.0), 100.0), abs=0.012)


@pytest.mark.parametrize("turn", [0.0, 0.25, 0.5, 0.75])
def test_tremor_moves_no_instant_far(rep: Callable[..., Window], turn: float) -> None:
    def tremor(time_s: FloatArray) -> FloatArray:
        return np.asarray(0.05 * np.sin(2 * np.pi * (9.3 * time_s + turn)))  # 3 deg/s

    shape = measure(rep(wobble_deg=tremor), 2.5, 6.0)
    for found, true, within_s in zip(instants_s(shape, 100.0), TRUE_S, (0.025, 0.025, 0.08, 0.08), strict=True):
        assert found == pytest.approx(true, abs=within_s)
    assert shape.pulses == 0


PULSING: Strokes = (
    (1.0, 2.0, 60.0),
    *((3.0, 3.4, -8.0), (3.4, 3.8, 8.0)),
    *((4.2, 4.6, -5.0), (4.6, 5.0, 5.0)),
    (5.5, 7.5, -60.0),
)


def test_pulses_belong_to_the_hold(rep: Callable[..., Window]) -> None:
    shape = measure(rep(strokes=PULSING, long_s=9.0), 2.5, 7.5)
    assert shape.pulses == 2
    assert instants_s(shape, 100.0) == pytest.approx((1.0 + S5, 2.0 - S5, 5.5 + 2 * S5, 7.5 - 2 * S5), abs=0.03)
    quiet_s = np.flatnonzero(shape.quiet[shape.hold]) / 100.0 + shape.hold.start / 100.0
    assert not ((quiet_s > 3.1) & (quiet_s < 3.7)).any()
    assert ((quiet_s > 2.2) & (quiet_s < 2.9)).any()


def test_a_dip_of_less_than_two_degrees_is_no_pulse(rep: Callable[..., Window]) -> None:
    strokes: Strokes = ((1.0, 2.0, 60.0), (3.0, 3.4, -1.8), (3.4, 3.8, 1.8), (4.5, 7.0, -60.0))
    assert measure(rep(strokes=strokes, long_s=8.5), 2.5, 7.0).pulses == 0


def test_a_dip_to_half_of_the_range_that_comes_back_counts_as_one_pulse(rep: Callable[..., Window]) -> None:
    strokes: Strokes = ((1.0, 2.0, 60.0), (3.0, 3.6, -20.0), (3.6, 4.2, 20.0), (5.0, 7.0, -60.0))
    shape = measure(rep(strokes=strokes, long_s=8.5), 2.5, 7.0)
    assert shape.pulses == 1
    assert shape.eccentric_start / 100.0 == pytest.approx(5.0 + 2 * S5, abs=0.03)


def test_slowing_down_on_the_way_back_is_not_its_end(rep: Callable[..., Window]) -> None:
    # two strokes that overlap: between them the leg sinks with a third of the speed
    strokes: Strokes = ((1.0, 2.0, 60.0), (3.0, 5.0, -30.0), (4.4, 6.4, -30.0))
    shape = measure(rep(strokes=strokes, long_s=8.0), 2.5, 6.4)
    assert shape.eccentric_start / 100.0 == pytest.approx(3.0 + 2 * S5, abs=0.06)
    assert shape.end / 100.0 == pytest.approx(6.4 - 2 * S5, abs=0.06)


def test_a_bounce_has_hardly_a_hold(rep: Callable[..., Window]) -> None:
    shape = measure(rep(strokes=((1.0, 1.8, 50.0), (1.8, 2.8, -50.0)), long_s=4.0), 1.8, 2.8)
    assert 0 <= shape.eccentric_start - shape.concentric_end < 15
    assert shape.end / 100.0 == pytest.approx(2.8 - S5, abs=0.02)
    assert len(range(*shape.hold.indices(400))) >= 5


def lose(window: Window, from_s: float, to_s: float) -> Window:
    """The same with samples gone, without an orientation there, as behind a gap that was too long to bridge."""
    gone = np.zeros(len(window), bool)
    gone[round(from_s * window.rate_hz) : round(to_s * window.rate_hz)] = True
    acc, gyr, quat, up = (a.copy() for a in (window.acc, window.gyr, window.quat, window.up))
    for values in (acc, gyr, quat, up):
        values[gone] = np.nan
    return Window(window.start, window.rate_hz, acc, gyr, quat, up, window.lost | gone)


@pytest.mark.parametrize(
    ("gap_s", "hides"),
    [
        ((0.8, 1.4), {"start_s"}),
        ((1.7, 2.4), {"concentric_end_s"}),
        ((2.9, 3.6), {"eccentric_start_s"}),
        ((5.3, 6.2), {"end_s"}),
        ((2.2, 2.9), set()),
    ],
)
def test_a_gap_hides_the_instant_it_cuts_and_no_other(
    rep: Callable[..., Window], gap_s: tuple[float, float], hides: set[str]
) -> None:
    # segmentation takes the rest position from samples that were measured
    shape = measure(lose(rep(), *gap_s), 2.5, 6.0, start_s=min(1.0, gap_s[0] - 0.02))
    assert set(shape.hidden) == hides
    found = dict(zip(("start_s", "concentric_end_s", "eccentric_start_s", "end_s"), TRUE_S, strict=True))
    for (name, true), value in zip(found.items(), instants_s(shape, 100.0), strict=True):
        if name not in hides:
            assert value == pytest.approx(true, abs=0.06), name
    assert math.isnan(shape.heading)


def test_a_short_loss_hides_nothing(rep: Callable[..., Window]) -> None:
    gone = np.zeros(750, bool)
    gone[100:114] = True
    shape = measure(rep(lost=gone), 2.5, 6.0)
    assert shape.hidden == ()
    assert not math.isnan(shape.rom_deg)


@pytest.mark.parametrize(
    ("first", "last", "unknown"),
    [
        (145, 165, {"rom_deg", "peak_concentric_dps", "heading"}),
        (240, 260, {"pulses"}),
        (440, 460, {"peak_eccentric_dps"}),
    ],
)
def test_a_loss_leaves_what_it_cuts_unknown(
    rep: Callable[..., Window], first: int, last: int, unknown: set[str]
) -> None:
    gone = np.zeros(750, bool)
    gone[first:last] = True
    shape = measure(rep(lost=gone), 2.5, 6.0)
    names = ("rom_deg", "peak_concentric_dps", "peak_eccentric_dps", "pulses", "heading")
    assert {name for name in names if getattr(shape, name) is None or math.isnan(getattr(shape, name))} == unknown


def test_a_window_without_a_way_back_is_no_rep(rep: Callable[..., Window]) -> None:
    window = rep()
    assert phases.measure(window.part(0, 250), 100, 240, 249) is None
    assert phases.measure(window, 300, 300, 600) is None


def test_the_velocity_is_about_the_swing_axis_alone(minimum_jerk: MinimumJerk, leg_window: MakeWindow) -> None:
    time_s = np.arange(750) / 100.0
    angle = minimum_jerk(time_s, *ONE_REP)
    twisting = leg_window(angle, 100.0, twist_deg=minimum_jerk(time_s, (1.0, 2.0, 25.0)), mount=MOUNT)
    found_deg, found_dps, _ = phases.motion(twisting, 100, 250)
    assert np.abs(found_deg - angle).max() < 0.01
    assert np.abs(found_dps - np.gradient(angle, 0.01)).max() < 0.5


def test_a_standstill_on_the_way_back_is_not_its_end(rep: Callable[..., Window]) -> None:
    shape = measure(rep(strokes=((1.0, 2.0, 60.0), (3.0, 4.2, -32.0), (4.8, 6.0, -28.0))), 2.5, 6.0)
    _, _, eccentric_start_s, end_s = instants_s(shape, 100.0)
    assert end_s == pytest.approx(6.0 - 1.2 * S5, abs=0.03)
    assert eccentric_start_s == pytest.approx(3.0 + 1.2 * S5, abs=0.03)
