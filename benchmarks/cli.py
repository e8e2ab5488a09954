"""How long the command takes: ``kickback --help``, and a ten-minute CSV analyzed with a report.

    python benchmarks/cli.py [--repeats N] [--out FILE]

Each run is a process of its own, as a person starts it. The recording is simulated.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import out_argument, write_result
from benchmarks.stream import of_length, pieces

RATE_HZ, LENGTH_S = 100, 600.0
COLUMNS = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"


def wall_s(arguments: list[str]) -> float:
    """Seconds on the wall until ``kickback`` with these arguments has ended.

    Raises:
        SystemExit: it failed; its own words are in the message.
    """
    before = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "kickback", *arguments], capture_output=True, text=True, check=False)
    taken = time.perf_counter() - before
    if done.returncode:
        raise SystemExit(f"kickback {arguments[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return taken


def write_recording(path: Path) -> None:
    """Ten simulated minutes as a plain CSV."""
    part = of_length(pieces(RATE_HZ, 2), RATE_HZ, LENGTH_S)
    table = np.column_stack([np.arange(len(part)) / RATE_HZ, part.acc_mps2, part.gyr_radps])
    np.savetxt(path, table, delimiter=",", header=COLUMNS, comments="", fmt=["%.4f"] + ["%.5f"] * 6)


def tell(taken: list[float]) -> dict[str, float]:
    """Median, best and worst of some runs."""
    return {"median": statistics.median(taken), "least": min(taken), "most": max(taken), "runs": len(taken)}


def main() -> int:
    """Measure, say, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    out_argument(parser, "cli")
    args = parser.parse_args()
    result: dict[str, Any] = {"simulated": True, "rate_hz": RATE_HZ, "recording_s": LENGTH_S}
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "ten_minutes.csv"
        write_recording(recording)
        result["csv_mb"] = recording.stat().st_size / 1e6
        work = {
            "help_s": ["--help"],
            "analyze_s": ["analyze", str(recording), "--out", folder],
            "analyze_with_report_s": ["analyze", str(recording), "--out", folder, "--report"],
        }
        for name, arguments in work.items():
            wall_s(arguments)  # the first run reads everything from disk
            result[name] = tell([wall_s(arguments) for _ in range(args.repeats)])
            print(f"{name}: " + ", ".join(f"{key} {value:.2f}" for key, value in result[name].items()))
        result["report_mb"] = (Path(folder) / "ten_minutes.report.html").stat().st_size / 1e6
    write_result(args.out, result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
