from __future__ import annotations

import csv
import io
import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from analysis.params import Params, Tempo
from analysis.results import NAN, REP_COLUMNS, Calibration, Reason, Rejected, Rep, SetClosed
from imu.blocks import Header, Recording, SampleBlock
from kickback.document import angle_csv, phase_ranges, rep_rows, reps_csv, summary, to_json
from kickback.errors import UsageError, one_line
from kickback.files import check_names, stem_of, write_atomically
from kickback.result import Analysis
from kickback.tables import Found, render
from kickback.words import clock, flags, turn

FULL = Rep(
    set=1,
    rep=1,
    leg="left",
    start=100,
    end=601,
    known_at=650,
    start_s=1.00004,
    concentric_end_s=2.0,
    eccentric_start_s=3.5,
    end_s=6.00006,
    pause_s=0.75,
    rom_deg=41.236,
    peak_concentric_dps=88.888,
    peak_eccentric_dps=26.0,
    pulses=0,
    is_partial=False,
    axial_rotation_deg=-0.001,
    plane_tilt_deg=1.5,
    hip_rotation=True,
    hold_sway_deg=0.4,
    rushed=False,
    confidence=0.98765,
)
UNKNOWN = Rep(1, 2, None, 700, 900, 950, 7.0, NAN, NAN, 9.0, missing_s=0.204)
CLOSED = SetClosed(1, "left", 100, 900, 1000, 1.0, 9.0, "end", (FULL, UNKNOWN), Calibration(0.9, "The axis is clear."))
REJECTED = tuple(
    Rejected(i, i + 1, i + 2, float(i), i + 1.0, 5.0 + i, Reason.TOO_SMALL, "below 10 degrees") for i in range(6)
)


def analysis_of(n: int = 1000, simulated: bool = True, **changes: Any) -> Analysis:
    block = SampleBlock(0, 100.0, np.zeros((n, 3)), np.zeros((n, 3)))
    whole = Analysis(
        recording=Recording(Header("monday", 100.0, sha256="ab" * 32, simulated=simulated), block),
        params=Params(),
        closed=(CLOSED,),
        rejected=REJECTED,
        angle_deg=np.full(n, np.nan),
        warnings=("The strap slipped.",),
    )
    return replace(whole, **changes)


