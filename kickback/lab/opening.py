"""From ``--lsl`` to the lab of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kickback.errors import UsageError

if TYPE_CHECKING:
    from kickback.lab.outlet import Lab


def lab_of(wanted: bool, *, only_shown: bool = False) -> Lab | None:
    """The lab, if it is asked for.

    Args:
        wanted: ``--lsl`` was typed. only_shown: a file is replayed and no sensor plays it.

    Raises:
        UsageError: nothing is measured that could be published.
        KickbackError: pylsl is not there.
    """
    if not wanted:
        return None
    if only_shown:
        raise UsageError("--lsl publishes what a sensor sends: with --replay add --virtual")
    from kickback.lab.lsl import Lsl
    from kickback.lab.outlet import Lab

    return Lab(Lsl())
