"""Somebody is deleted: their rows, the bytes that these left in the file, and on request the files on the disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kickback.errors import UsageError, one_line
from kickback.store.trouble import StoreError

if TYPE_CHECKING:
    from kickback.store.store import Store

BESIDE = (".kbraw", ".csv", ".json", ".reps.csv", ".summary.json", ".report.html", ".angle.csv")
"""Endings of what Kickback writes beside a raw file, under its stem."""


@dataclass(frozen=True)
class Forgotten:
    """What was deleted.

    Attributes:
        name: whose. sessions: how many. deleted: files that are gone. left: files of theirs that are still there.
        lingers: another program reads the store now; the old bytes leave the file when it ends.
    """

    name: str
    sessions: int
    deleted: tuple[Path, ...]
    left: tuple[Path, ...]
    lingers: bool


def forget(store: Store, name: str, *, files: bool = False) -> Forgotten:
    """Delete a person with all sessions.

    The files go first: when one cannot be deleted, the store still knows where it lies. Then the rows, and the file is
    written anew, so that nothing of them stays in its unused parts or in its log.

    Args:
        store: to delete from. name: as it was said, in any case of its letters.
        files: delete what lies on the disk too.

    Raises:
        UsageError: there is nobody of that name.
        StoreError: a file cannot be deleted, or another program keeps the store busy.
    """
    person = " ".join(name.split())
    known = {one.casefold(): one for one, _ in store.people() if one is not None}
    if person.casefold() not in known:
        others = ", ".join(map(repr, known.values())) or "nobody"
        raise UsageError(f"--delete-person {name!r}: no such person; in {store.path} there is {others}")
    shown = known[person.casefold()]
    theirs = store.sessions(shown)
    there = tuple(path for path in dict.fromkeys(_all_of(one for row in theirs for one in row.files)) if path.is_file())
    deleted = tuple(_delete(there)) if files else ()
    with store.writing() as connection:
        connection.execute("DELETE FROM people WHERE name = ?", (shown,))
    lingers = _write_anew(store)
    left = tuple(path for path in there if path not in deleted)
    return Forgotten(shown, len(theirs), deleted, left, lingers)


def _all_of(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and beside a raw file what was made of it."""
    for path in paths:
        yield path
        if path.suffix == ".kbraw":
            yield from (path.with_name(path.stem + ending) for ending in BESIDE)


def _delete(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(f"{one_line(error, path)}; nothing was deleted from the store") from error
        yield path


def _write_anew(store: Store) -> bool:
    """Copy what is left into a file without gaps, and empty the log; whether another program keeps the old bytes."""
    with store.alone() as connection:
        connection.execute("VACUUM")
        return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
