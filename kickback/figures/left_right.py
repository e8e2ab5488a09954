"""Left against right: a point a person, on the line where both legs are the same or off it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.persons import person_means
from kickback.errors import KickbackError
from kickback.figures.groups import groups_of, of_group
from kickback.figures.style import (
    INK,
    canvas,
    caption,
    colour_of,
    mark_simulated,
    marker_of,
    styled,
)
from kickback.figures.words import label_of, many, simulated_words, unit_of


def left_right(
    reps: pd.DataFrame,
    measure: str,
    by: str | None = None,
    *,
    mdc95: float | Mapping[str, float] | None = None,
    order: Sequence[str] | None = None,
) -> Figure:
    """Each person's mean of the right leg against that of the left; people with one leg only are counted, not drawn.

    Args:
        reps: the tidy table of reps, with ``leg``. measure: its column. by: the column that tells the groups.
        mdc95: minimal detectable change in the measure's unit, of all or by group, drawn as a line on either side: a
            difference between the legs within it is not told from the error of measurement. None and NaN where
            nobody knows it.
        order: of the groups.

    Raises:
        KickbackError: there is no such column, or nobody has both legs.
        ValueError: ``measure`` is no column of numbers.
    """
    groups = groups_of(reps, by, order) if by is not None else [""]
    keys = ["leg"] if by is None else [by, "leg"]
    sides = _sides(person_means(reps, measure, keys), keys[:-1])
    both = sides.dropna(subset=["mean_left", "mean_right"])
    if both.empty:
        raise KickbackError(f"nobody has {measure!r} of both legs: there is no left against right to draw")
    with styled():
        figure, axes = canvas(11.0 if by is None else 15.0, 11.5)
        low = _square(axes, both)
        axes.axline((low, low), slope=1.0, color=INK, linewidth=0.8, zorder=1)
        limits = _limits(mdc95, groups)
        for place, limit in enumerate(limits):
            colour = INK if len(set(limits)) == 1 else colour_of(place)
            for shift in (-limit, limit):
                axes.axline((low, low + shift), slope=1.0, color=colour, linewidth=0.9, linestyle=(0, (4, 3)))
        for place, name in enumerate(groups):
            part = both if by is None else of_group(both, by, name)
            _people(axes, place, part, fill(f"{name}, {many(len(part), 'person')}", 20))
        if by is not None:
            figure.legend(loc="outside right upper", title=by, alignment="left")
        axes.set_xlabel(f"Left: {label_of(measure)}")
        axes.set_ylabel(f"Right: {label_of(measure)}")
        mark_simulated(axes, simulated_words(reps))
        caption(figure, _below(len(both), len(sides) - len(both), limits, unit_of(measure)))
    return figure


def _sides(means: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """A row a person, with ``mean`` and ``sd`` of either leg."""
    left, right = (means[means["leg"] == leg].drop(columns=["leg", "reps", "sets"]) for leg in ("left", "right"))
    return left.merge(right, on=[*keys, "subject"], how="outer", suffixes=("_left", "_right"))


def _square(axes: Axes, both: pd.DataFrame) -> float:
    """The same scale on both axes, with all whiskers on it; where it begins."""
    ends = []
    for side in ("left", "right"):
        mean, sd = (both[f"{name}_{side}"].to_numpy(dtype=float) for name in ("mean", "sd"))
        sd = np.nan_to_num(sd)
        ends += [float((mean - sd).min()), float((mean + sd).max())]
    margin = 0.06 * (max(ends) - min(ends)) or 1.0
    low, high = min(ends) - margin, max(ends) + 2.5 * margin
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal", adjustable="box")
    return low


def _people(axes: Axes, place: int, part: pd.DataFrame, label: str) -> None:
    colour = colour_of(place)
    x, y = part["mean_left"].to_numpy(dtype=float), part["mean_right"].to_numpy(dtype=float)
    across, up = (np.nan_to_num(part[f"sd_{side}"].to_numpy(dtype=float)) for side in ("left", "right"))
    axes.errorbar(x, y, xerr=across, yerr=up, fmt="none", ecolor=colour, elinewidth=0.6, alpha=0.35, zorder=2)
    axes.scatter(
        x, y, s=36, marker=marker_of(place), color=colour, edgecolors="white", linewidths=0.6, label=label, zorder=3
    )


def _limits(mdc95: float | Mapping[str, float] | None, groups: Sequence[str]) -> list[float]:
    """The minimal detectable change of each group; NaN where nobody knows it."""
    if isinstance(mdc95, Mapping):
        return [float(mdc95.get(name, math.nan)) for name in groups]
    return [math.nan if mdc95 is None else float(mdc95)] * len(groups)


def _below(people: int, one_leg: int, limits: Sequence[float], unit: str) -> str:
    parts = [f"{many(people, 'person')}. Points: their means. Whiskers: SD of their reps. Line: both legs the same."]
    known = [f"{limit:.3g}" for limit in limits if math.isfinite(limit)]
    if known:
        parts.append(
            f"Dashed: the minimal detectable change, ± {', '.join(dict.fromkeys(known))} {unit}".rstrip() + "."
        )
    if one_leg:
        parts.append(f"Not drawn: {many(one_leg, 'person')} with one leg only.")
    return " ".join(parts)
