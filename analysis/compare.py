"""Two or more levels of a study compared: models, effect sizes, reliability, symmetry, drift, and what is missing.

People are the unit. Reps of one person resemble each other: they are modelled as such or averaged first, and where
there are too few people nothing is tested, however many reps there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.compare_text import methods_of, paper_frame
from analysis.described import described_frame, drift_frame, people_frame, symmetry_frame
from analysis.design import EFFECT_COLUMNS, FIT_COLUMNS, VARIANCE_COLUMNS, Modelled, model_of
from analysis.effects import holm
from analysis.repeated import agreement_frame, effect_size_frame, occasions_frame, reliability_frame
from analysis.study import LEFT_OUT, Study, study_of

if TYPE_CHECKING:
    import pandas as pd


TABLES = (
    *("paper", "described", "effects", "fits", "variances", "effect_sizes", "reliability", "agreement", "pairs"),
    *("symmetry", "drift", "people", "log"),
)
"""The tables of a comparison, by the names of its attributes."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a comparison found. Tables are DataFrames with the columns named in their modules; unknown is NaN or NA.

    Attributes:
        by: the column that tells the levels. levels: in order, the reference first.
        tested: the levels with at least two people.
        within: whether somebody is seen at two levels or more.
        same_reps: whether the levels are methods that measured the same reps.
        measures: what was compared.
        simulated: share of the reps that no person made; NaN where nobody knows.
        reps: the reps that were used.
        people: each person's mean of each measure and level.
        described: people, sets, reps, mean, SD, median, CV of each measure and level.
        effects: estimates of the mixed models with 95 % intervals, ``p``, and ``p_holm`` corrected over the measures
            for each kind of effect by itself.
        fits: the model of each measure, whether it converged, where it is singular, which terms were left out.
        variances: of the random terms and the residual.
        effect_sizes: standardised differences between people's means.
        reliability: ICC, SEM and MDC95 between sessions.
        agreement: limits of agreement between two sessions or methods; ``pairs``: what they are made from.
        symmetry: left against right of each person.
        drift: change within sets.
        log: reps and values that were not used, with reasons.
        notes: plain sentences about what to keep in mind.
        methods: a paragraph for a paper.
        paper: a table for a paper, as text.
    """

    by: str
    levels: tuple[str, ...]
    tested: tuple[str, ...]
    within: bool
    same_reps: bool
    measures: tuple[str, ...]
    simulated: float
    reps: pd.DataFrame
    people: pd.DataFrame
    described: pd.DataFrame
    effects: pd.DataFrame
    fits: pd.DataFrame
    variances: pd.DataFrame
    effect_sizes: pd.DataFrame
    reliability: pd.DataFrame
    agreement: pd.DataFrame
    pairs: pd.DataFrame
    symmetry: pd.DataFrame
    drift: pd.DataFrame
    log: pd.DataFrame
    notes: tuple[str, ...]
    methods: str
    paper: pd.DataFrame

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables by their names, but for the reps."""
        return {name: getattr(self, name) for name in TABLES}


