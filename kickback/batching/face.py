"""``kickback.batch``: a folder of recordings in, DataFrames out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from analysis.params import Params, Tempo
from kickback.batching.running import run_batch
from kickback.batching.wish import Batch, FileReading, Wish

if TYPE_CHECKING:
    import pandas as pd

    from analysis.presets import Exercise


def batch(
    folder: str | Path,
    *,
    out: str | Path | None = None,
    table: str | Path | pd.DataFrame | None = None,
    pattern: str | None = None,
    params: Params | None = None,
    leg: str | None = None,
    tempo: str | Tempo | None = None,
    hip_rotation_limit_deg: float | None = None,
    exercise: str | Path | Exercise | None = None,
    angle: bool = False,
    pseudonyms: str | Path | None = None,
    decimal: str = ".",
    jobs: int | None = None,
    scheduler: str | None = None,
    **reading: Unpack[FileReading],
) -> Batch:
    """Analyze every recording of a folder, and put the reps and the sets of all of them in two tables.

    Args:
        folder: of the recordings.
        out: where the tables are written, and what was done is kept for the next time; None: neither.
        table: a CSV or a DataFrame with a column ``recording`` (path below the folder), ``subject``, ``session``,
            ``condition``, ``leg``, ``tempo``, ``exercise`` and any others; or one with a row a ``subject``.
        pattern: what the paths say, such as ``{subject}/{session}_{leg}.csv``.
        params, leg, tempo, hip_rotation_limit_deg, exercise: as of :func:`kickback.analyze`; a recording's own leg,
            tempo and exercise in the table or the path go before them.
        angle: write the leg angle over time of each recording too; needs ``out``.
        pseudonyms: a key file; subjects and recordings get ids that only it tells back.
        decimal: "." or ",", of the numbers in the CSV files.
        jobs: processes at the same time, None: one a processor; 0: none but this one, to look into it.
        scheduler: address of a Dask scheduler, such as ``tcp://host:8786``, instead of processes.
        reading: what overrules the detection of the files' format, as of :func:`kickback.analyze`.

    Raises:
        KickbackError: the table cannot be read, results cannot be written, or the cluster failed.
        UsageError: there is no such folder, nothing in it fits, or two arguments do not go together.
        ValueError: an argument is out of range.
    """
    from kickback.session import choose, unsaid_of

    wish = Wish(
        out=None if out is None else Path(out),
        table=Path(table) if isinstance(table, str) else table,
        pattern=pattern,
        params=choose(params, leg, tempo, hip_rotation_limit_deg, exercise),
        unsaid=unsaid_of(tempo, exercise) if params is None else frozenset(),
        reading=reading,
        angle=angle,
        pseudonyms=None if pseudonyms is None else Path(pseudonyms),
        decimal=decimal,
        jobs=jobs,
        scheduler=scheduler,
    )
    return run_batch(Path(folder), wish)
