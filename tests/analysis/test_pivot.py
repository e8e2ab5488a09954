"""The hip's fit against circles drawn by formula."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from analysis.pivot import NOISE_MPS2, Pivot, fit
from analysis.track import Window

FloatArray = npt.NDArray[np.float64]
MakeWindow = Callable[..., Window]
MinimumJerk = Callable[..., FloatArray]

RATE_HZ = 100.0
MOUNTS = [Rotation.identity(), *Rotation.random(4, rng=np.random.default_rng(7))]


def fitted(window: Window) -> Pivot:
    """The fit with the rest position from the first sample and the swing from the furthest one."""
    rest = window.up[0]
    top = window.up[int(np.argmin(window.up @ rest))]
    swing = top - rest * float(top @ rest)
    found = fit(window.acc, window.gyr, window.up, window.lost, window.rate_hz, swing / np.linalg.norm(swing), rest)
    assert found is not None
    return found


def with_acc(window: Window, acc: FloatArray, lost: npt.NDArray[np.bool_] | None = None) -> Window:
    gone = window.lost if lost is None else lost
    return Window(window.start, window.rate_hz, acc, window.gyr, window.quat, window.up, gone)


@pytest.fixture
def swing(minimum_jerk: MinimumJerk, leg_window: MakeWindow) -> Callable[..., Window]:
    def make(leg_m: float = 0.8, mount: Rotation | None = None, reach_deg: float = 55.0, **extra: object) -> Window:
        time_s = np.arange(450) / RATE_HZ
        angle = minimum_jerk(time_s, (0.3, 1.3, reach_deg), (2.2, 4.2, -reach_deg))
        return leg_window(angle, RATE_HZ, leg_m=leg_m, mount=mount, **extra)

    return make


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("leg_m", [0.45, 0.8, 1.05])
def test_the_arm_of_a_circle_is_found(swing: Callable[..., Window], leg_m: float, mount: Rotation) -> None:
    found = fitted(swing(leg_m, mount))
    assert found.along_m == pytest.approx(leg_m, rel=0.01)
    assert found.tilt_deg == pytest.approx(0.0, abs=0.5)
    assert found.explained > 0.995
    assert found.residual_mps2 < 0.05
    # the hip is above the sensor: the arm from the hip points down along the resting leg
    down = -mount.inv().apply([0.0, 0.0, 1.0])
    assert np.array(found.arm_m) == pytest.approx(leg_m * down, abs=0.01)


def test_the_accelerometers_bias_does_not_move_the_hip(swing: Callable[..., Window]) -> None:
    window = swing()
    assert fitted(with_acc(window, window.acc + np.array([0.3, -0.2, 0.4]))).along_m == pytest.approx(0.8, rel=0.01)


def test_a_leg_that_does_not_hang_at_rest_shows_as_tilt(minimum_jerk: MinimumJerk, leg_window: MakeWindow) -> None:
    time_s = np.arange(450) / RATE_HZ
    angle = 30.0 + minimum_jerk(time_s, (0.3, 1.3, 55.0), (2.2, 4.2, -55.0))
    found = fitted(leg_window(angle, RATE_HZ))
    assert abs(found.tilt_deg) == pytest.approx(30.0, abs=1.0)
    assert found.along_m == pytest.approx(0.8 * np.cos(np.radians(30.0)), rel=0.02)


def test_impacts_and_lost_samples_hardly_move_it(swing: Callable[..., Window]) -> None:
    window = swing()
    acc, lost = window.acc.copy(), window.lost.copy()
    acc[425:428] += [60.0, -40.0, 80.0]  # a heel that lands
    lost[150:170] = True
    acc[150:170] = acc[150]
    assert fitted(with_acc(window, acc, lost)).along_m == pytest.approx(0.8, rel=0.05)


def test_a_moving_hip_explains_less(swing: Callable[..., Window]) -> None:
    window = swing()
    time_s = np.arange(len(window)) / RATE_HZ
    # the hip goes along: a half metre to and fro in the time of a step, as in walking
    accelerated = 0.25 * (2 * np.pi * 0.9) ** 2 * np.sin(2 * np.pi * 0.9 * time_s)
    moved = window.acc + Rotation.from_quat(np.roll(window.quat, -1, axis=1)).inv().apply(
        np.stack([accelerated, np.zeros(450), np.zeros(450)], axis=1)
    )
    assert fitted(with_acc(window, moved)).explained < 0.6


def test_noise_lowers_what_is_explained_and_is_told(swing: Callable[..., Window]) -> None:
    window = swing(reach_deg=40.0)
    noise = np.random.default_rng(3).normal(0.0, 0.4, (450, 3))
    clean, noisy = fitted(window), fitted(with_acc(window, window.acc + noise))
    assert noisy.explained < clean.explained
    assert noisy.residual_mps2 > clean.residual_mps2
    assert noisy.along_m == pytest.approx(0.8, rel=0.05)


def test_a_leg_that_rests_holds_nothing_to_explain(leg_window: MakeWindow) -> None:
    window = leg_window(0.05 * np.sin(np.arange(300) / 30.0), RATE_HZ)
    found = fit(window.acc, window.gyr, window.up, window.lost, RATE_HZ, np.array([-1.0, 0, 0]), np.array([0, 0, 1.0]))
    assert found is not None
    assert found.signal_mps2 < NOISE_MPS2
    assert abs(found.along_m) < 10.0


def test_less_than_half_a_second_is_too_short(swing: Callable[..., Window]) -> None:
    window = swing().part(100, 149)
    up = window.up
    assert fit(window.acc, window.gyr, up, window.lost, RATE_HZ, np.array([-1.0, 0, 0]), np.array([0, 0, 1.0])) is None
