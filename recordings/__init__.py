"""Traces on disk. Not a documented import: use ``from kickback import read``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from imu.blocks import Recording
from recordings.errors import RecordingError
from recordings.options import Options
from recordings.shipped import Shipped, shipped, shipped_path

__all__ = ["Options", "Recording", "RecordingError", "Shipped", "read", "shipped", "shipped_path", "write_csv"]


def read(
    path: str | Path, *, dialect: str | None = None, leg: str | None = None, options: Options | None = None
) -> Recording:
    """Read a recording from a logger's file, a folder or a zip of its files.

    Args:
        path: the file, folder or zip.
        dialect: a dialect's name, to overrule the detection.
        leg: "left" or "right", to overrule what the file says.
        options: what else to overrule; ``dialect`` and ``leg`` go before its own.

    Raises:
        RecordingError: the file is not a recording; the one-line message says why, where and what to do.
        ValueError: ``leg`` is neither "left" nor "right".
    """
    from recordings import registry

    options = options or Options()
    options = replace(options, dialect=dialect or options.dialect, leg=leg or options.leg)
    return registry.read(Path(path), options)


def write_csv(recording: Recording, path: str | Path, meta: Mapping[str, Any] | None = None) -> None:
    """Write a recording as our own CSV, with its JSON sidecar beside it; lost samples become missing rows.

    Raises:
        ValueError: every sample is lost.
        OSError: the files cannot be written.
    """
    from recordings.formats import kickback_csv

    kickback_csv.write(recording, Path(path), meta)
