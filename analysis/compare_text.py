"""A comparison in words: the methods paragraph and the table for a paper."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analysis.design import SET
from analysis.study import Study
from analysis.symmetry import FORMULAS

if TYPE_CHECKING:
    import pandas as pd

_DECIMALS = {"_s": 2, "_deg": 1, "_dps": 1}
_UNITS = {"_s": "s", "_deg": "°", "_dps": "°/s"}
UNKNOWN = "–"
MOST_DECIMALS = 4
_SIZE_NAMES = {"hedges_g": "Hedges' g", "d_av": "d_av", "d_z": "d_z"}


def number(measure: str, value: float, spread: float = math.nan) -> str:
    """A value with the decimals of its unit, or as many as show two digits of its spread; a dash when unknown."""
    if not math.isfinite(value):
        return UNKNOWN
    digits = next((digits for unit, digits in _DECIMALS.items() if measure.endswith(unit)), 2)
    if spread > 0 and math.isfinite(spread):
        digits = min(MOST_DECIMALS, max(digits, 1 - math.floor(math.log10(spread))))
    return f"{round(value, digits) + 0.0:.{digits}f}"  # the sum turns -0.0 into 0.0


def interval(measure: str, value: float, low: float, high: float) -> str:
    """``0.31 [0.10, 0.52]``, or the value alone where nothing is known of its interval."""
    half = (high - low) / 2
    if not math.isfinite(half):
        return number(measure, value)
    return f"{number(measure, value, half)} [{number(measure, low, half)}, {number(measure, high, half)}]"


def p_text(p: float) -> str:
    """``0.031``, ``< 0.001``; a dash when unknown."""
    if not math.isfinite(p):
        return UNKNOWN
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def titled(measure: str) -> str:
    """``rom_deg (°)``: the column's name and its unit."""
    unit = next((unit for end, unit in _UNITS.items() if measure.endswith(end)), "")
    return f"{measure} ({unit})" if unit else measure


