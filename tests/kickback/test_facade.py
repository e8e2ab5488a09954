from __future__ import annotations

import importlib
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

import kickback
from analysis.params import Params, Tempo
from analysis.results import REP_COLUMNS
from imu.blocks import Header, Recording, SampleBlock
from kickback import _rooms, session
from kickback.session import choose, for_recording, from_frame, part
from recordings import shipped_path


def recording_of(n: int = 400, leg: str | None = None) -> Recording:
    """A sensor at rest: nothing to count, and quick to analyze."""
    acc = np.tile([0.0, 0.0, 9.81], (n, 1))
    return Recording(Header("rest", 100.0, start_s=5.0, leg=leg), SampleBlock(0, 100.0, acc, np.zeros((n, 3))))


def test_names_are_those_promised() -> None:
    promised = {"analyze", "read", "simulate", "Pipeline", "Params", "Tempo", "Recording", "Rep", "SetClosed"}
    assert promised | {"Rejected", "Analysis", "write_report"} <= set(kickback.__all__)
    assert list(kickback.__all__) == sorted(kickback.__all__)
    assert set(kickback.__all__) <= set(dir(kickback))


def test_names_come_from_where_they_live() -> None:
    assert kickback.analyze is session.analyze
    assert kickback.Params is Params


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'analyse'"):
        _ = kickback.analyse  # type: ignore[attr-defined]  # that is the point


def test_the_version_is_that_of_the_installed_package() -> None:
    assert kickback.__version__ == importlib.metadata.version("kickback")


def test_a_strangers_module_that_is_already_loaded_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stranger = ModuleType("imu")
    stranger.__file__ = str(tmp_path / "imu.py")
    monkeypatch.setitem(sys.modules, "imu", stranger)
    with pytest.raises(ImportError, match=r"imu\.py shadows kickback's own package 'imu': rename it") as caught:
        _rooms.check_rooms()
    assert (caught.value.name, caught.value.path) == ("imu", str(tmp_path / "imu.py"))


def test_a_missing_room_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rooms, "ROOMS", ("analysis", "no_such_room"))
    with pytest.raises(ImportError, match="'no_such_room' is missing"):
        _rooms.check_rooms()


def test_choose_replaces_only_what_was_said() -> None:
    params = Params(tempo=Tempo(4.0), legs=("left",), hip_rotation_limit_deg=12.0)
    assert choose(params) == params
    assert choose(params, leg=" Right") == replace(params, legs=("right",))
    assert choose(params, leg="left,right").legs == ("left", "right")
    assert choose(params, tempo="2-0-1-0").tempo == Tempo(2.0, 0.0, 1.0, 0.0)
    assert choose(params, hip_rotation_limit_deg=8.0).hip_rotation_limit_deg == 8.0


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"leg": "both"}, "neither 'left' nor 'right'"),
        ({"leg": ""}, "neither 'left' nor 'right'"),
        ({"tempo": "3-0-1"}, "not four numbers"),
        ({"hip_rotation_limit_deg": 0.0}, "must be positive"),
        ({"hip_rotation_limit_deg": math.nan}, "must be positive"),
    ],
)
def test_choose_refuses_what_is_out_of_range(said: dict[str, object], why: str) -> None:
    refuse: Callable[..., Params] = choose
    with pytest.raises(ValueError, match=why):
        refuse(Params(), **said)


def test_the_recordings_leg_counts_when_nobody_said_one() -> None:
    recording = recording_of(leg="right")
    assert for_recording(Params(), recording).legs == ("right",)
    assert for_recording(Params(legs=("left",)), recording).legs == ("left",)
    assert for_recording(Params(), recording_of()).legs == ()


def test_a_part_keeps_the_recordings_own_clock() -> None:
    cut = part(recording_of(), 6.0, 7.0)
    assert (len(cut), cut.header.start_s) == (100, 6.0)
    whole = recording_of()
    assert part(whole) is whole


def test_a_part_without_samples_says_where_the_recording_is() -> None:
    with pytest.raises(ValueError, match=r"it runs from 5\.00 to 9\.00 s"):
        part(recording_of(), from_s=20.0)


def test_a_frame_becomes_the_recording_that_it_came_from() -> None:
    recording = kickback.read(shipped_path("clean_set"))
    again = from_frame(recording.to_frame())
    assert again.rate_hz == pytest.approx(recording.rate_hz)
    assert again.header.start_s == pytest.approx(recording.header.start_s)
    np.testing.assert_allclose(again.block.acc_mps2, recording.block.acc_mps2)
    with_units = recording.to_frame().rename(
        columns=lambda name: name + {"acc": "_mps2", "gyr": "_radps"}.get(name[:3], "")
    )
    np.testing.assert_allclose(from_frame(with_units).block.acc_mps2, recording.block.acc_mps2)


@pytest.mark.parametrize(("sensor", "factor", "unit"), [("acc", 1 / 9.81, "which is g"), ("gyr", 57.3, "deg/s")])
def test_a_frame_in_other_units_is_refused(sensor: str, factor: float, unit: str) -> None:
    frame = kickback.read(shipped_path("clean_set")).to_frame()
    frame.loc[:, [f"{sensor}_{axis}" for axis in "xyz"]] *= factor
    with pytest.raises(ValueError, match=unit):
        from_frame(frame)


def test_a_frame_without_a_column_is_refused() -> None:
    with pytest.raises(ValueError, match="no column 'gyr_z'"):
        from_frame(recording_of().to_frame().drop(columns="gyr_z"))


def test_a_resting_sensor_has_no_reps() -> None:
    result = kickback.analyze(recording_of(leg="left"))
    assert result.closed == ()
    assert list(result.reps.columns) == list(REP_COLUMNS)
    assert (len(result.reps), len(result.sets)) == (0, 0)
    assert result.angle_deg.shape == (400,)
    assert result.params.legs == ("left",)


def test_lost_samples_are_a_warning() -> None:
    recording = recording_of()
    acc = recording.block.acc_mps2.copy()
    acc[100:150] = np.nan
    result = kickback.analyze(replace(recording, block=replace(recording.block, acc_mps2=acc)))
    assert any(sentence.startswith("0.50 s of the signal (12.5 %) were lost") for sentence in result.warnings)


def test_frames_are_typed() -> None:
    frame = kickback.analyze(recording_of()).reps
    assert frame["rep"].dtype == pd.Int64Dtype()
    assert frame["hip_rotation"].dtype == pd.BooleanDtype()


@pytest.mark.parametrize("room", ["analysis", "imu", "kickback", "recordings"])
def test_every_room_tells_type_checkers_that_it_is_typed(room: str) -> None:
    home = Path(kickback.__file__).parent.parent
    assert (home / room / "py.typed").is_file()


def test_legs_that_do_not_fit_the_sets_are_a_warning() -> None:
    result = kickback.analyze(recording_of(), leg="left,right")
    assert "2 legs were named for 0 sets; check which leg is which set." in result.warnings
