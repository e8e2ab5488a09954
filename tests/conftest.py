"""What every test shares: where things lie, and a quiet, repeatable Hypothesis."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

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
