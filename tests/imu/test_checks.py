"""What is uncertain about a sensor is held against gravity while it streams."""

from __future__ import annotations

import numpy as np
import pytest

from imu.blocks import FloatArray, SampleBlock
from imu.checks import KEPT_S, GravityCheck
from imu.units import G0_MPS2, RAD_PER_DEG

RATE_HZ = 50.0


def turning(seconds: float) -> tuple[FloatArray, FloatArray]:
    """Rests for two seconds, turns by 90 degrees in one, and so on; m/s² and rad/s."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    turns, part = np.divmod(t, 3.0)
    angle = np.pi / 2 * (turns + np.clip(part - 2.0, 0.0, 1.0))
    rng = np.random.default_rng(1)
    acc = G0_MPS2 * np.column_stack([np.sin(angle), np.zeros_like(t), np.cos(angle)])
    gyr = np.column_stack([np.zeros_like(t), -np.gradient(angle, 1 / RATE_HZ), np.zeros_like(t)])
    return acc + rng.normal(0, 0.02, acc.shape), gyr + rng.normal(0, 0.002, gyr.shape)


def found(acc: FloatArray, gyr: FloatArray, missing: int = 0) -> tuple[str, ...]:
    check = GravityCheck(10.0, 30.0)
    start = 0
    for first in range(0, len(acc), 5):
        start += missing
        check.take(SampleBlock(start, RATE_HZ, acc[first : first + 5], gyr[first : first + 5], missing))
        start = start + len(acc[first : first + 5])
    return check.findings


def test_right_units_are_not_worth_a_word() -> None:
    assert found(*turning(20.0)) == ()


@pytest.mark.parametrize(
    ("acc_factor", "gyr_factor", "words"),
    [
        (1 / G0_MPS2, 1.0, "it is in g, not in m/s²"),
        (1000 / G0_MPS2, 1.0, "it is in mg, not in m/s²"),
        (1.0, 1 / RAD_PER_DEG, "the gyro is in deg/s, not in rad/s"),
    ],
)
def test_wrong_units_are_told_after_ten_seconds(acc_factor: float, gyr_factor: float, words: str) -> None:
    acc, gyr = turning(20.0)
    early = slice(0, int(9 * RATE_HZ))
    assert found(acc[early] * acc_factor, gyr[early] * gyr_factor) == ()
    assert any(words in each for each in found(acc * acc_factor, gyr * gyr_factor))


def test_swapped_axes_are_told() -> None:
    acc, gyr = turning(20.0)
    assert any("axes" in each or "would if" in each for each in found(acc, gyr[:, [1, 0, 2]]))


def test_that_nothing_could_be_checked_is_no_warning() -> None:
    rng = np.random.default_rng(2)
    assert found(rng.normal(0, 8, (1000, 3)), rng.normal(0, 1, (1000, 3))) == ()
    still = np.tile([0.0, 0.0, G0_MPS2], (1000, 1)) + rng.normal(0, 0.02, (1000, 3))
    assert found(still, rng.normal(0, 0.002, (1000, 3))) == ()


def test_gaps_and_empty_blocks_are_no_evidence() -> None:
    still = np.tile([0.0, 0.0, G0_MPS2], (200, 1)) + np.random.default_rng(3).normal(0, 0.02, (200, 3))
    assert found(still, still * 0.0001, missing=3) == ()
    check = GravityCheck(10.0, 30.0)
    check.take(SampleBlock(0, RATE_HZ, np.empty((0, 3)), np.empty((0, 3))))
    assert check.findings == ()


def test_a_finding_is_forgotten_when_the_last_minute_is_right() -> None:
    acc, gyr = turning(4 * KEPT_S)
    wrong = np.arange(len(acc)) < 15 * RATE_HZ
    assert found(np.where(wrong[:, None], acc / G0_MPS2, acc)[: int(15 * RATE_HZ)], gyr[: int(15 * RATE_HZ)])
    assert found(np.where(wrong[:, None], acc / G0_MPS2, acc), gyr) == ()
