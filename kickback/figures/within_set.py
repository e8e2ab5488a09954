"""How a measure runs through a set: rep by rep, each set faint, each person, and the mean of the group."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.persons import mean_with_interval, numbers, person_means
from kickback.figures.groups import groups_of, of_group, thinned
from kickback.figures.style import (
    CM,
    MOST_LINES,
    VECTOR_LINES,
    WIDTH_CM,
    caption,
    colour_of,
    headroom,
    mark_simulated,
    marker_of,
    styled,
)
from kickback.figures.words import label_of, many, simulated_words

PANEL_CM = 8.0
MOST_ACROSS = 3
LEAST_SHARE = 0.5
"""The group's mean stops where fewer than this share of its people still do a rep: who is left is not the group."""


def within_set(
    reps: pd.DataFrame, measure: str, by: str | None = None, *, order: Sequence[str] | None = None
) -> Figure:
    """A measure against the rep's number in its set, a panel for each group on one common scale.

    Args:
        reps: the tidy table of reps. measure: its column. by: the column that tells the groups; None is one panel.
        order: the groups from left to right.

    Raises:
        KickbackError: there is no such column, or it holds nothing to draw.
        ValueError: ``measure`` is no column of numbers.
    """
    groups = groups_of(reps, by, order) if by is not None else [""]
    with styled():
        across = min(len(groups), MOST_ACROSS)
        down = -(-len(groups) // across)
        size = min(WIDTH_CM, 3.0 + PANEL_CM * across) * CM, (2.0 + 7.0 * down) * CM
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(down, across, sharey=True, sharex=True, squeeze=False).ravel()
        for axes in panels[len(groups) :]:
            axes.remove()
        panels = panels[: len(groups)]
        for place, (axes, name) in enumerate(zip(panels, groups, strict=True)):
            part = of_group(reps, by, name) if by is not None else reps
            people = _panel(axes, place, part, measure)
            axes.set_title("\n".join([*wrap(f"{by} {name}" if name else "", 60 // across), many(people, "person")]))
            axes.set_xlabel("rep of the set")
            axes.tick_params(labelbottom=True)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.supylabel(label_of(measure), fontsize="medium")
        _scale(panels[0], reps, measure)
        headroom(panels[0])
        for axes, name in zip(panels, groups, strict=True):
            mark_simulated(axes, simulated_words(of_group(reps, by, name) if by is not None else reps))
        caption(
            figure,
            "Hairlines: sets. Thin lines: people, mean of their sets. Thick: mean of people, 95 % interval (t),"
            " as far as half of the people go."
            + (f" Of more than {MOST_LINES} sets or people an even part is drawn." if _many_sets(reps) else ""),
        )
    return figure


def _scale(axes: Axes, reps: pd.DataFrame, measure: str) -> None:
    """As far as the reps go: the interval of two people may go much further, and is cut off."""
    values = numbers(reps, measure)
    values = values[np.isfinite(values)]
    if len(values):
        margin = 0.05 * float(np.ptp(values)) or 1.0
        axes.set_ylim(float(values.min()) - margin, float(values.max()) + margin)


def _many_sets(reps: pd.DataFrame) -> bool:
    return len(reps[["recording", "set"]].drop_duplicates()) > MOST_LINES


def _lines(axes: Axes, table: pd.DataFrame, keys: list[str], value: str, hair: tuple[float, float, str, int]) -> None:
    """A line for each value of the keys, against the rep; of very many an even part. ``hair``: width, alpha, colour and
    order.
    """
    number = table.groupby(keys, sort=True).ngroup().to_numpy()
    count = int(number.max()) + 1 if len(number) else 0
    kept = np.isin(number, np.arange(count)[thinned(count, MOST_LINES)])
    points = table[["rep", value]].to_numpy(dtype=float)[kept]
    order = np.lexsort((points[:, 0], number[kept]))
    points, ends = points[order], np.flatnonzero(np.diff(number[kept][order])) + 1
    width, alpha, colour, height = hair
    lines = LineCollection(np.split(points, ends), colors=colour, linewidths=width, alpha=alpha, zorder=height)
    lines.set_rasterized(len(ends) + 1 > VECTOR_LINES)
    axes.add_collection(lines)
    axes.autoscale_view()


def _panel(axes: Axes, place: int, reps: pd.DataFrame, measure: str) -> int:
    """One group; how many people are in it."""
    colour = colour_of(place)
    table = reps.assign(value=numbers(reps, measure)).dropna(subset=["value"])
    _lines(axes, table, ["recording", "set"], "value", (0.4, 0.25, colour, 1))
    means = person_means(reps, measure, ["rep"])
    _lines(axes, means, ["subject"], "mean", (0.9, 0.6, colour, 2))
    people = int(means["subject"].nunique())
    at, middles = [], []
    for rep, one in means.groupby("rep", sort=True):
        if len(one) >= max(1.0, LEAST_SHARE * people):
            at.append(float(str(rep)))
            middles.append(mean_with_interval(one["mean"]))
    values, low, high = (np.array([getattr(m, name) for m in middles]) for name in ("value", "low", "high"))
    axes.fill_between(at, low, high, color=colour, alpha=0.25, linewidth=0, zorder=3)
    axes.plot(at, values, color=colour, linewidth=2.2, marker=marker_of(place), markersize=4.5, zorder=4)
    return people
