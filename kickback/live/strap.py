"""Sensors made ready for a session: found, connected, said aloud, their files begun, their lanes on the stage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.params import Params
from analysis.pipeline import Pipeline
from analysis.presets import Exercise
from firmware_protocol.registry import Wish
from imu.blocks import Header, Recording, SampleBlock
from imu.client import LiveSensor, Times
from imu.link import LinkError, Radio
from imu.records import Kind, Record
from imu.status import Status
from kickback.live.board import Board
from kickback.live.files import SessionFiles, stem_of_session
from kickback.live.link import Watched, signal_word
from kickback.live.running import Course, Endable, unless_soon
from kickback.live.stage import Lane
from kickback.live.view import View
from kickback.live.watch import Watch
from kickback.live.worn import Worn

if TYPE_CHECKING:
    from kickback.lab.outlet import Lab


@dataclass(frozen=True)
class Plan:
    """What a session is to be.

    Attributes:
        worn: the sensors. params: what counts them, None when nothing is counted.
        wish: asked of each sensor. folder: where the files go.
        seconds: the longest that it lasts. played: what virtual sensors play.
        said: the options that another analysis of the raw files needs, as they are typed.
        times: how long the client waits for what. lab: is told everything too, None: nobody is.
    """

    worn: tuple[Worn, ...]
    params: Params | None
    wish: Wish
    folder: Path
    seconds: float | None = None
    played: Recording | None = None
    said: str = ""
    times: Times = field(default_factory=Times)
    lab: Lab | None = None

    @property
    def simulated(self) -> bool:
        """Whether no person makes the movements."""
        return self.played is not None and self.played.header.simulated

    @property
    def banners(self) -> tuple[str, ...]:
        """What every screen says."""
        if self.played is None:
            return ()
        return (f"VIRTUAL SENSOR: it plays {self.played.header.name}, nobody wears it",)


@dataclass
class Strapped:
    """One sensor on its way through the session.

    Attributes:
        worn: as asked for. sensor, params, lane, files, watch: its own. simulated: no person makes the movements.
        asked: whether it was ended from here, and not by itself. chosen: an exercise was chosen while it ran.
    """

    worn: Worn
    sensor: LiveSensor
    params: Params | None
    lane: Lane
    files: SessionFiles
    simulated: bool = False
    watch: Watch | None = None
    asked: bool = False
    chosen: bool = False

    @property
    def gone(self) -> bool:
        """Whether it was given up: it did not come back by itself, and nobody ended it."""
        return bool(self.sensor.status.text) and not self.asked

    async def stop(self) -> None:
        """End it in order."""
        self.asked = self.asked or self.sensor.status.state != "stopped"
        await self.sensor.stop()

    def course(self, number: int, view: View, also: Callable[[SampleBlock], None] | None = None) -> Course:
        """What is to be followed; ``number`` is the lane's, ``also`` takes each block once it is in the files."""
        params = self.params
        pipeline = None if params is None else lambda rate_hz: Pipeline(params, rate_hz)

        def keep(block: SampleBlock) -> None:
            self.files.take(block)
            if also is not None:
                also(block)

        self.watch = Watch(pipeline, view, number, keep=keep, shown=self.lane)
        return Course(self.sensor, self.watch, self.stop)

    def choose(self, exercise: Exercise) -> None:
        """Count it as another exercise, from its first sample on, and say so in its raw file.

        Raises:
            ValueError: it is too late.
        """
        assert self.params is not None and self.watch is not None
        params = replace(self.params, exercise=exercise)
        self.watch.choose(lambda rate_hz: Pipeline(params, rate_hz))
        self.params, self.lane.exercise, self.chosen = params, exercise.title, True
        self.lane.board.rejected = None
        self.files.keep(Record.of_facts(Kind.CHOSEN, time.monotonic_ns(), exercise=exercise.name))
        header = self.files.header
        self.files.header = replace(header, extra={**header.extra, "exercise": exercise.name})

    def close(self) -> None:
        """Close the files; the sensor is said as it is known in the end."""
        try:
            now = self.sensor.header()
        except RuntimeError:  # there was no block
            self.files.close()
        else:
            self.files.close(replace(now, extra=self.files.header.extra))


