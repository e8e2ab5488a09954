"""``kickback score`` from files to figures. The recordings are shipped traces: simulated. The jump was put in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from analysis.matching import Truth, columns_of_frame
from analysis.score import score as judge_one
from imu.blocks import Recording, SampleBlock
from kickback import analyze, read
from kickback.document import reps_csv
from kickback.research_commands.score import score
from kickback.scoring.hand import WORDS
from kickback.scoring.showing import MOST_ROWS
from kickback.scoring.truths import read_truth
from recordings import shipped_path, write_csv

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(score)

LATER_S = 8.5
"""The video started so long before the recording."""
JUMP_S = 1.5
"""On the recording's clock."""


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "160"})


def told(*words: object) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``found/NAME.reps.csv`` and ``truth/NAME.truth.json`` of two traces."""
    folder = tmp_path_factory.mktemp("study")
    for part in ("found", "truth"):
        (folder / part).mkdir()
    for name in ("clean_set", "pulses"):
        path = shipped_path(name)
        (folder / "found" / f"{name}.reps.csv").write_text(reps_csv(analyze(path).all_reps), encoding="utf-8")
        text = path.with_name(f"{name}.truth.json").read_text(encoding="utf-8")
        (folder / "truth" / f"{name}.truth.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def clean(study: Path) -> tuple[Path, Path]:
    return study / "found" / "clean_set.reps.csv", study / "truth" / "clean_set.truth.json"


def reps_of(truth: Path) -> list[dict[str, Any]]:
    reps: list[dict[str, Any]] = json.loads(truth.read_text(encoding="utf-8"))["reps"]
    return reps


def elan(reps: list[dict[str, Any]], *, jump: bool = False) -> str:
    """The phases as ELAN exports them, on the video's clock."""
    rows = [("sync", JUMP_S, JUMP_S + 0.04, "jump")] if jump else []
    for rep in reps:
        rows.append(("phase", rep["start_s"], rep["concentric_end_s"], "concentric"))
        rows.append(("phase", rep["eccentric_start_s"], rep["end_s"], "eccentric"))
    return "".join(f"{tier}\t\t{a + LATER_S:.3f}\t{b + LATER_S:.3f}\t{word}\n" for tier, a, b, word in rows)


def with_jump(path: Path, *at_s: float) -> None:
    """The clean set with landings in it: 10 ms up to 120 m/s², 60 ms down."""
    recording = read(shipped_path("clean_set"))
    acc = recording.block.acc_mps2.copy()
    for one in at_s:
        away = recording.time_s - one
        acc[:, 2] += 120 * np.clip(away / 0.01 + 0.5, 0, 1) * np.clip(1 - away / 0.06, 0, 1)
    block = SampleBlock(0, recording.rate_hz, acc, recording.block.gyr_radps.copy())
    write_csv(Recording(recording.header, block), path)


def test_the_figures_are_those_of_the_yardstick(clean: tuple[Path, Path]) -> None:
    found, truth = clean
    figures = told(found, truth)["figures"]
    expected = judge_one(json.loads(truth.read_text(encoding="utf-8")), columns_of_frame(pd.read_csv(found)))
    assert figures["hold_s.median"]["value"] == pytest.approx(np.median(np.abs(expected.errors["hold_s"])))
    assert figures["rom_deg.mean"]["value"] == pytest.approx(np.mean(expected.errors["rom_deg"]))
    assert (figures["found"]["value"], figures["found"]["n"]) == (1.0, 8)
    assert "exact" not in figures  # a share of one recording


@pytest.mark.parametrize("name", ["clean_set", "messy_real_life", "two_legs_walking"])
def test_a_truth_is_read_as_the_yardstick_reads_it(name: str) -> None:
    path = shipped_path(name).with_name(f"{name}.truth.json")
    (found,) = read_truth(path, name, WORDS)
    assert found.simulated is True
    assert found.known == Truth.of(json.loads(path.read_text(encoding="utf-8")))


def test_folders_are_matched_by_name_and_recordings_counted(study: Path) -> None:
    document = told(study / "found", study / "truth")
    assert [(one["name"], one["reps"], one["found"]) for one in document["recordings"]] == [
        ("clean_set", 8, 8),
        ("pulses", 6, 6),
    ]
    assert document["figures"]["exact"]["n"] == 2
    assert document["figures"]["start_s.bias"]["low"] is not None
    assert document["simulated"] is True


