"""A result made again, with what it says it was made with, and compared with what lies there."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kickback.document import versions
from kickback.errors import KickbackError, one_line
from kickback.provenance import NAME, Provenance, sha256_of

if TYPE_CHECKING:
    import pandas as pd

SUMMARY = ".summary.json"
CLOSE = 1e-9
"""Numbers of tables may differ by so much: the house's meaning of "the same"."""
UNTOLD = frozenset(("versions", "file", "command"))
"""Of a summary: what does not tell what was found."""


@dataclass(frozen=True)
class Again:
    """What is to be done again.

    Attributes:
        name: of the result, for people. folder: where it lies.
        command: words behind ``kickback``, without ``--out``. outputs: sha256 by path below the folder.
        inputs: sha256 by name. software: versions then.
    """

    name: str
    folder: Path
    command: tuple[str, ...]
    outputs: Mapping[str, str]
    inputs: Mapping[str, str]
    software: Mapping[str, str]


@dataclass(frozen=True)
class Compared:
    """One file of a result beside the one made again.

    Attributes:
        name: of the file. same: whether it says the same. what: how it differs, or how it is the same.
    """

    name: str
    same: bool
    what: str


@dataclass(frozen=True)
class Verdict:
    """What came of it.

    Attributes:
        again: what was done. files: one by one. notes: what else is to be known, such as other versions now.
    """

    again: Again
    files: tuple[Compared, ...]
    notes: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether all files say the same."""
        return bool(self.files) and all(each.same for each in self.files)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "result": self.again.name,
            "command": ["kickback", *self.again.command],
            "same": self.same,
            "files": [{"file": each.name, "same": each.same, "what": each.what} for each in self.files],
            "notes": list(self.notes),
        }


def again_of(result: Path) -> Again:
    """What a result says it was made with.

    Args:
        result: a folder with ``provenance.json``, that file, another file that it names, or a ``*.summary.json``.

    Raises:
        KickbackError: it does not say.
    """
    if not result.exists():
        raise KickbackError(f"{result}: there is no such file; check the name and the folder")
    if result.name.endswith(SUMMARY):
        return _of_summary(result)
    found = _provenance_of(result)
    if found is None:
        raise KickbackError(
            f"{result}: nothing says with what it was made; name a folder with {NAME}, or a *{SUMMARY} of analyze --out"
        )
    try:
        made = Provenance.read(found)
    except (OSError, ValueError) as error:
        raise KickbackError(one_line(error, found)) from error
    if not made.command:
        raise KickbackError(f"{found}: it was made from Python, not by a command; run that program again")
    return Again(str(found), found.parent, made.command, made.outputs, made.inputs, made.software)


def _provenance_of(result: Path) -> Path | None:
    """The file that tells of a result: it, the one in it, or the nearest above it."""
    if result.name == NAME and result.is_file():
        return result
    folders = [result] if result.is_dir() else list(result.parents)[:3]
    return next((folder / NAME for folder in folders if (folder / NAME).is_file()), None)


def _of_summary(path: Path) -> Again:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        command, file, sha256 = document["command"], document["file"], document["sha256"]
        software = dict(document["versions"])
    except (OSError, ValueError) as error:
        raise KickbackError(one_line(error, path)) from error
    except (KeyError, TypeError):
        raise KickbackError(
            f"{path}: it does not say by which command it was made; analyze the file again with --out"
        ) from None
    if not command:
        raise KickbackError(f"{path}: it was made from Python, not by a command; run that program again")
    stem = path.name.removesuffix(SUMMARY)
    beside = [path, path.with_name(f"{stem}.reps.csv"), path.with_name(f"{stem}.angle.csv")]
    outputs = {each.name: sha256_of(each) for each in beside if each.is_file()}
    return Again(str(path), path.parent, tuple(command), outputs, {file: sha256}, software)


def make_again(again: Again) -> Verdict:
    """Run the command again, into a folder that is deleted then, and compare.

    Raises:
        KickbackError: the command failed; its own line says why.
    """
    with tempfile.TemporaryDirectory(prefix="kickback-rerun-") as name:
        made = Path(name) / "made"
        done = subprocess.run(
            [sys.executable, "-m", "kickback", *again.command, "--out", str(made)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
            encoding="utf-8",
        )
        if not made.is_dir() or (done.returncode != 0 and not any(made.iterdir())):
            why = " ".join(done.stderr.split()) or f"it ended with {done.returncode}"
            raise KickbackError(
                f"`kickback {' '.join(again.command)}` cannot be done again here: {why} "
                "(the command is run from the folder where you are, so go where it was typed)"
            )
        files = tuple(_compared(again, made, name) for name in sorted(again.outputs))
        more = sorted(_names(made) - set(again.outputs) - {NAME}) if (made / NAME).is_file() else []
        notes = (
            *_of_versions(again),
            *_of_inputs(again, made),
            *(f"{each} is made now and was not then" for each in more),
        )
    return Verdict(again, files, notes)


def _names(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def _of_versions(again: Again) -> list[str]:
    now = versions(*(name for name in again.software if name != "python"))
    return [
        f"{name} was {then}, here it is {now.get(name, 'not installed')}"
        for name, then in again.software.items()
        if now.get(name) != then
    ]


def _of_inputs(again: Again, made: Path) -> list[str]:
    """Which inputs are no longer what they were; of a single file its own sum tells."""
    if (made / NAME).is_file():
        now: Mapping[str, str] = Provenance.read(made / NAME).inputs
    else:
        (summary,) = made.glob(f"*{SUMMARY}")
        document = json.loads(summary.read_text(encoding="utf-8"))
        now = {document["file"]: document["sha256"]}
    return [
        f"{name} {'is not there any more' if name not in now else 'has changed since'}"
        for name, then in again.inputs.items()
        if now.get(name) != then
    ] + [f"{name} is new since" for name in now if name not in again.inputs]


def _compared(again: Again, made: Path, name: str) -> Compared:
    there, new = again.folder / name, made / name
    if not there.is_file():
        return Compared(name, False, "it is not there any more")
    if not new.is_file():
        return Compared(name, False, "it was not made again")
    changed = (
        "" if sha256_of(there) == again.outputs[name] else "; the one that lies there was changed since it was made"
    )
    if there.read_bytes() == new.read_bytes():
        return Compared(name, True, f"the same to the last byte{changed}")
    if name.endswith(SUMMARY):
        return _summaries(name, there, new)
    if name.endswith((".csv", ".parquet")):
        return _tables(name, there, new, changed)
    return Compared(name, False, f"other bytes{changed}")


def _summaries(name: str, there: Path, new: Path) -> Compared:
    one, other = (json.loads(path.read_text(encoding="utf-8")) for path in (there, new))
    differ = sorted(key for key in {*one, *other} - UNTOLD if one.get(key) != other.get(key))
    if not differ:
        return Compared(name, True, "the same findings; versions or paths differ")
    return Compared(name, False, f"other: {', '.join(differ)}")


def _tables(name: str, there: Path, new: Path, changed: str) -> Compared:
    one, other = _table(there), _table(new)
    if list(one.columns) != list(other.columns):
        return Compared(name, False, f"other columns{changed}")
    if len(one) != len(other):
        return Compared(name, False, f"{len(one)} rows there, {len(other)} made again{changed}")
    worst, where = _worst(one, other)
    if where is None:
        return Compared(name, False, f"other text in its cells{changed}")
    if worst <= CLOSE:
        return Compared(name, True, f"the same values, within {CLOSE:g}{changed}")
    return Compared(name, False, f"values differ, by {worst:.3g} at most, in {where}{changed}")


def _worst(one: pd.DataFrame, other: pd.DataFrame) -> tuple[float, str | None]:
    """The largest difference and its column; None where what differs is no number."""
    import numpy as np
    from pandas.api.types import is_numeric_dtype

    worst, where = 0.0, ""
    for column in one.columns:
        mine, yours = one[column], other[column]
        if mine.equals(yours):
            continue
        if not (is_numeric_dtype(mine) and is_numeric_dtype(yours)) or not (mine.isna() == yours.isna()).all():
            return np.inf, None
        gap = float(np.nanmax(np.abs(mine.astype(float).to_numpy() - yours.astype(float).to_numpy())))
        worst, where = max((worst, where), (gap, str(column)))
    return worst, where


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd

    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    with path.open(encoding="utf-8-sig") as stream:
        semicolons = ";" in stream.readline()
    return pd.read_csv(path, sep=";" if semicolons else ",", decimal="," if semicolons else ".")


def shown(verdict: Verdict) -> Sequence[str]:
    """Lines for people."""
    width = max((len(each.name) for each in verdict.files), default=0)
    lines = [f"{'same  ' if each.same else 'DIFFERS'} {each.name:<{width}}  {each.what}" for each in verdict.files]
    lines = [line.replace("same   ", "same    ", 1) for line in lines]
    counted = sum(each.same for each in verdict.files)
    return [
        f"kickback {' '.join(verdict.again.command)}",
        *lines,
        *(f"Note: {note}." for note in verdict.notes),
        f"{counted} of {len(verdict.files)} files are the same"
        + ("" if verdict.same else ": the result cannot be made again as it lies there")
        + ".",
    ]
