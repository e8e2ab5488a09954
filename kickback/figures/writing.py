"""All figures of a comparison, as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from kickback.figures import FORMATS
from kickback.figures.bland_altman import bland_altman
from kickback.figures.forest import forest
from kickback.figures.left_right import left_right
from kickback.figures.raincloud import raincloud
from kickback.figures.style import save
from kickback.figures.within_set import within_set
from kickback.figures.words import many, name_of, simulated_words, unit_of

if TYPE_CHECKING:
    from analysis.compare import Comparison

EFFECT_NAMES = {"hedges_g": "Hedges' g", "d_av": "Cohen's d_av", "d_z": "Cohen's d_z"}


def figures_of(comparison: Comparison) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """What can be drawn of a comparison: a name for the file, and what draws it. What has no data is left out.

    For each measure the groups (``raincloud_``), the course within sets (``within_set_``), left against right
    (``left_right_``), agreement (``bland_altman_``) and the model's effects (``model_``); ``effect_sizes_`` for all.
    """
    by, levels, reps = comparison.by, list(comparison.levels), comparison.reps
    words = simulated_words(reps)
    for measure in comparison.measures:
        if not reps[measure].notna().any():
            continue
        yield f"raincloud_{measure}", partial(raincloud, reps, measure, by, order=levels)
        yield f"within_set_{measure}", partial(within_set, reps, measure, by, order=levels)
        sides = _of(comparison.symmetry, measure)
        if len(sides):
            legs = None if by == "leg" else by
            limits = {str(level): float(part["mdc95"].iloc[0]) for level, part in sides.groupby("level")}
            draw = partial(left_right, reps, measure, legs, mdc95=limits, order=levels if legs else None)
            yield f"left_right_{measure}", draw
        for row in _of(comparison.agreement, measure).to_dict("records"):
            pairs = comparison.pairs
            same = pairs["measure"].eq(measure) & pairs["of"].eq(row["of"]) & pairs["level"].eq(row["level"])
            names = {end: f"{row['of']} {row[end]}" for end in ("first", "second")}
            title = f"{by} {row['level']}" if row["level"] else ""
            draw = partial(bland_altman, pairs[same], row | names, measure, title=title, simulated=words)
            yield _file_name(f"bland_altman_{measure}", str(row["level"]), comparison.levels), draw
        effects = _of(comparison.effects, measure)
        if effects["estimate"].notna().any():
            yield f"model_{measure}", partial(_model, comparison, effects, measure)
    for (level, kind), sizes in comparison.effect_sizes.groupby(["level", "name"], sort=False):
        if sizes["size"].notna().any():
            yield (
                _file_name(f"effect_sizes_{kind}", str(level), comparison.levels),
                partial(_sizes, comparison, sizes, str(kind)),
            )


def write_figures(
    comparison: Comparison,
    folder: Path,
    *,
    formats: Sequence[str] = FORMATS,
    done: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write every figure of a comparison; the same comparison gives the same bytes.

    Args:
        comparison: of :func:`analysis.compare.compare`. folder: made where it is absent.
        formats: endings that matplotlib knows. done: called with the name of each figure when it is written.

    Returns:
        The files, in the order in which they were written.

    Raises:
        OSError: the folder cannot be written.
    """
    written = []
    for name, draw in figures_of(comparison):
        written += save(draw(), folder, name, formats)
        done(name)
    return written


def _of(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    return table[table["measure"] == measure]


def _file_name(stem: str, level: str, levels: Sequence[str]) -> str:
    """With the level in it, in letters that every disk knows, and its number where these are not its alone."""
    word = _plain(level)
    if level and [_plain(each).lower() for each in (*levels, "")].count(word.lower()) > 1:
        word = f"{word}-{levels.index(level) + 1}".strip("-")
    return f"{stem}_{word}" if word else stem


def _plain(level: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", level).strip("-")


def _model(comparison: Comparison, effects: pd.DataFrame, measure: str) -> Figure:
    rows = effects.assign(detail=effects["p_holm"].map(_p))
    fit = _of(comparison.fits, measure).iloc[0]
    counts = ", ".join(
        many(int(fit[name]), noun) for name, noun in (("people", "person"), ("sets", "set"), ("reps", "rep"))
    )
    unit = f" ({unit_of(measure)})" if unit_of(measure) else ""
    return forest(
        rows,
        xlabel=f"{name_of(measure)}: difference{unit}",
        simulated=simulated_words(comparison.reps),
        note=f"Linear mixed model, {counts}. Bars: 95 % intervals. p by Holm over "
        f"{many(len(comparison.measures), 'measure')}.",
    )


def _sizes(comparison: Comparison, sizes: pd.DataFrame, kind: str) -> Figure:
    first = sizes.iloc[0]
    rows = pd.DataFrame(
        {
            "label": sizes["measure"].map(name_of),
            "estimate": sizes["size"],
            "low": sizes["low"],
            "high": sizes["high"],
            "detail": [_people(row) for row in sizes.to_dict("records")],
        }
    )
    return forest(
        rows,
        xlabel=f"{EFFECT_NAMES.get(kind, kind)}: {first['level']} less {first['reference']} (standard deviations)",
        simulated=simulated_words(comparison.reps),
        note="Of people's means. Bars: 95 % intervals; not corrected for the number of measures.",
    )


def _people(row: Mapping[object, object]) -> str:
    """How many people stand behind an effect."""
    return f"n = {row['people']}, {row['people_reference']}"


def _p(value: float) -> str:
    if not value >= 0:
        return ""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
