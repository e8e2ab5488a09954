"""The sensor's orientation for OpenSim: the file's form, and that it turns gravity upwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.orientation import rotate
from imu.blocks import FloatArray, Recording, SampleBlock
from imu.simulate import simulate
from kickback.commands.convert import convert_files
from kickback.sto import sto, write_sto
from recordings.options import Options


@pytest.fixture(scope="module")
def recording() -> Recording:
    """A simulated set with a hole of a second, the sensor strapped on so that no axis and no half turn is special."""
    made = simulate("clean", seed=5, reps=4).recording()
    turn = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])
    acc, gyr = made.block.acc_mps2 @ turn.T, made.block.gyr_radps @ turn.T
    acc[500:600] = np.nan
    block = SampleBlock(0, made.rate_hz, acc, gyr)
    return Recording(replace(made.header, leg="right"), block)


def parsed(text: str) -> tuple[list[str], str, FloatArray, FloatArray]:
    """Header lines, labels, times and quaternions of a file."""
    lines = text.splitlines()
    end = lines.index("endheader")
    rows = [line.split("\t") for line in lines[end + 2 :]]
    quat = np.array([[float(part) for part in row[1].split(",")] for row in rows])
    return lines[:end], lines[end + 1], np.array([float(row[0]) for row in rows]), quat


def test_the_file_has_opensims_form(recording: Recording) -> None:
    head, labels, time_s, quat = parsed(sto(recording))
    assert head[0] == recording.header.name
    assert {"DataType=Quaternion", "version=3", f"DataRate={recording.rate_hz:.6f}"} <= set(head)
    assert head[1].startswith("Origin=SIMULATED: no person made these movements.")
    assert labels == "time\ttibia_r_imu"
    np.testing.assert_allclose(np.linalg.norm(quat, axis=1), 1.0, atol=1e-8)
    np.testing.assert_allclose(time_s, recording.time_s[~recording.lost], atol=1e-6)


def test_what_was_lost_has_no_row(recording: Recording) -> None:
    text = sto(recording)
    _, _, time_s, quat = parsed(text)
    assert "nan" not in text
    assert len(quat) == int((~recording.lost).sum())
    assert np.diff(time_s).max() == pytest.approx(101 / recording.rate_hz, abs=1e-5)


def test_at_rest_the_force_points_up_in_the_earths_frame(recording: Recording) -> None:
    _, _, _, quat = parsed(sto(recording))
    acc = recording.block.acc_mps2[~recording.lost]
    size = np.linalg.norm(acc, axis=1)
    still = np.linalg.norm(recording.block.gyr_radps[~recording.lost], axis=1) < 0.05
    up = rotate(quat, acc / size[:, None])[still]
    assert still.sum() > 100
    off_deg = np.degrees(np.arccos(np.clip(up[:, 2], -1, 1)))
    assert np.median(off_deg) < 3.0
    backwards = rotate(quat * [1, -1, -1, -1], acc / size[:, None])[still]
    assert np.median(np.degrees(np.arccos(np.clip(backwards[:, 2], -1, 1)))) > 20.0, "the other way round is wrong"


@pytest.mark.parametrize(("leg", "label"), [("left", "tibia_l_imu"), (None, "tibia_imu")])
def test_the_column_is_called_after_the_leg(leg: str | None, label: str, recording: Recording, tmp_path: Path) -> None:
    path = write_sto(Recording(replace(recording.header, leg=leg), recording.block), tmp_path / "x.sto")
    assert parsed(path.read_text(encoding="utf-8"))[1] == f"time\t{label}"


def test_nothing_is_written_of_nothing(recording: Recording) -> None:
    nothing = np.full((10, 3), np.nan)
    with pytest.raises(ValueError, match="every sample is lost"):
        sto(Recording(recording.header, SampleBlock(0, recording.rate_hz, nothing, nothing)))


def test_convert_writes_it_beside_the_csv(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = root / "recordings" / "traces" / "pulses.csv"
    assert convert_files([trace], tmp_path, Options(), None, sto=True) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"pulses.csv", "pulses.json", "pulses.sto"}
    assert "pulses.sto" in capsys.readouterr().out
    assert convert_files([trace], tmp_path / "plain", Options(), None) == 0
    assert {path.name for path in (tmp_path / "plain").iterdir()} == {"pulses.csv", "pulses.json"}
