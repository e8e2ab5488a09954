"""From a study to a mixed model of one measure: which terms the data can carry, and which comparisons it answers.

The full model is ``measure ~ by * side + rep + (1|subject/session/set)`` and, where people are seen often enough to
tell, what is each person's own: ``(1|subject:by) + (1|subject:side) + (0 + rep|subject)``. Without the latter, sets
would stand in for people in every comparison that is made within people, and the intervals would be too short. A
term that does not vary, or that another one already tells, is left out and named.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analysis.mixed import MixedFit, fit
from analysis.reml import Component
from analysis.study import LEAST_PEOPLE, Study
from imu.blocks import FloatArray

if TYPE_CHECKING:
    import pandas as pd

SET = ("recording", "set")
"""What tells sets apart."""
SAME_SET = ("session", "leg", "set")
"""What tells a person's sets apart where several methods measured the same ones, each in a recording of its own."""
EFFECT_COLUMNS = (
    *("measure", "kind", "label", "level", "reference", "estimate", "low", "high", "se", "df", "p"),
    "p_holm",
)
FIT_COLUMNS = (
    *("measure", "formula", "people", "sets", "reps", "converged", "singular", "left_out", "problem", "criterion"),
    "residual_sd",
)
VARIANCE_COLUMNS = ("measure", "term", "variance", "sd")


@dataclass(frozen=True, slots=True)
class Modelled:
    """The model of one measure as rows of three tables, without the correction for several measures.

    Attributes:
        effects: by :data:`EFFECT_COLUMNS`. fit: by :data:`FIT_COLUMNS`. variances: by :data:`VARIANCE_COLUMNS`.
    """

    effects: tuple[dict[str, Any], ...]
    fit: dict[str, Any]
    variances: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Fixed:
    """The fixed part: columns of the design by name, and the terms as in a formula."""

    columns: dict[str, FloatArray]
    terms: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def x(self) -> FloatArray:
        return np.column_stack(list(self.columns.values()))

    def weights(self, **of: float) -> FloatArray:
        return np.array([of.get(name, 0.0) for name in self.columns])


def model_of(study: Study, measure: str, *, own: bool = True, same_reps: bool = False) -> Modelled:
    """Fit the model of one measure over the levels with at least two people.

    Args:
        study: see :func:`analysis.study.study_of`. measure: one of its measures.
        own: with what is each person's own; False fits the nested terms alone.
        same_reps: the levels are methods that measured the same reps.

    Raises:
        ModuleNotFoundError: statsmodels is not installed.
    """
    table = study.reps[study.reps[study.by].isin(study.tested) & study.reps[measure].notna()]
    table, gone = _with_side(*_of_several(table, study), study)
    levels = _able(table, study)
    if len(levels) < 2:
        return _none(table, measure, "fewer than two levels with two people or more: described, not tested")
    table = table[table[study.by].isin(levels)]
    fixed = _fixed(table, study.by, levels)
    components, random, without = _random(table, study.by, fixed.terms, own, same_reps)
    left_out = (*gone, *fixed.left_out, *without)
    formula = f"{measure} ~ {' + '.join((*_short(fixed.terms, study.by), *random))}"
    who = _codes(table, ["subject"])
    try:
        found = fit(table[measure].to_numpy(dtype=np.float64), fixed.x, list(fixed.columns), who, components)
    except ValueError as error:
        return _none(table, measure, str(error), formula, left_out)
    row = _fit_row(table, measure, "") | {"formula": formula, "left_out": "; ".join(left_out)}
    row |= {"converged": found.converged, "singular": "; ".join(found.singular), "criterion": found.criterion}
    row["residual_sd"] = math.sqrt(found.residual)
    variances = {**found.variances, "residual": found.residual}
    return Modelled(
        effects=tuple(_effects(found, fixed, study.by, levels, measure)),
        fit=row,
        variances=tuple(
            {"measure": measure, "term": term, "variance": value, "sd": math.sqrt(value)}
            for term, value in variances.items()
        ),
    )


