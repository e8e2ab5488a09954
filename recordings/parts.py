"""Files as they lie on the disk, in a folder, a zip or a gzip: each a part of a recording, opened within bounds.

Nothing is unpacked to the disk, nothing is read as a whole, and no more comes out of an archive than its size
allows: a zip that claims to unpack to gigabytes of nothing gets a line instead.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from recordings.errors import RecordingError
from recordings.options import Options
from recordings.table import HEAD_BYTES, NO_TEXT, Head, head_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_BYTES = 4 << 30
"""Uncompressed size of a file that is still read; a week at 100 Hz takes about as much."""

MOST_RATIO = 200
"""Text of sensors' values packs to a fifth or a twentieth; what packs better than this is no recording."""
RATIO_FROM = 16 << 20
"""Uncompressed size from which the ratio counts."""

MOST_FILES = 500
"""Files of a folder or members of a zip that are looked at."""

SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".tab", ".log", ".dat", ".asc", ".gz", ".kbraw", ".xdf", ".xdfz", ""})
"""Names that a table, a raw file or an XDF file may have in a folder or a zip, in lower case."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, OSError, ValueError)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One file of a recording.

    Attributes:
        path: as shown to the user; for a member of a zip ``x.zip/Raw Data.csv``.
        name: the file's name only.
        size: bytes; of a member uncompressed, of a gzip compressed.
        head: its beginning.
        opener: opens its uncompressed bytes.
        notes: what was found while reading it, one sentence each; the registry hands them on.
    """

    path: Path
    name: str
    size: int
    head: Head
    opener: Callable[[], BinaryIO]
    notes: list[str] = field(default_factory=list)

    def open(self) -> BinaryIO:
        """A stream of the uncompressed bytes. Reading it raises RecordingError at damage and beyond the bounds."""
        return self.opener()


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What a folder or a zip holds: the texts, and what was wrong with the others that have a table's name."""

    texts: tuple[Part, ...]
    problems: tuple[RecordingError, ...]


