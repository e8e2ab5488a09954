"""The C side of our wire format, built once for all tests that hold it against the Python side."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from imu import c_wire

BENCH = Path(__file__).with_name("bench.c")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


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


@pytest.fixture(scope="session")
def run(cc: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Iterable[str]], list[str]]:
    """Give the C side commands (bench.c has them), get its answers; sanitizers look on where they exist."""
    program = tmp_path_factory.mktemp("bench") / "bench"
    sources = [str(BENCH), *(str(path) for path in sorted(c_wire.SOURCES.glob("kb_*.c")))]
    command = [
        cc,
        "-std=c99",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-g",
        "-O1",
        f"-I{c_wire.SOURCES}",
        "-o",
        str(program),
        *sources,
    ]
    for flags in (SANITIZERS, ()):
        done = subprocess.run([*command, *flags], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr

    def answers(commands: Iterable[str]) -> list[str]:
        lines = "".join(f"{command}\n" for command in commands)
        done = subprocess.run([str(program)], input=lines, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return answers