def printed(found: Found, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    for piece in render(found):
        console.print(piece)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO was put there
    return text


def test_the_table_of_reps_is_as_the_page_on_measures_says() -> None:
    header, full, unknown = csv.reader(io.StringIO(reps_csv([FULL, UNKNOWN])))
    assert tuple(header) == REP_COLUMNS
    row = dict(zip(header, full, strict=True))
    assert row["start_s"] == "1.0000"
    assert row["eccentric_s"] == "2.5001"
    assert row["rom_deg"] == "41.24"
    assert (row["hip_rotation"], row["rushed"], row["pulses"]) == ("true", "false", "0")
    assert row["axial_rotation_deg"] == "0.00", "no minus before a zero"
    assert row["confidence"] == "0.988"
    row = dict(zip(header, unknown, strict=True))
    empty = {name for name, cell in row.items() if not cell}
    assert empty >= {"leg", "concentric_end_s", "hold_s", "pause_s", "rom_deg", "pulses", "hip_rotation", "rushed"}
    assert row["missing_s"] == "0.2040"


def test_no_reps_give_the_header_alone() -> None:
    assert reps_csv([]) == ",".join(REP_COLUMNS) + "\n"


def test_json_has_null_for_what_is_unknown() -> None:
    text = to_json({"reps": rep_rows([UNKNOWN])})
    row = json.loads(text)["reps"][0]
    assert row["rom_deg"] is None
    assert row["start_s"] == 7.0
    assert "NaN" not in text


def test_the_summary_says_where_its_numbers_come_from() -> None:
    said = json.loads(to_json(summary(analysis_of(), "monday.csv")))
    assert (said["name"], said["file"], said["sha256"]) == ("monday", "monday.csv", "ab" * 32)
    assert said["simulated"] is True
    assert said["params"]["tempo"] == "3-0-1-1"
    assert {"kickback", "numpy", "scipy", "vqf"} <= set(said["versions"])
    assert (said["n_sets"], said["n_reps"]) == (1, 2)
    assert said["sets"][0]["calibration"]["sentence"] == "The axis is clear."
    assert said["sets"][0]["calibration"]["arm_m"] is None
    assert [one["reason"] for one in said["rejected"]] == ["too small"] * 6
    assert said["warnings"] == ["The strap slipped."]


def test_the_angle_table_names_the_phase_of_each_sample() -> None:
    angle = np.linspace(-1.0, 40.0, 1000)
    angle[3] = np.nan
    rows = list(csv.DictReader(io.StringIO(angle_csv(analysis_of(angle_deg=angle)))))
    assert len(rows) == 1000
    assert rows[3]["angle_deg"] == ""
    assert rows[0] == {"time_s": "0.0000", "angle_deg": "-1.00", "phase": "", "set": "", "rep": ""}
    phases = [row["phase"] for row in rows]
    assert [phases.count(name) for name in ("concentric", "hold", "eccentric")] == [99, 150, 251]
    assert {row["rep"] for row in rows if row["phase"]} == {"1"}, "a phase that a gap cut has no range"


def test_phases_that_a_gap_cut_are_left_out() -> None:
    assert [phase for _, _, phase, _ in phase_ranges([UNKNOWN])] == []
    half = replace(FULL, eccentric_start_s=NAN)
    assert [(first, last, phase.value) for first, last, phase, _ in phase_ranges([half])] == [
        (1.00004, 2.0, "concentric")
    ]


def test_the_terminal_shows_reps_flags_and_what_was_not_counted() -> None:
    text = printed(Found.of(analysis_of()))
    assert max(map(len, text.splitlines())) <= 80
    assert "SIMULATED" in text
    assert "hip rotation" in text
    assert "lost 0.2 s" in text
    assert "6 ×  too small  5-10°  at 0.0, 1.0, 2.0, 3.0 … s" in text
    assert "Note: The strap slipped." in text
    assert "nan" not in text.lower()


def test_a_real_recording_is_not_called_simulated() -> None:
    assert "SIMULATED" not in printed(Found.of(analysis_of(simulated=False)))


def test_an_empty_recording_says_so() -> None:
    text = printed(Found.of(analysis_of(closed=(), rejected=(), warnings=())))
    assert "No reps found." in text
    assert "0 sets, 0 reps" in text


def test_turn_has_a_sign_only_when_the_leg_is_known() -> None:
    rep = replace(FULL, axial_rotation_deg=-12.4)
    assert (turn(rep), turn(replace(rep, leg=None)), turn(FULL), turn(UNKNOWN)) == ("-12", "12", "0", "–")


def test_flags_are_words() -> None:
    rep = replace(FULL, rushed=True, is_partial=True, pulses=1, uncertain=True, missing_s=0.14)
    assert flags(replace(FULL, hip_rotation=None, missing_s=0.09)) == []
    assert flags(rep) == ["hip rotation", "rushed", "partial", "1 pulse", "lost 0.1 s", "uncertain"]


@pytest.mark.parametrize(
    ("time_s", "text"), [(75.34, "75.3 s"), (725.0, "12:05 min"), (3725.0, "1:02:05 h"), (math.nan, "–")]
)
def test_clock(time_s: float, text: str) -> None:
    assert clock(time_s) == text


# --- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["monday.csv", "monday", "a/b/monday.CSV"])
def test_stem(name: str) -> None:
    assert stem_of(Path(name)) == "monday"


def test_writing_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    target = write_atomically(tmp_path / "new" / "monday.txt", "1 °\n")
    write_atomically(target, "2 °\n")
    assert target.read_bytes() == "2 °\n".encode()
    assert os.listdir(target.parent) == ["monday.txt"]  # noqa: PTH208 - hidden files are wanted too


def test_a_write_that_fails_keeps_the_old_file(tmp_path: Path) -> None:
    target = write_atomically(tmp_path / "monday.txt", "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(target, "new \udc80")
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_two_inputs_of_one_stem_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would both write"):
        check_names([Path("a/Monday.csv"), Path("b/monday.csv")], tmp_path, [".reps.csv"])


def test_a_result_never_replaces_an_input(tmp_path: Path) -> None:
    inputs = [tmp_path / "monday.csv", tmp_path / "monday.reps.csv"]
    with pytest.raises(UsageError, match=r"monday\.reps\.csv: a result would replace this input"):
        check_names(inputs, tmp_path, [".reps.csv"])


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path) -> None:
    place = write_atomically(tmp_path / "out", "")
    with pytest.raises(UsageError, match="needs a folder"):
        check_names([Path("monday.csv")], place, [".reps.csv"])


def test_errors_are_told_in_one_line_with_the_file() -> None:
    assert one_line(FileNotFoundError(2, "No such file", "x.csv")).startswith("x.csv: there is no such file")
    assert one_line(ValueError("bad\nthing"), "x.csv") == "x.csv: bad thing"
    assert one_line(ValueError("x.csv, line 3: bad"), "a/x.csv") == "x.csv, line 3: bad"
    assert one_line(OSError("odd"), "x.csv") == "x.csv: odd"


def test_the_target_tempo_is_shown() -> None:
    text = printed(Found.of(analysis_of(params=Params(tempo=Tempo.parse("4-0-1-2")))))
    assert "target tempo 4-0-1-2" in text
