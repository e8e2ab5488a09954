"""A folder of recordings as one batch: serial, by processes, by an embedded Dask cluster; killed and interrupted.

    python benchmarks/batch.py [--count N] [--workers N] [--folder DIR] [--assembly N] [--out FILE]

The recordings are simulated and varied, one of a hundred is broken. Every run is a process of its own, and what it
writes is compared byte by byte with what the serial run wrote. The study is kept in DIR for the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.batch_study import PATTERN, make
from benchmarks.machine import out_argument, write_result
from kickback.batching.job import Outcome
from kickback.batching.running import Advance, run_batch
from kickback.batching.telling import batch_folder
from kickback.batching.wish import Batch, Wish
from kickback.provenance import NAME, sha256_of

FILES = ("reps.parquet", "reps.csv", "sets.parquet", "sets.csv", "failures.csv", NAME)
LOOK_EVERY_S = 0.2


class Memory(threading.Thread):
    """Looks at the resident memory of this process and of all that it started; the highest sum counts.

    Pages that processes share are counted in each of them.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.all_mb = 0.0
        self._enough = threading.Event()

    def run(self) -> None:
        """Look until told that it is enough."""
        psutil: Any = import_module("psutil")  # a name: it has no types; Dask brings it

        me = psutil.Process()
        while not self._enough.wait(LOOK_EVERY_S):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.all_mb = max(self.all_mb, total / 2**20)

    def end(self) -> dict[str, float]:
        """The highest sum, and the highest of this process alone, MB."""
        self._enough.set()
        self.join()
        return {"all_mb": self.all_mb, "this_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


class Watch:
    """Takes the time of a batch, and kills a worker when half of the recordings are done."""

    def __init__(self, kill: bool, workers_of: Any) -> None:
        self.first_s = self.last_s = time.perf_counter()
        self.done, self.killed = 0, 0
        self._kill, self._workers_of = kill, workers_of

    def begin(self, total: int) -> Advance:
        """The batch begins."""
        self.first_s = time.perf_counter()

        def advance(_: Outcome) -> None:
            self.done += 1
            self.last_s = time.perf_counter()
            if self._kill and not self.killed and self.done >= total // 2:
                self.killed = self._workers_of()[0]
                os.kill(self.killed, signal.SIGKILL)

        return advance


def run(mode: str, folder: Path, out: Path, workers: int, kill: bool) -> dict[str, Any]:
    """One batch in this process, measured."""
    memory = Memory()
    memory.start()
    if mode == "dask":
        made, watch = _by_dask(folder, out, workers, kill)
    else:
        import multiprocessing

        wish = Wish(out, pattern=PATTERN, jobs=1 if mode == "serial" else workers)
        watch = Watch(kill, lambda: [child.pid for child in multiprocessing.active_children()])
        made = run_batch(folder, wish, watch.begin, [])
    end_s = time.perf_counter()
    seconds = end_s - watch.first_s
    return {
        "seconds": seconds,
        "tables_s": end_s - watch.last_s,
        "recordings_per_s": (made.recordings + len(made.failures)) / seconds,
        "samples_per_s": made.samples / seconds,
        "memory": memory.end(),
        "killed_a_worker": bool(watch.killed),
        "recordings": made.recordings,
        "unchanged": made.again,
        "failed": len(made.failures),
        "reps": len(made.reps),
        "sets": len(made.sets),
        "samples": made.samples,
        "hours": made.duration_s / 3600,
    }


def _by_dask(folder: Path, out: Path, workers: int, kill: bool) -> tuple[Batch, Watch]:
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]  # distributed tells types in parts only
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        watch = Watch(kill, lambda: [nanny.pid for nanny in cluster.workers.values()])
        made = run_batch(folder, Wish(out, pattern=PATTERN, scheduler=cluster.scheduler_address), watch.begin, [])
        return made, watch


