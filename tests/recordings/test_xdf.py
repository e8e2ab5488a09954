"""XDF: which streams are the sensor's, whose clock counts, and what a damaged or hostile file may do."""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import recordings
from benchmarks.specimens import xdf as specimen
from imu.blocks import Recording, SampleBlock
from recordings import RecordingError
from recordings.xdf_chunks import Sound, sound

Channels = Sequence[tuple[str, str, str]]
SIX = [(f"acc_{axis}", "", "m/s^2") for axis in "xyz"] + [(f"gyr_{axis}", "", "rad/s") for axis in "xyz"]


def file(folder: Path, rows: np.ndarray, *streams: tuple[str, str, Channels, list[int], str]) -> Path:
    """Streams of name, type, channels, columns of ``rows`` and own description."""
    made = []
    for number, (name, kind, channels, columns, own) in enumerate(streams, 1):
        xml = specimen.header(name, kind, 50, "double64", channels, own)
        made.append((xml, list(specimen.samples(number, rows[:, 0], rows[:, columns], "<f8"))))
    return specimen.write_file(folder / "lab.xdf", made)


def test_stamps_come_on_the_recorders_clock(rows: np.ndarray, tmp_path: Path) -> None:
    got = recordings.read(file(tmp_path, rows, ("Strap", "MoCap", SIX, [1, 2, 3, 4, 5, 6], "")))
    assert got.header.start_s == pytest.approx(specimen.OFFSET_S, abs=1e-6)
    assert got.rate_hz == pytest.approx(50.0, rel=1e-6)
    assert (got.header.sensor, got.header.leg, got.header.simulated, got.header.name) == ("Strap", None, False, "lab")
    np.testing.assert_allclose(got.block.acc_mps2, rows[:, 1:4])
    np.testing.assert_allclose(got.block.gyr_radps, rows[:, 4:7])


def test_what_our_own_streams_say_is_taken_up(rows: np.ndarray, tmp_path: Path) -> None:
    said = {"leg": "right", "simulated": "true", "tempo": "2-0-1-1", "exercise": "kickback"}
    own = "<kickback>" + "".join(f"<{key}>{text}</{key}>" for key, text in said.items()) + "</kickback>"
    got = recordings.read(file(tmp_path, rows, ("Strap", "MoCap", SIX, [1, 2, 3, 4, 5, 6], own)))
    assert (got.header.leg, got.header.simulated) == ("right", True)
    assert got.header.extra == {"tempo": "2-0-1-1", "exercise": "kickback"}


def test_two_streams_of_each_of_two_sensors(rows: np.ndarray, tmp_path: Path) -> None:
    three: Channels = [("", "", "")] * 3
    streams = [
        (f"{leg} ankle {kind}", kind, three, columns, "")
        for leg in ("Left", "Right")
        for kind, columns in (("Accelerometer", [1, 2, 3]), ("Gyroscope", [4, 5, 6]))
    ]
    path = file(tmp_path, rows, *streams)
    with pytest.raises(RecordingError, match=r"several sensors are in it \(Left ankle, Right ankle\)") as told:
        recordings.read(path)
    assert len(str(told.value).splitlines()) == 1
    got = recordings.read(path, leg="right")
    assert (got.header.leg, got.header.sensor) == ("right", "Right ankle Accelerometer")


@pytest.mark.parametrize(
    ("channels", "kind"),
    [
        ([(f"linear_acc_{axis}", "", "") for axis in "xyz"] + SIX[3:], "MoCap"),
        ([("", "", "")] * 6, "EEG"),
        (SIX[:3] + [(f"mag_{axis}", "", "uT") for axis in "xyz"], "MoCap"),
    ],
)
def test_without_both_sensors_it_says_what_to_do(
    channels: Channels, kind: str, rows: np.ndarray, tmp_path: Path
) -> None:
    with pytest.raises(RecordingError, match=r"label the channels acc_x \.\. gyr_z"):
        recordings.read(file(tmp_path, rows, ("Strap", kind, channels, [1, 2, 3, 4, 5, 6], "")))


