"""Two sensors, one a leg: each lane counts for itself, is corrected for itself, and both change legs together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imu.simulate import simulate
from kickback import analyze
from recordings import write_csv

LEGS = ("left", "right")
TEMPO = "1-0-1-1"
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}
GRAVE = ("serious", "critical")
PLACES = "all => all.map(each => each.getBoundingClientRect().toJSON()).filter(each => each.width > 0)"
"""Where the elements lie that are shown."""


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three quick reps and ten seconds more, simulated: there is time to say something before the set closes."""
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    whole = simulate("fast", seed=13, reps=3).recording()
    begin_s = whole.header.start_s + 22.0
    path = tmp_path_factory.mktemp("longer") / "longer.csv"
    write_csv(whole.between(begin_s, begin_s + 16.0), path)
    return path


def live(played: Path) -> tuple[str | Path, ...]:
    """The command, with two virtual sensors that play the same."""
    legs = [word for leg in LEGS for word in ("--leg", leg)]
    return ("live", "--virtual", "--replay", played, *legs, "--tempo", TEMPO, "--store", "store.sqlite3")


def counted(watch: Any, left: int, right: int) -> None:
    """Wait until these stand large."""
    watch.until(f"[...document.querySelectorAll('.digits')].map(each => each.textContent).join() === '{left},{right}'")


def headed(watch: Any, left: str, right: str) -> None:
    """Wait until these are the lanes' legs."""
    names = f"{left},{right}"
    watch.until(f"[...document.querySelectorAll('h2.leg')].map(each => each.textContent).join() === '{names}'")


def choose(watch: Any, name: str) -> None:
    """Which sensor the controls are about."""
    group = watch.page.get_by_role("group", name="Sensor", exact=True)
    group.get_by_role("button", name=name, exact=True).click()
    pressed = group.locator("button[aria-pressed=true]")
    assert pressed.all_inner_texts() == [name]


def closed_of(watch: Any, lane: int) -> dict[str, Any]:
    """A lane's one closed set, as the server said it last."""
    last: dict[str, Any] = watch.page.evaluate(f"window.kickback.state.lanes[{lane}].closed.at(-1)")
    return last


def test_each_lane_counts_and_is_corrected_for_itself(start: Any, look: Any, longer: Path, tmp_path: Path) -> None:
    """Until the end, and then against the raw file of each sensor."""
    watch = look(start(*live(longer)).url, viewport=LAPTOP)
    headed(watch, "Left leg", "Right leg")
    counted(watch, 3, 3)
    choose(watch, "Right leg")
    watch.press("Add a rep")
    counted(watch, 3, 4)
    choose(watch, "Left leg")
    watch.page.locator(".lane").first.get_by_role("button", name="Delete rep 2", exact=True).click()
    counted(watch, 2, 4)
    watch.press("Next leg")
    headed(watch, "Right leg", "Left leg")
    watch.until("document.querySelectorAll('.sets-list li').length === 2")
    assert [closed_of(watch, lane)["leg"] for lane in (0, 1)] == ["left", "right"], "from the next set on"
    headed(watch, "Right leg", "Left leg")
    watch.page.evaluate("window.kickback.send({do: 'leg', lane: 1, leg: 'left', set: 1})")
    watch.until("window.kickback.state.lanes[1].closed.at(-1).leg === 'left'")
    assert closed_of(watch, 0)["leg"] == "left", "a set's leg is corrected for its own lane"
    watch.until("window.heard.some(each => each.type === 'ended' && each.files.length > 0)")
    for lane, (leg, shown) in enumerate(zip(LEGS, (2, 4), strict=True)):
        (raw,) = (tmp_path / "kickback-sessions").glob(f"*{leg}.kbraw")
        (offline,) = analyze(raw, leg=leg, tempo=TEMPO).closed
        told = closed_of(watch, lane)
        assert (told["count"], told["shown"]) == (len(offline.reps), shown)
        measured = [(rep["rep"], rep["rom_deg"]) for rep in told["reps"] if not rep["added"]]
        assert measured == [(rep.rep, pytest.approx(rep.rom_deg, abs=0.06)) for rep in offline.reps]
        signs = [rep["turn_deg"] > 0 for rep in told["reps"] if not rep["added"]]
        assert signs == [rep.axial_rotation_deg > 0 for rep in offline.reps]
    watch.all_well()


@pytest.mark.parametrize(("viewport", "across"), [(PHONE, False), (LAPTOP, True)], ids=["phone", "laptop"])
def test_two_lanes_stand_apart_and_can_be_read_by_all(
    start: Any, look: Any, longer: Path, viewport: dict[str, int], across: bool
) -> None:
    """Side by side, or one below the other; nothing lies on another thing, scrolls sideways, or troubles axe."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed to judge with")
    watch = look(start(*live(longer)).url, viewport=viewport)
    counted(watch, 3, 3)
    boxes = watch.page.locator(".card, #controls, #sound").evaluate_all(PLACES)
    assert len(boxes) == 8
    overlaps = [(one, other) for one in boxes for other in boxes if one is not other and on_one_another(one, other)]
    assert overlaps == []
    left, right = watch.page.locator(".hero").evaluate_all(PLACES)
    assert (left["y"] == right["y"], left["x"] == right["x"]) == (across, not across)
    assert watch.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    large = watch.page.locator(".digits, .phase, .word-big")
    assert all(large.evaluate_all("all => all.map(each => each.scrollWidth <= each.parentElement.clientWidth + 1)"))
    found = axe.Axe().run(watch.page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in GRAVE] == []
    watch.all_well()


def on_one_another(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes share more than an edge."""
    return all(
        one[start] + one[size] > other[start] + 0.5 and other[start] + other[size] > one[start] + 0.5
        for start, size in (("x", "width"), ("y", "height"))
    )
