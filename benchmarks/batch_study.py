"""A study for the benchmark of the batch: a folder of simulated, varied recordings, some of them broken."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from rich.progress import track

from imu.simulate import NEGATIVES, SENSORS, SUITES, simulate
from kickback.commands.simulate import sidecar, simulated_csv
from kickback.document import plain, to_json

PATTERN = "{subject}/{session}_{leg}.csv"
BROKEN_SHARE = 0.01
NEGATIVE_EVERY = 10
"""Every tenth recording holds no rep, as when somebody forgot to begin."""
RATES_HZ = (50, 100, 100, 200)
LEAST_SEED = 50_000


def _cut(text: bytes) -> bytes:
    return text[:400]


def _no_gyroscope(text: bytes) -> bytes:
    return b"\n".join(b",".join(line.split(b",")[:4]) for line in text.splitlines()) + b"\n"


def _letters(text: bytes) -> bytes:
    lines = text.splitlines()
    lines[len(lines) // 2] = b"oops"
    return b"\n".join(lines) + b"\n"


BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": _cut,
    "binary": lambda text: np.random.default_rng(len(text)).bytes(4096),
    "no gyroscope": _no_gyroscope,
    "letters": _letters,
    "another file": lambda _: b"Dear diary,\ntoday I did my kickbacks.\n",
    "a header alone": lambda text: text.partition(b"\n")[0] + b"\n",
}
"""What makes a recording a broken one."""


def _one(folder: Path, number: int, broken: str | None) -> None:
    kinds = NEGATIVES if number % NEGATIVE_EVERY == NEGATIVE_EVERY - 1 else SUITES
    rng = np.random.default_rng([LEAST_SEED, number])
    leg = ("left", "right")[number % 2]
    kind, sensor, rate_hz = rng.choice(kinds), rng.choice(SENSORS), int(rng.choice(RATES_HZ))
    made = simulate(str(kind), LEAST_SEED + number, rate_hz=rate_hz, leg=leg, sensor=str(sensor))
    place = folder / f"p{number // 8:04d}"
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"day{number % 8 // 2}_{leg}.csv"
    text = simulated_csv(made).encode()
    path.write_bytes(text if broken is None else BREAKS[broken](text))
    if broken is None:
        path.with_suffix(".json").write_text(to_json(plain("", sidecar(made))), encoding="utf-8")


def make(folder: Path, count: int, processes: int) -> dict[str, str]:
    """Make the study, unless it lies there already.

    Args:
        folder: where it goes. count: recordings. processes: at the same time.

    Returns:
        What is broken: the kind of damage by path below the folder.
    """
    every = round(1 / BROKEN_SHARE)
    names = list(BREAKS)
    broken = {number: names[number // every % len(names)] for number in range(every // 2, count, every)}
    jobs = [(number, broken.get(number)) for number in range(count)]
    if not (folder / "whole").exists():
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, context) as pool:
            done = pool.map(partial(_one, folder), *zip(*jobs, strict=True), chunksize=10)
            for _ in track(done, total=count, description="simulating"):
                pass
        (folder / "whole").touch()
    return {
        f"p{number // 8:04d}/day{number % 8 // 2}_{('left', 'right')[number % 2]}.csv": why
        for number, why in broken.items()
    }
