"""How fast files are read, beside bare pandas on the same bytes, and what eight hours take in time and memory.

    python benchmarks/reading.py [--repeats N] [--hours H] [--out FILE]

Every dialect's first specimen is written with ten simulated minutes. The long recording is written as our own CSV and
as a MetaBase pair; each figure about it comes from a process of its own. Peak memory is the kernel's high-water mark
of that process (``VmHWM``): ``ru_maxrss`` would count what the parent had in memory when it started the child.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from rich.progress import track

import recordings
from benchmarks.machine import out_argument, write_result
from benchmarks.specimens import specimens
from benchmarks.stream import of_length, pieces
from imu.blocks import Header, Recording, SampleBlock
from kickback.session import analyze
from recordings.parts import Part
from recordings.registry import open_source

RATE_HZ, SHORT_S = 100, 600.0
LONG = ("kickback_csv", "metabase")
JOBS = ("nothing", "read", "analyze")
"""What a process of its own does with a file; nothing: it only imports."""


def recording_of(length_s: float) -> Recording:
    """Simulated sets, walking and standing in turn, nothing lost."""
    part = of_length(pieces(RATE_HZ, 2), RATE_HZ, length_s)
    header = Header(name="simulated", rate_hz=float(RATE_HZ), simulated=True)
    return Recording(header, SampleBlock(0, float(RATE_HZ), part.acc_mps2, part.gyr_radps))


def best_s(job: Callable[[], object], repeats: int) -> float:
    """The shortest of some runs, seconds on the wall."""
    taken = []
    for _ in range(repeats):
        before = time.perf_counter()
        job()
        taken.append(time.perf_counter() - before)
    return min(taken)


def bare(part: Part) -> pd.DataFrame:
    """The table as pandas reads it when it is told separator, decimal sign and header, and nothing else."""
    head = part.head
    with part.open() as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # a column may hold texts and numbers
        return pd.read_csv(
            stream,
            sep=head.separator,
            decimal=head.decimal,
            encoding=head.encoding,
            skiprows=max(head.header_line, 0),
            header=None if head.header_line < 0 else 0,
            index_col=False,
        )


def short(name: str, made: Recording, repeats: int) -> dict[str, Any]:
    """One dialect: rows of data, our seconds, those of pandas on all its files, and their ratio."""
    variant, write = next(iter(specimens()[name].VARIANTS.items()))
    with tempfile.TemporaryDirectory() as folder:
        path = write(made, Path(folder))
        parts = list(open_source(path)[1].parts.values())
        rows = sum(len(bare(part)) for part in parts)
        ours = best_s(lambda: recordings.read(path), repeats)
        theirs = best_s(lambda: [bare(part) for part in parts], repeats)
        samples = len(recordings.read(path))
    return {
        "dialect": name,
        "variant": variant,
        "files": len(parts),
        "megabytes": sum(part.size for part in parts) / 1e6,
        "rows": rows,
        "samples": samples,
        "seconds": ours,
        "rows_per_s": rows / ours,
        "pandas_s": theirs,
        "ratio": ours / theirs,
    }


def peak_mb() -> float:
    """The most memory that this process has had resident, MB of 10^6 bytes.

    Raises:
        SystemExit: this system does not tell it (Linux does).
    """
    status = Path("/proc/self/status")
    if not status.exists():
        raise SystemExit("benchmarks/reading.py reads the peak memory from /proc and needs Linux")
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def child(job: str, path: str) -> dict[str, float]:
    """What a process of its own measures: seconds to read and to analyze, and the peak memory."""
    taken: dict[str, float] = {}
    if job != "nothing":
        before = time.perf_counter()
        recording = recordings.read(path)
        taken["read_s"] = time.perf_counter() - before
        if job == "analyze":
            before = time.perf_counter()
            analyze(recording)
            taken["analyze_s"] = time.perf_counter() - before
    return {**taken, "peak_mb": peak_mb()}


def apart(job: str, path: Path) -> dict[str, float]:
    """The same from here: starts the process and waits for it.

    Raises:
        SystemExit: it failed; the end of its own words is in the message.
    """
    command = [sys.executable, "-m", "benchmarks.reading", "--child", job, str(path)]
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    if done.returncode:
        raise SystemExit(f"to {job} the long file failed: {done.stderr.strip()[-500:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def long(name: str, made: Recording) -> dict[str, Any]:
    """The long recording as one dialect."""
    write = next(iter(specimens()[name].VARIANTS.values()))
    with tempfile.TemporaryDirectory() as folder:
        before = time.perf_counter()
        path = write(made, Path(folder))
        written = time.perf_counter() - before
        size = sum(part.size for part in open_source(path)[1].parts.values())
        nothing, read, whole = (apart(job, path) for job in JOBS)
    columns_mb = len(made) * 7 * 8 / 1e6
    return {
        "dialect": name,
        "samples": len(made),
        "file_mb": size / 1e6,
        "columns_mb": columns_mb,
        "write_s": written,
        "read_s": read["read_s"],
        "read_and_analyze_s": whole["read_s"] + whole["analyze_s"],
        "imports_peak_mb": nothing["peak_mb"],
        "read_peak_mb": read["peak_mb"],
        "analyze_peak_mb": whole["peak_mb"],
        "read_peak_in_columns": (read["peak_mb"] - nothing["peak_mb"]) / columns_mb,
        "analyze_peak_in_columns": (whole["peak_mb"] - nothing["peak_mb"]) / columns_mb,
    }


def show(rows: list[dict[str, Any]]) -> None:
    """A plain table of rows with the same keys."""
    cells = [list(rows[0])] + [[f"{v:.4g}" if isinstance(v, float) else str(v) for v in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    print()


def main() -> int:
    """Measure, say, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--hours", type=float, default=8.0, help="length of the long recording")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    out_argument(parser, "reading")
    args = parser.parse_args()
    if args.child:
        print(json.dumps(child(*args.child)))
        return 0
    made, quiet = recording_of(SHORT_S), not sys.stdout.isatty()
    fast = [short(name, made, args.repeats) for name in track(specimens(), description="dialects", disable=quiet)]
    show(fast)
    made = recording_of(3600 * args.hours)
    hours = [long(name, made) for name in track(LONG, description=f"{args.hours:g} h", disable=quiet)]
    show(hours)
    told = {"simulated": True, "rate_hz": RATE_HZ, "short_s": SHORT_S, "long_s": 3600 * args.hours}
    write_result(args.out, {**told, "repeats": args.repeats, "short": fast, "long": hours})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
