"""What a set amounts to: counts, means, spread, drift, losses, time under tension, flags; and two legs side by side.

Definitions: the page on measures. A number that cannot be known (no value, too few values)
is NaN here and ``None`` in JSON; nothing is filled in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.params import Params, Tempo
from analysis.results import NAN, Calibration, Rep, SetClosed

if TYPE_CHECKING:
    import pandas as pd

LEAST_FOR_DRIFT = 3
"""A slope through two reps is only their difference, so drift needs three."""

SYMMETRY_MEASURES = (
    "rom_deg",
    "peak_concentric_dps",
    "peak_eccentric_dps",
    "concentric_s",
    "hold_s",
    "eccentric_s",
    "tut_s",
)
"""What is compared between the legs, each as a mean per rep."""

FLAGS = ("is_partial", "hip_rotation", "rushed", "uncertain")
"""The flags of a rep that a set counts."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One measure over the reps of a set.

    Attributes:
        n: reps in which it is known.
        mean, sd: mean and sample standard deviation (n - 1), in the measure's unit.
        cv_percent: 100 x SD / mean; NaN unless the mean is positive.
        drift_per_rep: least-squares slope against the rep's number, unit per rep.
        best: the greatest value.
        last: the last known value.
    """

    n: int
    mean: float
    sd: float
    cv_percent: float
    drift_per_rep: float
    best: float
    last: float

    @property
    def loss_percent(self) -> float:
        """100 x (best - last) / best: lost towards the end; NaN below two values or without a positive best."""
        return 100.0 * (self.best - self.last) / self.best if self.n > 1 and self.best > 0 else NAN


def spread(numbers: Sequence[int], values: Sequence[float]) -> Spread:
    """Mean, SD, CV and drift of ``values`` at the rep ``numbers``; both shape (n,); NaN values are left out."""
    y = np.asarray(values, dtype=np.float64)
    known = np.isfinite(y)
    x, y = np.asarray(numbers, dtype=np.float64)[known], y[known]
    n = len(y)
    if n == 0:
        return Spread(0, NAN, NAN, NAN, NAN, NAN, NAN)
    mean = float(y.mean())
    sd = float(y.std(ddof=1)) if n > 1 else NAN
    from_mean = x - x.mean()
    scatter = float(from_mean @ from_mean)
    drift = float(from_mean @ y) / scatter if n >= LEAST_FOR_DRIFT and scatter > 0 else NAN
    return Spread(n, mean, sd, 100.0 * sd / mean if mean > 0 else NAN, drift, float(y.max()), float(y[-1]))


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many reps carry a flag, out of those in which it could be judged."""

    yes: int
    judged: int


