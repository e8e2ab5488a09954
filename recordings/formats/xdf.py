"""XDF, the recordings of the lab streaming layer (LSL): one stream with both sensors, or a stream for each.

Channels are told by their labels and types, three-channel streams also by the stream's type ("Accelerometer",
"Gyroscope"). Stamps come on the recorder's clock, by the clock offsets in the file. What our own streams say of
themselves (leg, exercise, tempo, simulated) is taken up.

Source: the XDF specification, github.com/sccn/xdf; stream types and channel metadata, github.com/sccn/xdf/wiki.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imu.blocks import FloatArray, Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, normal
from recordings.check import Units, finish, refuse_absurd
from recordings.errors import RecordingError
from recordings.legs import leg_in
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import Stream, fresh, merge
from recordings.table import XDF, Head
from recordings.xdf_chunks import sound

NAME = "xdf"
TITLE = "XDF of the lab streaming layer"

MOST_BYTES = 1 << 30
"""All of it is in memory at once; an hour of a sensor at 100 Hz is 15 MB."""
MOST_NAMED = 8

_ACC = re.compile(r"(?:acc|accel|acceleration|accelerometer)")
_GYR = re.compile(r"(?:gyr|gyro|gyroscope|angularvelocity|angvel|omega)")
_NOT = re.compile(r"linear|user|free|angularacc|magn|mag|quat|ori")
_KINDS = (("acc", _ACC, ACC_TO_MPS2), ("gyr", _GYR, GYR_TO_RADPS))


def sniff(head: Head) -> Claim | None:
    """Claim what begins with XDF's four letters."""
    return Claim("both", "it begins as an XDF file") if head.encoding == XDF else None


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """Three axes of one kind: in which stream, which of its columns, of which sensor, in which unit."""

    kind: str
    sensor: str
    columns: tuple[int, int, int]
    unit: str | None
    stream: dict[str, Any]

    def signal(self, path: Path) -> Stream:
        """Stamps and values. Raises RecordingError where one is beyond any sensor and any clock."""
        with np.errstate(invalid="ignore"):  # a damaged float32 may be a NaN that signals
            values = np.asarray(self.stream["time_series"][:, list(self.columns)], dtype=np.float64)
        time_s = np.asarray(self.stream["time_stamps"], dtype=np.float64)
        nothing = np.zeros((1, 3))
        refuse_absurd(path, time_s, *((values, nothing) if self.kind == "acc" else (nothing, values)))
        return Stream(time_s, values)


def read(source: Source) -> Recording:
    """Read the streams of the one sensor.

    Raises:
        RecordingError: pyxdf is not installed, the file is damaged from its beginning on, there is no sensor in it or
            several, or physics contradicts the units.
    """
    part, options = source.part, source.options
    found = [axes for stream in _streams(part) for axes in axes_of(stream)]
    acc, gyr = _pair(part.path, found, source.leg)
    time_s, acc_values, gyr_values = _on_one_clock(part.path, acc, gyr)
    said = {**_said(gyr.stream), **_said(acc.stream)}
    leg = said["leg"] if said.get("leg") in ("left", "right") else leg_in(acc.sensor)
    header = Header(
        name=Path(part.name).stem,
        rate_hz=1.0,
        sensor=_text(acc.stream["info"], "name"),
        leg=source.leg or leg,
        dialect=NAME,
        sha256=source.sha256,
        origin=said.get("origin"),
        simulated=said.get("simulated") == "true",
        extra={key: said[key] for key in ("exercise", "tempo") if key in said},
    )
    return finish(part.path, time_s, acc_values, gyr_values, Units(acc.unit, gyr.unit), header, options)


def _on_one_clock(path: Path, acc: Axes, gyr: Axes) -> tuple[FloatArray, FloatArray, FloatArray]:
    first, second = acc.signal(path), gyr.signal(path)
    if acc.stream is gyr.stream:
        return first.time_s, first.values, second.values
    return merge(path, fresh(first), fresh(second))


def _streams(part: Part) -> list[dict[str, Any]]:
    try:
        import pyxdf
    except ImportError:
        raise RecordingError(part.path, "an XDF file is read by pyxdf: pip install 'kickback[lab]'") from None
    with part.open() as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise RecordingError(part.path, f"it is larger than {MOST_BYTES >> 30} GB; record only the sensor's streams")
    checked = sound(data)
    if not checked.whole:
        part.notes.append(f"The file is cut or damaged from byte {checked.stop + 1} on; what comes before was read.")
    try:
        with _in_silence():
            streams, _ = pyxdf.load_xdf(io.BytesIO(data[: checked.stop]), dejitter_timestamps=False)
    except Exception as error:  # noqa: BLE001 - whatever a foreign library makes of a damaged file, it gets one line
        why = f"{type(error).__name__}: {error}"
        raise RecordingError(part.path, f"pyxdf cannot read it ({why}); record or export it again") from None
    return list(streams)


@contextmanager
def _in_silence() -> Iterator[None]:
    """pyxdf talks to the log and numpy warns of what :mod:`recordings.check` looks at anyway."""
    log = logging.getLogger("pyxdf")
    was, log.propagate = log.propagate, False
    quiet = logging.NullHandler()
    log.addHandler(quiet)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        log.removeHandler(quiet)
        log.propagate = was


