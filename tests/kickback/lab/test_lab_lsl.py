"""The real layer: an outlet and an inlet on this machine, and what the inlet gets."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from imu.blocks import Recording, SampleBlock
from imu.simulate import simulate
from kickback.lab.lsl import Lsl
from kickback.lab.outlet import Lab

pylsl = pytest.importorskip("pylsl", reason="the extra 'lab' is not installed")

PATIENCE_S = 20.0
"""The longest that an inlet waits; it goes on as soon as it has what it waits for."""


def inlet_of(name: str) -> Any:
    found = pylsl.resolve_byprop("name", name, timeout=PATIENCE_S)
    assert len(found) == 1, f"no stream {name!r} within {PATIENCE_S:g} s"
    inlet = pylsl.StreamInlet(found[0], recover=False)
    inlet.open_stream(timeout=PATIENCE_S)
    return inlet


@pytest.fixture(scope="module")
def recording() -> Recording:
    return simulate("clean", seed=5, reps=4).recording()


def test_what_goes_out_comes_in(recording: Recording) -> None:
    name = f"loop {os.getpid()}"
    lab = Lab(Lsl())
    lab.join([(name, recording.header)])
    take: Callable[[SampleBlock], None] = lab.taker(0)
    blocks = list(recording.blocks(10))
    take(blocks[0])  # makes the streams; nobody listens yet
    label = f"Kickback {name}" + (f" {recording.header.leg}" if recording.header.leg else "")
    inlet = inlet_of(f"{label} samples")
    for block in blocks[1:11]:
        take(block)
    values: list[list[float]] = []
    stamps: list[float] = []
    while len(stamps) < 100:
        more, at_s = inlet.pull_chunk(timeout=PATIENCE_S, max_samples=100 - len(stamps))
        assert at_s, f"only {len(stamps)} samples within {PATIENCE_S:g} s"
        values += more
        stamps += at_s
    both = np.hstack([recording.block.acc_mps2, recording.block.gyr_radps])
    np.testing.assert_array_equal(values, both[10:110])
    assert (np.diff(stamps) > 0).all()
    info = inlet.info(timeout=PATIENCE_S)
    assert (info.nominal_srate(), info.channel_count(), info.type()) == (recording.rate_hz, 6, "MoCap")
    described = info.as_xml()
    for part in ("<label>gyr_z</label>", "<unit>m/s^2</unit>", "<simulated>true</simulated>"):
        assert part in described
    inlet.close_stream()
    assert lab.fault == ""


def test_texts_come_whole(recording: Recording) -> None:
    from kickback.lab.facts import events_of

    name = f"texts {os.getpid()}"
    outlet = Lsl().open(events_of(name, recording.header))
    inlet = inlet_of(f"{name} reps")
    texts = [json.dumps({"event": "rep", "rep": number}) for number in range(5)]
    outlet.say(texts, [1000.0 + number for number in range(5)])
    got = [inlet.pull_sample(timeout=PATIENCE_S) for _ in texts]
    assert [sample[0] for sample, _ in got] == texts
    assert [stamp_s for _, stamp_s in got] == [1000.0, 1001.0, 1002.0, 1003.0, 1004.0]
    inlet.close_stream()