def compare(
    reps: pd.DataFrame,
    *,
    by: str,
    measures: Sequence[str] | None = None,
    reference: str | None = None,
    left_out: Sequence[str] = LEFT_OUT,
    own: bool = True,
    same_reps: bool = False,
    done: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Compare the levels of a column of a table of reps.

    Args:
        reps: one row a rep: ``subject``, ``recording``, ``set``, ``rep``, ``leg``, the column ``by``, the measures, and
            where there are any ``session``, ``simulated``, ``sha256``, ``exercise``, ``tempo_target`` and flags.
        by: the column whose values are compared, such as "group", "condition", "session" or "leg".
        measures: columns of numbers; the usual ones where nobody says which.
        reference: the level that the others are compared with; the first in order where nobody says which.
        left_out: flags; a rep that carries one is not used.
        own: with random terms for what is each person's own, see :mod:`analysis.design`.
        same_reps: the levels are methods (sensors, algorithms) that measured the same reps.
        done: called with the name of each measure when its model is fitted.

    Raises:
        ModuleNotFoundError: statsmodels is not installed.
        ValueError: the table cannot be compared like this; one line that says what to do.
    """
    study = study_of(reps, by, measures, reference, left_out, same_reps)
    if same_reps and not study.within:
        raise ValueError(f"nobody is seen at two levels of {by!r}: these are no methods that measured the same reps")
    fitted = []
    for measure in study.measures:
        fitted.append(model_of(study, measure, own=own, same_reps=same_reps))
        done(measure)
    effects, fits, variances = _models_frame(fitted)
    occasions, said = occasions_frame(study, same_reps)
    people = people_frame(study)
    described = described_frame(study, people)
    sizes = effect_size_frame(study, people)
    agreement, pairs = agreement_frame(study, occasions, same_reps)
    reliability, symmetry = reliability_frame(study, occasions), symmetry_frame(study, occasions)
    told = {"fits": fits, "effects": effects, "effect_sizes": sizes, "reliability": reliability}
    told |= {"agreement": agreement, "symmetry": symmetry}
    return Comparison(
        by=by,
        levels=study.levels,
        tested=study.tested,
        within=study.within,
        same_reps=same_reps,
        measures=study.measures,
        simulated=study.simulated,
        reps=study.reps,
        people=people,
        described=described,
        effects=effects,
        fits=fits,
        variances=variances,
        effect_sizes=sizes,
        reliability=reliability,
        agreement=agreement,
        pairs=pairs,
        symmetry=symmetry,
        drift=drift_frame(study),
        log=study.log,
        notes=(*study.notes, *said, *_about(fits), *_about_log(study)),
        methods=methods_of(study, told, same_reps),
        paper=paper_frame(study, described, effects, sizes),
    )


def _models_frame(fitted: Sequence[Modelled]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Effects, with P values corrected over the measures for each kind of effect, fits and variances."""
    import pandas as pd

    effects = pd.DataFrame([row for each in fitted for row in each.effects], columns=list(EFFECT_COLUMNS))
    for name in ("estimate", "low", "high", "se", "df", "p", "p_holm"):
        effects[name] = effects[name].astype("float64")
    for kind in effects["kind"].unique():
        of = (effects["kind"] == kind).to_numpy(dtype=bool)
        effects.loc[of, "p_holm"] = holm(effects.loc[of, "p"].to_numpy(dtype=np.float64))
    fits = pd.DataFrame([each.fit for each in fitted], columns=list(FIT_COLUMNS))
    variances = pd.DataFrame([row for each in fitted for row in each.variances], columns=list(VARIANCE_COLUMNS))
    return effects, fits, variances


def _about(fits: pd.DataFrame) -> list[str]:
    """What is to be said of the models, alike ones in one sentence."""
    notes: dict[str, list[str]] = {}
    for row in fits.to_dict("records"):
        if row["problem"]:
            notes.setdefault(f"no model: {row['problem']}", []).append(row["measure"])
            continue
        if not row["converged"]:
            text = "the model did not converge: its estimates stand without intervals and P values"
            notes.setdefault(text, []).append(row["measure"])
        for term in filter(None, row["singular"].split("; ")):
            text = f"the fit is singular: the variance of {term} is estimated as 0, and the term is dropped"
            notes.setdefault(text, []).append(row["measure"])
        for term in filter(None, row["left_out"].split("; ")):
            notes.setdefault(f"the model is without {term}", []).append(row["measure"])
    return [f"{', '.join(names)}: {text}." for text, names in notes.items()]


def _about_log(study: Study) -> list[str]:
    """How much is missing, by reason, in a sentence a reason."""
    counts = study.log.groupby(["measure", "reason"], sort=False).size().reset_index(name="count")
    notes = []
    for measure, reason, count in zip(counts["measure"], counts["reason"], counts["count"], strict=True):
        what = f"{count} reps left out" if not measure else f"{measure} unknown in {count} of {len(study.reps)} reps"
        notes.append(f"{what}: {reason}.")
    return notes