def test_a_table_of_a_whole_batch_is_judged_recording_by_recording(study: Path, tmp_path: Path) -> None:
    parts = []
    for path in sorted((study / "found").iterdir()):
        part = pd.read_csv(path)
        part.insert(0, "recording", f"monday/{path.name.removesuffix('.reps.csv')}.csv")
        parts.append(part)
    whole = tmp_path / "reps.csv"
    pd.concat(parts).to_csv(whole, index=False)
    (tmp_path / "failures.csv").write_text("recording,error\n", encoding="utf-8")
    both = told(study / "found", study / "truth")["figures"]
    assert told(whole, study / "truth")["figures"] == both
    assert told(tmp_path, study / "truth")["figures"] == both
    pd.concat(parts).to_parquet(tmp_path / "reps.parquet")
    whole.unlink()
    assert told(tmp_path, study / "truth")["figures"] == both
    (tmp_path / "reps.parquet").write_bytes(b"PAR1 but no more")
    refused = run(tmp_path, study / "truth")
    assert (refused.exit_code, "no Parquet file that can be read" in refused.stderr) == (1, True)


def test_a_missed_and_a_made_up_rep_are_told_with_their_times(clean: tuple[Path, Path], tmp_path: Path) -> None:
    table = pd.read_csv(clean[0])
    table = table.drop(index=2)
    extra = table.iloc[[0]].assign(start_s=39.0, end_s=41.0, concentric_end_s=np.nan)
    table = pd.concat([table, extra])
    path = tmp_path / "worse.csv"
    table.to_csv(path, index=False, sep=";", decimal=",")
    (one,) = told(path, clean[1])["recordings"]
    assert (one["missed"], one["made_up"], one["count_error"]) == (1, 1, 0)
    assert one["missed_s"][0][0] == pytest.approx(reps_of(clean[1])[2]["start_s"])
    assert one["made_up_s"] == [[39.0, 41.0]]
    assert "made up at 39.0 s" in run(path, clean[1]).stdout


