"""Two clocks made one, and the knock that both saw. The signals are made by hand: a spike on a quiet leg."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.sync import Alignment, knocks, the_knock
from imu.blocks import FloatArray
from imu.units import G0_MPS2


def leg(
    *spikes: tuple[float, float], rate_hz: float = 100.0, duration_s: float = 20.0
) -> tuple[FloatArray, FloatArray]:
    """Times from 5 s on and specific force, with spikes (contact in seconds, size in m/s²) that rise for 20 ms."""
    time_s = 5.0 + np.arange(round(duration_s * rate_hz)) / rate_hz
    beyond = np.zeros(len(time_s))
    for at_s, size in spikes:
        away = time_s - at_s
        rise, fall = np.clip(away / 0.02, 0, 1), np.exp(-np.clip(away - 0.02, 0, None) / 0.03)
        beyond += size * rise * fall
    acc = np.zeros((len(time_s), 3))
    acc[:, 2] = G0_MPS2 + beyond
    return time_s, acc


def test_one_instant_gives_the_offset() -> None:
    clocks = Alignment.of([12.5], [3.25])
    assert (clocks.offset_s, clocks.rate) == (-9.25, 1.0)
    assert clocks.to_sensor([12.5, np.nan])[0] == 3.25


def test_two_instants_give_the_rate_as_well() -> None:
    clocks = Alignment.of([10.0, 610.0], [4.0, 604.06])
    assert clocks.rate == pytest.approx(1.0001)
    assert clocks.to_sensor([310.0])[0] == pytest.approx(304.03)


@pytest.mark.parametrize(
    "video_s, sensor_s, words",
    [
        ([], [], "there is none"),
        ([1.0, 2.0], [1.0], "must be pairs"),
        ([1.0, 1.0], [1.0, 2.0], "all the same"),
        ([1.0, np.nan], [1.0, 2.0], "number of seconds"),
        ([0.0, 100.0], [0.0, 102.0], "another event"),
    ],
)
def test_instants_that_cannot_be_are_refused(video_s: list[float], sensor_s: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Alignment.of(video_s, sensor_s)


@pytest.mark.parametrize("rate_hz", [50.0, 100.0, 400.0])
@pytest.mark.parametrize("at_s", [9.0, 9.004, 9.013])
def test_the_contact_is_where_half_of_the_peak_is_passed(rate_hz: float, at_s: float) -> None:
    found = knocks(*leg((at_s, 80.0), (15.0, 30.0), rate_hz=rate_hz))
    assert [round(knock.at_s) for knock in found] == [9, 15]
    assert the_knock(found).at_s == pytest.approx(at_s + 0.01, abs=0.5 / rate_hz)


def test_rebounds_are_part_of_the_knock() -> None:
    assert len(knocks(*leg((9.0, 80.0), (9.4, 60.0)))) == 1


def test_lost_samples_are_no_knock() -> None:
    time_s, acc = leg((9.0, 80.0))
    acc[1000:1100] = np.nan
    assert len(knocks(time_s, acc)) == 1


def test_two_alike_are_not_chosen_between() -> None:
    with pytest.raises(ValueError, match=r"2 knocks are alike, at 9.01, 15.01 s"):
        the_knock(knocks(*leg((9.0, 80.0), (15.0, 70.0))))


def test_a_quiet_leg_has_no_knock() -> None:
    assert knocks(*leg((9.0, 10.0))) == ()
    with pytest.raises(ValueError, match="no jump and no tap"):
        the_knock(())
