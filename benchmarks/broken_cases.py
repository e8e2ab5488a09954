"""The broken files and what is to be said about each.

A case either is refused, with a line that holds the words given, or is read, with a note that holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import broken_files as made
from benchmarks.broken_files import GB, PLAIN, Make, changed, holding, lines, pair, put, zipped
from imu.units import DEG_PER_RAD, G0_MPS2


@dataclass(frozen=True, slots=True)
class Case:
    """One broken file.

    Attributes:
        what: what is wrong, in words.
        make: makes it in an empty folder and returns what a user names.
        refused: True when it is refused, False when it is read with a note.
        words: what the line or one of the notes holds; "" for a file that is read without a note.
        given: overrides of the reading, as in :class:`recordings.options.Options`.
        not_root: True when it is read as somebody else than root, who may read everything.
    """

    what: str
    make: Make
    refused: bool
    words: str
    given: Mapping[str, str | float] = field(default_factory=dict)
    not_root: bool = False


DPS = [*PLAIN[:4], *(f"gyr_{axis} (deg/s)" for axis in "xyz")]
RADPS = [*PLAIN[:4], *(f"gyr_{axis} (rad/s)" for axis in "xyz")]
IN_G = [PLAIN[0], *(f"acc_{axis} (g)" for axis in "xyz"), *PLAIN[4:]]
IN_MG = [PLAIN[0], *(f"acc_{axis} (mg)" for axis in "xyz"), *PLAIN[4:]]
HEAD = ",".join(made.NAMES)
WHOLE = slice(None)
ACC, GYR = slice(1, 4), slice(4, 7)

NO_TABLE = (
    Case("empty", holding(b""), True, "the file is empty"),
    Case("blank lines only", holding("\n \n\n"), True, "the file is empty"),
    Case("only a byte order mark", holding(b"\xef\xbb\xbf"), True, "the file is empty"),
    Case("a header, nothing below it", holding(HEAD), True, "this is not a table"),
    Case("a header and one row", lines(lambda all_: all_[:2]), True, "never changes"),
    Case("a shopping list", holding("eggs,milk\n6,1\n"), True, "this is not a table"),
    Case(
        "a web page saved as CSV",
        holding("<!DOCTYPE html>\n<html><body>Sign in, please, now</body></html>\n"),
        True,
        "web page",
    ),
    Case("JSON", holding('{"acc": [1, 2, 3],\n "gyr": [4, 5, 6]}\n'), True, "this is not a table"),
    Case("binary noise", holding(np.random.default_rng(3).bytes(9000)), True, "binary file"),
    Case(
        "raw frames of a WitMotion sensor",
        holding(made.witmotion_frames, "WIT18.TXT"),
        True,
        "raw frames of a WitMotion sensor",
    ),
    Case("a PNG", holding(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200), "monday.csv"), True, "image"),
    Case("an Excel workbook", holding(made.spreadsheet, "monday.xlsx"), True, "Excel"),
    Case("a PDF", holding(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"), True, "PDF"),
    Case("non-ASCII junk as text", holding("žluťoučký; kůň; úpěl\n" * 300), True, "this is not a table"),
    Case(
        "UTF-16 without a byte order mark", holding(lambda: made.good_text().encode("utf-16-le")), True, "binary file"
    ),
    Case(
        "NUL bytes in the first lines", lines(lambda all_: [*all_[:40], "\x00" * 30, *all_[40:]]), True, "binary file"
    ),
    Case(
        "NUL bytes in the middle",
        lines(lambda all_: [*all_[:1500], "\x00" * 30, *all_[1500:]]),
        True,
        "binary data from byte",
    ),
)

PACKED = (
    Case("a gzip cut short", holding(made.gzip_cut, "monday.csv.gz"), True, "it is damaged"),
    Case("a gzip of nothing", holding(b"\x1f\x8b\x08\x00", "monday.csv.gz"), True, "it is damaged"),
    Case("a gzip bomb", holding(made.gzip_bomb, "monday.csv.gz"), True, ""),
    Case(
        "a zip cut short",
        holding(lambda: made.zip_bytes({"Raw Data.csv": made.good_text()})[:-40], "a.zip"),
        True,
        "the zip is damaged",
    ),
    Case("a zip with a damaged member", holding(made.damaged_zip, "monday.zip"), True, "it is damaged"),
    Case("an encrypted zip", holding(made.encrypted_zip, "monday.zip"), True, "it is encrypted"),
    Case("a zip bomb", holding(made.bomb_zip, "monday.zip"), True, "it unpacks to more than"),
    Case("a zip that lies about its size", holding(made.lying_zip, "monday.zip"), True, "it is damaged"),
    Case("a zip of nothing", zipped(dict), True, "without a recording"),
    Case("a zip of pictures", zipped(lambda: {"a.png": b"\x89PNG\r\n\x1a\n" + bytes(99)}), True, "without a recording"),
    Case(
        "a zip in a zip",
        zipped(lambda: {"a.zip": made.zip_bytes({"Raw Data.csv": made.good_text()})}),
        True,
        "without a recording",
    ),
    Case(
        "a zip of two recordings",
        zipped(lambda: {"a.csv": made.good_text(), "b.csv": made.good_text()}),
        True,
        "holds 2 recordings (a.csv, b.csv)",
    ),
)

NO_FILE = (
    Case("no such file", lambda folder: folder / "nowhere.csv", True, "there is no such file"),
    Case("a link to nothing", made.link("nowhere.csv"), True, "there is no such file"),
    Case("a link to itself", made.link("monday.csv"), True, "Too many levels"),
    Case("a path through a file", made.through_a_file, True, "there is no such file"),
    Case("a name longer than file systems allow", lambda folder: folder / ("n" * 300 + ".csv"), True, "too long"),
    Case("no permission", made.locked, True, "no permission", not_root=True),
    Case("a pipe nobody writes to", made.fifo, True, "a pipe"),
    Case("a socket", made.listener, True, "a pipe, a socket"),
    Case("a device that never ends", lambda _: Path("/dev/zero"), True, "a device"),
    Case("an empty folder", lambda folder: folder, True, "without a recording"),
    Case(
        "a folder of two recordings", made.recordings_in_a_folder, True, "holds 2 recordings (monday.csv, tuesday.csv)"
    ),
    Case("10 GB of nothing", made.sparse(10 * GB, b""), True, "GB are more than"),
    Case("10 GB that begin well", made.sparse(10 * GB, made.good_text()[:20000].encode()), True, "GB are more than"),
    Case("a line of 1 GB", made.sparse(GB, b"1,2,3,4,5,6,7," * 10000), True, "its first line is longer"),
)

PARTNERS = (
    Case("the gyro's file is missing", pair(gyrs=()), True, "the file of the gyroscope is missing"),
    Case("the accelerometer's file is missing", pair(accs=()), True, "the file of the accelerometer is missing"),
    Case(
        "two files of the gyro",
        pair(gyrs=("Gyroscope.csv", "Gyroscope 2.csv")),
        True,
        "two files could be that of the gyroscope",
    ),
    Case("sensors logged an hour apart", pair(shift_s=3600.0), True, "not logged at the same time"),
    Case(
        "the gyro began 2 s late, unsaid",
        changed(lambda r: np.hstack([r[200:, :4], r[:-200, 4:]])),
        True,
        "turn together",
    ),
    Case(
        "acceleration missing",
        changed(lambda r: r[:, [0, 4, 5, 6]], [PLAIN[0], *PLAIN[4:]]),
        True,
        "the columns of acceleration are missing",
    ),
    Case(
        "angular velocity missing",
        changed(lambda r: r[:, :4], PLAIN[:4]),
        True,
        "the columns of angular velocity are missing",
    ),
    Case(
        "one axis missing",
        changed(lambda r: r[:, [0, 1, 2, 4, 5, 6]], [*PLAIN[:3], *PLAIN[4:]]),
        True,
        "there is only acc_x",
    ),
    Case("no column of time", changed(lambda r: r[:, 1:], PLAIN[1:]), True, "--rate"),
    Case("no header", lines(lambda all_: all_[1:]), True, "the table has no header"),
    Case("a sidecar that is no JSON", made.with_sidecar("{leg: left"), True, "cannot be read as JSON"),
    Case("a sidecar that names a third leg", made.with_sidecar('{"leg": "middle"}'), True, "not 'middle'"),
)

DAMAGED = (
    Case("cut in mid-line", holding(lambda: made.good_text()[:60007]), False, "cut short"),
    Case(
        "cut behind a minus sign",
        holding(lambda: made.good_text()[:60000].rpartition("\n")[0] + "\n30.1,-"),
        False,
        "cut short",
    ),
    Case(
        "the header once more in the middle",
        lines(lambda all_: [*all_[:900], all_[0], *all_[900:]]),
        True,
        "line 901, column time_s",
    ),
    Case(
        "rows that are too short",
        lines(lambda all_: [",".join(line.split(",")[: 3 if i % 7 == 6 else 7]) for i, line in enumerate(all_)]),
        False,
        "",
    ),
    Case(
        "rows that are too long",
        lines(lambda all_: [line + ",1,2" if i % 7 == 6 else line for i, line in enumerate(all_)]),
        True,
        "line 7: 9 cells",
    ),
    Case(
        "a quote that never closes", lines(lambda all_: [*all_[:900], '"' + all_[900], *all_[901:]]), True, "line 901"
    ),
    Case(
        "a cell of junk",
        lines(lambda all_: [*all_[:700], all_[700].rpartition(",")[0] + ",§$%", *all_[701:]]),
        True,
        "line 701",
    ),
    Case("two dialects, one below the other", holding(made.mixed_dialects), True, "line "),
    Case("half of it NaN", changed(put(np.nan, slice(800, 2200), slice(1, 7))), False, ""),
    Case("all NaN", changed(put(np.nan, WHOLE, slice(1, 7))), True, "no row has all three values"),
    Case("infinite values", changed(put(np.inf, slice(300, 305), slice(1, 2))), False, ""),
    Case("values of 1e300", changed(put(1e300, slice(300, 305), slice(1, 7))), True, "beyond any sensor"),
    Case(
        "the clock set back by hours",
        changed(lambda r: r - (np.arange(len(r)) > 900)[:, None] * ([9000.0] + [0.0] * 6)),
        True,
        "back",
    ),
    Case(
        "a hole of three hours",
        changed(lambda r: r + (np.arange(len(r)) > 900)[:, None] * ([9000.0] + [0.0] * 6)),
        True,
        "hole",
    ),
    Case("time stands still", changed(put(7.0, WHOLE, slice(0, 1))), True, "do not advance"),
    Case(
        "time of rubbish",
        lines(lambda all_: [all_[0], *("soon" + line[line.index(",") :] for line in all_[1:])]),
        True,
        "line 2, column time_s",
    ),
    Case("10 samples a second", changed(lambda r: r[::10]), True, "samples a second"),
    Case("1 s long", changed(lambda r: r[:100]), True, "s long"),
    Case(
        "a device that vanished: zeros at the end",
        changed(put(0.0, slice(1500, None), slice(1, 7))),
        False,
        "the sensor had stopped or gone",
    ),
    Case(
        "a device that vanished: the last values for ever",
        changed(
            lambda r: np.vstack(
                [r[:1500], np.hstack([r[1500:, :1], np.repeat(r[1500:1501, 1:], len(r) - 1500, axis=0)])]
            )
        ),
        False,
        "the sensor had stopped or gone",
    ),
    Case("lines end in CR alone", holding(lambda: made.good_text().replace("\n", "\r")), False, ""),
)

UNITS = (
    Case("constant acceleration", changed(put(5.0, WHOLE, ACC)), True, "the acceleration never changes"),
    Case("constant turn rate", changed(put(0.0, WHOLE, GYR)), True, "not running"),
    Case("deg/s called rad/s", changed(lambda _: made.scaled(1, DEG_PER_RAD), RADPS), True, "--gyro-unit"),
    Case("rad/s called deg/s", changed(lambda r: r, DPS), True, "--gyro-unit"),
    Case("g called m/s²", changed(lambda _: made.scaled(1 / G0_MPS2)), True, "--acc-unit"),
    Case("m/s² called g", changed(lambda r: r, IN_G), True, "--acc-unit"),
    Case("mg called g", changed(lambda _: made.scaled(1000 / G0_MPS2), IN_G), True, "--acc-unit"),
    Case("g called mg", changed(lambda _: made.scaled(1 / G0_MPS2), IN_MG), True, "--acc-unit"),
    Case("gravity taken out", changed(made.linear), True, "gravity was taken out"),
    Case("the gyro's axes swapped", changed(lambda r: r[:, [0, 1, 2, 3, 5, 4, 6]]), True, "do not turn together"),
    Case("left-handed axes", changed(lambda r: r * ([1.0] * 4 + [-1.0] * 3)), True, "left-handed"),
    Case("a unit nobody knows", changed(lambda r: r, [*PLAIN[:4], *(f"gyr_{a} (rpm)" for a in "xyz")]), True, "'rpm'"),
    Case("units that differ", changed(lambda r: r, [*DPS[:6], RADPS[6]]), True, "differ"),
    Case("--sep ; on a file with commas", holding(made.good_text), True, "--sep", {"separator": ";"}),
    Case(
        "--decimal , on a file with points",
        holding(lambda: made.good_text().replace(",", ";")),
        True,
        "",
        {"decimal": ","},
    ),
    Case("--dialect klingon", holding(made.good_text), True, "unknown dialect 'klingon'", {"dialect": "klingon"}),
    Case("--dialect of another logger", holding(made.good_text), True, "", {"dialect": "polar"}),
    Case("--gyro-unit deg/s for rad/s", holding(made.good_text), True, "--gyro-unit rad/s", {"gyr_unit": "deg/s"}),
)

CASES = (*NO_TABLE, *PACKED, *NO_FILE, *PARTNERS, *DAMAGED, *UNITS)
