"""Is the ``analysis`` that Python would import ours? A file of that name in the user's folder would shadow it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

ROOMS = ("analysis", "firmware_protocol", "imu", "recordings")


def _found(room: str) -> str | None:
    """The file that Python takes the package from: its ``__init__.py``, a stranger's module, or None."""
    loaded = sys.modules.get(room)
    if loaded is not None:
        return getattr(loaded, "__file__", None)
    spec = find_spec(room)
    return spec.origin if spec else None


def check_rooms() -> None:
    """Compare the place of every room with this package's own.

    Raises:
        ImportError: something else of that name comes first on Python's path, or the room is missing.
    """
    house = Path(__file__).resolve().parent.parent
    for room in ROOMS:
        found = _found(room)
        if found is None:
            raise ImportError(f"kickback's package {room!r} is missing from {house}: install kickback again", name=room)
        if Path(found).resolve().parent != house / room:
            raise ImportError(
                f"{found} shadows kickback's own package {room!r}: rename it, or start Python from another folder",
                name=room,
                path=found,
            )