@dataclass(frozen=True, slots=True)
class SetSummary:
    """A closed set in numbers. Times in seconds, angles in degrees, speeds in degrees per second.

    Attributes:
        set, leg, start_s, end_s, reason, uncertain: as in :class:`analysis.results.SetClosed`.
        reps: reps counted, partials included.
        tempo: the target; ``tempo_code`` is the code of the mean phases, None when one is unknown.
        concentric_s .. pause_s: the phases over the reps; a set's last rep has no pause.
        tut_s: time under tension per rep (concentric + hold + eccentric).
        rom_deg .. hold_sway_deg: the measures of the same name over the reps.
        pulses: all pulses of the set; None when no rep's could be counted.
        flags: by the name of the rep's field, see :data:`FLAGS`.
        missing_s: signal lost within reps.
        calibration_quality: 0 to 1.
    """

    set: int
    leg: str | None
    start_s: float
    end_s: float
    reason: str
    uncertain: bool
    reps: int
    tempo: Tempo
    tempo_code: str | None
    concentric_s: Spread
    hold_s: Spread
    eccentric_s: Spread
    pause_s: Spread
    tut_s: Spread
    rom_deg: Spread
    peak_concentric_dps: Spread
    peak_eccentric_dps: Spread
    axial_rotation_deg: Spread
    plane_tilt_deg: Spread
    hold_sway_deg: Spread
    pulses: int | None
    flags: dict[str, FlagCount]
    missing_s: float
    calibration_quality: float

    def total_s(self, phase: str) -> float:
        """Time under tension of the set: ``phase`` is "tut_s", or one phase such as "hold_s"; NaN when never known.

        It is the sum over the reps in which it is known; :attr:`Spread.n` of the same name says how many.
        """
        values: Spread = getattr(self, phase)
        return values.mean * values.n if values.n else NAN

    def off_target_s(self, phase: str) -> float:
        """Mean minus target of one phase such as "eccentric_s"; the target of the hold is the shortened pause."""
        values: Spread = getattr(self, phase)
        return values.mean - target_s(self.tempo, phase)

    @property
    def loss_percent(self) -> dict[str, float]:
        """Best to last: range of motion and the two peak speeds."""
        names = ("rom_deg", "peak_concentric_dps", "peak_eccentric_dps")
        return {name: getattr(self, name).loss_percent for name in names}

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; unknown is None."""
        out: dict[str, Any] = {"set": self.set, "leg": self.leg, "start_s": self.start_s, "end_s": self.end_s}
        out |= {"reason": self.reason, "uncertain": self.uncertain, "reps": self.reps}
        out |= {"tempo_target": str(self.tempo), "tempo_code": self.tempo_code}
        for name in (item.name for item in fields(self)):
            value = getattr(self, name)
            if isinstance(value, Spread):
                out[name] = {item.name: _json(getattr(value, item.name)) for item in fields(Spread)}
        for phase in ("concentric_s", "hold_s", "eccentric_s", "tut_s"):
            out[phase]["total"] = _json(self.total_s(phase))
        for phase in PHASE_TARGETS:
            out[phase]["off_target"] = _json(self.off_target_s(phase))
        for name, loss in self.loss_percent.items():
            out[name]["loss_percent"] = _json(loss)
        out |= {"pulses": self.pulses, "missing_s": _json(self.missing_s)}
        out["flags"] = {name: {"yes": count.yes, "judged": count.judged} for name, count in self.flags.items()}
        out["calibration_quality"] = _json(self.calibration_quality)
        return out


PHASE_TARGETS = {
    "eccentric_s": "eccentric_s",
    "pause_s": "lengthened_s",
    "concentric_s": "concentric_s",
    "hold_s": "shortened_s",
}
"""Which number of a :class:`analysis.params.Tempo` is the target of which phase, in the order of the code."""


def target_s(tempo: Tempo, phase: str) -> float:
    """The target of a phase such as "hold_s", seconds.

    Raises:
        KeyError: it is no phase with a target.
    """
    value: float = getattr(tempo, PHASE_TARGETS[phase])
    return value


def summarise(closed: SetClosed, tempo: Tempo) -> SetSummary:
    """The summary of one closed set against a tempo target."""
    reps = closed.reps
    numbers = [rep.rep for rep in reps]

    def over(name: str) -> Spread:
        return spread(numbers, [getattr(rep, name) for rep in reps])

    phases = {phase: over(phase) for phase in PHASE_TARGETS}
    counted = [rep.pulses for rep in reps if rep.pulses is not None]
    return SetSummary(
        set=closed.set,
        leg=closed.leg,
        start_s=closed.start_s,
        end_s=closed.end_s,
        reason=closed.reason,
        uncertain=closed.uncertain,
        reps=len(reps),
        tempo=tempo,
        tempo_code=_tempo_code({phase: values.mean for phase, values in phases.items()}),
        concentric_s=phases["concentric_s"],
        hold_s=phases["hold_s"],
        eccentric_s=phases["eccentric_s"],
        pause_s=phases["pause_s"],
        tut_s=over("tut_s"),
        rom_deg=over("rom_deg"),
        peak_concentric_dps=over("peak_concentric_dps"),
        peak_eccentric_dps=over("peak_eccentric_dps"),
        axial_rotation_deg=over("axial_rotation_deg"),
        plane_tilt_deg=over("plane_tilt_deg"),
        hold_sway_deg=over("hold_sway_deg"),
        pulses=sum(counted) if counted else None,
        flags={name: count_flag(reps, name) for name in FLAGS},
        missing_s=float(sum(rep.missing_s for rep in reps if math.isfinite(rep.missing_s))),
        calibration_quality=closed.calibration.quality,
    )


def count_flag(reps: Iterable[Rep], name: str) -> FlagCount:
    """How many of ``reps`` carry the flag ``name`` (a field of Rep), out of those in which it is known."""
    known = [value for value in (getattr(rep, name) for rep in reps) if value is not None]
    return FlagCount(yes=sum(map(bool, known)), judged=len(known))


def _tempo_code(means: dict[str, float]) -> str | None:
    """The mean phases rounded to whole seconds; a set without a single pause between reps has a 0 there."""
    digits = [0.0 if phase == "pause_s" and math.isnan(mean) else mean for phase, mean in means.items()]
    if any(math.isnan(digit) for digit in digits):
        return None
    return "-".join(str(math.floor(digit + 0.5)) for digit in digits)


def _json(value: float) -> float | None:
    return value if math.isfinite(value) else None


def sets_frame(closed: Sequence[SetClosed], params: Params) -> pd.DataFrame:
    """One row a set, flat columns (``rom_deg_mean``, ``eccentric_s_cv_percent``, ``rushed_yes`` ...); unknown is NA."""
    import pandas as pd

    rows = [_flat(summarise(item, params.tempo).to_json()) for item in closed]
    if rows:
        return pd.DataFrame(rows)
    nothing = SetClosed(0, None, 0, 0, 0, NAN, NAN, "", (), Calibration(NAN, ""))
    return pd.DataFrame(columns=list(_flat(summarise(nothing, params.tempo).to_json())))


def _flat(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"rom_deg": {"mean": 1}}`` to ``{"rom_deg_mean": 1}``; flags keep their own name alone (``rushed_yes``)."""
    out: dict[str, Any] = {}
    for name, value in nested.items():
        out |= _flat(value, f"{name}_") if isinstance(value, dict) else {prefix + name: value}
    return out


