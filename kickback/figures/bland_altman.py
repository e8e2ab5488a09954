"""Agreement of two methods, sessions or legs: the difference against the mean, with the limits of agreement."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imu.blocks import FloatArray
from kickback.errors import KickbackError
from kickback.figures.style import (
    INK,
    REP_ALPHA,
    canvas,
    caption,
    colour_of,
    headroom,
    mark_simulated,
    styled,
)
from kickback.figures.words import label_of, many, signed, unit_of

NEEDED = ("subject", "first", "second")
_FORMS = {
    "single": "one pair a person",
    "varies": "repeated pairs, the true value changes (Bland and Altman 2007)",
    "constant": "repeated values of one true value (Bland and Altman 2007)",
}


def bland_altman(
    pairs: pd.DataFrame, limits: Mapping[Hashable, Any], measure: str, *, title: str = "", simulated: str = ""
) -> Figure:
    """The second less the first, against their mean: people large, pairs faint, bias and limits with 95 % intervals.

    Args:
        pairs: one row a pair, ``subject``, ``first``, ``second`` in the measure's unit; where the values of a person
            are no pairs (two sessions with different numbers of sets) one row a person with both means.
        limits: a row of :attr:`analysis.compare.Comparison.agreement`: ``first`` and ``second`` (the names), ``form``,
            ``people``, and ``bias``, ``lower``, ``upper``, ``trend``, each with ``_low`` and ``_high``.
        measure: the name of what was measured. title: whose pairs they are, where not everybody's.
        simulated: what has to be said of simulated data, by :func:`kickback.figures.words.simulated_words`.

    Raises:
        KickbackError: a column is missing, or no pair is complete.
    """
    if absent := [name for name in NEEDED if name not in pairs.columns]:
        raise KickbackError(f"the table of pairs has no column {', '.join(map(repr, absent))}")
    told = pairs.dropna(subset=list(NEEDED))
    first, second = limits["first"], limits["second"]
    if told.empty:
        raise KickbackError(f"nobody has {measure!r} by both {first} and {second}: there is nothing to draw")
    people = told.groupby("subject", sort=True)[["first", "second"]].mean()
    with styled():
        figure, axes = canvas(15.0, 10.0)
        if len(people) < len(told):
            x, y = _mean_and_gap(told)
            axes.scatter(x, y, s=6, color=colour_of(0), alpha=REP_ALPHA, linewidths=0, zorder=2)
        x, y = _mean_and_gap(people)
        axes.scatter(x, y, s=36, color=colour_of(0), edgecolors="white", linewidths=0.6, zorder=4)
        for name in ("bias", "upper", "lower"):
            _line(axes, limits, name, unit_of(measure))
        axes.axhline(0.0, color=INK, linewidth=0.6, alpha=0.5, zorder=1)
        if _proportional(limits):
            ends = np.array(axes.get_xlim())
            line = y.mean() + limits["trend"] * (ends - x.mean())  # least squares pass through the mean of the points
            axes.plot(ends, line, color=colour_of(3), linewidth=1.2, zorder=3)
            axes.set_xlim(*ends)
        axes.set_title(title)
        axes.set_xlabel(f"Mean of {first} and {second}: {label_of(measure)}")
        axes.set_ylabel(f"{second} less {first}{f' ({unit_of(measure)})' if unit_of(measure) else ''}")
        axes.margins(y=0.08)
        headroom(axes)
        mark_simulated(axes, simulated)
        caption(figure, _below(limits, len(told) - len(people)))
    return figure


def _mean_and_gap(table: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    first, second = (table[name].to_numpy(dtype=float) for name in ("first", "second"))
    return (first + second) / 2, second - first


def _line(axes: Axes, limits: Mapping[Hashable, Any], name: str, unit: str) -> None:
    value, low, high = (float(limits[name + end]) for end in ("", "_low", "_high"))
    if not math.isfinite(value):
        return
    bias = name == "bias"
    if math.isfinite(low) and math.isfinite(high):
        axes.axhspan(low, high, color=colour_of(2 if bias else 1), alpha=0.15, linewidth=0, zorder=0)
    axes.axhline(value, color=INK, linewidth=1.2, linestyle="-" if bias else (0, (5, 3)), zorder=3)
    text = f"{name if bias else f'{name} limit'}\n{signed(f'{value:.2f}')} {unit}".rstrip()
    axes.text(1.01, value, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)


def _proportional(limits: Mapping[Hashable, Any]) -> bool:
    """Whether the interval of the slope holds no 0."""
    low, high = float(limits["trend_low"]), float(limits["trend_high"])
    return math.isfinite(low) and not low <= 0 <= high


def _below(limits: Mapping[Hashable, Any], within: int) -> str:
    points = "Points: people." if not within else "Large: people's means. Small, faint: their pairs."
    form = _FORMS.get(str(limits["form"]), str(limits["form"]))
    lines = [f"{points} {many(int(limits['people']), 'person')}; {form}. Bands: 95 % intervals."]
    slope, low, high = (float(limits["trend" + end]) for end in ("", "_low", "_high"))
    if math.isfinite(low):
        told = "proportional bias: oblique line" if _proportional(limits) else "no proportional bias told"
        lines.append(f"Slope of difference on mean {signed(f'{slope:.2f} [{low:.2f}, {high:.2f}]')}: {told}.")
    return " ".join(lines)
