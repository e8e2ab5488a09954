"""``kickback exercises``: the presets, what each expects and where its numbers came from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from analysis.presets import PRESETS, Exercise
from kickback.commands.analyze import plain_console
from kickback.document import to_json

REST = {"hanging": "shank hangs down", "level": "shank lies level", "any": "anywhere"}


def as_document(exercise: Exercise) -> dict[str, Any]:
    """An exercise as a JSON object, with the keys of a TOML file of one's own."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(exercise).items()}


def list_exercises(as_json: bool) -> None:
    """Print all presets: a table, then for each what to work on and its source."""
    if as_json:
        typer.echo(to_json({"exercises": [as_document(one) for one in PRESETS.values()]}, ascii_only=True), nl=False)
        return
    console = plain_console()
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("name", "what it is", "between reps", "least excursion", "a rep takes"):
        table.add_column(heading, overflow="fold")
    for one in PRESETS.values():
        takes = f"{one.shortest_s:g} to {one.longest_s:g} s"
        table.add_row(one.name, one.title, REST[one.rest], f"{one.least_excursion_deg:g}°", takes)
    console.print(table)
    for one in PRESETS.values():
        console.print()
        console.print(Text(one.name, style="bold"))
        console.print(f"  work on: {'; '.join(one.work_on)}", markup=False)
        console.print(f"  numbers: {one.source}", markup=False)
    console.print("\nanalyze and replay take --exercise NAME, or a FILE.toml of your own.", markup=False)
