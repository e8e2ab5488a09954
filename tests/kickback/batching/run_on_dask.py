"""A batch on an embedded Dask cluster, twice; in the second a worker is killed. For the tests, in a process of its own.

python run_on_dask.py STUDY OUT KILLED PATTERN
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from distributed import LocalCluster

from kickback.batching import cluster as ours
from kickback.batching.job import Job, Outcome
from kickback.batching.listing import Listed
from kickback.batching.running import Advance, run_batch
from kickback.batching.wish import Wish
from kickback.errors import KickbackError


def main() -> None:
    """Both batches, and one whose folder the workers do not see."""
    study, out, killed, pattern = sys.argv[1:]
    said: dict[str, object] = {"killed": 0}
    with LocalCluster(  # type: ignore[no-untyped-call]  # distributed tells types in parts only
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as cluster:
        address = cluster.scheduler_address

        def begin(_: int) -> Advance:
            def advance(_: Outcome) -> None:
                if not said["killed"]:
                    said["killed"] = next(iter(cluster.workers.values())).pid
                    os.kill(int(str(said["killed"])), signal.SIGKILL)

            return advance

        said["first"] = run_batch(Path(study), Wish(Path(out), pattern=pattern, scheduler=address)).recordings
        ours.LEAST_A_TASK = 1  # so that there is something left to do when the first is done
        wish = Wish(Path(killed), pattern=pattern, scheduler=address)
        said["second"] = run_batch(Path(study), wish, begin).recordings
        said["again"] = run_batch(Path(study), wish).again
        try:
            list(ours.by_cluster(Job(Path(study) / "nowhere"), [Listed("x.csv")], address))
        except KickbackError as error:
            said["error"] = str(error)
    print(json.dumps(said))


if __name__ == "__main__":
    main()
