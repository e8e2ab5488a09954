"""Any bytes give a Recording or a RecordingError: files of every dialect, damaged at random, by the thousand.

``python benchmarks/fuzz.py --seconds 600`` goes through the dialects in turn and prints how many damaged files of
each were read, refused, and what failed. The tests draw the same damage with Hypothesis.
"""

from __future__ import annotations

import argparse
import collections
import io
import random
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import recordings
from benchmarks import broken_files
from benchmarks.damage import KINDS, Blow, damaged
from benchmarks.specimens import specimens
from imu.blocks import Recording, SampleBlock
from imu.simulate import simulate
from recordings import RecordingError

FIRST_S, LAST_S = 4.0, 16.0
"""The cut of a simulated set that is damaged: long enough for two reps, short enough to be read a thousand times."""
MOST_BLOWS = 4


@dataclass(frozen=True, slots=True)
class Specimen:
    """Files as a logger leaves them: names below the folder with their bytes, and which one is to be read."""

    dialect: str
    variant: str
    files: tuple[tuple[str, bytes], ...]
    target: str


@cache
def original() -> Recording:
    """Two simulated reps at 50 Hz."""
    made = simulate("clean", seed=1, reps=4, rate_hz=50).recording()
    first, last = round(FIRST_S * made.rate_hz), round(LAST_S * made.rate_hz)
    block = made.block.cut(first, last)
    return Recording(made.header, SampleBlock(0, made.rate_hz, block.acc_mps2, block.gyr_radps))


@cache
def all_specimens() -> tuple[Specimen, ...]:
    """One for every variant of every dialect, and for plain tables that no dialect claims."""
    found = []
    for dialect, module in specimens().items():
        for variant, write in module.VARIANTS.items():
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                target = write(original(), folder).relative_to(folder).as_posix()
                files = tuple(
                    (path.relative_to(folder).as_posix(), path.read_bytes())
                    for path in sorted(folder.rglob("*"))
                    if path.is_file()
                )
            found.append(Specimen(dialect, variant, files, target))
    return tuple(found)


def beaten(specimen: Specimen, blows: Sequence[Blow]) -> dict[str, bytes]:
    """The specimen's files with the blows dealt out among them; in a zip, to its members or to the zip itself."""
    files = dict(specimen.files)
    for blow in blows:
        name = specimen.files[blow.salt % len(files)][0]
        inside = name.endswith(".zip") and blow.salt // 7 % 4
        files[name] = _inside(files[name], blow) if inside else damaged(files[name], [blow])
    return files


def _inside(data: bytes, blow: Blow) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        return damaged(data, [blow])
    if not members:
        return data
    name = sorted(members)[blow.salt % len(members)]
    content = members[name]
    assert isinstance(content, bytes)
    members[name] = damaged(content, [blow])
    return broken_files.zip_bytes(members)


def outcome(
    files: dict[str, bytes], target: str, folder: Path, dialect: str | None = None
) -> Recording | RecordingError:
    """Write the files, read the target, and look at what came: any other exception, or a warning, goes through.

    Raises:
        AssertionError: the recording is not sound or the error is not one line about the file.
    """
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            got = recordings.read(folder / target, dialect=dialect)
        except RecordingError as error:
            assert str(folder) in str(error), f"it does not say where: {error}"
            assert len(str(error).splitlines()) == 1, f"more than one line: {error!r}"
            assert str(error).isprintable(), f"it would disturb a terminal: {error!r}"
            return error
    values = np.hstack([got.block.acc_mps2, got.block.gyr_radps])
    assert len(values) >= 2, "a recording of nothing"
    assert not np.isinf(values).any(), "infinite values"
    assert np.isfinite(got.rate_hz), "no rate"
    assert got.rate_hz >= 20.0 * 0.99, f"{got.rate_hz} Hz"
    return got


def random_blows(chance: random.Random) -> list[Blow]:
    """One to four blows."""
    return [
        Blow(chance.choice(KINDS), chance.random(), chance.random() ** 2, chance.getrandbits(32))
        for _ in range(chance.randint(1, MOST_BLOWS))
    ]


def main() -> int:
    """Damage and read until the time is over; exit code 1 when anything failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60.0, help="how long")
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    tally: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    failures: dict[str, str] = {}
    chance = random.Random(given.seed)
    stop = time.monotonic() + given.seconds
    while time.monotonic() < stop:
        for specimen in all_specimens():
            blows = random_blows(chance)
            with tempfile.TemporaryDirectory() as name:
                try:
                    got = outcome(beaten(specimen, blows), specimen.target, Path(name))
                    tally[specimen.dialect]["read" if isinstance(got, Recording) else "refused"] += 1
                except Exception as error:  # noqa: BLE001  # whatever it is, it is counted and shown
                    tally[specimen.dialect]["failed"] += 1
                    at = traceback.extract_tb(error.__traceback__)[-1]
                    failures.setdefault(
                        f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}",
                        f"{specimen.dialect}/{specimen.variant} {blows}: {error}"[:400],
                    )
    print("| dialect | damaged files | read | refused | failed |\n|---|---|---|---|---|")
    for dialect, counts in sorted(tally.items()):
        print(f"| {dialect} | {counts.total()} | {counts['read']} | {counts['refused']} | {counts['failed']} |")
    print(f"| all | {sum(counts.total() for counts in tally.values())} | | | {len(failures)} kinds |")
    for kind, example in failures.items():
        print(f"{kind}: {example}")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
