"""Whether a link loses samples, and what each injected fault costs: virtual sensors, bleak, the live client.

    python benchmarks/link.py [--seconds S] [--ways A B] [--out FILE]

Way A is bleak's front end over a radio in memory; way B is unmodified bleak with its Linux backend over a private D-Bus
(Linux with dbus-daemon). Real time, all sensors of a way at once in one process. Simulated: sensors, radio, movement.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.machine import out_argument, write_result
from firmware_protocol import wire
from firmware_protocol.registry import Wish
from imu.ble import BleakRadio
from imu.blocks import Header, Recording, SampleBlock
from imu.c_wire import library
from imu.client import LiveSensor
from imu.link import Radio
from imu.records import Kind, Record
from imu.virtual_backend import virtual_radio
from imu.virtual_sensor import Faults, VirtualSensor

MTUS, RATES_HZ = (23, 185, 247), (100, 200)
FAULT_S = 45.0
"""Length of a session with a fault."""
FAULTS = {
    "none": Faults(),
    "loss of 5 %": Faults(loss=0.05, seed=1),
    "bursts up to 0.5 s apart": Faults(delay_s=0.5, seed=2),
    "battery at 9 %": Faults(battery_percent=9),
    "clock at +200 ppm": Faults(skew_ppm=200.0),
    "clock at -200 ppm": Faults(skew_ppm=-200.0),
    "stall of 0.8 s": Faults(stall=((10.0, 0.8),)),
    "stall of 5 s": Faults(stall=((13.0, 5.0),)),
    "drop, away for 2 s": Faults(drop=((22.0, 2.0),)),
    "silent drop": Faults(silent_drop=(28.0,)),
    "reboot": Faults(reboot=(34.0,)),
}
"""Instants are seconds since the sensor was started; they lie apart, so that no two sessions look for their sensor at
the same time: a radio scans for one at a time."""


def swing(rate_hz: float, seconds: float) -> Recording:
    """A pendulum that swings wider and wider, so that every sample is another one."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    wide = 0.3 + 0.6 * t / seconds
    angle = wide * np.sin(2 * np.pi * 0.31 * t)
    none, turning = np.zeros_like(t), np.gradient(angle, 1 / rate_hz)
    acc = 9.80665 * np.column_stack([np.sin(angle), none, np.cos(angle)])
    block = SampleBlock(0, rate_hz, acc, np.column_stack([none, -turning, none]))
    return Recording(Header("swing", rate_hz, simulated=True), block)


@dataclass
class Session:
    """One sensor, and what came of it."""

    sensor: VirtualSensor
    live: LiveSensor
    blocks: list[SampleBlock] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    warnings: tuple[str, ...] = ()

    def off_counts(self) -> float:
        """The largest error of a sample against the trace, in counts; only until it started anew, if it did."""
        device = self.sensor.device
        steps = np.repeat([device.acc_lsb_nmps2 * 1e-9, device.gyr_lsb_nradps * 1e-9], 3)
        worst = 0.0
        for block in self.blocks:
            at = np.arange(block.start, block.stop)
            at = at[at < self.sensor.lives[0].taken]
            got = np.hstack([block.acc_mps2, block.gyr_radps])[: len(at)] / steps
            if not np.isnan(got).all():
                worst = max(worst, float(np.nanmax(np.abs(got - device.counts[at]))))
        return worst

    def result(self) -> dict[str, Any]:
        """Sent, received, lost, back-filled: of the truth, and as the client counted."""
        lives, assembler = self.sensor.lives, self.live.assembler
        assert assembler is not None
        rows = sum(int((~np.isnan(block.acc_mps2).any(axis=1)).sum()) for block in self.blocks)
        tally = assembler.tally
        return {
            "taken": sum(life.taken for life in lives),
            "sent": sum(life.sent.total for life in lives),
            "not_sent_on_purpose": sum(life.dropped.total + life.silenced.total for life in lives),
            "received_live": tally.received - tally.backfilled,
            "backfilled": tally.backfilled,
            "rows": rows,
            "lost": sum(life.taken for life in lives) - rows,
            "bad_packets": tally.bad_packets,
            "queue_dropped": self.live.status.queue_dropped,
            "reconnects": self.live.status.reconnects,
            "worst_error_counts": self.off_counts(),
        }

    def struck(self) -> dict[str, float]:
        """How long no data came from the fault on, and what of that was the sensor's; {} where no fault stops them."""
        began_ns, faults = self.sensor.device.first_start_ns, self.sensor.faults
        assert began_ns is not None
        plan = faults.plan()
        ours = [(at_s, length_s) for at_s, length_s in faults.stall] + [(at_s, away_s) for at_s, _, away_s in plan]
        if not ours:
            return {}
        ((at_s, own_s),) = ours
        came = [r.time_ns for r in self.records if r.kind is Kind.NOTIFIED and r.uuid == wire.DATA]
        at_ns = began_ns + at_s * 1e9
        before = max((each for each in came if each <= at_ns), default=began_ns)
        after = [each for each in came if each > at_ns]
        waits = np.diff([before, *after])
        gap = int(waits.argmax())
        return {
            "data_again_s": (after[gap] - at_ns) * 1e-9,
            "of_that_the_sensor_s": own_s,
            "longest_wait_s": float(waits[gap]) * 1e-9,
        }


@asynccontextmanager
async def way_a(*sensors: VirtualSensor) -> AsyncIterator[Radio]:
    """The radio in memory."""
    async with virtual_radio(*sensors) as radio:
        yield radio


