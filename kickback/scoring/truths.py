"""The truth of a recording from a file: a truth JSON, a table of true reps, or labels by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.matching import TrueRep, Truth
from kickback.errors import KickbackError, one_line
from kickback.scoring.hand import Labelled, sort_labels
from kickback.scoring.labels import read_labels
from kickback.scoring.text_table import frame_of, read_rows

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ("concentric_end_s", "eccentric_start_s", "excursion_deg", "rom_deg", "axial_rotation_deg")
FLAGS = ("hip_rotation", "is_partial")
OTHER_NAMES = {
    "peak_vel_con_dps": "peak_concentric_dps",
    "peak_vel_ecc_dps": "peak_eccentric_dps",
    "missing": "missing_s",
}
"""What the truth JSON of the simulator calls columns of the table of reps."""
PEAKS = ("peak_concentric_dps", "peak_eccentric_dps")
NUMERIC = ("start_s", "end_s", *NUMBERS, *PEAKS, "pulses", *FLAGS, "optional", "missing_s", "set")


@dataclass(frozen=True)
class TrueFile:
    """What is true in a recording: known at once, or labels that wait for the recording's clock.

    Attributes:
        name: of the recording.
        known: the truth, or None.
        labelled: the labels, or None; one of the two is there.
        simulated: whether the file says that no person made the movements; None where it says nothing.
    """

    name: str
    known: Truth | None = None
    labelled: Labelled | None = None
    simulated: bool | None = None


def read_truth(path: Path, name: str, words: Mapping[str, tuple[str, ...]]) -> list[TrueFile]:
    """Everything that is true by one file; a table with a column ``recording`` tells of several recordings.

    Args:
        path: the file. name: of the recording, where the file does not say. words: see ``hand.words_with``.

    Raises:
        KickbackError: the file cannot be read or is none of those that are understood.
    """
    if path.suffix.lower() == ".json":
        return [_of_json(path, name)]
    labels = read_labels(path)
    if labels is not None:
        return [TrueFile(name, labelled=sort_labels(path, labels, words))]
    rows = read_rows(path)
    if not {"start_s", "end_s"} <= set(rows.cells[0]):
        raise KickbackError(
            f"{path}: neither labels of ELAN or BORIS nor a table of true reps: it needs the columns start_s and end_s"
        )
    table = frame_of(rows, NUMERIC)
    if "recording" not in table.columns:
        return [TrueFile(name, known=_truth(path, name, table))]
    parts = table.groupby(table["recording"].fillna(""), sort=True)
    return [TrueFile(_stem(str(key)), known=_truth(path, _stem(str(key)), part)) for key, part in parts]


def _stem(recording: str) -> str:
    return Path(recording).with_suffix("").as_posix()


def _of_json(path: Path, name: str) -> TrueFile:
    import pandas as pd

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KickbackError(one_line(error, path)) from None
    except ValueError as error:
        raise KickbackError(f"{path}: this is no JSON ({one_line(error)})") from None
    reps = document.get("reps") if isinstance(document, dict) else None
    if not isinstance(reps, list) or not all(isinstance(rep, dict) for rep in reps):
        raise KickbackError(f"{path}: this JSON is no truth: it has no list 'reps' of the true reps")
    table = pd.DataFrame(reps).rename(columns=OTHER_NAMES)
    simulated = document.get("simulated")
    truth = _truth(path, name, table, document)
    return TrueFile(name, known=truth, simulated=simulated if isinstance(simulated, bool) else None)


def _truth(path: Path, name: str, table: pd.DataFrame, document: Mapping[str, Any] | None = None) -> Truth:
    document = document or {}
    if len(table) and (absent := [column for column in ("start_s", "end_s") if column not in table.columns]):
        raise KickbackError(f"{path}: the true reps have no {absent[0]!r}")
    duration = document.get("duration_s")
    reps = [_rep(path, number, row) for number, row in enumerate(table.to_dict("records"), 1)]
    return Truth(
        name=name,
        suite=str(document.get("suite") or ""),
        negative=document.get("negative_kind"),
        duration_s=float(duration) if isinstance(duration, int | float) else math.nan,
        reps=tuple(sorted(reps, key=lambda rep: rep.instants_s[0])),
    )


def _rep(path: Path, number: int, row: Mapping[Any, Any]) -> TrueRep:
    def value(name: str, unknown: float = math.nan) -> float:
        cell = row.get(name)
        if cell is None or cell != cell:  # NaN is the one value that is not itself
            return unknown
        try:
            return float(cell)
        except (TypeError, ValueError):
            raise KickbackError(f"{path}: true rep {number}: {name} is {cell!r}, which is no number") from None

    def flag(name: str) -> bool | None:
        told = value(name)
        return None if math.isnan(told) else bool(told)

    start_s, end_s, pulses = value("start_s"), value("end_s"), value("pulses")
    if not end_s > start_s:
        raise KickbackError(f"{path}: true rep {number} does not end after it starts ({start_s:g} to {end_s:g} s)")
    return TrueRep(
        set=int(value("set", 0.0)),
        instants_s=(start_s, value("concentric_end_s"), value("eccentric_start_s"), end_s),
        excursion_deg=value("excursion_deg"),
        rom_deg=value("rom_deg"),
        peak_concentric_dps=value("peak_concentric_dps"),
        peak_eccentric_dps=value("peak_eccentric_dps"),
        pulses=None if math.isnan(pulses) else int(pulses),
        axial_rotation_deg=value("axial_rotation_deg"),
        hip_rotation=flag("hip_rotation"),
        is_partial=flag("is_partial"),
        optional=bool(flag("optional")),
        missing_s=value("missing_s", 0.0),
    )
