"""Which dialect reads a file, and which files belong to it. Every dialect looks at the heads; nothing is guessed."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

from imu.blocks import Recording
from recordings.errors import RecordingError
from recordings.options import Options
from recordings.pairing import DEFAULT_REQUIRED, choose_recording, complete, conflict
from recordings.parts import Part, Parts, file_part, folder_parts, is_zip, size_of, zip_parts
from recordings.table import BINARY, NO_TEXT, XDF, Head

DIALECTS: tuple[str, ...] = (
    "kickback_csv",
    "kickback_raw",
    "metabase",
    "movella_dot",
    "dot_server",
    "mt_manager",
    "phyphox",
    "sensor_logger",
    "polar",
    "shimmer",
    "physics_toolbox",
    "sensorlog",
    "movesense",
    "st_ble",
    "axivity",
    "witmotion",
    "motion_bids",
    "xdf",
)
"""The modules of ``recordings.formats`` that know one dialect."""

FALLBACK = "generic"
"""The module that is asked when none of them claims the file."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a file is to a dialect.

    Attributes:
        role: "both" (acceleration and angular velocity in one file); "acc", "gyr", "gravity", "linear" and the like
            for dialects that write a file for each sensor; "aside" for what belongs to the dialect and is not needed;
            "unusable" for what is recognised and cannot be used.
        why: in a few words; for "unusable" what to export instead, for the user.
        key: which of several recordings in a folder the file belongs to; "" where nothing tells.
    """

    role: str
    why: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Files on their way to a recording.

    Attributes:
        path: what the user named.
        parts: the files by role.
        options: what the user overrules.
        sha256: of the file; of a zip as a whole; of several files, of their digests in the order of their roles.
    """

    path: Path
    parts: Mapping[str, Part]
    options: Options
    sha256: str

    @property
    def part(self) -> Part:
        """The file with both sensors, or the first."""
        return self.parts.get("both") or next(iter(self.parts.values()))

    @property
    def leg(self) -> str | None:
        """The leg that the user named."""
        return self.options.leg


class Format(Protocol):
    """What a module of ``recordings.formats`` offers.

    A dialect with a file for each sensor may also have ``REQUIRED``, sets of roles any of which makes a recording;
    without it these are ``{"acc", "gyr"}``.
    """

    NAME: str
    TITLE: str

    def sniff(self, head: Head) -> Claim | None:
        """What the file is to this dialect, told by its content, or None."""

    def read(self, source: Source) -> Recording:
        """The recording. Raises RecordingError."""


def formats() -> dict[str, Format]:
    """All dialects by name, the fallback last."""
    return {name: cast(Format, importlib.import_module(f"recordings.formats.{name}")) for name in (*DIALECTS, FALLBACK)}


def required(dialect: Format) -> frozenset[frozenset[str]]:
    """The sets of roles any of which makes a recording of this dialect, besides "both"."""
    return cast(frozenset[frozenset[str]], getattr(dialect, "REQUIRED", DEFAULT_REQUIRED))


def read(path: Path, options: Options) -> Recording:
    """Find the dialect and the files, and read them. Raises RecordingError."""
    dialect, source = open_source(path, options)
    recording = dialect.read(source)
    notes = tuple(dict.fromkeys(note for part in source.parts.values() for note in part.notes))
    if not notes:
        return recording
    header = replace(recording.header, notes=(*recording.header.notes, *notes))
    return Recording(header, recording.block)


def open_source(path: Path, options: Options | None = None) -> tuple[Format, Source]:
    """The dialect that reads what the user named, and its files.

    Raises:
        RecordingError: nobody claims it, two do, a partner is missing, or there are several recordings.
    """
    options = options or Options()
    asked = _asked(path, options.dialect)
    if size_of(path) < 0:
        name, parts = _of_many(path, folder_parts(path, options), asked, "folder", options)
    elif is_zip(path):
        name, parts = _of_many(path, zip_parts(path, options), asked, "zip", options)
    else:
        name, parts = _of_one(path, file_part(path, options), asked, options)
    return formats()[name], Source(path, parts, options, _digest(path, parts))


def claims_of(head: Head, asked: Mapping[str, Format] | None = None) -> dict[str, Claim]:
    """What a file is to every dialect that claims it; "aside" counts only where nobody needs the file."""
    known = {name: each for name, each in formats().items() if name != FALLBACK} if asked is None else asked
    found = {name: claim for name, each in known.items() if (claim := each.sniff(head)) is not None}
    needed = {name: claim for name, claim in found.items() if claim.role != "aside"}
    return needed or dict(list(found.items())[:1])


