"""The options that several commands share, as typer wants them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from kickback.reading import Reading

Leg = Annotated[
    str | None,
    typer.Option("--leg", metavar="LEG", help="left, right, or left,right: one for each set, in their order."),
]
TempoText = Annotated[
    str | None,
    typer.Option("--tempo", metavar="TEMPO", help="Target: down-pause-up-squeeze in seconds.", show_default="3-0-1-1"),
]
ExerciseName = Annotated[
    str | None,
    typer.Option(
        "--exercise", metavar="NAME", help="See `kickback exercises`; or a FILE.toml.", show_default="kickback"
    ),
]
Limit = Annotated[
    float | None,
    typer.Option(
        "--hip-rotation-limit", metavar="DEG", help="Flag a rep whose leg turns further.", show_default="the tested one"
    ),
]
From = Annotated[float | None, typer.Option("--from", metavar="S", help="Start here, on the recording's own clock.")]
To = Annotated[float | None, typer.Option("--to", metavar="S", help="Stop here, on the recording's own clock.")]
Speed = Annotated[float, typer.Option("--speed", metavar="X", help="So many times as fast as life; inf: no waiting.")]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILES", help="What a logger wrote: files, folders or zips.", show_default=False),
]
OneFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="What a logger wrote: a file, a folder or a zip.", show_default=False)
]

Page = Annotated[bool, typer.Option("--page", help="Serve the page to train with, and open it in the browser.")]
Port = Annotated[
    int | None,
    typer.Option("--port", min=1, max=65535, metavar="N", help="The page's.", show_default="8571, or a free one"),
]
Lan = Annotated[bool, typer.Option("--lan", help="The page for phones in the same network, too: by a code to scan.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only say the page's address.")]
StoreFile = Annotated[
    Path | None,
    typer.Option("--store", metavar="FILE", help="Where sessions are kept.", show_default="the user's data folder"),
]


def _reading(option: str, metavar: str, help_text: str) -> Any:
    return typer.Option(option, metavar=metavar, help=help_text, rich_help_panel="How the file is read")


READING: dict[str, Any] = {
    "dialect": Annotated[str | None, _reading("--dialect", "NAME", "Which logger wrote it; a wrong one lists all.")],
    "sep": Annotated[str | None, _reading("--sep", "WORD", "Between cells: comma, semicolon or tab.")],
    "decimal": Annotated[str | None, _reading("--decimal", "WORD", "point or comma.")],
    "time_unit": Annotated[str | None, _reading("--time-unit", "UNIT", "s, ms, us or ns.")],
    "acc_unit": Annotated[str | None, _reading("--acc-unit", "UNIT", "m/s^2, g or mg.")],
    "gyro_unit": Annotated[str | None, _reading("--gyro-unit", "UNIT", "rad/s, deg/s or mdps.")],
    "rate": Annotated[float | None, _reading("--rate", "HZ", "Samples a second, where the file has no clock.")],
}
"""The options that overrule what is told from a file, by their names in :class:`kickback.reading.Reading`."""


def with_reading(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of :data:`READING`; it gets them as one argument, ``reading``."""

    @functools.wraps(command)
    def typed(**given: Any) -> None:
        reading: Reading = {name: given.pop(name) for name in READING}  # type: ignore[assignment]  # the same keys
        command(**given, reading=reading)

    hints = get_type_hints(command, include_extras=True)
    plain = [one for one in inspect.signature(command).parameters.values() if one.name != "reading"]
    known = [one.replace(annotation=hints[one.name], kind=one.KEYWORD_ONLY) for one in plain]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=hint)
        for name, hint in READING.items()
    ]
    typed.__signature__ = inspect.Signature([*known, *more])  # type: ignore[attr-defined]  # what inspect looks for
    typed.__annotations__ = {one.name: one.annotation for one in (*known, *more)}
    return typed
