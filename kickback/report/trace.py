"""The zoomable angle trace: the one thing in the report that is drawn by Bokeh.

Bokeh's JavaScript is put into the page; the plot is handed over as JSON whose ids are numbered from 1, so that the
same analysis gives the same bytes. Colours are those of the style sheet: the page's script sets them by the models'
names, for light and dark alike.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.results import Phase
from kickback.document import phase_ranges
from kickback.report.chips import is_flagged
from kickback.report.decimate import FloatArray, decimate
from kickback.result import Analysis

if TYPE_CHECKING:
    from bokeh.models.glyphs import Line
    from bokeh.models.renderers import GlyphRenderer
    from bokeh.plotting import figure

MOST_POINTS = 16_000
"""Enough for eight points a pixel on a wide screen, and about 0.4 MB."""

FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
HATCH = {Phase.CONCENTRIC: " ", Phase.HOLD: ".", Phase.ECCENTRIC: "/"}
TARGET_ID = "trace"
TOOLTIP = f"""<div style="font: 13px/1.45 {FONT}; padding: 2px 4px; white-space: nowrap">
<b>@label</b><br>@angle{{0.0}}° at @time{{0.00}} s</div>"""


@cache
def bokeh_js() -> str:
    """Bokeh's JavaScript, as it ships in its wheel."""
    from bokeh.resources import Resources

    scripts: list[str] = Resources(mode="inline", components=["bokeh"], log_level="warn").js_raw
    return "\n".join(scripts)


def angle_limits(angle_deg: FloatArray) -> tuple[float, float]:
    """A range of angles with some air, never narrower than 20 degrees."""
    known = angle_deg[np.isfinite(angle_deg)]
    low, high = min(float(known.min()), 0.0), max(float(known.max()), 15.0)
    air = 0.06 * (high - low)
    return low - air, high + 2.5 * air


def rejected_spans(analysis: Analysis) -> list[tuple[float, float]]:
    """When movements were not counted, overlapping ones as one span, seconds."""
    spans: list[tuple[float, float]] = []
    for first_s, last_s in sorted((one.start_s, one.end_s) for one in analysis.rejected):
        if spans and first_s <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last_s))
        else:
            spans.append((first_s, last_s))
    return spans


def trace_json(analysis: Analysis) -> str | None:
    """The plot for ``Bokeh.embed.embed_item``, safe inside a script element; None when no angle is known."""
    from bokeh.embed import json_item

    if not np.isfinite(analysis.angle_deg).any():
        return None
    item = json_item(_plot(analysis), target=TARGET_ID)  # type: ignore[arg-type]  # an element's id, as its docs say
    return numbered(json.dumps(item, separators=(",", ":"))).replace("<", "\\u003c")


def numbered(text: str) -> str:
    """Bokeh's running ids (``p1001``), which count on from plot to plot, renamed by first appearance."""
    names: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        return f'{match[1]}"{names.setdefault(match[2], f"k{len(names) + 1}")}"'

    return re.sub(r'("(?:root_id|id)":)"(p\d+)"', rename, text)


def _plot(analysis: Analysis) -> figure:
    from bokeh.models import BoxZoomTool, HoverTool, Range1d, ResetTool, WheelZoomTool
    from bokeh.plotting import figure

    time_s = analysis.recording.time_s
    first_s, last_s = float(time_s[0]), float(time_s[-1])
    low, high = angle_limits(analysis.angle_deg)
    plot = figure(
        height=360,
        sizing_mode="stretch_width",
        x_range=Range1d(start=first_s, end=last_s, bounds=(first_s, last_s), min_interval=1.0, name="x"),
        y_range=Range1d(start=low, end=high),
        tools=[],
        toolbar_location=None,
        name="plot",
    )
    _bands(plot, analysis, low, high)
    line = _line(plot, analysis)
    _numbers(plot, analysis, high)
    zoom = BoxZoomTool(dimensions="width", name="zoom")
    hover = HoverTool(
        renderers=[line], mode="vline", tooltips=TOOLTIP, attachment="horizontal", show_arrow=False, name="hover"
    )
    plot.add_tools(zoom, ResetTool(), WheelZoomTool(dimensions="width", modifiers="ctrl"), hover)
    plot.toolbar.active_drag = zoom
    _undress(plot)
    return plot


