"""WitMotion: the export of its app and PC program, and the table that the vendor's Python demo writes; g and deg/s.

The app's table names the device in every row, so that several may stand in it row by row; it may repeat its header
in mid-file, speak Chinese and write decimal commas. The demo's is parted by tabs, its first name is missing in older
versions, what the sensor did not send is the text ``None``, and on Windows every line end is doubled. Where there is
a chip time it is taken, because it is the sensor's own clock; the app's time is the arrival at the host. Chips count
whole milliseconds, and the programs write them unpadded: in ``8:18:9.94`` the 94 is 0.094 s. Device names may hold an
address and never get into a recording. Evidence: heads of exported files; github.com/WITMOTION, JY901S.py.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray, Header, Recording
from imu.units import ACC_TO_MPS2, GYR_TO_RADPS, normal
from recordings.check import Units, finish
from recordings.clocktext import DAY_S
from recordings.errors import RecordingError
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.streams import unwrap
from recordings.table import Head, as_number, cells, numbers, texts

NAME = "witmotion"
TITLE = "WitMotion"

Texts = npt.NDArray[np.object_]

LEAST_ROWS = 10
"""A device with fewer rows than this only said hello."""
MOST_NAMED = 8
"""Devices that an error lists."""

_HEADER_WITHIN = 40
_SLICE = 1 << 17
"""Clock texts taken apart at once, so that the pieces of a long column are never there all together."""
_KINDS = {"acc": "acc", "as": "gyr", "a": "acc", "w": "gyr", "加速度": "acc", "角速度": "gyr"}
_AXIS = re.compile(r"(acc|as|a|w|加速度|角速度)\s*([xyz])\s*[(\uff08](.*)[)\uff09]", re.IGNORECASE)
_OTHERS = {
    "time": "time",
    "时间": "time",
    "devicename": "device",
    "设备名称": "device",
    "chiptime": "chip",
    "片上时间": "chip",
}
_NOTHING = frozenset({"", "null", "none", "nan"})
_FORM = (
    r"(?:(?P<date>\d{2,4}[-/.]\d{1,2}[-/.]\d{1,2})[ T_]+)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})(?:[.,:](?P<part>\d{1,9}))?"
)
_CLOCK = re.compile(_FORM, re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T])\d\d:\d\d:\d\d\.\d{3,6}", re.ASCII)

_CHOOSE = "switch on {} in the output content of the sensor's settings and record again"


def sniff(head: Head) -> Claim | None:
    """Claim the app's columns beside DeviceName or ChipTime, or the demo's below Chiptime or a missing name."""
    real = _real(head)
    if real is None:
        return None
    found = _places(real)
    if "acc" not in found:
        return Claim("unusable", f"acceleration is not in it; {_CHOOSE.format('Acceleration')}")
    if "gyr" not in found:
        return Claim("unusable", f"angular velocity is not in it; {_CHOOSE.format('Angular velocity')}")
    return Claim("both", f"WitMotion's names of columns, as {real.names[found['acc'][0]]}")


def _real(head: Head) -> Head | None:
    """The head with WitMotion's header, which may stand above rows with more ``None`` than numbers."""
    for at, line in enumerate(head.lines[:_HEADER_WITHIN]):
        separator = head.separator if head.header_line == at else max("\t,;", key=line.count)
        names = cells(line, separator)
        below = next((cells(row, separator) for row in head.lines[at + 1 :] if row.strip()), ())
        real = replace(head, separator=separator, header_line=at, names=names, example=below)
        if _ours(real):
            return real if head.names else replace(real, decimal=_decimal(real))
    return None


def _ours(head: Head) -> bool:
    found = _places(head)
    if not {"acc", "gyr"} & found.keys():
        return False
    if head.names[0]:
        return bool({"device", "chip"} & found.keys())
    clock = not head.example or head.example[0].lower() in _NOTHING or _CLOCK.fullmatch(head.example[0]) is not None
    return head.separator == "\t" and {"acc", "gyr"} <= found.keys() and clock


def _places(head: Head) -> dict[str, list[int]]:
    """Where what stands: "acc" and "gyr" with all three axes, "time", "device", "chip"; the first of each counts."""
    axes: dict[str, dict[str, int]] = {}
    found: dict[str, list[int]] = {}
    for at, name in enumerate(head.names):
        if match := _AXIS.fullmatch(name):
            axes.setdefault(_KINDS[match[1].lower()], {}).setdefault(match[2].lower(), at)
        elif other := _OTHERS.get(re.split(r"[(\uff08]", name.lstrip("\ufeff"))[0].strip().lower()):
            found.setdefault(other, [at])
    if head.names and not head.names[0]:
        found.setdefault("chip", [0])
    return found | {kind: [there[axis] for axis in "xyz"] for kind, there in axes.items() if len(there) == 3}


