"""Traces on disk. Not a documented import: use ``from kickback import read``."""

from __future__ import annotations

from pathlib import Path

from imu.blocks import Recording
from recordings.errors import RecordingError

__all__ = ["Recording", "RecordingError", "read"]


def read(path: str | Path, *, dialect: str | None = None, leg: str | None = None) -> Recording:
    """Read a recording from a CSV file.

    Args:
        path: the file.
        dialect: a dialect's name, to overrule the detection.
        leg: "left" or "right", to overrule what the file says.

    Raises:
        RecordingError: the file is not a recording; the one-line message says why, where and what to do.
    """
    from recordings import registry

    source = registry.open_source(Path(path), leg)
    return registry.choose(source.head, dialect).read(source)
