"""The report: one HTML file that holds all it needs, opens offline and is the same bytes for the same input."""

from __future__ import annotations

from pathlib import Path

from kickback.result import Analysis

__all__ = ["render", "write_report"]


def render(analysis: Analysis) -> str:
    """The report as HTML, in which nothing refers to anything outside of it."""
    from kickback.report.page import page

    return page(analysis)


def write_report(analysis: Analysis, path: str | Path) -> Path:
    """Write the report to ``path`` and return the path.

    Raises:
        OSError: the file cannot be written.
    """
    target = Path(path)
    target.write_text(render(analysis), encoding="utf-8", newline="\n")
    return target
