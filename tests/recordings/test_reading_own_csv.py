from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

import recordings
from imu.blocks import Header, Recording, SampleBlock
from recordings import RecordingError, registry
from recordings.formats.kickback_csv import COLUMNS, sidecar_of
from recordings.table import head_of

Rows = npt.NDArray[np.float64]


def made(rows: Rows, lost: tuple[int, ...] = ()) -> Recording:
    samples = rows[:, 1:].copy()
    samples[list(lost)] = np.nan
    header = Header(
        "made", 50.0, 3.0, "Acme 9", "lateral", "right", origin="a test", simulated=True, extra={"title": "T"}
    )
    return Recording(header, SampleBlock(0, 50.0, samples[:, :3], samples[:, 3:]))


def test_what_is_written_is_read_again(tmp_path: Path, rows: Rows) -> None:
    original = made(rows, lost=(40, 41, 300))
    recordings.write_csv(original, tmp_path / "x.csv", {"licence": "MIT"})
    again = recordings.read(tmp_path / "x.csv")
    assert again.rate_hz == pytest.approx(50.0, rel=1e-6)
    assert again.header.start_s == pytest.approx(3.0, abs=1e-6)
    assert np.flatnonzero(again.lost).tolist() == [40, 41, 300]
    np.testing.assert_allclose(again.block.acc_mps2, original.block.acc_mps2, atol=6e-6)
    np.testing.assert_allclose(again.block.gyr_radps, original.block.gyr_radps, atol=6e-7)
    header = again.header
    assert (header.sensor, header.placement, header.leg) == ("Acme 9", "lateral", "right")
    assert (header.origin, header.simulated, header.dialect, header.notes) == ("a test", True, "kickback_csv", ())
    assert header.extra == {"rate_hz": 50.0, "title": "T", "licence": "MIT"}


def test_lost_samples_are_rows_that_are_not_there(tmp_path: Path, rows: Rows) -> None:
    recordings.write_csv(made(rows, lost=(40, 41)), tmp_path / "x.csv")
    lines = (tmp_path / "x.csv").read_text().splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 1 + 598


def test_a_recording_without_a_sample_is_not_written(tmp_path: Path, rows: Rows) -> None:
    with pytest.raises(ValueError, match="every sample is lost"):
        recordings.write_csv(made(rows, lost=tuple(range(600))), tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_what_was_typed_overrules_the_sidecar(tmp_path: Path, rows: Rows) -> None:
    recordings.write_csv(made(rows), tmp_path / "x.csv")
    assert recordings.read(tmp_path / "x.csv", leg="left").header.leg == "left"


def test_without_a_sidecar_nothing_is_made_up(tmp_path: Path, rows: Rows) -> None:
    recordings.write_csv(made(rows), tmp_path / "x.csv")
    sidecar_of(tmp_path / "x.csv").unlink()
    header = recordings.read(tmp_path / "x.csv").header
    assert (header.sensor, header.leg, header.origin, header.simulated, header.extra) == (None, None, None, False, {})


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "cannot be read as JSON"),
        ("[1]", "should be one JSON object"),
        ('{"leg": "middle"}', "'leg' should be"),
        ('{"simulated": "yes"}', "'simulated' should be bool, not 'yes'"),
        ('{"rate_hz": true}', "'rate_hz' should be float, not True"),
        ('{"rate_hz": -1}', "'rate_hz' should be above 0"),
        ('{"sensor": 3}', "'sensor' should be str, not 3"),
    ],
)
def test_a_bad_sidecar_is_named(tmp_path: Path, rows: Rows, text: str, what: str) -> None:
    recordings.write_csv(made(rows), tmp_path / "x.csv")
    beside = sidecar_of(tmp_path / "x.csv")
    beside.write_text(text)
    with pytest.raises(RecordingError) as caught:
        recordings.read(tmp_path / "x.csv")
    assert caught.value.path == beside
    assert what in str(caught.value)


def test_a_nominal_rate_far_from_the_stamps_is_said(tmp_path: Path, rows: Rows) -> None:
    recordings.write_csv(made(rows), tmp_path / "x.csv", {"rate_hz": 100})
    recording = recordings.read(tmp_path / "x.csv")
    assert recording.rate_hz == pytest.approx(50.0)
    assert recording.header.notes == ("The sidecar says 100 Hz, the time stamps 50.0 Hz; the stamps count.",)


def test_two_claims_are_an_error_that_names_both(tmp_path: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = registry.Claim("both", "it looks like mine")
    rival = SimpleNamespace(NAME="rival", TITLE="Rival", sniff=lambda head: claim, read=None)
    known = registry.formats() | {"rival": rival}
    monkeypatch.setattr(registry, "DIALECTS", (*registry.DIALECTS, "rival"))
    monkeypatch.setattr(registry, "formats", lambda: known)
    recordings.write_csv(made(rows), tmp_path / "x.csv")
    with pytest.raises(RecordingError) as caught:
        recordings.read(tmp_path / "x.csv")
    assert "kickback_csv (the columns time_s, acc_x_mps2 .. gyr_z_radps) and rival (it looks like mine)" in str(
        caught.value
    )
    assert len(recordings.read(tmp_path / "x.csv", dialect="kickback_csv")) == 600


@pytest.mark.parametrize("name", [*registry.DIALECTS, registry.FALLBACK])
def test_every_dialect_keeps_the_contract(name: str) -> None:
    dialect = registry.formats()[name]
    assert name == dialect.NAME
    assert dialect.__doc__
    data = b"eggs,milk,flour\n" + b"1,2,3\n" * 20
    assert dialect.sniff(head_of(Path("shopping.csv"), data)) is None


def test_the_shipped_traces_are_listed_and_found() -> None:
    traces = recordings.shipped()
    assert traces
    for trace in traces:
        assert recordings.shipped_path(trace.name) == recordings.shipped_path(f"{trace.name}.csv") == trace.path
        recording = recordings.read(trace.path)
        assert recording.header.sha256 == trace.sha256
        assert recording.header.simulated == trace.simulated
    with pytest.raises(ValueError, match=f"no trace 'gone' ships; there are {traces[0].name}"):
        recordings.shipped_path("gone")


def test_importing_the_room_imports_no_pandas() -> None:
    code = "import sys, recordings; sys.exit('pandas' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_shared_recording_is_read_as_it_is(datasets: Path) -> None:
    paths = sorted(datasets.glob("*/recordings/*.csv"))
    assert len(paths) == 82
    for path in paths:
        recording = recordings.read(path)
        assert recording.header.dialect == "generic"
        assert recording.lost.mean() < 0.12, path.name
        if path.parts[-3] == "physio":
            assert recording.rate_hz == pytest.approx(25.0)
            assert json.dumps(recording.header.notes).count("No unit") == 2
