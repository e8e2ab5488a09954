"""Whoever reads it, in light and in dark: axe finds nothing serious, before, during and after a set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed to judge the page with")

GRAVE = ("serious", "critical")


def findings(page: Any) -> list[str]:
    """What axe calls serious or critical, a line each."""
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{each['impact']}: {each['id']}: {each['help']}: {node['target']} {node.get('failureSummary', '')}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_from_reading_the_page(start: Any, look: Any, turned: Path, scheme: str) -> None:
    """On a laptop and on a phone; while the hip turns, with the settings open, and at the end."""
    running = start("replay", turned, "--from", "2496", "--to", "2551", "--leg", "left", "--speed", "14")
    laptop = look(running.url, color_scheme=scheme)
    phone = look(running.url, color_scheme=scheme, viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    assert findings(laptop.page) == []
    laptop.until("window.heard.some(each => each.warning?.kind === 'hip_rotation')")
    assert findings(phone.page) == []
    assert phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    laptop.page.get_by_role("button", name="Settings").click()
    laptop.page.locator("dialog[open]").wait_for()
    assert findings(laptop.page) == []
    laptop.page.keyboard.press("Escape")
    laptop.until("window.heard.some(each => each.type === 'ended')")
    laptop.page.locator("#message", has_text="ended").wait_for()
    assert findings(laptop.page) == []
    laptop.all_well()
    phone.all_well()


STICKS_OUT = """
[...document.querySelectorAll('#controls *')].filter((each) => {
  const edge = document.querySelector('#controls').getBoundingClientRect();
  const own = each.getBoundingClientRect();
  return own.width && (own.right > edge.right || own.left < edge.left);
}).map((each) => each.textContent)
"""


def test_no_control_sticks_out_of_its_card(start: Any, look: Any, turned: Path) -> None:
    """With the longest words, while the exercise can be chosen, at each width."""
    running = start("replay", turned, "--from", "2478", "--to", "2551", "--speed", "1")
    watch = look(running.url, locale="de-DE")
    watch.page.locator("#kb-exercise").wait_for()
    for width, height in [(390, 844), (844, 390), (1280, 800), (1920, 1080)]:
        watch.page.set_viewport_size({"width": width, "height": height})
        assert watch.page.evaluate(STICKS_OUT) == [], width
        assert watch.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
        widths = watch.page.locator(".kb-efforts button").evaluate_all("all => all.map(one => one.offsetWidth)")
        assert min(widths) >= 44, width
    watch.all_well()
