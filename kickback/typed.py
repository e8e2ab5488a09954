"""What every command line has in common: one line for a mistake, the exit codes, what was typed as parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from kickback.errors import EXIT_BAD_FILE, EXIT_INTERRUPTED, EXIT_USAGE, KickbackError, UsageError
from kickback.reading import Reading

if TYPE_CHECKING:
    from analysis.params import Params
    from recordings.options import Options

EPILOG = (
    "Exit codes: 0 done, 1 a file could not be used (the others are done) or there is no sensor, 2 wrong usage, "
    "130 ended by Ctrl-C."
)


@contextmanager
def told() -> Iterator[None]:
    """A user's mistake becomes one line on stderr and the exit code that says whose it was."""
    try:
        yield
    except KickbackError as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_BAD_FILE) from None
    except KeyboardInterrupt:
        typer.echo("Interrupted; files that were written already are whole.", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None


def options_for(reading: Reading) -> Options:
    """The options of reading.

    Raises:
        UsageError: one is not allowed.
    """
    from kickback.reading import options_of

    try:
        return options_of(**reading)
    except ValueError as error:
        raise UsageError(str(error)) from error


def params_for(
    leg: str | None, tempo: str | None, limit_deg: float | None = None, exercise: str | None = None
) -> Params:
    """What was typed, as the analysis wants it.

    Raises:
        UsageError: something is out of range.
    """
    from analysis.params import Params, Tempo
    from analysis.presets import KICKBACK
    from kickback.exercise_file import exercise_of

    try:
        return Params(
            exercise=exercise_of(exercise) if exercise else KICKBACK,
            legs=tuple(part.strip().lower() for part in leg.split(",")) if leg else (),
            tempo=Tempo.parse(tempo) if tempo else Tempo(),
            hip_rotation_limit_deg=limit_deg,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


def check_part(from_s: float | None, to_s: float | None) -> None:
    """Refuse a part that ends before it begins. Raises UsageError."""
    if from_s is not None and to_s is not None and not from_s < to_s:
        raise UsageError(f"--from {from_s:g} is not before --to {to_s:g}")


def check_speed(speed: float) -> None:
    """Refuse a speed at which nothing moves. Raises UsageError."""
    if not speed > 0:
        raise UsageError(f"--speed {speed:g} is not above 0")


def words_of(**options: object) -> tuple[str, ...]:
    """Options as they would be typed again; those that nobody said (None, False) are left out.

    Args:
        options: by name, ``_`` for ``-``; True is one without a value.
    """
    words: list[str] = []
    for name, value in options.items():
        if value is not None and value is not False:
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    return tuple(words)
