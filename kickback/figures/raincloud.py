"""Groups side by side: how people's means lie (the cloud), each person, and every rep faint beside them (the rain)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import gaussian_kde

from analysis.persons import mean_with_interval, numbers, person_means
from imu.blocks import FloatArray
from kickback.figures.groups import counts, groups_of, of_group, scattered, thinned
from kickback.figures.style import (
    FAINT,
    INK,
    MOST_POINTS,
    REP_ALPHA,
    VECTOR_POINTS,
    WIDTH_CM,
    canvas,
    caption,
    colour_of,
    headroom,
    mark_simulated,
    marker_of,
    styled,
)
from kickback.figures.words import label_of, simulated_words

LEAST_FOR_CLOUD = 5
"""The shape of fewer people's means is the smoothing's, not theirs: no cloud is drawn."""
CLOUD_WIDTH, RAIN_AT, PEOPLE_AT, MEAN_AT = 0.34, -0.28, -0.08, 0.08


def raincloud(reps: pd.DataFrame, measure: str, by: str, *, order: Sequence[str] | None = None) -> Figure:
    """A measure in each group: the density of people's means, people, reps, and the mean with its 95 % interval.

    A person who is in two groups that stand side by side is joined by a line: the groups are conditions then.

    Args:
        reps: the tidy table of reps. measure: its column. by: the column that tells the groups.
        order: the groups from left to right; sorted where it is not said.

    Raises:
        KickbackError: there is no such column, or it holds nothing to draw.
        ValueError: ``measure`` is no column of numbers.
    """
    groups = groups_of(reps, by, order)
    means = person_means(reps, measure, [by])
    means["at"] = _places(means, groups, by)
    with styled():
        figure, axes = canvas(min(WIDTH_CM, 5.0 + 4.5 * len(groups)), 10.0)
        _join(axes, [of_group(means, by, name) for name in groups])
        drawn = [_rain(axes, place, of_group(reps, by, name), measure) for place, name in enumerate(groups)]
        for place, name in enumerate(groups):
            _cloud(axes, place + 0.16, of_group(means, by, name)["mean"].to_numpy(dtype=float), colour_of(place))
        headroom(axes)  # fixes the scale: the interval of two people may go much further, and is cut off
        for place, name in enumerate(groups):
            _group(axes, place, of_group(means, by, name))
        letters = max(8, 60 // len(groups))
        axes.set_xticks(
            range(len(groups)), [f"{fill(name, letters)}\n{counts(of_group(means, by, name))}" for name in groups]
        )
        axes.tick_params(axis="x", length=0)
        axes.set_xlim(-0.6, len(groups) - 0.4)
        axes.set_xlabel(by)
        axes.set_ylabel(label_of(measure))
        mark_simulated(axes, simulated_words(reps))
        caption(
            figure,
            "Large points: people's means. Small, faint: their reps. Diamond: mean of people, 95 % interval (t)."
            + ("" if all(drawn) else " Of the reps an even part is drawn.")
            + ("" if means.groupby(by).size().min() >= LEAST_FOR_CLOUD else " No cloud below five people."),
        )
    return figure


def _places(means: pd.DataFrame, groups: list[str], by: str) -> FloatArray:
    """Where each person's point stands from left to right, so that equal ones do not hide each other."""
    at = np.full(len(means), np.nan)
    for place, name in enumerate(groups):
        here = means[by].astype(str).to_numpy() == name
        at[here] = place + PEOPLE_AT + scattered(int(here.sum()), 0.08)
    return at


def _rain(axes: Axes, place: int, reps: pd.DataFrame, measure: str) -> bool:
    """The reps of a group; whether all of them are drawn."""
    known = numbers(reps, measure)
    known = known[np.isfinite(known)]
    values = known[thinned(len(known), MOST_POINTS)]
    axes.scatter(
        place + RAIN_AT + scattered(len(values), 0.24),
        values,
        s=4,
        color=colour_of(place),
        alpha=REP_ALPHA,
        linewidths=0,
        zorder=1,
        rasterized=len(values) > VECTOR_POINTS,
    )
    return len(values) == len(known)


def _group(axes: Axes, place: int, means: pd.DataFrame) -> None:
    colour = colour_of(place)
    people = means["mean"].to_numpy(dtype=float)
    axes.scatter(
        means["at"],
        people,
        s=34,
        marker=marker_of(place),
        color=colour,
        edgecolors="white",
        linewidths=0.6,
        zorder=4,
    )
    middle = mean_with_interval(people)
    axes.vlines(place + MEAN_AT, middle.low, middle.high, color=INK, linewidth=1.6, zorder=5)
    axes.scatter([place + MEAN_AT], [middle.value], s=30, marker="D", color=INK, edgecolors="white", zorder=6)


def _cloud(axes: Axes, foot: float, people: FloatArray, colour: str) -> None:
    """The density of people's means, to the right of ``foot``; nothing for few people, or where all are the same."""
    if len(people) < LEAST_FOR_CLOUD or not np.ptp(people) > 0:
        return
    density = gaussian_kde(people)
    reach = 2.5 * float(np.sqrt(density.covariance[0, 0]))
    at = np.linspace(people.min() - reach, people.max() + reach, 200)
    height = density(at)
    axes.fill_betweenx(
        at, foot, foot + CLOUD_WIDTH * height / height.max(), color=colour, alpha=0.35, linewidth=0.8, zorder=2
    )


def _join(axes: Axes, groups: list[pd.DataFrame]) -> None:
    for left, right in pairwise(groups):
        both = left.merge(right, on="subject")
        ends = both[["at_x", "at_y"]].to_numpy().T, both[["mean_x", "mean_y"]].to_numpy().T
        axes.plot(*ends, color=FAINT, linewidth=0.7, alpha=0.7, zorder=3)
