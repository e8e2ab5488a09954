"""The chunks of an XDF file, looked at before anybody trusts the numbers in them.

A chunk is: how many bytes its length has (1, 4 or 8), the length, a tag (2 bytes), the content. A damaged length or
count would make a reader allocate what it says; so all that is sound is kept, up to the first chunk that is not.

Source: the XDF specification, github.com/sccn/xdf, Specifications.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from xml.etree import ElementTree

STREAM_HEADER, SAMPLES, CLOCK_OFFSET, STREAM_FOOTER = 2, 3, 4, 6
_OF_STREAM = (STREAM_HEADER, SAMPLES, CLOCK_OFFSET, STREAM_FOOTER)

ITEM_BYTES = {"int8": 1, "int16": 2, "int32": 4, "float32": 4, "int64": 8, "double64": 8, "string": 2}
"""Bytes of a value by the format of the channels; of a string the least, an empty one."""

MOST_CHANNELS = 10_000
LONGEST_XML = 1 << 22


@dataclass(frozen=True, slots=True)
class Sound:
    """How much of a file is sound.

    Attributes:
        stop: index just behind the last sound chunk. whole: whether that is the end of the file.
    """

    stop: int
    whole: bool


def sound(data: bytes) -> Sound:
    """Walk through the chunks of a file that begins with ``XDF:``."""
    at = 4
    streams: dict[int, int] = {}
    while at < len(data):
        found = length_at(data, at)
        if found is None:
            return Sound(at, False)
        start, length = found
        if length < 2 or start + length > len(data) or not _chunk(data[start : start + length], streams):
            return Sound(at, False)
        at = start + length
    return Sound(at, True)


def length_at(data: bytes, at: int) -> tuple[int, int] | None:
    """A number of variable length: where it ends, and what it is; None where there is none."""
    size = data[at] if at < len(data) else 0
    if size not in (1, 4, 8) or at + 1 + size > len(data):
        return None
    return at + 1 + size, int.from_bytes(data[at + 1 : at + 1 + size], "little")


def _chunk(content: bytes, streams: dict[int, int]) -> bool:
    """Whether a chunk, from its tag on, can be read; ``streams`` holds the least bytes of a sample by stream."""
    (tag,) = struct.unpack_from("<H", content)
    if tag == 1:
        return _xml(content[2:]) is not None
    if tag not in _OF_STREAM:
        return True
    if len(content) < 6:
        return False
    (stream,) = struct.unpack_from("<I", content, 2)
    if tag == STREAM_HEADER:
        least = _least_bytes(content[6:])
        if least is None or stream in streams:
            return False
        streams[stream] = least
        return True
    if stream not in streams:
        return False
    if tag == SAMPLES:
        found = length_at(content, 6)
        return found is not None and found[1] * streams[stream] <= len(content) - found[0]
    return len(content) == 22 if tag == CLOCK_OFFSET else _xml(content[6:]) is not None


def _least_bytes(text: bytes) -> int | None:
    """Bytes that a sample has at least, by its stream's header; None when it is none."""
    root = _xml(text)
    if root is None:
        return None
    try:
        channels, rate_hz = int(root.findtext("channel_count") or ""), float(root.findtext("nominal_srate") or "")
    except ValueError:
        return None
    item = ITEM_BYTES.get(root.findtext("channel_format") or "")
    if item is None or not 0 < channels <= MOST_CHANNELS or not 0 <= rate_hz < 1e9 or root.find("name") is None:
        return None
    return 1 + channels * item


def _xml(text: bytes) -> ElementTree.Element | None:
    """The root of a description; None when it is no XML, is too long, or declares what no stream needs."""
    if len(text) > LONGEST_XML or b"<!" in text:
        return None
    try:
        return ElementTree.fromstring(text.decode("utf-8", "replace"))
    except (ElementTree.ParseError, ValueError):
        return None
