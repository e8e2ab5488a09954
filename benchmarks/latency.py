"""From the end of a rep in the signal to its event leaving the pipeline, live: how long, and whose share it is.

    python benchmarks/latency.py [--minutes M] [--sensors N] [--out FILE]

Simulated: virtual sensors over a radio in memory, which has no connection interval; a real one adds 7.5 to 50 ms. The
end of the rep and the sample at which the pipeline could know of it are told by the event, and when the sensor took
each sample by the sensor itself. Shares:

- decision: from the rep's end to the sample at which the pipeline can say it, in signal time.
- transport: from the taking of that sample to its block leaving the client: the sensor's batch, the link, the queue.
- processing: from there to the event.

The first reps of a set wait for a third like them, so they are told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Rep
from benchmarks.machine import out_argument, write_result
from benchmarks.stream import of_length, pieces
from firmware_protocol.registry import Wish
from imu.blocks import Header, Recording, SampleBlock
from imu.client import LiveSensor
from imu.link import Radio
from imu.virtual_backend import virtual_radio
from imu.virtual_sensor import Faults, VirtualSensor

KINDS = ("multiset", "everyday", "holds")
CONFIRMED = 3
"""From this rep of a set on nothing is waited for but the rep itself."""


@dataclass(frozen=True)
class Setting:
    """What is varied: samples a second, the link's MTU, the share of packets lost."""

    rate_hz: int
    mtu: int
    loss: float = 0.0

    @property
    def name(self) -> str:
        """For the table."""
        lost = f", {self.loss:.0%} of the packets lost" if self.loss else ""
        return f"{self.rate_hz} Hz, MTU {self.mtu}{lost}"


SETTINGS = (Setting(100, 247), Setting(200, 247), Setting(200, 23), Setting(100, 247, 0.01))


@dataclass(frozen=True)
class Told:
    """One rep: seconds from its end to its event, in all and by share."""

    rep: int
    total_s: float
    decision_s: float
    transport_s: float
    processing_s: float


async def listen(radio: Radio, sensor: VirtualSensor, seconds: float) -> list[Told]:
    """Stream one sensor and note every rep as it is told first."""
    live = LiveSensor(radio, sensor.name, wish=Wish(rate_hz=round(sensor.device.rate_hz)))
    await live.open()
    ends = time.monotonic() + seconds
    pipeline: Pipeline | None = None
    told: list[Told] = []
    seen: set[tuple[int, int]] = set()
    async for block in live:
        came_ns = time.monotonic_ns()
        pipeline = pipeline or Pipeline(Params(), block.rate_hz)
        events = pipeline.push(block)
        left_ns = time.monotonic_ns()
        for event in events:
            if isinstance(event, Rep) and (event.set, event.rep) not in seen:
                seen.add((event.set, event.rep))
                told.append(_told(event, sensor, block, came_ns, left_ns))
        if time.monotonic() > ends:
            await live.stop()
    return told


def _told(event: Rep, sensor: VirtualSensor, block: SampleBlock, came_ns: int, left_ns: int) -> Told:
    """The sensor numbers its samples from the first start on, and so does the client."""
    life = sensor.lives[0]
    end = event.end_s * block.rate_hz
    end_ns = life.at_ns(int(end)) + (end % 1.0) * 1e9 / life.rate_hz
    return Told(
        event.rep,
        (left_ns - end_ns) * 1e-9,
        event.known_at / block.rate_hz - event.end_s,
        (came_ns - life.at_ns(event.known_at)) * 1e-9,
        (left_ns - came_ns) * 1e-9,
    )


def _sensor(setting: Setting, seconds: float, number: int) -> VirtualSensor:
    piece = of_length(pieces(setting.rate_hz, 1, KINDS, seed=9000 + 10 * number), setting.rate_hz, seconds)
    block = SampleBlock(0, float(setting.rate_hz), piece.acc_mps2, piece.gyr_radps)
    recording = Recording(Header("sets", float(setting.rate_hz), simulated=True), block)
    faults = Faults(loss=setting.loss, seed=number)
    return VirtualSensor(recording, name=f"Kickback {number}", serial=f"LAT-{number}", mtu=setting.mtu, faults=faults)


async def measure(setting: Setting, minutes: float, count: int) -> list[Told]:
    """Some sensors at once, so that there are many reps."""
    seconds = minutes * 60
    sensors = [_sensor(setting, seconds + 30, number) for number in range(count)]
    async with virtual_radio(*sensors) as radio:
        heard = await asyncio.gather(*(listen(radio, sensor, seconds) for sensor in sensors))
    return [told for each in heard for told in each]


def summary(told: list[Told]) -> dict[str, Any]:
    """Median and 95th percentile of the whole and of each share, in milliseconds."""
    found: dict[str, Any] = {"reps": len(told)}
    for name in ("total_s", "decision_s", "transport_s", "processing_s"):
        values = [1000 * getattr(each, name) for each in told] or [float("nan")]
        median, p95 = np.percentile(values, [50, 95])
        found[name.removesuffix("_s")] = {"median_ms": float(median), "p95_ms": float(p95)}
    return found


def main() -> int:
    """Measure, say, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4.0, help="for each of the settings")
    parser.add_argument("--sensors", type=int, default=4, help="at once")
    out_argument(parser, "latency")
    args = parser.parse_args()
    settings = []
    for setting in SETTINGS:
        told = asyncio.run(measure(setting, args.minutes, args.sensors))
        one = {
            "setting": setting.name,
            "confirmed": summary([each for each in told if each.rep >= CONFIRMED]),
            "first_reps_of_a_set": summary([each for each in told if each.rep < CONFIRMED]),
        }
        settings.append(one)
        print(setting.name)
        for which in ("confirmed", "first_reps_of_a_set"):
            print(f"  {which}: {one[which]}")
    write_result(
        args.out,
        {"simulated": True, "minutes": args.minutes, "sensors_at_once": args.sensors, "settings": settings},
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
