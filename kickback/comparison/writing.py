"""What a comparison found, as files: tables, the methods paragraph, the table for a paper, the log, figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.compare import Comparison
from analysis.compare_text import paper_markdown, table_note
from kickback.document import versions
from kickback.errors import KickbackError, one_line
from kickback.files import write_atomically
from kickback.provenance import Provenance

FIGURES = "figures"
"""Packages that move numbers of a comparison, besides those that move an analysis."""


def write_comparison(
    found: Comparison,
    folder: Path,
    *,
    command: Sequence[str] = (),
    params: Mapping[str, Any],
    inputs: Mapping[str, str],
    figures: bool = True,
    done: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write a folder of results.

    Args:
        found: the comparison. folder: made where it is absent.
        command: the words behind ``kickback``, without ``--out``; empty from Python.
        params: what decided the numbers. inputs: sha256 by name.
        figures: whether to draw. done: called with the name of each figure when it is written.

    Returns:
        The files, with what they were made with as the last.

    Raises:
        KickbackError: a file cannot be written, or matplotlib is not installed.
    """
    try:
        written = [write_atomically(folder / f"{name}.csv", csv_of(table)) for name, table in found.tables.items()]
        note = table_note(found.by, found.simulated)
        written.append(write_atomically(folder / "paper.md", paper_markdown(found.paper, note)))
        written.append(write_atomically(folder / "methods.md", methods_page(found)))
        if figures:
            from kickback.figures import write_figures

            written += write_figures(found, folder / FIGURES, done=done)
        simulated = None if math.isnan(found.simulated) else found.simulated > 0
        made = Provenance(tuple(command), params, inputs, simulated, software())
        return [*written, made.write(folder, written)]
    except OSError as error:
        raise KickbackError(one_line(error, folder)) from error


def csv_of(table: pd.DataFrame) -> str:
    """A table as CSV: numbers to ten digits, flags true and false, unknown empty."""
    shown = table.copy()
    for name in shown.columns:
        if pd.api.types.is_bool_dtype(shown[name].dtype):
            shown[name] = shown[name].astype(object).map({True: "true", False: "false"})
    return str(shown.to_csv(index=False, float_format="%.10g", lineterminator="\n"))


def software() -> dict[str, str]:
    """Versions of everything that could move a number of a comparison."""
    return versions("pandas", "statsmodels")


def methods_page(found: Comparison) -> str:
    """The methods paragraph, what is to be kept in mind, and the software."""
    used = ", ".join(f"{name} {number}" for name, number in software().items())
    notes = "\n".join(f"- {note}" for note in found.notes) or "- Nothing."
    return (
        f"# Methods\n\n{found.methods}\n\n## To be kept in mind\n\n{notes}\n\n"
        "Every rep and value that was not used is in log.csv, with its reason.\n\n"
        f"## Software\n\n{used}\n"
    )


def document_of(found: Comparison) -> dict[str, Any]:
    """All of it as JSON knows it: unknown is None, numbers are not rounded."""
    return {
        "by": found.by,
        "levels": list(found.levels),
        "tested": list(found.tested),
        "within": found.within,
        "same_reps": found.same_reps,
        "measures": list(found.measures),
        "simulated": _plain(found.simulated),
        "reps": len(found.reps),
        "notes": list(found.notes),
        "methods": found.methods,
        "tables": {name: _rows(table) for name, table in found.tables.items()},
        "versions": software(),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA:
        return None
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
