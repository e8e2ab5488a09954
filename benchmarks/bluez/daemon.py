"""A bus of one's own with the daemon on it: ``async with private_bluez(sensor) as bluez``."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from bumble.link import LocalLink

from benchmarks.bluez.service import Bluez
from benchmarks.bluez.tree import hang_up

SYSTEM_BUS = "DBUS_SYSTEM_BUS_ADDRESS"
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


class PrivateBluez(Bluez):
    """The daemon and its bus."""

    def __init__(self, link: LocalLink, address: str, bus: asyncio.subprocess.Process) -> None:
        super().__init__(link)
        self.address = address
        self._bus = bus

    async def start(self) -> None:
        """Put the daemon on the bus, at first or after ``kill`` or ``end``."""
        await self.open(self.address)

    async def end_bus(self) -> None:
        """End dbus-daemon; the daemon ends with it, as bluetoothd does."""
        with suppress(ProcessLookupError):
            self._bus.terminate()
        await self._bus.wait()
        await self.kill()


class Airborne(Protocol):
    """A sensor that can be on the air of a link in memory, such as :class:`imu.virtual_sensor.VirtualSensor`."""

    def on(self, link: LocalLink) -> AbstractAsyncContextManager[object]:
        """Be on the air."""


@asynccontextmanager
async def private_bluez(*sensors: Airborne, powered: bool = True) -> AsyncIterator[PrivateBluez]:
    """Start dbus-daemon and the daemon, and put sensors on its air.

    Inside, the system bus is that one for whatever begins to use it; ``BleakRadio()`` finds the sensors and no others.

    Raises:
        RuntimeError: dbus-daemon did not start.
    """
    before = os.environ.get(SYSTEM_BUS)
    link = LocalLink()  # type: ignore[no-untyped-call]  # bumble says no types here
    with tempfile.TemporaryDirectory(prefix="bus") as folder:
        config = Path(folder, "bus.conf")
        config.write_text(CONFIG.format(socket=Path(folder, "socket")))
        command = ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
        with Path(folder, "errors").open("w+") as errors:
            bus = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=errors)
            assert bus.stdout is not None  # asked for just above
            address = (await bus.stdout.readline()).decode().strip()
            if not address:
                errors.seek(0)
                raise RuntimeError(f"dbus-daemon ended with {await bus.wait()}: {errors.read().strip()}")
        bluez = PrivateBluez(link, address, bus)
        bluez.powered = powered
        os.environ[SYSTEM_BUS] = address
        try:
            await bluez.start()
            async with AsyncExitStack() as air:
                for sensor in sensors:
                    await air.enter_async_context(sensor.on(link))
                yield bluez
        finally:
            if before is None:
                os.environ.pop(SYSTEM_BUS, None)
            else:
                os.environ[SYSTEM_BUS] = before
            await _end_bleaks_manager()
            await bluez.end_bus()
            await bluez.close()


async def _end_bleaks_manager() -> None:
    """Bleak keeps one connection to the bus for each event loop; the next one shall begin afresh."""
    from bleak.backends.bluezdbus import manager

    kept = manager._global_instances.pop(asyncio.get_running_loop(), None)
    if kept is not None and kept._bus is not None:
        await hang_up(kept._bus)
        if kept._bus_watcher_task is not None:
            await asyncio.wait({kept._bus_watcher_task})
