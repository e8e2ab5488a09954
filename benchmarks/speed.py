"""How fast the pipeline is: offline against VQF alone on the same samples, and one live block at a time.

    python benchmarks/speed.py [--minutes M] [--repeats N] [--out FILE]

Offline is told in samples per second of processor time: what one core does. The samples are simulated: sets,
walking, standing and sitting in turn.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from vqf import VQF, offlineVQF

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Rep
from benchmarks.machine import out_argument, write_result
from benchmarks.stream import MIX, Piece, of_length, pieces
from imu.blocks import SampleBlock
from kickback.session import BLOCK_SIZE

RATES_HZ = (50, 100, 200)
ALONE: dict[str, tuple[str, ...]] = {
    "sets": ("everyday", "holds", "rotation"),
    "walking": ("walk",),
    "standing": ("stand",),
}
"""What the mix is made of, measured alone at the rate of a live stream."""
LIVE_RATE_HZ, LIVE_BLOCK = 100, 10


def analyze(samples: Piece, rate_hz: float) -> int:
    """The whole pipeline over the samples; how many reps it counts."""
    pipeline = Pipeline(Params(), rate_hz)
    reps = 0
    for first in range(0, len(samples), BLOCK_SIZE):
        cut = slice(first, first + BLOCK_SIZE)
        events = pipeline.push(SampleBlock(first, rate_hz, samples.acc_mps2[cut], samples.gyr_radps[cut]))
        reps += sum(isinstance(event, Rep) for event in events)
    return reps + sum(isinstance(event, Rep) for event in pipeline.finish())


def processor_s(work: Callable[[], object]) -> float:
    """Seconds of processor time that something takes, all threads together."""
    before = time.process_time()
    work()
    return time.process_time() - before


def offline(rate_hz: int, minutes: float, repeats: int, kinds: Sequence[str] = MIX) -> dict[str, Any]:
    """Samples per second of the pipeline, of VQF's batch and of VQF forwards and backwards, best of several."""
    samples = of_length(pieces(rate_hz, 2, kinds), rate_hz, 60 * minutes)
    acc, gyr = np.ascontiguousarray(samples.acc_mps2), np.ascontiguousarray(samples.gyr_radps)
    contenders: dict[str, Callable[[], object]] = {
        "pipeline": lambda: analyze(samples, float(rate_hz)),
        "vqf_batch": lambda: VQF(1.0 / rate_hz).updateBatch(gyr, acc),
        "vqf_offline": lambda: offlineVQF(gyr, acc, None, 1.0 / rate_hz),
    }
    taken = {name: min(processor_s(work) for _ in range(repeats)) for name, work in contenders.items()}
    found = {f"{name}_samples_per_s": len(samples) / seconds for name, seconds in taken.items()}
    return {
        "rate_hz": rate_hz,
        "samples": len(samples),
        "reps": analyze(samples, float(rate_hz)),
        **found,
        "ratio_to_vqf_batch": taken["vqf_batch"] / taken["pipeline"],
        "ratio_to_vqf_offline": taken["vqf_offline"] / taken["pipeline"],
    }


def live(minutes: float) -> dict[str, Any]:
    """Milliseconds per block of a live stream: on the wall, and of the processor alone."""
    samples = of_length(pieces(LIVE_RATE_HZ, 2), LIVE_RATE_HZ, 60 * minutes)
    rate_hz = float(LIVE_RATE_HZ)
    pipeline = Pipeline(Params(), rate_hz)
    wall_ms, processor_ms = [], []
    for first in range(0, len(samples) - LIVE_BLOCK + 1, LIVE_BLOCK):
        cut = slice(first, first + LIVE_BLOCK)
        block = SampleBlock(first, rate_hz, samples.acc_mps2[cut], samples.gyr_radps[cut])
        wall, processor = time.perf_counter(), time.thread_time()
        pipeline.push(block)
        processor_ms.append(1e3 * (time.thread_time() - processor))
        wall_ms.append(1e3 * (time.perf_counter() - wall))
    return {
        "rate_hz": LIVE_RATE_HZ,
        "block_samples": LIVE_BLOCK,
        "blocks": len(wall_ms),
        "wall_ms": _tell(wall_ms),
        "processor_ms": _tell(processor_ms),
        "over_one_ms_share": float(np.mean(np.array(wall_ms) > 1.0)),
    }


def _tell(values: list[float]) -> dict[str, float]:
    return {
        "median": statistics.median(values),
        "mean": statistics.fmean(values),
        "p99": float(np.percentile(values, 99)),
        "p999": float(np.percentile(values, 99.9)),
        "max": max(values),
    }


def say(name: str, one: dict[str, Any]) -> None:
    """One line on the terminal."""
    speeds = (f"{one[f'{who}_samples_per_s'] / 1e6:.2f}" for who in ("pipeline", "vqf_batch", "vqf_offline"))
    ratios = f"(ratio {one['ratio_to_vqf_batch']:.3f}, {one['ratio_to_vqf_offline']:.3f})"
    words = "pipeline {}, VQF batch {}, VQF offline {} M samples/s".format(*speeds)
    print(f"{name}, {one['rate_hz']} Hz, {one['samples']} samples, {one['reps']} reps: {words} {ratios}")


def main() -> int:
    """Measure, say, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=15.0, help="of simulated signal at each rate")
    parser.add_argument("--repeats", type=int, default=3, help="the best of so many runs counts")
    out_argument(parser, "speed")
    args = parser.parse_args()
    result: dict[str, Any] = {"simulated": True, "minutes": args.minutes, "offline": [], "alone": {}}
    for rate_hz in RATES_HZ:
        result["offline"].append(offline(rate_hz, args.minutes, args.repeats))
        say("mix", result["offline"][-1])
    for name, kinds in ALONE.items():
        result["alone"][name] = offline(LIVE_RATE_HZ, args.minutes / 3, args.repeats, kinds)
        say(name, result["alone"][name])
    result["live"] = live(args.minutes)
    for what in ("wall_ms", "processor_ms"):
        print(
            f"live block of {LIVE_BLOCK} at {LIVE_RATE_HZ} Hz, {what}: "
            + ", ".join(f"{name} {value:.3f}" for name, value in result["live"][what].items())
        )
    write_result(args.out, result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
