"""The same people again: effect sizes of levels, reliability and limits of agreement between sessions or methods."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.agreement import Reliability, concordance, reliability
from analysis.bland_altman import BlandAltman, bland_altman_constant, bland_altman_varies
from analysis.design import SET
from analysis.effects import Effect, d_av, d_z, hedges_g
from analysis.estimates import Estimate
from analysis.left_out import SIGNED
from analysis.persons import person_means
from analysis.study import Study

if TYPE_CHECKING:
    import pandas as pd

EFFECT_SIZE_COLUMNS = (
    *("measure", "level", "reference", "name", "size", "low", "high", "difference", "difference_low"),
    *("difference_high", "people", "people_reference"),
)
RELIABILITY_COLUMNS = (
    *("measure", "of", "level", "people", "left_out", "occasions", "icc_2_1", "icc_2_1_low", "icc_2_1_high"),
    *("icc_3_1", "icc_3_1_low", "icc_3_1_high", "sem", "sem_low", "sem_high", "sem_agreement", "mdc95", "cv_percent"),
)
AGREEMENT_COLUMNS = (
    *("measure", "of", "level", "first", "second", "form", "people", "values_first", "values_second", "bias"),
    *("bias_low", "bias_high", "sd", "lower", "lower_low", "lower_high", "upper", "upper_low", "upper_high"),
    *("trend", "trend_low", "trend_high", "trend_p", "concordance", "concordance_low", "concordance_high"),
)
PAIR_COLUMNS = ("measure", "of", "level", "subject", "first", "second")
REP_KEYS = ("subject", "session", "leg", "set", "rep")
"""What tells that two methods measured the same rep; the session where the table has one."""


def effect_size_frame(study: Study, people: pd.DataFrame) -> pd.DataFrame:
    """Standardised differences of each level from the reference, people's means, :data:`EFFECT_SIZE_COLUMNS`.

    Levels of different people: Hedges' g. Levels of the same people: d_av and d_z over those seen at both.
    One person alone seen at both tells nothing of people, and is left out.

    Args:
        study: the study. people: by :func:`analysis.described.people_frame`.
    """
    import pandas as pd

    rows = []
    for measure in study.measures:
        wide = people[people["measure"] == measure].pivot(index="subject", columns="level", values="mean")
        for level in study.tested[1:]:
            first = study.tested[0]
            if not {first, level} <= set(wide.columns):
                continue
            both = wide[[first, level]]
            a, b = both[level].to_numpy(dtype=float), both[first].to_numpy(dtype=float)
            both_known = np.isfinite(a) & np.isfinite(b)
            if both_known.sum() > 1:
                found: list[Effect] = [d_av(a, b), d_z(a, b)]
            else:  # one person at both is in neither group
                found = [hedges_g(a[~both_known], b[~both_known])]
            rows += [_effect(measure, level, first, of) for of in found]
    return pd.DataFrame(rows, columns=list(EFFECT_SIZE_COLUMNS))


def _effect(measure: str, level: str, reference: str, of: Effect) -> dict[str, Any]:
    row: dict[str, Any] = {"measure": measure, "level": level, "reference": reference, "name": of.name}
    row |= _interval("size", of.size) | _interval("difference", of.difference)
    row |= {"low": row.pop("size_low"), "high": row.pop("size_high")}
    return row | {"people": of.n[0], "people_reference": of.n[1]}


def _interval(name: str, of: Estimate) -> dict[str, float]:
    return {name: of.value, f"{name}_low": of.low, f"{name}_high": of.high}


def occasions_frame(study: Study, same_reps: bool = False) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The reps with the columns ``of``, ``part`` and ``occasion``: what is repeated, in which level, and which time.

    What is repeated is the session; the levels themselves where they are sessions, or with ``same_reps`` methods that
    measured the same reps. Sessions that have names of their own for everybody (such as dates) are numbered for each
    person in the order of their names.

    Returns:
        The reps, without those of an unknown session, and notes. No row where nobody is seen twice.
    """
    if study.by == "session" or same_reps:
        return study.reps.assign(of=study.by, part="", occasion=study.reps[study.by]), ()
    none = study.reps.iloc[:0].assign(of="", part="", occasion="")
    if "session" not in study.reps.columns:
        return none, ()
    reps = study.reps[study.reps["session"] != ""]
    if not (reps.groupby("subject")["session"].nunique() > 1).any():
        return none, ()
    notes: tuple[str, ...] = ()
    occasion = reps["session"]
    if (reps.groupby("session")["subject"].nunique() < 2).sum() > 1:
        occasion = reps.groupby("subject")["session"].rank(method="dense").astype(int).astype(str)
        notes = ("The sessions have names of their own for each person: they are taken in the order of the names.",)
    return reps.assign(of="session", part=reps[study.by], occasion=occasion), notes


def reliability_frame(study: Study, reps: pd.DataFrame) -> pd.DataFrame:
    """ICC, SEM and MDC95 of people's means over their occasions, :data:`RELIABILITY_COLUMNS`.

    Each level by itself: together, what the levels differ by would count as difference between people. People who
    miss an occasion are left out and counted; an occasion that fewer than half of the people have is not asked for.

    Args:
        study: the study. reps: by :func:`occasions_frame`.
    """
    import pandas as pd

    rows = []
    for measure in study.measures:
        for of, part, group in _parts(study, reps):
            wide = _wide_frame(group, measure)
            if wide.shape[1] < 2 or len(wide.dropna()) < 2:
                continue
            found = reliability(wide.to_numpy(dtype=float))
            row = {"measure": measure, "of": of, "level": part} | _reliability(found)
            rows.append(row | ({"cv_percent": math.nan} if measure in SIGNED else {}))
    return pd.DataFrame(rows, columns=list(RELIABILITY_COLUMNS))


