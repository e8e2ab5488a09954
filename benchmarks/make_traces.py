"""Make the traces that ship in recordings/traces, and recordings/index.csv, anew. All of them are simulated.

    python benchmarks/make_traces.py [FOLDER]

FOLDER is the folder of the recordings room; by default this checkout's own.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from imu.simulate import Simulated, simulate
from recordings.formats.kickback_csv import COLUMNS, sidecar_of

ROOT = Path(__file__).resolve().parents[1]
LICENCE = "MIT"
INDEX_COLUMNS = ("file", "title", "origin", "licence", "sha256", "true_reps", "simulated")


@dataclass(frozen=True)
class Trace:
    """One trace: its file's stem, what it shows, and how it is made."""

    stem: str
    title: str
    kind: str
    seed: int
    rate_hz: int
    leg: str
    reps: int


TRACES = (
    Trace("clean_set", "A clean set of eight", "clean", 4, 100, "right", 8),
    Trace("slow_eccentric_holds", "Slow eccentrics and long squeezes", "slow", 9, 50, "left", 6),
    Trace("pulses", "Pulses at the top", "pulses", 14, 50, "right", 6),
    Trace("hip_rotation", "The hip opens further from rep to rep", "rotation", 189, 50, "left", 8),
    Trace("two_legs_walking", "Left leg, a walk, then the right leg", "multiset", 13, 50, "left", 5),
    Trace("messy_real_life", "A bad day: partials, toe taps, a lost balance, lost data", "messy", 11, 50, "right", 6),
)


def make(trace: Trace) -> Simulated:
    """The simulated recording of a trace."""
    stamp = "burst" if trace.kind == "messy" else "device"
    return simulate(trace.kind, trace.seed, rate_hz=trace.rate_hz, leg=trace.leg, reps=trace.reps, stamp=stamp)


def write(trace: Trace, made: Simulated, folder: Path) -> dict[str, str]:
    """Table, sidecar and truth of one trace; gives its line of the index."""
    path = folder / "traces" / f"{trace.stem}.csv"
    table = np.column_stack([made.rows.time_s, made.rows.acc_mps2, made.rows.gyr_radps])
    rows = [",".join(COLUMNS)] + [
        f"{t:.4f}," + ",".join(f"{a:.4f}" for a in acc) + "," + ",".join(f"{w:.5f}" for w in gyr)
        for t, acc, gyr in ((row[0], row[1:4], row[4:7]) for row in table.tolist())
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="\n")
    header = made.header()
    origin = f"simulated by benchmarks/make_traces.py: kind {trace.kind}, seed {trace.seed}"
    said = {
        "sensor": header.sensor,
        "leg": trace.leg if trace.kind != "multiset" else None,
        "placement": header.placement,
        "rate_hz": header.rate_hz,
        "origin": origin,
        "simulated": True,
        "title": trace.title,
    }
    sidecar_of(path).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8", newline="\n")
    named = replace(made, truth=made.truth | {"name": trace.stem})
    truth_path = folder / "traces" / f"{trace.stem}.truth.json"
    truth_path.write_text(named.truth_json(), encoding="utf-8", newline="\n")
    return {
        "file": f"traces/{trace.stem}.csv",
        "title": trace.title,
        "origin": origin,
        "licence": LICENCE,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "true_reps": str(made.truth["n_reps"]),
        "simulated": "true",
    }


def main() -> int:
    """Write all traces and the index."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "recordings"
    (folder / "traces").mkdir(parents=True, exist_ok=True)
    lines = [write(trace, make(trace), folder) for trace in TRACES]
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, INDEX_COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(lines)
    for line in lines:
        size = (folder / line["file"]).stat().st_size
        print(f"{line['file']}: {line['true_reps']} reps, {size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
