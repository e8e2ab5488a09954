"""With what a result was made: written beside it as ``provenance.json``, and read again by ``kickback rerun``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from kickback.document import plain, to_json, versions
from kickback.files import write_atomically

NAME = "provenance.json"
SCHEMA = 1


@dataclass(frozen=True)
class Provenance:
    """What made a folder of results.

    Attributes:
        command: the words behind ``kickback`` as they were typed, without ``--out``; empty where Python made it.
        params: what decided the numbers, JSON-able.
        inputs: sha256 by name, as the command names them; of a folder by path below it.
        simulated: whether no person made any of the movements; None where nobody knows.
        software: versions of everything that could move a number.
        outputs: sha256 by path below the folder.
    """

    command: tuple[str, ...]
    params: Mapping[str, Any]
    inputs: Mapping[str, str]
    simulated: bool | None = None
    software: Mapping[str, str] = field(default_factory=versions)
    outputs: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path, outputs: Iterable[Path]) -> Path:
        """Write it into the folder, with the sums of what lies there.

        Args:
            folder: of the results. outputs: the files in it that were made.

        Raises:
            OSError: a file cannot be read or written.
        """
        sums = {path.relative_to(folder).as_posix(): sha256_of(path) for path in sorted(outputs)}
        document = {"schema": SCHEMA, **asdict(self), "outputs": sums}
        target = folder / NAME
        write_atomically(target, to_json(plain("", document)))
        return target

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it again.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no such file; one line that says why.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(
                f"{path}: this is no JSON ({error}); name the {NAME} that lies beside the result"
            ) from None
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise ValueError(f"{path}: this is no {NAME} of Kickback with schema {SCHEMA}")
        names = ("command", "params", "inputs", "simulated", "software", "outputs")
        if missing := [name for name in names if name not in document]:
            raise ValueError(f"{path}: it has no {', '.join(missing)}; it was changed or cut")
        return cls(**{name: document[name] for name in names} | {"command": tuple(document["command"])})


def sha256_of(path: Path) -> str:
    """The sum of a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sums_of(paths: Sequence[Path]) -> dict[str, str]:
    """The sums of files by their names as given.

    Raises:
        OSError: one cannot be read.
    """
    return {path.as_posix(): sha256_of(path) for path in paths}
