"""A whole session with the lab beside it: what was sent is what the files hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.params import Params, Tempo
from firmware_protocol.registry import Wish
from imu.simulate import simulate
from kickback import analyze
from kickback.commands.live import live
from kickback.lab.outlet import Lab
from kickback.live.air import Air
from kickback.live.strap import Plan
from kickback.live.worn import worn_of


def test_the_lab_gets_what_the_files_hold(layer: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    from imu.virtual_backend import virtual_radio
    from imu.virtual_sensor import VirtualSensor

    whole = simulate("fast", seed=13, reps=3).recording()
    quick = whole.between(whole.header.start_s + 22.0, whole.header.start_s + 27.0)
    sensor = VirtualSensor(quick, name="Kickback 7")
    air = Air(lambda: virtual_radio(sensor), quick, lambda: sensor.played_out)
    params = Params(tempo=Tempo.parse("1-0-1-1"))
    plan = Plan(worn_of(["Kickback 7"], ["left"]), params, Wish(), tmp_path, 30.0, quick, lab=Lab(layer))
    assert live(plan, air) == 0
    (line,) = (line for line in "".join(capsys.readouterr()).splitlines() if "LSL" in line)
    assert line == "LSL: the streams 'Kickback 7 left', samples, reps and progress, from the first sample on"
    (raw,) = tmp_path.glob("*.kbraw")
    kept = analyze(raw)
    samples, reps, progress = layer.opened
    assert (samples.facts.name, samples.facts.about["leg"]) == ("Kickback 7 left samples", "left")
    np.testing.assert_array_equal(samples.all_values[:, :3], kept.recording.block.acc_mps2)
    documents = [json.loads(text) for text in reps.texts]
    closed = [each for each in documents if each["event"] == "set"]
    assert [rep["rep"] for each in closed for rep in each["reps"]] == [rep.rep for rep in kept.all_reps] == [1, 2, 3]
    assert closed[0]["reps"][0]["rom_deg"] == pytest.approx(kept.all_reps[0].rom_deg, abs=0.005)
    assert len(progress.values) > 10
