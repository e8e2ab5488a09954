"""``kickback batch``: the batch with a bar, and what is printed of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from kickback.batching.job import Outcome
from kickback.batching.running import Advance, run_batch
from kickback.batching.wish import Batch, Wish
from kickback.commands.analyze import plain_console
from kickback.document import plain, to_json, versions
from kickback.errors import EXIT_BAD_FILE, EXIT_INTERRUPTED
from kickback.words import SIMULATED, clock, many

SHOWN = 5
"""Failures that are told on the terminal; all are in ``failures.csv``."""


class _Count:
    """How many recordings are done, for the line behind Ctrl-C."""

    def __init__(self) -> None:
        self.total = self.done = 0


def batch_folder(folder: Path, wish: Wish, said: Mapping[str, object], as_json: bool) -> int:
    """Do a folder and print what came of it.

    Args:
        folder: of the recordings. wish: what is asked; ``out`` is there.
        said: the options as they were typed, None where nobody typed them; they are kept beside the results.
        as_json: one JSON document in place of the words.

    Returns:
        The exit code: 0, 1 when a recording could not be analyzed, 130 after Ctrl-C.

    Raises:
        KickbackError: see :func:`kickback.batching.running.run_batch`.
    """
    count = _Count()
    try:
        with _bar(count) as begin:
            made = run_batch(folder, wish, begin, _words(folder, said))
    except KeyboardInterrupt:
        line = f"Interrupted after {count.done} of {many(count.total, 'recording')}; what was done is kept,"
        print(line, "and the same command goes on from there.", file=sys.stderr)
        return EXIT_INTERRUPTED
    if as_json:
        print(to_json(plain("", _document(made)), ascii_only=True), end="")
    else:
        _print(made)
    _print_failures(made)
    return EXIT_BAD_FILE if len(made.failures) else 0


def _words(folder: Path, said: Mapping[str, object]) -> list[str]:
    """The command as it would be typed again, without what does not decide the results."""
    words = ["batch", str(folder)]
    for name, value in said.items():
        if value is not None:
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
    return words


@contextmanager
def _bar(count: _Count) -> Iterator[Callable[[int], Advance]]:
    """A bar on stderr, with the time left, where there is someone to see it."""
    console = Console(stderr=True)
    columns = (
        *(TextColumn("analyzing"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[failed]}")),
        *(TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def begin(total: int) -> Advance:
            count.total = total
            task = progress.add_task("", total=total, failed="")
            failed = 0

            def advance(outcome: Outcome) -> None:
                nonlocal failed
                count.done += 1
                failed += outcome.error is not None
                progress.update(task, advance=1, failed=f"{failed} failed" if failed else "")

            return advance

        yield begin


def _document(made: Batch) -> dict[str, Any]:
    return {
        "recordings": made.recordings,
        "unchanged": made.again,
        "failed": len(made.failures),
        "reps": len(made.reps),
        "sets": len(made.sets),
        "subjects": int(made.reps["subject"].replace("", None).nunique()),
        "samples": made.samples,
        "duration_s": made.duration_s,
        "simulated": made.simulated,
        "notes": list(made.notes),
        "failures": made.failures.to_dict("records"),
        "written": [str(path) for path in made.written if "angle" not in path.parts],
        "versions": versions(),
    }


def _print(made: Batch) -> None:
    console = plain_console()

    def say(line: str) -> None:
        console.print(line, markup=False, soft_wrap=True)

    unchanged = f" ({made.again:,} unchanged since last time)" if made.again else ""
    say(f"{made.recordings:,} of {made.recordings + len(made.failures):,} recordings done{unchanged}")
    say(f"{len(made.reps):,} reps in {len(made.sets):,} sets; {clock(made.duration_s)} of signal")
    if made.simulated and made.simulated == made.recordings:
        say(SIMULATED)
    elif made.simulated:
        say(f"{made.simulated:,} of {made.recordings:,} recordings are SIMULATED: no person made these movements.")
    for note in made.notes:
        say(note)
    folder = made.written[0].parent
    say(f"Written in {folder}: " + ", ".join(path.name for path in made.written if path.parent == folder))


def _print_failures(made: Batch) -> None:
    console = Console(stderr=True)
    for row in made.failures.head(SHOWN).itertuples():
        console.print(f"{row.recording}: {row.error}", style="red", markup=False, highlight=False, soft_wrap=True)
    if (more := len(made.failures) - SHOWN) > 0:
        console.print(f"and {more} more; all are in failures.csv", style="red", highlight=False)
