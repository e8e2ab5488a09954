"""A table of reps made ready to compare: levels, the reps that are used, and a log of all that is missing or left out.

Nothing is left out in silence: every rep that is not used, and every measure that a used rep lacks, is a row of
the log with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.persons import numbers

if TYPE_CHECKING:
    import pandas as pd

MEASURES = (
    *("concentric_s", "hold_s", "eccentric_s", "pause_s", "tut_s", "rom_deg", "peak_concentric_dps"),
    *("peak_eccentric_dps", "axial_rotation_deg", "hold_sway_deg"),
)
"""What is compared where nobody says what. Not the tilt of the plane: it is against the set's mean, which is 0."""
SIGNED = ("axial_rotation_deg", "plane_tilt_deg")
"""Measures whose sign needs the leg: positive is outwards. Where nobody said which leg it was they are sizes."""
LEFT_OUT = ("is_partial", "uncertain")
"""Reps with one of these flags are left out where nobody says which."""
MOST_LEVELS = 7
"""So many levels can be told apart in a figure; a column with more is no grouping but a number or a name."""
LEAST_PEOPLE = 2
"""A spread between people needs two of them."""
NEEDED = ("subject", "recording", "set", "rep", "leg")
NO_LEVELS = ("subject", "recording", "sha256", "set", "rep")
LOG_COLUMNS = ("recording", "set", "rep", "subject", "measure", "reason")

_FLAG_WORDS = {"is_partial": "a partial rep", "uncertain": "an uncertain rep: its set was too short to confirm it"}


@dataclass(frozen=True, eq=False)
class Study:
    """What is compared.

    Attributes:
        reps: the reps that are used; ``by`` and ``leg`` are text, unknown measures NaN.
        by: the column that tells the levels. levels: in order, the reference first.
        tested: the levels with at least two people; fewer than two of them cannot be compared.
        within: whether somebody is seen at two levels or more.
        measures: columns of numbers.
        log: reps and values that are not used, columns :data:`LOG_COLUMNS`; an empty measure is the whole rep.
        notes: what is to be kept in mind.
        simulated: share of the used reps that no person made; NaN where nobody knows.
    """

    reps: pd.DataFrame
    by: str
    levels: tuple[str, ...]
    tested: tuple[str, ...]
    within: bool
    measures: tuple[str, ...]
    log: pd.DataFrame
    notes: tuple[str, ...]
    simulated: float

    def at(self, level: str) -> pd.DataFrame:
        """The used reps of one level."""
        return self.reps[self.reps[self.by] == level]


def study_of(
    reps: pd.DataFrame,
    by: str,
    measures: Sequence[str] | None = None,
    reference: str | None = None,
    left_out: Sequence[str] = LEFT_OUT,
    same_reps: bool = False,
) -> Study:
    """Check a table of reps and choose what of it is compared.

    Args:
        reps: one row a rep, with ``subject``, ``recording``, ``set``, ``rep``, ``leg``, ``by`` and the measures.
        by: the column whose values are compared, such as ``group``, ``condition``, ``session`` or ``leg``.
        measures: columns of numbers; those of :data:`MEASURES` that are in the table where nobody says which.
        reference: the level that the others are compared with; the first in order where nobody says which.
        left_out: flags; a rep that carries one is not used.
        same_reps: the levels are methods on the same reps, so that a recording may lie there once for each.

    Raises:
        ValueError: a column is missing or no grouping, there is nobody or nothing to compare, or the reps are of
            several exercises. One line that says what to do.
    """
    chosen = _measures(reps, by, measures)
    table = reps.reset_index(drop=True).copy()
    for name in {"subject", "leg", "session", "recording", "sha256", by} & set(table.columns):
        table[name] = _text(table[name])
    _check_legs(table)
    for measure in chosen:
        table[measure] = numbers(table, measure)
    reasons = _reasons(table, by, left_out, ["sha256", by] if same_reps else ["sha256"])
    used = table[reasons == ""].copy()
    if not len(used):
        raise ValueError(f"no rep is left to compare by {by!r}: {_most(reasons)}")
    levels = _levels(used, by, reference)
    used = _sized(used, chosen)
    log = _log_frame(table, reasons, used, chosen)
    people = {level: used.loc[used[by] == level, "subject"].nunique() for level in levels}
    tested = tuple(level for level in levels if people[level] >= LEAST_PEOPLE)
    seen = used.groupby("subject")[by].nunique()
    within = bool((seen > 1).any())
    share = _simulated(used)
    notes = (*_one_exercise(used, by), *_too_few(by, people, tested), *_mixed(by, seen), *_said(used, by, share))
    return Study(used, by, levels, tested, within, chosen, log, notes, share)


def _measures(reps: pd.DataFrame, by: str, measures: Sequence[str] | None) -> tuple[str, ...]:
    have = list(map(str, reps.columns))
    for name in (*NEEDED, by):
        if name not in have:
            raise ValueError(f"the table of reps has no column {name!r}; it has {', '.join(have)}")
    if by in NO_LEVELS:
        raise ValueError(f"{by!r} is nothing to compare by: name a column that is the same for many, such as 'group'")
    chosen = tuple(dict.fromkeys(measures if measures else (name for name in MEASURES if name in have and name != by)))
    for name in chosen:
        if name not in have:
            raise ValueError(f"the table of reps has no measure {name!r}; it has {', '.join(have)}")
        if name in (*NEEDED, by):
            raise ValueError(f"{name!r} is no measure; measures are such as {', '.join(MEASURES[:3])}")
        numbers(reps, name)
    if not chosen:
        raise ValueError("the table of reps has none of the usual measures: name one with --measure")
    return chosen


