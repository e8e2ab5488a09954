from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import kickback
from analysis.params import Params
from benchmarks.specimens import metabase, shimmer
from imu.blocks import Header, Recording, SampleBlock
from kickback.cli import app
from kickback.commands.analyze import Request, analyze_files
from kickback.commands.inspect import lines
from kickback.inspection import of_recording
from kickback.quality import signal_of, stamps_of
from kickback.reading import read
from recordings import shipped_path, write_csv

ROOT = Path(__file__).resolve().parents[2]
TRACES = ROOT / "recordings" / "traces"
TRACE = TRACES / "clean_set.csv"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "shopping.csv"
    path.write_text("eggs,milk,\x1b[31mtea\n6,1,2\n7,2,2\n", encoding="utf-8")
    return path


def still(n: int = 600, rate_hz: float = 100.0) -> Recording:
    """A sensor on a table with a little noise."""
    random = np.random.default_rng(1)
    acc = np.array([0.0, 0.0, 9.81]) + random.normal(0, 0.02, (n, 3))
    gyr = random.normal(0, 0.002, (n, 3)) + np.radians([3.0, 0.0, 4.0])
    return Recording(Header("table", rate_hz, start_s=2.0), SampleBlock(0, rate_hz, acc, gyr))


# --- the numbers -------------------------------------------------------------------------------------------------


def test_noise_bias_and_gravity_of_a_sensor_at_rest() -> None:
    signal = signal_of(still())
    assert signal.acc_noise_mps2 == pytest.approx(0.02, rel=0.15)
    assert signal.gyr_noise_dps == pytest.approx(math.degrees(0.002), rel=0.15)
    assert signal.gyr_bias_dps == pytest.approx(5.0, abs=0.05)
    assert signal.gravity_mps2 == pytest.approx(9.81, abs=0.02)
    assert math.isnan(signal.turn_ratio)
    assert (signal.gaps, signal.lost_s, signal.acc_saturated) == (0, 0.0, 0.0)


def test_gaps_are_counted_and_the_longest_is_found() -> None:
    recording = still()
    acc = recording.block.acc_mps2.copy()
    acc[100:110] = np.nan
    acc[300:350] = np.nan
    acc[599] = np.nan
    signal = signal_of(replace(recording, block=replace(recording.block, acc_mps2=acc)))
    assert signal.gaps == 3
    assert [signal.lost_s, signal.longest_gap_s, signal.longest_gap_at_s] == pytest.approx([0.61, 0.5, 5.0])


def test_a_plateau_is_told_as_saturation_and_as_advice() -> None:
    recording = still()
    gyr = recording.block.gyr_radps.copy()
    gyr[200:260, 1] = math.radians(500.0)
    found = of_recording(replace(recording, block=replace(recording.block, gyr_radps=gyr)), "table.csv")
    assert found.signal is not None
    assert found.signal.gyr_saturated == pytest.approx(0.1, abs=0.01)
    assert found.signal.gyr_most_dps == pytest.approx(500.0)
    assert any("larger range of the gyro" in sentence for sentence in found.better)


