"""``kickback demo``: what Kickback does, shown on a recording that ships with it."""

from __future__ import annotations

from pathlib import Path

import typer

from analysis.params import Params
from kickback.commands.analyze import Request, plain_console, work
from kickback.commands.replay import Shown, page_of, play, view_beside
from kickback.errors import EXIT_BAD_FILE, EXIT_INTERRUPTED
from kickback.page.wish import PageWish
from kickback.session import for_recording, load, pipeline_for
from kickback.tables import render
from recordings import shipped_path

TRACE = "hip_rotation"
"""The shipped trace that is shown: less than a minute, eight reps, the hip opens from rep to rep."""


def run_demo(folder: Path, speed: float | None, page: PageWish | None = None) -> int:
    """Print the table, write the files, replay the recording.

    Args:
        folder: where the files go.
        speed: of the replay; None leaves it out.
        page: served beside the replay, None: none.

    Returns:
        The exit code.
    """
    console = plain_console()
    typer.echo("kickback analyze FILE --out DIR --report, for a recording that ships with Kickback:\n")
    trace = shipped_path(TRACE)
    outcome = work(trace, Request(Params(), folder=folder, tables=True, report=True))
    if outcome.found is None:
        typer.echo(outcome.fault or outcome.error, err=True)
        return EXIT_BAD_FILE
    for piece in render(outcome.found):
        console.print(piece)
    interrupted = False
    if speed is not None:
        typer.echo(
            f"\nAs it looks while it happens, {speed:g} times as fast (kickback replay FILE); each rep is measured\n"
            "at once, and restated as in the table above when its set closes:"
        )
        recording = load(trace)
        pipeline = pipeline_for(recording, for_recording(Params(), recording))
        shown = Shown(recording, pipeline.params, speed, trace.name)
        stage = shown.stage()
        _, interrupted = play(shown, pipeline, view_beside(page, console, stage), stage, page_of(page, console))
    report = next(path for path in outcome.written if path.suffix == ".html").resolve()
    typer.echo(f"\nThe report, to be opened in a browser: {report}")
    typer.echo(f"The tables beside it: {', '.join(path.name for path in outcome.written if path.suffix != '.html')}")
    return EXIT_INTERRUPTED if interrupted else 0
