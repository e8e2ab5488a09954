"""Effects one below the other: estimate and 95 % interval, the number beside each."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kickback.errors import KickbackError
from kickback.figures.style import FAINT, INK, WIDTH_CM, canvas, caption, colour_of, mark_simulated, styled
from kickback.figures.words import signed

ROW_CM = 0.75
NOTE = "Bars: 95 % intervals."
NEEDED = ("label", "estimate", "low", "high")


def forest(
    effects: pd.DataFrame,
    *,
    xlabel: str,
    no_effect: float = 0.0,
    simulated: str = "",
    note: str = NOTE,
) -> Figure:
    """Effects with their intervals on one scale.

    Args:
        effects: one row an effect, drawn from top to bottom: ``label``, ``estimate``, ``low``, ``high`` in one unit;
            where there is ``detail`` (text), it stands at the right end, such as a corrected p. A row without an
            estimate is listed with a dash and no bar.
        xlabel: what is on the scale, with its unit.
        no_effect: where the line of no effect stands: 0 of differences, 1 of ratios.
        simulated: what has to be said of simulated data, by :func:`kickback.figures.words.simulated_words`.
        note: below the figure.

    Raises:
        KickbackError: a column is missing, or there is no effect.
    """
    if absent := [name for name in NEEDED if name not in effects.columns]:
        raise KickbackError(f"the table of effects has no column {', '.join(map(repr, absent))}")
    if not len(effects):
        raise KickbackError("there is no effect to draw")
    with styled():
        figure, axes = canvas(WIDTH_CM, 3.6 + ROW_CM * len(effects))
        axes.axvline(no_effect, color=FAINT, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        for row, effect in enumerate(effects.to_dict("records")):
            _row(axes, row, effect)
        axes.set_yticks(range(len(effects)), [signed(str(label)) for label in effects["label"]])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(effects) - 0.4, -1.3)
        _across(axes, effects, no_effect)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(xlabel)
        mark_simulated(axes, simulated)
        caption(figure, note)
    return figure


def _row(axes: Axes, row: int, effect: Mapping[Hashable, object]) -> None:
    estimate, low, high = (float(str(effect[name])) for name in ("estimate", "low", "high"))
    if math.isfinite(estimate):
        axes.hlines(row, low, high, color=colour_of(0), linewidth=1.8, zorder=2)
        axes.scatter([estimate], [row], s=38, marker="s", color=colour_of(0), edgecolors="white", zorder=3)
    detail = effect.get("detail")
    text = _number(estimate, low, high) + (f"   {detail}" if isinstance(detail, str) and detail else "")
    axes.text(1.02, row, text, transform=axes.get_yaxis_transform(), va="center", ha="left", fontsize=8.5, color=INK)


def _number(estimate: float, low: float, high: float) -> str:
    """``0.52 [0.10, 0.94]``."""
    if not math.isfinite(estimate):
        return "–"
    text = f"{estimate:.2f}"
    if math.isfinite(low) and math.isfinite(high):
        text += f" [{low:.2f}, {high:.2f}]"
    return signed(text)


def _across(axes: Axes, effects: pd.DataFrame, no_effect: float) -> None:
    """The scale: every end of an interval, and the line of no effect."""
    ends = np.concatenate([effects[name].to_numpy(dtype=float) for name in ("estimate", "low", "high")])
    ends = np.append(ends[np.isfinite(ends)], no_effect)
    margin = 0.06 * float(np.ptp(ends)) or 1.0
    axes.set_xlim(float(ends.min()) - margin, float(ends.max()) + margin)
