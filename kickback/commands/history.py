"""``kickback history``: what was done on which day, taken out as files, or deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kickback.commands.analyze import plain_console
from kickback.document import to_json
from kickback.errors import EXIT_BAD_FILE
from kickback.page.history import history_document
from kickback.store import Store, open_store
from kickback.store.reading import ANYBODY
from kickback.words import SIMULATED, UNKNOWN, degrees, many, seconds

SHOWN_WEEKS = 4
NAN = float("nan")
NOTHING = "No session is kept here yet; `kickback live` keeps each one."
NOT_THEIRS = "No session of that person is kept here; `kickback history` shows whose are."


@dataclass(frozen=True)
class Asked:
    """What was typed.

    Attributes:
        person: whose, empty: of nobody, None: everybody. store: the file. simulated: show such sessions, too.
        as_json: a document instead of tables. export: a folder to write to.
        delete: the person to delete. files: with their files.
    """

    person: str | None = None
    store: Path | None = None
    simulated: bool = False
    as_json: bool = False
    export: Path | None = None
    delete: str | None = None
    files: bool = False


def history(asked: Asked) -> int:
    """Show, write, or delete.

    Returns:
        The exit code: 0; 1 when deleted bytes stay in the file for as long as another program reads it.

    Raises:
        KickbackError: the store cannot be used, there is no such person, a file cannot be written or deleted.
    """
    with open_store(asked.store, make=asked.store is None) as store:
        if asked.delete is not None:
            return _delete(store, asked.delete, asked.files)
        if asked.export is not None:
            whose: object = ANYBODY if asked.person is None else " ".join(asked.person.split()) or None
            written = store.export(asked.export, whose)
            typer.echo("Written: " + ", ".join(map(str, written)))
            return 0
        document = history_document(store, asked.person)
        others = bool(store.people())
    if asked.as_json:
        typer.echo(to_json(document, ascii_only=True), nl=False)
    else:
        _print(plain_console(), _chosen(document, asked.simulated), store.path, others)
    return 0


def _delete(store: Store, name: str, files: bool) -> int:
    gone = store.delete_person(name, files=files)
    typer.echo(f"Deleted: {gone.name}, {many(gone.sessions, 'session')}, {many(len(gone.deleted), 'file')}.")
    if gone.left:
        typer.echo("Still there, --files deletes such files, too: " + ", ".join(map(str, gone.left)))
    if not gone.lingers:
        return 0
    typer.secho(
        f"{store.path}: another program reads this store; the deleted bytes leave the file when it ends",
        err=True,
        fg="red",
    )
    return EXIT_BAD_FILE


def _chosen(document: Mapping[str, Any], simulated: bool) -> list[Mapping[str, Any]]:
    """One history a person: with the simulated sessions where they are asked for and there are any."""
    found = [one for one in document["histories"] if one["simulated"] == (simulated and one["simulated_sessions"] > 0)]
    return sorted(found, key=lambda one: (one["person"] is None, one["person"] or ""))


def _print(console: Console, histories: Sequence[Mapping[str, Any]], path: Path, others: bool) -> None:
    if not histories:
        console.print(f"{path}: {NOT_THEIRS if others else NOTHING}", markup=False, soft_wrap=True)
    for number, one in enumerate(histories):
        if number:
            console.print()
        sessions = one["sessions"]
        how_many = f"  {many(len(sessions), 'session')}"
        if gone_on := one["gone_on"]:
            how_many += f", {gone_on} gone on with after {'it' if gone_on == 1 else 'they'} broke off"
        console.print(Text.assemble((one["person"] or "Sessions of nobody", "bold cyan"), how_many))
        if one["simulated"]:
            console.print(SIMULATED, style="bold yellow")
        elif one["simulated_sessions"]:
            left_out = many(one["simulated_sessions"], "simulated session")
            console.print(f"{left_out} left out; --simulated shows what was done in them", style="dim")
        for exercise in one["exercises"]:
            console.print()
            console.print(Text(exercise["title"], style="bold"))
            console.print(_table(exercise["sets"]))
            _weeks(console, exercise)
            _symmetry(console, exercise["symmetry"])


def _table(sets: Sequence[Mapping[str, Any]]) -> Table:
    """One line a set."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("day", "set", "leg"):
        table.add_column(heading, no_wrap=True)
    for heading in ("reps", "measured", "up\ns", "hold\ns", "down\ns", "tempo", "ROM\n°", "turn\n°"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", style="yellow", overflow="fold")
    day = None
    for one in sets:
        phases = [seconds(_number(one[name]), 2) for name in ("concentric_s", "hold_s", "eccentric_s")]
        table.add_row(
            "" if one["date"] == day else one["date"],
            str(one["set"]),
            one["leg"] or UNKNOWN,
            str(one["shown"]),
            str(one["measured"]),
            *phases,
            one["tempo"] or UNKNOWN,
            degrees(_number(one["rom_deg"])),
            degrees(_number(one["turn_deg"])),
            ", ".join(_remarks(one)),
        )
        day = one["date"]
    return table


def _number(value: float | None) -> float:
    return NAN if value is None else value


def _remarks(one: Mapping[str, Any]) -> list[str]:
    """What is to be said of a set besides its numbers."""
    said = [f"{one[key]} × {word}" for key, word in _FLAGS if one[key]]
    said += [word for key, word in (("warm_up", "warm-up"), ("simulated", "simulated")) if one[key]]
    if one["band"]:
        said.append(f"band {one['band']}")
    if one["effort"] is not None:
        said.append(f"effort {one['effort']:g}")
    if one["leg"] != one["leg_measured"] and one["leg_measured"]:
        said.append(f"measured as {one['leg_measured']}")
    return said + ([] if one["closed"] else ["not closed"])


_FLAGS = (
    *(("hip_rotation", "hip rotation"), ("rushed", "rushed"), ("partial", "partial")),
    *(("added", "added by hand"), ("taken_out", "taken out by hand")),
)


def _weeks(console: Console, exercise: Mapping[str, Any]) -> None:
    aim = exercise["aim"]
    spans = {name: f"{aim[name][0]} to {aim[name][1]}" for name in ("sessions", "sets", "reps")}
    said = f"{spans['sessions']} sessions a week, {spans['sets']} sets a session, {spans['reps']} reps a set"
    console.print(f"\nWeek by week, each leg, against {said}:", markup=False, soft_wrap=True)
    for week in exercise["weeks"][:SHOWN_WEEKS]:
        for leg, one in week["legs"].items():
            sessions, sets, reps = one["sessions"], one["sets"], one["reps"]
            line = f"  {week['from']} to {week['to']}  {leg:5}  {many(sessions['count'], 'session')} ({sessions['is']})"
            if week["goes_on"]:
                line += " so far"
            if sessions["count"]:
                line += f", sets {_each(sets)}, reps {_each(reps)}"
            console.print(line, markup=False, soft_wrap=True)
        if week["sets_without_leg"]:
            console.print(f"  {many(week['sets_without_leg'], 'set')} of a leg that nobody said", style="dim")


def _each(numbers: Mapping[str, Any]) -> str:
    """``2, 3 (2 of 2 within)``."""
    listed = ", ".join(map(str, numbers["each"]))
    return f"{listed} ({numbers['within']} of {len(numbers['each'])} within)"


def _symmetry(console: Console, symmetry: Mapping[str, Any]) -> None:
    if not symmetry["days"]:
        return
    latest = symmetry["days"][0]
    console.print(f"\nLeft and right on {latest['date']}; {symmetry['formula']}", markup=False, soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for heading in ("left", "right", "index"):
        table.add_column(heading, justify="right")
    for row in latest["measures"]:
        both = [f"{seconds(_number(row[leg]), row['digits'])}{row['unit']}" for leg in ("left", "right")]
        table.add_row(row["title"], *both, degrees(_number(row["lsi_percent"])))
    console.print(table)
    console.print(symmetry["note"], style="dim", soft_wrap=True)
