"""Put the figures of benchmarks/results/batch.json into docs/batch.md; the words around them are by hand.

    python benchmarks/write_batch.py [--result FILE] [--page FILE]

The page has places marked ``<!-- measured: NAME -->`` ... ``<!-- end -->``; what lies between is replaced.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.machine import RESULTS
from benchmarks.write_validity import PLACE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "batch.md"
FAR = 100_000
CLUSTER = 64
"""Workers of the cluster that is reckoned with; none was at hand."""
TITLES = {
    "serial": "one process (`--jobs 1`)",
    "processes": "processes, {workers}",
    "dask": "embedded Dask cluster, {workers} workers",
    "processes, a worker killed": "processes, one killed half-way",
    "dask, a worker killed": "Dask, one worker killed half-way",
    "processes, nothing new": "the same command again",
    "processes, continued after SIGINT": "continued after Ctrl-C at a third",
    "processes, continued after SIGKILL": "continued after `kill -9` at a third",
}


def tell_runs(result: Mapping[str, Any]) -> str:
    """The table of runs."""
    broken = result["runs"]["serial"]["failed"] - len(result["refused_besides"])
    serial, here = result["runs"]["serial"], result["machine"]
    hours, millions, gigabytes = serial["hours"], serial["samples"] / 1e6, result["study_mb"] / 1000
    lines = [
        f"{result['count']:,} simulated recordings of all kinds, legs, rates and sensors ({hours:.0f} hours of signal, "
        f"{millions:.1f} million samples, {gigabytes:.1f} GB; {serial['reps']:,} reps in {serial['sets']:,} sets), "
        f"{broken} of them broken in {len(result['kinds_of_damage'])} ways, on {here['cores']} cores of a "
        f"{here['cpu']} (`benchmarks/batch.py`). Memory is the highest sum of what all processes hold, and what the "
        "command itself held.",
        "",
        "| run | seconds | recordings/s | samples/s | memory, all / command | done before | same bytes |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, title in TITLES.items():
        run = result["runs"][name]
        new = run["unchanged"] < run["recordings"]
        samples = f"{run['samples_per_s']:,.0f}" if new and not run["unchanged"] else "–"
        cells = (
            title.format(workers=result["workers"]),
            f"{run['seconds']:.0f}",
            f"{run['recordings_per_s']:.1f}",
            samples,
            f"{run['memory']['all_mb']:.0f} / {run['memory']['this_mb']:.0f} MB",
            f"{run['unchanged']:,}",
            "yes" if run["identical"] else "**no**",
        )
        lines.append(f"| {' | '.join(cells)} |")
    found = "all of them" if result["broken_found"] else "**not all of them**"
    lines += ["", f"Of the broken recordings {found} are in `failures.csv`, each with its reason."]
    if besides := result["refused_besides"]:
        lines += [f"So are **{len(besides)} others that are not broken**: {', '.join(besides)}."]
    return "\n".join(lines) + "\n"


def tell_far(result: Mapping[str, Any]) -> str:
    """What so many recordings would take."""
    one, all_here = (result["runs"][name]["recordings_per_s"] for name in ("serial", "processes"))
    again = result["runs"]["processes, nothing new"]["recordings_per_s"]
    last = result["assembly"]
    read_mb_per_s = result["study_mb"] / result["count"] * one * CLUSTER
    files = " and ".join(f"`{name}` of {last['files_mb'][name]:.0f} MB" for name in ("reps.csv", "sets.csv"))
    return (
        f"*Reckoned* from the above: {FAR / all_here / 3600:.1f} hours on this machine, and with {CLUSTER} processors "
        f"of its kind in a cluster {FAR / (one * CLUSTER) / 60:.0f} minutes, the disk permitting (they would read "
        f"{read_mb_per_s:.0f} MB/s, twice); again with nothing new {FAR / again / 60:.0f} minutes on this machine.\n\n"
        f"*Measured* is the last step, which one process does alone: the results of {last['recordings']:,} recordings "
        f"(those above, over and over: {last['reps']:,} reps in {last['sets']:,} sets, "
        f"{last['results_mb'] / 1000:.1f} GB of kept results) become tables in {last['tables_s']:.0f} s and files in "
        f"{last['writing_s']:.0f} s, with {last['this_mb'] / 1000:.1f} GB of memory: {files}, and the Parquet files "
        "(whose size is not told: rows that come again pack too well).\n"
    )


def filled(page: str, result: Mapping[str, Any]) -> str:
    """The page with the figures of a result."""
    told = {"runs": tell_runs(result), "far": tell_far(result)}
    return PLACE.sub(lambda place: f"{place[1]}{told[place[2]]}{place[3]}", page)


def main() -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--result", type=Path, default=RESULTS / "batch.json")
    parser.add_argument("--page", type=Path, default=PAGE)
    args = parser.parse_args()
    result = json.loads(args.result.read_text(encoding="utf-8"))
    args.page.write_text(filled(args.page.read_text(encoding="utf-8"), result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
