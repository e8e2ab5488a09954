"""The C side of our wire format, built once for all tests that hold it against the Python side."""

from __future__ import annotations

import os
import shutil

import pytest

from imu import c_wire


@pytest.fixture(scope="session")
def cc() -> str:
    """The C compiler; a test that needs one is skipped where there is none."""
    found = shutil.which(os.environ.get("CC", "cc"))
    if found is None:
        pytest.skip("no C compiler (cc) on this machine")
    return found


@pytest.fixture(scope="session")
def built(cc: str, tmp_path_factory: pytest.TempPathFactory) -> c_wire.CWire:
    """The C side, with warnings as errors."""
    return c_wire.CWire(c_wire.build(cc, tmp_path_factory.mktemp("native")))
