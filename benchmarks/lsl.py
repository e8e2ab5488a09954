"""The streams of ``kickback live --lsl`` out of one process and into another on this machine: rate, loss, delay.

    python benchmarks/lsl.py [--seconds S] [--out FILE]

Simulated: recordings are handed to the outlets in blocks of ten samples at the pace at which they would come. Told of
each setting: samples and reps sent and received, whether they came in order and bit by bit, the delay from the push of
a block to its samples leaving the inlet (both on LSL's clock, which two processes of a machine share), and how far the
stamps lie from the instants at which the samples were due.
"""

from __future__ import annotations

import argparse
import multiprocessing
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Progress
from benchmarks.machine import out_argument, write_result
from imu.blocks import FloatArray, Header, Recording, SampleBlock
from imu.simulate import simulate
from kickback.lab.lsl import Lsl
from kickback.lab.outlet import Lab

BLOCK_S = 0.05
"""So much of the signal is in a block: as a link with a connection interval of 50 ms hands it on."""
PATIENCE_S = 20.0
QUIET_S = 3.0
"""An inlet that gets nothing for so long has all it will get."""


@dataclass(frozen=True)
class Setting:
    """What is varied: samples a second, sensors at once."""

    rate_hz: int
    sensors: int


SETTINGS = (Setting(50, 1), Setting(100, 1), Setting(200, 2), Setting(1000, 4))


@dataclass
class Received:
    """What one inlet got."""

    values: list[list[float]] = field(default_factory=list)
    stamps: list[float] = field(default_factory=list)
    pulled_s: list[float] = field(default_factory=list)
    events: int = 0
    correction_s: float = 0.0
    began_s: float = 0.0


