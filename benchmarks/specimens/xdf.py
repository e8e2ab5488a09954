"""A recording as the lab streaming layer's recorder writes it: chunks, stream headers, clock offsets, a footer.

Source of the layout: the XDF specification, github.com/sccn/xdf.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from imu.blocks import FloatArray, Recording
from imu.units import DEG_PER_RAD, G0_MPS2

TOLERANCE = (2e-4, 2e-5)
"""float32 of m/s² or g, and of deg/s or rad/s; the two streams are interpolated."""

_BOUNDARY = bytes.fromhex("43A546DCCBF5410FB30ED5467383CBE4")
_PACKET = 10
"""Samples of a chunk."""
OFFSET_S = -4321.25
"""From the sender's clock to the recorder's."""


def _number(value: int) -> bytes:
    size = 1 if value < 256 else 4 if value < 1 << 32 else 8
    return bytes([size]) + value.to_bytes(size, "little")


def chunk(tag: int, content: bytes) -> bytes:
    """A chunk with its length."""
    return _number(len(content) + 2) + struct.pack("<H", tag) + content


def header(
    name: str, kind: str, rate_hz: float, form: str, channels: Sequence[tuple[str, str, str]], own: str = ""
) -> str:
    """A stream's description; a channel is label, type and unit."""
    told = "".join(
        f"<channel><label>{escape(label)}</label><type>{kind}</type><unit>{escape(unit)}</unit></channel>"
        for label, kind, unit in channels
    )
    return (
        f'<?xml version="1.0"?><info><name>{escape(name)}</name><type>{kind}</type>'
        f"<channel_count>{max(len(channels), 1)}</channel_count><nominal_srate>{rate_hz:g}</nominal_srate>"
        f"<channel_format>{form}</channel_format><source_id>{escape(name)}</source_id>"
        f"<desc>{own}<channels>{told}</channels></desc></info>"
    )


def samples(stream: int, time_s: FloatArray, values: FloatArray, form: str) -> Iterator[bytes]:
    """Chunks of a few samples, with a clock offset every fifty of them; the first sample of a chunk has the stamp."""
    kind = np.dtype(form)
    for number, first in enumerate(range(0, len(time_s), _PACKET)):
        part = slice(first, first + _PACKET)
        rows = []
        for at, (stamp, row) in enumerate(zip(time_s[part], values[part], strict=True)):
            rows.append(
                (b"\x00" if at and number % 2 else b"\x08" + struct.pack("<d", stamp)) + row.astype(kind).tobytes()
            )
        yield chunk(3, struct.pack("<I", stream) + _number(len(rows)) + b"".join(rows))
        if number % 50 == 0:
            yield chunk(4, struct.pack("<Idd", stream, time_s[first], OFFSET_S))


def write_file(path: Path, streams: Sequence[tuple[str, list[bytes]]]) -> Path:
    """A whole file; a stream is its description and its chunks, in the order of their numbers from 1."""
    data = [b"XDF:", chunk(1, b'<?xml version="1.0"?><info><version>1.0</version></info>')]
    data += [chunk(2, struct.pack("<I", number) + xml.encode()) for number, (xml, _) in enumerate(streams, 1)]
    data += [each for _, chunks in streams for each in chunks]
    data.append(chunk(5, _BOUNDARY))
    footer = b'<?xml version="1.0"?><info><first_timestamp>0</first_timestamp></info>'
    data += [chunk(6, struct.pack("<I", number) + footer) for number, _ in enumerate(streams, 1)]
    path.write_bytes(b"".join(data))
    return path


def _kept(recording: Recording) -> tuple[FloatArray, FloatArray, FloatArray]:
    kept = ~recording.lost
    return recording.time_s[kept] - OFFSET_S, recording.block.acc_mps2[kept], recording.block.gyr_radps[kept]


def one_stream(recording: Recording, folder: Path) -> Path:
    """Six channels in g and deg/s, labelled, among streams of markers."""
    time_s, acc, gyr = _kept(recording)
    values = np.hstack([acc / G0_MPS2, gyr * DEG_PER_RAD])
    channels = [(f"Right_Acc_{axis}", "ACC", "g") for axis in "XYZ"]
    channels += [(f"Right_Gyro_{axis}", "GYRO", "deg/s") for axis in "XYZ"]
    xml = header("Strap", "MoCap", recording.rate_hz, "float32", channels)
    text = b"set 1"
    marker = chunk(3, struct.pack("<I", 1) + _number(1) + b"\x08" + struct.pack("<d", 1.0) + _number(len(text)) + text)
    markers = (header("Protocol", "Markers", 0, "string", [("marker", "Marker", "")]), [marker])
    return write_file(
        folder / "sub-P001_ses-S001_run-001.xdf", [markers, (xml, list(samples(2, time_s, values, "<f4")))]
    )


def two_streams(recording: Recording, folder: Path) -> Path:
    """A stream for each sensor, three channels without labels; the gyroscope begins later."""
    time_s, acc, gyr = _kept(recording)
    streams = []
    for number, (kind, values, first) in enumerate((("Accelerometer", acc, 0), ("Gyroscope", gyr, 3)), 1):
        unit = "m/s^2" if kind == "Accelerometer" else "rad/s"
        xml = header(f"Strap {kind}", kind, recording.rate_hz, "double64", [("", "", unit)] * 3)
        streams.append((xml, list(samples(number, time_s[first:], values[first:], "<f8"))))
    return write_file(folder / "two.xdf", streams)


VARIANTS: dict[str, Callable[[Recording, Path], Path]] = {"one": one_stream, "two": two_streams}
