"""A study described, person by person first: numbers of each level, drift within sets, left against right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.design import SET
from analysis.left_out import SIGNED
from analysis.persons import mean_with_interval, person_means
from analysis.repeated import legs_mdc95
from analysis.study import Study
from analysis.summary import spread
from analysis.symmetry import FORMULAS

if TYPE_CHECKING:
    import pandas as pd

DESCRIBED_COLUMNS = (
    *("measure", "level", "people", "sets", "reps", "missing", "mean", "low", "high", "sd", "median"),
    *("cv_percent", "cv_within_set_percent"),
)
DRIFT_COLUMNS = (
    *("measure", "level", "people", "sets", "per_rep", "low", "high", "cv_percent", "loss_percent"),
    "loss_sets",
)
SYMMETRY_COLUMNS = (
    *("measure", "level", "subject", "left", "right", "right_less_left", *FORMULAS, "mdc95", "beyond_mdc95"),
)
PEOPLE_COLUMNS = ("measure", "level", "subject", "mean", "sd", "reps", "sets")
LOSSES = ("rom_deg", "peak_concentric_dps", "peak_eccentric_dps")
"""Measures whose loss from a set's best rep to its last one has a meaning (the page on measures)."""


def people_frame(study: Study) -> pd.DataFrame:
    """Each person's mean of each measure at each level, :data:`PEOPLE_COLUMNS`: what is compared between people."""
    import pandas as pd

    parts = []
    for measure in study.measures:
        found = person_means(study.reps, measure, [study.by]).rename(columns={study.by: "level"})
        parts.append(found.assign(measure=measure)[list(PEOPLE_COLUMNS)])
    return pd.concat(parts, ignore_index=True)


def described_frame(study: Study, people: pd.DataFrame) -> pd.DataFrame:
    """Numbers of each measure and level, :data:`DESCRIBED_COLUMNS`.

    Mean with its 95 % interval, SD, median and CV are over people's means; ``cv_within_set_percent`` is the mean over
    sets of the CV of a set's reps; ``missing`` counts used reps in which the measure is unknown.

    Args:
        study: the study. people: by :func:`people_frame`.
    """
    import pandas as pd

    rows = []
    for measure in study.measures:
        for level in study.levels:
            means = people[(people["measure"] == measure) & (people["level"] == level)]["mean"].to_numpy(dtype=float)
            used = study.at(level)
            known = used[used[measure].notna()]
            mean = mean_with_interval(means)
            sd = float(means.std(ddof=1)) if len(means) > 1 else math.nan
            row: dict[str, Any] = {"measure": measure, "level": level, "people": len(means)}
            row |= {"sets": len(known[[*SET]].drop_duplicates()), "reps": len(known), "missing": len(used) - len(known)}
            row |= {"mean": mean.value, "low": mean.low, "high": mean.high, "sd": sd}
            row["median"] = float(np.median(means)) if len(means) else math.nan
            row["cv_percent"] = _cv(measure, mean.value, sd)
            cvs = _sets_frame(known, measure)["cv_percent"].dropna()
            row["cv_within_set_percent"] = float(cvs.mean()) if len(cvs) and measure not in SIGNED else math.nan
            rows.append(row)
    return pd.DataFrame(rows, columns=list(DESCRIBED_COLUMNS))


def _cv(measure: str, mean: float, sd: float) -> float:
    """100 x SD / mean; a measure with two signs has none."""
    return 100 * sd / mean if mean > 0 and measure not in SIGNED else math.nan


def _sets_frame(known: pd.DataFrame, measure: str) -> pd.DataFrame:
    """CV, drift and loss of each set, by :func:`analysis.summary.spread`."""
    import pandas as pd

    rows = []
    for _, reps in known.groupby([*SET], sort=True):
        ordered = reps.sort_values("rep")
        of = spread(ordered["rep"].tolist(), ordered[measure].tolist())
        row = {"subject": ordered["subject"].iloc[0], "cv_percent": of.cv_percent, "per_rep": of.drift_per_rep}
        rows.append(row | {"loss_percent": of.loss_percent if measure in LOSSES else math.nan})
    return pd.DataFrame(rows, columns=["subject", "cv_percent", "per_rep", "loss_percent"])


def drift_frame(study: Study) -> pd.DataFrame:
    """How measures change within sets, :data:`DRIFT_COLUMNS`.

    The slope of each set (of three known reps or more) is averaged over a person's sets, then over people, with
    Student's interval over people; so are the CV within sets and the loss from best to last, without intervals.
    """
    import pandas as pd

    rows = []
    for measure in study.measures:
        for level in study.levels:
            used = study.at(level)
            sets = _sets_frame(used[used[measure].notna()], measure)
            of_person = sets.groupby("subject")[["cv_percent", "per_rep", "loss_percent"]].mean()
            slope = mean_with_interval(of_person["per_rep"].to_numpy(dtype=float))
            row = {"measure": measure, "level": level, "people": slope.n, "sets": int(sets["per_rep"].notna().sum())}
            row |= {"per_rep": slope.value, "low": slope.low, "high": slope.high}
            for name in ("cv_percent", "loss_percent"):
                values = of_person[name].dropna()
                row[name] = float(values.mean()) if len(values) and measure not in SIGNED else math.nan
            rows.append(row | {"loss_sets": int(sets["loss_percent"].notna().sum())})
    return pd.DataFrame(rows, columns=list(DRIFT_COLUMNS))


def symmetry_frame(study: Study, occasions: pd.DataFrame) -> pd.DataFrame:
    """Left against right of each person with both legs, :data:`SYMMETRY_COLUMNS`.

    Both raw means stand beside every index. The indices are ratios: measures that have two signs get none. With two
    sessions or more, ``mdc95`` is that of one leg's mean, and ``beyond_mdc95`` tells differences that exceed it.

    Args:
        study: the study. occasions: by :func:`analysis.repeated.occasions_frame`.
    """
    import pandas as pd

    sessions, whole = occasions[occasions["of"] == "session"], study.by in ("leg", "session")
    rows = []
    for measure in study.measures:
        for level in ("",) if study.by == "leg" else study.levels:
            used = study.reps if level == "" else study.at(level)
            both = _both_legs_frame(used[used["leg"] != ""], measure)
            left, right = both["left"].to_numpy(dtype=float), both["right"].to_numpy(dtype=float)
            mdc95 = legs_mdc95(sessions if whole else sessions[sessions["part"] == level], measure)
            indices = {name: math.nan if measure in SIGNED else each.of(left, right) for name, each in FORMULAS.items()}
            beyond = pd.array([abs(gap) > mdc95 if mdc95 > 0 else None for gap in right - left], dtype="boolean")
            row = both.assign(measure=measure, level=level, right_less_left=right - left, mdc95=mdc95, **indices)
            rows.append(row.assign(beyond_mdc95=beyond)[list(SYMMETRY_COLUMNS)])
    filled = [row for row in rows if len(row)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(SYMMETRY_COLUMNS))


def _both_legs_frame(reps: pd.DataFrame, measure: str) -> pd.DataFrame:
    """People with both legs: ``subject`` and their means of either leg."""
    sides = person_means(reps, measure, ["leg"]).pivot(index="subject", columns="leg", values="mean")
    return sides.reindex(columns=["left", "right"]).dropna().reset_index().rename_axis(columns=None)
