"""A Motion-BIDS study, ours or another's, as a table of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kickback.bids.names import entities_in
from kickback.errors import KickbackError, one_line

if TYPE_CHECKING:
    import pandas as pd

OWN_COLUMNS = ("filename", "simulated", "sets", "reps", "lost_s", "sha256")
"""Columns of our tables of recordings that an analysis makes anew."""
_FROM_NAMES = ("participant_id", "subject", "session", "recording", "task")


def read_study(folder: str | Path) -> pd.DataFrame:
    """The recordings of a study, one a row, as ``kickback.batch(folder, table=...)`` takes them.

    Args:
        folder: that holds ``dataset_description.json``.

    Returns:
        Columns recording (path below the folder), subject and session (labels; "" without one), task, leg (of the
        table of recordings; "" where it has none), then those of the tables of recordings and of people; all texts,
        in the order of the paths. The samples themselves are read by ``kickback.read(folder / recording)``.

    Raises:
        KickbackError: it is no study, holds no motion recording, or a table of it cannot be read.
    """
    import pandas as pd

    folder = Path(folder)
    if not (folder / "dataset_description.json").is_file():
        raise KickbackError(f"{folder}: there is no dataset_description.json in it; name the folder of a BIDS study")
    people = {row.get("participant_id", ""): row for row in _rows(folder / "participants.tsv")}
    rows = []
    for path in sorted(folder.glob("sub-*/**/motion/*_motion.tsv")):
        named = entities_in(path.name)
        above = path.parent.parent
        scans = above / ("_".join(f"{key}-{named[key]}" for key in ("sub", "ses") if key in named) + "_scans.tsv")
        beside = next((row for row in _rows(scans) if row.get("filename") == f"motion/{path.name}"), {})
        own = {
            "recording": path.relative_to(folder).as_posix(),
            "subject": named.get("sub", ""),
            "session": named.get("ses", ""),
            "task": named.get("task", ""),
            "leg": "",
        }
        more = people.get(f"sub-{named.get('sub', '')}", {}) | beside
        rows.append(own | {key: text for key, text in more.items() if key not in (*OWN_COLUMNS, *_FROM_NAMES)})
    if not rows:
        raise KickbackError(f"{folder}: there is no *_motion.tsv in it; this study has other data")
    return pd.DataFrame(rows).fillna("")


def _rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table, ``n/a`` as ""; none where there is no table."""
    if not path.is_file():
        return []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KickbackError(one_line(error, path)) from None
    cells = [[cell.strip() for cell in line.split("\t")] for line in lines if line.strip()]
    return [
        {name: "" if cell == "n/a" else cell for name, cell in zip(cells[0], row, strict=False)} for row in cells[1:]
    ]
