"""``kickback compare``: the comparison with a bar, and what is printed of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from kickback.commands.analyze import plain_console
from kickback.comparing import LEFT_OUT, Asked
from kickback.comparison.showing import render
from kickback.comparison.writing import FIGURES, document_of, write_comparison
from kickback.document import to_json
from kickback.errors import UsageError
from kickback.provenance import sums_of
from kickback.typed import words_of


@dataclass(frozen=True)
class Wanted:
    """What is to come of a comparison: files in ``out``, ``figures`` among them, and JSON instead of words."""

    out: Path | None
    figures: bool
    as_json: bool


def compare_file(path: Path, asked: Asked, wanted: Wanted) -> None:
    """Compare a table of reps, write and print what was found.

    Raises:
        KickbackError: the file cannot be used, or a package is missing.
        UsageError: the table cannot be compared like this.
    """
    file, reps = asked.read(path)
    with _bar() as done:
        try:
            found = asked.of(reps, done)
        except ValueError as error:
            raise UsageError(f"{file}: {error}") from error
        written: list[Path] = []
        if wanted.out is not None:
            written = write_comparison(
                found,
                wanted.out,
                command=words(path, asked, wanted),
                params=asked.params,
                inputs=sums_of([file]),
                figures=wanted.figures,
                done=done,
            )
    if wanted.as_json:
        print(to_json(document_of(found) | {"written": [str(each) for each in written]}, ascii_only=True), end="")
        return
    console = plain_console()
    for piece in render(found):
        console.print(piece, soft_wrap=True)
    if wanted.out is not None:
        drawn = sum(FIGURES in each.parts for each in written)
        names = ", ".join(each.name for each in written if FIGURES not in each.parts)
        text = f"\nWritten in {wanted.out}: {names}" + (f", and {drawn} figures in {FIGURES}" if drawn else "")
        console.print(text, markup=False, soft_wrap=True)


def words(path: Path, asked: Asked, wanted: Wanted) -> tuple[str, ...]:
    """The command as it would be typed again, without ``--out``."""
    many = [("--measure", name) for name in asked.measures] + [("--where", text) for text in asked.where]
    kept = {f"keep_{flag.removeprefix('is_')}": flag not in asked.left_out for flag in LEFT_OUT}
    rest = words_of(
        reference=asked.reference,
        **kept,
        nested_only=not asked.own,
        same_reps=asked.same_reps,
        no_figures=not wanted.figures,
    )
    return ("compare", str(path), "--by", asked.by, *(word for pair in many for word in pair), *rest)


@contextmanager
def _bar() -> Iterator[Callable[[str], None]]:
    """What is being done, on stderr, where there is someone to see it."""
    console = Console(stderr=True)
    columns = (TextColumn("comparing"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda name: progress.update(task, description=name)