def test_a_table_with_starts_and_ends_alone_is_judged_by_them(clean: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    pd.read_csv(clean[0])[["start_s", "end_s"]].to_csv(path, index=False)
    figures = told(path, clean[1])["figures"]
    assert {"found", "real", "f1", "start_s.median", "pause_s.median"} <= set(figures)
    assert not {"filled", "partial_specificity", "hip_rotation_specificity", "hold_s.median"} & set(figures)


def test_a_table_of_true_reps_is_a_truth(clean: tuple[Path, Path]) -> None:
    figures = told(clean[0], clean[0])["figures"]
    assert figures["hold_s.p95"]["value"] < 0.0003  # what rounding to 0.1 ms makes
    assert figures["partial_specificity"]["value"] == 1.0


@pytest.mark.parametrize("recording", [False, True])
def test_labels_by_hand_judge_as_the_truth_does(recording: bool, clean: tuple[Path, Path], tmp_path: Path) -> None:
    labels = tmp_path / "clean_set.txt"
    labels.write_text(elan(reps_of(clean[1]), jump=recording), encoding="utf-8")
    if recording:
        with_jump(tmp_path / "jumped.csv", JUMP_S)
    clocks = ["--sync-video", str(LATER_S + JUMP_S), "--sync-sensor", str(JUMP_S)]
    if recording:
        clocks = ["--recording", str(tmp_path / "jumped.csv")]
    document = told(clean[0], labels, *clocks)
    by_hand, by_truth = document["figures"], told(*clean)["figures"]
    assert by_hand["found"] == by_truth["found"]
    for name in ("concentric_s.bias", "hold_s.bias", "eccentric_s.bias", "pause_s.bias"):
        assert by_hand[name]["value"] == pytest.approx(by_truth[name]["value"], abs=0.001)
    apart_s = by_hand["start_s.bias"]["value"] - by_truth["start_s.bias"]["value"]
    assert abs(apart_s) < (0.01 if recording else 0.001)  # a sample of the recording
    assert "rom_deg.rmse" not in by_hand


def test_a_jump_that_is_not_the_only_one_is_told_by_about_when(clean: tuple[Path, Path], tmp_path: Path) -> None:
    labels, jumped = tmp_path / "clean_set.txt", tmp_path / "jumped.csv"
    labels.write_text(elan(reps_of(clean[1]), jump=True), encoding="utf-8")
    with_jump(jumped, JUMP_S, 39.5)
    refused = run(clean[0], labels, "--recording", jumped)
    assert refused.exit_code == 1
    assert "2 knocks are alike, at 1.50, 39.50 s; say when it was with --sync-sensor S" in refused.stderr
    document = told(clean[0], labels, "--recording", jumped, "--sync-sensor", 2)
    assert document["recordings"][0]["missed"] == 0


def test_a_table_of_clocks_serves_many_recordings(study: Path, tmp_path: Path) -> None:
    lines = ["recording,video_s,sensor_s"]
    for name in ("clean_set", "pulses"):
        text = elan(reps_of(study / "truth" / f"{name}.truth.json"))
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        lines += [f"{name},{LATER_S},0", f"{name},{LATER_S + 600},600"]
    clocks = tmp_path.parent / "clocks.csv"
    clocks.write_text("\n".join(lines), encoding="utf-8")
    document = told(study / "found", tmp_path, "--sync-table", clocks)
    assert [one["missed"] for one in document["recordings"]] == [0, 0]


def test_what_is_written_can_be_made_again(study: Path, tmp_path: Path) -> None:
    for part in ("one", "two"):
        assert run(study / "found", study / "truth", "--out", tmp_path / part).exit_code == 0
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["figures.csv", "provenance.json", "recordings.csv", "score.json"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    made = json.loads((tmp_path / "one" / "provenance.json").read_text(encoding="utf-8"))
    assert made["command"] == ["score", str(study / "found"), str(study / "truth")]
    assert len(made["inputs"]) == 4


def test_simulated_is_said_on_the_terminal(study: Path) -> None:
    assert run(study / "found", study / "truth").stdout.startswith("SIMULATED")


def test_of_many_recordings_only_those_with_faults_are_listed(clean: tuple[Path, Path], tmp_path: Path) -> None:
    for k in range(MOST_ROWS + 2):
        (tmp_path / f"r{k}.truth.json").write_text(clean[1].read_text(encoding="utf-8"), encoding="utf-8")
        table = pd.read_csv(clean[0])
        (table.drop(index=1) if k == 7 else table).to_csv(tmp_path / f"r{k}.reps.csv", index=False)
    for part, ending in (("found", ".reps.csv"), ("truth", ".truth.json")):
        (tmp_path / part).mkdir()
        for path in tmp_path.glob(f"*{ending}"):
            path.rename(tmp_path / part / path.name)
    lines = run(tmp_path / "found", tmp_path / "truth").stdout.splitlines()
    assert [line.split()[0] for line in lines if re.match(r"r\d", line)] == ["r7"]
    assert "and 31 more; of all 32 recordings, 31 have every rep found and none made up" in lines


def test_a_truth_without_reps_gives_made_up_reps_a_minute(clean: tuple[Path, Path], tmp_path: Path) -> None:
    truth = tmp_path / "walk.json"
    truth.write_text(json.dumps({"duration_s": 120.0, "reps": []}), encoding="utf-8")
    assert told(clean[0], truth)["figures"]["phantoms_per_minute"]["value"] == 4.0


BAD = {
    "absent": (None, 1, "there is no such file"),
    "truth.json": ("[1, 2]", 1, "it has no list 'reps'"),
    "broken.json": ("{", 1, "this is no JSON"),
    "table.csv": ("a,b\n1,2\n", 1, "neither labels of ELAN or BORIS nor a table of true reps"),
    "ends.csv": ("start_s,end_s\n2,1\n", 1, "true rep 1 does not end after it starts"),
    "word.csv": ("start_s,end_s\n2,soon\n", 1, "line 2: end_s is 'soon'"),
    "wide.csv": ("start_s,end_s\n1,2,3\n", 1, "line 2 has 3 cells"),
    "twice.csv": ("start_s,start_s,end_s\n1,2,3\n", 1, "two columns are called 'start_s'"),
    "labels.txt": ("rep\t1.0\t2.0\trep\n", 2, "name an instant that both saw"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_truth_that_cannot_be_used_is_one_line(name: str, clean: tuple[Path, Path], tmp_path: Path) -> None:
    text, code, words = BAD[name]
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    result = run(clean[0], path)
    assert (result.exit_code, result.stderr.count("\n")) == (code, 1)
    assert words in result.stderr
    assert name in result.stderr


def test_what_was_found_must_have_starts_and_ends(clean: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    for text, words in (("rep,start_s\n1,2\n", "no column 'end_s'"), ("start_s,end_s\n1,\n", "rep 1 has no start_s")):
        path.write_text(text, encoding="utf-8")
        result = run(path, clean[1])
        assert (result.exit_code, words in result.stderr) == (1, True)


def test_folders_about_different_recordings_are_refused(study: Path, tmp_path: Path) -> None:
    for name in ("monday", "tuesday"):
        (tmp_path / f"{name}.csv").write_text("start_s,end_s\n1,2\n", encoding="utf-8")
    result = run(tmp_path, study / "truth")
    assert result.exit_code == 2
    assert "monday, tuesday and clean_set, pulses" in result.stderr


def test_pairs_of_clocks_must_be_pairs(clean: tuple[Path, Path]) -> None:
    result = run(*clean, "--sync-video", 3, "--sync-video", 9, "--sync-sensor", 1)
    assert result.exit_code == 2
    assert "--sync-video is there 2 times and --sync-sensor 1 times" in result.stderr
