"""A viewer of the page, written in Python: it keeps what the messages say, as the page in the browser does."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from analysis.params import Params, Tempo
from analysis.results import Event
from imu.blocks import Recording
from kickback.live.link import LinkNow
from kickback.live.stage import Lane, Stage
from kickback.page.model import PageModel
from kickback.page.shapes import MESSAGES, SHAPES, TRAIL_S, Message
from kickback.session import for_recording, load, pipeline_for
from recordings import shipped_path

Batch = tuple[Event, ...]
SET_NOW_OF_PROGRESS = ("count", "shown", "candidates", "number", "unconfirmed")
PARTS = {
    **SHAPES,
    "END": {"files": "[str]", "text": "str", "said": "[SAID]"},
    "LEG": {"lane": "int", "leg": "str?"},
    "EXERCISE": {"name": "str", "title": "str"},
}
PLAIN: dict[str, tuple[type, ...]] = {"int": (int,), "num": (int, float), "str": (str,), "bool": (bool,)}


def follow(state: Message, message: Message) -> None:
    """What a viewer does with a message. ``state`` is a snapshot."""
    kind = message["type"]
    lane = state["lanes"][message["lane"]] if "lane" in message else {}
    if kind == "progress":
        lane["now"] = message
        lane["set"].update({key: message[key] for key in SET_NOW_OF_PROGRESS})
        trail = lane["trail"]
        if trail and message["t"] < trail[-1][0]:
            trail.clear()
        trail.append([message["t"], message["angle_deg"], message["phase"]])
        lane["trail"] = [point for point in trail if point[0] >= message["t"] - TRAIL_S]
    elif kind in ("rep", "set", "corrected"):
        lane["set"], lane["leg"] = message["set_now"], message["set_now"]["leg"]
        if kind == "rep":
            lane["rejected"] = None
        elif kind == "set":
            lane["closed"].append(message["set"])
        else:
            lane["closed"] = message["closed"]
    elif kind == "rejected":
        lane["rejected"] = {key: message[key] for key in SHAPES["REJECTED"]}
    elif kind in ("link", "warning"):
        lane[kind] = message[kind]
    elif kind == "settings":
        state["target"] = message["target"]
        for each in message["lanes"]:
            state["lanes"][each["lane"]]["leg"] = each["leg"]
    elif kind == "exercise":
        state.update({key: message[key] for key in ("exercise", "exercise_name")})
        for each in state["lanes"]:
            each["rejected"] = None
    elif kind == "banners":
        state.update({key: message[key] for key in ("banners", "said")})
    elif kind == "ended":
        state["ended"], state["end"] = True, {key: message[key] for key in ("files", "text", "said")}
    else:
        assert kind == "cue"


def fault(value: object, kind: str) -> str | None:
    """What is wrong with a value that should be of a kind, None when nothing is."""
    if kind.endswith("?"):
        return None if value is None else fault(value, kind[:-1])
    if kind == "[POINT]":
        assert isinstance(value, list)
        return next((str(point) for point in value if fault(point[1], "num?") or len(point) != 3), None)
    if kind.startswith("["):
        return next(filter(None, (fault(each, kind[1:-1]) for each in value)), None)  # type: ignore[attr-defined]  # a list
    if kind == "VALUES":
        return next(filter(None, map(misplaced, value.values())), None)  # type: ignore[attr-defined]  # a mapping
    if kind in PLAIN:
        fits = isinstance(value, PLAIN[kind]) and (kind == "bool" or not isinstance(value, bool))
        return None if fits else f"{value!r} is no {kind}"
    return misfit(value, PARTS[kind])


def misplaced(value: object) -> str | None:
    """What is wrong with a value of SAID: text, a number, or another SAID."""
    return fault(value, "SAID" if isinstance(value, dict) else "str" if isinstance(value, str) else "num")


def misfit(value: Any, fields: dict[str, str]) -> str | None:
    if set(value) != set(fields):
        return f"{sorted(set(value) ^ set(fields))} of {value}"
    return next((f"{name}: {said}" for name, kind in fields.items() if (said := fault(value[name], kind))), None)


def sound(message: Message) -> Message:
    """The message as it arrives, after a look at its shape."""
    assert misfit(message, MESSAGES[message["type"]]) is None
    return dict(json.loads(json.dumps(message, allow_nan=False)))


class Viewers:
    """One viewer from the beginning; whoever joins later must see the same, after every message."""

    def __init__(self, model: PageModel, batches: Sequence[Sequence[Batch]]) -> None:
        self.model = model
        self.state = sound(model.snapshot())
        self.messages: list[Message] = []
        self._coming: list[Iterator[Batch]] = [iter(mine) for mine in batches]

    def told(self, messages: Iterable[Message]) -> list[Message]:
        arrived = [sound(message) for message in messages]
        self.messages += arrived
        for message in arrived:
            follow(self.state, copy.deepcopy(message))
        assert self.state == sound(self.model.snapshot())
        return arrived

    def take(self, events: Sequence[Event], lane: int = 0) -> list[Message]:
        return self.told(self.model.take(events, lane))

    def play(self, most: int | None = None, lane: int = 0) -> bool:
        """Take what comes of a lane, to its end or so many batches; whether there were any."""
        found = False
        for number, batch in enumerate(self._coming[lane], 1):
            self.take(batch, lane)
            found = True
            if number == most:
                break
        return found

    def until(self, enough: Callable[[Event], bool]) -> None:
        """Take what comes up to such an event."""
        for batch in self._coming[0]:
            self.take(batch)
            if any(map(enough, batch)):
                return
        raise AssertionError("there is no such event")

    def do(self, do: str, lane: int = 0, **more: Any) -> list[Message]:
        return self.told(self.model.command({"do": do, "lane": lane, **more}))

    def cues(self, name: str | None = None) -> list[tuple[str, int | None]]:
        said = [message for message in self.messages if message["type"] == "cue"]
        return [(each["cue"], each["number"]) for each in said if name in (None, each["cue"])]

    def lane(self, number: int = 0) -> Message:
        return dict(self.state["lanes"][number])

    @property
    def set_now(self) -> Message:
        return dict(self.lane()["set"])

    @property
    def closed(self) -> Message:
        """The first closed set."""
        return dict(self.lane()["closed"][0])


@cache
def heard(trace: str, size: int) -> tuple[Recording, Params, tuple[Batch, ...]]:
    """The events of a shipped trace, block by block."""
    recording = load(shipped_path(trace))
    params = for_recording(Params(), recording)
    pipeline = pipeline_for(recording, params)
    batches = [tuple(pipeline.push(block)) for block in recording.blocks(size)]
    return recording, params, (*filter(None, batches), tuple(pipeline.finish()))


@pytest.fixture(scope="session")
def page_of() -> Callable[..., Viewers]:
    """Viewers of a page with a lane for each trace; ``look``, ``size`` of the blocks, ``records`` to begin with."""

    def make(
        *traces: str,
        look: Callable[[], LinkNow] | None = None,
        size: int = 13,
        records: Sequence[Mapping[str, Any]] = (),
    ) -> Viewers:
        lanes = []
        for trace in traces:
            recording, params, _ = heard(trace, size)
            lane = Lane.of(recording.header, params)
            lane.look = look
            lanes.append(lane)
        stage = Stage(lanes, ("REPLAY of it, not live",), simulated=True)
        ticks = iter(range(1_000_000))
        model = PageModel(
            stage,
            Tempo(),
            exercise="Kickback",
            live=False,
            now=lambda: f"tick {next(ticks)}",
            name="kickback",
            exercises={"kickback": "Kickback", "other": "Another"},
        )
        model.recall(records)
        return Viewers(model, [heard(trace, size)[2] for trace in traces])

    return make


@pytest.fixture(scope="session")
def events_of() -> Callable[..., list[Event]]:
    """All events of a trace."""
    return lambda trace, size=13: [event for batch in heard(trace, size)[2] for event in batch]
