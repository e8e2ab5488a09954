"""``kickback inspect``: what is understood of a file and why, in plain words."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from kickback.commands.analyze import plain_console
from kickback.document import plain, to_json
from kickback.errors import EXIT_BAD_FILE
from kickback.inspection import Inspection, Table, look_at
from kickback.quality import Signal, Stamps
from kickback.words import SIMULATED, clock, many, seconds
from recordings.options import Options
from recordings.table import BINARY, NO_TEXT

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", " ": "blank"}
DECIMALS = {".": "point", ",": "comma"}
ROLES = {
    "both": "acceleration and angular velocity",
    "acc": "acceleration",
    "gyr": "angular velocity",
    "gravity": "gravity",
    "linear": "acceleration without gravity",
    "aside": "not needed",
    "unusable": "cannot be used",
}
MOST_COLUMNS = 16
MOST_TABLES = 30
WIDTH = 14
"""Columns that the labels take."""


def inspect_file(path: Path, options: Options, as_json: bool) -> int:
    """Look at a file and print what is understood.

    Returns:
        The exit code: 0, or 1 when the file cannot be analyzed.
    """
    found = look_at(path, options)
    if as_json:
        print(to_json(plain("", {**asdict(found), "usable": found.usable}), ascii_only=True), end="")
    else:
        console = plain_console()
        for label, said in lines(found):
            console.print(Text.assemble((f"{label:<{WIDTH}}", "bold"), said), soft_wrap=True)
    if found.error:
        sys.stdout.flush()
        Console(stderr=True).print(found.error, style="red", markup=False, highlight=False, soft_wrap=True)
    return 0 if found.usable else EXIT_BAD_FILE


def lines(found: Inspection) -> Iterator[tuple[str, str]]:
    """Everything as labelled lines, in order; a label stands once, before the first of its lines."""
    yield "file", found.file
    if found.simulated:
        yield "", SIMULATED
    if found.dialect:
        yield "read as", found.dialect
    for table in found.tables[:MOST_TABLES]:
        yield from _table(table)
    if len(found.tables) > MOST_TABLES:
        yield "", f"and {many(len(found.tables) - MOST_TABLES, 'file')} more"
    if found.signal:
        yield from _time(found.signal, found.stamps, any(table.encoding == BINARY for table in found.tables))
        yield from _physics(found.signal)
    if found.signal:
        yield "leg", found.leg or "nobody said"
    yield from _listed("noted", found.notes)
    if found.usable:
        yield "analysis", "yes, this can be analyzed"
    else:
        yield "analysis", "no; the line at the end says why"
    yield from _listed("better", found.better)


def _listed(label: str, sentences: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for number, sentence in enumerate(sentences):
        yield label if number == 0 else "", sentence


def _table(table: Table) -> Iterator[tuple[str, str]]:
    claim = f"{table.dialect}, {ROLES.get(table.role, table.role)}: {table.why}" if table.dialect else "nobody's"
    yield "part", f"{table.name} ({_size(table.size)}): {claim}"
    if table.encoding in NO_TEXT:
        return
    if not table.columns:
        yield "", f"no line of names above at least three numbers; it begins: {table.begins}"
        return
    sep, decimal = SEPARATORS.get(table.separator, table.separator), DECIMALS.get(table.decimal, table.decimal)
    shown = ", ".join(table.columns[:MOST_COLUMNS])
    more = f" and {len(table.columns) - MOST_COLUMNS} more" if len(table.columns) > MOST_COLUMNS else ""
    yield "", f"{table.encoding}, {sep} between cells, decimal {decimal}; columns: {shown}{more}"


def _size(size: int) -> str:
    for unit, of in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= of:
            return f"{size / of:.3g} {unit}"
    return many(size, "byte")


def _time(signal: Signal, stamps: Stamps | None, raw: bool) -> Iterator[tuple[str, str]]:
    start_s = round(signal.start_s, 3) + 0.0  # and never -0.000
    yield "length", f"{clock(signal.duration_s)}, {signal.samples} samples from {start_s:.3f} s on"
    yield "rate", f"{signal.rate_hz:.4g} samples a second"
    if stamps:
        kind = "the sensor's own" if stamps.kind == "device" else "arrivals at a host"
        yield (
            "time stamps",
            (
                f"column {stamps.column} in {stamps.unit}, {kind}; "
                f"nine of ten within {max(1000 * stamps.jitter_s, 0.001):.3g} ms of an even clock"
            ),
        )
    elif raw:
        yield "time stamps", "the sensor's clock and counts, where it has them, and the arrivals of its packets"
    else:
        yield "time stamps", "not one column of numbers with this rate, so their jitter is not told"
    if signal.gaps:
        yield (
            "gaps",
            (
                f"{many(signal.gaps, 'gap')}, {seconds(signal.lost_s, 2)} s of {clock(signal.duration_s)} lost; "
                f"the longest {seconds(signal.longest_gap_s, 2)} s at {seconds(signal.longest_gap_at_s)} s"
            ),
        )
    else:
        yield "gaps", "none"


def _physics(signal: Signal) -> Iterator[tuple[str, str]]:
    if math.isnan(signal.gravity_mps2):
        yield "acceleration", "no still second, so its unit could not be checked"
    else:
        yield "acceleration", f"{signal.gravity_mps2:.2f} m/s² in the stillest second (9.81 is right)"
    if math.isnan(signal.turn_ratio):
        yield "gyro", "nothing turned far enough to check its unit by gravity"
    else:
        yield (
            "gyro",
            (
                f"gravity turns {signal.turn_ratio:.2f} times as far as it says (1 is right), "
                f"agreement {signal.turn_agreement:.0%}"
            ),
        )
    if not math.isnan(signal.acc_noise_mps2):
        yield (
            "at rest",
            (
                f"noise {signal.acc_noise_mps2:.3f} m/s² and {signal.gyr_noise_dps:.3f} °/s, "
                f"gyro bias {signal.gyr_bias_dps:.2f} °/s"
            ),
        )
    yield (
        "range",
        (
            f"up to {signal.acc_most_mps2:.1f} m/s² and {signal.gyr_most_dps:.0f} °/s; "
            f"at the sensor's limit: {signal.acc_saturated:.1%} and {signal.gyr_saturated:.1%} of the samples"
        ),
    )
