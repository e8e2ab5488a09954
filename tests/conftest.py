"""What every test shares: where things lie, and a quiet, repeatable Hypothesis."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parent.parent

# No test depends on the wall clock or on luck. HYPOTHESIS_PROFILE=explore looks for new examples.
settings.register_profile(
    "repeatable", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=500, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
if "HYPOTHESIS_PROFILE" not in os.environ:
    # Hypothesis also tries numbers that stand in the modules loaded so far: which ones depends on the tests run before.
    # It has no setting for that, so its list is kept as it is now: empty.
    nothing = providers._local_constants
    providers._get_local_constants = lambda: nothing


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test keeps a session in the store of whoever runs it, and none opens a browser; nor does what it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The shared recordings with truth; a test that needs them is skipped where they are absent."""
    path = Path(os.environ.get("KICKBACK_DATASETS", ROOT.parent / "shared" / "datasets"))
    if not path.is_dir():
        pytest.skip(f"no data sets at {path} (set KICKBACK_DATASETS)")
    return path


@pytest.fixture(scope="session")
def simulated_study() -> Callable[..., pd.DataFrame]:
    """A simulated table of reps whose every effect is known, with the columns that ``kickback batch`` writes."""
    return simulate_study


def simulate_study(
    *,
    people: tuple[int, int] = (10, 10),
    sessions: int = 2,
    sets: int = 4,
    reps: int = 6,
    conditions: tuple[str, ...] = ("",),
    effect: float = 0.4,
    side: float = 0.2,
    interaction: float = 0.1,
    drift: float = 0.03,
    seed: int = 1,
    **sd: float,
) -> pd.DataFrame:
    """Two groups of people; ``effect`` is that of the second condition where there are two, else of the patients.

    ``eccentric_s`` has all the effects, and random ones with the standard deviations ``sd`` (person, session, set, leg,
    condition, slope, rep); ``rom_deg`` has none but noise.
    """
    import pandas as pd

    sd = {"person": 0.3, "session": 0.1, "set": 0.1, "leg": 0.1, "condition": 0.1, "slope": 0.01, "rep": 0.15} | sd
    rng, rows = np.random.default_rng(seed), []
    for number in range(sum(people)):
        group = "control" if number < people[0] else "patient"
        person, slope = rng.normal(0, sd["person"]), drift + rng.normal(0, sd["slope"])
        of_leg = {leg: rng.normal(0, sd["leg"]) for leg in ("left", "right")}
        of_condition = {each: rng.normal(0, sd["condition"]) for each in conditions}
        for session in range(1, sessions + 1):
            of_session = rng.normal(0, sd["session"])
            for condition in conditions:
                for number_of_set in range(1, sets + 1):
                    leg = ("left", "right")[number_of_set % 2]
                    on = float(condition == conditions[-1] if len(conditions) > 1 else group == "patient")
                    right = 0.5 if leg == "right" else -0.5
                    middle = 3.0 + effect * on + side * right + interaction * on * right + person + of_session
                    middle += rng.normal(0, sd["set"]) + of_leg[leg]
                    middle += of_condition[condition] if len(conditions) > 1 else 0.0
                    row: dict[str, Any] = {"subject": f"s{number:02d}", "session": str(session)}
                    row |= {"condition": condition, "group": group, "set": number_of_set, "leg": leg}
                    name = "_".join(filter(None, (str(session), condition, leg)))
                    row |= {"recording": f"s{number:02d}/{name}.csv", "sha256": "", "simulated": True}
                    row |= {"exercise": "kickback", "tempo_target": "3-0-1-1", "missing_s": 0.0}
                    for rep in range(1, reps + 1):
                        value = middle + slope * (rep - (reps + 1) / 2) + rng.normal(0, sd["rep"])
                        pause_s = np.nan if rep == reps else 0.5 + rng.normal(0, 0.05)
                        rows.append(row | {"rep": rep, "eccentric_s": value, "pause_s": pause_s})
    table = pd.DataFrame(rows)
    table["rom_deg"] = 50 + rng.normal(0, 2, len(table))
    table["axial_rotation_deg"] = rng.normal(0, 3, len(table))
    flags = {name: pd.array([False] * len(table), dtype="boolean") for name in ("is_partial", "uncertain")}
    return table.assign(**flags)
