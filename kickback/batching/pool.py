"""The jobs on this machine, by processes. One that dies takes nothing with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import types
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from kickback.batching.job import Job, Outcome, do_one
from kickback.batching.listing import Listed

DIED = "its process was ended from outside (memory?); try it alone, with --jobs 1"


ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What numpy's linear algebra asks when it is loaded. With several threads long sums are added in another order, and
the last bits depend on how many processors there are; Dask gives its workers the same. There is no thread idle anyway,
for there is a process for each processor."""


def in_this_process(job: Job, recordings: Sequence[Listed]) -> Generator[Outcome]:
    """Every recording here, to look into it; the last bits may be others, see :data:`ONE_THREAD`."""
    for one in recordings:
        yield do_one(job, one)


def by_processes(job: Job, recordings: Sequence[Listed], jobs: int) -> Generator[Outcome]:
    """Every recording by so many processes, in the order in which they are done.

    When a process dies, the others of its pool end with it. Those recordings that may have been at work are then done
    alone, each in a process of its own, and only one that takes that down too has failed. The rest goes on.
    """
    waiting = list(recordings)
    while waiting:
        undone: list[Listed] = []
        for one, outcome in _through(job, waiting, jobs):
            if outcome is None:
                undone.append(one)
            else:
                yield outcome
        at_work = 2 * jobs + 1  # one in each process, and as many in the queue before them
        for suspect in undone[:at_work]:
            for _, outcome in _through(job, [suspect], 1):
                yield outcome or Outcome(suspect.path, error=DIED)
        waiting = undone[at_work:]


def _through(job: Job, recordings: Sequence[Listed], jobs: int) -> Iterator[tuple[Listed, Outcome | None]]:
    """A pool from its beginning to its end; None for what a death left undone, in the order of the recordings."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(recordings)), context, initializer=_wait_for_the_end)
    broken: set[int] = set()
    try:
        with _nobodys_script(), _one_thread():
            futures: dict[Future[Outcome], int] = {}
            for at, one in enumerate(recordings):
                try:
                    futures[pool.submit(do_one, job, one)] = at
                except BrokenProcessPool:
                    broken.update(range(at, len(recordings)))
                    break
        for future in as_completed(futures):
            at = futures.pop(future)
            try:
                outcome = future.result()
            except BrokenProcessPool:
                broken.add(at)
            else:
                yield recordings[at], outcome
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    for at in sorted(broken):
        yield recordings[at], None


def _wait_for_the_end() -> None:
    """In a worker: Ctrl-C is for the one that gives the work; what is at work now is finished and kept."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _one_thread() -> Iterator[None]:
    """While processes start: they inherit the environment."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _nobodys_script() -> Iterator[None]:
    """While processes start: they need nothing of the script that called, and shall not run it a second time.

    multiprocessing hands on the file of ``__main__``, which is run again in every process; without
    ``if __name__ == "__main__":`` in it, each would start the batch anew.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