def paper_frame(study: Study, described: pd.DataFrame, effects: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """A row a measure and compared level as text: mean (SD) over people, the model's difference, P, effect size.

    Args:
        study: the study. described, effects, sizes: its tables.
    """
    import pandas as pd

    first, others = study.levels[0], study.levels[1:]
    rows = []
    for measure in study.measures:
        for level in others:
            row: dict[str, Any] = {"measure": titled(measure), "reference": first, "level": level}
            for name, of in (("reference", first), ("level", level)):
                found = _one(described, measure=measure, level=of)
                sd = found["sd"]
                row[f"{name}_n"] = f"{found['people']:.0f}/{found['sets']:.0f}/{found['reps']:.0f}"
                row[f"{name}_mean_sd"] = f"{number(measure, found['mean'], sd)} ({number(measure, sd, sd)})"
            effect = _one(effects, measure=measure, kind="by", level=level, reference=first)
            row["difference"] = interval(measure, *(effect.get(name, math.nan) for name in ("estimate", "low", "high")))
            row["p"], row["p_holm"] = (p_text(effect.get(name, math.nan)) for name in ("p", "p_holm"))
            size = _one(sizes, measure=measure, level=level, reference=first)
            text = interval("", *(size.get(name, math.nan) for name in ("size", "low", "high")))
            row["effect_size"] = f"{_SIZE_NAMES[size['name']]} {text}" if size else UNKNOWN
            rows.append(row)
    return pd.DataFrame(rows)


def _one(table: pd.DataFrame, **of: str) -> dict[str, Any]:
    """The first row in which the columns are as said; empty where there is none."""
    for name, value in of.items():
        table = table[table[name] == value]
    return {str(name): value for name, value in table.iloc[0].items()} if len(table) else {}


HEADINGS = {
    "measure": "Measure",
    "reference": "Reference",
    "level": "Level",
    "reference_n": "Reference: people/sets/reps",
    "reference_mean_sd": "Reference: mean (SD)",
    "level_n": "Level: people/sets/reps",
    "level_mean_sd": "Level: mean (SD)",
    "difference": "Difference [95 %]",
    "p": "P",
    "p_holm": "P (Holm)",
    "effect_size": "Effect size [95 %]",
}


def paper_markdown(paper: pd.DataFrame, notes: str) -> str:
    """The table of :func:`paper_frame` in Markdown, with the note below it."""
    lines = [list(HEADINGS.values()), ["---"] * len(HEADINGS)]
    lines += [[str(row[name]) for name in HEADINGS] for row in paper.to_dict("records")]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return f"{table}\n\n{notes}\n"


def table_note(study_by: str, simulated: float) -> str:
    """What stands below the table for a paper."""
    note = (
        "Mean and SD are over people's means. Difference: level less reference by the mixed model, with its 95 % "
        f"interval; P (Holm) is corrected over all measures and levels of {study_by} in this table. "
    )
    return note + ("SIMULATED data: no person made these movements." if simulated > 0 else "")


def methods_of(study: Study, found: Mapping[str, pd.DataFrame], same_reps: bool) -> str:
    """A paragraph for the methods section of a paper; it says only what was done.

    Args:
        study: the study. found: tables by name: fits, effects, effect_sizes, reliability, agreement, symmetry.
        same_reps: the levels are methods that measured the same reps.
    """
    reps = study.reps
    people, sets = reps["subject"].nunique(), len(reps[[*SET]].drop_duplicates())
    text = [
        f"{len(reps)} repetitions in {sets} sets of {people} people were compared by {study.by} "
        f"({', '.join(study.levels)}; reference: {study.levels[0]}).",
        _out_of(study),
        *_of_models(study, found["fits"], found["effects"]),
        *_of_people(study, found, same_reps),
    ]
    if study.simulated > 0:
        text.append("The data are simulated: no person made these movements.")
    return " ".join(filter(None, text))


def _out_of(study: Study) -> str:
    out = study.log[study.log["measure"] == ""]
    if not len(out):
        return "No repetition was left out."
    reasons = "; ".join(f"{count}: {reason}" for reason, count in out["reason"].value_counts().items())
    return f"{len(out)} repetitions were left out ({reasons})."


def _of_models(study: Study, fits: pd.DataFrame, effects: pd.DataFrame) -> list[str]:
    if not len(effects) and len(study.tested) > 1:
        return ["No difference was tested: no model could be fitted, for the reasons that are listed."]
    if not len(effects):
        return [f"No difference was tested: fewer than two levels of {study.by} have two people or more."]
    formulas = fits.loc[fits["problem"] == "", "formula"].str.partition(" ~ ")[2]
    common = str(formulas.mode().iloc[0])
    same = int((formulas == common).sum())
    text = [
        f"Each measure was fitted by a linear mixed model (restricted maximum likelihood): measure ~ {common}"
        + (
            f" ({same} of {len(formulas)} measures; the others with fewer terms, as listed)."
            if same < len(formulas)
            else "."
        ),
        "The difference between levels is averaged over both sides, that between the sides over all levels. Intervals "
        "are 95 % and rest on Student's t with Satterthwaite's degrees of freedom.",
    ]
    measures, levels = effects["measure"].nunique(), effects.loc[effects["kind"] == "by", "level"].nunique()
    many = [f"{measures} measures"] if measures > 1 else []
    many += [f"{levels} differences from the reference"] if levels > 1 else []
    if many:
        text.append(f"P values were corrected for the {' and '.join(many)} by Holm's method, for each kind of effect.")
    singular = int((fits["singular"] != "").sum())
    if singular:
        text.append(f"In {singular} models a variance was estimated as 0 (singular fit) and its term dropped.")
    if failed := int(((fits["problem"] == "") & ~fits["converged"].astype(bool)).sum()):
        text.append(f"{failed} models did not converge and were not tested.")
    return text


def _of_people(study: Study, found: Mapping[str, pd.DataFrame], same_reps: bool) -> list[str]:
    sizes = {"hedges_g": "Hedges' g of different people", "d_av": "d_av and d_z over people seen at both levels"}
    names = [words for name, words in sizes.items() if name in set(found["effect_sizes"]["name"])]
    text = [f"Standardised differences between people's means are {' or '.join(names)}."] if names else []
    if len(found["reliability"]):
        again = study.by if same_reps else "session"
        apart = "" if again == study.by else f", each {study.by} by itself"
        text.append(
            "ICC(2,1), ICC(3,1), the standard error of measurement (SEM, the root of the error mean square) and the "
            "minimal detectable change (MDC95, 1.96 × √2 × SEM) are from the two-way analysis of variance of people's "
            f"means by {again}{apart}."
        )
    if len(found["agreement"]):
        what = "methods, rep by rep" if same_reps else "sessions, with a person's sets as replicates"
        of = "rep" if same_reps else "set's mean"
        text.append(
            f"Agreement between two {what}: bias (the second less the first) and 95 % limits of agreement of a single "
            f"{of}, for repeated measurements (Bland and Altman 2007)."
        )
    if len(found["symmetry"]):
        formulas = "; ".join(f"{name} = {each.text}" for name, each in FORMULAS.items())
        text.append(f"Left and right are compared by each person's mean of either leg, in percent: {formulas}.")
    return text
