"""Which way is backwards, from shanks that walk by formula."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

from analysis.gait import LEAST_STRETCHES, NEWEST, Gait, backwards

FloatArray = npt.NDArray[np.float64]

TICK_HZ = 25.0
MOUNTS = [Rotation.identity(), *Rotation.random(5, rng=np.random.default_rng(19))]


def shank(lean_deg: FloatArray, mount: Rotation, way_deg: float = 0.0) -> FloatArray:
    """Upwards in the sensor's frame for a shank that leans backwards (away from +x, the way it walks)."""
    leans = Rotation.from_rotvec(np.radians(lean_deg)[:, None] * [[0.0, 1.0, 0.0]])
    leans = Rotation.from_euler("z", way_deg, degrees=True) * leans
    return np.asarray((leans * mount).inv().apply([0.0, 0.0, 1.0]))


def walk(seconds: float, behind_deg: float = 55.0, ahead_deg: float = 18.0, stride_s: float = 1.1) -> FloatArray:
    """Sagittal shank angle of walking: short and far behind at toe-off, long and less far ahead."""
    turn = 2 * np.pi * np.arange(round(seconds * TICK_HZ)) / TICK_HZ / stride_s
    wave = np.cos(turn) + 0.25 * np.cos(2 * turn)
    low, high = wave.min(), wave.max()
    return np.asarray(-ahead_deg + (wave - low) / (high - low) * (behind_deg + ahead_deg))


def look(lean_deg: FloatArray, mount: Rotation = MOUNTS[0], way_deg: float = 0.0) -> Gait | None:
    return backwards(shank(lean_deg, mount, way_deg), TICK_HZ, mount.inv().apply([0.0, 0.0, 1.0]))


def off_deg(found: Gait, mount: Rotation) -> float:
    """From true backwards, which is -x for a person who walks towards +x."""
    return float(np.degrees(np.arccos(np.clip(found.back @ mount.inv().apply([-1.0, 0.0, 0.0]), -1, 1))))


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("stride_s", [0.95, 1.1, 1.3])
def test_backwards_is_found_on_any_mounting(mount: Rotation, stride_s: float) -> None:
    found = look(walk(8.0, stride_s=stride_s), mount)
    assert found is not None
    assert off_deg(found, mount) < 1.0
    assert LEAST_STRETCHES <= found.stretches <= NEWEST
    assert found.asymmetry_deg == pytest.approx(55.0 - 18.0, abs=4.0)
    assert np.linalg.norm(found.back) == pytest.approx(1.0)
    assert found.back @ mount.inv().apply([0.0, 0.0, 1.0]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("way_deg", [0.0, 73.0, 180.0])
def test_where_the_person_walks_does_not_matter(way_deg: float) -> None:
    found = look(walk(8.0), MOUNTS[2], way_deg)
    assert found is not None
    assert off_deg(found, MOUNTS[2]) < 1.0


def test_a_sway_from_side_to_side_turns_it_little() -> None:
    lean = walk(8.0)
    side = 6.0 * np.sin(2 * np.pi * np.arange(len(lean)) / TICK_HZ / 1.1 + 0.6)
    sideways = Rotation.from_rotvec(np.radians(side)[:, None] * [[1.0, 0.0, 0.0]])
    upright = np.array([0.0, 0.0, 1.0])
    leans = sideways * Rotation.from_rotvec(np.radians(lean)[:, None] * [[0.0, 1.0, 0.0]])
    found = backwards(np.asarray(leans.inv().apply(upright)), TICK_HZ, upright)
    assert found is not None
    assert off_deg(found, MOUNTS[0]) < 12.0


@pytest.mark.parametrize(
    "lean_deg",
    [
        np.zeros(250),
        walk(2.0),
        walk(8.0, behind_deg=22.0),
        walk(8.0, ahead_deg=2.0),
        walk(8.0, behind_deg=100.0),
    ],
    ids=["standing", "two seconds", "no toe-off", "never ahead", "further than a shank leans"],
)
def test_what_is_not_walking_tells_nothing(lean_deg: FloatArray) -> None:
    assert look(lean_deg) is None


def test_slow_swings_are_not_walking() -> None:
    assert look(walk(30.0, behind_deg=30.0, ahead_deg=7.0, stride_s=5.0)) is None


def test_walking_before_the_sensor_was_handled_does_not_count() -> None:
    handled = np.full(50, 150.0)
    assert look(np.concatenate([walk(8.0), handled, np.zeros(50)])) is None
    after = look(np.concatenate([walk(8.0), handled, walk(8.0), np.zeros(50)]), MOUNTS[4])
    assert after is not None
    assert off_deg(after, MOUNTS[4]) < 1.0


def test_lost_stretches_are_left_out() -> None:
    up = shank(walk(10.0), MOUNTS[3])
    up[100:110] = np.nan
    found = backwards(up, TICK_HZ, MOUNTS[3].inv().apply([0.0, 0.0, 1.0]))
    assert found is not None
    assert off_deg(found, MOUNTS[3]) < 1.0


def test_steps_that_disagree_tell_nothing() -> None:
    parts = [
        shank(walk(1.4), MOUNTS[0], 0.0) @ Rotation.from_euler("z", turn, degrees=True).as_matrix()
        for turn in (0, 90, 180, 270)
    ]
    assert backwards(np.vstack(parts), TICK_HZ, np.array([0.0, 0.0, 1.0])) is None


def test_nothing_before_the_set_tells_nothing() -> None:
    assert backwards(np.empty((0, 3)), TICK_HZ, np.array([0.0, 0.0, 1.0])) is None