class _Guarded(io.RawIOBase):
    """A stream that ends with a RecordingError where it is damaged, too long, binary, or packed too well."""

    def __init__(self, path: Path, inner: BinaryIO, packed: int, binary: bool) -> None:
        self._path, self._inner, self._packed, self._binary = path, inner, packed, binary
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        try:
            data = self._inner.read(memoryview(buffer).nbytes)
        except RuntimeError:
            raise RecordingError(self._path, "it is encrypted; unpack it and name the files in it") from None
        except NotImplementedError:
            raise RecordingError(self._path, "it is packed in an unusual way; unpack it first") from None
        except _DAMAGE as error:
            raise RecordingError(self._path, f"it is damaged ({_short(error)}); copy or export it again") from None
        self._count += len(data)
        if self._count > MOST_BYTES:
            raise _too_big(self._path, self._count)
        if self._count > RATIO_FROM and self._count > MOST_RATIO * self._packed:
            raise _too_dense(self._path)
        if not self._binary and b"\x00" in data:
            at = self._count - len(data) + data.index(b"\x00")
            raise RecordingError(self._path, f"binary data from byte {at + 1} on; export it again")
        memoryview(buffer).cast("B")[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Member(io.RawIOBase):
    """A member of a zip that closes the zip when it is closed."""

    def __init__(self, path: Path, name: str) -> None:
        self._archive = zipfile.ZipFile(path)
        self._stream = self._archive.open(name)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(size)

    def close(self) -> None:
        self._stream.close()
        self._archive.close()
        super().close()


def _short(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text or type(error).__name__


def _too_big(path: Path, size: int) -> RecordingError:
    return RecordingError(
        path, f"{size / 1e9:.1f} GB are more than the {MOST_BYTES / 1e9:.1f} GB that are read; split the file"
    )


def _too_dense(path: Path) -> RecordingError:
    return RecordingError(
        path, f"it unpacks to more than {MOST_RATIO} times its size: this is no recording; name the logger's file"
    )


def size_of(path: Path) -> int:
    """Bytes of a regular file; -1 for a folder.

    Raises:
        RecordingError: it is missing, no file at all (a pipe, a device), or may not be looked at.
    """
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise RecordingError(path, "there is no such file; check the path") from None
    except PermissionError:
        raise RecordingError(path, "no permission to read it; change its rights or copy it") from None
    except (OSError, ValueError) as error:
        raise RecordingError(path, f"cannot be read: {_short(error)}") from None
    if stat.S_ISDIR(found.st_mode):
        return -1
    if not stat.S_ISREG(found.st_mode):
        raise RecordingError(path, "this is a pipe, a socket or a device, not a file; save it to a file first")
    return found.st_size


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except PermissionError:
        raise RecordingError(path, "no permission to read it; change its rights or copy it") from None
    except OSError as error:
        raise RecordingError(path, f"cannot be read: {_short(error)}") from None


def is_zip(path: Path) -> bool:
    """Whether the file begins as a zip does. Raises RecordingError."""
    with _open(path) as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def file_part(path: Path, options: Options) -> Part:
    """A plain or gzipped file.

    Raises:
        RecordingError: it is missing, too big, damaged or no text.
    """
    size = size_of(path)
    if size < 0:
        raise RecordingError(path, "this is a folder; name the files in it")
    with _open(path) as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    if size > MOST_BYTES:
        raise _too_big(path, size)
    name = path.name.removesuffix(".gz") if packed else path.name
    return _part(path, name, size, options, partial(_unpacked if packed else _open, path))


def _unpacked(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(path, "rb"))


def _part(path: Path, name: str, size: int, options: Options, inner: Callable[[], BinaryIO], packed: int = 0) -> Part:
    packed = packed or size
    with _guarded(path, packed, True, inner) as stream:
        start = stream.read(HEAD_BYTES + 1)
    head = head_of(path, start[:HEAD_BYTES], options, whole=len(start) <= HEAD_BYTES)
    opener = partial(_guarded, path, packed, head.encoding in ("utf-16", *NO_TEXT), inner)
    return Part(path, name, size, head, opener)


def _guarded(path: Path, packed: int, binary: bool, inner: Callable[[], BinaryIO]) -> BinaryIO:
    try:
        stream = inner()
    except RecordingError:
        raise
    except RuntimeError:
        raise RecordingError(path, "it is encrypted; unpack it and name the files in it") from None
    except (*_DAMAGE, NotImplementedError, KeyError) as error:
        raise RecordingError(path, f"it is damaged ({_short(error)}); copy or export it again") from None
    return io.BufferedReader(_Guarded(path, stream, packed, binary), 1 << 18)


def folder_parts(path: Path, options: Options) -> Parts:
    """The texts of a folder, without those of folders in it.

    Raises:
        RecordingError: it may not be read, or holds too many files.
    """
    try:
        names = sorted(entry.name for entry in os.scandir(path) if entry.is_file())
    except OSError as error:
        raise RecordingError(path, f"cannot be read: {_short(error)}") from None
    names = [name for name in names if _may_be_a_table(name)]
    return _heads(path, len(names), (partial(file_part, path / name, options) for name in names))


def zip_parts(path: Path, options: Options) -> Parts:
    """The texts of a zip, whatever folders they lie in; zips in it are left alone.

    Raises:
        RecordingError: it is damaged, an Excel workbook, or holds too many files.
    """
    if (size := size_of(path)) > MOST_BYTES:
        raise _too_big(path, size)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (*_DAMAGE, NotImplementedError, RuntimeError) as error:
        raise RecordingError(path, f"the zip is damaged ({_short(error)}); copy or export it again") from None
    if any(member.filename == "[Content_Types].xml" for member in members):
        raise RecordingError(path, "this is an Excel workbook or another office file; save the sheet as CSV")
    members = [member for member in members if not member.is_dir() and _may_be_a_table(member.filename)]
    return _heads(path, len(members), (partial(_member_part, path, member, options) for member in members))


def _member_part(path: Path, member: zipfile.ZipInfo, options: Options) -> Part:
    shown = path / member.filename.lstrip("/\\")
    if member.file_size > MOST_BYTES:
        raise _too_big(shown, member.file_size)
    if member.file_size > RATIO_FROM and member.file_size > MOST_RATIO * member.compress_size:
        raise _too_dense(shown)
    if member.flag_bits & 1:
        raise RecordingError(shown, "it is encrypted; unpack it and name the files in it")
    inner = partial(_member, path, member.filename)
    name = PurePosixPath(member.filename).name
    return _part(shown, name, member.file_size, options, inner, max(member.compress_size, 1))


def _member(path: Path, name: str) -> BinaryIO:
    return cast(BinaryIO, _Member(path, name))


def _may_be_a_table(name: str) -> bool:
    file = PurePosixPath(name)
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and "__MACOSX" not in file.parts


def _heads(path: Path, count: int, makers: Iterator[Callable[[], Part]]) -> Parts:
    if count > MOST_FILES:
        raise RecordingError(
            path, f"{count} files are too many to look through; put those of one recording into a folder of their own"
        )
    texts, problems = [], []
    for make in makers:
        try:
            texts.append(make())
        except RecordingError as error:
            problems.append(error)
    return Parts(tuple(texts), tuple(problems))