def _decimal(head: Head) -> str:
    """The decimal sign of a table whose rows nobody could tell so far."""
    at = [place for kind in ("acc", "gyr") for place in _places(head).get(kind, [])]
    for line in head.lines[head.header_line + 1 :]:
        row = cells(line, head.separator)
        if any(place < len(row) and "," in row[place] and as_number(row[place], ",") is not None for place in at):
            return ","
    return head.decimal


def _unit(head: Head, at: int, known: dict[str, float], usual: str) -> str:
    match = _AXIS.fullmatch(head.names[at])
    said = normal(match[3]) if match else ""
    return said if said in known else usual


def read(source: Source) -> Recording:
    """Read the rows of the one device.

    Raises:
        RecordingError: several devices, a column is missing, a cell is no number or no time, or physics contradicts.
    """
    head = _real(source.part.head)
    found = _places(head) if head else {}
    if head is None or not {"acc", "gyr"} <= found.keys():
        raise RecordingError(source.part.path, f"no AccX .. AsZ of WitMotion; {_CHOOSE.format('both sensors')}")
    part = replace(source.part, head=head)
    values, rows = _values(part, [*found["acc"], *found["gyr"]])
    notes: tuple[str, ...] = (f"{len(rows) - rows.sum()} repeated headers were skipped.",) if not rows.all() else ()
    if "device" in found:
        rows, note = _of_one(part, texts(part, found["device"])[0], values, rows)
        notes += note
    time_s = _time(source, part, found, rows)
    values = values[rows]
    acc_unit = _unit(head, found["acc"][0], ACC_TO_MPS2, "g")
    gyr_unit = _unit(head, found["gyr"][0], GYR_TO_RADPS, "deg/s")
    header = Header(
        name=source.path.stem,
        rate_hz=1.0,
        sensor=TITLE,
        leg=source.leg,
        dialect=NAME,
        sha256=source.sha256,
        notes=notes,
    )
    return finish(part.path, time_s, values[:, :3], values[:, 3:], Units(acc_unit, gyr_unit), header, source.options)


def _values(part: Part, columns: list[int]) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """The six columns, shape (n, 6), and which rows are no repeated header, shape (n,). Raises RecordingError."""
    try:
        values = numbers(part, columns)
    except RecordingError as error:
        return _between_headers(part, columns, error)
    return values, np.ones(len(values), dtype=bool)


def _between_headers(
    part: Part, columns: list[int], refused: RecordingError
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """The same, the patient way, when a cell was refused: raise that unless a repeated header was the reason."""
    import pandas as pd

    told = texts(part, columns)
    rows = np.zeros(len(told[0]), dtype=bool)
    for column, text in zip(columns, told, strict=True):
        rows |= text != part.head.names[column]
    if rows.all():
        raise refused
    values = np.full((len(rows), len(columns)), np.nan)
    for at, column in enumerate(columns):
        cell = pd.Series(told[at], dtype=object)
        if part.head.decimal == ",":
            cell = cell.where(~cell.str.contains(".", regex=False), "no number").str.replace(",", ".", regex=False)
        number = pd.to_numeric(cell.where(rows, ""), errors="coerce").to_numpy(dtype=np.float64)
        wrong = rows & np.isnan(number) & ~cell.str.lower().isin(_NOTHING).to_numpy()
        if wrong.any():
            what = f"{str(told[at][wrong][0])[:40]!r} is not a number; correct the cell or leave it empty"
            raise RecordingError(part.path, what, column=part.head.names[column])
        values[:, at] = number
    values[np.isinf(values)] = np.nan
    return values, rows


def _of_one(
    part: Part, names: Texts, values: FloatArray, rows: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], tuple[str, ...]]:
    """Which rows are those of the only device, and what to say about others that only said hello."""
    import pandas as pd

    _same_length(part, names, rows)
    codes, known = pd.factorize(names)
    whole = np.isfinite(values).all(axis=1) & rows
    count = np.bincount(codes[whole], minlength=len(known))
    often = np.flatnonzero(count >= LEAST_ROWS)
    if not len(often):
        raise RecordingError(part.path, "no device has ten rows with all six values; record it again")
    if len(often) > 1:
        named = [str(known[code])[:40] or "one without a name" for code in often[:MOST_NAMED]]
        listed = ", ".join(named + ["..."] * (len(often) > MOST_NAMED))
        what = f"{len(often)} devices are in it ({listed}); export one device a file, and name that of the ankle"
        raise RecordingError(part.path, what)
    others = len(np.unique(codes[rows])) - 1
    said = "another device" if others == 1 else f"{others} other devices"
    return rows & (codes == often[0]), (f"Rows of {said} that sent next to nothing were skipped.",) if others else ()