def _bands(plot: figure, analysis: Analysis, low: float, high: float) -> None:
    ranges = phase_ranges(analysis.all_reps)
    for phase, hatch in HATCH.items():
        mine = [(first_s, last_s) for first_s, last_s, kind, _ in ranges if kind is phase]
        _band(plot, f"band-{phase}", mine, (low, high), hatch, 0.34 if phase is Phase.HOLD else 0.25)
    _band(plot, "band-rejected", rejected_spans(analysis), (low, high), "x", 0.1)


def _band(
    plot: figure, name: str, spans_s: list[tuple[float, float]], height: tuple[float, float], hatch: str, alpha: float
) -> None:
    """Upright stripes; the hatching tells the kinds apart without colour."""
    plot.quad(
        left=[first_s for first_s, _ in spans_s],
        right=[last_s for _, last_s in spans_s],
        bottom=height[0],
        top=height[1],
        line_color=None,
        fill_alpha=alpha,
        hatch_pattern=hatch,
        hatch_alpha=alpha,
        hatch_weight=0.8,
        hatch_scale=7,
        name=name,
    )


def _line(plot: figure, analysis: Analysis) -> GlyphRenderer[Line]:
    """The angle, with what the page's script needs to say where in a rep a point lies."""
    from bokeh.models import ColumnDataSource

    time_s = analysis.recording.time_s
    place = np.zeros(len(time_s), dtype=np.intp)
    labels = ["between reps"]
    for one in analysis.rejected:
        _mark(place, time_s, one.start_s, one.end_s, len(labels))
        labels.append(f"not counted: {one.reason}")
    for first_s, last_s, phase, rep in phase_ranges(analysis.all_reps):
        _mark(place, time_s, first_s, last_s, len(labels))
        labels.append(f"set {rep.set}, rep {rep.rep}: {phase}")
    keep = decimate(analysis.angle_deg, MOST_POINTS)
    used, place = np.unique(place[keep], return_inverse=True)
    source = ColumnDataSource(
        {
            "time": time_s[keep],
            "angle": analysis.angle_deg[keep].astype(np.float32),
            "place": place.astype(np.int16),
        },
        name="angle",
        tags=[[labels[index] for index in used]],
    )
    return plot.line("time", "angle", source=source, line_width=1.6, line_join="round", name="line")


def _mark(place: npt.NDArray[np.intp], time_s: FloatArray, first_s: float, last_s: float, label: int) -> None:
    first, last = np.searchsorted(time_s, (first_s, last_s))
    place[first:last] = label


def _numbers(plot: figure, analysis: Analysis, high: float) -> None:
    """Every rep's number above its bands; the script thins them out where they would overlap."""
    from bokeh.core.properties import value
    from bokeh.models import ColumnDataSource

    reps = [rep for rep in analysis.all_reps if np.isfinite(rep.start_s) and np.isfinite(rep.end_s)]
    number = [str(rep.rep) + ("\n▲" if is_flagged(rep) else "") for rep in reps]
    middle = [(rep.start_s + rep.end_s) / 2 for rep in reps]
    source = ColumnDataSource({"time": middle, "number": number, "text": number}, name="numbers")
    plot.text(
        "time", high, text="text", source=source, text_align="center", text_baseline="top", y_offset=6,
        text_font=value(FONT), text_font_size="12px", text_font_style="bold", name="number",
    )  # fmt: skip


def _undress(plot: figure) -> None:
    """Away with what gives a default plot away: frames, minor ticks, vertical grid lines."""
    from bokeh.models import BasicTickFormatter

    plot.xaxis.axis_label = "Time on the recording's clock (s)"
    plot.yaxis.axis_label = "Leg angle (°)"
    plot.background_fill_color = plot.border_fill_color = plot.outline_line_color = None
    plot.xgrid.visible = False
    plot.axis.minor_tick_line_color = plot.axis.major_tick_line_color = plot.yaxis.axis_line_color = None
    plot.axis.axis_label_text_font = plot.axis.major_label_text_font = FONT
    plot.axis.axis_label_text_font_size = plot.axis.major_label_text_font_size = "12px"
    plot.axis.axis_label_text_font_style = "normal"
    plot.xaxis.formatter = BasicTickFormatter(use_scientific=False)
    plot.xaxis.name, plot.yaxis.name, plot.ygrid.name = "x-axis", "y-axis", "grid"
    plot.min_border_right = 12
