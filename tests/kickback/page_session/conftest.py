"""A quick set, a store, and sessions that broke off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from analysis.params import Params, Tempo
from imu.blocks import Recording
from imu.simulate import simulate
from kickback import analyze
from kickback.live.setting import Setting
from kickback.result import Analysis
from kickback.store import LaneFacts, Store, open_store
from recordings import shipped_path

Begin = Callable[..., int]
STARTED = datetime(2026, 11, 24, 18, 5).astimezone()


@pytest.fixture(scope="module")
def quick() -> Recording:
    """Five seconds with three quick reps."""
    whole = simulate("fast", seed=13, reps=3).recording()
    return whole.between(whole.header.start_s + 22.0, whole.header.start_s + 27.0)


@pytest.fixture(scope="session")
def trace() -> Path:
    """Eight reps in one set; any file does as what a session has recorded, and this one needs no sensor."""
    return shipped_path("clean_set")


@pytest.fixture(scope="session")
def whole(trace: Path) -> Analysis:
    """What the file of a session that broke off has."""
    return analyze(trace, leg="left", tempo="3-0-1-1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    with open_store(tmp_path / "store.sqlite3") as opened:
        yield opened


@pytest.fixture
def begin(store: Store) -> Begin:
    """Begins a session that nobody ends; its number."""

    def begun(
        raw: Path | None,
        started: datetime = STARTED,
        continues: int | None = None,
        person: str = "Ann",
        **set_to: Any,
    ) -> int:
        params = Params(tempo=Tempo.parse("3-0-1-1"))
        setting = Setting(params, **{"legs": (("left",),), **set_to})
        return store.begin_session(
            person=person,
            started=started,
            software="0.1.0",
            exercise="kickback",
            tempo="3-0-1-1",
            params=setting.document(),
            lanes=[LaneFacts("Kickback 7", "left", "", raw)],
            simulated=True,
            continues=continues,
        )

    return begun
