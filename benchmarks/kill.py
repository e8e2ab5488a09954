"""``kill -9`` of a process that records, at random moments: what is lost, and whether every file opens.

``python benchmarks/kill.py`` starts a process of its own for each kill. It plays packets of our own sensor in real
time, announces each record on a pipe and then does with it what a live session does: keeps it in the raw file,
assembles it, lets the CSV grow. What was announced and is not in the file is lost. The radio has no part in this;
``kill_command.py`` kills the command itself, with a virtual sensor.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.kill_command import of_the_command
from benchmarks.machine import out_argument, write_result
from benchmarks.raw_session import Session, swing
from firmware_protocol import wire
from firmware_protocol.registry import Wish, codec
from imu.assembler import Assembler
from imu.blocks import SampleBlock
from imu.raw_file import header_of, parsed, read_records, recording_of
from imu.raw_format import MAGIC, encoded
from imu.recorder import Recorder
from imu.records import Kind, Record

KINDS = ((200, 10), (200, 1), (100, 5))
"""Samples a second and in a packet: 20, 200 and 20 packets a second."""
FIRST_S, LAST_S = 0.2, 10.0
"""After the first packet; the kills are spread evenly at random between these."""
LINE = 200
"""Bytes of an announcement. A pipe holds some hundred of them, so the process cannot run far ahead of who reads it."""
USUAL_S = 3.0
"""From here on the CSV has rows for certain: the rate is decided from some two seconds of stream."""


# --- the process that is killed ----------------------------------------------------------------------------------


def record_until_killed(folder: Path, rate_hz: int, batch: int, seconds: float, paced: bool) -> None:
    """Play, announce, keep, assemble, append; the files are ``x.kbraw`` and ``x.csv``."""
    from recordings.csv_tail import CsvTail

    records = Session(swing(seconds, rate_hz), batch=batch).records()
    head = parsed(MAGIC + encoded(records[0]), "x")
    assembler = Assembler(codec("kickback"), Wish(rate_hz=rate_hz))
    samples, began_ns = 0, time.monotonic_ns()
    with Recorder(folder / "x.kbraw") as recorder, CsvTail(folder / "x.csv", header_of(head, "x", rate_hz)) as tail:
        for number, record in enumerate(records):
            due_ns = began_ns + record.time_ns - records[0].time_ns
            if paced:
                time.sleep(max(0.0, (due_ns - time.monotonic_ns()) * 1e-9))
            record = replace(record, time_ns=time.monotonic_ns() if paced else due_ns)
            samples += _samples(record)
            os.write(1, f"{number} {record.time_ns} {samples}".ljust(LINE - 1).encode() + b"\n")
            for block in _kept(recorder, assembler, record):
                tail.take(block)


def _samples(record: Record) -> int:
    return record.data[1] if record.kind is Kind.NOTIFIED and record.uuid == wire.DATA else 0


def _kept(recorder: Recorder, assembler: Assembler, record: Record) -> list[SampleBlock]:
    was = assembler.rate_hz
    recorder.keep(record)
    blocks = assembler.take(record)
    if was is None and assembler.rate_hz is not None:
        recorder.keep(Record.of_facts(Kind.DECIDED, record.time_ns, rate_hz=assembler.rate_hz))
    return blocks


# --- who kills it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loss:
    """What a kill cost.

    Attributes:
        rate_hz, batch: samples a second and in a packet. streamed_s: signal that had come.
        records_lost: announced and not in the raw file, from the first that is missing on.
        raw_ms: from the newest record in it to the newest announced.
        older_lost: of those lost, how many had come more than a second before the kill.
        csv_ms: from the newest row of the CSV to the newest sample announced; None before its first row.
        raw_opens, csv_opens: read as a recording; "short" where the two seconds that a recording needs were not over.
        notes: what the reader said of the raw file.
    """

    rate_hz: int
    batch: int
    streamed_s: float
    records_lost: int
    raw_ms: float
    older_lost: int
    csv_ms: float | None
    raw_opens: str
    csv_opens: str
    notes: tuple[str, ...]

    @property
    def opened(self) -> tuple[bool, bool]:
        """Whether the raw file and the CSV can be read; a recording that is too short is told to be so."""
        good = ("yes",) if self.streamed_s >= USUAL_S else ("yes", "short")
        return self.raw_opens in good, self.csv_opens in good


def start(folder: Path, rate_hz: int, batch: int, seconds: float, paced: bool) -> subprocess.Popen[bytes]:
    """The process that will be killed."""
    what = [str(folder), str(rate_hz), str(batch), str(seconds), str(int(paced))]
    return subprocess.Popen([sys.executable, str(Path(__file__).resolve()), "--child", *what], stdout=subprocess.PIPE)


def announced(stream: IO[bytes]) -> Iterator[tuple[int, int, int]]:
    """Number, time in ns, and samples until then of each record that the process announces."""
    while len(line := stream.read(LINE)) == LINE:
        number, time_ns, samples = map(int, line.split())
        yield number, time_ns, samples


def killed(
    folder: Path, rate_hz: int, batch: int, seconds: float, paced: bool, enough: Callable[[int, int], bool]
) -> Loss:
    """Start the process, kill it when ``enough`` says so of a record's number and its samples, and look at its files.

    Raises:
        RuntimeError: it ended by itself.
    """
    process = start(folder, rate_hz, batch, seconds, paced)
    assert process.stdout is not None
    with process.stdout as stream:
        lines = announced(stream)
        said = [next(lines, (0, 0, 0))]
        while not enough(said[-1][0], said[-1][2]):
            following = next(lines, None)
            if following is None:
                raise RuntimeError(f"the process ended with {process.wait()} before it was killed")
            said.append(following)
        at_ns = time.monotonic_ns() if paced else said[-1][1]
        process.kill()
        said += lines
    if process.wait() >= 0:
        raise RuntimeError("the process ended before it was killed")
    return look(folder, rate_hz, batch, said, at_ns)


def look(folder: Path, rate_hz: int, batch: int, said: list[tuple[int, int, int]], at_ns: int) -> Loss:
    """What is in the files of a process that announced these records and was killed then."""
    raw = read_records(folder / "x.kbraw")
    times, samples = [time_ns for _, time_ns, _ in said], said[-1][2]
    kept = [record.time_ns for record in raw.records if record.kind is not Kind.DECIDED]
    whole = next((at for at, pair in enumerate(zip(kept, times, strict=False)) if pair[0] != pair[1]), len(kept))
    lost = times[whole:]
    newest_ns = kept[whole - 1] if whole else times[0]
    rows = (folder / "x.csv").read_text(encoding="utf-8").split("\n")[1:-1]
    newest = round(float(rows[-1].split(",")[0]) * rate_hz) + 1 if rows else 0
    recording = recording_of(raw, "x") if samples > 2 * batch else None
    return Loss(
        rate_hz=rate_hz,
        batch=batch,
        streamed_s=samples / rate_hz,
        records_lost=len(lost),
        raw_ms=max(0.0, (times[-1] - newest_ns) * 1e-6),
        older_lost=sum(time_ns < at_ns - 1_000_000_000 for time_ns in lost),
        csv_ms=1000 * (samples - newest) / rate_hz if rows else None,
        raw_opens=_opens(folder / "x.kbraw"),
        csv_opens=_opens(folder / "x.csv") if len(rows) == newest else f"{len(rows)} rows up to sample {newest}",
        notes=raw.notes if recording is None else recording.header.notes,
    )


def _opens(path: Path) -> str:
    """ "yes", "short", or why not."""
    import kickback

    try:
        kickback.read(path)
    except kickback.RecordingError as error:
        too_short = ("a recording needs at least 2 s", "no samples in it", "not a table", "no row", "no recording: ")
        return "short" if any(what in str(error) for what in too_short) else str(error)
    return "yes"


def _one(number: int, seed: int) -> Loss:
    rate_hz, batch = KINDS[number % len(KINDS)]
    after_s = float(np.random.default_rng([seed, number]).uniform(FIRST_S, LAST_S))
    began: list[float] = []

    def enough(_: int, samples: int) -> bool:
        if samples and not began:
            began.append(time.monotonic())
        return bool(began) and time.monotonic() - began[0] >= after_s

    def at_random(record: int, samples: int) -> bool:
        if not enough(record, samples):
            return False
        time.sleep(after_s % 0.05)  # not always just behind an announcement
        return True

    with tempfile.TemporaryDirectory() as name:
        return killed(Path(name), rate_hz, batch, LAST_S + 20, True, at_random)


def keeping_us(count: int = 20_000) -> dict[str, float]:
    """What it takes to keep a record of ten samples, microseconds, on this disk."""
    record = Record.of_bytes(Kind.NOTIFIED, 1, wire.DATA, bytes(128))
    took = np.empty(count)
    with tempfile.TemporaryDirectory() as name, Recorder(Path(name) / "x.kbraw") as recorder:
        for at in range(count):
            began = time.perf_counter_ns()
            recorder.keep(record)
            took[at] = time.perf_counter_ns() - began
    median, high, most = np.quantile(took / 1000, [0.5, 0.999, 1.0])
    return {"records": count, "median_us": float(median), "p99_9_us": float(high), "most_us": float(most)}


def summary(losses: list[Loss]) -> dict[str, Any]:
    """The figures of all kills."""
    raw = [loss.raw_ms for loss in losses]
    late = [loss for loss in losses if loss.streamed_s >= USUAL_S]
    csv = [loss.csv_ms for loss in late if loss.csv_ms is not None]
    return {
        "kills": len(losses),
        "raw": {
            "worst_ms": max(raw),
            "median_ms": float(np.median(raw)),
            "most_records_lost": max(loss.records_lost for loss in losses),
            "kills_that_lost_a_record": sum(loss.records_lost > 0 for loss in losses),
            "records_older_than_1_s_lost": sum(loss.older_lost for loss in losses),
            "opened": sum(loss.opened[0] for loss in losses),
            "of_these_shorter_than_2_s": sum(loss.raw_opens == "short" for loss in losses),
        },
        "csv": {
            "kills_after_3_s": len(late),
            "with_rows": len(csv),
            "worst_ms": max(csv),
            "median_ms": float(np.median(csv)),
            "opened": sum(loss.opened[1] for loss in losses),
            "of_these_shorter_than_2_s": sum(loss.csv_opens == "short" for loss in losses),
        },
    }


def main() -> int:
    """Kill, look, write down. Returns 1 when something older than a second was lost or a file did not open."""
    if sys.argv[1:2] == ["--child"]:
        folder, rate_hz, batch, seconds, paced = sys.argv[2:]
        record_until_killed(Path(folder), int(rate_hz), int(batch), float(seconds), paced == "1")
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument(
        "--commands", type=int, default=20, help="kills of `kickback record --virtual`; 0 without bumble"
    )
    parser.add_argument("--at-once", type=int, default=3, help="processes at the same time")
    parser.add_argument("--seed", type=int, default=1)
    out_argument(parser, "kill")
    asked = parser.parse_args()
    with ThreadPoolExecutor(asked.at_once) as pool:
        losses = list(pool.map(lambda number: _one(number, asked.seed), range(asked.kills)))
    found = summary(losses)
    odd: list[object] = [loss for loss in losses if loss.older_lost or not all(loss.opened)]
    result = {"what": __doc__.partition("\n")[0], "seed": asked.seed, **found, "keeping_a_record": keeping_us()}
    if asked.commands:
        result["kickback_record_virtual"] = told = of_the_command(asked.commands, asked.seed)
        if told["files_opened"] < told["of_files"] or told["age_of_the_newest_packet_ms"]["worst"] > 1000:
            odd.append(told)
    write_result(asked.out, result)
    print(result)
    for what in odd:
        print("NOT AS PROMISED:", what, file=sys.stderr)
    return 1 if odd else 0


if __name__ == "__main__":
    raise SystemExit(main())
