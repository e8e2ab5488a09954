"""WitMotion's quirks: devices in one table, repeated headers, a chip's clock with unpadded milliseconds, None."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import recordings
from benchmarks.specimens import witmotion as specimens
from imu.blocks import Header, Recording, SampleBlock
from recordings import RecordingError

Rows = npt.NDArray[np.float64]


def original(rows: Rows, rate_hz: float = 50.0) -> Recording:
    return Recording(Header(name="made", rate_hz=rate_hz), SampleBlock(0, rate_hz, rows[:, 1:4], rows[:, 4:7]))


def table(rows: Rows, **columns: str | pd.Series) -> pd.DataFrame:
    return specimens.app(original(rows)).assign(**columns)


def saved(folder: Path, frame: pd.DataFrame) -> Path:
    return specimens.save(folder, "wit.txt", specimens.text_of(frame, "\t"))


@pytest.mark.parametrize("variant", list(specimens.VARIANTS))
def test_every_variant_holds_the_same_samples(variant: str, rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.VARIANTS[variant](original(rows), tmp_path))
    assert read.header.dialect == "witmotion"
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)
    assert len(read) == len(rows)
    np.testing.assert_allclose(read.block.acc_mps2, rows[:, 1:4], atol=0.006)
    np.testing.assert_allclose(read.block.gyr_radps, rows[:, 4:7], atol=1e-4)
    assert "C4:5E" not in str(read.header)


def test_the_sensors_own_clock_goes_before_the_apps(rows: Rows, tmp_path: Path) -> None:
    stamps = specimens.stamps(original(rows, 40.0))
    frame = table(rows, **{"ChipTime()": specimens.unpadded(stamps)})
    assert recordings.read(saved(tmp_path, frame)).rate_hz == pytest.approx(40.0, rel=1e-3)


@pytest.mark.parametrize("chip", ["null", "2015-1-1 0:0:0.0"])
def test_a_chip_clock_that_is_not_there_or_stands_is_not_used(chip: str, rows: Rows, tmp_path: Path) -> None:
    frame = table(rows, **{"ChipTime()": chip})
    assert recordings.read(saved(tmp_path, frame)).rate_hz == pytest.approx(50.0, rel=1e-3)


def test_a_repeated_header_is_noted(rows: Rows, tmp_path: Path) -> None:
    read = recordings.read(specimens.repeated_header(original(rows), tmp_path))
    assert "2 repeated headers were skipped." in read.header.notes


def test_several_devices_are_named_and_refused(rows: Rows, tmp_path: Path) -> None:
    both = [table(rows), table(rows, DeviceName=specimens.OTHER)]
    path = saved(tmp_path, pd.concat(both).sort_values("time", kind="stable"))
    with pytest.raises(RecordingError, match=r"2 devices are in it .*11:22:33.*44:55:66.*export one device a file"):
        recordings.read(path)


def test_a_device_that_only_said_hello_is_skipped(rows: Rows, tmp_path: Path) -> None:
    hello = table(rows, DeviceName=specimens.OTHER).iloc[:3]
    path = saved(tmp_path, pd.concat([hello, table(rows)]).sort_values("time", kind="stable"))
    read = recordings.read(path)
    assert len(read) == len(rows)
    assert "Rows of another device that sent next to nothing were skipped." in read.header.notes


@pytest.mark.parametrize(("gone", "what"), [("As", "Angular velocity"), ("Acc", "Acceleration")])
def test_a_sensor_that_was_not_written_is_named(gone: str, what: str, rows: Rows, tmp_path: Path) -> None:
    path = saved(tmp_path, table(rows).drop(columns=[f"{gone}{axis}" + specimens.UNITS[gone] for axis in "XYZ"]))
    with pytest.raises(RecordingError, match=f"switch on {what}"):
        recordings.read(path)


def test_a_cell_that_is_no_number_is_named_with_its_line(rows: Rows, tmp_path: Path) -> None:
    path = specimens.app_tab(original(rows), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[40].split("\t")
    lines[40] = "\t".join([*cells[:4], "up", *cells[5:]])
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"line 41, column AccY\(g\).*'up'"):
        recordings.read(path)


def test_between_repeated_headers_it_is_named_with_its_column(rows: Rows, tmp_path: Path) -> None:
    path = specimens.repeated_header(original(rows), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[-10].split("\t")
    lines[-10] = "\t".join([*cells[:4], "up", *cells[5:]])
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"column AccY\(g\).*'up'"):
        recordings.read(path)


def test_a_header_that_comes_again_in_another_order_is_no_header(rows: Rows, tmp_path: Path) -> None:
    frame = table(rows)
    turned = frame.rename(columns={"AccX(g)": "AccY(g)", "AccY(g)": "AccX(g)"})
    text = specimens.text_of(frame.iloc[:300], "\t") + specimens.text_of(turned.iloc[300:], "\t")
    with pytest.raises(RecordingError, match="is not a number"):
        recordings.read(specimens.save(tmp_path, "wit.txt", text))


def test_values_that_were_not_sent_are_lost_samples(rows: Rows, tmp_path: Path) -> None:
    path = specimens.demo(original(rows), tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    for at in (100, 101):
        cells = lines[at].split("\t")
        lines[at] = "\t".join([cells[0], *["None"] * (len(cells) - 1)])
    path.write_text("\n".join(lines), encoding="utf-8")
    assert recordings.read(path).lost.sum() == 2


def test_rows_written_twice_count_once(rows: Rows, tmp_path: Path) -> None:
    frame = table(rows)
    read = recordings.read(saved(tmp_path, frame.iloc[np.repeat(np.arange(len(frame)), 2)]))
    assert len(read) == len(rows)
    assert read.rate_hz == pytest.approx(50.0, rel=1e-3)


def test_a_clock_without_a_date_goes_on_over_midnight(rows: Rows, tmp_path: Path) -> None:
    clock = np.datetime64("2026-10-02T23:59:55.000", "ms") + np.arange(len(rows)) * np.timedelta64(20, "ms")
    frame = table(rows, time=pd.Series(np.datetime_as_string(clock)).str[11:])
    assert recordings.read(saved(tmp_path, frame)).duration_s == pytest.approx(12.0, abs=0.1)


def test_what_is_no_time_is_named(rows: Rows, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="column time: 'soon' is not a time"):
        recordings.read(saved(tmp_path, table(rows, time="soon")))


def test_named_as_witmotion_a_file_of_something_else_is_refused(rows: Rows, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    np.savetxt(path, rows, delimiter=",", header="time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z", comments="")
    with pytest.raises(RecordingError, match="no AccX"):
        recordings.read(path, dialect="witmotion")
