"""``kickback live``: a set as it happens, from one or two sensors; recorded, counted, shown, and told at the end."""

from __future__ import annotations

import asyncio
import math
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import typer
from rich.console import Console

from analysis.params import Params
from analysis.results import Rejected, SetClosed
from imu.finding import NotFound
from imu.link import LinkError, NoAdapter
from kickback.commands.analyze import SEPARATOR, Outcome, Request, plain_console, work
from kickback.commands.replay import replay_file, saying, view_beside
from kickback.errors import EXIT_BAD_FILE, EXIT_INTERRUPTED, KickbackError
from kickback.live.air import TRACE, Air
from kickback.live.company import Company
from kickback.live.files import made
from kickback.live.keeping import Kept
from kickback.live.opening import KeepWish, gone_on, kept_of
from kickback.live.running import endings, follow
from kickback.live.setting import said_for
from kickback.live.stage import Stage
from kickback.live.strap import Plan, Strapped, strap
from kickback.live.view import View
from kickback.live.worn import Worn
from kickback.page.wish import PageWish
from kickback.tables import Found, render
from recordings import shipped_path

ViewFor = Callable[[Console, Stage], View]


def begin(
    plan: Plan,
    air_for: Callable[[tuple[Worn, ...]], tuple[Air, tuple[Worn, ...]]],
    change: Callable[[Params], Params],
    keep: KeepWish | None,
    page: PageWish | None,
) -> int:
    """Go on with the session that broke off, if that is asked for, and hold this one.

    Args:
        plan: as it was typed; it has no sensors that play yet. air_for: gives the radio for the sensors.
        change: puts what was typed into other params. keep: how to keep it, None: not at all. page: see :func:`live`.

    Returns:
        The exit code of :func:`live`.

    Raises:
        KickbackError: the store, the folder, the sensors or the files cannot be used.
    """
    kept = kept_of(keep, saying(plain_console())) if keep is not None else None
    try:
        if kept is not None and kept.earlier is not None:
            plan = gone_on(plan, kept.earlier, change)
        air, worn = air_for(plan.worn)
        plan = replace(plan, worn=worn, played=air.played, folder=made(plan.folder))
        return live(plan, air, page, kept)
    finally:
        if kept is not None:
            kept.store.close()


def live(plan: Plan, air: Air, page: PageWish | None = None, kept: Kept | None = None) -> int:
    """Hold a session, and tell what came of it.

    Where there is no Bluetooth or no sensor it says which, and shows a shipped trace instead.

    Args:
        plan, air: of the session. page: served beside it, None: none. kept: the way into the store, None: not kept.

    Returns:
        The exit code: 0; 1 without a sensor, without a sample, or when a sensor was gone for good; 130 when it was
        ended before it began.

    Raises:
        KickbackError: a sensor that cannot be connected, files that cannot be made.
    """
    console = plain_console()
    try:
        return asyncio.run(_session(plan, air, console, page, kept))
    except LinkError as error:
        if not nobody_there(error):
            raise KickbackError(str(error)) from error
        typer.secho(str(error), err=True, fg="red")
        return _instead(plan, str(error), page)


async def _session(plan: Plan, air: Air, console: Console, page: PageWish | None, kept: Kept | None) -> int:
    """From the search to the last word on the page."""
    async with Company(plan, page, kept, saying(console)) as company:
        strapped = await hold(plan, air, console, partial(view_beside, page), company)
        if not strapped:
            return ended_early()
        told = await company.meanwhile(lambda: [_tell(console, each, plan, strapped) for each in strapped])
        company.over(strapped, [path for outcome in told for path in outcome.written])
        for line in company.remarks(strapped):
            typer.echo(line, err=True)
        well = all(outcome.found is not None for outcome in told)
        return EXIT_BAD_FILE if say_gone(strapped) or not well else 0


def nobody_there(error: LinkError) -> bool:
    """Whether there is no Bluetooth, or no sensor at all in reach: then nothing but a replay can be shown."""
    return isinstance(error, NoAdapter) or (isinstance(error, NotFound) and error.nobody)


def _instead(plan: Plan, why: str, page: PageWish | None) -> int:
    """Show how it would look."""
    typer.echo(f"Instead a replay of {TRACE}, a recording that ships with Kickback: simulated, not live.", err=True)
    params = plan.worn[0].params(plan.params or Params())
    replay_file(shipped_path(TRACE), params, 1.0, None, None, seconds=plan.seconds, why=why, page=page)
    return EXIT_BAD_FILE


