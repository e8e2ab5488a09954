"""The bars the project set itself, and cells of tables that show how a figure stands against them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PHASES = ("concentric", "hold", "eccentric", "pause")


@dataclass(frozen=True)
class Bar:
    """A bar that the project set itself: a figure of a group of recordings against a limit."""

    label: str
    figure: str
    limit: float
    at_least: bool
    scale: float
    unit: str
    digits: int
    group: str = "all"
    signed: bool = False

    def said(self) -> str:
        """The bar in words."""
        if self.signed:
            return f"within {self.limit:g}{self.unit}"
        return f"{'at least' if self.at_least else 'at most'} {self.limit:g}{self.unit}"

    def missed(self, figure: Mapping[str, Any]) -> bool:
        """Whether the measured value falls short; an unknown one does not."""
        if figure["value"] is None:
            return False
        value = self.scale * float(figure["value"])
        return value < self.limit if self.at_least else abs(value) > self.limit


def _phase_bars() -> Iterable[Bar]:
    for phase in PHASES:
        name = f"{phase}_s"
        yield Bar(f"{phase}, median error", f"{name}.median", 15, False, 1e3, " ms", 0, "no slow")
        yield Bar(f"{phase}, 95th percentile", f"{name}.p95", 90, False, 1e3, " ms", 0, "no slow")
        yield Bar(f"{phase}, signed median", f"{name}.bias", 10, False, 1e3, " ms", 0, "no slow", signed=True)


BARS = (
    Bar("recordings perfect", "perfect", 100, True, 100, " %", 1),
    *_phase_bars(),
    Bar("ROM, RMSE", "excursion_deg.rmse", 0.8, False, 1, "°", 2),
    Bar("pulses counted right", "pulses", 98, True, 100, " %", 1),
    Bar("size of axial rotation, RMSE", "axial_abs_deg.rmse", 2.0, False, 1, "°", 2),
    Bar("hip rotation flag, sensitivity", "hip_rotation_sensitivity", 93, True, 100, " %", 1),
    Bar("hip rotation flag, specificity", "hip_rotation_specificity", 95, True, 100, " %", 1),
    Bar("rows with every measure", "filled", 97, True, 100, " %", 1),
)
BAR_OF = {bar.figure: bar for bar in BARS}


def clearly(bar: Bar, figure: Mapping[str, Any]) -> bool:
    """Whether the whole interval of a missed figure lies beyond the bar, not only its value."""
    if figure["low"] is None:
        return False
    low, high = bar.scale * figure["low"], bar.scale * figure["high"]
    if bar.at_least:
        return bool(high < bar.limit)
    return bool(low > bar.limit or high < -bar.limit)


def number(value: float | None, scale: float = 1.0, digits: int = 0) -> str:
    """A value for a cell; a dash where it is unknown."""
    if value is None or not math.isfinite(value):
        return "-"
    text = f"{scale * value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def interval(figure: Mapping[str, Any], scale: float = 1.0, digits: int = 0) -> str:
    """``13 (10 to 18)``: value and 95 % interval."""
    value, low, high = (number(figure[key], scale, digits) for key in ("value", "low", "high"))
    return value if "-" in (low, high) else f"{value} ({low} to {high})"


def barred(figure: Mapping[str, Any], name: str) -> str:
    """Value and interval of a figure that has a bar; bold where it falls short."""
    bar = BAR_OF[name]
    text = interval(figure, bar.scale, bar.digits)
    return f"**{text}**" if bar.missed(figure) else text


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1) -> str:
    """A Markdown table; the first ``left`` columns to the left, the others to the right."""
    rules = ["---"] * left + ["---:"] * (len(heads) - left)
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in (heads, rules, *rows)) + "\n"