def _same_length(part: Part, column: Texts, rows: npt.NDArray[np.bool_]) -> None:
    if len(column) != len(rows):
        raise RecordingError(part.path, f"{len(rows)} rows but {len(column)} names or times; a line is broken")


def _time(source: Source, part: Part, found: dict[str, list[int]], rows: npt.NDArray[np.bool_]) -> FloatArray:
    """Seconds since the first stamp by the sensor's clock, else the app's, else the rate that the user named."""
    for which in ("chip", "time"):
        if which in found:
            text = texts(part, found[which])[0]
            _same_length(part, text, rows)
            time_s = _seconds(part, text[rows], part.head.names[found[which][0]] or "1")
            told = time_s[np.isfinite(time_s)]
            if len(told) > len(time_s) / 2 and told.max() > told.min():
                return np.asarray(time_s - told[0])
    if source.options.rate_hz:
        return np.arange(int(rows.sum())) / source.options.rate_hz
    raise RecordingError(part.path, "neither chip time nor time is in it; name the rate with --rate")


def _seconds(part: Part, clock: Texts, column: str) -> FloatArray:
    """Clock text as seconds, NaN where there is none. Raises RecordingError for what is no time."""
    out = np.full(len(clock), np.nan)
    told = np.array([text.lower() not in _NOTHING for text in clock], dtype=bool)
    if told.any():
        seconds = _iso(clock[told])
        out[told] = _patient(part, clock[told], column) if seconds is None else seconds
    return out


def _iso(clock: Texts) -> FloatArray | None:
    """Cells that all have one ISO form of one length, else None."""
    import pandas as pd

    form = _ISO.fullmatch(clock[0])
    if form is None or len({len(text) for text in clock}) > 1:
        return None
    try:
        stamps = pd.to_datetime(pd.Series(clock), format=f"%Y-%m-%d{form[1]}%H:%M:%S.%f")
    except ValueError:
        return None
    return np.asarray(stamps.to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6)


def _patient(part: Part, clock: Texts, column: str) -> FloatArray:
    import pandas as pd

    seconds, days = np.empty(len(clock)), np.empty(len(clock))
    fractions: list[Texts] = []
    for first in range(0, len(clock), _SLICE):
        rows = slice(first, first + _SLICE)
        pieces = pd.Series(clock[rows], dtype=object).str.extract(f"^{_FORM}$", flags=re.ASCII)
        if (wrong := pieces["hour"].isna().to_numpy()).any():
            what = f"{str(clock[rows][wrong][0])[:40]!r} is not a time such as 2026-01-02 03:04:05.678"
            raise RecordingError(part.path, what, column=column)
        number = pieces[["hour", "minute", "second"]].astype("float64").to_numpy()
        seconds[rows] = number @ [3600.0, 60.0, 1.0]
        days[rows] = pieces["date"].map({date: _day(date) for date in pieces["date"].unique()}).to_numpy("float64")
        fractions.append(pieces["part"].fillna("").to_numpy(dtype=object))
    seconds += _fractions(np.concatenate(fractions))
    return unwrap(seconds, DAY_S) if np.isnan(days).any() else np.asarray(seconds + days * DAY_S)


def _day(date: object) -> float:
    """Days since 1970; NaN for none or one that does not exist."""
    try:
        year, month, day = (int(number) for number in re.split(r"[-/.]", str(date)))
        return float(np.datetime64(f"{year % 2000 + 2000:04d}-{month:02d}-{day:02d}", "D").astype(np.int64))
    except ValueError:
        return float("nan")


def _fractions(texts: Texts) -> FloatArray:
    """What stands after the whole seconds: unpadded milliseconds where the column's lengths say so, else a fraction."""
    known = set(texts)
    lengths = {len(text) for text in known if text}
    padded = any(text[0] == "0" and len(text) in (2, 3) for text in known if text)
    milliseconds = len(lengths) > 1 and max(lengths) <= 3 and not padded
    value = {text: float(text or 0) * (1e-3 if milliseconds else 10.0 ** -len(text)) for text in known}
    return np.array([value[text] for text in texts])
