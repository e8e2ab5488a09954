"""Comparisons from Python: :func:`compare`, on a table of reps or on its file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kickback.errors import KickbackError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.compare import Comparison

MISSING = "the mixed model needs statsmodels: pip install 'kickback[research]'"
LEFT_OUT = ("is_partial", "uncertain")
"""As :data:`analysis.study.LEFT_OUT`, without the import."""


@dataclass(frozen=True)
class Asked:
    """What is to be compared; see :func:`compare`."""

    by: str
    measures: tuple[str, ...] = ()
    reference: str | None = None
    where: tuple[str, ...] = ()
    left_out: tuple[str, ...] = LEFT_OUT
    own: bool = True
    same_reps: bool = False

    @property
    def params(self) -> dict[str, Any]:
        """What decides the numbers, for the provenance."""
        return asdict(self)

    def read(self, path: Path) -> tuple[Path, pd.DataFrame]:
        """The file behind ``path``, and its table of reps; see :func:`kickback.comparison.reading.read_reps`."""
        from kickback.comparison.reading import read_reps

        return read_reps(path, [self.by, *(condition.partition("=")[0] for condition in self.where)])

    def of(self, reps: pd.DataFrame, done: Callable[[str], None] = lambda _: None) -> Comparison:
        """Compare.

        Raises:
            KickbackError: statsmodels is missing, or no rep meets the conditions.
            ValueError: the table cannot be compared like this.
        """
        from analysis.compare import compare as compare_table
        from kickback.comparison.reading import where

        try:
            return compare_table(
                where(reps, self.where),
                by=self.by,
                measures=self.measures,
                reference=self.reference,
                left_out=self.left_out,
                own=self.own,
                same_reps=self.same_reps,
                done=done,
            )
        except ModuleNotFoundError as error:
            raise KickbackError(MISSING) from error


def compare(
    reps: pd.DataFrame | str | Path,
    *,
    by: str,
    measures: Sequence[str] = (),
    reference: str | None = None,
    where: Sequence[str] = (),
    left_out: Sequence[str] = LEFT_OUT,
    own: bool = True,
    same_reps: bool = False,
    out: str | Path | None = None,
    figures: bool = True,
) -> Comparison:
    """Compare groups, conditions, sessions or legs over a table of reps, with people as the unit.

    Args:
        reps: the table of reps of :func:`kickback.batch`, or its file, or the folder it was written to.
        by: the column whose values are compared, such as "group".
        measures: columns of numbers; the usual ones where nobody says which.
        reference: the level that the others are compared with; the first in order where nobody says which.
        where: conditions ``COLUMN=VALUE`` that the reps must meet.
        left_out: flags; a rep that carries one is not used.
        own: with random terms for what is each person's own; without them, sets stand in for people.
        same_reps: the levels are methods that measured the same reps.
        out: write tables, methods, figures and provenance into this folder.
        figures: with ``out``, whether to draw.

    Raises:
        KickbackError: a file cannot be read or written, or a package is missing.
        ValueError: the table cannot be compared like this.
    """
    asked = Asked(by, tuple(measures), reference, tuple(where), tuple(left_out), own, same_reps)
    inputs: dict[str, str] = {}
    if isinstance(reps, str | Path):
        from kickback.provenance import sums_of

        file, reps = asked.read(Path(reps))
        inputs = sums_of([file])
    found = asked.of(reps)
    if out is not None:
        from kickback.comparison.writing import write_comparison

        write_comparison(found, Path(out), params=asked.params, inputs=inputs, figures=figures)
    return found
