"""Log of the Xsens DOT server (node.js): all connected sensors in one table, row by row as they arrived.

The column Address tells the sensors apart; rows of one are not always in order. Timestamp is in microseconds of the
server's clock, advanced by the sensor's own. The acceleration called FreeAcc has no gravity, so of the server's
modes only "Rate quantities" can be used; its angular velocity is in deg/s, as the sensor sends it.

Sources: github.com/xsens/xsens_dot_server (bleHandler.js for modes, columns and time; an example file for the head);
Xsens DOT User Manual, section 4.2.2 (deg/s).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imu.blocks import FloatArray, Header, Recording
from imu.units import TIME_TO_S
from recordings.check import Units, finish
from recordings.errors import RecordingError
from recordings.formats import _xsens as xsens
from recordings.parts import Part
from recordings.registry import Claim, Source
from recordings.table import Head, numbers, texts

NAME = "dot_server"
TITLE = "Xsens DOT server"

CHOOSE = "choose the measuring mode Rate quantities in the server"

LEAST_ROWS = 10
"""A sensor with fewer rows than this only said hello."""

MOST_NAMED = 8
"""Addresses that an error lists: a sensor hub holds no more."""


def sniff(head: Head) -> Claim | None:
    """Claim a table with Timestamp, Address and a DOT's quantities."""
    if xsens.find(head.names, "Timestamp") is None or xsens.find(head.names, "Address") is None:
        return None
    return xsens.judge(head.names, "Timestamp and Address beside a DOT's columns", CHOOSE)


def read(source: Source) -> Recording:
    """Read the rows of the one sensor that moved, in the order of their stamps.

    Raises:
        RecordingError: several sensors moved, a column is missing, a cell is not a number, or physics contradicts.
    """
    part, options = source.part, source.options
    names = part.head.names
    stamp, address = xsens.find(names, "Timestamp"), xsens.find(names, "Address")
    if stamp is None or address is None:
        raise RecordingError(part.path, "needs the columns Timestamp and Address")
    table = numbers(part, [stamp, *xsens.columns(part.path, names)])
    rows, note = _rows_of_one(part, table, address)
    table = table[rows]
    table = table[np.argsort(table[:, 0], kind="stable")]
    time_s = (table[:, 0] - table[0, 0]) * TIME_TO_S[options.time_unit or "us"]
    header = Header(
        name=source.path.stem,
        rate_hz=1.0,
        sensor="Movella DOT",
        leg=source.leg,
        dialect=NAME,
        sha256=source.sha256,
        notes=note,
    )
    units = Units(acc="m/s²", gyr="deg/s")
    return finish(part.path, time_s, table[:, 1:4], table[:, 4:7], units, header, options)


def _rows_of_one(part: Part, table: FloatArray, address: int) -> tuple[npt.NDArray[np.intp], tuple[str, ...]]:
    """Positions of the rows of the only sensor that moved, and what to say about the others."""
    import pandas as pd

    codes, known = pd.factorize(texts(part, [address])[0])
    if len(codes) != len(table):
        raise RecordingError(part.path, f"{len(table)} rows but {len(codes)} addresses; a line is broken")
    whole = np.flatnonzero(np.isfinite(table).all(axis=1) & (codes >= 0))
    whole = whole[np.argsort(codes[whole], kind="stable")]
    often = np.bincount(codes[codes >= 0], minlength=len(known)) >= LEAST_ROWS
    named = {at for at, name in enumerate(known) if str(name).strip() and often[at]}
    moved = {}
    for rows in np.split(whole, np.flatnonzero(np.diff(codes[whole])) + 1):
        if len(rows) >= LEAST_ROWS and codes[rows[0]] in named and (table[rows, 1:] != table[rows[0], 1:]).any():
            moved[str(known[codes[rows[0]]])] = rows
    if not moved:
        raise RecordingError(part.path, "no sensor has rows with an address, a time and all six values")
    if len(moved) > 1:
        listed = ", ".join([*list(moved)[:MOST_NAMED], *["..."] * (len(moved) > MOST_NAMED)])
        raise RecordingError(
            part.path, f"{len(moved)} sensors are in it ({listed}); keep the rows of the one at the ankle"
        )
    others = len(named) - 1
    still = "another sensor that sent nothing" if others == 1 else f"{others} other sensors that sent nothing"
    return next(iter(moved.values())), (f"The file also names {still}.",) if others else ()
