"""What people do on the page, by button and by key; and that the measurement stays what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kickback.page.lan import lan_addresses

SLOW = ("--from", "2496", "--to", "2551", "--leg", "left", "--speed", "5")
"""Six seconds from the third rep to the end of the set."""


def test_a_rep_more_a_rep_less_and_back(start: Any, look: Any, turned: Path) -> None:
    """Beside the measured count, which no hand changes."""
    watch = look(start("replay", turned, *SLOW).url)
    watch.counts(3)
    watch.press("Add a rep")
    watch.until("window.heard.some(each => each.type === 'corrected')")
    after = watch.set_now()
    assert after["shown"] == after["count"] + 1
    watch.until("document.querySelectorAll('.reps tbody tr.added').length === 1")
    assert f"measured: {after['count']}" in watch.text(".unit")
    watch.page.keyboard.press("Backspace")
    watch.until("document.querySelectorAll('.reps tbody tr.added').length === 0")
    watch.page.get_by_role("button", name="Delete rep 2", exact=True).click()
    watch.until("document.querySelectorAll('.reps tbody tr.deleted').length === 1")
    after = watch.set_now()
    assert after["shown"] == after["count"] - 1
    assert [rep["rep"] for rep in after["reps"] if rep["deleted"]] == [2]
    watch.page.keyboard.press("Backspace")
    watch.until("document.querySelectorAll('.reps tbody tr.deleted').length === 0")
    watch.page.get_by_role("button", name="Delete rep 3", exact=True).click()
    watch.until("document.querySelector('.sets-list li') !== null")
    closed = watch.told("set")[-1]["set"]
    assert (closed["count"], closed["shown"], len(closed["reps"])) == (8, 7, 8)
    assert [rep["rep"] for rep in closed["reps"] if rep["deleted"]] == [3]
    assert "measured: 8" in watch.text(".sets-list li")
    watch.counts(7)
    watch.all_well()


def test_the_other_leg_the_target_and_the_notes(start: Any, look: Any, turned: Path) -> None:
    """What is said on one page stands on all; the leg from the next set on."""
    running = start("replay", turned, *SLOW)
    watch, other = look(running.url), look(running.url)
    watch.page.locator(".leg", has_text="Left leg").wait_for()
    watch.page.keyboard.press("l")
    for each in (watch, other):
        each.page.locator(".leg", has_text="Right leg").wait_for()
        each.page.locator("#controls button[aria-pressed=true]", has_text="Right leg").wait_for()
    other.press("Left leg")
    watch.page.locator(".leg", has_text="Left leg").wait_for()
    watch.page.get_by_role("button", name="Down: more").click()
    watch.until("window.kickback.state.target.eccentric_s === 4")
    other.page.locator(".tempo-code", has_text="4-0-1-1").wait_for()
    watch.counts(3)
    watch.page.keyboard.press("w")
    other.page.locator(".warm-up").wait_for()
    watch.page.get_by_role("button", name="7", exact=True).click()
    other.page.locator(".kb-efforts button[aria-pressed=true]", has_text="7").wait_for()
    watch.page.locator("#kb-band").fill("red")
    watch.page.locator("#kb-band").press("Enter")
    other.until("document.querySelector('#kb-band').value === 'red'")
    assert watch.set_now()["count"] >= 3
    for each in (watch, other):
        each.all_well()


def test_a_typed_tempo_counts_at_once_and_a_wrong_one_is_said(start: Any, look: Any, turned: Path) -> None:
    """Enter, or the next field; what is no tempo takes nothing of what was said before."""
    watch = look(start("replay", turned, *SLOW).url)
    down, pause = watch.page.locator("#kb-eccentric_s"), watch.page.locator("#kb-pause_s")
    down.fill("2")
    down.press("Enter")
    watch.until("window.kickback.state.target.eccentric_s === 2")
    pause.fill("99")
    pause.press("Enter")
    watch.page.locator("#kb-toast", has_text="seconds from 0 to 60").wait_for()
    assert (down.input_value(), pause.input_value()) == ("2", "0")
    assert watch.page.evaluate("window.kickback.state.target.code") == "2-0-1-1"
    watch.all_well()


def test_who_may_only_look_has_no_controls(start: Any, look: Any, turned: Path) -> None:
    """With the address to look nothing can be pressed and keys do nothing; with the one to control they do."""
    if not lan_addresses():
        pytest.skip("this computer is in no network to invite somebody from")
    running = start("replay", turned, *SLOW, "--lan")
    onlooker = look(running.until(r"To look: (http://\S+)")[1])
    control = look(running.until(r"To control: (http://\S+)")[1])
    onlooker.page.locator("#onlooker").wait_for()
    assert onlooker.told("snapshot")[0]["may_control"] is False
    control.page.locator("#controls button", has_text="Next leg").wait_for()
    assert not onlooker.page.locator("#controls").is_visible()
    onlooker.page.keyboard.press("l")
    assert onlooker.page.evaluate("window.kickback.send({do: 'leg', lane: 0, leg: 'right'})")
    onlooker.until("window.heard.some(each => each.type === 'error')")
    onlooker.counts(3)
    assert onlooker.page.locator("button[aria-label^='Delete rep']").count() == 0
    assert control.page.locator("button[aria-label^='Delete rep']").count() >= 3
    assert onlooker.text(".leg") == control.text(".leg")
    assert "left" in control.text(".leg").casefold()
    control.all_well()
    onlooker.all_well()
