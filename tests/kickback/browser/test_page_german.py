"""In a German browser nothing on the page is English: neither the page's own words nor those of the server."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kickback.page
from benchmarks.page_show import Reel, Show, a_rep, a_set
from kickback.live.keeping import NOT_KEPT
from kickback.live.link import LinkNow

TEXTS = Path(kickback.page.__file__).parent / "static" / "texts"
SET = ("--from", "2496", "--to", "2551", "--leg", "left")
READ = """() => {
  const seen = [];
  for (const each of document.querySelectorAll("body, body *")) {
    if (["SCRIPT", "NOSCRIPT", "TEMPLATE"].includes(each.tagName)) continue;
    for (const node of each.childNodes) if (node.nodeType === Node.TEXT_NODE) seen.push(node.data);
    for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext", "aria-roledescription"]) {
      if (each.hasAttribute(name)) seen.push(each.getAttribute(name));
    }
  }
  return seen;
}"""
"""All texts of the page, those that are hidden now, too: dialogs, alerts, what is read out."""


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-zäöüß]{3,}", text.casefold()))


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Words of the English texts that no German one has."""
    of = [json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8")) for language in ("en", "de")]
    here, there = (words(re.sub(r"\{\w+\}", "", " ".join(each.values()))) for each in of)
    assert {"the", "rep", "lost", "sensor"} - (here - there) == {"sensor"}
    return here - there


def left_over(watch: Any, english: set[str]) -> list[str]:
    """Texts on the page with an English word."""
    texts = watch.page.evaluate(READ)
    assert len(texts) > 100
    return [text for text in texts if words(text) & english]


@pytest.fixture
def aufnahme(turned: Path, tmp_path: Path) -> Path:
    """The recording under a name that is not English."""
    for file in turned.parent.glob(f"{turned.stem}.*"):
        shutil.copy(file, tmp_path / f"aufnahme{file.suffix}")
    return tmp_path / f"aufnahme{turned.suffix}"


def test_a_replay_is_german_from_its_beginning_to_its_end(
    start: Any, look: Any, aufnahme: Path, english: set[str]
) -> None:
    watch = look(start("replay", aufnahme, *SET, "--speed", "14").url, locale="de-DE")
    watch.counts(4)
    assert left_over(watch, english) == []
    watch.until("document.querySelector('.sets-list li') !== null")
    assert left_over(watch, english) == []
    watch.until("window.heard.some(each => each.type === 'ended')")
    watch.page.locator("#message", has_text="Es war eine Aufnahme").wait_for()
    assert left_over(watch, english) == []
    assert "SIMULIERT" in watch.text("#banners")
    assert "WIEDERGABE von aufnahme" in watch.text("#banners")
    assert "Kickback vorgebeugt" in watch.text("h1")
    assert "Hüfte gedreht" in watch.text(".reps tbody")
    watch.all_well()


def hurdles() -> Iterator[tuple[LinkNow, str]]:
    """Looks at a link that has every kind of trouble, and what is to stand on the page of each."""
    now = LinkNow("streaming", at_s=1.0, age_s=0.1, rate_hz=100.0, battery_percent=9, rssi_dbm=-90)
    low = "The battery of Kickback 7 is low (9 %): charge it before the set."
    yield LinkNow("streaming", at_s=1.0, age_s=0.1, rate_hz=100.0, warnings=(low,)), "Die Batterie von Kickback 7"
    yield LinkNow("lost", at_s=5.0, age_s=2.5, rate_hz=100.0), "VERBINDUNG WEG seit"
    yield LinkNow("catching up", at_s=6.0, rate_hz=100.0), "HOLT NACH"
    yield LinkNow("streaming", at_s=6.5, age_s=0.1, rate_hz=100.0, backfilled=150, lost=25), ""
    yield LinkNow("streaming", at_s=7.5, age_s=0.1, rate_hz=100.0, backfilled=150, lost=25), "1,5 s nachgeholt"
    full = "monday.kbraw: the disk is full; make room and the recording goes on"
    yield LinkNow("streaming", at_s=20.0, age_s=0.1, rate_hz=100.0, disk=full), "Nicht aufgezeichnet"
    yield now, ""


def test_what_the_server_says_of_a_session_is_german(look: Any, english: set[str]) -> None:
    links = [LinkNow("streaming", at_s=0.5, age_s=0.1, rate_hz=100.0)]
    reel = Reel("hip_rotation", leg="right")
    with Show(reel, links=[lambda: links[-1]], live=True, banners=()) as show:
        watch = look(show.url, locale="de-DE")
        show.feed(a_rep(4))
        for now, expected in hurdles():
            links.append(now)
            show.publish(show.model.look())
            watch.until(f"document.querySelector('.hero').textContent.includes({expected!r})")
            assert left_over(watch, english) == []
        watch.page.evaluate("window.kickback.send({do: 'delete_rep', lane: 0, rep: 99})")
        watch.page.locator("#message", has_text="Wiederholung 99 gibt es in Satz 1 nicht.").wait_for()
        show.feed(a_set(1))
        watch.page.locator(".sets-list li", has_text="Kalibrierung").wait_for()
        assert left_over(watch, english) == []
        show.publish(show.model.end(["montag.kbraw"], "The table and the report are being made."))
        watch.page.locator("#message", has_text="Die Tabelle und der Bericht").wait_for()
        assert left_over(watch, english) == []
        watch.all_well()


def test_a_banner_comes_and_goes_for_who_is_there_already(look: Any) -> None:
    """What the store does not take is seen at once, in the language that was chosen, and in another one."""
    with Show(Reel("clean_set", leg="right"), live=True, banners=("REPLAY of it, not live",)) as show:
        watch = look(show.url, locale="de-DE")
        banners = watch.page.locator("#banners")
        watch.page.locator("#banners", has_text="WIEDERGABE von it").wait_for()
        stage = show.stage
        before, stage.banners = stage.banners, (*stage.banners, f"{NOT_KEPT}: /a.sqlite3: the disk is full; make room")
        show.publish(show.model.look())
        banners.get_by_text("NICHT in der Ablage GESPEICHERT: /a.sqlite3: der Datenträger ist voll").wait_for()
        watch.page.evaluate("window.kickback.setLanguage('en')")
        banners.get_by_text(f"{NOT_KEPT}: /a.sqlite3: the disk is full; make room").wait_for()
        stage.banners = before
        show.publish(show.model.look())
        banners.get_by_text(NOT_KEPT).wait_for(state="detached")
        assert "REPLAY of it" in watch.text("#banners")
        watch.all_well()
