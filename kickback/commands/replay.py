"""``kickback replay``: a recording as if it happened now."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from analysis.params import Params
from analysis.pipeline import Pipeline
from imu.blocks import Recording
from imu.sources import replay
from kickback.commands.analyze import plain_console
from kickback.errors import EXIT_INTERRUPTED, KickbackError, one_line
from kickback.live.view import LineView, ScreenView, View
from kickback.live.watch import Watch
from kickback.result import Analysis
from kickback.session import collect, for_recording, load, part, pipeline_for
from kickback.tables import Found, render

if TYPE_CHECKING:
    from recordings.options import Options


def replay_file(
    path: Path, params: Params, speed: float, from_s: float | None, to_s: float | None, options: Options | None = None
) -> int:
    """Replay a file and print its sets at the end.

    Returns:
        The exit code: 0, or 130 when Ctrl-C ended it.

    Raises:
        KickbackError: the file cannot be used.
    """
    try:
        recording = part(load(path, options), from_s, to_s)
        params = for_recording(params, recording)
        pipeline = pipeline_for(recording, params)
    except (OSError, ValueError) as error:
        raise KickbackError(one_line(error, path)) from error
    console = plain_console()
    analysis, interrupted = play(recording, pipeline, speed, view_for(console, recording, params, speed))
    if console.is_terminal:
        for piece in render(Found.of(analysis)):
            console.print(piece)
    if not interrupted:
        return 0
    end_s = recording.header.start_s + analysis.recording.duration_s
    typer.echo(f"Ended by Ctrl-C at {end_s:.1f} s; what was counted until then is above.", err=True)
    return EXIT_INTERRUPTED


def view_for(console: Console, recording: Recording, params: Params, speed: float) -> View:
    """A screen on a terminal, lines elsewhere."""
    if not console.is_terminal:
        return LineView(console, recording.header)
    return ScreenView(
        console, recording.header, params.tempo, f"×{speed:g}   Ctrl-C ends", exercise=params.exercise.title
    )


def play(recording: Recording, pipeline: Pipeline, speed: float, view: View) -> tuple[Analysis, bool]:
    """The same pipeline as :func:`kickback.session.analyze`, with a clock between the blocks.

    Returns:
        What was counted in the samples that were shown, and whether Ctrl-C ended the replay.
    """
    watch = Watch(pipeline, view)
    interrupted = False
    with view:
        try:
            asyncio.run(watch.follow(replay(recording, speed=speed)))
        except KeyboardInterrupt:
            interrupted = True
        watch.finish()
    shown = recording.between(None, recording.header.start_s + watch.stop / recording.rate_hz)
    return collect(shown, pipeline.params, watch.events), interrupted
