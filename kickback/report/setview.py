"""One set of the report: headline, phase bars against the target, charts, numbers, calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from analysis.params import Params, Tempo
from analysis.results import Rep, SetClosed
from analysis.rotation import LIMIT_DEG, LIMIT_WITH_GAIT_DEG
from analysis.summary import PHASE_TARGETS, SetSummary, Spread, summarise, target_s
from kickback import words
from kickback.report.charts import Series, rep_chart
from kickback.report.chips import Chip, rep_chips, set_chips
from kickback.report.svg import minus

PHASES = {"concentric_s": "Concentric", "hold_s": "Hold", "eccentric_s": "Eccentric"}
PLAIN = {"eccentric_s": "down", "pause_s": "pause", "concentric_s": "up", "hold_s": "squeeze"}
CUT = 2.5
"""A bar longer than this many targets or medians is cut, with a cue; its value stands beside it."""


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit of the tempo code: what it is, measured and wanted."""

    name: str
    code: str
    target: str
    mean: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase of one rep: its length and the target's in percent of the track, its value, how to mark it."""

    phase: str
    width: str
    target: str
    text: str
    warn: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class BarRow:
    """One rep in the phase bars."""

    number: int
    bars: tuple[Bar, ...]
    pause: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A small chart with its title, its unit and a note beneath."""

    title: str
    unit: str
    picture: Markup
    note: str


@dataclass(frozen=True, slots=True)
class SetView:
    """A set as the template shows it."""

    number: int
    title: str
    when: str
    start_s: float
    end_s: float
    reps: int
    noun: str
    digits: tuple[Digit, ...]
    facts: tuple[tuple[str, str, str], ...]
    chips: tuple[Chip, ...]
    tracks: tuple[str, ...]
    rows: tuple[BarRow, ...]
    targets: tuple[str, ...]
    charts: tuple[Chart, ...]
    numbers: tuple[tuple[str, ...], ...]
    calibration: str
    quality: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def set_view(closed: SetClosed, params: Params) -> SetView:
    """One closed set against the user's target."""
    summary = summarise(closed, params.tempo)
    scale = _scale(closed.reps, params.tempo)
    ending = "ended with the recording" if closed.reason == "end" else f"ended by {closed.reason}"
    leg = "" if closed.leg else "leg not said, "
    return SetView(
        number=closed.set,
        title=f"Set {closed.set}, {closed.leg} leg" if closed.leg else f"Set {closed.set}",
        when=f"{leg}{closed.start_s:.1f} to {closed.end_s:.1f} s, {ending}",
        start_s=closed.start_s,
        end_s=closed.end_s,
        reps=summary.reps,
        noun="rep" if summary.reps == 1 else "reps",
        digits=_digits(summary),
        facts=_facts(summary),
        chips=set_chips(closed.reps, closed.calibration.quality),
        tracks=tuple(f"{length:.2f}fr" for length in scale.values()),
        rows=tuple(_row(rep, params.tempo, scale) for rep in closed.reps),
        targets=tuple(f"{target_s(params.tempo, phase):g} s" for phase in PHASES),
        charts=_charts(closed, summary),
        numbers=_numbers(summary),
        calibration=closed.calibration.sentence,
        quality=_quality(closed),
        notes=closed.notes,
    )


def limit_note(params: Params) -> str:
    """The flag's limit in words: the user's, or the tested defaults without and with walking before it."""
    if params.hip_rotation_limit_deg is not None:
        return f"{params.hip_rotation_limit_deg:g}°"
    return f"{LIMIT_DEG:g}°, or {LIMIT_WITH_GAIT_DEG:g}° where walking before it shows the way back"


def _digits(summary: SetSummary) -> tuple[Digit, ...]:
    code = (summary.tempo_code or "-".join(words.UNKNOWN * 4)).split("-")
    digits = []
    for place, phase in enumerate(PHASE_TARGETS):
        mean: Spread = getattr(summary, phase)
        target = f"{target_s(summary.tempo, phase):g}"
        said = f"{mean.mean:.2f} s" if mean.n else words.UNKNOWN
        digits.append(Digit(PLAIN[phase], code[place], target, said))
    return tuple(digits)


def _facts(summary: SetSummary) -> tuple[tuple[str, str, str], ...]:
    """Label, value, and what stands beneath it."""
    rom, tut = summary.rom_deg, summary.tut_s
    whole = f"in {tut.n} of {words.many(summary.reps, 'rep')}" if tut.n < summary.reps else "up, squeeze and down"
    lost = f"{rom.loss_percent:.0f} % lost from best to last" if math.isfinite(rom.loss_percent) else "of the movement"
    return (
        ("Mean range", f"{words.degrees(rom.mean)}°", lost),
        ("Under tension", f"{words.seconds(summary.total_s('tut_s'), 0)} s", whole),
    )


