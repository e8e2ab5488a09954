"""A hand-made analysis for the tests of the report: two sets with every flag, a gap, something not counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.params import Params
from analysis.results import NAN, Calibration, Reason, Rejected, Rep, SetClosed
from analysis.rotation import LIMIT_DEG
from imu.blocks import Header, Recording, SampleBlock
from kickback.result import Analysis

RATE_HZ = 50.0
MakeAnalysis = Callable[..., Analysis]


def a_rep(set_number: int, number: int, start_s: float, leg: str | None, **changes: Any) -> Rep:
    rep = Rep(
        set=set_number,
        rep=number,
        leg=leg,
        start=int(start_s * RATE_HZ),
        end=int((start_s + 5) * RATE_HZ),
        known_at=int((start_s + 6) * RATE_HZ),
        start_s=start_s,
        concentric_end_s=start_s + 1.0,
        eccentric_start_s=start_s + 2.0,
        end_s=start_s + 4.9 - 0.05 * number,
        pause_s=1.0,
        rom_deg=40.0 + number,
        peak_concentric_dps=80.0,
        peak_eccentric_dps=30.0,
        pulses=0,
        is_partial=False,
        axial_rotation_deg=-2.0,
        plane_tilt_deg=1.5,
        hip_rotation=False,
        hold_sway_deg=0.5,
        rushed=False,
        confidence=0.9,
    )
    return replace(rep, **changes)


FAULTS: dict[int, dict[str, Any]] = {
    2: {"hip_rotation": True, "axial_rotation_deg": 14.0},
    3: {"rushed": True, "eccentric_start_s": 18.0, "pulses": 2},
    4: {"is_partial": True, "rom_deg": 15.0},
    5: {"concentric_end_s": NAN, "missing_s": 0.4},
}


def a_set(number: int, first_s: float, count: int, leg: str | None, limit_deg: float) -> SetClosed:
    reps = []
    for index in range(1, count + 1):
        changes = dict(FAULTS.get(index, {}))
        start_s = first_s + 6.0 * (index - 1)
        if "eccentric_start_s" in changes:
            changes["eccentric_start_s"] = start_s + 3.9
        if index == count:
            changes["pause_s"] = NAN
        reps.append(a_rep(number, index, start_s, leg, **changes))
    calibration = Calibration(0.91, "Good: one hip pivot explains the movement.", 0.83, 0.96, 0.98, strap_slip_deg=1.2)
    first, last = reps[0], reps[-1]
    span = (first.start, last.end, last.known_at, first.start_s, last.end_s)
    return SetClosed(number, leg, *span, "rest", tuple(reps), calibration, hip_rotation_limit_deg=limit_deg)


@pytest.fixture(scope="session")
def make_analysis() -> MakeAnalysis:
    """Build an analysis: ``sets`` are (reps, leg) pairs; ``name``, ``simulated``, ``rejected``, ``params`` as said."""

    def make(
        sets: tuple[tuple[int, str | None], ...] = ((8, "left"), (6, "right")),
        *,
        name: str = "monday",
        simulated: bool = True,
        rejected: int = 2,
        params: Params | None = None,
        rate_hz: float = RATE_HZ,
    ) -> Analysis:
        closed, start_s = [], 10.0
        for number, (count, leg) in enumerate(sets, 1):
            limit_deg = (params.hip_rotation_limit_deg if params else None) or LIMIT_DEG
            closed.append(a_set(number, start_s, count, leg, limit_deg))
            start_s = closed[-1].end_s + 15.0
        n = round((start_s + 5.0) * rate_hz)
        time_s = np.arange(n) / rate_hz
        angle_deg = np.full(n, NAN) if not sets else np.sin(time_s)
        for rep in (rep for one in closed for rep in one.reps):
            angle_deg[(time_s >= rep.start_s) & (time_s <= rep.end_s)] += rep.rom_deg
        acc = np.zeros((n, 3))
        acc[200:220] = NAN
        angle_deg[200:220] = NAN
        header = Header(name, rate_hz, sensor="a sensor", dialect="kickback", sha256="ab" * 32, simulated=simulated)
        return Analysis(
            recording=Recording(header, SampleBlock(0, rate_hz, acc, np.zeros((n, 3)))),
            params=params or Params(),
            closed=tuple(closed),
            rejected=tuple(
                Rejected(10, 60, 80, 2.0 + index, 3.5 + index, 17.0, Reason.NOT_BACK, f"ended {index}° away")
                for index in range(rejected)
            ),
            angle_deg=angle_deg,
            warnings=("The clock runs 0.7 % slow.",),
        )

    return make
