"""A small simulated study: two people, two days, two legs, and one file that is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from imu.simulate import simulate
from kickback.commands.simulate import sidecar, simulated_csv
from kickback.document import plain, to_json

PATTERN = "{subject}/{session}_{leg}.csv"


def write(path: Path, seed: int, leg: str) -> None:
    """A simulated recording of one short set, with its sidecar."""
    made = simulate("clean", seed, rate_hz=50, leg=leg, reps=3)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(simulated_csv(made), encoding="utf-8")
    path.with_suffix(".json").write_text(to_json(plain("", sidecar(made))), encoding="utf-8")


@pytest.fixture(scope="session")
def made_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; tests get a copy."""
    folder = tmp_path_factory.mktemp("made") / "study"
    seed = 300
    for subject in ("anna", "ben"):
        for leg in ("left", "right"):
            seed += 1
            write(folder / subject / f"monday_{leg}.csv", seed, leg)
    (folder / "ben" / "friday_left.csv").write_text("Dear diary,\nnothing today.\n", encoding="utf-8")
    return folder


@pytest.fixture
def study(made_study: Path, tmp_path: Path) -> Path:
    """A folder of four recordings and one that is none."""
    return Path(shutil.copytree(made_study, tmp_path / "study"))
