"""A session with our own sensor as Kickback keeps it: whole, gzipped, in a zip, and as a crash leaves it."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.raw_session import Session, file_of
from imu.blocks import Recording

TOLERANCE = (4e-3, 2e-3)
"""m/s², rad/s: half a step of 16 g and 2000 °/s in 16 bits, and stamps in whole microseconds."""


def _bytes(recording: Recording) -> bytes:
    return file_of(Session(recording).records())


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
    path = folder / "monday.kbraw"
    path.write_bytes(file_of(Session(recording).records()[:-2])[:-5])
    return path


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {
    "plain": _plain,
    "packed": _packed,
    "zipped": _zipped,
    "crashed": _crashed,
}