def _fit_row(table: pd.DataFrame, measure: str, problem: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(FIT_COLUMNS, "")
    row |= {"measure": measure, "people": table["subject"].nunique(), "sets": len(table[[*SET]].drop_duplicates())}
    row |= {"criterion": math.nan, "residual_sd": math.nan}
    return row | {"reps": len(table), "converged": False, "problem": problem}


def _none(table: pd.DataFrame, measure: str, problem: str, formula: str = "", left_out: Sequence[str] = ()) -> Modelled:
    row = _fit_row(table, measure, problem) | {"formula": formula, "left_out": "; ".join(left_out)}
    return Modelled((), row, ())


def _able(table: pd.DataFrame, study: Study) -> tuple[str, ...]:
    """The levels with enough people to be tested, in order."""
    people = table.groupby(study.by)["subject"].nunique()
    return tuple(level for level in study.tested if people.get(level, 0) >= LEAST_PEOPLE)


def _of_several(table: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, list[str]]:
    """Without the one person who alone is seen at several levels: all that changes within people would be theirs."""
    seen = table.groupby("subject")[study.by].nunique()
    if (seen > 1).sum() != 1 or len(seen) == 1:
        return table, []
    alone = table["subject"] == seen.idxmax()
    return table[~alone], [f"the {int(alone.sum())} reps of {seen.idxmax()}, who alone is seen at several levels"]


def _with_side(table: pd.DataFrame, gone: list[str], study: Study) -> tuple[pd.DataFrame, list[str]]:
    """Where both sides are known the model has them, and reps of an unknown side cannot be in it.

    Where a level would then have too few people, the model has all reps and no side.
    """
    known = table[table["leg"] != ""]
    if study.by == "leg" or known["leg"].nunique() < 2 or len(known) == len(table):
        return table, gone
    unknown = f"{len(table) - len(known)} reps"
    if _able(known, study) != _able(table, study):
        why = f"the leg of {unknown} is not said: without them a level would have too few people"
        return table.assign(leg=""), [*gone, f"a side ({why})"]
    return known, [*gone, f"{unknown} whose leg is not said"]


def _fixed(table: pd.DataFrame, by: str, levels: Sequence[str]) -> _Fixed:
    """The fixed terms in their order of importance; one that the others already tell is left out."""
    level = table[by]
    columns = {"intercept": np.ones(len(table))}
    columns |= {f"{by}={name}": np.asarray(level == name, dtype=np.float64) for name in levels[1:]}
    terms, left_out = [by], []
    rep = table["rep"].to_numpy(dtype=np.float64)
    wanted: list[tuple[str, dict[str, FloatArray], str]] = [
        ("rep", {"rep": rep - rep.mean()}, "all reps have one number"),
    ]
    if by != "leg":
        sides = sorted(set(table["leg"]))
        side = np.asarray(table["leg"] == sides[-1], dtype=np.float64) - 0.5
        why = f"every rep is of the {sides[0]} leg" if sides[0] else "nobody said which leg it was"
        why = why if len(sides) < 2 else f"{by} already tells the leg"
        wanted.append(("side", {"side": side}, why))
        both = {f"side:{by}={name}": side * columns[f"{by}={name}"] for name in levels[1:]}
        wanted.append((f"{by}:side", both, f"not every {by} has both legs" if len(sides) > 1 else why))
    for term, new, why in wanted:
        trial = np.column_stack([*columns.values(), *new.values()])
        if np.linalg.matrix_rank(trial) == trial.shape[1]:
            columns |= new
            terms.append(term)
        else:
            left_out.append(f"{term} ({why})")
    return _Fixed(columns, tuple(terms), tuple(left_out))


def _short(terms: Sequence[str], by: str) -> list[str]:
    """``by*side`` for by, side and their interaction."""
    if f"{by}:side" in terms:
        return [f"{by}*side", *(term for term in terms if term not in (by, "side", f"{by}:side"))]
    return [by, *(term for term in ("side", "rep") if term in terms)]


def _random(
    table: pd.DataFrame, by: str, fixed: Sequence[str], own: bool, same_reps: bool
) -> tuple[list[Component], list[str], list[str]]:
    """The random terms that the data can tell apart, as in a formula, and those left out."""
    has_session = "session" in table.columns
    nested: list[tuple[str, list[str], str]] = [("subject", ["subject"], "one rep each")]
    if has_session:
        nested.append(("session", ["subject", "session"], "nobody has two sessions"))
    within = [name for name in SAME_SET if has_session or name != "session"] if same_reps else [*SET]
    nested.append(("set", ["subject", *within], "one set each, or one rep a set"))
    if same_reps:
        nested.append(("rep", ["subject", *within, "rep"], "no rep was measured twice"))
    components, names, left_out = _apart(table, nested)
    path = [name for name, *_ in nested if name in names]
    random = [f"(1|{'/'.join(path)})"] if path else []
    if own:
        wanted: list[tuple[str, list[str], str]] = []
        if (table.groupby("subject")[by].nunique() > 1).any():
            wanted.append((f"subject:{by}", ["subject", by], "the session or the set already tells it"))
        if "side" in fixed:
            wanted.append(("subject:side", ["subject", "leg"], "people have one leg, or one set of each"))
        more, found, without = _apart(table, wanted, components)
        components, left_out = more, [*left_out, *without]
        random += [f"(1|{name})" for name in found]
        if "rep" in fixed and (table.groupby("subject")["rep"].nunique() > 1).any():
            rep = table["rep"].to_numpy(dtype=np.float64)
            who = _codes(table, ["subject"])
            components.append(Component("rep|subject", who, rep - rep.mean()))
            random.append("(0 + rep|subject)")
    return components, random, left_out


def _apart(
    table: pd.DataFrame, wanted: Sequence[tuple[str, list[str], str]], have: Sequence[Component] = ()
) -> tuple[list[Component], list[str], list[str]]:
    """Those of the wanted groupings that are neither one that is there already nor a group a row."""
    components, names, left_out = list(have), [], []
    for name, keys, why in wanted:
        codes = _codes(table, keys)
        groups = int(codes.max()) + 1
        known = any(_same(codes, groups, one.codes) for one in components)
        if known or groups == len(table):
            left_out.append(f"{name} ({why})")
        else:
            components.append(Component(name, codes))
            names.append(name)
    return components, names, left_out


def _codes(table: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.int64]:
    """The number of each row's group, shape (n,)."""
    return np.asarray(table.groupby(keys, sort=True).ngroup(), dtype=np.int64)


def _same(codes: npt.NDArray[np.int64], groups: int, other: npt.NDArray[np.int64]) -> bool:
    """Whether two groupings divide the rows alike."""
    pairs = len(np.unique(np.column_stack([codes, other]), axis=0))
    return pairs == groups == len(np.unique(other))


def _effects(found: MixedFit, fixed: _Fixed, by: str, levels: Sequence[str], measure: str) -> list[dict[str, Any]]:
    """What the model answers: each level against the reference over both sides alike, the sides over all levels
    alike, how the sides differ between the levels, and the course over the reps.
    """
    first, both = levels[0], f"{by}:side" in fixed.terms
    asked: list[tuple[str, str, str, FloatArray]] = [
        ("by", f"{level} - {first}", level, fixed.weights(**{f"{by}={level}": 1.0})) for level in levels[1:]
    ]
    if "side" in fixed.terms:
        share = {f"side:{by}={level}": 1.0 / len(levels) for level in levels[1:]} if both else {}
        asked.append(("side", "right - left", "", fixed.weights(side=1.0, **share)))
    if both:
        asked += [
            ("by:side", f"(right - left): {level} - {first}", level, fixed.weights(**{f"side:{by}={level}": 1.0}))
            for level in levels[1:]
        ]
    if "rep" in fixed.terms:
        asked.append(("rep", "per rep", "", fixed.weights(rep=1.0)))
    rows = []
    for kind, label, level, weights in asked:
        of = found.contrast(weights)
        row: dict[str, Any] = {"measure": measure, "kind": kind, "label": label}
        row |= {"level": level, "reference": first if level else ""}
        row |= {"estimate": of.estimate, "se": of.se, "df": of.df, "low": of.low, "high": of.high, "p": of.p}
        if not found.converged:
            row |= dict.fromkeys(("se", "df", "low", "high", "p"), math.nan)
        rows.append(row)
    return rows
