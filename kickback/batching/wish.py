"""What is asked of a batch, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from analysis.params import Params

if TYPE_CHECKING:
    import pandas as pd


class FileReading(TypedDict, total=False):
    """Of :class:`kickback.reading.Reading`, what a whole folder may have in common."""

    dialect: str | None
    sep: str | None
    time_unit: str | None
    acc_unit: str | None
    gyro_unit: str | None
    rate: float | None


@dataclass(frozen=True, eq=False)
class Batch:
    """What a folder of recordings amounts to.

    Attributes:
        reps: one row a rep; its columns are told on the page on batches.
        sets: one row a set.
        failures: one row a recording that could not be done: recording, error.
        recordings: how many were done. again: how many of them had been done before and were unchanged.
        simulated: how many of them no person made.
        samples, duration_s: of all that were done.
        notes: plain sentences about what to keep in mind.
        written: the files.
    """

    reps: pd.DataFrame
    sets: pd.DataFrame
    failures: pd.DataFrame
    recordings: int
    again: int
    simulated: int
    samples: int
    duration_s: float
    notes: tuple[str, ...] = ()
    written: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What is asked of a batch besides the folder; see :func:`kickback.batching.face.batch`."""

    out: Path | None = None
    table: Path | pd.DataFrame | None = None
    pattern: str | None = None
    params: Params = field(default_factory=Params)
    unsaid: frozenset[str] = frozenset()
    reading: FileReading = field(default_factory=FileReading)
    angle: bool = False
    pseudonyms: Path | None = None
    decimal: str = "."
    jobs: int | None = None
    scheduler: str | None = None
