"""Another exercise is chosen on the page before the first rep, and counted from the first sample on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SET = ("--from", "2478", "--to", "2551", "--leg", "left", "--speed", "5")
"""From some seconds before the first rep of the set to its end."""


def test_the_exercise_is_chosen_on_one_page_and_stands_on_all(start: Any, look: Any, turned: Path) -> None:
    running = start("replay", turned, *SET, "--exercise", "seated-knee-extension")
    watch, other = look(running.url), look(running.url)
    chooser = watch.page.get_by_label("Exercise, before the first rep")
    assert chooser.input_value() == "seated-knee-extension"
    assert chooser.locator("option").count() == 6
    chooser.select_option("kickback")
    for each in (watch, other):
        each.page.locator("#exercise", has_text="bent-over kickback").wait_for()
    other.until("document.querySelector('#kb-exercise').value === 'kickback'")
    watch.until("document.querySelector('.sets-list li') !== null")
    closed = watch.told("set")[-1]["set"]
    assert closed["count"] == 8
    assert not chooser.is_visible(), "reps were counted: it is too late"
    for each in (watch, other):
        each.all_well()
