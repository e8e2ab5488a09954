"""Draw the figures of the algorithm page, docs/images/algorithm_*.png, from shipped traces. All of them are simulated.

    python benchmarks/make_figures.py [FOLDER]

Needs Chromium, which turns the drawings (SVG) into pictures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import sosfiltfilt

from analysis import phases
from analysis.orientation import GapBridge, up_in_sensor
from analysis.pivot import GRAVITY_MPS2, LOW_PASS_HZ, Pivot, fit
from analysis.results import Rep
from analysis.segment import Tracker
from analysis.track import Window
from analysis.vectors import cross, low_pass
from benchmarks.drawing import FAINT, INK, LEFT, RIGHT, WIDTH, Panel, drawing, rasterize
from imu.blocks import FloatArray, Recording
from kickback import Analysis, Params, Pipeline, analyze
from kickback.report.svg import element, minus

ROOT = Path(__file__).resolve().parents[1]
TRACES = ROOT / "recordings" / "traces"
COLOURS = {"concentric": "#bfe3d0", "hold": "#f6dfa4", "eccentric": "#bcd7f2"}
BLUE, RED, GREEN, AMBER = "#1d5fa8", "#b3261e", "#1e7d4f", "#9a6700"


def window_of(analysis: Analysis, first_s: float, last_s: float) -> Window:
    """The samples between two instants, with the orientation reworked over them as at the end of a set."""
    rate, start_s = analysis.recording.rate_hz, analysis.header.start_s
    first, last = (round((t - start_s) * rate) for t in (first_s, last_s))
    bridge = GapBridge(rate)
    chunks = bridge.push(analysis.recording.block) + bridge.finish()
    acc, gyr = (np.vstack(parts)[first:last] for parts in zip(*((c.acc, c.gyr) for c in chunks), strict=True))
    lost = np.concatenate([chunk.lost for chunk in chunks])[first:last]
    raw = Window(first, rate, acc, gyr, np.empty((last - first, 4)), np.empty((last - first, 3)), lost)
    return raw.reworked()


def seconds(analysis: Analysis, window: Window) -> FloatArray:
    """The recording's clock at every sample of a window."""
    return analysis.header.start_s + (window.start + np.arange(len(window))) / window.rate_hz


def angle_and_velocity(analysis: Analysis, rep: Rep) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Seconds, leg angle in degrees and its velocity in deg/s about a rep, as its instants are measured from them."""
    window = window_of(analysis, max(rep.start_s - 30.0, analysis.header.start_s), rep.end_s + 2.0)
    time_s = seconds(analysis, window)
    first, top = (int(np.searchsorted(time_s, t)) for t in (rep.start_s, rep.concentric_end_s))
    angle, velocity, _ = phases.motion(window, first, top)
    return time_s, angle, velocity


def bands(panel: Panel, reps: list[Rep]) -> None:
    """The phases of reps as coloured bands."""
    for rep in reps:
        edges = (rep.start_s, rep.concentric_end_s, rep.eccentric_start_s, rep.end_s)
        for colour, first, last in zip(COLOURS.values(), edges[:-1], edges[1:], strict=True):
            panel.band(first, last, colour)


def draw_phases() -> str:
    """Two reps: angle, velocity, and the instants found and true."""
    analysis = analyze(TRACES / "clean_set.csv")
    truth = json.loads((TRACES / "clean_set.truth.json").read_text(encoding="utf-8"))["reps"]
    reps = list(analysis.all_reps[2:4])
    across = (reps[0].start_s - 0.6, reps[1].end_s + 0.6)
    upper, lower = Panel(48, 190, across, (-5.0, 80.0)), Panel(300, 190, across, (-140.0, 140.0))
    for panel in (upper, lower):
        bands(panel, reps)
    upper.axes("leg angle, degrees", None)
    lower.axes("velocity about the swing axis, degrees per second")
    for rep in reps:
        time_s, angle, velocity = angle_and_velocity(analysis, rep)
        near = (time_s > rep.start_s - 0.25) & (time_s < rep.end_s + 0.25)
        upper.line(time_s[near], angle[near], INK)
        lower.line(time_s[near], velocity[near], INK)
    for rep in truth[2:4]:
        for name in ("start_s", "concentric_end_s", "eccentric_start_s", "end_s"):
            upper.mark(rep[name], RED)
            lower.mark(rep[name], RED)
    first = reps[0]
    for name, at in zip(COLOURS, (first.start_s, first.concentric_end_s, first.eccentric_start_s), strict=True):
        upper.text(name, upper.x(at) + 4, upper.top + 15, font_size=12)
    return drawing(550, "Bands: phases found. Dashed: the true instants. Trace clean_set, reps 3 and 4.", upper, lower)


def explained(window: Window, found: Pivot, along: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Acceleration without gravity along a direction, and what the hip explains of it, both low-passed, in m/s²."""
    sos = low_pass(3, LOW_PASS_HZ, window.rate_hz)
    linear = sosfiltfilt(sos, window.acc - GRAVITY_MPS2 * window.up, axis=0)
    turn = sosfiltfilt(sos, window.gyr, axis=0)
    alpha = np.gradient(turn, 1.0 / window.rate_hz, axis=0)
    arm = np.broadcast_to(np.array(found.arm_m), turn.shape)
    circle = cross(alpha, arm) + cross(turn, cross(turn, arm))
    return linear @ along, circle @ along + float(np.mean((linear - circle) @ along))


