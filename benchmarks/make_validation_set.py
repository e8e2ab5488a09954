"""Write a folder of simulated recordings with exact truth, to measure the pipeline on.

    python benchmarks/make_validation_set.py OUTDIR [--per-kind N] [--seed S] [--negatives N] [--kinds a,b]

OUTDIR gets recordings/<name>.csv (time_s, acc_x..z in m/s², gyr_x..z in rad/s) and truth/<name>.json.
Everything in it is simulated.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from rich.progress import track

from imu.simulate import NEGATIVES, SUITES, Simulated, simulate

COLUMNS = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"


def write(made: Simulated, out: Path) -> None:
    """One recording and its truth."""
    table = np.column_stack([made.rows.time_s, made.rows.acc_mps2, made.rows.gyr_radps])
    np.savetxt(
        out / "recordings" / f"{made.name}.csv",
        table,
        delimiter=",",
        header=COLUMNS,
        comments="",
        fmt=["%.10g"] + ["%.7g"] * 6,
    )
    (out / "truth" / f"{made.name}.json").write_text(made.truth_json(), encoding="utf-8")


def main() -> int:
    """Make the set and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--per-kind", type=int, default=13, help="recordings of each kind with reps")
    parser.add_argument("--negatives", type=int, default=6, help="recordings of each kind without a rep")
    parser.add_argument("--seed", type=int, default=1000, help="first seed")
    parser.add_argument("--kinds", default="", help="only these, comma between")
    args = parser.parse_args()
    kinds = args.kinds.split(",") if args.kinds else [*SUITES, *NEGATIVES]
    jobs = [
        (kind, args.seed + k) for kind in kinds for k in range(args.negatives if kind in NEGATIVES else args.per_kind)
    ]
    for folder in ("recordings", "truth"):
        (args.out / folder).mkdir(parents=True, exist_ok=True)
    reps, quiet_s = 0, 0.0
    for kind, seed in track(jobs, description="simulating"):
        made = simulate(kind, seed)
        write(made, args.out)
        reps += made.truth["n_reps"]
        quiet_s += made.truth["duration_s"] if kind in NEGATIVES else 0.0
    print(f"{len(jobs)} simulated recordings, {reps} reps, {quiet_s / 60:.1f} min without a rep, in {args.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
