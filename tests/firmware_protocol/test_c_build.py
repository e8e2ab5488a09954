"""The C side is small, needs no library, and compiles without a warning for a computer and for a Cortex-M4."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from imu import c_wire

ARM = "arm-none-eabi-"
CORTEX_M4 = ("-mcpu=cortex-m4", "-mthumb", "-Os")
FREESTANDING = {"limits.h", "stdbool.h", "stddef.h", "stdint.h"}
NAMES = sorted(path.stem for path in c_wire.SOURCES.glob("kb_*.c"))


def call(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def arm() -> str:
    if shutil.which(f"{ARM}gcc") is None:
        pytest.skip(f"no {ARM}gcc on this machine")
    return ARM


@pytest.fixture(scope="module")
def objects(arm: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For a Cortex-M4; and what a firmware keeps in memory."""
    folder = tmp_path_factory.mktemp("arm")
    (folder / "memory.c").write_text('#include "kb_sensor.h"\nstruct kb_sensor sensor;\n', encoding="utf-8")
    sources = [*(c_wire.SOURCES / f"{name}.c" for name in NAMES), folder / "memory.c"]
    for source in sources:
        include = f"-I{c_wire.SOURCES}"
        call(f"{arm}gcc", *c_wire.FLAGS, *CORTEX_M4, include, "-c", source, "-o", folder / f"{source.stem}.o")
    return {source.stem: folder / f"{source.stem}.o" for source in sources}


def sizes(path: Path) -> tuple[int, int, int]:
    """Code with constants, data, and memory that begins as zeros."""
    text, data, bss = call(f"{ARM}size", path).splitlines()[1].split()[:3]
    return int(text), int(data), int(bss)


@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
@pytest.mark.parametrize("name", NAMES)
def test_no_warning_on_this_computer(cc: str, level: str, name: str, tmp_path: Path) -> None:
    call(cc, *c_wire.FLAGS, level, "-c", c_wire.SOURCES / f"{name}.c", "-o", tmp_path / "it.o")


@pytest.fixture(scope="module")
def cxx() -> str:
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        pytest.skip("no C++ compiler (c++) on this machine")
    return compiler


def test_the_reference_firmware_compiles_against_stand_ins(cxx: str) -> None:
    (sketch,) = (c_wire.SOURCES.parent / "firmware").glob("*/*.ino")
    stand_ins = Path(__file__).with_name("stand_ins")
    flags = ("-std=gnu++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{stand_ins}", f"-I{c_wire.SOURCES}")
    call(cxx, *flags, "-x", "c++", sketch)
    first = sketch.read_text(encoding="utf-8").splitlines()[:5]
    assert any("never compiled with the board's core and never run on a board" in line for line in first)


def test_the_headers_serve_cpp_too(cxx: str, tmp_path: Path) -> None:
    source = tmp_path / "it.cpp"
    source.write_text(
        '#include "kb_sensor.h"\nint main() { return kb_samples_per_packet(23) - 1; }\n', encoding="utf-8"
    )
    call(cxx, "-std=c++11", "-Wall", "-Wextra", "-Werror", f"-I{c_wire.SOURCES}", "-fsyntax-only", source)


def test_only_freestanding_headers_and_no_floating_point() -> None:
    for path in c_wire.SOURCES.glob("kb_*.[ch]"):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"#include <(.*)>", text)) <= FREESTANDING, path.name
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        assert not re.search(r"\b(float|double|malloc|calloc|free)\b", code), path.name


def test_nothing_but_memset_and_memcpy_is_taken_from_elsewhere(objects: dict[str, Path]) -> None:
    words = " ".join(call(f"{ARM}nm", "--undefined-only", objects[name]) for name in NAMES).split()
    missing = {word for word in words if word != "U" and not word.endswith(".o:")}
    defined = set(call(f"{ARM}nm", "--defined-only", *(objects[name] for name in NAMES)).split())
    assert missing - defined <= {"memset", "memcpy"}


def test_the_page_tells_the_sizes(objects: dict[str, Path]) -> None:
    page = (c_wire.SOURCES / "README.md").read_text(encoding="utf-8")
    stated = {name: int(size) for name, size in re.findall(r"^\| (.+?) \| (\d+) \|$", page, re.MULTILINE)}
    near = pytest.approx
    for name in NAMES:
        text, data, bss = sizes(objects[name])
        assert stated[f"code and constants of `{name}`"] == near(text, rel=0.1)  # compilers differ a little
        assert data + bss == stated["static data of both"] == 0
    assert stated["`struct kb_sensor`"] == sizes(objects["memory"])[2]
    assert stated["ring, for each sample"] == 12


def test_building_again_does_nothing_and_a_refusal_is_told(cc: str, tmp_path: Path) -> None:
    path = c_wire.build(cc, tmp_path)
    made = path.stat().st_mtime_ns
    assert c_wire.build(cc, tmp_path) == path
    assert path.stat().st_mtime_ns == made
    with pytest.raises(c_wire.CannotBuild, match="cannot run the C compiler 'no-such-compiler'"):
        c_wire.build("no-such-compiler", tmp_path / "other")
    with pytest.raises(c_wire.CannotBuild, match="refused"):
        c_wire.build(cc, tmp_path / "another", ["-DKB_WIRE_H"])  # hides the header, so nothing is declared
    assert not list((tmp_path / "another").iterdir())


def test_a_library_may_be_named(cc: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = c_wire.build(cc, tmp_path)
    monkeypatch.setenv("KICKBACK_WIRE_LIB", str(path))
    found = c_wire.library()
    assert found is not None
    assert found.path == path
    assert found.encode_data(513, 7, [(1, 2, 3, 4, 5, 6)]).hex() == "1001010207000000010002000300040005000600"
