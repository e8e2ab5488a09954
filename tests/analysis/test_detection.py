"""F1, and the score by a truth that does not tell everything."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from analysis.detection import detection
from analysis.matching import READ, TrueRep, Truth
from analysis.score import Score, score, summarise

NAN = math.nan
UNTOLD = TrueRep(0, (0.0, NAN, NAN, 3.0), NAN, NAN, NAN, NAN, None, NAN, None, None, False, 0.0)


def by_hand(*spans: tuple[float, float]) -> Truth:
    """Labels by hand: only start and end are known."""
    return Truth("video", "", None, NAN, tuple(replace(UNTOLD, instants_s=(a, NAN, NAN, b)) for a, b in spans))


def judged(true: list[tuple[float, float]], found: list[tuple[float, float]], **measures: float) -> Score:
    columns = {name: np.full(len(found), measures.get(name, NAN)) for name in READ}
    columns["start_s"], columns["end_s"] = np.array(found).reshape(-1, 2).T
    return score(by_hand(*true), columns)


THREE = [(0.0, 3.0), (5.0, 8.0), (10.0, 13.0)]


def test_f1_is_twice_the_right_ones_over_all() -> None:
    one = judged(THREE, [(0.1, 3.0), (5.0, 8.2), (20.0, 22.0)])
    assert (one.missed, one.made_up) == (1, 1)
    assert detection([one]).value == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert math.isnan(detection([one]).low)


def test_f1_of_several_recordings_has_an_interval_that_holds_it() -> None:
    found = detection([judged(THREE, THREE), judged(THREE, THREE[:1]), judged(THREE, THREE[1:])])
    assert found.value == pytest.approx(12 / 15)
    assert found.low < found.value < found.high
    assert (found.n, found.recordings) == (9, 3)


def test_f1_of_nothing_is_unknown() -> None:
    assert math.isnan(detection([judged([], [])]).value)


def test_what_the_truth_does_not_tell_is_not_judged() -> None:
    measures = {"pulses": 2.0, "hip_rotation": 1.0, "is_partial": 1.0, "axial_rotation_deg": 20.0, "rom_deg": 50.0}
    figures = summarise([judged(THREE, THREE, **measures)], resamples=10)
    told = {name for name, figure in figures.items() if figure.n}
    assert {"found", "real", "start_s.median", "end_s.bias", "pause_s.median"} <= told
    asked = ("pulses", "rom_deg.rmse", "hip_rotation_sensitivity", "hip_rotation_specificity", "partial_specificity")
    assert not told & {*asked, "hip_rotation_auc", "hold_s.median", "axial_deg.rmse"}
