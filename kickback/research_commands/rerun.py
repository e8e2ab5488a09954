"""The command ``rerun``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kickback.errors import EXIT_BAD_FILE
from kickback.typed import told

Result = Annotated[
    Path,
    typer.Argument(
        metavar="RESULT", help="A folder with provenance.json, a file in it, or a *.summary.json.", show_default=False
    ),
]


def rerun(
    result: Result,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
) -> None:
    """Make a result again, with what it says it was made with, and compare. Exit code 1 where something differs."""
    with told():
        from kickback.document import to_json
        from kickback.rerunning import again_of, make_again, shown

        verdict = make_again(again_of(result))
        text = to_json(verdict.to_json(), ascii_only=True) if as_json else "\n".join(shown(verdict)) + "\n"
    typer.echo(text, nl=False)
    raise typer.Exit(0 if verdict.same else EXIT_BAD_FILE)
