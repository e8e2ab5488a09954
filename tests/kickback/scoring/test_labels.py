"""What ELAN and BORIS export is read; what is wrong in it is said by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kickback.errors import KickbackError
from kickback.scoring.labels import Label, read_labels

TWO = (Label("concentric", "phase", 61.5, 62.25), Label("eccentric", "phase", 63.0, 65.125))


def written(folder: Path, text: str, name: str = "labels.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


ELAN = {
    "all formats, no header": (
        "phase\t\t00:01:01.500\t61.5\t61500\t00:01:02.250\t62.25\t62250\t00:00:00.750\t0.75\t750\tconcentric\n"
        "phase\t\t00:01:03.000\t63.0\t63000\t00:01:05.125\t65.125\t65125\t00:00:02.125\t2.125\t2125\teccentric\n"
    ),
    "seconds alone, no participant": "phase\t61.500\t62.250\tconcentric\nphase\t63.000\t65.125\teccentric\n",
    "milliseconds alone": "phase\t\t61500\t62250\t750\tconcentric\nphase\t\t63000\t65125\t2125\teccentric\n",
    "a header and the file's address": (
        '"#file:///C:/video.mp4 -- offset: 0"\n'
        "Tier\tParticipant\tBegin Time - ss.msec\tEnd Time - ss.msec\tDuration - ss.msec\tAnnotation\n"
        "phase\tp1\t61.500\t62.250\t0.750\tconcentric\nphase\tp1\t63.000\t65.125\t2.125\teccentric\n"
    ),
    "a column a tier, in French": (
        "Temps de départ - hh:mm:ss.ms\tTemps de fin - hh:mm:ss.ms\tDurée - hh:mm:ss.ms\tphase\n"
        "00:01:01.500\t00:01:02.250\t00:00:00.750\tconcentric\n00:01:03.000\t00:01:05.125\t00:00:02.125\teccentric\n"
    ),
    "a participant who is a number": (
        "phase\t1\t61500\t62250\t750\tconcentric\nphase\t1\t63000\t65125\t2125\teccentric\n"
    ),
    "commas": "phase,61.500,62.250,concentric\nphase,63.000,65.125,eccentric\n",
}


@pytest.mark.parametrize("text", ELAN.values(), ids=ELAN)
def test_elan_is_read(text: str, tmp_path: Path) -> None:
    assert read_labels(written(tmp_path, text)) == TWO


AGGREGATED = (
    "Observation id,Observation date,Description,Media file,Total length,FPS,Start time,Stop time,Duration,Subject,"
    "Behavior,Behavioral category,Modifiers,Behavior type,Start (s),Stop (s),Duration (s),Comment start,Comment stop\n"
    "o1,2026-01-01,,v.mp4,90,30,,,,phase,concentric,,,STATE,61.500,62.250,0.750,,\n"
    "o1,2026-01-01,,v.mp4,90,30,,,,phase,eccentric,,,STATE,63.000,65.125,2.125,,\n"
)
TABULAR = (
    "Observation id\to1\nMedia file(s)\n\n"
    "Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tComment\tStatus\n"
    "61.5\tv.mp4\t90\t30\tphase\tconcentric\t\t\tSTART\n62.25\tv.mp4\t90\t30\tphase\tconcentric\t\t\tSTOP\n"
    "63.0\tv.mp4\t90\t30\tphase\teccentric\t\t\tSTART\n65.125\tv.mp4\t90\t30\tphase\teccentric\t\t\tSTOP\n"
)


@pytest.mark.parametrize("text", [AGGREGATED, TABULAR, TABULAR.replace("Status", "Behavior type")])
def test_boris_is_read(text: str, tmp_path: Path) -> None:
    assert read_labels(written(tmp_path, text)) == TWO


def test_a_point_of_boris_has_no_length(tmp_path: Path) -> None:
    text = TABULAR + "3.0\tv.mp4\t90\t30\t\tjump\t\t\tPOINT\n"
    found = read_labels(written(tmp_path, text))
    assert found is not None
    assert found[0] == Label("jump", "", 3.0, 3.0)


@pytest.mark.parametrize(
    "change, words",
    [
        (("eccentric\t\t\tSTOP", "eccentric\t\t\tSTART"), "line 8: START event of 'eccentric'"),
        (("62.25\tv.mp4\t90\t30\tphase\tconcentric\t\t\tSTOP\n", ""), "'concentric' starts and never stops"),
        (("62.25", "soon"), "line 6: 'soon' is no time"),
        (("\tStatus", "\tOther"), "without 'Behavior type'"),
    ],
)
def test_what_is_wrong_in_boris_is_said(change: tuple[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(KickbackError, match=words):
        read_labels(written(tmp_path, TABULAR.replace(*change)))


@pytest.mark.parametrize("text", ["start_s,end_s\n1,2\n", "just a line\n", "a\tb\tc\n1.0\t2.0\n"])
def test_other_files_are_no_labels(text: str, tmp_path: Path) -> None:
    assert read_labels(written(tmp_path, text)) is None


def test_an_empty_file_and_no_text_are_said(tmp_path: Path) -> None:
    with pytest.raises(KickbackError, match=r"labels\.txt: the file is empty"):
        read_labels(written(tmp_path, "\n\n"))
    (tmp_path / "picture.txt").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(KickbackError, match=r"picture\.txt: this is no text"):
        read_labels(tmp_path / "picture.txt")