@pytest.mark.parametrize(("unit", "factor"), [("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)])
def test_the_unit_and_the_jitter_of_a_column_of_time(unit: str, factor: float) -> None:
    jitter_s = np.random.default_rng(2).uniform(-1e-3, 1e-3, 2000)
    found = stamps_of("when", (1e6 + np.arange(2000) / 100 + jitter_s) * factor, 100.0)
    assert found is not None
    assert (found.column, found.unit) == ("when", unit)
    assert found.jitter_s == pytest.approx(0.9e-3, rel=0.1)


def test_a_column_of_another_rate_is_not_the_recordings_clock() -> None:
    stamps = np.arange(2000) / 100
    assert stamps_of("when", stamps, 50.0) is None
    assert stamps_of("when", stamps * 0, 100.0) is None
    assert stamps_of("when", np.full(10, np.nan), 100.0) is None
    assert stamps_of("when", stamps[::-1], 100.0) is None


@pytest.mark.parametrize(
    ("rate_hz", "said"), [(25.0, "Log at 50 to 200 samples a second"), (100.0, "nothing turned far enough")]
)
def test_what_would_make_it_better(rate_hz: float, said: str) -> None:
    found = of_recording(still(rate_hz=rate_hz), "table.csv")
    assert any(said in sentence for sentence in found.better)
    assert any("--leg" in sentence for sentence in found.better)
    assert found.usable


def test_a_rate_that_no_pipeline_takes_is_not_usable() -> None:
    found = of_recording(still(n=20_000, rate_hz=4000.0), "table.csv")
    assert not found.usable
    assert found.error is not None
    assert found.error.startswith("table.csv: ")


# --- the command -------------------------------------------------------------------------------------------------


def test_inspect_says_what_was_understood_and_why() -> None:
    done = run("inspect", TRACE)
    assert (done.exit_code, done.stderr) == (0, "")
    for said in ("kickback_csv", "time_s", "comma between cells", "SIMULATED", "m/s² in the stillest second"):
        assert said in done.stdout
    assert "agreement" in done.stdout
    assert "yes, this can be analyzed" in done.stdout
    assert "of an even clock" in done.stdout


def test_inspect_as_json_has_the_numbers() -> None:
    done = run("inspect", TRACE, "--json")
    found = json.loads(done.stdout)
    assert found["usable"] is True
    assert found["dialect"] == found["tables"][0]["dialect"] == "kickback_csv"
    assert found["stamps"]["column"] == "time_s"
    assert found["signal"]["rate_hz"] == pytest.approx(read(TRACE).rate_hz, abs=1e-3)
    assert found == json.loads(json.dumps(found, allow_nan=False))


def test_inspect_of_a_bad_file_says_what_was_understood_so_far(bad: Path) -> None:
    done = run("inspect", bad)
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert str(bad) in done.stderr
    assert "columns: eggs, milk, \N{REPLACEMENT CHARACTER}[31mtea" in done.stdout
    assert "analysis      no" in done.stdout
    assert json.loads(run("inspect", bad, "--json").stdout)["error"] == done.stderr.strip()


@pytest.mark.parametrize("name", ["nowhere.csv", "empty.csv", "noise.bin"])
def test_inspect_of_what_is_no_table_is_one_line(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name != "nowhere.csv":
        path.write_bytes(b"" if name == "empty.csv" else bytes(range(256)) * 16)
    done = run("inspect", path)
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr


def test_the_facade_inspects_too() -> None:
    found = kickback.inspect(TRACE)
    assert found.usable
    assert dict(lines(found))["read as"].startswith("kickback_csv")
    with pytest.raises(ValueError, match="--sep 'dash'"):
        kickback.inspect(TRACE, sep="dash")


# --- convert -----------------------------------------------------------------------------------------------------


def test_a_converted_file_has_the_same_reps(tmp_path: Path) -> None:
    done = run("convert", TRACE, "--out", tmp_path / "si")
    assert (done.exit_code, done.stderr) == (0, "")
    made = tmp_path / "si" / "clean_set.csv"
    assert f"Written: {made}, {made.with_suffix('.json')}" in done.stdout
    assert sorted(path.name for path in made.parent.iterdir()) == ["clean_set.csv", "clean_set.json"]
    before, after = kickback.analyze(TRACE).reps, kickback.analyze(made).reps
    assert list(after["rep"]) == list(before["rep"])
    for name in ("start_s", "end_s", "concentric_s", "eccentric_s"):
        assert np.allclose(after[name], before[name], atol=0.01, equal_nan=True), name


def test_the_leg_goes_into_the_sidecar(tmp_path: Path) -> None:
    write_csv(still(), tmp_path / "table.csv")
    assert run("convert", tmp_path / "table.csv", "--out", tmp_path / "o", "--leg", "right").exit_code == 0
    assert json.loads((tmp_path / "o" / "table.json").read_text(encoding="utf-8"))["leg"] == "right"
    done = run("convert", tmp_path / "table.csv", "--out", tmp_path / "o", "--leg", "both")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)


def test_the_others_are_still_converted(tmp_path: Path, bad: Path) -> None:
    done = run("convert", bad, tmp_path / "nowhere.csv", TRACE, "--out", tmp_path / "o")
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 2
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["clean_set.csv", "clean_set.json"]


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    write_csv(still(), source)
    before = {path.name: hashlib.sha256(path.read_bytes()).digest() for path in tmp_path.iterdir()}
    (tmp_path / "sub").mkdir()
    for arguments in (
        (source, "--out", tmp_path),
        (tmp_path, "--out", tmp_path),
        (tmp_path, "--out", tmp_path / "sub"),
    ):
        done = run("convert", *arguments)
        assert done.exit_code == 2, done.output
        assert len(done.stderr.splitlines()) == 1
    after = {path.name: hashlib.sha256(path.read_bytes()).digest() for path in tmp_path.iterdir() if path.is_file()}
    assert after == before
    assert run("convert", source).exit_code == 2, "--out must be said"


def test_a_folder_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = run("convert", TRACE, "--out", tmp_path / "file" / "o")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)


# --- what loggers write ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["folder", "zip"])
def test_a_loggers_folder_or_zip_is_inspected_converted_and_has_the_same_reps(variant: str, tmp_path: Path) -> None:
    (tmp_path / "2026.11.24").mkdir()
    given = metabase.VARIANTS[variant](read(TRACE), tmp_path / "2026.11.24")
    seen = run("inspect", given)
    assert seen.exit_code == 0, seen.output
    assert "metabase, acceleration:" in seen.stdout
    assert "metabase, angular velocity:" in seen.stdout
    assert run("convert", given, "--out", tmp_path / "si").exit_code == 0
    made = tmp_path / "si" / f"{given.name.removesuffix('.zip')}.csv"
    assert len(kickback.analyze(made).reps) == len(kickback.analyze(TRACE).reps)
    assert run("analyze", given, "--out", tmp_path / "o").exit_code == 0
    assert (tmp_path / "o" / f"{made.stem}.reps.csv").is_file()


def test_a_unit_that_is_overruled_reads_the_file_in_it(tmp_path: Path) -> None:
    recording = read(TRACE)
    block = recording.block
    table = np.column_stack([recording.time_s * 1000, block.acc_mps2 / 9.80665, np.degrees(block.gyr_radps)])
    table = table[~recording.lost]
    path = tmp_path / "semi.txt"
    names = "time;acc_x;acc_y;acc_z;gyr_x;gyr_y;gyr_z"
    np.savetxt(path, table, delimiter=";", fmt="%.6f", header=names, comments="")
    path.write_text(path.read_text(encoding="utf-8").replace(".", ","), encoding="utf-8")
    said = ("--sep", "semicolon", "--decimal", "comma", "--time-unit", "ms", "--acc-unit", "g", "--gyro-unit", "deg/s")
    done = run("analyze", path, *said, "--json")
    assert done.exit_code == 0, done.output
    reps = kickback.analyze(TRACE).reps
    assert json.loads(done.stdout)["files"][0]["n_reps"] == len(reps)
    found = kickback.analyze(path, sep=";", decimal=",", time_unit="ms", acc_unit="g", gyro_unit="deg/s")
    assert len(found.reps) == len(reps)
    wrong = run("analyze", path, "--gyro-unit", "rad/s")
    assert wrong.exit_code == 1
    assert "--gyro-unit" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1


def test_names_above_a_row_of_units_are_shown_with_them(tmp_path: Path) -> None:
    found = kickback.inspect(shimmer.VARIANTS["semicolon"](read(TRACE), tmp_path))
    assert found.usable
    assert any(re.fullmatch(r".*Accel_.*_X_CAL \[m/\(s\^2\)\]", name) for name in found.tables[0].columns)
    assert found.stamps is not None
    assert found.stamps.unit == "ms"


def test_both_files_of_a_pair_are_told_to_be_one_recording(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    metabase.VARIANTS["new"](kickback.read(shipped_path("clean_set")), tmp_path)
    pair = sorted(tmp_path.glob("*.csv"))
    assert len(pair) == 2
    assert analyze_files(pair, Request(Params()), 1, False) == 0
    said = capfd.readouterr().err
    assert "are one recording" in said
    assert said.count("\n") == 1
