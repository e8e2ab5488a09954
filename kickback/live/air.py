"""The radio that a session uses: the machine's Bluetooth, or one in memory with virtual sensors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from imu.blocks import Recording
from imu.link import Radio
from kickback.errors import KickbackError
from kickback.live.worn import Worn

if TYPE_CHECKING:
    from imu.virtual_sensor import VirtualSensor

TRACE = "clean_set"
"""The shipped trace that a virtual sensor plays, and that is shown where there is no sensor: 8 reps, simulated."""
INSTALL = "The virtual sensor needs one package more: pip install 'kickback[virtual]'"
NAME = "Kickback virtual"


@dataclass(frozen=True)
class Air:
    """A radio to be opened, and what is known of what is on it.

    Attributes:
        open: gives the radio as a context.
        played: what a virtual sensor plays, None for real sensors.
        over: whether the virtual sensors have played to the end.
    """

    open: Callable[[], AbstractAsyncContextManager[Radio]]
    played: Recording | None = None
    over: Callable[[], bool] = lambda: False


@asynccontextmanager
async def _bluetooth() -> AsyncIterator[Radio]:
    from imu.ble import BleakRadio

    yield BleakRadio()


def bluetooth() -> Air:
    """The machine's own."""
    return Air(_bluetooth)


def virtual_air(trace: Path | None, worn: Sequence[Worn]) -> tuple[Air, tuple[Worn, ...]]:
    """One virtual sensor for each that is asked for, and what to ask for then.

    Args:
        trace: what they play; None: a shipped one.
        worn: their names and legs; who has no name gets one.

    Raises:
        KickbackError: the extra is not installed, or the trace cannot be used.
    """
    try:
        from imu.virtual_backend import virtual_radio
        from imu.virtual_sensor import VirtualSensor
    except ImportError as error:
        if (error.name or "").split(".")[0] != "bumble":
            raise
        raise KickbackError(INSTALL) from None
    recording = trace_of(trace)
    named, sensors = [], []
    for number, each in enumerate(worn, 1):
        name = each.sensor or (NAME if len(worn) == 1 else f"{NAME} {each.leg or number}")
        named.append(Worn(name, each.legs))
        sensors.append(VirtualSensor(recording, name=name, serial=f"VIRTUAL-{number}"))
    return Air(lambda: virtual_radio(*sensors), recording, lambda: _played_out(sensors)), tuple(named)


def _played_out(sensors: Sequence[VirtualSensor]) -> bool:
    return all(sensor.played_out for sensor in sensors)


def trace_of(path: Path | None) -> Recording:
    """The recording to play.

    Raises:
        KickbackError: it cannot be read.
    """
    from kickback.errors import one_line
    from kickback.session import load
    from recordings import shipped_path

    path = path or shipped_path(TRACE)
    try:
        return load(path)
    except (OSError, ValueError) as error:
        raise KickbackError(one_line(error, path)) from error
