"""What the end of a set teaches about its reps and its calibration, and how what did not count is said."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from analysis.closing import say_refused
from analysis.describe import SLIP_DEG, Measured, calibrate, finish_set
from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.pivot import Pivot
from analysis.reps import Candidate
from analysis.results import Reason, Rep, SetClosed
from imu.blocks import Recording, SampleBlock
from recordings import read, shipped_path

MakeCandidate = Callable[..., Candidate]

RATE_HZ = 100.0
HIP = Pivot((-0.8, 0.0, 0.0), 0.8, 0.0, 0.97, 2.0, 0.2)


def turned(deg: float) -> npt.NDArray[np.float64]:
    """Upwards when the sensor has turned on the leg by ``deg``, about an axis that is not the swing's."""
    return np.array([0.0, math.sin(math.radians(deg)), math.cos(math.radians(deg))])


def sideways(deg: float) -> npt.NDArray[np.float64]:
    """A swing ``deg`` off backwards."""
    return np.array([-math.cos(math.radians(deg)), math.sin(math.radians(deg)), 0.0])


def rep(number: int, start_s: float, rom_deg: float = 50.0, **more: Any) -> Rep:
    first = round(start_s * RATE_HZ)
    plain = Rep(1, number, None, first, first + 400, first + 450, start_s, start_s + 1, start_s + 2, start_s + 4)
    return replace(plain, rom_deg=rom_deg, **more)


def finished(*reps: Rep) -> tuple[Rep, ...]:
    return finish_set([Measured(one, None) for one in reps], turned(0.0), None)


def test_pauses_are_from_end_to_start_and_the_last_has_none() -> None:
    done = finished(rep(1, 0.0), rep(2, 5.5), rep(3, 9.4))
    assert done[0].pause_s == pytest.approx(1.5)
    assert done[1].pause_s == 0.0  # a bounce: the next one began before this one's end
    assert math.isnan(done[2].pause_s)


def test_a_pause_next_to_a_hidden_instant_is_unknown() -> None:
    done = finished(rep(1, 0.0, hidden=("end_s",)), rep(2, 5.0), rep(3, 10.0, hidden=("start_s",)), rep(4, 15.0))
    assert [math.isnan(one.pause_s) for one in done] == [True, True, False, True]


@pytest.mark.parametrize(
    ("ranges_deg", "partial"),
    [
        # the others of the third have the median 40
        ((40.0, 60.0, 24.0, 26.0), (False, False, False, False)),
        ((40.0, 60.0, 19.0, 40.0), (False, False, True, False)),
        ((40.0, 19.0), (False, True)),
        ((40.0, math.nan, 40.0), (False, None, False)),
        ((12.0,), (False,)),
    ],
)
def test_a_partial_is_below_half_of_the_median_of_the_others(
    ranges_deg: tuple[float, ...], partial: tuple[bool | None, ...]
) -> None:
    done = finished(*(rep(n, 5.0 * n, deg) for n, deg in enumerate(ranges_deg, 1)))
    assert tuple(one.is_partial for one in done) == partial


def test_a_steady_set_is_calibrated_well(candidate: MakeCandidate) -> None:
    found = calibrate([candidate(6.0 * n) for n in range(8)])
    assert found.quality == pytest.approx(0.97 * 0.97, abs=1e-4)
    assert found.sentence.startswith("Good")
    assert (found.arm_m, found.explained, found.axis) == (0.8, 0.97, 0.97)
    assert found.strap_slip_deg == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("slip_deg", [SLIP_DEG + 5.0, 40.0])
def test_a_strap_that_slips_is_noticed_and_lowers_the_quality(candidate: MakeCandidate, slip_deg: float) -> None:
    found = calibrate([candidate(6.0 * n, begin_up=turned(slip_deg if n > 3 else 0.0)) for n in range(8)])
    assert found.strap_slip_deg == pytest.approx(slip_deg, abs=0.1)
    assert "tighten the strap" in found.sentence
    assert f"{slip_deg:.0f}°" in found.sentence
    assert found.quality < 0.7


def test_one_odd_rest_is_no_slip(candidate: MakeCandidate) -> None:
    found = calibrate([candidate(6.0 * n, begin_up=turned(25.0 if n == 4 else 0.0)) for n in range(9)])
    assert found.strap_slip_deg < SLIP_DEG


def test_a_direction_that_changes_is_told_with_what_it_means(candidate: MakeCandidate) -> None:
    found = calibrate([candidate(6.0 * n, swing=sideways(20.0 if n % 2 else -20.0)) for n in range(8)])
    assert found.quality < 0.8
    assert "direction" in found.sentence


def test_a_set_that_no_hip_explains_is_called_poor(candidate: MakeCandidate) -> None:
    found = calibrate([candidate(6.0 * n, pivot=replace(HIP, explained=0.4)) for n in range(8)])
    assert found.sentence.startswith("Poor")
    assert math.isnan(calibrate([candidate(pivot=None)]).arm_m)


def test_one_stretch_of_time_is_said_once_about_its_largest_and_in_order(candidate: MakeCandidate) -> None:
    small, large = candidate(10.0, height_deg=20.0), candidate(11.0, height_deg=35.0)
    later = candidate(30.0, height_deg=15.0)
    refused = [(later, Reason.NO_AXIS, "a"), (small, Reason.TOO_SMALL, "b"), (large, Reason.NO_PIVOT, "c")]
    said = say_refused(refused, [], RATE_HZ, 100.0, 9000)
    assert [(one.reason, one.start, one.end) for one in said] == [
        (Reason.NO_PIVOT, 1100, 1601),
        (Reason.NO_AXIS, 3000, 3501),
    ]
    assert said[0].start_s == pytest.approx(111.0)
    assert said[0].excursion_deg == 35.0
    assert {one.known_at for one in said} == {9000}


def test_nothing_is_said_of_a_stretch_twice(candidate: MakeCandidate) -> None:
    refused = [(candidate(10.0), Reason.NO_AXIS, "a"), (candidate(30.0), Reason.NO_PIVOT, "b")]
    said = say_refused(refused, [(900, 1100)], RATE_HZ, 0.0, 9000)
    assert [one.reason for one in said] == [Reason.NO_PIVOT]


def test_a_pause_that_a_loss_cut_is_unknown_and_so_is_its_tempo_code() -> None:
    recording = read(shipped_path("clean_set"))
    whole = events_of(recording)
    first, second = whole.reps[2], whole.reps[3]
    acc, gyr = recording.block.acc_mps2.copy(), recording.block.gyr_radps.copy()
    middle = (first.end + second.start) // 2
    acc[middle - 10 : middle + 10] = gyr[middle - 10 : middle + 10] = np.nan
    cut = events_of(Recording(recording.header, SampleBlock(0, recording.rate_hz, acc, gyr)))
    assert len(cut.reps) == len(whole.reps)
    assert math.isnan(cut.reps[2].pause_s)
    assert "pause_s" in cut.reps[2].hidden
    assert cut.reps[2].tempo_code is None
    assert [one.pause_s for one in cut.reps[3:-1]] == pytest.approx([one.pause_s for one in whole.reps[3:-1]], abs=0.02)
    assert cut.reps[-1].tempo_code is not None


def events_of(recording: Recording) -> SetClosed:
    pipeline = Pipeline(Params(), recording.rate_hz, recording.header.start_s)
    events = [*pipeline.push(recording.block), *pipeline.finish()]
    (closed,) = (event for event in events if isinstance(event, SetClosed))
    return closed
