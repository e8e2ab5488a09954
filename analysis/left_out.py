"""Which reps of a table are not used and which values are unknown, each with its reason: the log of a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analysis.persons import numbers

if TYPE_CHECKING:
    import pandas as pd

SIGNED = ("axial_rotation_deg", "plane_tilt_deg")
"""Measures whose sign needs the leg: positive is outwards. Where nobody said which leg it was they are sizes."""
LOG_COLUMNS = ("recording", "set", "rep", "subject", "measure", "reason")

_FLAG_WORDS = {"is_partial": "a partial rep", "uncertain": "an uncertain rep: its set was too short to confirm it"}
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": False}


def text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Values as text: missing is empty, whole numbers are without a point, white space is one blank."""
    return column.astype("object").map(word).astype("object")


def word(value: Any) -> str:
    """One value as text, as :func:`text` has it."""
    if value is None or value is not value or str(value) in ("<NA>", "nan", "None", "NaT"):
        return ""
    return f"{value:.15g}" if isinstance(value, float) else " ".join(str(value).split())


def flags(table: pd.DataFrame, name: str) -> npt.NDArray[np.bool_]:
    """A column of flags, shape (n,); unknown is False.

    Raises:
        ValueError: it holds something that is neither true nor false.
    """
    told = text(table[name]).str.lower().replace({"1.0": "1", "0.0": "0"})
    if strange := sorted(set(told) - set(_TRUTH)):
        raise ValueError(f"the column {name!r} holds {strange[0]!r}: write true or false, or leave it empty")
    return np.asarray(told.map(_TRUTH), dtype=bool)


def reasons_of(table: pd.DataFrame, by: str, left_out: Sequence[str], same_reps: bool) -> pd.Series[str]:
    """Why each rep is not used; empty where it is. The first reason counts.

    Args:
        table: the reps, with text where there is text. by: the column of the levels.
        left_out: flags of reps that are not used.
        same_reps: the levels are methods: a recording, and a rep, may lie there once for each.
    """
    reasons = table["subject"].map(lambda _: "")
    each = [by] if same_reps else []

    def say(where: Any, reason: Any) -> None:
        reasons.mask(np.asarray(where, dtype=bool) & (reasons == ""), reason, inplace=True)

    say(table["subject"] == "", "nobody said whose it is (no subject)")
    say(table[by] == "", f"nobody said its {by}")
    say(table["recording"] == "", "nobody said its recording")
    say(text(table["set"]) == "", "nobody said its set")
    say(~np.isfinite(numbers(table, "rep")), "nobody said which rep of its set it is")
    if "sha256" in table.columns:
        known = (table["sha256"] != "") & (reasons == "")
        first = table[known].groupby(["sha256", *each])["recording"].transform("first").reindex(table.index)
        say(known & (table["recording"] != first), "the same recording as " + first.astype(str))
    usable = table[reasons == ""]
    again = usable.duplicated(["subject", "recording", "leg", "set", "rep", *each])
    say(again.reindex(table.index, fill_value=False), "the same rep of the same recording a second time")
    for flag in left_out:
        if flag in table.columns:
            say(flags(table, flag), _FLAG_WORDS.get(flag, f"flagged {flag}"))
    return reasons


def most_of(reasons: pd.Series[str]) -> str:
    """The most frequent reasons in a line."""
    counts = reasons[reasons != ""].value_counts()
    return "; ".join(f"{count} reps: {reason}" for reason, count in counts.head(3).items()) or "the table has no rows"


def log_frame(
    table: pd.DataFrame, reasons: pd.Series[str], used: pd.DataFrame, measures: Sequence[str]
) -> pd.DataFrame:
    """The log: reps that are not used, then values that used reps lack, each in the order of the table."""
    import pandas as pd

    names = ["recording", "set", "rep", "subject"]
    out = table.loc[reasons != "", names].assign(measure="", reason=reasons[reasons != ""])
    last = table.groupby(["recording", "set"])["rep"].transform("max")
    ends = (table["rep"] == last).loc[used.index].to_numpy(dtype=bool)
    lost = numbers(used, "missing_s") > 0 if "missing_s" in used.columns else np.zeros(len(used), dtype=bool)
    parts = [out]
    for measure in measures:
        unknown = used[measure].isna().to_numpy(dtype=bool)
        why = np.where(lost, "signal was lost in the rep", "it could not be told from the signal").astype(object)
        if measure == "pause_s":
            why = np.where(ends, "the last rep of its set: no pause follows", "signal was lost before the next rep")
        if measure in SIGNED:
            why = np.where((used["leg"] == "").to_numpy(dtype=bool), "which leg is not said: its sign is unknown", why)
        parts.append(used.loc[unknown, names].assign(measure=measure, reason=why[unknown]))
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(LOG_COLUMNS))
    return pd.concat(filled, ignore_index=True)[list(LOG_COLUMNS)]