def _asked(path: Path, dialect: str | None) -> dict[str, Format]:
    """The dialects to ask: all, or the one the user named."""
    known = formats()
    if dialect is None:
        return {name: each for name, each in known.items() if name != FALLBACK}
    if dialect not in known:
        raise RecordingError(path, f"unknown dialect {dialect!r}; known are {', '.join(known)}")
    return {dialect: known[dialect]}


def _of_one(path: Path, part: Part, asked: Mapping[str, Format], options: Options) -> tuple[str, dict[str, Part]]:
    """The dialect of one file, and its siblings where it needs them."""
    claims = claims_of(part.head, asked)
    if len(claims) > 1:
        raise conflict(part, claims)
    if not claims:
        if part.head.encoding in NO_TEXT:
            kind = "an XDF file" if part.head.encoding == XDF else "a raw file of Kickback"
            raise RecordingError(part.path, f"this is {kind}; leave --dialect away")
        if options.dialect is not None:
            return options.dialect, {"both": part}
        _refuse_unclaimed(part)
        return FALLBACK, {"both": part}
    name, claim = next(iter(claims.items()))
    if claim.role == "unusable":
        raise RecordingError(part.path, claim.why)
    if claim.role == "both":
        return name, {"both": part}
    beside = folder_parts(path.parent, options)
    siblings = [(part, claim)]
    for other in beside.texts:
        if other.name != path.name and (found := asked[name].sniff(other.head)) is not None:
            siblings.append((other, found))
    with _telling(beside.problems):
        return name, complete(part, claim, siblings, required(asked[name]), asked[name].TITLE)


@contextmanager
def _telling(problems: tuple[RecordingError, ...]) -> Iterator[None]:
    """Where a file is missing, say of one that could not be read: it may be the one."""
    try:
        yield
    except RecordingError as error:
        if not problems or "missing" not in error.what:
            raise
        broken = problems[0]
        raise RecordingError(error.path, f"{error.what} (and {broken.path.name}: {broken.what})") from None


def _of_many(
    path: Path, parts: Parts, asked: Mapping[str, Format], kind: str, options: Options
) -> tuple[str, dict[str, Part]]:
    """The one recording of a folder or a zip."""
    claimed: list[tuple[str, Part, Claim]] = []
    plain: list[Part] = []
    raw = {part.path.with_suffix("") for part in parts.texts if part.head.encoding == BINARY}
    for part in parts.texts:
        if part.path.with_suffix("") in raw and part.head.encoding != BINARY:
            continue  # the table that grew beside a raw file holds the same session, and less of it
        claims = claims_of(part.head, asked)
        if len(claims) > 1:
            raise conflict(part, claims)
        claimed += [(name, part, claim) for name, claim in claims.items()]
        if not claims and options.dialect is None and formats()[FALLBACK].sniff(part.head) is not None:
            plain.append(part)
    needs = {name: required(each) for name, each in asked.items()}
    titles = {name: each.TITLE for name, each in asked.items()}
    with _telling(parts.problems):
        found = choose_recording(path, claimed, needs, titles, kind)
    if found is not None and not plain:
        return found
    if found is not None or len(plain) > 1:
        names = [part.name for part in ([next(iter(found[1].values()))] if found else []) + plain]
        raise RecordingError(path, f"this {kind} holds several recordings ({', '.join(names[:4])}); name one of them")
    if plain:
        return FALLBACK, {"both": plain[0]}
    if parts.problems:
        raise parts.problems[0]
    raise RecordingError(path, f"this is a {kind} without a recording in it; name the logger's CSV")


def _refuse_unclaimed(part: Part) -> None:
    """A line for a file that no dialect wants and the fallback cannot read either."""
    head = part.head
    if not head.example:
        raise RecordingError(
            part.path,
            "this is not a table: no line of at least three numbers separated by ; tab or ,; "
            "name the separator with --sep if it is another",
        )
    if not head.names:
        raise RecordingError(
            part.path, "the table has no header: name the columns (time_s,acc_x,...) in the first line"
        )
    if formats()[FALLBACK].sniff(head) is None:
        raise RecordingError(
            part.path,
            "no columns of acceleration and angular velocity found; "
            "name them acc_x, acc_y, acc_z, gyr_x, gyr_y, gyr_z, or the dialect with --dialect",
        )


def _digest(path: Path, parts: Mapping[str, Part]) -> str:
    """See ``Source.sha256``."""
    files: Iterable[Path] = (path,) if path.is_file() and is_zip(path) else (parts[role].path for role in sorted(parts))
    digests = [_sha256(file) for file in files]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
