"""The commands that talk to a sensor: ``scan``, ``live``, ``record``."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kickback.errors import UsageError
from kickback.options import ExerciseName, Lan, Limit, NoBrowser, Page, Port, StoreFile, TempoText
from kickback.page.wish import PageWish, page_wish
from kickback.typed import params_for, told

if TYPE_CHECKING:
    from analysis.params import Params
    from firmware_protocol.registry import Wish
    from kickback.live.air import Air
    from kickback.live.worn import Worn

DEFAULT_FOLDER = "kickback-sessions"

Sensors = Annotated[
    list[str] | None,
    typer.Option(
        "--sensor", metavar="NAME", help="Name or serial; twice for two sensors.", show_default="the only one"
    ),
]
Legs = Annotated[
    list[str] | None,
    typer.Option("--leg", metavar="LEG", help="left or right, once a sensor; or left,right: one for each set."),
]
Rate = Annotated[
    int, typer.Option("--rate", min=20, max=1000, metavar="HZ", help="Samples a second to ask the sensor for.")
]
Length = Annotated[
    float | None, typer.Option("--seconds", metavar="S", help="End by itself.", show_default="until Ctrl-C")
]
NoStore = Annotated[bool, typer.Option("--no-store", help="Keep it in no store; the files are written anyway.")]
Person = Annotated[
    str | None, typer.Option("--person", metavar="NAME", help="Whose session it is.", show_default="nobody's")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the session that broke off last.")]
Virtual = Annotated[bool, typer.Option("--virtual", help="A virtual sensor, in this process, plays a recording.")]


def scan(
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", help="Look for so long.")] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
    virtual: Virtual = False,
) -> None:
    """List the sensors in reach: name, serial, signal, battery, kind, and what is not certain about the kind."""
    with told():
        _check_seconds(seconds)
        from kickback.commands.scan import scan_for
        from kickback.live.worn import Worn

        air, _ = _air(virtual, None, (Worn(),))
        code = scan_for(air, seconds, as_json)
    raise typer.Exit(code)


def live(
    sensor: Sensors = None,
    leg: Legs = None,
    exercise: ExerciseName = None,
    tempo: TempoText = None,
    hip_rotation_limit: Limit = None,
    rate: Rate = 100,
    record: Annotated[Path, typer.Option("--record", metavar="DIR", help="Where the session's files go.")] = Path(
        DEFAULT_FOLDER
    ),
    seconds: Length = None,
    virtual: Virtual = False,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Show this instead of a sensor; with --virtual, through one."),
    ] = None,
    page: Page = False,
    port: Port = None,
    lan: Lan = False,
    no_browser: NoBrowser = False,
    store: StoreFile = None,
    no_store: NoStore = False,
    person: Person = None,
    resume: Resume = False,
    lsl: Annotated[
        bool, typer.Option("--lsl", help="Publish samples, reps and progress in the lab streaming layer, too.")
    ] = False,
) -> None:
    """Count a set while it happens, from one sensor or two, and record it. Ctrl-C ends it, then comes the table."""
    with told():
        _check_seconds(seconds)
        from kickback.live.opening import keep_wish
        from kickback.live.worn import worn_of
        from kickback.session import choose, unsaid_of

        wish = page_wish(page, port, lan, no_browser)
        keep = keep_wish(store, no_store, person, resume, virtual)
        worn = worn_of(sensor or [], leg or [], virtual=virtual)
        params = params_for(None, tempo, hip_rotation_limit, exercise)
        from kickback.lab.opening import lab_of

        lab = lab_of(lsl, only_shown=replay is not None and not virtual)
        if replay is not None and not virtual:
            if sensor or store or person or resume:
                raise UsageError(
                    "--replay shows a file and keeps nothing: leave out --sensor and the like, or add --virtual"
                )
            code = _replayed(replay, worn[0].params(params), unsaid_of(tempo, exercise), seconds, wish)
            raise typer.Exit(code)
        from kickback.commands.live import begin
        from kickback.live.strap import Plan

        said = _said(exercise=exercise, tempo=tempo, hip_rotation_limit=hip_rotation_limit)
        plan = Plan(worn, params, _wish(rate), record, seconds, None, said, lab=lab)
        change = partial(choose, tempo=tempo, hip_rotation_limit_deg=hip_rotation_limit, exercise=exercise)
        code = begin(plan, partial(_air, virtual, replay), change, keep, wish)
    raise typer.Exit(code)


def _replayed(file: Path, params: Params, unsaid: frozenset[str], seconds: float | None, page: PageWish | None) -> int:
    from kickback.commands.replay import replay_file

    return replay_file(file, params, 1.0, None, None, seconds=seconds, unsaid=unsaid, page=page)


def record(
    sensor: Sensors = None,
    leg: Legs = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path(DEFAULT_FOLDER),
    rate: Rate = 100,
    seconds: Length = None,
    virtual: Virtual = False,
) -> None:
    """Record a sensor, or two, and count nothing: the raw packets, and a CSV beside them. Ctrl-C ends it."""
    with told():
        _check_seconds(seconds)
        from kickback.commands.record import record as keep
        from kickback.live.files import made
        from kickback.live.strap import Plan
        from kickback.live.worn import worn_of

        air, worn = _air(virtual, None, worn_of(sensor or [], leg or [], virtual=virtual))
        code = keep(Plan(worn, None, _wish(rate), made(out), seconds, air.played), air)
    raise typer.Exit(code)


def _check_seconds(seconds: float | None) -> None:
    if seconds is not None and not 0 < seconds < float("inf"):
        raise UsageError(f"--seconds {seconds:g} is not above 0")


def _said(**options: object) -> str:
    """The options as they would be typed again for ``kickback analyze``; those that nobody said are left out."""
    words = [(f"--{name.replace('_', '-')}", str(value)) for name, value in options.items() if value is not None]
    return "".join(f" {name} {shlex.quote(value)}" for name, value in words)


def _wish(rate_hz: int) -> Wish:
    from firmware_protocol.registry import Wish

    return Wish(rate_hz=rate_hz)


def _air(virtual: bool, trace: Path | None, worn: tuple[Worn, ...]) -> tuple[Air, tuple[Worn, ...]]:
    from kickback.live.air import bluetooth, virtual_air

    return virtual_air(trace, worn) if virtual else (bluetooth(), worn)