async def strap(
    radio: Radio,
    plan: Plan,
    stopping: asyncio.Event,
    say: Callable[[str], None],
    now: Callable[[], datetime] = datetime.now,
) -> list[Strapped]:
    """Find and connect all sensors, say what they are, begin their files.

    Args:
        radio: to find them with. plan: of the session. stopping: ends the search.
        say: takes a line for people. now: local time, for the files' names.

    Returns:
        The sensors; none when the search was ended.

    Raises:
        LinkError: a sensor is not there or cannot be connected; those that were are disconnected.
        KickbackError: a file cannot be made; likewise.
    """
    ready: list[Strapped] = []
    radio = Endable(radio, stopping)
    try:
        for worn in plan.worn:
            say(f"Looking for {worn.sensor or 'a sensor'} ...")
            sensor = LiveSensor(radio, worn.sensor, wish=plan.wish, facts=_facts(plan, worn), times=plan.times)
            try:
                await unless_soon(stopping, sensor.open())
            except LinkError:
                if not stopping.is_set():
                    raise
            if stopping.is_set():
                await sensor.stop()
                break
            for line in introduction(sensor.status, worn, plan.wish):
                say(line)
            ready.append(_begin(sensor, worn, plan, say, now))
    except BaseException:
        await _let_go(ready)
        raise
    if stopping.is_set():
        await _let_go(ready)
        return []
    return ready


async def _let_go(ready: Sequence[Strapped]) -> None:
    for each in ready:
        await each.stop()
        each.close()


def _begin(
    sensor: LiveSensor, worn: Worn, plan: Plan, say: Callable[[str], None], now: Callable[[], datetime]
) -> Strapped:
    status, params = sensor.status, plan.params
    leg = _leg(plan, worn)
    facts = _facts(plan, worn)
    stem = stem_of_session(status.label, leg, now())
    header = Header(
        stem,
        rate_hz=float(plan.wish.rate_hz),
        sensor=status.title,
        leg=leg,
        origin=facts.get("origin", f"live from a {status.title}"),
        simulated=plan.simulated,
        extra={key: facts[key] for key in ("exercise", "tempo") if key in facts},
    )
    files = SessionFiles(plan.folder, stem, header)
    sensor.keep = files.keep
    mine = None if params is None else worn.params(params)
    if mine is not None and not mine.legs and leg is not None:
        mine = Worn(None, (leg,)).params(mine)
    lane = Lane(
        status.label,
        Board((mine or Params()).tempo),
        leg,
        mine.exercise.title if mine else "",
        look=Watched(status, lambda: sensor.assembler, lambda: files.trouble),
    )
    return Strapped(worn, sensor, mine, lane, files, plan.simulated)


def _leg(plan: Plan, worn: Worn) -> str | None:
    """As it was said; of a virtual sensor, where nobody said it, as it is played."""
    if worn.legs:
        return worn.leg
    leg = plan.played.header.leg if plan.played is not None and len(plan.worn) == 1 else None
    return leg if leg in ("left", "right") else None


def _facts(plan: Plan, worn: Worn) -> dict[str, Any]:
    """For the SESSION record: what a later analysis of the raw file takes up."""
    facts: dict[str, Any] = {"leg": _leg(plan, worn)}
    if plan.params is not None:
        facts |= {"exercise": plan.params.exercise.name, "tempo": str(plan.params.tempo)}
    if plan.played is not None:
        facts["simulated"] = plan.simulated
        facts["origin"] = f"a virtual sensor that plays {plan.played.header.name}: {plan.played.header.origin or '?'}"
    return facts


def introduction(status: Status, worn: Worn, wish: Wish) -> list[str]:
    """Which sensor it is, how it is, and what to put right before the set."""
    battery = "unknown" if status.battery_percent is None else f"{status.battery_percent} %"
    rate_hz = status.rate_hz or wish.rate_hz
    leg = f", {' then '.join(worn.legs)} leg" if worn.legs else ""
    serial = f", serial {status.serial}" if status.serial else ""
    lines = [
        f"{status.label}: {status.title or 'a sensor'}{serial}{leg}",
        f"  battery {battery}, signal {signal_word(status.rssi_dbm)}, {rate_hz:.4g} samples a second",
    ]
    return lines + [f"  {doubt}" for doubt in (*status.warnings, *status.doubts)]
