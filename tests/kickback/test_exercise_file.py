from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from analysis.presets import PRESETS, Exercise
from kickback.document import to_json
from kickback.exercise_file import KEYS, exercise_of, read_exercise

ROOT = Path(__file__).resolve().parents[2]

WHOLE = """
name = "calf"
title = "calf raise"
rest = "any"
least_excursion_deg = 6
shortest_s = 0.4
longest_s = 20.0
pivot = "knee"
arm_m = [0.2, 0.5]
source = "guessed"
work_on = ["slowly"]
"""


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_goes_by_its_name(name: str) -> None:
    assert exercise_of(name) is PRESETS[name]


def test_a_whole_file(tmp_path: Path) -> None:
    one = read_exercise(written(tmp_path, WHOLE))
    assert one == Exercise("calf", "calf raise", "any", 6.0, 0.4, 20.0, "knee", (0.2, 0.5), "guessed", ("slowly",))
    assert exercise_of(one) is one


def test_a_file_that_starts_from_a_preset(tmp_path: Path) -> None:
    path = written(tmp_path, 'like = "prone-hip-extension"\nleast_excursion_deg = 8\n')
    one, base = exercise_of(str(path)), PRESETS["prone-hip-extension"]
    assert (one.name, one.title, one.least_excursion_deg) == ("mine", "mine", 8.0)
    assert (one.rest, one.arm_m, one.work_on, one.least_axis) == (base.rest, base.arm_m, base.work_on, base.least_axis)
    assert one.source == "the user's file; the rest as prone-hip-extension"


def test_no_joint_takes_the_arm_away(tmp_path: Path) -> None:
    one = read_exercise(written(tmp_path, 'like = "kickback"\npivot = "none"\n'))
    assert (one.pivot, one.arm_m) == (None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the key 'rest' is missing"),
        ('like = "kickback"\nspeed = 3\n', "the key 'speed' is not known; known are like, name, title"),
        ('like = "squat"\n', "like must be one of kickback, standing-kickback"),
        ("like = 3\n", "like must be one of"),
        ('like = "kickback"\nleast_excursion_deg = "ten"\n', "least_excursion_deg must be a number, got 'ten'"),
        ('like = "kickback"\nleast_excursion_deg = true\n', "least_excursion_deg must be a number, got True"),
        ('like = "kickback"\nleast_excursion_deg = 1\n', "least_excursion_deg must be 3 to 90, got 1"),
        ('like = "kickback"\nleast_excursion_deg = nan\n', "must be finite"),
        ('like = "kickback"\nshortest_s = 40\n', "shortest_s and longest_s must be in order"),
        ('like = "kickback"\nrest = "upside down"\n', "rest must be one of hanging, level, any"),
        ('like = "kickback"\narm_m = 0.5\n', "arm_m must be two numbers"),
        ('like = "kickback"\narm_m = [0.5, 0.9, 1.0]\n', "arm_m must be two numbers"),
        ('like = "kickback"\narm_m = [0.9, 0.5]\n', "arm_m must be two lengths in order"),
        ('like = "kickback"\nwork_on = "slowly"\n', "work_on must be a list of texts"),
        ('like = "kickback"\nwork_on = [1]\n', "work_on must be a list of texts"),
        ('like = "kickback"\nbackwards = 1\n', "backwards must be true or false, got 1"),
        ('like = "kickback"\ntitle = ["a"]\n', "title must be text in quotes"),
        ('like = "kickback"\nname = ""\n', "name must be a word"),
        ("like = kickback\n", "not TOML"),
        (b"like = '\xff'\n", "not UTF-8"),
        (b"#" * 70_000, "more than 64 KiB"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_key(text: str | bytes, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ValueError, match=r"mine\.toml: ") as caught:
        read_exercise(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert said in line
    assert "\n" not in line


def test_a_missing_file_and_an_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.toml: there is no such file"):
        exercise_of(str(tmp_path / "none.toml"))
    with pytest.raises(ValueError, match=r"exercise 'squat' is not known; known are kickback, .*ends in \.toml"):
        exercise_of("squat")


def test_the_page_knows_every_key_and_every_preset() -> None:
    page = (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
    assert not [key for key in ("like", *KEYS) if f"| `{key}`" not in page and f", `{key}` |" not in page]
    assert not [name for name in PRESETS if f"| `{name}` |" not in page]


def test_the_pages_example_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    assert read_exercise(written(tmp_path, example)).longest_s == 12.0


def test_a_preset_as_json_has_the_files_keys() -> None:
    assert set(asdict(PRESETS["kickback"])) == set(KEYS)
    assert '"arm_m"' in to_json(asdict(PRESETS["kickback"]))
