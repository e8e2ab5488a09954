"""What was done already: one result an input, by what it was made of and with. A reader sees a whole file or none."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

NAME = ".kickback-batch"
"""The folder within the results' that the cache lives in."""
SCHEMA = 1
ROOMS = ("analysis", "imu", "recordings", "kickback/batching")
"""What can move a number: a changed line in there makes every kept result an old one."""


@cache
def software() -> str:
    """A sum of the versions and of the source of everything that could move a number."""
    from kickback.document import versions

    house = Path(__file__).resolve().parent.parent.parent
    total = hashlib.sha256(json.dumps(versions(), sort_keys=True).encode())
    for room in ROOMS:
        for path in sorted((house / room).rglob("*.py")):
            total.update(path.relative_to(house).as_posix().encode())
            total.update(path.read_bytes())
    for name in ("session.py", "exercise_file.py"):
        total.update((house / "kickback" / name).read_bytes())
    return total.hexdigest()


def key_of(made_of: Mapping[str, Any]) -> str:
    """A name for a result: the sum of the sums of its files, of the parameters and of the software."""
    text = json.dumps({"schema": SCHEMA, **made_of}, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _place(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}.json"


def kept(folder: Path, key: str) -> bytes | None:
    """The result of this name; None where there is none that is whole and can be read."""
    try:
        text = _place(folder, key).read_bytes()
    except OSError:
        return None
    return text if text.endswith(b"}\n") else None


def keep(folder: Path, key: str, text: bytes) -> None:
    """Keep a result.

    Raises:
        OSError: it cannot be written.
    """
    target = _place(folder, key)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, text)


def write_whole(target: Path, data: bytes) -> None:
    """Write beside and rename, under a name that no thread, process or other machine uses.

    Raises:
        OSError: it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(data)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@cache
def _umask() -> int:
    """What this process takes from the rights of a new file; there is no way to ask but to set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
