"""Agreement of two methods, sessions or legs: the difference against the mean, with the limits of agreement."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.bland_altman import BlandAltman
from analysis.estimates import Estimate
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
    pairs: pd.DataFrame, found: BlandAltman, measure: str, *, first: str, second: str, simulated: str = ""
) -> Figure:
    """Differences against means: pairs faint, people's means large, bias and limits with their 95 % intervals.

    Args:
        pairs: one row a pair, ``subject``, ``first``, ``second`` in the measure's unit; where the values of a person
            are no pairs (two sessions with different numbers of reps) one row a person with both means.
        found: the limits, by :mod:`analysis.bland_altman` from the same values.
        measure: the name of what was measured. first, second: names of the methods or sessions.
        simulated: what has to be said of simulated data, by :func:`kickback.figures.words.simulated_words`.

    Raises:
        KickbackError: a column is missing, or no pair is complete.
    """
    if absent := [name for name in NEEDED if name not in pairs.columns]:
        raise KickbackError(f"the table of pairs has no column {', '.join(map(repr, absent))}")
    told = pairs.dropna(subset=list(NEEDED))
    if told.empty:
        raise KickbackError(f"no person has {measure!r} by both {first} and {second}: there is nothing to draw")
    people = told.groupby("subject", sort=True)[["first", "second"]].mean()
    with styled():
        figure, axes = canvas(15.0, 10.0)
        if len(people) < len(told):
            x, y = _mean_and_gap(told)
            axes.scatter(x, y, s=6, color=colour_of(0), alpha=REP_ALPHA, linewidths=0, zorder=2)
        x, y = _mean_and_gap(people)
        axes.scatter(x, y, s=36, color=colour_of(0), edgecolors="white", linewidths=0.6, zorder=4)
        for name, line, style in (
            ("bias", found.bias, "-"),
            ("upper limit", found.upper, (0, (5, 3))),
            ("lower limit", found.lower, (0, (5, 3))),
        ):
            _line(axes, name, line, style, unit_of(measure))
        axes.axhline(0.0, color=INK, linewidth=0.6, alpha=0.5, zorder=1)
        _trend(axes, found)
        axes.set_xlabel(f"Mean of {first} and {second}: {label_of(measure)}")
        axes.set_ylabel(f"{first} less {second}{f' ({unit_of(measure)})' if unit_of(measure) else ''}")
        axes.margins(y=0.08)
        headroom(axes)
        mark_simulated(axes, simulated)
        caption(figure, _below(found, len(told) - len(people)))
    return figure


def _mean_and_gap(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    first, second = (table[name].to_numpy(dtype=float) for name in ("first", "second"))
    return (first + second) / 2, first - second


def _line(axes: Axes, name: str, line: Estimate, style: object, unit: str) -> None:
    if not math.isfinite(line.value):
        return
    if math.isfinite(line.low):
        axes.axhspan(
            line.low, line.high, color=colour_of(1 if name != "bias" else 2), alpha=0.15, linewidth=0, zorder=0
        )
    axes.axhline(line.value, color=INK, linewidth=1.2, linestyle=style, zorder=3)
    text = f"{name}\n{signed(f'{line.value:.2f}')} {unit}".rstrip()
    axes.text(1.01, line.value, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)


def _trend(axes: Axes, found: BlandAltman) -> None:
    """The line of a proportional bias, where the slope's interval does not hold 0."""
    slope = found.trend.slope
    if math.isfinite(slope.low) and not slope.low <= 0 <= slope.high:
        ends = np.array(axes.get_xlim())
        axes.plot(ends, found.trend.intercept + slope.value * ends, color=colour_of(3), linewidth=1.2, zorder=3)
        axes.set_xlim(*ends)


def _below(found: BlandAltman, within: int) -> str:
    points = "Points: people." if not within else "Large: people's means. Small, faint: their pairs."
    lines = [f"{points} {many(found.n, 'person')}; {_FORMS[found.form]}. Bands: 95 % intervals."]
    slope = found.trend.slope
    if math.isfinite(slope.low):
        numbers = signed(f"{slope.value:.2f} [{slope.low:.2f}, {slope.high:.2f}]")
        told = "no proportional bias told" if slope.low <= 0 <= slope.high else "proportional bias: oblique line"
        lines.append(f"Slope of difference on mean {numbers}: {told}.")
    return " ".join(lines)
