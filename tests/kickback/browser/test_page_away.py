"""What the page shows while the sensor is away, when it is back, and when the page has lost its session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.page_show import Reel, Show, a_rep
from kickback.live.link import AGAIN_S, SETTLED_S, LinkNow

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed to judge the page with")

LOW = "The battery of Kickback 7 is low (12 %): charge it before the set."
WEAK = "The signal of Kickback 7 is weak (-88 dBm): bring it nearer, and keep the body out of the way."
THERE = LinkNow("streaming", at_s=1.0, battery_percent=87, rssi_dbm=-62, age_s=0.1, rate_hz=100.0)
PHONE = {"width": 360, "height": 740}
NO_SESSION = """
window.there ??= window.WebSocket;
window.WebSocket = class extends EventTarget {
  constructor() { super(); setTimeout(() => this.dispatchEvent(new CloseEvent("close", { code: 1006 }))); }
};
window.sockets.at(-1).close();
"""
"""The page's connection breaks, and nobody answers its calls."""
LEAST_CONTRAST = 4.5
"""Of text (WCAG 2.2, 1.4.3); what stands back is read as well as the rest."""
CONTRAST = """([text, ground]) => {
  const style = (selector) => getComputedStyle(document.querySelector(selector));
  const parts = (selector, name) => style(selector)[name].match(/[\\d.]+/g).map(Number);
  const light = (colour) => colour.slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const [low, high] = [parts(text, "color"), parts(ground, "backgroundColor")].map(light).sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""
MOVEMENT = {".phase": ".hero", ".ring-seconds": ".hero", ".segment.hold .segment-time": ".segment.hold"}
"""What moves with the leg, each with the ground that it stands on."""


class Sensor:
    """A session with a sensor in a squeeze of its fourth rep, and looks at the sensor's link."""

    def __init__(self, show: Show, looks: list[LinkNow]) -> None:
        self.show = show
        self._looks = looks

    def is_(self, now: LinkNow) -> None:
        """From now on the link is like that, and the page is told."""
        self._looks.append(now)
        self.show.publish(self.show.model.look())


@pytest.fixture
def sensor() -> Iterator[Sensor]:
    looks = [THERE]
    with Show(Reel("slow_eccentric_holds", leg="right"), links=[lambda: looks[-1]], live=True) as show:
        show.feed(a_rep(4))
        while show.snapshot()["lanes"][0]["now"]["phase"] != "hold":
            show.feed_for(0.1)
        show.feed_for(0.3)
        yield Sensor(show, looks)


def colour(watch: Any, selector: str) -> str:
    """The colour of the text there."""
    found: str = watch.page.locator(selector).first.evaluate("element => getComputedStyle(element).color")
    return found


def painted(watch: Any) -> int:
    """How many colours that are no grey the strip chart holds."""
    found: int = watch.page.locator(".strip").evaluate(
        """canvas => {
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas, 0, 0);
          const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
          let found = 0;
          for (let at = 0; at < data.length; at += 4) {
            const [red, green, blue, alpha] = data.subarray(at, at + 4);
            if (alpha > 60 && Math.max(red, green, blue) - Math.min(red, green, blue) > 40) found += 1;
          }
          return found;
        }"""
    )
    return found


def dot(watch: Any) -> str:
    """The colour of the dot before the sensor's line; it is see-through where nothing is known."""
    found: str = watch.page.locator(".sensor-line").evaluate(
        "line => getComputedStyle(line, '::before').backgroundColor"
    )
    return found


def grave(watch: Any) -> list[str]:
    """What axe calls serious or critical."""
    found = axe.Axe().run(watch.page).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


def stands_back(watch: Any, muted: str) -> None:
    """Whether the movement is shown as old: without colours, and to be read all the same."""
    assert {colour(watch, selector) for selector in MOVEMENT} == {muted}
    assert painted(watch) == 0
    assert watch.page.locator(".segment.current").evaluate("item => getComputedStyle(item).outlineStyle") == "none"
    for text, ground in MOVEMENT.items():
        assert watch.page.evaluate(CONTRAST, [text, ground]) >= LEAST_CONTRAST, text
    assert grave(watch) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_movement_stands_back_while_nothing_new_comes_and_the_count_does_not(
    look: Any, sensor: Sensor, scheme: str
) -> None:
    watch = look(sensor.show.url, color_scheme=scheme, viewport=PHONE, reduced_motion="reduce")
    watch.counts(4)
    muted, ink, good = colour(watch, ".set"), colour(watch, ".digits"), dot(watch)
    assert painted(watch) > 100
    assert muted not in {colour(watch, selector) for selector in MOVEMENT}
    sensor.is_(replace(THERE, state="lost", at_s=5.0, age_s=4.0))
    watch.page.locator(".hero.old").wait_for()
    stands_back(watch, muted)
    assert colour(watch, ".digits") == ink
    assert "Signal" not in watch.text(".sensor-line")
    sensor.is_(replace(THERE, at_s=8.0))
    watch.page.locator(".hero:not(.old)").wait_for()
    assert painted(watch) > 100
    assert dot(watch) == good
    watch.page.evaluate(NO_SESSION)
    watch.page.locator(".hero.old").wait_for()
    stands_back(watch, muted)
    assert colour(watch, ".digits") == ink
    assert dot(watch) == "rgba(0, 0, 0, 0)"
    assert watch.text(".sensor-line") == "Sensor: not known while the session is out of reach"
    assert watch.page.locator(".sensor-text").is_hidden()
    assert watch.text(".word-big") == "Session out of reach"
    watch.page.evaluate("window.WebSocket = window.there; window.dispatchEvent(new Event('online'))")
    watch.page.locator(".hero:not(.old)").wait_for()
    assert watch.text(".sensor-line").startswith("running")
    watch.all_well()


