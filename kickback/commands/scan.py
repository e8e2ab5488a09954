"""``kickback scan``: the sensors in reach, and what Kickback knows of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from imu.finding import Sighting, scan
from imu.link import LinkError
from imu.status import LOW_BATTERY_PERCENT
from kickback.commands.analyze import plain_console
from kickback.document import to_json
from kickback.errors import EXIT_BAD_FILE, KickbackError
from kickback.live.air import Air
from kickback.live.link import signal_word
from kickback.live.running import Endable, endings, unless_soon
from kickback.words import UNKNOWN, many

NONE = (
    "No sensor found. Switch it on, bring it near, and end other programs and phones that are connected to it: "
    "a sensor that is connected does not show itself."
)


def scan_for(air: Air, seconds: float, as_json: bool) -> int:
    """Look around and print what is there.

    Returns:
        The exit code: 0, or 1 when no sensor that Kickback knows is in reach.

    Raises:
        KickbackError: there is no Bluetooth, or the scan failed.
    """
    console = plain_console()
    say = "" if as_json else f"Looking for {seconds:g} s ..."
    try:
        seen = asyncio.run(_scan(air, seconds, lambda: console.print(say) if say else None))
    except LinkError as error:
        raise KickbackError(str(error)) from error
    sensors = [one for one in seen if one.codec is not None]
    if as_json:
        print(to_json({"virtual": air.played is not None, "sensors": [asdict(one) for one in seen]}), end="")
    else:
        _print(console, sensors, len(seen) - len(sensors), air.played is not None)
    return 0 if sensors else EXIT_BAD_FILE


async def _scan(air: Air, seconds: float, begin: Callable[[], None]) -> list[Sighting]:
    stopping = asyncio.Event()
    with endings(stopping.set):
        begin()
        async with air.open() as radio:
            try:
                seen = await unless_soon(stopping, scan(Endable(radio, stopping), seconds))
            except LinkError:
                if not stopping.is_set():
                    raise
    if stopping.is_set():
        raise KeyboardInterrupt
    return seen or []


def _print(console: Console, sensors: Sequence[Sighting], others: int, virtual: bool) -> None:
    if virtual:
        console.print("VIRTUAL SENSOR: in this process, nobody wears it.", style="bold yellow")
    if sensors:
        console.print(table(sensors))
    else:
        console.print(NONE, soft_wrap=True)
    if others:
        console.print(f"{many(others, 'other Bluetooth device')} that Kickback does not know.", style="dim")
    for one in sensors:
        for line in (*one.doubts, *([one.trouble] if one.trouble else [])):
            console.print(f"{label(one)}: {line}", style="yellow", markup=False, soft_wrap=True)


def label(one: Sighting) -> str:
    """The name, or the serial number, or neither."""
    return one.name or one.serial or "without a name"


def table(sensors: Sequence[Sighting]) -> Table:
    """One line a sensor, the strongest signal first."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("name", "serial", "signal", "battery", "kind"):
        made.add_column(heading, overflow="fold")
    for one in sensors:
        low = one.battery_percent is not None and one.battery_percent < LOW_BATTERY_PERCENT
        battery = UNKNOWN if one.battery_percent is None else f"{one.battery_percent} %"
        made.add_row(
            Text(one.name or UNKNOWN, style="bold"),
            Text(one.serial or UNKNOWN),
            signal_word(one.rssi_dbm),
            Text(f"{battery}, charge it" if low else battery, style="bold yellow" if low else ""),
            Text(one.title or UNKNOWN),
        )
    return made