@dataclass(frozen=True, slots=True)
class SidePair:
    """One measure of both legs, as means per rep. The raw values always stand beside the index.

    Attributes:
        measure: see :data:`SYMMETRY_MEASURES`.
        left, right: mean over all reps of that leg, NaN when unknown.
        left_n, right_n: reps behind each mean.
        lsi_percent: limb symmetry index, 100 x smaller / larger; NaN unless both are known and positive.
    """

    measure: str
    left: float
    right: float
    left_n: int
    right_n: int
    lsi_percent: float


def symmetry(left: Iterable[SetClosed], right: Iterable[SetClosed]) -> tuple[SidePair, ...]:
    """All sets of the left leg against all sets of the right leg, one :class:`SidePair` a measure.

    Whether a difference is real depends on the minimal detectable change, which this function does not know.
    """
    left_reps = [rep for item in left for rep in item.reps]
    right_reps = [rep for item in right for rep in item.reps]
    return tuple(_pair(name, left_reps, right_reps) for name in SYMMETRY_MEASURES)


def _pair(name: str, left_reps: list[Rep], right_reps: list[Rep]) -> SidePair:
    sides = [spread(range(len(reps)), [getattr(rep, name) for rep in reps]) for reps in (left_reps, right_reps)]
    low, high = sorted(side.mean for side in sides)
    index = 100.0 * low / high if low > 0 else NAN
    return SidePair(name, sides[0].mean, sides[1].mean, sides[0].n, sides[1].n, index)
