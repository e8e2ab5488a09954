"""The command ``batch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kickback.errors import UsageError
from kickback.options import ExerciseName, Leg, Limit, TempoText
from kickback.reading import options_of
from kickback.typed import params_for, told

_HOW = "How the files are read"

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="What holds the recordings, in any folders.", show_default=False)
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the tables go.", show_default=False)]
TableFile = Annotated[
    Path | None,
    typer.Option(
        "--table", metavar="FILE", help="A CSV: recording, subject, session, condition, leg, ...; or a row a subject."
    ),
]
PathPattern = Annotated[
    str | None,
    typer.Option("--pattern", metavar="TEXT", help="What the paths say, such as {subject}/{session}_{leg}.csv."),
]
Pseudonyms = Annotated[
    Path | None,
    typer.Option("--pseudonyms", metavar="KEYFILE", help="Ids in place of names; KEYFILE, kept apart, tells them."),
]
Decimal = Annotated[
    str, typer.Option("--decimal", metavar="MARK", help="In the CSV files: '.', or ',' with semicolons between cells.")
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", min=1, metavar="N", help="Processes at a time.", show_default="one per processor"),
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster, such as tcp://host:8786."),
]
Dialect = Annotated[
    str | None, typer.Option("--dialect", metavar="NAME", help="Which logger wrote them.", rich_help_panel=_HOW)
]
Sep = Annotated[
    str | None,
    typer.Option("--sep", metavar="WORD", help="Between their cells: comma, semicolon or tab.", rich_help_panel=_HOW),
]
TimeUnit = Annotated[
    str | None, typer.Option("--time-unit", metavar="UNIT", help="s, ms, us or ns.", rich_help_panel=_HOW)
]
AccUnit = Annotated[
    str | None, typer.Option("--acc-unit", metavar="UNIT", help="m/s^2, g or mg.", rich_help_panel=_HOW)
]
GyroUnit = Annotated[
    str | None, typer.Option("--gyro-unit", metavar="UNIT", help="rad/s, deg/s or mdps.", rich_help_panel=_HOW)
]
Rate = Annotated[
    float | None,
    typer.Option("--rate", metavar="HZ", help="Samples a second, where files have no clock.", rich_help_panel=_HOW),
]


def batch(
    folder: Folder,
    out: Out,
    table: TableFile = None,
    pattern: PathPattern = None,
    exercise: ExerciseName = None,
    leg: Leg = None,
    tempo: TempoText = None,
    hip_rotation_limit: Limit = None,
    angle: Annotated[bool, typer.Option("--angle", help="Write angle/<recording>.parquet, over time.")] = False,
    pseudonyms: Pseudonyms = None,
    decimal: Decimal = ".",
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
    dialect: Dialect = None,
    sep: Sep = None,
    time_unit: TimeUnit = None,
    acc_unit: AccUnit = None,
    gyro_unit: GyroUnit = None,
    rate: Rate = None,
) -> None:
    """Analyze a folder of recordings into one table of reps and one of sets; again: only what is new or changed."""
    with told():
        if jobs is not None and scheduler is not None:
            raise UsageError("--jobs is for this machine and --scheduler for a cluster: leave one out")
        params = params_for(leg, tempo, hip_rotation_limit, exercise)
        from kickback.batching.telling import batch_folder
        from kickback.batching.wish import FileReading, Wish
        from kickback.session import unsaid_of

        unsaid = unsaid_of(tempo, exercise)
        reading = FileReading(
            dialect=dialect, sep=sep, time_unit=time_unit, acc_unit=acc_unit, gyro_unit=gyro_unit, rate=rate
        )
        try:
            options_of(**reading)
        except ValueError as error:
            raise UsageError(str(error)) from error
        wish = Wish(
            out, table, pattern, params, unsaid, reading, angle, pseudonyms, decimal, jobs=jobs, scheduler=scheduler
        )
        said = {
            "table": table,
            "pattern": pattern,
            "exercise": exercise,
            "leg": leg,
            "tempo": tempo,
            "hip-rotation-limit": hip_rotation_limit,
            "angle": angle or None,
            "pseudonyms": pseudonyms,
            "decimal": None if decimal == "." else decimal,
            **{name.replace("_", "-"): value for name, value in reading.items()},
        }
        code = batch_folder(folder, wish, said, as_json)
    raise typer.Exit(code)
