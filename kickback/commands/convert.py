"""``kickback convert``: what a logger wrote, as our own CSV with its sidecar."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from imu.blocks import Recording
from kickback.errors import EXIT_BAD_FILE, UsageError, one_line
from kickback.files import check_names, stem_of
from kickback.words import SIMULATED, clock
from recordings import read, write_csv
from recordings.options import Options

ENDINGS = (".csv", ".json")


def convert_files(paths: Sequence[Path], folder: Path, options: Options, leg: str | None, *, sto: bool = False) -> int:
    """Write every recording as ``<stem>.csv`` and ``<stem>.json`` and say so.

    Args:
        paths: of the recordings. folder: where the files go. options: of the reading. leg: that wore the sensor.
        sto: write ``<stem>.sto`` too, see :mod:`kickback.sto`.

    Returns:
        The exit code: 0, or 1 when a file could not be converted (the others are).

    Raises:
        UsageError: results would overwrite an input or each other; nothing was written.
    """
    check_names(paths, folder, (*ENDINGS, *((".sto",) if sto else ())))
    for path in paths:
        if path.is_dir() and folder.resolve().is_relative_to(path.resolve()):
            raise UsageError(f"{path}: a result in this folder would become a part of it; choose another --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{folder}: this folder cannot be made ({why}); choose another --out") from error
    failed = False
    for path in paths:
        try:
            recording = read(path, leg=leg, options=options)
            written = write_pair(recording, folder, stem_of(path))
            if sto:
                from kickback.sto import write_sto

                written = (*written, write_sto(recording, folder / f"{stem_of(path)}.sto"))
        except (OSError, ValueError) as error:
            print(one_line(error, path), file=sys.stderr)
            failed = True
            continue
        _say(recording, written)
    return EXIT_BAD_FILE if failed else 0


def write_pair(recording: Recording, folder: Path, stem: str) -> tuple[Path, ...]:
    """Write CSV and sidecar in a folder of their own beside their place, then move them there.

    Raises:
        ValueError: every sample is lost.
        OSError: the folder cannot be written.
    """
    targets = tuple(folder / f"{stem}{ending}" for ending in ENDINGS)
    with tempfile.TemporaryDirectory(prefix=f".{stem}.", dir=folder) as aside:
        write_csv(recording, Path(aside) / f"{stem}.csv")
        for target in reversed(targets):
            (Path(aside) / target.name).replace(target)
    return targets


def _say(recording: Recording, written: Sequence[Path]) -> None:
    header = recording.header
    lost_s = float(recording.lost.sum()) / recording.rate_hz
    lost = f", {lost_s:.2f} s lost" if lost_s > 0 else ""
    print(f"{header.name}  read as {header.dialect}: {clock(recording.duration_s)}, {recording.rate_hz:.4g} Hz{lost}")
    if header.simulated:
        print(SIMULATED)
    for note in header.notes:
        print(f"Note: {note}")
    print("Written: " + ", ".join(map(str, written)))
