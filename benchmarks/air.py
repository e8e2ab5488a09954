"""Virtual sensors in a process of their own: their work is not the client's, and is measured apart.

What crosses the border between the two processes is HCI over TCP, as between an operating system and its adapter. The
client's process therefore also does what the system's Bluetooth stack does elsewhere (bumble's host).
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import numpy as np
from bumble.controller import Controller
from bumble.device import Device
from bumble.hci import Address, LeFeatureMask
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.tcp_client import open_tcp_client_transport
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket

from benchmarks.stream import of_length, pieces
from imu.ble import BleakRadio
from imu.blocks import Header, Recording, SampleBlock
from imu.virtual_backend import ADDRESS, VirtualClient, VirtualScanner
from imu.virtual_sensor import Faults, VirtualSensor

ROUNDS = 3
"""Of the mix of movements; then it begins again, turned so that gravity goes on."""


def gym(rate_hz: int, length_s: float, seed: int) -> Recording:
    """Sets, walking, standing and sitting in turn; simulated."""
    piece = of_length(pieces(rate_hz, ROUNDS, seed=seed), rate_hz, length_s)
    header = Header(f"gym {seed}", float(rate_hz), simulated=True)
    return Recording(header, SampleBlock(0, float(rate_hz), piece.acc_mps2, piece.gyr_radps))


async def play(rate_hz: int, length_s: float, names: list[str], drop_every_s: float, loss: float) -> None:
    """Be the air until somebody closes standard input; then tell the processor time that it took."""
    drops = tuple((float(at), 3.0) for at in np.arange(drop_every_s / 2, length_s, drop_every_s))
    sensors = [
        VirtualSensor(
            gym(rate_hz, length_s, 7000 + 100 * number),
            name=name,
            serial=f"AIR-{number}",
            faults=Faults(loss=loss, drop=tuple((at + 7.0 * number, away) for at, away in drops), seed=number),
        )
        for number, name in enumerate(names)
    ]
    link = LocalLink()  # type: ignore[no-untyped-call]  # bumble 0.0.236
    listening = socket.create_server(("127.0.0.1", 0))
    async with AsyncExitStack() as stack:
        for sensor in sensors:
            await stack.enter_async_context(sensor.on(link))
        hci = await open_tcp_server_transport_with_socket(listening)
        controller = Controller("central", host_source=hci.source, host_sink=hci.sink, link=link)
        controller.le_features &= ~(LeFeatureMask.LL_PRIVACY | LeFeatureMask.LE_EXTENDED_ADVERTISING)
        began, cpu = time.monotonic(), time.process_time()
        print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        share = (time.process_time() - cpu) / (time.monotonic() - began)
        print(json.dumps({"cpu_share": share}), flush=True)
        await hci.close()


class Air:
    """The other process; ``radio`` hears its sensors.

    Attributes:
        radio: for :class:`imu.client.LiveSensor`. cpu_share: of the other process, after the context.
    """

    radio: BleakRadio
    cpu_share: float


@asynccontextmanager
async def air(rate_hz: int, length_s: float, names: list[str], drop_every_s: float, loss: float) -> AsyncIterator[Air]:
    """Start the sensors and a central that hears them."""
    said: dict[str, Any] = {
        "rate_hz": rate_hz,
        "length_s": length_s,
        "names": names,
        "drop_every_s": drop_every_s,
        "loss": loss,
    }
    command = [sys.executable, "-m", "benchmarks.air", json.dumps(said)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdin is not None  # asked for just above
    there = Air()
    try:
        port = json.loads(await asyncio.to_thread(other.stdout.readline))["port"]
        hci = await open_tcp_client_transport(f"127.0.0.1:{port}")
        device = Device(name="central", address=Address(ADDRESS), host=Host(hci.source, hci.sink))
        await device.power_on()
        mine = {"central": device, "connecting": asyncio.Lock()}
        there.radio = BleakRadio(type("Client", (VirtualClient,), mine), type("Scanner", (VirtualScanner,), mine))
        yield there
        await device.power_off()
        await hci.close()
    finally:
        other.stdin.close()
        last = await asyncio.to_thread(other.stdout.readline)
        there.cpu_share = json.loads(last)["cpu_share"] if last else float("nan")
        await asyncio.to_thread(other.wait)
        other.stdout.close()


if __name__ == "__main__":
    asyncio.run(play(**json.loads(sys.argv[1])))
