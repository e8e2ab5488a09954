"""The angle trace as SVG: sharp on paper, and what is seen where no script runs. One strip a set."""

from __future__ import annotations

import math

import numpy as np
from markupsafe import Markup

from analysis.results import Rep
from kickback import words
from kickback.document import phase_ranges
from kickback.report.chips import is_flagged
from kickback.report.decimate import FloatArray, decimate
from kickback.report.svg import drawing, element, label, minus, nice_ticks
from kickback.report.trace import angle_limits, rejected_spans
from kickback.result import Analysis

WIDTH, HEIGHT = 1000.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 8.0, 24.0, 34.0
MOST_POINTS = 1600
AROUND_S = 2.0
NUMBER_WIDTH = 26.0
"""Room for a rep's number; where reps lie closer, only every second, third ... is named."""


def strips(analysis: Analysis) -> list[tuple[str, Markup]]:
    """A title and a picture per set; without sets one of the whole recording; none where no angle is known."""
    if not np.isfinite(analysis.angle_deg).any():
        return []
    time_s = analysis.recording.time_s
    first_s, last_s = float(time_s[0]), float(time_s[-1])
    if not analysis.closed:
        return [("The whole recording", _strip(analysis, (), first_s, last_s))]
    found = []
    for closed in analysis.closed:
        start_s, end_s = max(closed.start_s - AROUND_S, first_s), min(closed.end_s + AROUND_S, last_s)
        leg = f", {closed.leg} leg" if closed.leg else ""
        found.append((f"Set {closed.set}{leg}", _strip(analysis, closed.reps, start_s, end_s)))
    return found


def _strip(analysis: Analysis, reps: tuple[Rep, ...], start_s: float, end_s: float) -> Markup:
    time_s = analysis.recording.time_s
    first, last = np.searchsorted(time_s, (start_s, end_s + 1e-9))
    inside = [span for span in rejected_spans(analysis) if span[1] > start_s and span[0] < end_s]
    low, high = angle_limits(analysis.angle_deg)
    axes = _Axes(start_s, max(end_s, start_s + 1e-3), low, high)
    parts = _bands(axes, reps, inside)
    parts += _frame(axes)
    parts.append(_line(axes, time_s[first:last], analysis.angle_deg[first:last]))
    parts += _numbers(axes, reps)
    spoken = f"Leg angle from {words.clock(start_s)} to {words.clock(end_s)}, {words.many(len(reps), 'rep')}"
    return drawing(WIDTH, HEIGHT, spoken, "strip", "".join(parts))


class _Axes:
    def __init__(self, start_s: float, end_s: float, low: float, high: float) -> None:
        self.start_s, self.end_s, self.low, self.high = start_s, end_s, low, high

    def x(self, time_s: float) -> float:
        share = (min(max(time_s, self.start_s), self.end_s) - self.start_s) / (self.end_s - self.start_s)
        return LEFT + (WIDTH - LEFT - RIGHT) * share

    def y(self, angle: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - angle) / (self.high - self.low)


def _bands(axes: _Axes, reps: tuple[Rep, ...], rejected: list[tuple[float, float]]) -> list[str]:
    ranges = [(first, last, f"band-{phase}") for first, last, phase, _ in phase_ranges(reps)]
    ranges += [(first, last, "band-rejected") for first, last in rejected]
    height = HEIGHT - TOP - BOTTOM
    return [
        element("rect", class_=kind, x=axes.x(first), y=TOP, width=axes.x(last) - axes.x(first), height=height)
        for first, last, kind in ranges
    ]


def _frame(axes: _Axes) -> list[str]:
    parts = []
    for tick in nice_ticks(axes.low, axes.high, 3):
        y = axes.y(tick)
        parts.append(element("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y))
        parts.append(label(minus(f"{tick:g}°"), LEFT - 8, y + 4, class_="tick", text_anchor="end"))
    for tick in nice_ticks(axes.start_s, axes.end_s, 10):
        parts.append(label(f"{tick:g}", axes.x(tick), HEIGHT - BOTTOM + 18, class_="tick", text_anchor="middle"))
    parts.append(label("s", WIDTH - RIGHT, HEIGHT - 2, class_="tick", text_anchor="end"))
    return parts


def _line(axes: _Axes, time_s: FloatArray, angle_deg: FloatArray) -> str:
    """One path; every gap starts a new piece of it."""
    pieces, pen = [], "M"
    for index in decimate(angle_deg, MOST_POINTS):
        angle = float(angle_deg[index])
        if math.isnan(angle):
            pen = "M"
            continue
        pieces.append(f"{pen}{axes.x(float(time_s[index])):.1f} {axes.y(angle):.1f}")
        pen = "L"
    return element("path", class_="line", d="".join(pieces))


def _numbers(axes: _Axes, reps: tuple[Rep, ...]) -> list[str]:
    parts, free_from = [], -math.inf
    for rep in reps:
        x = axes.x((rep.start_s + rep.end_s) / 2)
        if math.isfinite(x) and x >= free_from:
            mark = "▲" if is_flagged(rep) else ""
            parts.append(label(f"{rep.rep}{mark}", x, TOP - 7, class_="number", text_anchor="middle"))
            free_from = x + NUMBER_WIDTH
    return parts