@asynccontextmanager
async def way_b(*sensors: VirtualSensor) -> AsyncIterator[Radio]:
    """Unmodified bleak over a private D-Bus."""
    from benchmarks.bluez.daemon import private_bluez

    async with private_bluez(*sensors):
        yield BleakRadio()


async def stream(radio: Radio, sensor: VirtualSensor, seconds: float, rate_hz: int) -> Session:
    """One session of so many seconds."""
    records: list[Record] = []
    live = LiveSensor(radio, sensor.name, wish=Wish(rate_hz=rate_hz), keep=records.append)
    session = Session(sensor, live, records=records)
    session.warnings = (await live.open()).warnings

    async def take() -> None:
        async for block in live:
            session.blocks.append(block)

    async with asyncio.TaskGroup() as group:
        group.create_task(take())
        await asyncio.sleep(seconds)
        await live.stop()
    return session


async def all_at_once(
    way: str, sensors: list[tuple[VirtualSensor, int]], seconds: float
) -> tuple[list[Session], float]:
    """All sessions, and the share of one core that they and their sensors took."""
    air = {"A": way_a, "B": way_b}[way]
    async with air(*(sensor for sensor, _ in sensors)) as radio:
        wall_s, cpu_s = time.monotonic(), time.process_time()
        sessions = await asyncio.gather(*(stream(radio, sensor, seconds, rate) for sensor, rate in sensors))
        return sessions, (time.process_time() - cpu_s) / (time.monotonic() - wall_s)


def plain(way: str, seconds: float) -> dict[str, Any]:
    """Every MTU and rate, nothing injected."""
    kinds = [(mtu, rate) for mtu in MTUS for rate in RATES_HZ]
    sensors = [
        (VirtualSensor(swing(rate, seconds + 10), name=f"Kickback {mtu} {rate}", serial=f"{mtu}-{rate}", mtu=mtu), rate)
        for mtu, rate in kinds
    ]
    sessions, share = asyncio.run(all_at_once(way, sensors, seconds))
    return {
        "seconds": seconds,
        "cpu_share_of_a_core": share,
        "links": [
            {"mtu": mtu, "rate_hz": rate, "mtu_seen": session.live.status.mtu, **session.result()}
            for (mtu, rate), session in zip(kinds, sessions, strict=True)
        ],
    }


def faulty(way: str, seconds: float) -> list[dict[str, Any]]:
    """Each fault by itself, 200 Hz, MTU 247."""
    sensors = [
        (VirtualSensor(swing(200, seconds + 30), name=f"Kickback f{i}", serial=f"F-{i}", faults=faults), 200)
        for i, faults in enumerate(FAULTS.values())
    ]
    sessions, _ = asyncio.run(all_at_once(way, sensors, seconds))
    found = []
    for name, session in zip(FAULTS, sessions, strict=True):
        assembler = session.live.assembler
        assert assembler is not None
        line = {"fault": name, "warnings": list(session.warnings), **session.result(), **session.struck()}
        if len(session.sensor.lives) > 1:
            first, second = session.sensor.lives[:2]
            line["not_measured_while_it_started"] = second.runs[0].row - first.taken
            line["missing_in_the_blocks"] = sum(block.missing_before for block in session.blocks)
        if ppm := session.sensor.faults.skew_ppm:
            line |= {"skew_ppm": (1 / (1 + ppm * 1e-6) - 1) * 1e6, "skew_ppm_found": assembler.fit.skew_ppm}
        found.append(line)
    return found


def show(console: Console, title: str, rows: list[dict[str, Any]], columns: dict[str, str]) -> None:
    """A table of some of the figures."""
    table = Table(title=title)
    for key, heading in columns.items():
        table.add_column(heading, justify="left" if key == "fault" else "right", no_wrap=key == "fault")
    for row in rows:
        cells = [row.get(key) for key in columns]
        table.add_row(
            *("" if cell is None else f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells)
        )
    console.print(table)


def main() -> None:
    """Measure, show, write down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each link without a fault")
    parser.add_argument("--ways", nargs="+", choices=("A", "B"), default=["A", "B"])
    out_argument(parser, "link")
    asked = parser.parse_args()
    console = Console(width=150)
    logging.getLogger("bleak").setLevel(logging.ERROR)  # way B has a bus of its own, which ends
    versions = {name: version(name) for name in ("bleak", "bumble")}
    result: dict[str, Any] = {"simulated": True, "versions": versions, "packets_made_in_c": library() is not None}
    for way in asked.ways:
        if way == "B" and (sys.platform != "linux" or shutil.which("dbus-daemon") is None):
            console.print("Way B needs Linux and dbus-daemon (Debian: apt install dbus-daemon): left out.")
            continue
        links, faults = plain(way, asked.seconds), faulty(way, FAULT_S)
        result[way] = {**links, "faults": faults}
        figures = {"taken": "taken", "sent": "sent", "rows": "received", "lost": "lost", "backfilled": "back-filled"}
        more = {"reconnects": "reconnects", "queue_dropped": "dropped", "worst_error_counts": "error, counts"}
        title = f"Way {way}, {asked.seconds:g} s each, simulated; {links['cpu_share_of_a_core']:.0%} of a core for all"
        show(console, title, links["links"], {"mtu": "MTU", "rate_hz": "Hz", **figures, **more})
        gap = {"missing_in_the_blocks": "gap", "not_measured_while_it_started": "true gap"}
        times = {"data_again_s": "again, s", "of_that_the_sensor_s": "sensor, s", **gap}
        show(console, f"Way {way}, faults at 200 Hz, MTU 247", faults, {"fault": "fault", **figures, **times, **more})
    write_result(asked.out, result)


if __name__ == "__main__":
    main()