def draw_pivot() -> str:
    """What one hip explains of a kickback, and how little of steps."""
    spans = (("clean_set", None), ("two_legs_walking", (3.1, 7.6)))
    panels = []
    for number, (stem, span) in enumerate(spans):
        analysis = analyze(TRACES / f"{stem}.csv")
        rep = analysis.all_reps[2]
        first_s, last_s = span or (rep.start_s - 0.1, rep.end_s + 0.1)
        window = window_of(analysis, first_s, last_s)
        rest = np.array(analysis.closed[0].calibration.rest)
        top = window.up[int(np.argmin(window.up @ rest))]
        swing = (top - rest * (top @ rest)) / np.linalg.norm(top - rest * (top @ rest))
        found = fit(window.acc, window.gyr, window.up, window.lost, window.rate_hz, swing, rest)
        if found is None:
            raise SystemExit(f"{stem}: nothing to fit between {first_s} and {last_s} s")
        measured, model = explained(window, found, swing)
        time_s = seconds(analysis, window)
        limit = 1.15 * float(np.abs(np.concatenate([measured, model])).max())
        panel = Panel(48 + 245 * number, 170, (float(time_s[0]), float(time_s[-1])), (-limit, limit))
        what = "walking" if span else "a kickback"
        panel.axes(
            minus(f"{what}: pivot {found.along_m:.2f} m above the sensor, tilted by {found.tilt_deg:.0f}°, ")
            + f"{100 * found.explained:.0f} % of the acceleration explained",
            "seconds" if span else None,
        )
        panel.line(time_s, measured, INK)
        panel.line(time_s, model, RED, dash="6 4")
        panels.append(panel)
    note = "Acceleration along the swing below 3 Hz, m/s²: measured (solid), of a circle about one hip (dashed)."
    return drawing(545, note, *panels)


def flank_points(share: FloatArray, peak: int) -> tuple[FloatArray, FloatArray, float]:
    """Places (behind the peak) and heights of a falling flank's used part, and where its fit reaches the edge."""
    low, high = phases.FLANK
    foot = peak + int(np.flatnonzero(share[peak:] < low)[0])
    head = peak + int(np.flatnonzero(share[peak : foot + 1] > high)[-1])
    at = np.linspace(head, foot, 40)
    height = np.interp(at, np.arange(len(share)), share)
    used = (height >= low) & (height <= high)
    slope, offset = np.polyfit(height[used] ** phases.FLANK_POWER, at[used], 1)
    return at[used], height[used], float(offset + slope * phases.EDGE**phases.FLANK_POWER)


