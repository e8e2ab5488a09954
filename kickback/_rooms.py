"""Is the ``analysis`` that Python would import ours? A file of that name in the user's folder would shadow it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

ROOMS = ("analysis", "imu", "recordings")


def _found(room: str) -> str | None:
    """Where Python finds the package: its ``__init__.py``, a stranger's module, or None when there is none."""
    loaded = sys.modules.get(room)
    if loaded is not None:
        return getattr(loaded, "__file__", None)
    spec = find_spec(room)
    if spec is None:
        return None
    return spec.origin or next(iter(spec.submodule_search_locations or ()), None)


def _same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def check_rooms() -> None:
    """Compare the place of every room with this package's own.

    Raises:
        ImportError: something else of that name comes first on Python's path, or the room is missing.
    """
    house = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for room in ROOMS:
        found = _found(room)
        if found is None:
            raise ImportError(f"kickback's package {room!r} is missing from {house}: install kickback again", name=room)
        if not _same(os.path.dirname(found), os.path.join(house, room)):
            raise ImportError(
                f"{found} shadows kickback's own package {room!r}: rename it, or start Python from another folder",
                name=room,
                path=found,
            )
