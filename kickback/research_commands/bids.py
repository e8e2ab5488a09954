"""``kickback bids``: a folder of recordings as a Motion-BIDS study."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kickback.errors import EXIT_BAD_FILE, KickbackError, one_line
from kickback.typed import told

if TYPE_CHECKING:
    from kickback.bids import Study


def bids(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the recordings.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", metavar="STUDY", help="A new folder for the study.", show_default=False)
    ],
    table: Annotated[
        Path | None,
        typer.Option(
            "--table", metavar="FILE", help="CSV: recording, subject, session, condition, leg, tempo, and others."
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option("--pattern", metavar="TEXT", help="What paths say, such as '{subject}/{session}_{leg}.csv'."),
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="Of the study.", show_default="FOLDER's")] = "",
    author: Annotated[
        list[str] | None, typer.Option("--author", metavar="NAME", help="Of the study; as often as there are authors.")
    ] = None,
    licence: Annotated[str, typer.Option("--licence", metavar="TEXT", help="Of the data, such as CC0.")] = "",
    institution: Annotated[
        str, typer.Option("--institution", metavar="NAME", help="Where the recordings were made.")
    ] = "",
    instructions: Annotated[
        str, typer.Option("--instructions", metavar="TEXT", help="What the people were told to do.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
) -> None:
    """Write a folder of recordings as a Motion-BIDS study: signals, channels, events (sets, reps, phases), people."""
    with told():
        from kickback.bids import About, write_study

        about = About(name, tuple(author or ()), licence, institution, instructions)
        try:
            with _progress() as each:
                study = write_study(
                    folder, out, table=table, pattern=pattern, about=about, command=sys.argv[1:], each=each
                )
        except OSError as error:
            raise KickbackError(one_line(error, out)) from error
        _say_json(study) if as_json else _say(study)
        code = EXIT_BAD_FILE if len(study.failures) else 0
    raise typer.Exit(code)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left on stderr, when there is someone to see it; yields what moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("writing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _say(study: Study) -> None:
    from kickback.words import many

    for note in study.notes:
        typer.echo(f"Note: {note}")
    people = study.table["subject"].nunique()
    typer.echo(f"Written: {study.folder}, {many(len(study.table), 'recording')} of {many(people, 'subject')}")
    typer.echo(f"Check it: bids-validator-deno {study.folder}")
    _say_failures(study)


def _say_failures(study: Study) -> None:
    for error in study.failures["error"]:
        typer.secho(error, err=True, fg="red")


def _say_json(study: Study) -> None:
    from kickback.document import to_json

    document: dict[str, Any] = {
        "folder": str(study.folder),
        "recordings": study.table.to_dict("records"),
        "failures": study.failures.to_dict("records"),
        "notes": list(study.notes),
    }
    typer.echo(to_json(document, ascii_only=True), nl=False)
    _say_failures(study)
