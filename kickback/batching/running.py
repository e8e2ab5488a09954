"""A batch from what is asked to what is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from kickback.batching.cache import NAME, kept
from kickback.batching.frames import Tables
from kickback.batching.job import Job, Outcome, angle_name
from kickback.batching.listing import Listed, Listing, listing
from kickback.batching.pattern import Pattern
from kickback.batching.pool import by_processes, in_this_process
from kickback.batching.pseudonyms import Pseudonyms, without_names
from kickback.batching.table import Table, from_frame, read_table
from kickback.batching.wish import Batch, Wish
from kickback.batching.writing import SEPARATORS, need_parquet, remove_others, write_tables
from kickback.errors import KickbackError, UsageError, one_line
from kickback.provenance import Provenance, sha256_of
from kickback.reading import options_of

Advance = Callable[[Outcome], None]


def run_batch(
    folder: Path, wish: Wish, begin: Callable[[int], Advance] | None = None, command: Sequence[str] = ()
) -> Batch:
    """The batch, with somebody told of its progress.

    Args:
        folder: of the recordings. wish: what is asked.
        begin: called with the number of recordings; what it returns is called with each outcome.
        command: what was typed, for the record.

    Raises:
        KickbackError, UsageError, ValueError: as of :func:`kickback.batching.face.batch`.
    """

    _check(wish)
    listed, names = _listed(folder, wish)
    if wish.out is not None:
        _make(wish.out)
    job = _job(folder, wish, listed)
    advance = begin(len(listed.recordings)) if begin is not None else None
    outcomes = {}
    with closing(_outcomes(job, listed.recordings, wish)) as coming:
        for outcome in coming:
            outcomes[outcome.path] = outcome
            if advance is not None:
                advance(outcome)
    done, notes = _settled(listed, outcomes)
    tables = Tables(listed.extra)
    tables.fill(_results(done, outcomes, job))
    failures = _failures(listed, outcomes, names)
    made = Batch(
        reps=tables.reps(),
        sets=tables.sets(),
        failures=failures,
        recordings=len(done),
        again=sum(outcomes[one.path].again for one in done),
        simulated=tables.simulated,
        samples=tables.samples,
        duration_s=tables.duration_s,
        notes=(*listed.notes, *notes),
    )
    return made if wish.out is None else _written(made, wish, listed, outcomes, command)


def _check(wish: Wish) -> None:

    if wish.decimal not in SEPARATORS:
        raise UsageError(f"--decimal {wish.decimal!r} is neither '.' nor ','")
    if wish.jobs is not None and wish.jobs < 0:
        raise UsageError(f"--jobs {wish.jobs} is not 1 or more")
    if wish.angle and wish.out is None:
        raise UsageError("the angle over time is written to files: say where with --out DIR")
    if wish.out is not None:
        need_parquet()


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{out}: this folder cannot be made ({why}); choose another --out") from error


def _table(wish: Wish) -> Table | None:
    if isinstance(wish.table, Path):
        return read_table(wish.table)
    return None if wish.table is None else from_frame(wish.table)


def _listed(folder: Path, wish: Wish) -> tuple[Listing, Pseudonyms | None]:
    """The recordings, and the pseudonyms that they got."""

    pattern = None if wish.pattern is None else Pattern.parse(wish.pattern)
    leave = [path for path in (wish.out, wish.pseudonyms, wish.table) if isinstance(path, Path)]
    listed = listing(folder, _table(wish), pattern, leave)
    nobody: tuple[str, ...] = ()
    if not any(one.columns.get("subject") for one in listed.recordings):
        nobody = ("No subject is known: name the people with a table or a pattern, or nothing can be compared.",)
    if wish.pseudonyms is None:
        return replace(listed, notes=(*listed.notes, *nobody)), None
    names = Pseudonyms.open(wish.pseudonyms, wish.out)
    hidden = sorted((names.of(one) for one in listed.recordings), key=lambda one: one.name)
    names.write()
    notes = tuple(note.partition(": ")[0] + " (not named here: names stay apart)" for note in listed.notes)
    notes = (f"The key to the pseudonyms is in {wish.pseudonyms}: keep it apart from the results.", *notes, *nobody)
    return replace(listed, recordings=tuple(hidden), notes=notes), names


def _job(folder: Path, wish: Wish, listed: Listing) -> Job:

    out = None if wish.out is None else wish.out.resolve()
    return Job(
        folder=folder.resolve(),
        params=wish.params,
        unsaid=wish.unsaid,
        options=options_of(**wish.reading),
        kept=None if out is None else out / NAME,
        angles=out / "angle" if out is not None and wish.angle else None,
        chosen=listed.chosen,
    )


def _outcomes(job: Job, recordings: Sequence[Listed], wish: Wish) -> Generator[Outcome]:
    if wish.scheduler is not None:
        from kickback.batching.cluster import by_cluster

        return by_cluster(job, recordings, wish.scheduler)

    if wish.jobs == 0:
        return in_this_process(job, recordings)
    return by_processes(job, recordings, min(wish.jobs or os.cpu_count() or 1, len(recordings)))


def _settled(listed: Listing, outcomes: dict[str, Outcome]) -> tuple[list[Listed], list[str]]:
    """The recordings that were done, each once, in their order; and what to say of those that came twice."""
    done: list[Listed] = []
    by_parts: dict[tuple[str, ...], str] = {}
    by_sum: dict[str, str] = {}
    notes = []
    for one in listed.recordings:
        outcome = outcomes[one.path]
        if outcome.error is not None or outcome.aside:
            continue
        if not listed.chosen and outcome.parts in by_parts:
            continue  # the other file of a logger that writes one for each sensor
        if outcome.parts in by_parts or outcome.sha256 in by_sum:
            first = by_parts.get(outcome.parts) or by_sum[outcome.sha256]
            notes.append(f"{first} and {one.name} are one recording: it was done twice, so count it once.")
        by_parts.setdefault(outcome.parts, one.name)
        by_sum.setdefault(outcome.sha256, one.name)
        done.append(one)
    return done, notes


def _results(done: Iterable[Listed], outcomes: dict[str, Outcome], job: Job) -> Iterator[tuple[str, Any, bytes]]:

    for one in done:
        outcome = outcomes[one.path]
        text = outcome.text if job.kept is None else kept(job.kept, outcome.key)
        if text is None:
            raise KickbackError(f"{job.kept}: a result that was kept is gone; give the same command again")
        yield one.name, one.columns, text


def _failures(listed: Listing, outcomes: dict[str, Outcome], names: Pseudonyms | None) -> pd.DataFrame:

    rows = []
    for one in listed.recordings:
        error = outcomes[one.path].error
        if error is not None and names is not None:
            subject = next((name for name, known in names.subjects.items() if known == one.columns.get("subject")), "")
            error = without_names(error, one, subject)
        if error is not None:
            rows.append((one.name, error))
    return pd.DataFrame(rows, columns=["recording", "error"], dtype="str")


def _written(made: Batch, wish: Wish, listed: Listing, outcomes: dict[str, Outcome], command: Sequence[str]) -> Batch:
    """The batch with its files."""

    assert wish.out is not None
    tables = {"reps": made.reps, "sets": made.sets}
    written = write_tables(wish.out, tables, made.failures, wish.decimal, listed.extra)
    done = [one for one in listed.recordings if outcomes[one.path].key]
    if wish.angle:
        written += [wish.out / "angle" / angle_name(one.name) for one in done]
    if wish.angle or wish.pseudonyms is not None:
        remove_others(wish.out / "angle", written)
    inputs = {one.name: outcomes[one.path].sha256 for one in listed.recordings if outcomes[one.path].sha256}
    params: dict[str, Any] = {
        "params": {**asdict(wish.params), "tempo": str(wish.params.tempo)},
        "unsaid": sorted(wish.unsaid),
        "reading": asdict(options_of(**wish.reading)),
        "pattern": wish.pattern,
        "pseudonyms": wish.pseudonyms is not None,
        "decimal": wish.decimal,
        "angle": wish.angle,
    }
    try:
        if isinstance(wish.table, Path):
            inputs[wish.table.name] = sha256_of(wish.table)
        simulated = None if not made.recordings else made.simulated == made.recordings
        written.append(Provenance(tuple(command), params, inputs, simulated).write(wish.out, written))
    except OSError as error:
        raise KickbackError(one_line(error, wish.out)) from error
    return replace(made, written=tuple(written))
