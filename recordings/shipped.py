"""The traces that ship with the project, as ``index.csv`` lists them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

_ROOM = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Shipped:
    """One trace that ships.

    Attributes:
        name: the file's stem.
        path: the file.
        title: what it shows.
        origin: where it comes from, in one sentence.
        licence: as an SPDX identifier.
        sha256: of the file's bytes.
        true_reps: how many reps it holds.
        simulated: True when no human made these movements. Every face shows it.
    """

    name: str
    path: Path
    title: str
    origin: str
    licence: str
    sha256: str
    true_reps: int
    simulated: bool


def shipped() -> list[Shipped]:
    """All traces that ship, in the order of the index."""
    with (_ROOM / "index.csv").open(encoding="utf-8", newline="") as index:
        return [
            Shipped(
                name=Path(row["file"]).stem,
                path=_ROOM / row["file"],
                title=row["title"],
                origin=row["origin"],
                licence=row["licence"],
                sha256=row["sha256"],
                true_reps=int(row["true_reps"]),
                simulated=row["simulated"] == "true",
            )
            for row in csv.DictReader(index)
        ]


def shipped_path(name: str) -> Path:
    """The file of a trace that ships.

    Raises:
        ValueError: there is none of this name; the message lists them.
    """
    traces = {trace.name: trace.path for trace in shipped()}
    try:
        return traces[name.removesuffix(".csv")]
    except KeyError:
        raise ValueError(f"no trace {name!r} ships; there are {', '.join(traces)}") from None
