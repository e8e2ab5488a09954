"""Every broken file of ``benchmarks.broken``: one line that says what, where and what to do, or a note."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from benchmarks import broken, broken_files
from imu.blocks import Recording
from kickback.cli import app
from recordings import RecordingError

BY_NAME = {case.what: case for case in broken.CASES}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_there_are_more_than_forty_and_each_has_its_own_name() -> None:
    assert len(BY_NAME) == len(broken.CASES) >= 40


@pytest.mark.parametrize("what", BY_NAME)
def test_it_gets_one_line_or_a_note(what: str, tmp_path: Path) -> None:
    case = BY_NAME[what]
    path, answer = broken.said(case, tmp_path)
    if isinstance(answer, RecordingError):
        line = str(answer)
        assert case.refused, line
        assert case.words in line
        assert line.isprintable(), "one line, nothing that disturbs a terminal"
        assert str(path) in line or str(path.parent) in line, "it says where"
        assert len(line) - len(str(tmp_path)) < 400, "a line, not a page"
    else:
        assert not case.refused, f"read with the notes {answer}"
        assert any(case.words in note for note in answer) or not case.words, answer


def test_half_a_sensor_is_still_read_in_full(tmp_path: Path) -> None:
    """Damage in some rows must not cost the others."""
    import recordings

    good = recordings.read(broken_files.holding(broken_files.good_text)(tmp_path))
    for what, least in (("half of it NaN", 0.5), ("infinite values", 0.99), ("rows that are too short", 0.8)):
        hurt = recordings.read(BY_NAME[what].make(tmp_path))
        assert isinstance(hurt, Recording)
        assert hurt.rate_hz == pytest.approx(good.rate_hz, rel=0.01)
        assert (~hurt.lost).sum() >= least * (~good.lost).sum() * 0.95, what


@pytest.mark.parametrize(
    "what",
    [
        "empty",
        "a PNG",
        "a zip cut short",
        "no such file",
        "a pipe nobody writes to",
        "10 GB of nothing",
        "the gyro's file is missing",
        "deg/s called rad/s",
        "the gyro's axes swapped",
    ],
)
def test_the_command_says_the_same_line_and_does_the_others(what: str, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "good").mkdir()
    bad = BY_NAME[what].make(tmp_path / "bad")
    fine = broken_files.holding(broken_files.good_text, "fine.csv")(tmp_path / "good")
    done = run("analyze", bad, fine, "--out", tmp_path / "out", "--jobs", "1")
    assert done.exit_code == 1, done.output
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(said) == 1, done.stderr
    assert BY_NAME[what].words in said[0]
    assert "Traceback" not in done.output
    assert (tmp_path / "out" / "fine.reps.csv").is_file(), "the good file is done all the same"


def test_an_override_unlocks_what_its_line_names(tmp_path: Path) -> None:
    import recordings
    from recordings.options import Options

    for what, given in (
        ("deg/s called rad/s", Options(gyr_unit="deg/s")),
        ("rad/s called deg/s", Options(gyr_unit="rad/s")),
        ("g called m/s²", Options(acc_unit="g")),
        ("m/s² called g", Options(acc_unit="m/s²")),
        ("mg called g", Options(acc_unit="mg")),
    ):
        path = BY_NAME[what].make(tmp_path)
        with pytest.raises(RecordingError, match=r"--(acc|gyro)-unit"):
            recordings.read(path)
        got = recordings.read(path, options=given)
        rows = broken_files.good()
        assert float(abs(got.block.acc_mps2[:100]).max()) == pytest.approx(float(abs(rows[:100, 1:4]).max()), rel=0.05)
        assert float(abs(got.block.gyr_radps[~got.lost]).max()) == pytest.approx(
            float(abs(rows[:, 4:]).max()), rel=0.05
        )


def test_the_table_names_every_case_once() -> None:
    rows = list(broken.table())
    assert rows[0] == "| what | line said |"
    assert len(rows) == len(broken.CASES) + 2
    assert all(re.match(r"\| [^|]+ \| .+ \|$", row) for row in rows[2:])
