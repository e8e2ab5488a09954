"""An hour of two virtual sensors at once: memory, queue, processor time, and the events against offline analysis.

    python benchmarks/hour.py [--minutes M] [--rate HZ] [--drop-every S] [--out FILE]

Simulated. The sensors are in a process of their own (benchmarks/air.py); what is measured is the client's process:
bumble's host, bleak, the client, two recorders, two assemblers, two pipelines. Packets are lost now and then, and each
sensor drops its link for three seconds every ten minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import math
import pickle
import tempfile
import time
from pathlib import Path
from typing import IO, Any

import numpy as np

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Event, Progress, Rep, SetClosed
from benchmarks.air import air
from benchmarks.alike import alike
from benchmarks.machine import out_argument, write_result
from benchmarks.memory import resident_mb
from firmware_protocol.registry import Wish
from imu.client import LiveSensor
from imu.raw_file import read_records, recording_of
from imu.recorder import Recorder

NAMES = ["Kickback left", "Kickback right"]
DROP_EVERY_S = 600.0
LOSS = 0.001
SETTLED_S = 1800.0
"""By then every buffer has been full (results/memory.json: after 20 minutes the pipeline takes no more)."""


def lasting(event: Event) -> Event | None:
    """What is kept of an event for the comparison; None for what is only for the eye."""
    if isinstance(event, Progress):
        return None
    return dataclasses.replace(event, trace=None) if isinstance(event, SetClosed) else event


class Strand:
    """One sensor on its way from the radio to the events, which go to a file so that they take no memory."""

    def __init__(self, live: LiveSensor, folder: Path, number: int) -> None:
        self.live = live
        self.raw = folder / f"{number}.kbraw"
        self.seen = folder / f"{number}.events"
        self.samples = self.reps = self.events = 0

    async def run(self) -> None:
        """Stream until it is stopped."""
        with Recorder(self.raw) as recorder, self.seen.open("wb") as seen:
            self.live.keep = recorder.keep
            pipeline: Pipeline | None = None
            async for block in self.live:
                pipeline = pipeline or Pipeline(Params(), block.rate_hz)
                self.samples += len(block)
                self._note(pipeline.push(block), seen)
            if pipeline is not None:
                self._note(pipeline.finish(), seen)

    def _note(self, events: list[Event], seen: IO[bytes]) -> None:
        for event in events:
            if (kept := lasting(event)) is not None:
                self.events += 1
                self.reps += isinstance(event, Rep)
                pickle.dump(kept, seen)

    def told_live(self) -> list[Event]:
        """The events as they came."""
        found = []
        with self.seen.open("rb") as seen:
            while seen.peek(1):
                found.append(pickle.load(seen))
        return found

    def told_offline(self) -> list[Event]:
        """The events of the raw file, analyzed at once."""
        recording = recording_of(read_records(self.raw), "offline")
        pipeline = Pipeline(Params(), recording.rate_hz)
        events = [event for block in recording.blocks() for event in pipeline.push(block)] + pipeline.finish()
        return [kept for event in events if (kept := lasting(event)) is not None]

    def result(self) -> dict[str, Any]:
        """Figures after the end."""
        live, offline = self.told_live(), self.told_offline()
        status, assembler = self.live.status, self.live.assembler
        assert assembler is not None
        tally = assembler.tally
        return {
            "samples": self.samples,
            "lost": tally.lost,
            "backfilled": tally.backfilled,
            "reconnects": status.reconnects,
            "queue_most": status.queue_most,
            "queue_dropped": status.queue_dropped,
            "raw_mb": self.raw.stat().st_size / 1e6,
            "events": len(live),
            "reps": self.reps,
            "events_offline": len(offline),
            "events_differ": sum(not alike(*pair) for pair in zip(live, offline, strict=False))
            + abs(len(live) - len(offline)),
            "clock": assembler.fit.facts(),
        }


async def watch(minutes: float, strands: list[Strand]) -> list[dict[str, float]]:
    """Look every minute."""
    began, cpu = time.monotonic(), time.process_time()
    looks: list[dict[str, float]] = []
    while (time.monotonic() - began) < minutes * 60 - 1:
        await asyncio.sleep(min(60.0, minutes * 60))
        now, now_cpu = time.monotonic(), time.process_time()
        before = looks[-1] if looks else {"at_s": 0.0, "cpu_s": 0.0}
        look = {"at_s": now - began, "cpu_s": now_cpu - cpu, "resident_mb": resident_mb()}
        look["cpu_share"] = (look["cpu_s"] - before["cpu_s"]) / (look["at_s"] - before["at_s"])
        look["queue_most"] = max(each.live.status.queue_most for each in strands)
        looks.append(look)
        print(f"{look['at_s'] / 60:5.1f} min  {look['resident_mb']:.1f} MB  CPU {look['cpu_share']:.1%}  ", end="")
        print([f"{each.reps} reps, {each.live.status.state}" for each in strands], flush=True)
    return looks


def settled(looks: list[dict[str, float]]) -> dict[str, float]:
    """Level and slope of the memory once the pipelines' buffers are full; of everything where the run was too short."""
    late = [look for look in looks if look["at_s"] >= SETTLED_S] or looks
    memory = [look["resident_mb"] for look in late]
    slope = np.polyfit([look["at_s"] / 3600 for look in late], memory, 1)[0] if len(late) > 1 else math.nan
    return {"from_s": late[0]["at_s"], "least": min(memory), "most": max(memory), "slope_per_hour": float(slope)}


async def measure(minutes: float, rate_hz: int, drop_every_s: float, folder: Path) -> dict[str, Any]:
    """Stream, look, stop, compare."""
    async with air(rate_hz, minutes * 60 + 60, NAMES, drop_every_s, LOSS) as there:
        strands = []
        for number, name in enumerate(NAMES):
            live = LiveSensor(there.radio, name, wish=Wish(rate_hz=rate_hz), facts={"simulated": True})
            await live.open()
            strands.append(Strand(live, folder, number))
        async with asyncio.TaskGroup() as group:
            for strand in strands:
                group.create_task(strand.run())
            looks = await watch(minutes, strands)
            for strand in strands:
                await strand.live.stop()
    return {
        "simulated": True,
        "minutes": minutes,
        "rate_hz": rate_hz,
        "packets_lost": LOSS,
        "drop_every_s": drop_every_s,
        "cpu_share_client": looks[-1]["cpu_s"] / looks[-1]["at_s"],
        "cpu_share_sensors": there.cpu_share,
        "resident_mb_settled": settled(looks),
        "sensors": [strand.result() for strand in strands],
        "looks": looks,
    }


def main() -> int:
    """Measure, say, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=int, default=200, choices=(50, 100, 200))
    parser.add_argument("--drop-every", type=float, default=DROP_EVERY_S, metavar="S")
    out_argument(parser, "hour")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hour") as folder:
        result = asyncio.run(measure(args.minutes, args.rate, args.drop_every, Path(folder)))
    for one in result["sensors"]:
        print({key: value for key, value in one.items() if key != "clock"})
    shares = f"client {result['cpu_share_client']:.1%}, sensors {result['cpu_share_sensors']:.1%} of a processor"
    print(f"{shares}; memory {result['resident_mb_settled']}")
    write_result(args.out, result)
    return int(any(one["events_differ"] for one in result["sensors"]))


if __name__ == "__main__":
    raise SystemExit(main())
