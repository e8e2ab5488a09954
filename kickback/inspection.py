"""What is understood of a recording, and how good it is: everything that ``kickback inspect`` says, as values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from imu.blocks import Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, TIME_TO_S, normal
from kickback.quality import Signal, Stamps, signal_of, stamps_of
from kickback.reading import Reading, options_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recordings.options import Options
    from recordings.parts import Part
    from recordings.table import Head

TIME_NAME = re.compile(r"time|epoc|elapsed|stamp|^t($|[ _(\[])", re.IGNORECASE)
"""Columns that may hold time stamps, by their names."""

COMFORTABLE_RATE_HZ = 50.0
"""From here on a fast way up of 0.4 s has twenty samples; most recordings of the tests have more."""
MUCH_LOST = 0.01
BIASED_DPS = 5.0
SATURATED = 0.001
UNITS_OF_A_ROW = 4
"""So many cells that are nothing but a unit make a row of units."""

LONGEST_NAME, LONGEST_LINE = 60, 100
"""Characters of a column's name and of a line that are shown."""
UNSTEADY = 0.5
"""Stamps that scatter by more than this share of the sampling period are arrivals or rounded."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file, or a member of a zip, that belongs to the recording.

    Attributes:
        name: as it is shown to the user.
        size: bytes.
        dialect: who claims it, "" when nobody does.
        role: what it is to that dialect ("both", "acc", "gyr", "aside", "unusable" ...), or "".
        why: how the dialect was told, or why it cannot be used.
        encoding, separator, decimal: of the text.
        columns: the header's names, () without a header.
        begins: the first line that is not blank, shortened; "" where there are names.
    """

    name: str
    size: int
    dialect: str
    role: str
    why: str
    encoding: str
    separator: str
    decimal: str
    columns: tuple[str, ...]
    begins: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was understood of a file.

    Attributes:
        file: as the user named it.
        tables: the files that belong to it, each with who claims it and why.
        dialect: what it was read as, None when it could not be read.
        simulated: no person made these movements.
        leg: "left", "right" or None.
        stamps: the time stamps, None when they are not one column of numbers.
        signal: rate, losses and physics, None when it could not be read.
        notes: what the reader did or doubts, one sentence each.
        better: what would make the recording better, one sentence each.
        error: why it cannot be read or analyzed, in one line, or None.
    """

    file: str
    tables: tuple[Table, ...] = ()
    dialect: str | None = None
    simulated: bool = False
    leg: str | None = None
    stamps: Stamps | None = None
    signal: Signal | None = None
    notes: tuple[str, ...] = ()
    better: tuple[str, ...] = field(default=())
    error: str | None = None

    @property
    def usable(self) -> bool:
        """Whether the file can be analyzed."""
        return self.error is None


def inspect(path: str | Path, **reading: Unpack[Reading]) -> Inspection:
    """Look at a logger's file, folder or zip and tell what is understood of it, and how good it is.

    Args:
        path: the file, the folder, or the zip.
        reading: what overrules the detection, see :class:`kickback.reading.Reading`.

    Raises:
        ValueError: a value of ``reading`` is not one of those allowed.
    """
    return look_at(Path(path), options_of(**reading))


def look_at(path: Path, options: Options) -> Inspection:
    """The same with checked options. A file that cannot be read is told in ``error``."""
    from kickback.errors import one_line
    from recordings import registry

    tables: tuple[Table, ...] = ()
    try:
        tables = _seen(path, options)
        dialect, source = registry.open_source(path, options)
        tables = tuple(_table(part, dialect.NAME, role) for role, part in source.parts.items())
        recording = registry.read(path, options)
        stamps = _stamps(tuple(source.parts.values()), recording.rate_hz)
    except (OSError, ValueError) as error:
        return Inspection(str(path), tables, error=one_line(error, path))
    return of_recording(recording, str(path), tables, stamps)


def _seen(path: Path, options: Options) -> tuple[Table, ...]:
    """Every text that the user named, with who claims it."""
    from recordings.parts import file_part, folder_parts, is_zip, size_of, zip_parts

    if size_of(path) < 0:
        parts = folder_parts(path, options).texts
    else:
        parts = zip_parts(path, options).texts if is_zip(path) else (file_part(path, options),)
    return tuple(_table(part) for part in parts)


def _table(part: Part, dialect: str | None = None, role: str = "") -> Table:
    """A part as it is shown: claimed by the dialect that reads it, or by whoever does."""
    from recordings import registry

    claims = registry.claims_of(part.head)
    claim = claims.get(dialect) if dialect else next(iter(claims.values()), None)
    names = dialect or " and ".join(claims)
    head = part.head
    return Table(
        name=str(part.path),
        size=part.size,
        dialect=names,
        role=role or (claim.role if claim else ""),
        why=claim.why if claim else "its columns are named for the sensors" if dialect else "",
        encoding=head.encoding,
        separator=head.separator,
        decimal=head.decimal,
        columns=tuple(_shown(name, LONGEST_NAME) for name in names_of(head)),
        begins="" if head.names else _shown(next((line for line in head.lines if line.strip()), ""), LONGEST_LINE),
    )


def names_of(head: Head) -> tuple[str, ...]:
    """The names of the columns; where the nearest line above the numbers holds units only, those of the line above."""
    from recordings.table import cells

    known = ACC_TO_MPS2.keys() | GYR_TO_RADPS.keys() | TIME_TO_S.keys()
    if head.header_line < 1 or sum(normal(name) in known for name in head.names) < UNITS_OF_A_ROW:
        return head.names
    above = cells(head.lines[head.header_line - 1], head.separator)
    if len(above) != len(head.names):
        return head.names
    return tuple(f"{name} [{unit}]" if unit else name for name, unit in zip(above, head.names, strict=True))


def _shown(text: str, most: int) -> str:
    """Text from a file as a terminal may show it: on one line, nothing but what prints, not longer than ``most``."""
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in " ".join(text.split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def of_recording(
    recording: Recording, file: str, tables: tuple[Table, ...] = (), stamps: Stamps | None = None
) -> Inspection:
    """What there is to say of a recording that could be read."""
    from analysis.params import Params
    from kickback.session import pipeline_for

    header = recording.header
    signal = signal_of(recording)
    try:
        pipeline_for(recording, Params())
        error = None
    except ValueError as why:
        error = f"{file}: {why}"
    return Inspection(
        file=file,
        tables=tables,
        dialect=header.dialect,
        simulated=header.simulated,
        leg=header.leg,
        stamps=stamps,
        signal=signal,
        notes=header.notes,
        better=tuple(_better(signal, stamps, header.leg)),
        error=error,
    )


def _stamps(parts: Sequence[Part], rate_hz: float) -> Stamps | None:
    """The first column of numbers that tells the recording's own rate."""
    from recordings import RecordingError
    from recordings.table import numbers

    for part in parts:
        for at, name in enumerate(names_of(part.head)):
            if not TIME_NAME.search(name):
                continue
            try:
                found = stamps_of(name, numbers(part, [at])[:, 0], rate_hz)
            except RecordingError:
                continue
            if found is not None:
                return found
    return None


