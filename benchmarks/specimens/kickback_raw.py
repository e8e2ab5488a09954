"""A session with our own sensor as Kickback keeps it: whole, gzipped, in a zip, and as a crash leaves it."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.raw_session import Session
from imu.blocks import Recording
from imu.raw_format import MAGIC, encoded

TOLERANCE = (4e-3, 2e-3)
"""m/s², rad/s: half a step of 16 g and 2000 °/s in 16 bits, and stamps in whole microseconds."""


def _bytes(recording: Recording) -> bytes:
    return MAGIC + b"".join(encoded(record) for record in Session(recording).records())


def _plain(recording: Recording, folder: Path) -> Path:
    """The file."""
    path = folder / "monday.kbraw"
    path.write_bytes(_bytes(recording))
    return path


def _packed(recording: Recording, folder: Path) -> Path:
    """The file gzipped."""
    path = folder / "monday.kbraw.gz"
    path.write_bytes(gzip.compress(_bytes(recording), mtime=0))
    return path


def _zipped(recording: Recording, folder: Path) -> Path:
    """The file in a zip."""
    path = folder / "monday.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("monday.kbraw", _bytes(recording))
    return path


def _crashed(recording: Recording, folder: Path) -> Path:
    """The file cut within its last packet."""
    records = Session(recording).records()[:-2]
    path = folder / "monday.kbraw"
    path.write_bytes((MAGIC + b"".join(encoded(record) for record in records))[:-5])
    return path


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "plain": _plain,
    "packed": _packed,
    "zipped": _zipped,
    "crashed": _crashed,
}
