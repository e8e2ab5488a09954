"""Figures for a paper: vector, colour-blind safe, each a function of a tidy table that gives a matplotlib ``Figure``.

What is tested is a person, so people are drawn large and reps faint behind them. Data that no person made says so
inside the picture. matplotlib comes with ``pip install 'kickback[research]'`` and is imported with these modules only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.compare import Comparison

FORMATS = ("svg", "pdf")


def write_figures(
    comparison: Comparison,
    folder: Path,
    *,
    formats: Sequence[str] = FORMATS,
    done: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write every figure of a comparison; see :func:`kickback.figures.writing.write_figures`.

    Raises:
        KickbackError: matplotlib is not installed.
        OSError: the folder cannot be written.
    """
    from kickback.figures.writing import write_figures as write

    return write(comparison, folder, formats=formats, done=done)
