"""A session's streams: filled with its blocks and its events, beside the terminal and the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from analysis.results import Event, Progress, Rejected, Rep, SetClosed
from imu.blocks import Header, SampleBlock
from kickback.document import plain
from kickback.errors import one_line
from kickback.lab.clock import ArrivalClock
from kickback.lab.facts import PHASES, events_of, progress_of, samples_of
from kickback.lab.lsl import Layer, Opened
from kickback.live.passing import PassingView
from kickback.live.view import View


class Lane:
    """One sensor's three streams. They are made with its first block: only then is its rate known."""

    def __init__(self, layer: Layer, name: str, header: Header) -> None:
        self._layer, self._name, self._header = layer, name, header
        self._clock: ArrivalClock | None = None
        self._samples: Opened | None = None
        self._events: Opened | None = None
        self._progress: Opened | None = None

    def take(self, block: SampleBlock) -> None:
        """Send a block as it came; samples that were lost before it as rows of NaN."""
        now_s = self._layer.now_s()
        if self._clock is None:
            self._clock = ArrivalClock(block.rate_hz)
            self._samples = self._layer.open(samples_of(self._name, self._header, block.rate_hz))
            self._events = self._layer.open(events_of(self._name, self._header))
            self._progress = self._layer.open(progress_of(self._name, self._header))
        assert self._samples is not None
        first = block.start - block.missing_before
        self._clock.arrived(first, block.stop, now_s)
        values = np.full((block.stop - first, 6), np.nan)
        values[block.missing_before :] = np.hstack([block.acc_mps2, block.gyr_radps])
        if len(values):
            self._samples.push(values, self._clock.at(0) + np.arange(first, block.stop) / block.rate_hz)

    def tell(self, events: Sequence[Event]) -> None:
        """Send what became known."""
        if self._clock is None or self._events is None or self._progress is None:
            return
        texts, stamps_s = [], []
        for event in events:
            if isinstance(event, Progress):
                numbers = (PHASES.index(event.phase), event.angle_deg, event.count, event.candidates, event.set)
                row = np.array([[*numbers, event.phase_s, event.rotation_deg]], dtype=np.float64)
                self._progress.push(row, np.array([self._clock.at(event.at)]))
            else:
                texts.append(json.dumps(document(event), allow_nan=False))
                stamps_s.append(self._clock.at(event.end))
        self._events.say(texts, stamps_s)


def document(event: Rep | SetClosed | Rejected) -> dict[str, Any]:
    """An event as JSON knows it; seconds are those of the sensor's own clock, from its first sample."""
    told: dict[str, Any]
    if isinstance(event, Rep):
        told = {"event": "rep", **event.row()}
    elif isinstance(event, SetClosed):
        head = {"event": "set", "set": event.set, "leg": event.leg, "start_s": event.start_s, "end_s": event.end_s}
        told = {**head, "reason": event.reason, "uncertain": event.uncertain, "reps": [rep.row() for rep in event.reps]}
    else:
        span = {"start_s": event.start_s, "end_s": event.end_s, "excursion_deg": event.excursion_deg}
        told = {"event": "not_counted", **span, "reason": event.reason.value}
    result: dict[str, Any] = plain("", told)
    return result


class Lab:
    """All streams of a session.

    Args:
        layer: makes them.

    Attributes:
        fault: why nothing is sent any more, one line; empty while all is well. The session goes on in any case.
    """

    def __init__(self, layer: Layer) -> None:
        self.fault = ""
        self._layer = layer
        self._lanes: list[Lane] = []

    def join(self, sensors: Sequence[tuple[str, Header]]) -> list[str]:
        """The sensors are there; each with its name and what is known of it. What their streams are called."""
        names = names_of(sensors)
        self._lanes = [Lane(self._layer, name, header) for name, (_, header) in zip(names, sensors, strict=True)]
        return names

    def taker(self, lane: int) -> Callable[[SampleBlock], None]:
        """What takes a lane's blocks before they are looked at."""
        return lambda block: self._guarded(lambda: self._lanes[lane].take(block))

    def tell(self, events: Sequence[Event], lane: int) -> None:
        """Send a lane's events."""
        self._guarded(lambda: self._lanes[lane].tell(events))

    def remarks(self) -> list[str]:
        """What is to be known at the end, a line each."""
        return [f"LSL got nothing any more: {self.fault}; the files have everything"] if self.fault else []

    def _guarded(self, send: Callable[[], None]) -> None:
        if self.fault:
            return
        try:
            send()
        except Exception as error:  # noqa: BLE001  # a fault of the lab's network must never end a person's session
            self.fault = f"{type(error).__name__}: {one_line(error)}"


def names_of(sensors: Sequence[tuple[str, Header]]) -> list[str]:
    """A name for each sensor's streams, by which they are found again: no two are called the same."""
    names: list[str] = []
    for name, header in sensors:
        said = name if name.lower().startswith("kickback") else f"Kickback {name}"
        if header.leg and header.leg not in said.lower():
            said += f" {header.leg}"
        names.append(said if said not in names else f"{said} {len(names) + 1}")
    return names


class LabView(PassingView):
    """A :class:`kickback.live.view.View` that passes all on to another one, and to the lab.

    Args:
        inner: the view that is shown; it comes first. lab: is told the same.
    """

    def __init__(self, inner: View, lab: Lab) -> None:
        super().__init__(inner)
        self._lab = lab

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Show what just became known of a lane, and send it."""
        self._inner.take(events, lane)
        self._lab.tell(events, lane)
