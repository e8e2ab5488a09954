"""Live, replayed from the raw file and analyzed from it: the same events, with loss and lost links in the stream.

    python -m benchmarks.live_same

A virtual sensor plays a shipped, simulated trace in real time through bleak's front end (way A). Packets are dropped,
the link is lost and comes back, the sensor starts anew, once the link only looks alive. What the pipeline said live
is compared with what it says of the raw file, replayed and offline.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Any

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Event, Rep
from benchmarks.alike import alike, lasting
from benchmarks.machine import out_argument, write_result
from imu.client import LiveSensor
from imu.raw_file import assembler_of, read_records, replay_records
from imu.recorder import Recorder
from imu.virtual_backend import virtual_radio
from imu.virtual_sensor import VirtualSensor
from imu.virtual_truth import Faults
from kickback.session import collect, load, pipeline_for, run
from recordings import read, shipped_path

CASES = {
    "clean_set": Faults(loss=0.03, delay_s=0.2, drop=((14.0, 2.0),), silent_drop=(30.0,), skew_ppm=150.0, seed=4),
    "pulses": Faults(loss=0.02, drop=((12.0, 1.0), (20.0, 3.0)), reboot=(33.0,), stall=((8.0, 1.5),), skew_ppm=-200.0),
}
"""A trace and what goes wrong, in seconds since the start."""


async def live(trace: str, faults: Faults, raw: Path) -> tuple[list[Event], LiveSensor]:
    """What the pipeline says while it happens; the records go to ``raw``."""
    sensor = VirtualSensor(read(shipped_path(trace)), faults=faults)
    events: list[Event] = []
    pipeline: Pipeline | None = None
    with Recorder(raw) as recorder:
        async with virtual_radio(sensor) as radio:
            source = LiveSensor(radio, keep=recorder.keep, facts={"simulated": True})
            await source.open()
            async for block in source:
                pipeline = pipeline or Pipeline(Params(), block.rate_hz, source.header().start_s)
                events += pipeline.push(block)
                if sensor.played_out:
                    await source.stop()
    assert pipeline is not None
    return lasting([*events, *pipeline.finish()]), source


async def replayed(path: Path) -> list[Event]:
    """What it says of the raw file, block by block, without waiting."""
    raw = read_records(path)
    assembler = assembler_of(raw)
    pipeline: Pipeline | None = None
    events: list[Event] = []
    async for block in replay_records(raw, float("inf"), assembler=assembler):
        pipeline = pipeline or Pipeline(Params(), block.rate_hz)
        events += pipeline.push(block)
    assert pipeline is not None
    return lasting([*events, *pipeline.finish()])


def offline(path: Path) -> list[Event]:
    """What ``kickback analyze`` says of it."""
    recording = load(path)
    pipeline = pipeline_for(recording, Params())
    analysis = collect(recording, Params(), events := list(run(pipeline, recording.blocks(4096))))
    assert analysis.closed
    return lasting(events)


def measure(trace: str, faults: Faults) -> dict[str, Any]:
    """One case."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.kbraw"
        said, source = asyncio.run(live(trace, faults, path))
        again, later = asyncio.run(replayed(path)), offline(path)
    assert source.assembler is not None
    tally = source.assembler.tally
    return {
        "trace": trace,
        "events": len(said),
        "reps": sum(isinstance(event, Rep) for event in said),
        "replay_same": alike(said, again),
        "offline_same": alike(said, later),
        "received": tally.received,
        "lost": tally.lost,
        "backfilled": tally.backfilled,
        "disconnects": tally.disconnects,
        "reboots": tally.reboots,
        "gaps": len(tally.gaps),
        "skew_ppm": source.assembler.fit.skew_ppm,
    }


def main() -> int:
    """Run every case; 1 if one of them differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    out_argument(parser, "live_same")
    arguments = parser.parse_args()
    rows = []
    for trace, faults in CASES.items():
        rows.append(measure(trace, faults))
        print(rows[-1], flush=True)
    write_result(arguments.out, {"cases": rows})
    return 0 if all(row["replay_same"] and row["offline_same"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