def _scale(reps: tuple[Rep, ...], tempo: Tempo) -> dict[str, float]:
    """Seconds that each phase's track stands for, so that a second is equally long in all of them."""
    scale = {}
    for phase in PHASES:
        values = np.array([getattr(rep, phase) for rep in reps], dtype=np.float64)
        values = values[np.isfinite(values)]
        target = target_s(tempo, phase)
        longest = float(values.max()) if len(values) else 0.0
        usual = float(np.median(values)) if len(values) else 0.0
        scale[phase] = max(min(longest, CUT * max(usual, target)), target * 1.05, 0.5)
    return scale


def _row(rep: Rep, tempo: Tempo, scale: dict[str, float]) -> BarRow:
    bars = []
    for phase, track_s in scale.items():
        value, target = getattr(rep, phase), target_s(tempo, phase)
        share = 100 * min(max(value, 0.0), track_s) / track_s if math.isfinite(value) else 0.0
        warn = phase == "eccentric_s" and bool(rep.rushed)
        cut = math.isfinite(value) and value > track_s
        name = phase.removesuffix("_s")
        bars.append(Bar(name, f"{share:.1f}%", f"{100 * target / track_s:.1f}%", words.seconds(value, 2), warn, cut))
    return BarRow(rep.rep, tuple(bars), words.seconds(rep.pause_s), rep_chips(rep))


def _charts(closed: SetClosed, summary: SetSummary) -> tuple[Chart, ...]:
    reps, limit = closed.reps, closed.hip_rotation_limit_deg
    numbers = [rep.rep for rep in reps]
    calm = [False] * len(reps)
    partial = [bool(rep.is_partial) for rep in reps]
    turned = [bool(rep.hip_rotation) for rep in reps]

    def values(name: str) -> list[float]:
        found = [float(getattr(rep, name)) for rep in reps]
        return found if summary.leg else [abs(value) for value in found]

    sign = "outwards is positive" if summary.leg else "size only: the leg is not known"
    rom = [Series("range of motion", values("rom_deg"), partial)]
    out, back = values("peak_concentric_dps"), values("peak_eccentric_dps")
    speed = [Series("way out", out, calm), Series("way back", back, calm, square=True)]
    rotation = [Series("axial rotation", values("axial_rotation_deg"), turned)]
    tilt = [Series("plane tilt", values("plane_tilt_deg"), calm)]
    rom_picture = rep_chart(numbers, rom, "°", mean=summary.rom_deg.mean, least_span=30)
    turn_note = f"dashed: the flag's limit of {limit:g}°{'; ▲ is flagged' if any(turned) else ''}"
    rom_note = f"dashed: mean of {words.degrees(summary.rom_deg.mean)}°{'; ▲ is partial' if any(partial) else ''}"
    turn_picture = rep_chart(numbers, rotation, "°", limits=() if math.isnan(limit) else (limit,), least_span=12)
    drawn = (
        ("Range of motion", "°", rom_picture, rom_note),
        ("Peak speed", "°/s", rep_chart(numbers, speed, "°/s", least_span=50), "● way out \N{EM SPACE}□ way back"),
        ("Rotation at the top", "°", turn_picture, f"{sign}; {turn_note}"),
        ("Plane tilt", "°", rep_chart(numbers, tilt, "°", least_span=12), sign),
    )
    return tuple(Chart(title, unit, picture, note) for title, unit, picture, note in drawn if picture is not None)


def _numbers(summary: SetSummary) -> tuple[tuple[str, ...], ...]:
    """Name, mean, SD, CV, drift per rep, loss, total; one row a measure."""
    rows = []
    for name, title, digits in (
        ("concentric_s", "Concentric (s)", 2),
        ("hold_s", "Hold (s)", 2),
        ("eccentric_s", "Eccentric (s)", 2),
        ("pause_s", "Pause (s)", 2),
        ("tut_s", "Time under tension (s)", 2),
        ("rom_deg", "Range of motion (°)", 1),
        ("peak_concentric_dps", "Peak speed out (°/s)", 0),
        ("peak_eccentric_dps", "Peak speed back (°/s)", 0),
    ):
        over: Spread = getattr(summary, name)
        loss = words.seconds(over.loss_percent, 0) if name in summary.loss_percent else ""
        total = words.seconds(summary.total_s(name)) if name in {*PHASES, "tut_s"} else ""
        cells = (words.seconds(over.mean, digits), words.seconds(over.sd, digits), words.seconds(over.cv_percent, 0))
        rows.append((title, *cells, _signed(over.drift_per_rep, digits), loss, total))
    return tuple(rows)


def _signed(value: float, digits: int) -> str:
    """With its sign; no minus before a zero."""
    return minus(f"{round(value, digits) + 0.0:+.{digits}f}") if math.isfinite(value) else words.UNKNOWN


def _quality(closed: SetClosed) -> tuple[tuple[str, str], ...]:
    found = closed.calibration
    return (
        ("Quality", words.seconds(found.quality, 2)),
        ("Hip to sensor", f"{words.seconds(found.arm_m, 2)} m"),
        ("Explained by one hip pivot", f"{words.degrees(100 * found.explained)} %"),
        ("About one axis", f"{words.degrees(100 * found.axis)} %"),
        ("Rest position moved", f"{words.seconds(found.strap_slip_deg)}°"),
    )
