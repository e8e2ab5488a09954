"""The history beside a session: which day, each leg over time, left and right, the week; for whom; readable to all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analysis.params import Params, Tempo
from analysis.results import SetClosed
from kickback import analyze
from kickback.live.board import Board
from kickback.live.stage import Lane, Stage
from kickback.page import history
from kickback.page.lan import lan_addresses
from kickback.page.model import PageModel
from kickback.page.server import PageServer
from kickback.store import LaneFacts, Store, open_store

MONDAY = datetime(2026, 11, 16, 18, 5, tzinfo=UTC)
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}
GRAVE = ("serious", "critical")
DEADLINE_S = 20.0


class Wednesday(date):
    """The day that it is while these tests run."""

    @classmethod
    def today(cls) -> Wednesday:
        return cls(2026, 11, 25)


@pytest.fixture(scope="module")
def measured(turned: Path) -> SetClosed:
    """Eight simulated reps, the hip turns in some."""
    return analyze(turned, leg="left", tempo="3-0-1-1", from_s=2496.0, to_s=2551.0).closed[0]


Make = Callable[..., SetClosed]


@pytest.fixture(scope="module")
def make(measured: SetClosed) -> Make:
    """Sets like it: another number, another leg, another size, fewer reps."""

    def made(number: int, leg: str | None, scale: float = 1.0, count: int = 8) -> SetClosed:
        reps = [replace(rep, set=number, leg=leg, rom_deg=rep.rom_deg * scale) for rep in measured.reps[:count]]
        return replace(measured, set=number, leg=leg, reps=tuple(reps), trace=None)

    return made


def begin(store: Store, person: str | None, started: datetime, **more: Any) -> int:
    """A simulated session of one sensor."""
    return store.begin_session(
        person=person,
        started=started,
        software="0.1.0",
        exercise="kickback",
        tempo="3-0-1-1",
        params={},
        lanes=[LaneFacts("Kickback virtual", None, "a virtual sensor")],
        simulated=True,
        **more,
    )


def train(store: Store, person: str | None, started: datetime, *sets: SetClosed, **more: Any) -> int:
    """A session that was held to its end."""
    session = begin(store, person, started, **more)
    for closed in sets:
        store.close_set(session, 0, closed)
    store.end_session(session, [], started + timedelta(minutes=20))
    return session


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, make: Make) -> Iterator[Store]:
    """Ann over two weeks, once broken off and gone on with; one set of Bo; one of nobody, of a leg that nobody said."""
    with open_store(tmp_path_factory.mktemp("kept") / "kept.sqlite3") as opened:
        both = make(1, "left"), make(2, "right", 0.9), make(3, "left", 1.02), make(4, "right", 0.92)
        first = train(opened, "Ann", MONDAY, *both)
        opened.correct(first, {"id": 1, "do": "warm_up", "lane": 0, "set": 1, "on": True})
        opened.correct(first, {"id": 2, "do": "delete_rep", "lane": 0, "set": 3, "rep": 8})
        opened.correct(first, {"id": 3, "do": "note", "lane": 0, "set": 3, "band": "red", "effort": 7})
        train(opened, "Ann", MONDAY + timedelta(days=3), make(1, "left", 1.04), make(2, "left", 1.05))
        broken = begin(opened, "Ann", MONDAY + timedelta(days=8))
        opened.close_set(broken, 0, make(1, "left", 1.08))
        gone_on = make(1, "right", 1.0), make(2, "left", 1.1, 5)
        train(opened, "Ann", MONDAY + timedelta(days=8, minutes=9), *gone_on, continues=broken)
        train(opened, "Bo", MONDAY + timedelta(days=1), make(1, "left"))
        train(opened, None, MONDAY + timedelta(days=2), make(1, None))
        yield opened


@contextmanager
def serving(store: Store, person: str | None) -> Iterator[str]:
    """The page beside a session, in a thread of its own; gives its address."""
    lane = Lane("Kickback virtual", Board(Tempo()), "left", Params().exercise.title)
    model = PageModel(Stage([lane], simulated=True), Tempo(), exercise=lane.exercise, live=True)
    begun, over = threading.Event(), asyncio.Event()
    found: list[Any] = []

    async def serve() -> None:
        async with PageServer(model, store=store, person=person) as server:
            found.extend((server, asyncio.get_running_loop()))
            begun.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert begun.wait(DEADLINE_S)
        yield found[0].url
    finally:
        found[1].call_soon_threadsafe(over.set)
        thread.join(DEADLINE_S)
    assert found[0].fault == ""


@pytest.fixture
def url(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of the session's page."""
    monkeypatch.setattr(history, "date", Wednesday)
    with serving(store, "Ann") as address:
        yield address


