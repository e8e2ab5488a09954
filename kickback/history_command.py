"""The command that looks back: ``history``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kickback.errors import UsageError
from kickback.typed import told


def history(
    person: Annotated[
        str | None,
        typer.Option("--person", metavar="NAME", help='Only theirs; "" is nobody\'s.', show_default="everybody"),
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="FILE", help="Where sessions are kept.", show_default="the user's data folder"),
    ] = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="With the sessions that no person made.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="DIR", help="Write all of it here, as CSV and JSON.")
    ] = None,
    delete_person: Annotated[
        str | None, typer.Option("--delete-person", metavar="NAME", help="Delete somebody wholly, for good.")
    ] = None,
    files: Annotated[bool, typer.Option("--files", help="With --delete-person: their files on the disk, too.")] = False,
) -> None:
    """What was done on which day: sets, tempo, range, rotation, both legs side by side, week by week."""
    with told():
        _check(person, simulated, as_json, export, delete_person, files)
        from kickback.commands.history import Asked
        from kickback.commands.history import history as look_back

        code = look_back(Asked(person, store, simulated, as_json, export, delete_person, files))
    raise typer.Exit(code)


def _check(
    person: str | None, simulated: bool, as_json: bool, export: Path | None, delete: str | None, files: bool
) -> None:
    """Refuse what does not go together. Raises UsageError."""
    if files and delete is None:
        raise UsageError("--files deletes a person's files: say whose with --delete-person NAME")
    asked = {
        "--person": person is not None,
        "--simulated": simulated,
        "--json": as_json,
        "--export": export is not None,
    }
    others = [name for name, said in asked.items() if said]
    if delete is not None and others:
        raise UsageError(f"--delete-person does one thing only: leave out {others[0]}")
    if export is not None and (simulated or as_json):
        raise UsageError("--export writes all of it, as CSV and JSON: leave out --simulated and --json")