def _better(signal: Signal, stamps: Stamps | None, leg: str | None) -> Iterator[str]:
    """What to do differently next time."""
    if signal.rate_hz < COMFORTABLE_RATE_HZ:
        yield f"Log at {COMFORTABLE_RATE_HZ:g} to 200 samples a second: short phases are a handful of samples now."
    if signal.lost_s > MUCH_LOST * signal.duration_s:
        yield "Keep the receiver near the sensor, or log on the sensor itself: a part of the signal was lost."
    if stamps is not None and stamps.jitter_s * signal.rate_hz > UNSTEADY:
        yield "Log the sensor's own time stamps in fine steps: these are rounded, or arrivals at the phone."
    if math.isnan(signal.gravity_mps2):
        yield "Stand still for two seconds before the set: there is no still second to check the acceleration by."
    elif math.isnan(signal.turn_ratio):
        yield "Move the leg, with rests between: nothing turned far enough to check the gyro by gravity."
    if signal.gyr_bias_dps > BIASED_DPS:
        yield "Lay the sensor down for some seconds after switching on, so that it can find its zero."
    if signal.acc_saturated > SATURATED:
        yield "Set a larger range of the accelerometer (±8 g or more): it reached the end of its range."
    if signal.gyr_saturated > SATURATED:
        yield "Set a larger range of the gyro (1000 °/s or more): it reached the end of its range."
    if leg is None:
        yield "Say which leg wore the sensor (--leg): rotation and tilt have no sign without it."
