"""``kickback simulate``: a recording with exact truth, as three files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer

from imu.simulate import Simulated, StudyRow, simulate, simulate_study
from kickback.document import plain, to_json
from kickback.errors import KickbackError, UsageError, one_line
from kickback.files import write_atomically
from kickback.words import SIMULATED, many
from recordings.formats.kickback_csv import COLUMNS


def simulate_to(
    folder: Path,
    kind: str,
    seed: int,
    rate_hz: int | None = None,
    leg: str | None = None,
    reps: int | None = None,
    sensor: str | None = None,
) -> None:
    """Make a recording and write ``<name>.csv``, ``<name>.json`` (its sidecar) and ``<name>.truth.json``.

    Raises:
        UsageError: an argument is not one the simulator knows.
        KickbackError: the folder cannot be written.
    """
    try:
        made = simulate(kind, seed, rate_hz=rate_hz, leg=leg, reps=reps, sensor=sensor)
    except ValueError as error:
        raise UsageError(str(error)) from error
    try:
        written = list(write_simulated(made, folder))
    except OSError as error:
        raise KickbackError(one_line(error, folder)) from error
    typer.echo(f"{made.name}  {many(len(made.truth['reps']), 'rep')} in {many(len(made.truth['sets']), 'set')}")
    typer.echo(SIMULATED)
    typer.echo("Written: " + ", ".join(map(str, written)))


def study_to(folder: Path, seed: int, reps: int | None = None) -> None:
    """Make a small study of people who do not exist: ``<subject>/<session>_<leg>.csv`` and the rest, ``study.csv``.

    Raises:
        UsageError: an argument is not one the simulator knows.
        KickbackError: the folder cannot be written.
    """
    rows: list[StudyRow] = []
    count = 0
    try:
        for row, made in simulate_study(seed, **({} if reps is None else {"reps": reps})):
            target = folder / row.recording
            write_atomically(target, simulated_csv(made))
            write_atomically(target.with_suffix(".json"), to_json(plain("", sidecar(made))))
            write_atomically(
                target.with_suffix(".truth.json"), json.dumps(made.truth, indent=1, allow_nan=False) + "\n"
            )
            rows.append(row)
            count += len(made.truth["reps"])
        names = [one.name for one in fields(StudyRow)]
        lines = [",".join(names), *(",".join(getattr(row, name) for name in names) for row in rows), ""]
        table = write_atomically(folder / "study.csv", "\n".join(lines))
    except ValueError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise KickbackError(one_line(error, folder)) from error
    people = len({row.subject for row in rows})
    typer.echo(
        f"A study of {people} people, {len(rows)} recordings, {count} reps; {table} tells who, when and which leg"
    )
    typer.echo(SIMULATED)


def write_simulated(made: Simulated, folder: Path) -> Iterable[Path]:
    """Write the three files; yields each when it is there."""
    yield write_atomically(folder / f"{made.name}.csv", simulated_csv(made))
    yield write_atomically(folder / f"{made.name}.json", to_json(plain("", sidecar(made))))
    yield write_atomically(folder / f"{made.name}.truth.json", json.dumps(made.truth, indent=1, allow_nan=False) + "\n")


def simulated_csv(made: Simulated) -> str:
    """Our own CSV with the rows as the simulated logger wrote them: its stamps, its losses, its repeats."""
    time_s, acc_mps2, gyr_radps = made.rows
    lines = [",".join(COLUMNS)]
    for stamp_s, acc, gyr in zip(time_s.tolist(), acc_mps2.tolist(), gyr_radps.tolist(), strict=True):
        numbers = (f"{stamp_s:.6f}", *(f"{value:.5f}" for value in acc), *(f"{value:.6f}" for value in gyr))
        lines.append(",".join(numbers))
    return "\n".join([*lines, ""])


def sidecar(made: Simulated) -> dict[str, Any]:
    """What the numbers cannot say; the leg is left open when the sets are not all of one leg."""
    header = made.header()
    known = {name: getattr(header, name) for name in ("sensor", "placement", "leg", "rate_hz", "origin", "simulated")}
    if len({one["leg"] for one in made.truth["sets"]}) > 1:
        known["leg"] = None
    return known
