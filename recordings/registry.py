"""Which dialect reads a file. Every dialect looks at the file's head and claims it or not; nothing is guessed."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from imu.blocks import Recording
from recordings.errors import RecordingError
from recordings.table import Head, digest, head_of, read_bytes

DIALECTS = ("kickback_csv",)
"""The modules of ``recordings.formats`` that know one dialect."""

FALLBACK = "generic"
"""The module that is asked when none of them claims the file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file on its way to a recording: its head, its bytes and what the caller knows about it."""

    head: Head
    data: bytes
    sha256: str
    leg: str | None = None


class Format(Protocol):
    """What a module of ``recordings.formats`` offers."""

    NAME: str

    def sniff(self, head: Head) -> str | None:
        """Why the file is of this dialect, in a few words, or None."""

    def read(self, source: Source) -> Recording:
        """The recording. Raises RecordingError."""


def formats() -> dict[str, Format]:
    """All dialects by name, the fallback last."""
    return {name: cast(Format, importlib.import_module(f"recordings.formats.{name}")) for name in (*DIALECTS, FALLBACK)}


def open_source(path: Path, leg: str | None = None) -> Source:
    """Read a file and look at its head. Raises RecordingError."""
    data = read_bytes(path)
    return Source(head_of(path, data), data, digest(data), leg)


def choose(head: Head, dialect: str | None = None) -> Format:
    """The dialect that reads this file.

    Raises:
        RecordingError: nobody claims the file, two do, or ``dialect`` is unknown.
    """
    known = formats()
    if dialect is not None:
        if dialect not in known:
            raise RecordingError(head.path, f"unknown dialect {dialect!r}; known are {', '.join(known)}")
        return known[dialect]
    claims = {name: why for name in DIALECTS if (why := known[name].sniff(head))}
    if len(claims) > 1:
        both = " and ".join(f"{name} ({why})" for name, why in claims.items())
        raise RecordingError(head.path, f"{both} both claim this file; name one with the dialect option")
    if claims:
        return known[next(iter(claims))]
    if known[FALLBACK].sniff(head):
        return known[FALLBACK]
    raise RecordingError(
        head.path,
        "no columns of acceleration and angular velocity found; name them acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z",
    )