def draw_flank() -> str:
    """The end of a slow way back: crossing of 5 % against extrapolation from the flank."""
    analysis = analyze(TRACES / "slow_eccentric_holds.csv")
    truth = json.loads((TRACES / "slow_eccentric_holds.truth.json").read_text(encoding="utf-8"))["reps"]
    number = 1
    rep, true_s = analysis.all_reps[number], truth[number]["end_s"]
    time_s, _, velocity = angle_and_velocity(analysis, rep)
    rate = analysis.recording.rate_hz
    back = (time_s > rep.eccentric_start_s) & (time_s < rep.end_s + 1.2)
    rough = gaussian_filter1d(-velocity, phases.ROUGH_S * rate)
    lobe_s = float((back & (rough > 0.2 * rough[back].max())).sum()) / rate
    speed = gaussian_filter1d(-velocity, max(phases.SMOOTH_S, phases.SMOOTH_SHARE * lobe_s) * rate)
    peak = int(np.flatnonzero(back)[np.argmax(speed[back])])
    share = speed / speed[peak]
    at, height, edge = flank_points(share, peak)
    clock = time_s[0] + np.arange(len(time_s)) / rate
    crossing = time_s[peak + int(np.flatnonzero(share[peak:] < phases.EDGE)[0])]
    panel = Panel(48, 270, (rep.end_s - 1.8, rep.end_s + 0.9), (-0.1, 1.05))
    for low, high, fill in ((*phases.FLANK, "#eef2f7"),):
        y = panel.y(high)
        panel.parts.append(element("rect", x=LEFT, y=y, width=WIDTH - LEFT - RIGHT, height=panel.y(low) - y, fill=fill))
    panel.axes("speed of a slow way back, share of its peak")
    shown = (clock > panel.across[0]) & (clock < panel.across[1])
    panel.line(clock[shown], (-velocity / speed[peak])[shown], "#c3c8cf", 1.0)
    panel.line(clock[shown], share[shown], INK)
    fitted = np.linspace(phases.EDGE, phases.FLANK[1], 60)
    slope, offset = np.polyfit(height**phases.FLANK_POWER, at, 1)
    panel.line(time_s[0] + (offset + slope * fitted**phases.FLANK_POWER) / rate, fitted, BLUE, 2.4)
    for x, y in zip(time_s[0] + at / rate, height, strict=True):
        panel.dot(x, y, BLUE)
    found_s = time_s[0] + edge / rate
    for row, (what, s, colour) in enumerate(
        (("true end", true_s, RED), ("extrapolated", found_s, BLUE), ("first crossing of 5 %", crossing, AMBER))
    ):
        panel.mark(s, colour)
        off = "" if what == "true end" else f", {minus(f'{1000 * (s - true_s):+.0f}')} ms"
        panel.text(
            what + off,
            panel.x(max(crossing, found_s, true_s)) + 10,
            panel.top + 18 + 20 * row,
            fill=colour,
            font_weight="600",
        )
    note = "Grey: unsmoothed. Shaded: the part of the flank that is used. Trace slow_eccentric_holds, rep 2."
    return drawing(385, note, panel)


def rests_over_time(recording: Recording) -> dict[int, tuple[list[float], list[float]]]:
    """For each rest position that was ever known: instants (s) and the leg's angle (degrees) from it."""
    pipeline = Pipeline(Params(), rate_hz=recording.rate_hz, start_s=recording.header.start_s)
    seen: dict[int, tuple[list[float], list[float]]] = {}
    for block in recording.blocks(size=round(0.1 * recording.rate_hz)):
        pipeline.push(block)
        state = pipeline.snapshot()
        quat = state.track.quaternions(block.stop - 1, block.stop, 1)
        if state.track.stop < block.stop or np.isnan(quat).any():
            continue
        x, y, z = up_in_sensor(quat)[0].tolist()
        for rest in state.rests.rests:
            tracker: Tracker | None = rest.tracker
            if tracker is not None:
                times, angles = seen.setdefault(rest.number, ([], []))
                times.append(recording.header.start_s + (block.stop - 1) / recording.rate_hz)
                angles.append(tracker.angle_deg((x, y, z)))
    return seen


def draw_rests() -> str:
    """A whole recording: angle from the rest positions known at a time, what was counted, what was not."""
    analysis = analyze(TRACES / "two_legs_walking.csv")
    recording = analysis.recording
    across = (recording.header.start_s, recording.header.start_s + recording.duration_s)
    panel = Panel(48, 260, across, (0.0, 140.0))
    for closed in analysis.closed:
        for rep in closed.reps:
            panel.band(rep.start_s, rep.end_s, COLOURS["concentric"])
    for one in analysis.rejected:
        panel.band(one.start_s, one.end_s, "#f3d3d0")
    panel.axes("angle from each rest position known by then, degrees")
    shades = (BLUE, AMBER, GREEN, "#7a4fa3", FAINT, "#0f766e", "#a21c5b")
    for number, (times, angles) in rests_over_time(recording).items():
        gaps = np.flatnonzero(np.diff(times) > 0.5)
        values = np.array(angles)
        values[gaps] = np.nan
        panel.line(np.array(times), values, shades[number % len(shades)], 1.1)
    note = "Green: counted reps, two legs. Red: looked at and not counted. Trace two_legs_walking."
    return drawing(375, note, panel)


def main() -> None:
    """Draw all figures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    for name, draw in (("phases", draw_phases), ("pivot", draw_pivot), ("flank", draw_flank), ("rests", draw_rests)):
        rasterize(draw(), folder / f"algorithm_{name}.png")
        print(folder / f"algorithm_{name}.png")


if __name__ == "__main__":
    main()
