"""A shipped trace replayed: what stands on the page, who comes late, who is cut off, who may only look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kickback import analyze

SET = ("--from", "2496", "--to", "2551", "--leg", "left")
"""From a little before the set to a little after it."""


@pytest.fixture(scope="module")
def offline(turned: Path) -> Any:
    """The same set without a page."""
    analysis = analyze(turned, leg="left", tempo="3-0-1-1", from_s=2496.0, to_s=2551.0)
    return analysis.closed[0]


def test_a_whole_set_stands_on_the_page_as_it_was_measured(start: Any, look: Any, turned: Path, offline: Any) -> None:
    """The count, each rep with tempo, range of motion and flags, the set that closed, the banners, the end."""
    watch = look(start("replay", turned, *SET, "--speed", "14").url)
    watch.until("document.querySelector('.sets-list li') !== null")
    watch.counts(len(offline.reps))
    rows = watch.rows()
    assert [int(row[0]) for row in rows] == [rep.rep for rep in reversed(offline.reps)]
    for row, rep in zip(rows, reversed(offline.reps), strict=True):
        assert row[2] == f"{rep.rom_deg:.0f}°"
        assert ("hip rotation" in row[5]) == rep.hip_rotation
        assert ("rushed" in row[5]) == rep.rushed
    told = watch.told("set")[-1]["set"]
    assert [row[1] for row in reversed(rows)] == [rep["tempo"] for rep in told["reps"]]
    assert "SIMULATED" in watch.text("#banners")
    assert "REPLAY" in watch.text("#banners")
    assert watch.text(".leg").casefold() == "left leg"
    watch.until("document.querySelector('#message').textContent.includes('has ended')")
    watch.all_well()


def test_nobody_can_miss_that_the_hip_turned(start: Any, look: Any, turned: Path) -> None:
    """A frame round the page, the words large, an alert for those who do not see; and it stays for a while."""
    watch = look(start("replay", turned, *SET, "--speed", "14").url)
    watch.until(
        """!document.querySelector('#frame').hidden && document.querySelector('.hero.alarm')
        && /hip/i.test(document.querySelector('.word-big').innerText)
        && /hip/i.test(document.querySelector('#shout').innerText)"""
    )
    watch.until("window.heard.some(each => each.type === 'ended')")
    shown = watch.page.evaluate(
        """() => {
          const all = window.heard.filter(each => each.type === "warning" || each.type === "progress");
          const times = []; let t = 0, since = null;
          for (const each of all) {
            if (each.type === "progress") t = each.t;
            else if (each.warning) since ??= t;
            else if (since !== null) { times.push(t - since); since = null; }
          }
          return times;
        }"""
    )
    assert shown
    assert min(shown) >= 3.5
    watch.all_well()


def test_who_comes_late_or_again_sees_the_whole_set(start: Any, look: Any, turned: Path) -> None:
    """Another viewer in the middle of the set; one whose connection was cut; neither lacks anything."""
    running = start("replay", turned, *SET, "--speed", "10")
    first = look(running.url)
    first.counts(5)
    late = look(running.url)
    late.until("document.querySelectorAll('.reps tbody tr').length >= 5")
    assert len(late.told("snapshot")[0]["lanes"][0]["trail"]) > 20
    first.page.evaluate("window.sockets.at(-1).close()")
    first.page.locator("body.stale").wait_for()
    first.page.locator("#message", has_text="lost").wait_for()
    first.until("window.sockets.length === 2 && !document.body.classList.contains('stale')")
    assert len(first.told("snapshot")) == 2
    for watch in (first, late):
        watch.counts(8)
        watch.until("document.querySelectorAll('.reps tbody tr').length === 8")
    assert first.rows() == late.rows()
    late.all_well()
    first.all_well()
