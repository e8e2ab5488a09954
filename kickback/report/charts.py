"""Small charts of one measure over the reps of a set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from kickback.report.svg import drawing, element, label, minus, nice_ticks

WIDTH, HEIGHT = 260.0, 176.0
LEFT, RIGHT, TOP, BOTTOM = 38.0, 10.0, 14.0, 26.0
MOST_NUMBERS = 12
SIZE = 4.5


@dataclass(frozen=True, slots=True)
class Series:
    """One measure over the reps.

    Attributes:
        name: as it is spoken, such as "way out".
        values: one a rep, NaN when unknown.
        warn: whether this rep's value carries a warning; drawn as a triangle.
        square: drawn as hollow squares instead of dots, for a second series.
    """

    name: str
    values: Sequence[float]
    warn: Sequence[bool]
    square: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    low: float
    high: float
    count: int

    def x(self, index: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (index + 0.5) / self.count

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def rep_chart(
    numbers: Sequence[int],
    series: Sequence[Series],
    unit: str,
    *,
    limits: Sequence[float] = (),
    mean: float = math.nan,
    least_span: float = 10.0,
) -> Markup | None:
    """A mark per rep over a zero line; None when no value is known.

    Args:
        numbers: the reps' numbers.
        series: one or two measures of the same unit.
        unit: is written behind every value, such as "°".
        limits: dashed lines at plus and minus these values, where a flag begins.
        mean: a dashed line; NaN for none.
        least_span: the axis covers at least this much, so that small differences look small.
    """
    known = [value for one in series for value in one.values if math.isfinite(value)]
    if not known:
        return None
    frame = _frame(known, limits, least_span, len(numbers))
    parts = _axes(numbers, frame)
    if math.isfinite(mean):
        parts.append(_rule("mean", mean, frame))
    for value in (side * limit for limit in limits for side in (1, -1)):
        if frame.low <= value <= frame.high:
            parts.append(_rule("limit", value, frame))
    for one in series:
        parts += _marks(one, numbers, unit, frame)
    spoken = "; ".join(_spoken(one, unit) for one in series)
    return drawing(WIDTH, HEIGHT, spoken, "chart", "".join(parts))


def _frame(known: Sequence[float], limits: Sequence[float], least_span: float, count: int) -> _Frame:
    signed = min(known) < 0
    edges = [0.0, *known, *limits]
    low, high = min(edges), max(edges)
    if signed:
        high = max(high, -low, least_span / 2)
        low = -high
    high = max(high, low + least_span)
    air = 0.1 * (high - low)
    return _Frame(low - air if signed else low, high + air, count)


def _axes(numbers: Sequence[int], frame: _Frame) -> list[str]:
    parts = []
    for tick in nice_ticks(frame.low, frame.high):
        kind, y = ("zero" if abs(tick) < 1e-9 else "grid"), frame.y(tick)
        parts.append(element("line", class_=kind, x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y))
        parts.append(label(minus(f"{tick:g}"), LEFT - 8, y + 4, class_="tick", text_anchor="end"))
    step = math.ceil(len(numbers) / MOST_NUMBERS)
    for index in range(0, len(numbers), step):
        parts.append(label(str(numbers[index]), frame.x(index), HEIGHT - 6, class_="tick", text_anchor="middle"))
    return parts


def _rule(kind: str, value: float, frame: _Frame) -> str:
    y = frame.y(value)
    return element("line", class_=kind, x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)


def _marks(one: Series, numbers: Sequence[int], unit: str, frame: _Frame) -> list[str]:
    parts = []
    for index, (value, warn) in enumerate(zip(one.values, one.warn, strict=True)):
        if math.isfinite(value):
            x, y = frame.x(index), frame.y(value)
            parts.append(element("line", class_="stem", x1=x, x2=x, y1=frame.y(0.0), y2=y))
            parts.append(_mark(x, y, f"Rep {numbers[index]}: {value:.1f}{unit}", warn, one.square))
    return parts


def _mark(x: float, y: float, text: str, warn: bool, square: bool) -> str:
    title = element("title", str(escape(text)))
    if warn:
        corners = f"{x - 6:.1f},{y + 5:.1f} {x + 6:.1f},{y + 5:.1f} {x:.1f},{y - 6.5:.1f}"
        return element("polygon", title, class_="warn", points=corners)
    if square:
        return element("rect", title, class_="square", x=x - 4, y=y - 4, width=8.0, height=8.0)
    return element("circle", title, class_="dot", cx=x, cy=y, r=SIZE)


def _spoken(one: Series, unit: str) -> str:
    known = [value for value in one.values if math.isfinite(value)]
    if not known:
        return f"{one.name}: unknown"
    said = f"{one.name}: {min(known):.0f} to {max(known):.0f}{unit} over {len(known)} reps"
    return f"{said}, {sum(one.warn)} marked" if any(one.warn) else said
