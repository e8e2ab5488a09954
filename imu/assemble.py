"""From rows and packets to samples on one grid. What a gap becomes is decided here and nowhere else.

A lost sample is a row of NaN in both sensors; a row in which any value is missing is a lost sample. No value
is made up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from imu.blocks import FloatArray, Header, Recording, SampleBlock
from imu.clock import rebuild

NO_SENSOR = 1e6
"""No sensor gives such a value in m/s² or rad/s, whatever its unit was mistaken for."""
NO_CLOCK_S = 1e13
"""No clock shows such a time: hundreds of thousands of years."""
LONGEST_GAP_S = 3600.0
"""A hole of more than an hour means two recordings, and would fill the memory with nothing."""


def recording_from_rows(
    time_s: FloatArray, acc_mps2: FloatArray, gyr_radps: FloatArray, header: Header, *, may_repeat: bool = True
) -> Recording:
    """Put logged rows on the sample grid that their time stamps tell.

    Args:
        time_s: time stamps as logged, seconds, shape (n,); rows without one are dropped.
        acc_mps2: shape (n, 3), m/s².
        gyr_radps: shape (n, 3), rad/s.
        header: what is known besides; its ``rate_hz`` and ``start_s`` are replaced, its notes get one more
            for every kind of damage found.
        may_repeat: rows may repeat others (a packet that came twice); False: equal neighbours were measured so.

    Raises:
        ValueError: the stamps tell no rate (see :func:`imu.clock.rebuild`), or a hole exceeds an hour.
    """
    stamped = np.abs(time_s) < NO_CLOCK_S
    values = np.hstack([acc_mps2, gyr_radps])
    wild = np.zeros(len(values), dtype=bool)
    for column in values.T:
        wild |= np.abs(column) > NO_SENSOR
    values[wild] = np.nan
    if not stamped.all():
        time_s, values = time_s[stamped], values[stamped]
    grid = rebuild(time_s, values if may_repeat else None)
    hole = int(np.diff(grid.index).max(initial=1)) - 1
    if hole > LONGEST_GAP_S * grid.rate_hz:
        raise ValueError(f"a hole of {hole / grid.rate_hz:.0f} s: these are two recordings; split the file there")
    whole = np.asarray(np.isfinite(values).all(axis=1))[grid.rows]
    index, rows = grid.index[whole], grid.rows[whole]
    acc, gyr = (np.full((int(grid.index[-1]) + 1, 3), np.nan) for _ in range(2))
    acc[index] = values[rows, :3]
    gyr[index] = values[rows, 3:]
    del values
    notes = []
    if absurd := int(wild.sum()):
        notes.append(f"{_rows(absurd)} had values that no sensor gives and {_were(absurd)} taken for lost.")
    if unstamped := int(np.sum(~stamped)):
        notes.append(f"{_rows(unstamped)} had no time stamp and {_were(unstamped)} dropped.")
    if grid.repeated:
        notes.append(f"{_rows(grid.repeated)} repeated others and {_were(grid.repeated)} dropped.")
    if grid.stamps == "arrival":
        notes.append("The time stamps are arrivals at a host; sample times were rebuilt from the earliest of them.")
    header = replace(header, rate_hz=grid.rate_hz, start_s=grid.start_s, notes=(*header.notes, *notes))
    return Recording(header, SampleBlock(0, grid.rate_hz, acc, gyr))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def join(blocks: Iterable[SampleBlock], header: Header) -> Recording:
    """The recording that consecutive blocks make; samples counted in ``missing_before`` become rows of NaN.

    Args:
        blocks: in order; the first starts at sample 0 or says what is missing before it.
        header: its ``rate_hz`` must be that of the blocks.

    Raises:
        ValueError: a block does not start where the one before ended plus ``missing_before``.
    """
    acc: list[FloatArray] = []
    gyr: list[FloatArray] = []
    stop = 0
    for block in blocks:
        if block.start != stop + block.missing_before:
            raise ValueError(
                f"a block starts at sample {block.start}, but the one before ended at {stop} "
                f"and {block.missing_before} are said to be missing"
            )
        if block.missing_before:
            hole = np.full((block.missing_before, 3), np.nan)
            acc.append(hole)
            gyr.append(hole)
        acc.append(block.acc_mps2)
        gyr.append(block.gyr_radps)
        stop = block.stop
    nothing = np.empty((0, 3))
    samples = SampleBlock(0, header.rate_hz, np.concatenate([nothing, *acc]), np.concatenate([nothing, *gyr]))
    return Recording(header, samples)
