"""A recording as Kickback itself writes it, with its sidecar, without, and gzipped."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from imu.blocks import Recording
from recordings import write_csv
from recordings.formats.kickback_csv import sidecar_of

TOLERANCE = (2e-3, 2e-3)
"""m/s², rad/s: five and six decimals, and stamps in whole microseconds."""


def _plain(recording: Recording, folder: Path) -> Path:
    """The table with its sidecar."""
    path = folder / "monday.csv"
    write_csv(recording, path)
    return path


def _alone(recording: Recording, folder: Path) -> Path:
    """The table without its sidecar."""
    path = _plain(recording, folder)
    sidecar_of(path).unlink()
    return path


def _packed(recording: Recording, folder: Path) -> Path:
    """The table gzipped."""
    path = _alone(recording, folder)
    packed = folder / "monday.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    path.unlink()
    return packed


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"plain": _plain, "alone": _alone, "packed": _packed}
