"""Small texts that lie near a recording and say what its numbers mean, on the disk or in the same zip."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from recordings.errors import RecordingError

MOST_BYTES = 1 << 22
"""No description of a recording is longer."""

MOST_NAMES = 5000
"""Names of a folder that are looked at."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Where a file lies.

    Attributes:
        zip: the archive, None on the disk.
        names: of all members of the archive, as paths that begin with the archive's own.
    """

    zip: Path | None = None
    names: tuple[Path, ...] = ()

    @classmethod
    def of(cls, path: Path) -> Beside:
        """Of a file as a :class:`recordings.parts.Part` names it: members of a zip as ``x.zip/folder/file``.

        Raises:
            RecordingError: the zip cannot be read.
        """
        archive = next((above for above in path.parents if above.is_file()), None)
        if archive is None:
            return cls()
        try:
            with zipfile.ZipFile(archive) as opened:
                names = tuple(archive / name for name in opened.namelist()[:MOST_NAMES])
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise RecordingError(archive, f"the zip is damaged ({error}); copy or export it again") from None
        return cls(archive, names)

    def files(self, folder: Path) -> list[Path]:
        """The files of a folder, in the order of their names; none where it is not there."""
        if self.zip is not None:
            return sorted(name for name in self.names if name.parent == folder)
        try:
            return sorted(found for found in folder.iterdir() if found.is_file())[:MOST_NAMES]
        except OSError:
            return []

    def text(self, path: Path) -> str:
        """What it says.

        Raises:
            RecordingError: it cannot be read, is no UTF-8, or is too long for a description.
        """
        try:
            if self.zip is None:
                with path.open("rb") as stream:
                    data = stream.read(MOST_BYTES + 1)
            else:
                name = path.relative_to(self.zip).as_posix()
                with zipfile.ZipFile(self.zip) as opened, opened.open(name) as stream:
                    data = stream.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise RecordingError(path, f"it is longer than {MOST_BYTES >> 20} MB: it describes no recording")
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise RecordingError(path, "it is not UTF-8; export it again") from None
        except (OSError, KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            raise RecordingError(path, f"cannot be read ({error}); copy or export it again") from None