def test_what_a_loss_has_cost_is_shown_for_its_seconds(look: Any, sensor: Sensor) -> None:
    watch = look(sensor.show.url, viewport=PHONE)
    sensor.is_(replace(THERE, state="lost", at_s=5.0, age_s=4.0))
    watch.until("document.querySelector('.word')?.dataset.kind === 'bad'")
    sensor.is_(replace(THERE, state="catching up", at_s=8.0))
    watch.until("document.querySelector('.word-small').textContent.startsWith('CATCHING UP')")
    sensor.is_(replace(THERE, at_s=9.0, backfilled=400))
    sensor.is_(replace(THERE, at_s=9.0 + SETTLED_S, backfilled=400))
    watch.until("document.querySelector('.word')?.dataset.kind === 'good'")
    assert watch.text(".word-big") == "Sensor is back"
    assert watch.text(".word-small") == "Connected again after 7 s: 4 s back-filled, nothing is missing"
    assert watch.page.locator("#say").text_content() == watch.text(".word-small")
    assert watch.page.locator(".sensor-text").is_hidden()
    sensor.is_(replace(THERE, at_s=9.1 + SETTLED_S + AGAIN_S, backfilled=400))
    watch.until("document.querySelector('.word')?.dataset.kind === 'none'")
    watch.all_well()


def test_a_full_disk_is_bad_and_the_movement_is_new_all_the_same(look: Any, sensor: Sensor) -> None:
    watch = look(sensor.show.url, viewport=PHONE)
    sensor.is_(replace(THERE, disk="kickback sessions/a.kbraw: the disk is full; make room and the recording goes on"))
    watch.until("document.querySelector('.word')?.dataset.kind === 'bad'")
    assert watch.text(".word-big") == "Not recorded"
    assert watch.text(".word-small") == "the disk is full; make room and the recording goes on"
    assert watch.page.locator(".hero.old").count() == 0
    assert watch.page.locator(".sensor-text").is_hidden()
    watch.all_well()


def test_all_warnings_of_the_sensor_stand_still(look: Any, sensor: Sensor) -> None:
    watch = look(sensor.show.url, viewport=PHONE)
    low = replace(THERE, warnings=(LOW, WEAK), battery_percent=12, rssi_dbm=-88)
    sensor.is_(low)
    watch.page.locator(".sensor-text").wait_for()
    assert watch.text(".sensor-text").split("\n") == [LOW, WEAK]
    watch.page.evaluate(
        """() => {
          window.changes = 0;
          const count = (records) => { window.changes += records.length; };
          const how = { attributes: true, characterData: true, childList: true, subtree: true };
          new MutationObserver(count).observe(document.querySelector(".sensor-text"), how);
        }"""
    )
    for at_s in range(2, 20):
        sensor.is_(replace(low, at_s=float(at_s)))
    sensor.is_(replace(low, at_s=20.0, battery_percent=11))
    watch.page.locator(".sensor-line", has_text="11 %").wait_for()
    assert watch.page.evaluate("window.changes") == 0
    watch.all_well()


def test_the_end_fits_on_a_phone_and_leads_nowhere_that_is_gone(look: Any, sensor: Sensor) -> None:
    sensor.show.server.hub.history = True  # as where a store is served
    watch = look(sensor.show.url, viewport=PHONE)
    watch.page.locator("#history").wait_for()
    name = f"kickback sessions/{'averylongname' * 8}.kbraw"
    sensor.show.end([name], "")
    watch.page.locator("#message", has_text=".kbraw").wait_for()
    assert watch.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    inside = "box => box.scrollWidth <= box.clientWidth"
    assert watch.page.locator("#message").evaluate(inside)
    assert watch.page.locator("#history").is_hidden()
    assert re.search(r"`kickback history` shows it later\.$", watch.text("#message-text"))
    watch.all_well()
