"""Motion-BIDS: ``*_motion.tsv``, a table without a header, which ``*_channels.tsv`` and ``*_motion.json`` explain.

The columns are the rows of ``_channels.tsv``: type ACCEL and GYRO, component x, y, z, of one ``tracked_point``; units
as they stand there. The time is a LATENCY channel (seconds from the first sample), or else the rows are even, with
SamplingFrequencyEffective or SamplingFrequency samples a second. What describes a file may lie higher up, with fewer
entities in its name (the inheritance principle); the nearest counts. Kickback's own studies say what BIDS has no
word for in an object ``Kickback`` of the JSON.

Source: the BIDS specification 1.10 and 1.11, pages Motion and Common principles.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from imu.blocks import Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, normal
from recordings.beside import Beside
from recordings.check import Units, finish, on_grid
from recordings.errors import RecordingError
from recordings.legs import leg_in
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.table import Head, cells, numbers

NAME = "motion_bids"
TITLE = "Motion-BIDS"

OWN_KEY = "Kickback"
"""Object of the JSON with what only Kickback knows: leg, simulated, origin, sensor, placement, start_s, extra."""

LEVELS = 4
"""Folders that are looked through, from the file's own upwards: motion, session, subject, data set."""

_MOTION = re.compile(r".+_motion\.tsv(\.gz)?")
_ASIDE = re.compile(r"(.+_)?(channels|events|scans|sessions|participants)\.tsv")
_KINDS = {"ACCEL": "acceleration", "GYRO": "angular velocity"}


def sniff(head: Head) -> Claim | None:
    """Claim a file by its name: it has no header, and its name is what BIDS is about."""
    if _MOTION.fullmatch(head.path.name):
        return Claim("both", "the name ends in _motion.tsv")
    if _ASIDE.fullmatch(head.path.name):
        return Claim("aside", "a table that describes others")
    return None


@dataclass(frozen=True, slots=True)
class Channel:
    """One column of the motion file, as ``_channels.tsv`` tells it."""

    at: int
    kind: str
    component: str
    point: str
    unit: str
    placement: str


def read(source: Source) -> Recording:
    """Read the table by its channels.

    Raises:
        RecordingError: what explains it is missing or contradicts it, several sensors are in it, a cell is no number,
            or physics contradicts the units.
    """
    part, options = _as_bids(source.part), source.options
    said = _sidecar(part.path)
    channels = _channels(part)
    acc, gyr = _sensor(part.path, channels, source.leg)
    latency = next((each for each in channels if each.kind == "LATENCY"), None)
    wanted = [each.at for each in (*acc, *gyr, *((latency,) if latency else ()))]
    table = numbers(part, wanted, first_line=0)
    units = Units(_unit(part.path, acc, ACC_TO_MPS2), _unit(part.path, gyr, GYR_TO_RADPS), "_channels.tsv")
    header = _header(source, said, acc[0])
    if latency is not None and options.rate_hz is None:
        return finish(part.path, table[:, 6], table[:, :3], table[:, 3:6], units, header, options)
    rate_hz = options.rate_hz or _rate_hz(part.path, said)
    return on_grid(part.path, rate_hz, table[:, :3], table[:, 3:6], units, header, options)


def _as_bids(part: Part) -> Part:
    """The file with a head as BIDS has it: tabs, points, no header."""
    if not _MOTION.fullmatch(part.path.name):
        raise RecordingError(part.path, "a motion file of BIDS has a name that ends in _motion.tsv")
    first = part.head.lines[0] if part.head.lines else ""
    head = replace(part.head, separator="\t", decimal=".", header_line=-1, names=(), example=cells(first, "\t"))
    return replace(part, head=head)


def described_by(path: Path, suffix: str, tree: Beside) -> list[Path]:
    """The files that describe this one, the nearest first: their entities are among its own.

    Args:
        path: of a file whose name is made of entities, ``sub-01_task-kickback_tracksys-imu_motion.tsv``.
        suffix: such as ``channels.tsv``. tree: where they lie.
    """
    own = set(path.name.split("_")[:-1])
    found: list[Path] = []
    for folder in list(path.parents)[:LEVELS]:
        here = tree.files(folder)
        split = [(each.name.split("_"), each) for each in here]
        fitting = [(words, each) for words, each in split if words[-1] == suffix and own.issuperset(words[:-1])]
        found += [each for _, each in sorted(fitting, key=lambda pair: -len(pair[0]))]
        if folder == tree.zip or any(each.name == "dataset_description.json" for each in here):
            break
    return found


def _sidecar(path: Path) -> dict[str, Any]:
    """All JSON that describes the file in one; the nearest counts."""
    tree = Beside.of(path)
    said: dict[str, Any] = {}
    for found in reversed(described_by(path, "motion.json", tree)):
        try:
            level = json.loads(tree.text(found))
        except ValueError as error:
            if isinstance(error, RecordingError):
                raise
            raise RecordingError(found, f"this is no JSON ({error}); correct it") from None
        except RecursionError:
            raise RecordingError(found, "its JSON is nested too deeply; correct it") from None
        if not isinstance(level, dict):
            raise RecordingError(found, "should be one JSON object; correct it")
        said |= level
    return said


