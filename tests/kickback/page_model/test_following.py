"""Whoever joins sees what those see who followed from the beginning; the protocol's page tells the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.results import Rep, SetClosed
from kickback.page.corrections import COMMANDS, BadCommand
from kickback.page.cues import CUES
from kickback.page.shapes import MESSAGES, SHAPES, TRAIL_S

PageOf = Callable[..., Any]


@pytest.mark.parametrize("trace", ["hip_rotation", "two_legs_walking", "pulses"])
def test_who_joins_sees_what_those_see_who_followed(trace: str, page_of: PageOf, events_of: PageOf) -> None:
    viewers = page_of(trace)
    viewers.play()
    expected = events_of(trace)
    reps = [event for event in expected if isinstance(event, Rep)]
    assert len([message for message in viewers.messages if message["type"] == "rep"]) == len(reps)
    assert [one["count"] for one in viewers.lane()["closed"]] == [
        len(event.reps) for event in expected if isinstance(event, SetClosed)
    ]
    viewers.told(viewers.model.end(["monday.kbraw"], "All is written."))
    assert viewers.state["ended"]


def test_the_trail_is_the_last_ten_seconds(page_of: PageOf) -> None:
    viewers = page_of("clean_set")
    viewers.play()
    trail = viewers.lane()["trail"]
    assert TRAIL_S - 0.2 < trail[-1][0] - trail[0][0] <= TRAIL_S
    assert {phase for _, _, phase in trail} <= {"rest", "concentric", "hold", "eccentric"}


def test_two_lanes_are_told_apart(page_of: PageOf) -> None:
    viewers = page_of("clean_set", "hip_rotation")
    while viewers.play(1, 0) and viewers.play(1, 1):
        pass
    left, right = viewers.state["lanes"]
    assert (left["lane"], right["lane"]) == (0, 1)
    assert left["now"]["t"] != right["now"]["t"]
    assert {message["lane"] for message in viewers.messages if message["type"] == "cue"} == {0, 1}


SAID = st.sampled_from(
    [
        *[{"do": do} for do in ("next_leg", "stop", "add_rep", "undo", "undo", "restart_set", "start")],
        *[{"do": "leg", "leg": leg} for leg in ("left", "right")],
        *[{"do": "delete_rep", "rep": rep} for rep in (1, 2, 3, -1)],
        {"do": "delete_rep", "set": 1, "rep": 2},
        {"do": "start", "count_in_s": 0},
        {"do": "tempo", "tempo": "4-0-1-2"},
        {"do": "warm_up", "on": True},
        {"do": "warm_up", "on": False, "set": 1},
        {"do": "leg", "leg": "left", "set": 1},
        {"do": "note", "band": "red"},
        {"do": "note", "effort": 7},
    ]
)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1), SAID), max_size=25), st.booleans())
def test_what_people_say_never_touches_what_was_measured(
    page_of: PageOf, events_of: PageOf, said: list[tuple[int, int, dict[str, Any]]], two: bool
) -> None:
    traces = ("two_legs_walking", "hip_rotation")[: 1 + two]
    viewers = page_of(*traces, size=400)
    number = done = 0
    while sum(viewers.play(1, lane) for lane in range(len(traces))):
        for _, lane, command in (each for each in said if each[0] == number):
            try:
                viewers.told(viewers.model.command({"lane": lane % len(traces), **command}))
                done += 1
            except BadCommand as error:
                assert str(error).splitlines() == [str(error)]
        number += 1
    closed = [event for trace in traces for event in events_of(trace, 400) if isinstance(event, SetClosed)]
    assert [one.closed for one in viewers.model.sets()] == closed
    records = viewers.model.corrections.records
    assert [record["id"] for record in records] == list(range(1, done + 1))
    assert json.loads(json.dumps(records, allow_nan=False)) == records
    for lane in range(len(traces)):
        while viewers.model.corrections.last(lane) is not None:
            viewers.do("undo", lane)
    for lane in range(len(traces)):
        assert all(one["shown"] == one["count"] for one in viewers.lane(lane)["closed"])


@pytest.mark.parametrize("name", [*MESSAGES, *SHAPES])
def test_the_page_of_the_protocol_has_every_field(name: str, root: Path) -> None:
    fields = {**MESSAGES, **SHAPES}[name]
    page = (root / "docs" / "page_protocol.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith((f"| `{name}` |", f"| {name} |")))
    cell = row.split("|")[2]
    if name == "progress":
        assert cell.strip() == "PROGRESS"
        return
    expected = [f"`{field}` {kind}" for field, kind in fields.items() if field != "type"]
    assert [part.strip() for part in cell.split(",")] == expected


def test_the_page_of_the_protocol_has_every_cue_and_command(root: Path) -> None:
    page = (root / "docs" / "page_protocol.md").read_text(encoding="utf-8")
    assert {name for name in (*CUES, *COMMANDS) if f"`{name}`" not in page} == set()
