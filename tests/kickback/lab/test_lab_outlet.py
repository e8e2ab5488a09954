"""What the streams of a session hold: every sample, every event, all that is known; and that a fault ends nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Event, Progress, Rejected, Rep, SetClosed
from imu.blocks import Header, Recording, SampleBlock
from imu.simulate import simulate
from kickback.errors import KickbackError, UsageError
from kickback.lab.facts import PHASES
from kickback.lab.lsl import Lsl
from kickback.lab.opening import lab_of
from kickback.lab.outlet import Lab, LabView, names_of
from kickback.live.stage import Stage
from kickback.live.view import LineView


@pytest.fixture(scope="module")
def quick() -> Recording:
    """A simulated set of four reps, with a hole of twelve samples."""
    made = simulate("clean", seed=5, reps=4).recording()
    acc = made.block.acc_mps2.copy()
    acc[150:162] = np.nan
    return Recording(made.header, SampleBlock(0, made.rate_hz, acc, made.block.gyr_radps))


class Told:
    """A view that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.looks = 0

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *how: object) -> None:
        return None

    def take(self, events: Any, lane: int = 0) -> None:
        self.events += events

    def look(self) -> None:
        self.looks += 1


def sent(recording: Recording, layer: Any, delay_s: float = 0.03) -> tuple[Lab, Told]:
    """A session: blocks of ten samples arrive in their time; what was lost between two blocks is counted only."""
    lab, told = Lab(layer), Told()
    lab.join([("Strap 1", recording.header)])
    view, take = LabView(told, lab), lab.taker(0)
    pipeline = Pipeline(Params(legs=("right",)), recording.rate_hz)
    before_s = layer.clock_s
    with view:
        missing = 0
        for block in recording.blocks(10):
            lost = np.isnan(block.acc_mps2).any(axis=1)
            if lost.all():
                missing += len(block)
                continue
            layer.clock_s = before_s + (block.stop - 1) / block.rate_hz + delay_s
            block = replace(block, missing_before=missing)
            missing = 0
            take(block)
            view.take(pipeline.push(block))
            view.look()
        view.take(pipeline.finish())
    return lab, told


def test_every_sample_is_sent_with_its_instant(quick: Recording, layer: Any) -> None:
    start_s = layer.clock_s
    lab, _ = sent(quick, layer)
    samples = layer.opened[0]
    assert (samples.facts.rate_hz, samples.facts.text) == (quick.rate_hz, False)
    values = samples.all_values
    assert len(values) == len(quick)
    kept = ~quick.lost
    np.testing.assert_array_equal(values[kept, :3], quick.block.acc_mps2[kept])
    np.testing.assert_array_equal(values[kept, 3:], quick.block.gyr_radps[kept])
    assert np.isnan(values[~kept, 0]).all()
    expected_s = start_s + 0.03 + np.arange(len(quick)) / quick.rate_hz
    assert np.abs(samples.all_stamps - expected_s).max() < 1.5e-3  # the drift that is allowed over the hole
    assert lab.remarks() == []


def test_reps_and_sets_are_sent_as_json_at_the_instants_of_their_ends(quick: Recording, layer: Any) -> None:
    start_s = layer.clock_s
    _, told = sent(quick, layer)
    reps = layer.opened[1]
    documents = [json.loads(text) for text in reps.texts]
    kinds = {Rep: "rep", SetClosed: "set", Rejected: "not_counted"}
    events = [event for event in told.events if not isinstance(event, Progress)]
    assert [each["event"] for each in documents] == [kinds[type(event)] for event in events]
    (closed,) = (event for event in events if isinstance(event, SetClosed))
    (document,) = (each for each in documents if each["event"] == "set")
    assert [rep["rep"] for rep in document["reps"]] == [1, 2, 3, 4]
    assert document["reps"][0]["rom_deg"] == pytest.approx(closed.reps[0].rom_deg, abs=0.005)
    for event, stamp_s in zip(events, reps.text_stamps, strict=True):
        assert stamp_s == pytest.approx(start_s + 0.03 + event.end / quick.rate_hz, abs=2e-3)


def test_progress_is_sent_as_numbers(quick: Recording, layer: Any) -> None:
    _, told = sent(quick, layer)
    progress = [event for event in told.events if isinstance(event, Progress)]
    rows = layer.opened[2].all_values
    assert len(rows) == len(progress) > 100
    assert [PHASES[int(code)] for code in rows[:, 0]] == [event.phase for event in progress]
    np.testing.assert_array_equal(rows[:, 1], [event.angle_deg for event in progress])
    assert rows[:, 2].max() == 4


def test_the_streams_say_all_that_is_known(quick: Recording, layer: Any) -> None:
    sent(Recording(replace(quick.header, leg="right", extra={"tempo": "3-0-1-1"}), quick.block), layer)
    assert [each.facts.name for each in layer.opened] == [
        f"Kickback Strap 1 right {what}" for what in ("samples", "reps", "progress")
    ]
    assert [channel.unit for channel in layer.opened[0].facts.channels] == ["m/s^2"] * 3 + ["rad/s"] * 3
    for each in layer.opened:
        assert (each.facts.about["simulated"], each.facts.about["leg"]) == ("true", "right")
        assert each.facts.about["tempo"] == "3-0-1-1"
    assert layer.opened[2].facts.about["phases"].startswith("0=rest 1=concentric")


def test_two_sensors_have_streams_of_different_names() -> None:
    left, right, nobody = Header("a", 100.0, leg="left"), Header("b", 100.0, leg="right"), Header("c", 100.0)
    assert names_of([("Strap", left), ("Strap", right)]) == ["Kickback Strap left", "Kickback Strap right"]
    assert names_of([("Kickback left", left), ("Strap", nobody), ("Strap", nobody)]) == [
        "Kickback left",
        "Kickback Strap",
        "Kickback Strap 3",
    ]


def test_a_fault_of_the_lab_ends_its_streams_and_nothing_else(
    quick: Recording, layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(quick, layer)
    counted = len(layer.opened[0].stamps)

    def broken(*_: object) -> None:
        raise RuntimeError("the network is gone")

    monkeypatch.setattr(type(layer.opened[0]), "say", broken)
    lab, told = sent(quick, layer)
    assert any(isinstance(event, SetClosed) for event in told.events)
    assert told.looks > 0
    assert lab.remarks() == ["LSL got nothing any more: RuntimeError: the network is gone; the files have everything"]
    assert 0 < len(layer.opened[3].stamps) < counted


def test_without_pylsl_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(KickbackError, match=r"pip install 'kickback\[lab\]'"):
        Lsl()


def test_a_line_view_beside_it_shows_the_same(quick: Recording, layer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    lab = Lab(layer)
    lab.join([("x", quick.header)])
    with LabView(LineView(Console(), Stage([], ("BANNER",))), lab) as view:
        view.look()
    assert capsys.readouterr().out == "BANNER\n"


def test_a_replay_has_nothing_to_publish() -> None:
    assert lab_of(False, only_shown=True) is None
    with pytest.raises(UsageError, match="add --virtual"):
        lab_of(True, only_shown=True)