def child(*words: str) -> dict[str, Any]:
    """A run in a process of its own.

    Raises:
        SystemExit: it failed.
    """
    done = subprocess.run([*_command(*words)], stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.batch", "--child", *words]


def interrupted(folder: Path, out: Path, workers: int, enough: int, how: signal.Signals) -> dict[str, Any]:
    """A batch by processes that is ended when so many results are kept, then the same one again to its end."""
    kept = out / ".kickback-batch"
    process = subprocess.Popen(
        _command("command", str(folder), str(out), str(workers)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and len(list(kept.glob("??/*.json"))) < enough:
        time.sleep(0.05)
    process.send_signal(how)
    code = process.wait()
    _wait_for_quiet(kept)
    before = len(list(kept.glob("??/*.json")))
    again = child("processes", str(folder), str(out), str(workers))
    return {"by": how.name, "ended_with": code, "kept": before, **again}


def _wait_for_quiet(kept: Path) -> None:
    """Until the workers of a killed process have noticed and ended: nothing new for two seconds."""
    last, since = -1, time.monotonic()
    while time.monotonic() - since < 2:
        now = len(list(kept.glob("??/*.json")))
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.1)


def assembly(kept: Path, count: int) -> dict[str, Any]:
    """Only the last step, of so many results: those of a batch over and over, into tables and files."""
    from kickback.batching.frames import Tables
    from kickback.batching.writing import write_tables

    texts = [path.read_bytes() for path in sorted(kept.glob("??/*.json"))]
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    tables = Tables()
    tables.fill((f"r{at:07d}.csv", {"subject": f"p{at // 8}"}, texts[at % len(texts)]) for at in range(count))
    reps, sets = tables.reps(), tables.sets()
    filled = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        write_tables(Path(name), {"reps": reps, "sets": sets}, reps.iloc[:0, :2], ".")
        sizes = {path.name: path.stat().st_size / 2**20 for path in Path(name).iterdir()}
    return {
        "recordings": count,
        "reps": len(reps),
        "sets": len(sets),
        "tables_s": filled - began,
        "writing_s": time.perf_counter() - filled,
        "results_mb": sum(len(texts[at % len(texts)]) for at in range(count)) / 2**20,
        "files_mb": sizes,
        "before_mb": before_mb,
        "this_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def same(one: Path, other: Path) -> bool:
    """Whether two folders of results hold the same, byte by byte."""
    return all(sha256_of(one / name) == sha256_of(other / name) for name in FILES)


def measure(folder: Path, outs: Path, args: argparse.Namespace, broken: dict[str, str]) -> dict[str, Any]:
    """All runs."""
    import pandas as pd

    workers = str(args.workers)
    result: dict[str, Any] = {"runs": {}}

    def one(name: str, mode: str, *more: str, out: str | None = None) -> None:
        place = outs / (out or name)
        found = child(mode, str(folder), str(place), workers, *more)
        found["identical"] = same(outs / "serial", place)
        result["runs"][name] = found
        print(
            f"{name}: {found['seconds']:.1f} s, {found['recordings_per_s']:.2f} recordings/s, same {found['identical']}"
        )

    one("serial", "serial")
    failed = pd.read_csv(outs / "serial" / "failures.csv")
    result["broken_found"] = set(broken) <= set(failed["recording"])
    result["refused_besides"] = sorted(set(failed["recording"]) - set(broken))
    result["broken"] = dict(zip(failed["recording"], failed["error"], strict=True))
    one("processes", "processes")
    one("dask", "dask")
    one("processes, a worker killed", "processes", "kill", out="processes_killed")
    one("dask, a worker killed", "dask", "kill", out="dask_killed")
    one("processes, nothing new", "processes", out="processes")
    for how in (signal.SIGINT, signal.SIGKILL):
        place = outs / how.name
        found = interrupted(folder, place, args.workers, args.count // 3, how)
        found["identical"] = same(outs / "serial", place)
        result["runs"][f"processes, continued after {how.name}"] = found
        what = f"ended with {found['ended_with']}, {found['kept']} kept, {found['unchanged']} not done again"
        print(f"{how.name}: {what}, same {found['identical']}")
    result["assembly"] = child("assembly", str(outs / "serial" / ".kickback-batch"), str(args.assembly))
    print(f"assembly: {result['assembly']}")
    return result


def main() -> int:
    """Make the study, run, compare, write. Returns 1 when a result was another."""
    if sys.argv[1:2] == ["--child"]:
        mode, *words = sys.argv[2:]
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background is born deaf to it
        if mode == "command":
            return batch_folder(Path(words[0]), Wish(Path(words[1]), pattern=PATTERN, jobs=int(words[2])), {}, True)
        if mode == "assembly":
            print(json.dumps(assembly(Path(words[0]), int(words[1]))))
        else:
            print(json.dumps(run(mode, Path(words[0]), Path(words[1]), int(words[2]), words[3:] == ["kill"])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="recordings; one of a hundred is broken")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, help="where the study is kept; a temporary one without it")
    parser.add_argument("--assembly", type=int, default=100_000, help="results put together in the last step alone")
    out_argument(parser, "batch")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = args.folder or Path(name) / "study"
        broken = make(folder, args.count, args.workers)
        size_mb = sum(path.stat().st_size for path in folder.rglob("*.csv")) / 2**20
        result = measure(folder, Path(name) / "out", args, broken)
        shutil.rmtree(Path(name) / "out")
    runs = result["runs"].values()
    good = (
        result["broken_found"]
        and not result["refused_besides"]
        and all(run["identical"] and run.get("ended_with") != 0 for run in runs)
    )
    about = {
        "count": args.count,
        "workers": args.workers,
        "study_mb": size_mb,
        "kinds_of_damage": sorted(set(broken.values())),
        "all_identical": good,
    }
    write_result(args.out, {"simulated": True, **about, **result})
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
