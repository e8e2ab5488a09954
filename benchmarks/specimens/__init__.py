"""Files of our own making, as every logger writes them: real headers and quirks around a recording given.

Each module has ``VARIANTS``, functions that write a :class:`imu.blocks.Recording` into a folder and return what is to
be read, and ``TOLERANCE``, how far (m/s², rad/s) the worst quantisation may move a value.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, cast

from imu.blocks import Recording


class Specimens(Protocol):
    """What a module of this package offers."""

    VARIANTS: Mapping[str, Callable[[Recording, Path], Path]]
    TOLERANCE: tuple[float, float]


def specimens() -> dict[str, Specimens]:
    """The modules of this package by the name of their dialect."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    return {name: cast(Specimens, importlib.import_module(f"{__name__}.{name}")) for name in names}