def _channels(part: Part) -> list[Channel]:
    tree = Beside.of(part.path)
    found = described_by(part.path, "channels.tsv", tree)
    if not found:
        name = re.sub(r"motion\.tsv(\.gz)?$", "channels.tsv", part.path.name)
        raise RecordingError(part.path, f"{name} is missing, which says what the columns are; put it beside")
    lines = [line.split("\t") for line in tree.text(found[0]).splitlines() if line.strip()]
    names = [name.strip() for name in lines[0]] if lines else []
    for name in ("component", "type", "tracked_point", "units"):
        if name not in names:
            raise RecordingError(found[0], f"the column {name} is missing; BIDS requires it")
    rows = [dict(zip(names, (cell.strip() for cell in line), strict=False)) for line in lines[1:]]
    width = len(part.head.example)
    if width != len(rows):
        raise RecordingError(
            part.path, f"{width} columns, but {found[0].name} has {len(rows)} rows; one row describes one column"
        )
    return [
        Channel(
            at,
            row.get("type", "").upper(),
            row.get("component", "").lower(),
            row.get("tracked_point", ""),
            row.get("units", ""),
            row.get("placement", ""),
        )
        for at, row in enumerate(rows)
    ]


def _sensor(path: Path, channels: list[Channel], leg: str | None) -> tuple[list[Channel], list[Channel]]:
    """The three axes of both sensors of the one point that has them."""
    whole: dict[str, list[list[Channel]]] = {}
    for point in dict.fromkeys(each.point for each in channels):
        both = []
        for kind in _KINDS:
            mine = {each.component: each for each in channels if each.point == point and each.kind == kind}
            both.append([mine[axis] for axis in "xyz" if axis in mine])
        if all(len(axes) == 3 for axes in both):
            whole[point] = both
    if not whole:
        raise RecordingError(path, "no tracked_point has x, y and z of both ACCEL and GYRO; log both sensors")
    if len(whole) > 1 and leg is not None:
        whole = {point: both for point, both in whole.items() if leg_in(point) == leg} or whole
    if len(whole) > 1:
        raise RecordingError(
            path,
            f"{len(whole)} sensors are in it ({', '.join(list(whole)[:8])}); "
            "keep the channels of the one at the ankle, or take a leg's with `kickback convert --leg`",
        )
    acc, gyr = next(iter(whole.values()))
    return acc, gyr


def _unit(path: Path, axes: list[Channel], known: dict[str, float]) -> str | None:
    units = {each.unit for each in axes}
    what = _KINDS[axes[0].kind]
    if len(units) > 1:
        raise RecordingError(path, f"the units of the {what} differ in _channels.tsv: {', '.join(sorted(units))}")
    unit = normal(units.pop())
    if unit in ("", "n/a"):
        return None
    if unit not in known:
        option = "--acc-unit" if axes[0].kind == "ACCEL" else "--gyro-unit"
        raise RecordingError(
            path, f"_channels.tsv says {unit!r} for the {what}; known are {', '.join(known)} ({option})"
        )
    return unit


def _rate_hz(path: Path, said: dict[str, Any]) -> float:
    for name in ("SamplingFrequencyEffective", "SamplingFrequency"):
        value = said.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
            return float(value)
    raise RecordingError(path, "no LATENCY channel and no SamplingFrequency in its JSON: name the rate with --rate")


def _header(source: Source, said: dict[str, Any], channel: Channel) -> Header:
    own = said.get(OWN_KEY)
    own = own if isinstance(own, dict) else {}

    def text(value: Any) -> str | None:
        return value if isinstance(value, str) and value not in ("", "n/a") else None

    path = source.part.path
    acq = next((each for each in path.name.split("_") if each.startswith("acq-")), "")
    leg = own["leg"] if own.get("leg") in ("left", "right") else leg_in(channel.point) or leg_in(acq)
    start_s, extra = own.get("start_s"), own.get("extra")
    return Header(
        name=re.sub(r"_motion\.tsv(\.gz)?$", "", path.name),
        rate_hz=1.0,
        start_s=float(start_s) if isinstance(start_s, int | float) and abs(start_s) < math.inf else 0.0,
        sensor=text(own.get("sensor")) or text(said.get("ManufacturersModelName")),
        placement=text(own.get("placement")) or text(channel.placement) or text(channel.point),
        leg=source.leg or leg,
        dialect=NAME,
        sha256=source.sha256,
        origin=text(own.get("origin")),
        simulated=own.get("simulated") is True,
        extra=dict(extra) if isinstance(extra, dict) else {},
    )