def _parts(study: Study, reps: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """What is repeated, in which level, and its reps; in the order of the levels."""
    found = {(str(of), str(part)): group for (of, part), group in reps.groupby(["of", "part"], sort=True)}
    order = ["", *study.levels]
    return [(*key, found[key]) for key in sorted(found, key=lambda key: order.index(key[1]))]


def legs_mdc95(reps: pd.DataFrame, measure: str) -> float:
    """Minimal detectable change of the mean of one leg, from the legs' means over their occasions; NaN if unknown.

    It is also the smallest difference between two legs that is not told from the error of measurement, since both are
    differences of two such means.

    Args:
        reps: by :func:`occasions_frame`, of one level. measure: its column.
    """
    sides = reps[reps["leg"] != ""]
    if not len(sides):
        return math.nan
    wide = _wide_frame(sides.assign(subject=sides["subject"] + " " + sides["leg"]), measure)
    return reliability(wide.to_numpy(dtype=float)).mdc95.value if wide.shape[1] > 1 else math.nan


def _wide_frame(reps: pd.DataFrame, measure: str) -> pd.DataFrame:
    """One row a person, one column an occasion that at least half of the people have."""
    wide = person_means(reps, measure, ["occasion"]).pivot(index="subject", columns="occasion", values="mean")
    return wide.loc[:, wide.notna().sum() * 2 >= len(wide)]


def _reliability(of: Reliability) -> dict[str, Any]:
    row: dict[str, Any] = {"people": of.n, "left_out": of.left_out, "occasions": of.k, "cv_percent": of.cv_percent}
    row |= _interval("icc_2_1", of.icc_2_1) | _interval("icc_3_1", of.icc_3_1) | _interval("sem", of.sem)
    return row | {"sem_agreement": of.sem_agreement, "mdc95": of.mdc95.value}


def agreement_frame(study: Study, reps: pd.DataFrame, same_reps: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Limits of agreement with repeated measurements where there are two occasions, and the pairs behind them.

    With ``same_reps`` the levels are methods that measured the same reps: pairs of reps, whose true value changes
    from rep to rep. Otherwise a person's sets repeat one true value on each occasion: no set belongs to one of the
    other occasion, and the limits are those of a single set's mean.

    Returns:
        A table by :data:`AGREEMENT_COLUMNS`, and the pairs by :data:`PAIR_COLUMNS`: of reps, or of people's means.
    """
    import pandas as pd

    rows, pairs = [], []
    for measure in study.measures:
        for of, part, group in _parts(study, reps):
            wide = _wide_frame(group, measure)
            if wide.shape[1] != 2 or len(wide.dropna()) < 2:
                continue
            first, second = _in_order(study, of, [str(name) for name in wide.columns])
            if same_reps:
                matched = _matched_frame(group, measure, first, second)
                if matched["subject"].nunique() < 2:
                    continue
                found = bland_altman_varies(matched["subject"].tolist(), matched["second"], matched["first"])
            else:
                matched = wide.dropna().reset_index().rename_axis(columns=None)
                matched = matched.rename(columns={first: "first", second: "second"})
                found = _of_sets(group, measure, first, second)
            head = {"measure": measure, "of": of, "level": part}
            agree = _interval("concordance", concordance(wide[second], wide[first]))
            rows.append(head | {"first": first, "second": second} | _agreement(found) | agree)
            pairs.append(matched.assign(**head)[list(PAIR_COLUMNS)])
    table = pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))
    return table, pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(columns=list(PAIR_COLUMNS))


def _in_order(study: Study, of: str, names: list[str]) -> tuple[str, str]:
    """The two occasions: levels in the study's order, sessions in their own."""
    first, second = [level for level in study.levels if level in names] if of == study.by else names
    return first, second


def _matched_frame(reps: pd.DataFrame, measure: str, first: str, second: str) -> pd.DataFrame:
    """The reps that both methods have once, by :data:`REP_KEYS`, with the columns ``first`` and ``second``."""
    keys = [name for name in REP_KEYS if name in reps.columns]
    sides = []
    for name, column in ((first, "first"), (second, "second")):
        side = reps[reps["occasion"] == name].drop_duplicates(keys, keep=False)
        sides.append(side[[*keys, measure]].rename(columns={measure: column}))
    both = sides[0].merge(sides[1], on=keys, how="inner")
    return both.dropna(subset=["first", "second"])


def _of_sets(reps: pd.DataFrame, measure: str, first: str, second: str) -> BlandAltman:
    """Limits of a single set's mean, from the means of people's sets on either occasion."""
    known = reps[reps[measure].notna()]
    means = known.groupby(["occasion", "subject", *SET], sort=True)[measure].mean().reset_index()
    a, b = means[means["occasion"] == second], means[means["occasion"] == first]
    return bland_altman_constant(a["subject"].tolist(), a[measure], b["subject"].tolist(), b[measure])


def _agreement(of: BlandAltman) -> dict[str, Any]:
    row: dict[str, Any] = {"form": of.form, "people": of.n, "values_first": of.n_second, "values_second": of.n_first}
    row |= {"sd": of.sd if math.isfinite(of.sd) else np.nan, "trend_p": of.trend.p}
    for name, estimate in (("bias", of.bias), ("lower", of.lower), ("upper", of.upper), ("trend", of.trend.slope)):
        row |= _interval(name, estimate)
    return row
