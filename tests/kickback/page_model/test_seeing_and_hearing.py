"""What is to be seen and heard: each event once, and nothing that flickers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from analysis.results import Progress, Rejected
from kickback.live.link import LinkNow
from kickback.page.cues import CUES, LEAST_WARNING_S
from kickback.page.shapes import TRAIL_S, Message

PageOf = Callable[..., Any]


def test_a_warning_stays_its_time_and_does_not_flicker(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.play()
    seen: list[tuple[float, str | None]] = []
    now_s = 0.0
    for message in viewers.messages:
        if message["type"] == "progress":
            now_s = message["t"]
        elif message["type"] == "warning":
            seen.append((now_s, message["warning"] and message["warning"]["kind"]))
    assert {kind for _, kind in seen} == {"hip_rotation", "rushed", None}
    for (from_s, before), (to_s, after) in pairwise(seen):
        if after is None or (before, after) == ("hip_rotation", "rushed"):
            assert to_s - from_s >= LEAST_WARNING_S - 0.15
    texts = [message["warning"] for message in viewers.messages if message["type"] == "warning"]
    shown = next(warning for warning in texts if warning and warning["kind"] == "hip_rotation")
    assert shown["text"].startswith("HIP ROTATION")
    assert shown["value"] > 5
    assert seen[-1][1] is None, "it goes when the set is over"


def test_each_event_is_heard_once(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.play()
    cues = viewers.cues()
    assert {name for name, _ in cues} <= set(CUES)
    assert [number for _, number in viewers.cues("count")] == [3, 4, 5, 6, 7, 8]
    assert viewers.cues("set_done") == [("set_done", 1)]
    flagged = [
        message["rep"]["flags"]
        for message in viewers.messages
        if message["type"] == "rep" and message["rep"]["rep"] > 2
    ]
    assert len(viewers.cues("hips")) == sum("hip rotation" in flags for flags in flagged)
    assert len(viewers.cues("slower")) == sum("rushed" in flags and "hip rotation" not in flags for flags in flagged)
    said = [name for name, _ in cues[cues.index(("count", 3)) + 1 : cues.index(("count", 8))] if name != "slower"]
    assert " ".join(said).split("count")[0].split() == ["hold", "down"], "once in rep 4"
    assert said.count("hold") == 5, "one squeeze for each of the reps 4 to 8"


def test_the_link_is_told_when_it_changes_and_heard_when_it_goes_and_comes(page_of: PageOf) -> None:
    now = LinkNow("streaming", at_s=1.0, battery_percent=80, rssi_dbm=-70, age_s=0.05, rate_hz=60.0)
    looks = {"now": now}
    viewers = page_of("clean_set", look=lambda: looks["now"])
    assert viewers.lane()["link"] is None
    (lane,) = viewers.state["lanes"]

    def look(**changes: Any) -> list[Message]:
        looks["now"] = replace(looks["now"], **changes)
        return list(viewers.told(viewers.model.look()))

    (first,) = look()
    assert (first["link"]["signal"], first["link"]["level"], first["link"]["old"]) == ("good", "ok", False)
    assert look(at_s=1.1, age_s=0.2) == []
    lost = look(at_s=3.0, state="lost", age_s=1.5)
    assert [message["type"] for message in lost] == ["link", "cue"]
    assert (lost[0]["link"]["level"], lost[0]["link"]["key"], lost[0]["link"]["away_s"]) == ("bad", "lost", 1)
    assert look(at_s=3.1, age_s=1.6) == []
    assert [message["type"] for message in look(at_s=4.1, age_s=2.6)] == ["link"]
    look(at_s=5.0, state="streaming", age_s=0.0, backfilled=180)
    back = look(at_s=5.6)
    assert lane["link"]["key"] == "back"
    assert "3.0 s back-filled" in lane["link"]["text"]
    assert viewers.cues() == [("lost", None), ("back", None)]
    assert back
    look(at_s=20.0, battery_percent=9, warnings=("The battery of it is low (9 %): charge it before the set.",))
    link = lane["link"]
    assert (link["level"], link["battery_low"], "charge it" in link["text"]) == ("warn", True, True)


def test_a_poor_calibration_says_so_and_what_to_do(page_of: PageOf) -> None:
    viewers = page_of("two_legs_walking")
    viewers.play()
    for closed in viewers.lane()["closed"]:
        calibration = closed["calibration"]
        assert calibration["sentence"]
        assert calibration["poor"] == (calibration["quality"] < 0.5)


def test_rest_is_told_from_the_end_of_the_set(page_of: PageOf) -> None:
    viewers = page_of("hip_rotation")
    viewers.play()
    now, lane = viewers.set_now, viewers.lane()
    assert now["resting"]
    assert now["rest_from_s"] == lane["closed"][0]["end_s"]
    assert lane["now"]["rest_s"] == pytest.approx(lane["now"]["t"] - now["rest_from_s"], abs=0.06)


def test_what_was_not_counted_is_told_while_it_can_be_seen(page_of: PageOf, events_of: PageOf) -> None:
    viewers = page_of("messy_real_life")
    viewers.play()
    times = {message["at_s"] for message in viewers.messages if message["type"] == "rejected"}
    at_s, old, fresh = float("nan"), 0, set()
    for event in events_of("messy_real_life"):
        if isinstance(event, Progress):
            at_s = event.time_s
        elif isinstance(event, Rejected):
            old += at_s - event.end_s > TRAIL_S
            if not at_s - event.end_s > TRAIL_S:
                fresh.add(round(event.start_s, 3))
    assert times == fresh
    assert old
    assert fresh
