"""The jobs on a Dask cluster: at least 20 recordings a task, and the same results as on one machine.

Every worker must see the folder of the recordings, and that of the results, under the same path as this command.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

from kickback.batching.job import Job, Outcome, do_some
from kickback.batching.listing import Listed
from kickback.errors import KickbackError, UsageError

LEAST_A_TASK = 20
"""A task costs the scheduler about a millisecond and a worker some more; a recording takes tenths of a second."""
MOST_A_TASK = 200
"""What a worker's death costs at most, besides the recordings that were kept already."""
TASKS_A_WORKER = 4
"""So that no worker waits long for the last one."""
ANSWER_S = 10.0
"""A scheduler that does not answer within this is none."""
PATIENCE_S = 30.0
"""For the first worker to come."""
DIED = "its worker was ended from outside, several times (memory?); try it alone, with --jobs 1"


def by_cluster(job: Job, recordings: Sequence[Listed], address: str) -> Generator[Outcome]:
    """Every recording by the workers of a scheduler, in the order in which the tasks are done.

    A task whose worker died is given to another one; what its worker kept is not done again. Recordings of a task that
    took several workers down are done one a task, and only one that takes them down again has failed.

    Raises:
        UsageError: Dask is not installed, nobody answers at the address, or there is no worker.
        KickbackError: the scheduler went away, or a worker has other software or does not see the folder.
    """
    try:
        distributed: Any = import_module("distributed")  # a name: it is typed in parts only, and an extra
    except ImportError:
        raise UsageError("--scheduler needs Dask: pip install 'kickback[cluster]'") from None
    if not re.fullmatch(r"[a-z]+://\S+:\d+", address):
        raise UsageError(f"--scheduler {address!r} is no address of a scheduler, such as tcp://host:8786")
    try:
        client = distributed.Client(address, timeout=ANSWER_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {address}: no scheduler answers ({error}); start `dask scheduler`") from None
    with client:
        workers = _workers(client, address)
        undone: list[Listed] = []
        for items, outcomes in _through(client, job, tasks(recordings, workers)):
            if outcomes is None:
                undone += items
            else:
                yield from outcomes
        for items, outcomes in _through(client, job, [[one] for one in undone]):
            yield from outcomes or [Outcome(items[0].path, error=DIED)]


def tasks(recordings: Sequence[Listed], workers: int) -> list[list[Listed]]:
    """The recordings in even tasks of 20 to 200; in one task where there are fewer than 40."""
    count = len(recordings)
    fitting = max(1, count // LEAST_A_TASK)
    wanted = max(workers * TASKS_A_WORKER, -(-count // MOST_A_TASK))
    number = min(fitting, wanted)
    bounds = [count * at // number for at in range(number + 1)]
    return [list(recordings[first:last]) for first, last in pairwise(bounds)]


def _workers(client: Any, address: str) -> int:
    try:
        client.wait_for_workers(1, timeout=PATIENCE_S)
    except TimeoutError:
        raise UsageError(
            f"--scheduler {address}: it has no worker after {PATIENCE_S:g} s; start `dask worker {address}`"
        ) from None
    threads: int = sum(client.nthreads().values())
    return max(1, threads)


def _through(
    client: Any, job: Job, todo: Sequence[list[Listed]]
) -> Iterator[tuple[list[Listed], list[Outcome] | None]]:
    """All tasks as they are done; None for one whose workers died."""
    distributed: Any = import_module("distributed")

    futures: dict[Any, list[Listed]] = {client.submit(do_some, job, items, pure=False): items for items in todo}
    try:
        for future in distributed.as_completed(futures, loop=client.loop):
            error = future.exception() if future.status == "error" else None
            if isinstance(error, distributed.KilledWorker):
                yield futures[future], None
            elif error is not None:
                raise _told(error)
            elif future.status != "finished":
                raise KickbackError("the scheduler went away; what was done is kept: give the same command again")
            else:
                yield futures[future], future.result()
            future.release()
    finally:
        client.cancel(list(futures))


def _told(error: BaseException) -> KickbackError:
    if isinstance(error, KickbackError):
        return error
    if isinstance(error, ImportError):
        return KickbackError(f"a worker has no Kickback ({error}): install the same on every machine")
    return KickbackError(f"a worker failed ({type(error).__name__}: {error}); what was done is kept")
