"""``kickback analyze``: several files, in parallel, into tables and files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from analysis.params import Params
from kickback.document import angle_csv, rep_rows, reps_csv, summary, to_json, versions
from kickback.errors import EXIT_BAD_FILE, EXIT_INTERRUPTED, UsageError, one_line
from kickback.files import check_names, stem_of, write_atomically
from kickback.result import Analysis
from kickback.session import BLOCK_SIZE, collect, for_recording, load, part, pipeline_for, run
from kickback.tables import Found, render

if TYPE_CHECKING:
    from recordings.options import Options


@dataclass(frozen=True)
class Request:
    """What is to be done with every file.

    Attributes:
        params: what the user decided.
        options: what overrules the detection of the file's format.
        from_s, to_s: the part to analyze.
        folder: where files are written, or None when none are.
        tables, report, angle: which files are written.
        unsaid: of the params, what the user left open, so that a recording may say it.
        said: the options as they would be typed again.
    """

    params: Params
    options: Options | None = None
    from_s: float | None = None
    to_s: float | None = None
    folder: Path | None = None
    tables: bool = False
    report: bool = False
    angle: bool = False
    unsaid: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()

    @property
    def endings(self) -> tuple[str, ...]:
        """The endings of the files written for each input."""
        wanted = (
            *((".reps.csv", self.tables), (".summary.json", self.tables)),
            *((".angle.csv", self.angle), (".report.html", self.report)),
        )
        return tuple(ending for ending, is_wanted in wanted if is_wanted)


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        path: as the user named it.
        found: what the terminal shows, None when the file could not be analyzed.
        document: the summary and the reps, for ``--json``.
        written: the files written.
        error: the line that says what is wrong with the file.
        fault: a traceback when the fault is Kickback's own.
    """

    path: Path
    found: Found | None = None
    document: dict[str, Any] = field(default_factory=dict)
    written: tuple[Path, ...] = ()
    error: str | None = None
    fault: str | None = None


SEPARATOR = 78
"""Length of the line between two files."""


def work(path: Path, request: Request) -> Outcome:
    """Read, analyze and write one file; whatever goes wrong is part of the outcome."""
    try:
        recording = part(load(path, request.options), request.from_s, request.to_s)
        params = for_recording(request.params, recording, request.unsaid)
        pipeline = pipeline_for(recording, params)
    except (OSError, ValueError) as error:
        return Outcome(path, error=one_line(error, path))
    try:
        analysis = collect(recording, params, run(pipeline, recording.blocks(BLOCK_SIZE)))
        text = summary(analysis, str(path), ("analyze", str(path), *request.said))
        document = {**text, "reps": rep_rows(analysis.all_reps)}
        written = tuple(_write(analysis, text, path, request))
    except OSError as error:
        return Outcome(path, error=one_line(error, path))
    except Exception as error:  # noqa: BLE001 - a fault of ours in one file must not keep the others from being done
        line = f"{path}: Kickback failed ({type(error).__name__}: {one_line(error)}); please report this fault"
        return Outcome(path, error=line, fault=traceback.format_exc())
    return Outcome(path, Found.of(analysis), document, written)


def _write(analysis: Analysis, text: dict[str, Any], path: Path, request: Request) -> Iterator[Path]:
    if request.folder is None:
        return
    for ending in request.endings:
        target = request.folder / f"{stem_of(path)}{ending}"
        if ending == ".report.html":
            from kickback import report

            write_atomically(target, report.render(analysis))
        elif ending == ".angle.csv":
            write_atomically(target, angle_csv(analysis))
        elif ending == ".reps.csv":
            write_atomically(target, reps_csv(analysis.all_reps))
        else:
            write_atomically(target, to_json(text))
        yield target


def analyze_files(paths: Sequence[Path], request: Request, jobs: int | None, as_json: bool) -> int:
    """Do all files and print what was found.

    Returns:
        The exit code: 0, or 1 when a file could not be analyzed.

    Raises:
        UsageError: results would overwrite each other; nothing was written.
    """
    if request.folder is not None:
        check_names(paths, request.folder, request.endings)
        try:
            request.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror or str(error)
            raise UsageError(f"{request.folder}: this folder cannot be made ({why}); choose another --out") from error
    try:
        outcomes = _do_all(paths, request, jobs)
    except KeyboardInterrupt:
        print("Interrupted; files that were written already are whole.", file=sys.stderr)
        return EXIT_INTERRUPTED
    _print_json(outcomes) if as_json else _print_tables(outcomes)
    _print_errors(outcomes)
    return EXIT_BAD_FILE if any(outcome.error for outcome in outcomes) else 0


def _do_all(paths: Sequence[Path], request: Request, jobs: int | None) -> list[Outcome]:
    workers = min(jobs or os.cpu_count() or 1, len(paths))
    with _progress(len(paths)) as advance:
        if workers == 1:
            outcomes = []
            for path in paths:
                outcomes.append(work(path, request))
                advance()
            return outcomes
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_end_quietly)
        try:
            futures = [pool.submit(work, path, request) for path in paths]
            for _ in as_completed(futures):
                advance()
            return [_outcome(path, future) for path, future in zip(paths, futures, strict=True)]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _outcome(path: Path, future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        return Outcome(path, error=f"{path}: its process was ended from outside (memory?); try again with --jobs 1")


def _end_quietly() -> None:
    """In a worker: Ctrl-C ends the process at once and in silence. Files are whole, for they are renamed into place."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(EXIT_INTERRUPTED))


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr when there is more than one file and someone to see it; yields what advances it."""
    console = Console(stderr=True)
    columns = (TextColumn("analyzing"), BarColumn(), MofNCompleteColumn())
    hidden = total < 2 or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)


def _print_json(outcomes: Sequence[Outcome]) -> None:
    files = [
        {"file": str(outcome.path), "error": outcome.error} if outcome.error else outcome.document
        for outcome in outcomes
    ]
    print(to_json({"versions": versions(), "files": files}, ascii_only=True), end="")


def _print_tables(outcomes: Sequence[Outcome]) -> None:
    console = plain_console()
    shown = [outcome for outcome in outcomes if outcome.found is not None]
    for number, outcome in enumerate(shown):
        if number:
            console.print("\n" + "─" * SEPARATOR + "\n", style="dim")
        assert outcome.found is not None
        for piece in render(outcome.found):
            console.print(piece)
        if outcome.written:
            console.print()
            console.print("Written: " + ", ".join(map(str, outcome.written)), markup=False, soft_wrap=True)


def _print_errors(outcomes: Sequence[Outcome]) -> None:
    console = Console(stderr=True)
    for outcome in outcomes:
        if outcome.fault:
            console.print(outcome.fault, markup=False, highlight=False, soft_wrap=True)
        if outcome.error:
            console.print(outcome.error, style="red", markup=False, highlight=False, soft_wrap=True)
    for first, again in _same(outcomes):
        line = f"{first} and {again} are one recording: it was done twice, so count it once."
        console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _same(outcomes: Sequence[Outcome]) -> Iterator[tuple[Path, Path]]:
    """Inputs that were read from the very same files, such as both files of a pair."""
    known: dict[str, Path] = {}
    for outcome in outcomes:
        sha256 = outcome.document.get("sha256")
        if sha256 is not None and (first := known.setdefault(sha256, outcome.path)) != outcome.path:
            yield first, outcome.path


def plain_console() -> Console:
    """The terminal as it is; a pipe as wide as the longest line needs."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=200)
    return console
