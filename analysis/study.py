"""A table of reps made ready to compare: levels, the reps that are used, and a log of all that is missing or left out.

Nothing is left out in silence: every rep that is not used, and every measure that a used rep lacks, is a row of
the log with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.left_out import SIGNED, flags, log_frame, most_of, reasons_of, text, word
from analysis.persons import numbers

if TYPE_CHECKING:
    import pandas as pd

MEASURES = (
    *("concentric_s", "hold_s", "eccentric_s", "pause_s", "tut_s", "rom_deg", "peak_concentric_dps"),
    *("peak_eccentric_dps", "axial_rotation_deg", "hold_sway_deg"),
)
"""What is compared where nobody says what. Not the tilt of the plane: it is against the set's mean, which is 0."""
LEFT_OUT = ("is_partial", "uncertain")
"""Reps with one of these flags are left out where nobody says which."""
MOST_LEVELS = 7
"""So many levels can be told apart in a figure; a column with more is no grouping but a number or a name."""
MOST_LETTERS = 60
"""A level's name stands in tables and in figures, whose axes have room for so much."""
LEAST_PEOPLE = 2
"""A spread between people needs two of them."""
NEEDED = ("subject", "recording", "set", "rep", "leg")
NO_LEVELS = ("subject", "recording", "sha256", "set", "rep")
TAKEN = ("mean", "sd", "reps", "sets", "side", "value", "one_set")
"""Names that the tables of a comparison give to columns of their own."""


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
        table[name] = text(table[name])
    _check_legs(table)
    for measure in chosen:
        values = numbers(table, measure)
        table[measure] = np.where(np.isfinite(values), values, np.nan)
    reasons = reasons_of(table, by, left_out, same_reps)
    used = table[reasons == ""].copy()
    if not len(used):
        raise ValueError(f"no rep is left to compare by {by!r}: {most_of(reasons)}")
    _check_recordings(used)
    people = {str(level): int(count) for level, count in used.groupby(by)["subject"].nunique().items()}
    levels = _levels(used, by, None if reference is None else word(reference), people)
    used = _sized(used, chosen)
    log = log_frame(table, reasons, used, chosen)
    tested = tuple(level for level in levels if people[level] >= LEAST_PEOPLE)
    seen = used.groupby("subject")[by].nunique()
    within = bool((seen > 1).any())
    share = _simulated(used)
    notes = (*_one_exercise(used, by), *_too_few(by, people, tested), *_mixed(by, seen), *_said(used, by, share))
    return Study(used, by, levels, tested, within, chosen, log, notes, share)


def _measures(reps: pd.DataFrame, by: str, measures: Sequence[str] | None) -> tuple[str, ...]:
    have = list(map(str, reps.columns))
    if twice := sorted({name for name in have if have.count(name) > 1}):
        raise ValueError(f"the table of reps has the column {twice[0]!r} twice: keep one")
    for name in (*NEEDED, by):
        if name not in have:
            raise ValueError(f"the table of reps has no column {name!r}; it has {', '.join(have)}")
    if by in NO_LEVELS:
        raise ValueError(f"{by!r} is nothing to compare by: name a column that is the same for many, such as 'group'")
    if by in TAKEN:
        raise ValueError(f"the name {by!r} has a meaning of its own here: rename the column, such as to 'my_{by}'")
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


def _check_recordings(used: pd.DataFrame) -> None:
    """Sets are told apart by their recording. Raises ValueError where one is of several people or sessions."""
    for name in (name for name in ("subject", "session") if name in used.columns):
        several = used.groupby("recording")[name].nunique()
        if (several > 1).any():
            one = several.idxmax()
            found = ", ".join(map(repr, sorted(set(used.loc[used["recording"] == one, name]))[:3]))
            raise ValueError(
                f"the recording {one!r} has more than one {name} ({found}): its sets cannot be told apart; "
                "give each recording a name of its own, such as its path"
            )


def _levels(used: pd.DataFrame, by: str, reference: str | None, people: dict[str, int]) -> tuple[str, ...]:
    """The levels, the reference first: the one that was asked for, else the first that has enough people to be one."""
    found = sorted(set(used[by]), key=_order)
    if len(found) > MOST_LEVELS:
        raise ValueError(
            f"{by!r} has {len(found)} different values ({', '.join(found[:4])}, ...): at most {MOST_LEVELS} can be "
            f"compared; make bands of it in the table, or choose reps with --where"
        )
    if len(found) < 2:
        raise ValueError(f"{by!r} is {found[0]!r} in every rep that can be used: there is nothing to compare it with")
    if len(longest := max(found, key=len)) > MOST_LETTERS:
        raise ValueError(
            f"{by!r} is {longest[:20]!r}... with {len(longest)} letters: give levels names of at most {MOST_LETTERS}"
        )
    able = [level for level in found if people[level] >= LEAST_PEOPLE]
    if reference is None:
        reference = able[0] if len(able) > 1 else found[0]
    if reference not in found:
        raise ValueError(f"{by!r} is never {reference!r}; it is {', '.join(found)}")
    if len(able) > 1 and reference not in able:
        raise ValueError(
            f"{by} = {reference} is one person, with whom no level can be compared: choose another reference "
            f"({', '.join(able)})"
        )
    return (reference, *(level for level in found if level != reference))


def _order(level: str) -> tuple[bool, float, str]:
    """Numbers by their size, before words by the alphabet."""
    try:
        size = float(level)
    except ValueError:
        size = math.nan
    return (False, size, level) if math.isfinite(size) else (True, math.inf, level)


def _sized(used: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """Signed measures of reps without a leg are unknown where others have one; all of them are sizes where none has."""
    unsaid = (used["leg"] == "").to_numpy(dtype=bool)
    for measure in (name for name in measures if name in SIGNED):
        if unsaid.all():
            used[measure] = used[measure].abs()
        else:
            used.loc[unsaid, measure] = np.nan
    return used


def _simulated(used: pd.DataFrame) -> float:
    if "simulated" not in used.columns:
        return math.nan
    return float(flags(used, "simulated").mean())


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
    if several == 1:
        alone = f"{seen.idxmax()} alone of {len(seen)} people is seen at several levels of {by}"
        return [f"{alone}: described, and neither in the models nor in the effect sizes.{slip}"]
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
    for name in ("subject", by):
        spelled = used[[name]].drop_duplicates().assign(alike=lambda found: found.iloc[:, 0].str.casefold())
        if len(alike := sorted(spelled.loc[spelled.duplicated("alike", keep=False), name])):
            what = "people" if name == "subject" else "levels"
            notes.append(
                f"{' and '.join(map(repr, alike[:2]))} differ in capital letters alone and are taken for two {what}: "
                f"look for a slip in the column {name!r}."
            )
    unsaid = int((used["leg"] == "").sum())
    if unsaid and by != "leg":
        notes.append(f"Of {unsaid} of {len(used)} reps nobody said which leg it was.")
    return notes
