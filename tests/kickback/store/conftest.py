"""Sets and sessions made up for the tests of the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analysis.results import NAN, Calibration, Rep, SetClosed
from kickback.store import LaneFacts, Store

Begin = Callable[..., int]
MakeSet = Callable[..., SetClosed]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "kickback.sqlite3"


@pytest.fixture
def make_set() -> MakeSet:
    """A closed set: ``make_set(number, leg, count, first_s=..., **changes of each rep)``."""

    def make(
        number: int = 1, leg: str | None = "left", count: int = 4, first_s: float = 10.0, **changes: Any
    ) -> SetClosed:
        reps = []
        for index in range(count):
            start_s = first_s + 6.0 * index
            rep = Rep(
                set=number,
                rep=index + 1,
                leg=leg,
                start=int(start_s * 100),
                end=int(start_s * 100) + 500,
                known_at=int(start_s * 100) + 560,
                start_s=start_s + 1 / 3,
                concentric_end_s=start_s + 4 / 3,
                eccentric_start_s=start_s + 2.5,
                end_s=start_s + 5.0,
                pause_s=NAN if index == count - 1 else 1.0,
                rom_deg=40.0 + index,
                peak_concentric_dps=80.0,
                pulses=None if index == 1 else index,
                is_partial=False,
                axial_rotation_deg=-4.0,
                hip_rotation=None if index == 1 else index == 2,
                rushed=index == 0,
                confidence=0.9,
            )
            reps.append(replace(rep, **changes))
        if count > 1:  # one whose way out a loss cut
            reps[1] = replace(reps[1], concentric_end_s=NAN, missing_s=0.3, hidden=("start_s", "concentric_end_s"))
        calibration = Calibration(0.91, "Good.", 0.83, 0.96, 0.98, (0.1, 0.2, 0.97), (NAN, NAN, NAN), 1.2)
        span = (reps[0].start, reps[-1].end, reps[-1].known_at, reps[0].start_s, reps[-1].end_s)
        return SetClosed(number, leg, *span, "rest", tuple(reps), calibration, False, ("a note",), 12.0)

    return make


@pytest.fixture
def begin() -> Begin:
    """Begin a session: ``begin(store, person="Ann", started=..., simulated=...)``."""

    def make(store: Store, **changes: Any) -> int:
        values: dict[str, Any] = {
            "person": "Ann",
            "started": datetime(2026, 11, 24, 18, 5, tzinfo=UTC),
            "software": "0.1.0",
            "exercise": "kickback",
            "tempo": "3-0-1-1",
            "params": {"legs": ("left",), "limit": NAN},
            "lanes": [LaneFacts("Kickback 7", "left", "Kickback sensor")],
            "simulated": False,
        }
        return store.begin_session(**(values | changes))

    return make
