"""Whether memory stays flat over a long live stream, and how large a snapshot of the pipeline is.

    python benchmarks/memory.py [--hours H] [--rate HZ] [--out FILE]

The stream is simulated: sets, walking, standing and sitting in turn, in blocks as a radio brings them.
"""

from __future__ import annotations

import argparse
import gc
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.results import Rep, SetClosed
from benchmarks.machine import out_argument, write_result
from benchmarks.stream import endless, pieces
from imu.blocks import SampleBlock

BLOCK_S = 0.1
LOOK_EVERY_S = 600.0
SETTLED_S = 3600.0
"""Growth is told from here on: by then every buffer has been full once."""


def resident_mb() -> float:
    """Resident memory of this process in MB, from the kernel.

    Raises:
        SystemExit: this system does not tell it (Linux does).
    """
    status = Path("/proc/self/status")
    if not status.exists():
        raise SystemExit("benchmarks/memory.py reads the resident memory from /proc and needs Linux")
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def look(pipeline: Pipeline, at_s: float, reps: int, sets: int) -> dict[str, float]:
    """Memory and snapshot now."""
    gc.collect()
    return {
        "at_s": at_s,
        "resident_mb": resident_mb(),
        "snapshot_kb": len(pickle.dumps(pipeline.snapshot())) / 1024,
        "reps": reps,
        "sets": sets,
    }


def watch(hours: float, rate_hz: int) -> list[dict[str, float]]:
    """Stream and look every ten minutes."""
    pipeline = Pipeline(Params(), float(rate_hz))
    size, total = round(BLOCK_S * rate_hz), round(3600 * hours * rate_hz)
    every, start, reps, sets = round(LOOK_EVERY_S * rate_hz), 0, 0, 0
    looks: list[dict[str, float]] = []
    source = endless(pieces(rate_hz, 3), rate_hz)
    steps = iter(track(range(round(total / every)), description=f"{hours:g} h", disable=not sys.stdout.isatty()))
    for part in source:
        for first in range(0, len(part), size):
            cut = slice(first, first + size)
            block = SampleBlock(start, float(rate_hz), part.acc_mps2[cut], part.gyr_radps[cut])
            for event in pipeline.push(block):
                reps += isinstance(event, Rep)
                sets += isinstance(event, SetClosed)
            start = block.stop
            if start // every > len(looks):
                looks.append(look(pipeline, start / rate_hz, reps, sets))
                next(steps, None)
            if start >= total:
                return looks
    return looks


def growth(looks: list[dict[str, float]], name: str) -> dict[str, float]:
    """Level and slope of a series once it has settled."""
    settled = [one for one in looks if one["at_s"] >= SETTLED_S] or looks
    values = np.array([one[name] for one in settled])
    hours = np.array([one["at_s"] for one in settled]) / 3600
    slope = float(np.polyfit(hours, values, 1)[0]) if len(values) > 1 else float("nan")
    return {"least": float(values.min()), "most": float(values.max()), "slope_per_hour": slope}


def main() -> int:
    """Measure, say, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--rate", type=int, default=100, choices=(50, 100, 200))
    out_argument(parser, "memory")
    args = parser.parse_args()
    looks = watch(args.hours, args.rate)
    if not looks:
        raise SystemExit(
            f"--hours {args.hours:g} is shorter than the {LOOK_EVERY_S / 60:.0f} minutes between two looks"
        )
    result: dict[str, Any] = {
        "simulated": True,
        "hours": args.hours,
        "rate_hz": args.rate,
        "resident_mb": growth(looks, "resident_mb"),
        "snapshot_kb": growth(looks, "snapshot_kb"),
        "looks": looks,
    }
    last = looks[-1]
    print(f"{last['at_s'] / 3600:.1f} h at {args.rate} Hz, {last['reps']} reps in {last['sets']} sets")
    for name in ("resident_mb", "snapshot_kb"):
        one = result[name]
        words = f"{one['least']:.1f} to {one['most']:.1f} after the first hour, {one['slope_per_hour']:+.2f} an hour"
        print(f"{name}: {words}")
    write_result(args.out, result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
