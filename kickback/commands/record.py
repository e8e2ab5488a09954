"""``kickback record``: keep what a sensor sends, and count nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from analysis.results import Event
from imu.link import LinkError
from kickback.commands.analyze import plain_console
from kickback.commands.live import ended_early, hold, say_gone
from kickback.errors import EXIT_BAD_FILE, KickbackError
from kickback.live.air import Air
from kickback.live.notice import link_line
from kickback.live.panes import banner
from kickback.live.stage import Stage
from kickback.live.strap import Plan
from kickback.live.view import LineView, View, look_at
from kickback.words import clock


class StateView:
    """A few lines on a terminal that say how the recording goes.

    Args:
        console: a terminal. stage: what is shown.
    """

    def __init__(self, console: Console, stage: Stage) -> None:
        self._stage = stage
        self._console = console
        self._live = Live(Text(), console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def take(self, events: Sequence[Event], lane: int = 0) -> None:
        """Nothing is counted."""

    def look(self) -> None:
        """Draw it anew; what is news stays above."""
        for lane in self._stage.lanes:
            for line in look_at(lane):
                self._console.print(Text(line, style="yellow"), soft_wrap=True)
        self._live.update(self.drawn(self._console.width), refresh=True)

    def drawn(self, width: int) -> Group:
        """Banners, then two lines a sensor."""
        lines = [banner(line, width) for line in self._stage.lines]
        for lane in self._stage.lanes:
            at_s = lane.second(lane.stop) if lane.stop else 0.0
            leg = f"  {lane.leg} leg" if lane.leg else ""
            lines.append(
                Text.assemble(("recording ", "bold red"), (lane.name, "bold"), f"{leg}  {clock(at_s)}   Ctrl-C ends")
            )
            if lane.link is not None:
                lines.append(link_line(lane.link, width))
        return Group(*lines)


def _view(console: Console, stage: Stage) -> View:
    return StateView(console, stage) if console.is_terminal else LineView(console, stage)


def record(plan: Plan, air: Air) -> int:
    """Record until Ctrl-C, the time, or the end of the sensor.

    Returns:
        The exit code: 0; 1 when a sensor was gone for good; 130 when it was ended before it began.

    Raises:
        KickbackError: there is no Bluetooth, no sensor, or no place for the files.
    """
    console = plain_console()
    try:
        strapped = asyncio.run(hold(plan, air, console, _view))
    except LinkError as error:
        raise KickbackError(str(error)) from error
    if not strapped:
        return ended_early()
    for each in strapped:
        at_s = each.lane.second(each.lane.stop) if each.lane.stop else 0.0
        lost = each.sensor.assembler.tally.lost if each.sensor.assembler else 0
        rows = f"{clock(at_s)}, {lost} samples lost" if lost else clock(at_s)
        console.print(f"{each.lane.name}: {rows}", markup=False, soft_wrap=True)
        console.print(each.files.told, markup=False, soft_wrap=True)
    return EXIT_BAD_FILE if say_gone(strapped) else 0
