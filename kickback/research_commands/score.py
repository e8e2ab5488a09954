"""The command ``score``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kickback.typed import told

_HOW = "Labels by hand from a video"

Predicted = Annotated[
    Path,
    typer.Argument(
        metavar="PREDICTED",
        help="A table of reps, or a folder of them: start_s, end_s, and what else is known.",
        show_default=False,
    ),
]
TruthFile = Annotated[
    Path,
    typer.Argument(
        metavar="TRUTH",
        help="Truth JSON, table of true reps, labels of ELAN or BORIS; or a folder of them.",
        show_default=False,
    ),
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", metavar="KIND=WORD", help="A label that means rep, hold, jump ...", rich_help_panel=_HOW),
]
SyncVideo = Annotated[
    list[float] | None,
    typer.Option(
        "--sync-video", metavar="S", help="A jump or tap in the video; twice: two of them.", rich_help_panel=_HOW
    ),
]
SyncSensor = Annotated[
    list[float] | None,
    typer.Option("--sync-sensor", metavar="S", help="The same on the recording's clock.", rich_help_panel=_HOW),
]
SyncTable = Annotated[
    Path | None,
    typer.Option(
        "--sync-table", metavar="FILE", help="Both by recording: recording, video_s, sensor_s.", rich_help_panel=_HOW
    ),
]
RecordingFile = Annotated[
    Path | None,
    typer.Option(
        "--recording", metavar="FILE", help="Find the jump or tap in it; or in a folder of them.", rich_help_panel=_HOW
    ),
]


def score(
    predicted: Predicted,
    truth: TruthFile,
    label: Labels = None,
    sync_video: SyncVideo = None,
    sync_sensor: SyncSensor = None,
    sync_table: SyncTable = None,
    recording: RecordingFile = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the figures there, too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
) -> None:
    """Judge what anyone found in recordings by what is true: counts, phases, angles, flags, with 95 % intervals."""
    with told():
        from kickback.scoring.telling import Asked, score_files

        asked = Asked(
            predicted=predicted,
            truth=truth,
            labels=tuple(label or ()),
            sync_video_s=tuple(sync_video or ()),
            sync_sensor_s=tuple(sync_sensor or ()),
            sync_table=sync_table,
            recording=recording,
            out=out,
            as_json=as_json,
        )
        score_files(asked)
