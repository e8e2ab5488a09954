"""``kill -9`` of ``kickback record --virtual``: the whole way from the packets of a virtual sensor to the files.

Nothing is announced here, so the measure is the age of the newest packet in the raw file when the process was killed:
what was lost, if anything, is younger than that. A packet comes every 50 ms. Both processes read the same clock.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imu.raw_file import RawFileError, read_records, recording_of
from imu.records import Kind

START_S = 60.0
"""The command must have begun to record after so long."""
FIRST_S, LAST_S = 3.0, 9.0
"""From the first packet to the kill: from here on both files are recordings."""


@dataclass(frozen=True, slots=True)
class Age:
    """What a killed command left.

    Attributes:
        raw_ms: age of the newest packet in the raw file at the kill. csv_ms: signal in the raw file behind the last row
            of the CSV. lost: samples of the raw file that are missing. opened: files that could be read, of two.
    """

    raw_ms: float
    csv_ms: float
    lost: int
    opened: int


def killed(folder: Path, after_s: float) -> Age:
    """Start the command, kill it so long after its first packet, and look.

    Raises:
        RuntimeError: it did not begin to record.
    """
    command = [sys.executable, "-m", "kickback", "record", "--virtual", "--out", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + START_S
    try:
        while (raw := _recording(folder)) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(command[1:])} did not begin to record ({process.poll()})")
            time.sleep(0.02)
        time.sleep(after_s)
    finally:
        at_ns = time.monotonic_ns()
        process.kill()
        process.wait()
    return _look(raw, at_ns)


def _recording(folder: Path) -> Path | None:
    """The raw file, once a packet is in it."""
    for path in folder.glob("*.kbraw"):
        with contextlib.suppress(RawFileError):
            if sum(record.kind is Kind.NOTIFIED for record in read_records(path).records) > 2:
                return path
    return None


def _look(path: Path, at_ns: int) -> Age:
    import kickback

    raw = read_records(path)
    newest_ns = max(record.time_ns for record in raw.records if record.kind is Kind.NOTIFIED)
    recording = recording_of(raw, "x")
    table = path.with_suffix(".csv")
    last = table.read_text(encoding="utf-8").split("\n")[-2]
    rows = round(float(last.split(",")[0]) * recording.rate_hz) + 1
    opened = 0
    for each in (path, table):
        with contextlib.suppress(kickback.RecordingError):
            kickback.read(each)
            opened += 1
    lost = int(recording.lost.sum())
    return Age((at_ns - newest_ns) * 1e-6, 1000 * (len(recording) - rows) / recording.rate_hz, lost, opened)


def of_the_command(kills: int, seed: int, at_once: int = 2) -> dict[str, Any]:
    """So many kills at random moments, and their figures."""

    def one(number: int) -> Age:
        after_s = float(np.random.default_rng([seed, 1000 + number]).uniform(FIRST_S, LAST_S))
        with tempfile.TemporaryDirectory() as name:
            return killed(Path(name), after_s)

    with ThreadPoolExecutor(at_once) as pool:
        ages = list(pool.map(one, range(kills)))
    return {
        "kills": kills,
        "age_of_the_newest_packet_ms": _spread([age.raw_ms for age in ages]),
        "csv_behind_raw_ms": _spread([age.csv_ms for age in ages]),
        "samples_missing": sum(age.lost for age in ages),
        "files_opened": sum(age.opened for age in ages),
        "of_files": 2 * kills,
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"worst": max(values), "median": float(np.median(values))}
