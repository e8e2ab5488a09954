"""Traces on disk. Not a documented import: use ``from kickback import read``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imu.blocks import Recording
from recordings.errors import RecordingError
from recordings.shipped import Shipped, shipped, shipped_path

__all__ = ["Recording", "RecordingError", "Shipped", "read", "shipped", "shipped_path", "write_csv"]


def read(path: str | Path, *, dialect: str | None = None, leg: str | None = None) -> Recording:
    """Read a recording from a CSV file.

    Args:
        path: the file.
        dialect: a dialect's name, to overrule the detection.
        leg: "left" or "right", to overrule what the file says.

    Raises:
        RecordingError: the file is not a recording; the one-line message says why, where and what to do.
        ValueError: ``leg`` is neither "left" nor "right".
    """
    from recordings import registry

    if leg not in (None, "left", "right"):
        raise ValueError(f"leg {leg!r} is neither 'left' nor 'right'")
    source = registry.open_source(Path(path), leg)
    return registry.choose(source.head, dialect).read(source)


def write_csv(recording: Recording, path: str | Path, meta: Mapping[str, Any] | None = None) -> None:
    """Write a recording as our own CSV, with its JSON sidecar beside it; lost samples become missing rows.

    Raises:
        ValueError: every sample is lost.
        OSError: the files cannot be written.
    """
    from recordings.formats import kickback_csv

    kickback_csv.write(recording, Path(path), meta)
