"""Files as they should not be: each is made by code from one good simulated recording.

Every maker gets an empty folder and returns what a user would name. :mod:`benchmarks.broken` lists what is said.
"""

from __future__ import annotations

import gzip
import io
import os
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from imu.simulate import simulate
from imu.units import DEG_PER_RAD, G0_MPS2

Rows = npt.NDArray[np.float64]
Make = Callable[[Path], Path]

NAMES = ("time_s", *(f"acc_{axis}_mps2" for axis in "xyz"), *(f"gyr_{axis}_radps" for axis in "xyz"))
PLAIN = ("time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
GB = 1 << 30


@cache
def good() -> Rows:
    """Time (s), acceleration (m/s²) and angular velocity (rad/s) of a short simulated set, shape (n, 7)."""
    made = simulate("clean", seed=1, reps=4, rate_hz=100).recording()
    block, kept = made.block, ~made.lost
    rows: Rows = np.column_stack([made.time_s, block.acc_mps2, block.gyr_radps])[kept]
    return rows


def text(rows: Rows, names: Sequence[str] = NAMES, separator: str = ",") -> str:
    """The rows as CSV."""
    stream = io.StringIO()
    stream.write(separator.join(names) + "\n")
    np.savetxt(stream, rows, delimiter=separator, fmt="%.6f")
    return stream.getvalue()


@cache
def good_text() -> str:
    """The good recording as our own CSV."""
    return text(good())


def scaled(acc: float = 1.0, gyr: float = 1.0) -> Rows:
    """The good rows with every acceleration and angular velocity multiplied."""
    return np.asarray(good() * np.array([1.0, acc, acc, acc, gyr, gyr, gyr]))


def holding(data: str | bytes | Callable[[], str | bytes], name: str = "monday.csv") -> Make:
    """A maker of one file with this content."""

    def make(folder: Path) -> Path:
        content = data() if callable(data) else data
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def changed(change: Callable[[Rows], Rows], names: Sequence[str] = NAMES) -> Make:
    """A maker of the good recording with its rows changed."""
    return holding(lambda: text(change(good().copy()), names))


def lines(change: Callable[[list[str]], list[str]]) -> Make:
    """A maker of the good recording with its lines changed."""
    return holding(lambda: "\n".join([*change(good_text().splitlines()), ""]))


def put(value: float, rows: slice, columns: slice) -> Callable[[Rows], Rows]:
    """A change of rows: one value everywhere in a rectangle."""

    def change(table: Rows) -> Rows:
        table[rows, columns] = value
        return table

    return change


def zipped(members: Callable[[], dict[str, str | bytes]], name: str = "monday.zip") -> Make:
    """A maker of a zip with these members."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(zip_bytes(members()))
        return path

    return make


def zip_bytes(members: dict[str, str | bytes]) -> bytes:
    """A zip with these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def encrypted_zip() -> bytes:
    """A zip whose member says that it is encrypted."""
    data = bytearray(zip_bytes({"Raw Data.csv": good_text()}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def bomb_zip() -> bytes:
    """A small zip that unpacks to 128 MB of zeros between commas."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = b"0,0,0,0,0,0,0\n" * 74899
    head = good_text()[:4000].rsplit("\n", 1)[0].encode() + b"\n"
    packed, crc, size = [packer.compress(head)], zlib.crc32(head), len(head)
    for _ in range(128):
        packed.append(packer.compress(piece))
        crc, size = zlib.crc32(piece, crc), size + len(piece)
    body = b"".join([*packed, packer.flush()])
    name = b"Raw Data.csv"
    shared = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x5C21, crc, len(body), size, len(name), 0)
    local = b"PK\x03\x04" + shared + name
    central = b"PK\x01\x02" + struct.pack("<H", 20) + shared + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    start = len(local) + len(body)
    return local + body + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), start, 0)


def lying_zip() -> bytes:
    """A zip whose member says that it is a few bytes long and unpacks to megabytes."""
    data = bytearray(zip_bytes({"Raw Data.csv": good_text() * 20}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 500)
    return bytes(data)


def damaged_zip() -> bytes:
    """A zip with bytes flipped in the middle of its member."""
    data = bytearray(zip_bytes({"Raw Data.csv": good_text()}))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(255 - byte for byte in data[middle : middle + 40])
    return bytes(data)


def spreadsheet() -> bytes:
    """As much of an .xlsx as it takes to know it by."""
    return zip_bytes(
        {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", "xl/worksheets/s.xml": "<s/>"}
    )


def gzip_bomb() -> bytes:
    """A small gzip that unpacks to 128 MB in one line."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = ",".join(NAMES).encode() + b"\n"
    return b"".join([packer.compress(head), *(packer.compress(b"0," * (1 << 19)) for _ in range(128)), packer.flush()])


def witmotion_frames() -> bytes:
    """Raw frames as a WitMotion sensor sends them: 0x55, a kind, four numbers of 16 bits, a sum."""
    frames = []
    for row in np.clip(good()[:300, 1:7] * 200, -32000, 32000).astype("<i2"):
        for kind, three in ((0x51, row[:3]), (0x52, row[3:])):
            body = bytes([0x55, kind]) + three.tobytes() + b"\x00\x10"
            frames.append(body + bytes([sum(body) & 255]))
    return b"".join(frames)


def sparse(size: int, start: bytes, name: str = "monday.csv") -> Make:
    """A maker of a file with a beginning and a hole behind it that takes no room on the disk."""

    def make(folder: Path) -> Path:
        path = folder / name
        with path.open("wb") as stream:
            stream.write(start)
            stream.truncate(size)
        return path

    return make


def fifo(folder: Path) -> Path:
    """A pipe that nobody writes to: opening it would wait for ever."""
    path = folder / "monday.csv"
    os.mkfifo(path)
    return path


def listener(folder: Path) -> Path:
    """A socket's name in the folder."""
    path = folder / "s"
    at = Path.cwd()
    os.chdir(folder)  # A socket's path may only be some 100 characters long.
    try:
        with socket.socket(socket.AF_UNIX) as heard:
            heard.bind(path.name)
    finally:
        os.chdir(at)
    return path


def link(target: str) -> Make:
    """A maker of a symbolic link to a name in the same folder."""

    def make(folder: Path) -> Path:
        path = folder / "monday.csv"
        path.symlink_to(folder / target)
        return path

    return make


def pair(
    accs: Sequence[str] = ("Accelerometer.csv",), gyrs: Sequence[str] = ("Gyroscope.csv",), shift_s: float = 0
) -> Make:
    """A maker of a folder as phyphox exports one file per sensor; the folder's first file is named."""
    return lambda folder: _pair(folder, accs, gyrs, shift_s)


def _pair(folder: Path, accs: Sequence[str], gyrs: Sequence[str], shift_s: float) -> Path:
    rows = good()
    for names, unit, columns, shift in ((accs, "m/s^2", slice(1, 4), 0.0), (gyrs, "rad/s", slice(4, 7), shift_s)):
        header = ['"Time (s)"', *(f'"{axis} ({unit})"' for axis in "XYZ")]
        for name in names:
            (folder / name).write_text(text(np.column_stack([rows[:, 0] + shift, rows[:, columns]]), header))
    return folder / (accs or gyrs)[0]


def recordings_in_a_folder(folder: Path) -> Path:
    """Two whole recordings in one folder, which is named."""
    for name in ("monday.csv", "tuesday.csv"):
        (folder / name).write_text(good_text())
    return folder


def locked(folder: Path) -> Path:
    """A file that its owner may not read (root may)."""
    path = holding(good_text)(folder)
    path.chmod(0)
    return path


def through_a_file(folder: Path) -> Path:
    """A path that goes through a file as if it were a folder."""
    return holding("1,2,3\n")(folder) / "Raw Data.csv"


def with_sidecar(said: str) -> Make:
    """A maker of the good recording with this beside it as its JSON."""

    def make(folder: Path) -> Path:
        (folder / "monday.json").write_text(said)
        return holding(good_text)(folder)

    return make


def gzip_cut() -> bytes:
    """A gzip that ends too early."""
    return gzip.compress(good_text().encode(), mtime=0)[:-5000]


def linear(rows: Rows) -> Rows:
    """Gravity taken out, as well as an app can: what is left is noise and the movement's own acceleration."""
    size = np.linalg.norm(rows[:, 1:4], axis=1, keepdims=True)
    rows[:, 1:4] *= (size - G0_MPS2) / size
    return rows


def mixed_dialects() -> str:
    """The first half of our own CSV, and below it the second half as a WitMotion app writes it."""
    rows, half = good(), len(good()) // 2
    names = ["time", "DeviceName", *(f"Acc{a}(g)" for a in "XYZ"), *(f"As{a}(°/s)" for a in "XYZ")]
    late = scaled(1 / G0_MPS2, DEG_PER_RAD)[half:]
    below = ["\t".join([f"{row[0]:.3f}", "WT901", *(f"{value:.4f}" for value in row[1:])]) for row in late.tolist()]
    return text(rows[:half]) + "\n".join(["\t".join(names), *below, ""])