@pytest.fixture
def see(url: str, look: Any) -> Callable[..., Any]:
    """Open the history; waits until it is drawn."""

    def seen(viewport: dict[str, int] = LAPTOP, **options: Any) -> Any:
        watch = look(f"{url}history", viewport=viewport, **options)
        watch.page.locator("h2").first.wait_for()
        return watch

    return seen


def choose(watch: Any, who: str) -> None:
    """Whose history is shown."""
    watch.page.get_by_label("Person").select_option(label=who)


def table(watch: Any, name: str) -> list[list[str]]:
    """The rows of a table, closed parts opened; without its head."""
    watch.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    rows: list[list[str]] = (
        watch.page.get_by_role("region", name=name, exact=True)
        .locator("tbody tr")
        .evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))")
    )
    return rows


def findings(page: Any) -> list[str]:
    """What axe calls serious or critical, a line each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed to judge with")
    found = axe.Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['target']}" for each in found if each["impact"] in GRAVE for node in each["nodes"]]


def test_what_was_done_on_which_day(see: Any) -> None:
    """Sets and reps a leg a day, what was said by hand beside them; a session that went on is one."""
    watch = see()
    who = watch.text("#shown > .hint")
    assert who == "Ann · bent-over kickback · 3 sessions · 1 of them gone on with after it broke off"
    assert watch.text(".banner") == "SIMULATED: no person made these movements."
    assert table(watch, "Day by day") == [
        ["24 Nov 2026 (simulated, gone on with after it broke off)", "2 sets, 13 reps", "1 set, 8 reps"],
        ["19 Nov 2026 (simulated)", "2 sets, 16 reps", "–"],
        ["16 Nov 2026 (simulated)", "1 set, 1 warm-up, 15 reps (16 measured)", "2 sets, 16 reps"],
    ]
    rows = table(watch, "Every set")
    assert [(row[0], row[1], row[2]) for row in rows[:3]] == [
        ("24 Nov 2026", "3", "Left leg"),
        ("24 Nov 2026", "2", "Right leg"),
        ("24 Nov 2026", "1", "Left leg"),
    ]
    (corrected,) = [row for row in rows if "band red" in row[-1]]
    assert corrected[3:5] == ["7", "8"]
    assert "1 × taken out by hand" in corrected[-1] and "effort 7" in corrected[-1]
    watch.all_well()


def test_the_week_is_held_against_the_recommendation(see: Any) -> None:
    watch = see()
    assert watch.text("h2") == "This week so far, 23 Nov to 29 Nov 2026"
    left, right = watch.page.locator(".card").all_inner_texts()
    for text in ("Days with training (aim 2–3)", "below", "Sets on each day: 2", "Reps of each set: 8, 5"):
        assert text in left
    assert "Sets on each day: 1" in right
    assert table(watch, "The weeks before") == [["16 Nov – 22 Nov 2026", "2", "1, 2", "7, 8, 8", "1", "2", "8, 8"]]
    assert "2 to 3 sets of 8 to 12 reps a leg" in watch.text(".cards + .hint")
    watch.all_well()


def test_each_measure_of_each_leg_is_drawn_over_the_days(see: Any) -> None:
    """A mark a set but warm-ups; the target wherever there is one, with a single set as well."""
    watch = see()
    figures = watch.page.locator("figure")
    assert figures.locator("figcaption").all_inner_texts() == [
        "Way down (eccentric)",
        "Squeeze (hold)",
        "Way up (concentric)",
        "Range of motion",
        "Turn of the leg at the top",
    ]
    for number in range(5):
        drawn = figures.nth(number)
        assert (drawn.locator("circle.left").count(), drawn.locator("rect.right").count()) == (5, 3)
        assert drawn.locator("path.target").count() == (1 if number < 3 else 0)
        assert "Left leg: 5 sets, first " in drawn.locator("svg").get_attribute("aria-label")
    assert "24 Nov 2026, Left leg, set 3: " in figures.nth(3).locator("circle.left title").last.text_content()
    choose(watch, "Bo")
    watch.until("document.querySelectorAll('circle.left').length === 5")
    across = watch.page.locator("path.target").first.bounding_box()
    assert across["width"] > watch.page.locator("svg").first.bounding_box()["width"] / 2
    choose(watch, "Sessions of nobody")
    watch.until("document.querySelectorAll('rect.unsaid').length === 5")
    assert "Leg not said" in watch.page.locator(".legend").inner_text()
    watch.all_well()


def test_left_and_right_stand_beside_their_index(see: Any, make: Make) -> None:
    """Both raw values, rounded once; on a day with one leg there is nothing to compare."""
    watch = see()
    rows = {row[0]: row[1:] for row in table(watch, "Left and right on 24 Nov 2026")}
    left = [rep.rom_deg for closed in (make(1, "left", 1.08), make(2, "left", 1.1, 5)) for rep in closed.reps]
    right = [rep.rom_deg for rep in make(1, "right").reps]
    means = [sum(side) / len(side) for side in (left, right)]
    assert rows["Range of motion"] == [*(f"{mean:.1f}°" for mean in means), f"{100 * min(means) / max(means):.0f}"]
    days = table(watch, "Left and right, day by day")
    assert [row[0] for row in days] == ["24 Nov 2026", "16 Nov 2026"]
    choose(watch, "Bo")
    watch.page.get_by_text("No day has sets of both legs yet.").wait_for()
    watch.all_well()


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_from_reading_the_history(see: Any, viewport: dict[str, int], scheme: str) -> None:
    """With all that can be opened open: axe finds nothing serious, and the page does not scroll sideways."""
    watch = see(viewport, color_scheme=scheme)
    watch.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert findings(watch.page) == []
    assert watch.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    watch.page.emulate_media(media="print")
    assert watch.page.locator(".cards").is_visible()
    watch.all_well()


def test_the_history_speaks_german(see: Any) -> None:
    watch = see()
    watch.page.evaluate("localStorage.setItem('kickback.language', 'de')")
    watch.page.reload()
    watch.page.locator("h2", has_text="Diese Woche bisher").wait_for()
    assert watch.page.locator("html").get_attribute("lang") == "de"
    assert "1 davon nach einem Abbruch fortgesetzt" in watch.text("#shown > .hint")
    assert "24. Nov. 2026 (simuliert, nach einem Abbruch fortgesetzt)" in watch.page.locator("#shown").inner_text()
    watch.all_well()


def test_one_comes_back_to_the_session(see: Any, url: str) -> None:
    watch = see()
    watch.page.get_by_role("link", name="Back to the session").click()
    watch.page.wait_for_url(url)
    watch.page.locator(".digits").wait_for()
    watch.page.get_by_role("link", name="History").click()
    watch.page.wait_for_url(f"{url}history")
    watch.all_well()


def test_a_phone_sees_the_history_of_this_sessions_person_alone(start: Any, look: Any, store: Store) -> None:
    """The command, asked for with a person: this computer sees everybody's."""
    if not lan_addresses():
        pytest.skip("this computer is in no network to invite somebody from")
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    running = start("live", "--virtual", "--leg", "left", "--store", store.path, "--person", "Bo", "--lan")
    control = running.until(r"To control: (http://\S+)")[1]
    near, far = look(f"{running.url}history"), look(control.replace("/?", "/history?"))
    far.page.locator("h2").first.wait_for()
    assert "Bo · " in far.text("#shown > .hint")
    assert far.page.get_by_label("Person").count() == 0
    near.page.locator("h2").first.wait_for()
    names = near.page.get_by_label("Person").locator("option").all_inner_texts()
    assert sorted(names) == ["Ann", "Bo", "Sessions of nobody"]