def axes_of(stream: dict[str, Any]) -> list[Axes]:
    """The accelerations and angular velocities in a stream of pyxdf's, three axes each."""
    info = stream["info"]
    values = np.asarray(stream["time_series"])
    if values.ndim != 2 or not np.issubdtype(values.dtype, np.number) or not len(values):
        return []
    name, kind = _text(info, "name") or "", _text(info, "type") or ""
    labels, types, units = _channels(info, values.shape[1])
    by_axis: dict[tuple[str, str], dict[str, int]] = {}
    for at, (label, channel_type) in enumerate(zip(labels, types, strict=True)):
        if not label and values.shape[1] == 3:
            label = "xyz"[at]
        word = re.sub(r"[^a-z0-9]", "", re.sub(r"[(\[].*", "", label.lower()))
        found = _kind_of(word[:-1], channel_type, kind) if word[-1:] in tuple("xyz") else None
        if found is not None:
            sensor = re.sub(_ACC if found == "acc" else _GYR, "", word[:-1])
            by_axis.setdefault((found, sensor), {}).setdefault(word[-1], at)
    made = []
    for (found, sensor), axes in by_axis.items():
        if len(axes) == 3:
            columns = (axes["x"], axes["y"], axes["z"])
            shown = f"{sensor} {_bare(name)}".strip()
            made.append(Axes(found, shown, columns, _unit(found, [units[at] for at in columns]), stream))
    return made


def _kind_of(stem: str, channel_type: str, stream_type: str) -> str | None:
    """Of a channel: by its label, then by its type, then by its stream's."""
    for said in (stem, channel_type.lower(), stream_type.lower()):
        word = re.sub(r"[^a-z]", "", said)
        if _NOT.search(word):
            return None
        kinds = [kind for kind, pattern, _ in _KINDS if pattern.search(word)]
        if len(kinds) == 1:
            return kinds[0]
    return None


def _bare(name: str) -> str:
    """A stream's name without what tells its kind, so that two streams of a sensor are called the same."""
    words = re.split(r"[\s_.:-]+", name)
    kept = [word for word in words if not any(pattern.fullmatch(word.lower()) for _, pattern, _ in _KINDS)]
    return " ".join(kept)


def _unit(kind: str, units: list[str]) -> str | None:
    known = ACC_TO_MPS2 if kind == "acc" else GYR_TO_RADPS
    unit = normal(units[0])
    return unit if unit in known and len({normal(each) for each in units}) == 1 else None


def _pair(path: Path, found: list[Axes], leg: str | None) -> tuple[Axes, Axes]:
    sensors: dict[str, dict[str, list[Axes]]] = {}
    for axes in found:
        sensors.setdefault(axes.sensor, {}).setdefault(axes.kind, []).append(axes)
    whole = {name: kinds for name, kinds in sensors.items() if len(kinds) == 2}
    if not whole:
        by_kind: dict[str, list[Axes]] = {
            kind: [axes for axes in found if axes.kind == kind] for kind in ("acc", "gyr")
        }
        if not all(len(axes) == 1 for axes in by_kind.values()):
            raise RecordingError(
                path,
                "no stream with x, y and z of acceleration and of angular velocity; label the channels acc_x .. gyr_z, "
                "or give two streams the types Accelerometer and Gyroscope",
            )
        whole = {"": by_kind}
    if len(whole) > 1 and leg is not None:
        whole = {name: kinds for name, kinds in whole.items() if leg_in(name) == leg} or whole
    twice = any(len(axes) > 1 for kinds in whole.values() for axes in kinds.values())
    if len(whole) > 1 or twice:
        names = list(whole) * (2 if twice else 1)
        raise RecordingError(
            path,
            f"several sensors are in it ({', '.join(names[:MOST_NAMED])}); "
            "take a leg's with `kickback convert --leg`, or record one sensor's streams",
        )
    kinds = next(iter(whole.values()))
    return kinds["acc"][0], kinds["gyr"][0]


def _channels(info: Any, count: int) -> tuple[list[str], list[str], list[str]]:
    """Label, type and unit of each channel; "" where nothing is said."""
    given = _below(_below(_first(info, "desc"), "channels"), "channel", all_of=True)
    given = given if isinstance(given, list) and len(given) == count else [{}] * count
    labels, types, units = ([_text(each, key) or "" for each in given] for key in ("label", "type", "unit"))
    return labels, types, units


def _said(stream: dict[str, Any]) -> dict[str, str]:
    """What a stream of ours says of itself."""
    own = _below(_first(stream["info"], "desc"), "kickback")
    keys = ("leg", "exercise", "tempo", "simulated", "origin")
    return {key: text for key in keys if (text := _text(own, key))}


def _below(node: Any, key: str, *, all_of: bool = False) -> Any:
    if not isinstance(node, dict):
        return None
    return node.get(key) if all_of else _first(node, key)


def _first(node: Any, key: str) -> Any:
    """pyxdf gives a list for every element; its first."""
    found = node.get(key) if isinstance(node, dict) else None
    return found[0] if isinstance(found, list) and found else None


def _text(node: Any, key: str) -> str | None:
    found = _first(node, key)
    return found if isinstance(found, str) and found else None