def test_the_same_sensor_twice_is_refused(rows: np.ndarray, tmp_path: Path) -> None:
    stream = ("Strap", "MoCap", SIX, [1, 2, 3, 4, 5, 6], "")
    with pytest.raises(RecordingError, match="several sensors are in it"):
        recordings.read(file(tmp_path, rows, stream, stream))


def test_without_pyxdf_it_says_what_to_install(
    rows: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, rows, ("Strap", "MoCap", SIX, [1, 2, 3, 4, 5, 6], ""))
    monkeypatch.setitem(sys.modules, "pyxdf", None)
    with pytest.raises(RecordingError, match=r"pip install 'kickback\[lab\]'"):
        recordings.read(path)


def test_a_recorder_that_was_killed_leaves_what_it_had(
    rows: np.ndarray, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = file(tmp_path, rows, ("Strap", "MoCap", SIX, [1, 2, 3, 4, 5, 6], ""))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    got = recordings.read(path)
    assert 400 < len(got) < 500
    assert any("cut or damaged from byte" in note for note in got.header.notes)
    assert capfd.readouterr() == ("", "")


def test_our_own_recording_goes_through_the_labs_file_and_back(rows: np.ndarray, tmp_path: Path) -> None:
    """As an outlet sends it: a lost sample is a row of NaN."""
    lost = rows.copy()
    lost[100:110, 1:] = np.nan
    got = recordings.read(file(tmp_path, lost, ("Strap", "MoCap", SIX, [1, 2, 3, 4, 5, 6], "")))
    assert np.flatnonzero(got.lost).tolist() == list(range(100, 110))
    assert isinstance(got, Recording)
    assert isinstance(got.block, SampleBlock)


@pytest.mark.parametrize(("column", "what"), [(0, "time"), (2, "acceleration"), (5, "angular velocity")])
def test_numbers_beyond_any_sensor_are_refused(column: int, what: str, rows: np.ndarray, tmp_path: Path) -> None:
    wild = rows.copy()
    wild[300, column] = 1e300
    streams = [
        ("S acc", "Accelerometer", [("", "", "")] * 3, [1, 2, 3], ""),
        ("S gyr", "Gyroscope", [("", "", "")] * 3, [4, 5, 6], ""),
    ]
    with pytest.raises(RecordingError, match=f"in the {what} is beyond any sensor"):
        recordings.read(file(tmp_path, wild, *streams))


# --- chunks ------------------------------------------------------------------------------------------------------

HEADER = specimen.chunk(2, struct.pack("<I", 1) + specimen.header("a", "b", 50, "float32", SIX).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"\x08" + (1 << 60).to_bytes(8, "little") + b"\x03\x00",
        specimen.chunk(3, struct.pack("<I", 1) + b"\x08" + (1 << 40).to_bytes(8, "little")),
        specimen.chunk(3, struct.pack("<I", 7) + b"\x01\x00"),
        specimen.chunk(4, struct.pack("<I", 1)),
        specimen.chunk(2, struct.pack("<I", 2) + specimen.header("a", "b", 50, "float99", SIX).encode()),
        specimen.chunk(
            2,
            struct.pack("<I", 2)
            + specimen.header("a", "b", 50, "int8", SIX).replace("count>6", "count>999999999").encode(),
        ),
        specimen.chunk(2, struct.pack("<I", 2) + b'<!DOCTYPE x [<!ENTITY a "aaaa">]><info>&a;</info>'),
        specimen.chunk(6, struct.pack("<I", 1) + b"<info>"),
        b"\x03",
        b"\x01\x00",
    ],
    ids=["length", "count", "stranger", "short", "format", "channels", "entity", "xml", "size", "empty"],
)
def test_what_would_cost_memory_or_time_ends_the_file(content: bytes) -> None:
    before = b"XDF:" + HEADER
    assert sound(before) == Sound(len(before), True)
    assert sound(before + content + HEADER) == Sound(len(before), False)