def recording_of(rate_hz: int, seconds: float) -> Recording:
    """A simulated set, repeated to the length; above 200 Hz its samples are only taken to come faster."""
    made = simulate("clean", seed=5, reps=6, rate_hz=min(rate_hz, 200)).recording()
    both = np.hstack([made.block.acc_mps2, made.block.gyr_radps])
    both = np.tile(both[~made.lost], (1 + int(seconds * rate_hz) // len(made), 1))[: int(seconds * rate_hz)]
    block = SampleBlock(0, float(rate_hz), both[:, :3], both[:, 3:])
    return Recording(Header("lsl", float(rate_hz), simulated=True), block)


def send(setting: Setting, seconds: float, pipe: Connection) -> None:
    """In a process of its own: make the streams and send all of it in its time."""
    layer = Lsl()
    lab = Lab(layer)
    recording = recording_of(setting.rate_hz, seconds)
    lanes = range(setting.sensors)
    lab.join([(f"Kickback bench {lane}", recording.header) for lane in lanes])
    size = max(1, round(BLOCK_S * setting.rate_hz))
    pipelines = [Pipeline(Params(), recording.rate_hz) for _ in lanes]
    takers = [lab.taker(lane) for lane in lanes]
    pushed: list[tuple[int, float]] = []
    reps = 0
    start_s = layer.now_s()
    pipe.send("go")
    for block in recording.blocks(size):
        time.sleep(max(0.0, start_s + block.stop / block.rate_hz - layer.now_s()))
        for lane in lanes:
            pushed.append((block.stop, layer.now_s())) if lane == 0 else None
            takers[lane](block)
        for lane in lanes:
            events = pipelines[lane].push(block)
            lab.tell(events, lane)
            reps += sum(not isinstance(event, Progress) for event in events)
    pipe.send((start_s, pushed, reps, lab.fault))
    pipe.recv()


def receive(name: str, into: Received) -> None:
    """In a thread: take what comes of a sensor's samples and events."""
    import pylsl

    inlets = []
    for what in ("samples", "reps"):
        found = pylsl.resolve_byprop("name", f"{name} {what}", timeout=PATIENCE_S)
        inlets.append(pylsl.StreamInlet(found[0], max_buflen=600, recover=False))
        inlets[-1].open_stream(timeout=PATIENCE_S)
    into.correction_s = inlets[0].time_correction(timeout=PATIENCE_S)
    last_s = into.began_s = pylsl.local_clock()
    while pylsl.local_clock() - last_s < QUIET_S:
        values, stamps = inlets[0].pull_chunk(timeout=0.2, max_samples=1, min_samples=1)
        more, more_stamps = inlets[0].pull_chunk(timeout=0.0, max_samples=4096)
        now_s = pylsl.local_clock()
        stamps, values = [*stamps, *more_stamps], [*values, *more]
        if stamps:
            last_s = now_s
        into.values += values
        into.stamps += stamps
        into.pulled_s += [now_s] * len(stamps)
        into.events += len(inlets[1].pull_chunk(timeout=0.0)[1])
    into.events += len(inlets[1].pull_chunk(timeout=0.5)[1])


def run(setting: Setting, seconds: float) -> dict[str, Any]:
    """One setting from both ends."""
    Lsl()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=send, args=(setting, seconds, there))
    process.start()
    here.recv()
    recording = recording_of(setting.rate_hz, seconds)
    got = [Received() for _ in range(setting.sensors)]
    names = [f"Kickback bench {lane}" for lane in range(setting.sensors)]
    threads = [threading.Thread(target=receive, args=each) for each in zip(names, got, strict=True)]
    for thread in threads:
        thread.start()
    start_s, pushed, reps, fault = here.recv()
    for thread in threads:
        thread.join()
    here.send("end")
    process.join()
    assert not fault, fault
    told = _told(recording, start_s, pushed, got)
    pulled_s = [np.array(each.pulled_s) for each in got]
    since_s = [each[each > each[0]] for each in pulled_s]  # what had waited came at once
    rates_hz = [len(each) / (each[-1] - whole[0]) for each, whole in zip(since_s, pulled_s, strict=True)]
    return {
        "rate_hz": setting.rate_hz,
        "sensors": setting.sensors,
        "events_sent": reps,
        "events_received": sum(each.events for each in got),
        "samples_a_second_received": round(float(sum(rates_hz)), 1),
        **told,
    }


def _told(recording: Recording, start_s: float, pushed: list[tuple[int, float]], got: list[Received]) -> dict[str, Any]:
    both = np.hstack([recording.block.acc_mps2, recording.block.gyr_radps])
    stops, at_s = (np.array(each, dtype=np.float64) for each in zip(*pushed, strict=True))
    delays_ms, off_ms, same, sent = [], [], True, 0
    for each in got:
        count = len(each.stamps)
        first = int(np.flatnonzero((both == each.values[0]).all(axis=1))[0])  # what was sent before, nobody listened to
        sent += len(both) - first
        same &= bool(np.array_equal(np.array(each.values), both[first : first + count]))
        index = first + np.arange(count)
        push_s = at_s[np.searchsorted(stops, index, side="right")]
        live = push_s > each.began_s  # what was sent before has waited for the inlet to look
        delays_ms.append(1e3 * (np.array(each.pulled_s) - push_s)[live])
        off_ms.append(1e3 * (np.array(each.stamps) - (start_s + (index + 1) / recording.rate_hz)))
    received = sum(len(each.stamps) for each in got)
    return {
        "samples_sent": sent,
        "samples_received": received,
        "samples_lost": sent - received,
        "in_order_and_bit_by_bit": same,
        "delay_ms": _spread(np.concatenate(delays_ms)),
        "stamps_late_ms": _spread(np.concatenate(off_ms)),
        "clock_correction_ms": round(1e3 * max(abs(each.correction_s) for each in got), 3),
    }


def _spread(values: FloatArray) -> dict[str, float]:
    """Median, 95th percentile, greatest."""
    names = {"median": 50.0, "p95": 95.0, "greatest": 100.0}
    return {name: round(float(np.percentile(values, percent)), 3) for name, percent in names.items()}


def main() -> None:
    """Run all settings and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="of signal for each setting")
    out_argument(parser, "lsl")
    typed = parser.parse_args()
    results = []
    for setting in SETTINGS:
        results.append(run(setting, typed.seconds))
        print(results[-1], flush=True)
    import pylsl

    version = {"pylsl": pylsl.__version__, "liblsl": pylsl.library_version()}
    write_result(
        typed.out, {"simulated": True, "seconds": typed.seconds, "block_s": BLOCK_S, **version, "settings": results}
    )


if __name__ == "__main__":
    main()