async def hold(
    plan: Plan, air: Air, console: Console, view_for: ViewFor, company: Company | None = None
) -> list[Strapped]:
    """The session from the search to the last byte; files are closed when it is over.

    Args:
        plan, air, console: of the session. view_for: makes the terminal's view. company: what goes on beside it.

    Returns:
        The sensors, with what was counted; none when it was ended before it began.

    Raises:
        LinkError: a sensor is not there, cannot be connected or refuses to start.
        KickbackError: files cannot be made, or the sensor's rate cannot be analyzed.
    """
    stopping = asyncio.Event()
    with endings(stopping.set):
        async with air.open() as radio:
            strapped = await strap(radio, plan, stopping, saying(console))
            if not strapped:
                return []
            stage = Stage([each.lane for each in strapped], plan.banners, plan.simulated)
            try:
                if company is not None:
                    await company.join(strapped, stage, stopping.set)
                with _beside(company, _in_lab(plan, strapped, console, view_for(console, stage))) as view:
                    takers = [plan.lab.taker(number) if plan.lab else None for number in range(len(strapped))]
                    courses = [each.course(number, view, takers[number]) for number, each in enumerate(strapped)]
                    await follow(courses, view, stopping, seconds=plan.seconds, over=air.over)
                    for course in courses:
                        course.watch.finish()
            except ValueError as error:
                raise KickbackError(f"{error}; ask the sensor for another with --rate") from error
            finally:
                for each in strapped:
                    await each.stop()
                    each.close()
                if company is not None:
                    company.over(strapped)
    return strapped


def _beside(company: Company | None, view: View) -> View:
    return view if company is None else company.view(view)


def _in_lab(plan: Plan, strapped: Sequence[Strapped], console: Console, view: View) -> View:
    """The view with the lab's streams beside it, where they are asked for; it says what they are called."""
    if plan.lab is None:
        return view
    from kickback.lab.outlet import LabView

    for name in plan.lab.join([(each.lane.name, each.files.header) for each in strapped]):
        saying(console)(f"LSL: the streams {name!r}, samples, reps and progress, from the first sample on")
    return LabView(view, plan.lab)


def ended_early() -> int:
    """Say that there was no session; the exit code."""
    typer.echo("Ended before all sensors were ready: there was no session.", err=True)
    return EXIT_INTERRUPTED


def say_gone(strapped: Sequence[Strapped]) -> bool:
    """Say which sensors did not come back; whether there are any."""
    gone = [each for each in strapped if each.gone]
    for each in gone:
        typer.secho(each.sensor.status.text, err=True, fg="red")
    return bool(gone)


def _tell(console: Console, strapped: Strapped, plan: Plan, all_of: Sequence[Strapped]) -> Outcome:
    """The table, the files, the report: made of the raw file, by the way that ``kickback analyze`` goes.

    Returns:
        What came of the analysis; nothing was found in it where there was nothing to tell.
    """
    files = strapped.files
    assert strapped.params is not None and strapped.watch is not None
    if strapped is not all_of[0]:
        console.print("\n" + "─" * SEPARATOR + "\n", style="dim")
    outcome = work(files.raw, Request(strapped.params, folder=plan.folder, tables=True, report=True))
    counted = seen_live(strapped)
    found = outcome.found if outcome.found is not None and files.whole else counted
    for piece in render(found) if found.duration_s else (f"{found.name}: no samples came.",):
        console.print(piece)
    console.print()
    console.print(files.told, markup=False, soft_wrap=True)
    if outcome.found is not None:
        console.print("Written: " + ", ".join(map(str, outcome.written)), markup=False, soft_wrap=True)
        legs = f" --leg {','.join(strapped.worn.legs)}" if len(strapped.worn.legs) > 1 else ""
        said = said_for(plan.said, strapped.params.exercise) if strapped.chosen else plan.said
        again = f"kickback analyze {shlex.quote(str(files.raw))}{legs}{said}"
        console.print(f"Again at any time: {again}", markup=False, soft_wrap=True)
    _doubt(outcome, strapped, counted)
    return outcome


def _doubt(outcome: Outcome, strapped: Strapped, counted: Found) -> None:
    """Say what is not as it should be: a file that cannot be analyzed, or one that says other than the screen did."""
    if outcome.fault:
        typer.echo(outcome.fault, err=True)
    if outcome.error:
        typer.secho(outcome.error, err=True, fg="red")
    if outcome.found is None:
        return
    live_reps, file_reps = (
        [(rep.start, rep.end) for closed in found.closed for rep in closed.reps] for found in (counted, outcome.found)
    )
    if live_reps == file_reps:
        return
    what = f"{len(live_reps)} reps were counted live, the file gives {len(file_reps)}"
    why = "please report this fault" if strapped.files.whole else "the disk did not take all of it"
    typer.secho(f"{strapped.files.raw}: {what}; {why}", err=True, fg="red")


def seen_live(strapped: Strapped) -> Found:
    """What was counted while it happened, for the table where there is no file to make it of."""
    watch, lane, params = strapped.watch, strapped.lane, strapped.params
    assert watch is not None and params is not None
    rate_hz = lane.rate_hz if math.isfinite(lane.rate_hz) else 1.0
    assembler = strapped.sensor.assembler
    return Found(
        name=strapped.files.raw.stem,
        simulated=strapped.simulated,
        rate_hz=rate_hz,
        start_s=0.0,
        duration_s=watch.stop / rate_hz,
        lost_s=(assembler.tally.lost if assembler else 0) / rate_hz,
        exercise=params.exercise,
        target=params.tempo,
        closed=tuple(event for event in watch.events if isinstance(event, SetClosed)),
        rejected=tuple(event for event in watch.events if isinstance(event, Rejected)),
        warnings=(),
    )
