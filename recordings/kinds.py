"""Files that are no table of text, known by their first bytes, and what to do instead."""

from __future__ import annotations

import re

_MAGIC = (
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file; export it as CSV from the maker's software"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook; save the sheet as CSV"),
    (b"MD\xfc\x03", "Axivity's .cwa; export it as CSV from OMGUI"),
    (b"%PDF", "a PDF; export the data as CSV from the logger's app"),
    (b"\x89PNG", "an image, not a table; export the data as CSV"),
    (b"\xff\xd8\xff", "an image, not a table; export the data as CSV"),
    (b"GIF8", "an image, not a table; export the data as CSV"),
    (b"\x1f\x8b", "a gzip within an archive; unpack it and name the file in it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"BZh", "a bzip2 archive; unpack it"),
    (b"\xfd7zXZ", "an xz archive; unpack it"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive; unpack it"),
    (b"PAR1", "a Parquet file; save the table as CSV"),
    (b"\x93NUMPY", "a NumPy array; save the table as CSV"),
    (b"MATLAB 5.0", "a MATLAB file; save the table as CSV"),
    (b"SQLite format 3", "a SQLite database; export the table as CSV"),
)
_FRAME = 11
"""Length of a WitMotion frame: 0x55, a kind, eight bytes, a sum."""


def foreign(start: bytes) -> str | None:
    """What a file is that begins with these bytes, and what to do; None when it may be a table."""
    for magic, what in _MAGIC:
        if start.startswith(magic):
            return f"this is {what}"
    if start[257:262] == b"ustar":
        return "this is a tar archive; unpack it and name the files in it"
    if _frames(start):
        return (
            "these are raw frames of a WitMotion sensor, not text; "
            "play them back in WitMotion's software and export text from there"
        )
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|svg)", start[:200], re.IGNORECASE):
        return "this is a web page or XML, not a table; export the data as CSV"
    return None


def _frames(start: bytes) -> bool:
    """Whether ten frames follow each other anywhere near the beginning."""
    for first in range(min(len(start), 64)):
        heads = [start[at : at + 2] for at in range(first, first + 10 * _FRAME, _FRAME)]
        if all(len(head) == 2 and head[0] == 0x55 and 0x50 <= head[1] <= 0x5F for head in heads):
            return True
    return False
