"""Our own raw file, ``.kbraw``: everything that happened on the link to a sensor, as it came.

The samples are made of it as they were live, by the same code (see :mod:`imu.raw_file`). The units are those that the
sensor or its kind says; physics checks them as in every other file.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from imu.blocks import Recording, SampleBlock
from imu.raw_file import DIALECT, MOST_BYTES, RawFileError, assembler_of, parsed, recording_of
from imu.units import factor
from recordings.check import Units, judged, refuse_dead
from recordings.errors import RecordingError
from recordings.registry import Claim, Source
from recordings.table import BINARY, Head

NAME = DIALECT
TITLE = "Kickback's raw file"


def sniff(head: Head) -> Claim | None:
    """Claim what begins with our magic line."""
    return Claim("both", "it begins as a raw file of Kickback") if head.encoding == BINARY else None


def read(source: Source) -> Recording:
    """Run the session through the assembler again.

    Raises:
        RecordingError: it is no raw file or of another version, its sensor is not known, it holds no samples, or
            physics contradicts the units.
    """
    part, options = source.part, source.options
    try:
        with part.open() as stream:
            raw = parsed(stream.read(MOST_BYTES + 1), str(part.path))
        assembler = assembler_of(raw)
        recording = recording_of(raw, Path(part.name).stem, assembler)
    except RawFileError as error:
        raise RecordingError(part.path, error.what) from None
    layout = assembler.layout
    said = Units(options.acc_unit, options.gyr_unit, "the sensor's format")
    if layout is not None:
        acc = factor("acceleration", options.acc_unit or layout.acc_unit) / factor("acceleration", layout.acc_unit)
        gyr = factor("angular velocity", options.gyr_unit or layout.gyr_unit) / factor(
            "angular velocity", layout.gyr_unit
        )
        block = recording.block
        if acc != 1.0 or gyr != 1.0:
            block = SampleBlock(0, block.rate_hz, block.acc_mps2 * acc, block.gyr_radps * gyr)
        said = replace(said, acc=options.acc_unit or layout.acc_unit, gyr=options.gyr_unit or layout.gyr_unit)
        header = replace(recording.header, extra={**recording.header.extra, "rate_hz": layout.rate_hz})
        recording = Recording(header, block)
    header = replace(recording.header, sha256=source.sha256, leg=source.leg or recording.header.leg)
    recording = Recording(header, recording.block)
    refuse_dead(part.path, recording.block.acc_mps2, "acceleration")
    return judged(part.path, recording, said, options)
