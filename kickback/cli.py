"""The command line: reads what was typed, calls :mod:`kickback.commands`, prints what came back."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from kickback.errors import EXIT_BAD_FILE, UsageError
from kickback.history_command import history
from kickback.options import (
    ExerciseName,
    Files,
    From,
    Lan,
    Leg,
    Limit,
    NoBrowser,
    OneFile,
    Page,
    Port,
    Speed,
    TempoText,
    To,
    with_reading,
)
from kickback.page.wish import page_wish
from kickback.reading import Reading
from kickback.research_commands.batch import batch
from kickback.research_commands.bids import bids
from kickback.research_commands.compare import compare
from kickback.research_commands.rerun import rerun
from kickback.research_commands.score import score
from kickback.sensor_commands import live, record, scan
from kickback.typed import EPILOG, check_part, check_speed, options_for, params_for, told, words_of

app = typer.Typer(
    name="kickback",
    help="Count the reps and time the tempo of band kickbacks and other one-leg exercises, from one motion sensor.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """The entry point. A character that the terminal cannot show becomes a question mark, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left of the output has no place
        typer.secho("The disk to which the output goes is full: make room, or send it elsewhere.", err=True, fg="red")
        sys.exit(EXIT_BAD_FILE)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"kickback {version('kickback')}")
        raise typer.Exit


@app.callback()
def _common(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Options before the command."""


@app.command(epilog=EPILOG)
@with_reading
def analyze(
    files: Files,
    reading: Reading,
    exercise: ExerciseName = None,
    leg: Leg = None,
    tempo: TempoText = None,
    hip_rotation_limit: Limit = None,
    from_s: From = None,
    to_s: To = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write <stem>.reps.csv and <stem>.summary.json here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Write <stem>.report.html in DIR, or here without --out.")
    ] = False,
    angle: Annotated[bool, typer.Option("--angle", help="Write <stem>.angle.csv, the leg angle over time.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Files at the same time.", show_default="one per processor")
    ] = None,
) -> None:
    """Find sets and reps in recordings: a table each, and files on demand."""
    with told():
        check_part(from_s, to_s)
        if angle and out is None:
            raise UsageError("--angle writes a file: say where with --out DIR")
        params, options = params_for(leg, tempo, hip_rotation_limit, exercise), options_for(reading)
        from kickback.commands.analyze import Request, analyze_files
        from kickback.session import unsaid_of

        folder = out if out is not None else Path() if report else None
        wanted = {"tables": out is not None, "report": report, "angle": angle}
        said = words_of(
            exercise=exercise,
            leg=leg,
            tempo=tempo,
            hip_rotation_limit=hip_rotation_limit,
            angle=angle,
            **{"from": from_s, "to": to_s},
            **reading,
        )
        unsaid = unsaid_of(tempo, exercise)
        request = Request(params, options, from_s, to_s, folder, **wanted, unsaid=unsaid, said=said)
        code = analyze_files(files, request, jobs, as_json)
    raise typer.Exit(code)


@app.command(epilog=EPILOG)
@with_reading
def replay(
    file: OneFile,
    reading: Reading,
    speed: Speed = 1.0,
    exercise: ExerciseName = None,
    leg: Leg = None,
    tempo: TempoText = None,
    hip_rotation_limit: Limit = None,
    from_s: From = None,
    to_s: To = None,
    page: Page = False,
    port: Port = None,
    lan: Lan = False,
    no_browser: NoBrowser = False,
) -> None:
    """Show a recording as if it happened now; each rep is restated when its set closes. Lines in a pipe."""
    with told():
        wish = page_wish(page, port, lan, no_browser)
        check_part(from_s, to_s)
        check_speed(speed)
        params, options = params_for(leg, tempo, hip_rotation_limit, exercise), options_for(reading)
        from kickback.commands.replay import replay_file
        from kickback.session import unsaid_of

        unsaid = unsaid_of(tempo, exercise)
        code = replay_file(file, params, speed, from_s, to_s, options, unsaid=unsaid, page=wish)
    raise typer.Exit(code)


@app.command(epilog=EPILOG)
@with_reading
def inspect(
    file: OneFile,
    reading: Reading,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
) -> None:
    """Say what is understood of a file, and why: dialect, columns, rate, gaps, units, noise, and what would help."""
    with told():
        options = options_for(reading)
        from kickback.commands.inspect import inspect_file

        code = inspect_file(file, options, as_json)
    raise typer.Exit(code)


@app.command(epilog=EPILOG)
@with_reading
def convert(
    files: Files,
    reading: Reading,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.", show_default=False)],
    leg: Annotated[str | None, typer.Option(metavar="LEG", help="left or right: the leg that wore it.")] = None,
    sto: Annotated[bool, typer.Option("--sto", help="Write <stem>.sto, too: orientations for OpenSim.")] = False,
) -> None:
    """Write recordings as our own CSV in SI units, with a sidecar: <stem>.csv and <stem>.json."""
    with told():
        if leg not in (None, "left", "right"):
            raise UsageError(f"--leg {leg!r} is neither 'left' nor 'right'")
        options = options_for(reading)
        from kickback.commands.convert import convert_files

        code = convert_files(files, out, options, leg, sto=sto)
    raise typer.Exit(code)


@app.command(epilog=EPILOG)
def exercises(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
) -> None:
    """List the exercises that --exercise knows: what each expects, what to work on, where its numbers came from."""
    with told():
        from kickback.commands.exercises import list_exercises

        list_exercises(as_json)


@app.command(epilog=EPILOG)
def demo(
    no_replay: Annotated[bool, typer.Option("--no-replay", help="Only the analysis and the report.")] = False,
    speed: Speed = 4.0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the report goes.")] = Path("kickback-demo"),
    page: Page = False,
    port: Port = None,
    lan: Lan = False,
    no_browser: NoBrowser = False,
) -> None:
    """Analyze a shipped, simulated recording, write its report, replay it."""
    with told():
        wish = page_wish(page, port, lan, no_browser)
        if wish is not None and no_replay:
            raise UsageError("--page shows the replay: leave out --no-replay")
        check_speed(speed)
        from kickback.commands.demo import run_demo

        code = run_demo(out, None if no_replay else speed, wish)
    raise typer.Exit(code)


@app.command(epilog=EPILOG)
def simulate(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="clean, everyday, slow, ..., or study: 48 recordings of 12 people; a wrong one lists all.",
            show_default=False,
        ),
    ],
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another number makes another recording.")] = 0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")] = Path(),
    rate: Annotated[
        int | None, typer.Option(metavar="HZ", help="Nominal samples per second.", show_default="the kind's own")
    ] = None,
    leg: Annotated[str | None, typer.Option(metavar="LEG", help="left or right.", show_default="by the seed")] = None,
    reps: Annotated[
        int | None, typer.Option(metavar="N", help="Reps of each set, 3 to 60.", show_default="by the seed")
    ] = None,
    sensor: Annotated[
        str | None, typer.Option(metavar="NAME", help="From good to cheap.", show_default="by the seed")
    ] = None,
) -> None:
    """Make a recording with exact truth: <name>.csv, its sidecar <name>.json, and <name>.truth.json."""
    with told():
        from kickback.commands.simulate import simulate_to, study_to

        if kind == "study":
            if (rate, leg, sensor) != (None, None, None):
                raise UsageError("a study has both legs, one rate and one kind of sensor: leave out what says others")
            study_to(out, seed, reps)
            return
        simulate_to(out, kind, seed, rate, leg, reps, sensor)


for command in (scan, live, record, history, batch, compare, score, bids, rerun):
    app.command(epilog=EPILOG)(command)