def _check_legs(table: pd.DataFrame) -> None:
    """Legs in small letters. Raises ValueError where one is neither left nor right."""
    table["leg"] = table["leg"].str.lower()
    if strange := sorted(set(table["leg"]) - {"left", "right", ""}):
        raise ValueError(f"the column 'leg' holds {strange[0]!r}: write left or right, or leave it empty")


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Values as text: missing is empty, whole numbers are without a point."""

    def word(value: Any) -> str:
        if value is None or value is not value or str(value) in ("<NA>", "nan", "None"):
            return ""
        return f"{value:g}" if isinstance(value, float) else str(value).strip()

    return column.map(word).astype("object")


def _reasons(table: pd.DataFrame, by: str, left_out: Sequence[str], once: list[str]) -> pd.Series[str]:
    """Why each rep is not used; empty where it is. The first reason counts. What is alike in ``once`` counts once."""
    reasons = table["subject"].map(lambda _: "")

    def say(where: Any, reason: Any) -> None:
        reasons.mask(where.to_numpy(dtype=bool) & (reasons == ""), reason, inplace=True)

    say(table["subject"] == "", "nobody said whose it is (no subject)")
    say(table[by] == "", f"nobody said its {by}")
    if "sha256" in table.columns:
        known = table["sha256"] != ""
        first = table.groupby(once)["recording"].transform("first")
        say(known & (table["recording"] != first), "the same recording as " + first.astype(str))
    for flag in left_out:
        if flag in table.columns:
            say(table[flag].astype("boolean").fillna(False), _FLAG_WORDS.get(flag, f"flagged {flag}"))
    return reasons


def _most(reasons: pd.Series[str]) -> str:
    counts = reasons[reasons != ""].value_counts()
    return "; ".join(f"{count} reps: {reason}" for reason, count in counts.head(3).items()) or "the table has no rows"


def _levels(used: pd.DataFrame, by: str, reference: str | None) -> tuple[str, ...]:
    found = sorted(set(used[by]), key=_order)
    if len(found) > MOST_LEVELS:
        raise ValueError(
            f"{by!r} has {len(found)} different values ({', '.join(found[:4])}, ...): at most {MOST_LEVELS} can be "
            f"compared; make bands of it in the table, or choose reps with --where"
        )
    if len(found) < 2:
        raise ValueError(f"{by!r} is {found[0]!r} in every rep that can be used: there is nothing to compare it with")
    if reference is None:
        return tuple(found)
    if reference not in found:
        raise ValueError(f"{by!r} is never {reference!r}; it is {', '.join(found)}")
    return (reference, *(level for level in found if level != reference))


def _order(level: str) -> tuple[bool, float, str]:
    """Numbers by their size, before words by the alphabet."""
    try:
        return False, float(level), level
    except ValueError:
        return True, math.inf, level


def _sized(used: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """Signed measures of reps without a leg are unknown where others have one; all of them are sizes where none has."""
    unsaid = (used["leg"] == "").to_numpy(dtype=bool)
    for measure in (name for name in measures if name in SIGNED):
        if unsaid.all():
            used[measure] = used[measure].abs()
        else:
            used.loc[unsaid, measure] = np.nan
    return used


def _log_frame(
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


def _simulated(used: pd.DataFrame) -> float:
    if "simulated" not in used.columns:
        return math.nan
    return float(used["simulated"].astype("boolean").fillna(False).mean())


def _one_exercise(used: pd.DataFrame, by: str) -> list[str]:
    """Refuse exercises side by side as if they were one. Raises ValueError."""
    if "exercise" not in used.columns or by == "exercise":
        return []
    found = sorted({str(name) for name in used["exercise"].dropna()})
    if len(found) > 1:
        raise ValueError(
            f"the reps are of {len(found)} exercises ({', '.join(found)}): compare one at a time, "
            f"such as with --where exercise={found[0]}"
        )
    return []


def _too_few(by: str, people: dict[str, int], tested: tuple[str, ...]) -> list[str]:
    notes = [
        f"{by} = {level}: {count} person. Reps of one person are not people: this level is described and not tested."
        for level, count in people.items()
        if level not in tested
    ]
    if len(tested) < 2:
        notes.append(
            f"Fewer than two levels of {by} have two people or more: everything is descriptive. No test treats reps as "
            "if they were people."
        )
    elif (least := min(people[level] for level in tested)) < 6:
        notes.append(f"As few as {least} people in a level: intervals rest on approximations that want more people.")
    return notes


def _mixed(by: str, seen: pd.Series[int]) -> list[str]:
    """Where some people are seen at several levels and others at one, it may be a slip in the table."""
    several = int((seen > 1).sum())
    if not 0 < several < len(seen):
        return []
    slip = "" if by in ("leg", "session") else f" If {by} is to tell people apart, look for a slip in the table."
    return [f"{several} of {len(seen)} people are seen at several levels of {by}: effect sizes are theirs.{slip}"]


def _said(used: pd.DataFrame, by: str, share: float) -> list[str]:
    """What a reader has to know of the table."""
    notes = []
    if share > 0:
        part = "All" if share == 1 else f"{share:.0%} of the"
        notes.append(f"{part} reps are SIMULATED: no person made these movements.")
    if by != "tempo_target" and "tempo_target" in used.columns and used["tempo_target"].nunique() > 1:
        targets = ", ".join(sorted(set(used["tempo_target"].dropna().astype(str))))
        notes.append(f"The reps had different tempo targets ({targets}): differences in the phases may be theirs.")
    unsaid = int((used["leg"] == "").sum())
    if unsaid and by != "leg":
        notes.append(f"Of {unsaid} of {len(used)} reps nobody said which leg it was.")
    return notes
