"""Sensors that log apart, each at its own pace and on its own stamps, brought to one clock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imu.assemble import LONGEST_GAP_S
from imu.blocks import FloatArray
from imu.clock import Grid, rebuild
from recordings.errors import RecordingError

LEAST_RATE_HZ = 20.0
"""Slower streams are refused: see ``recordings.check.LEAST_RATE_HZ``."""

_NEIGHBOURS = 1.5
"""Samples further apart than this many periods have a lost one between them."""


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """One sensor's rows: time stamps in seconds, shape (n,), and values, shape (n, 3)."""

    time_s: FloatArray
    values: FloatArray


def fresh(stream: Stream, *, stale: bool = False) -> Stream:
    """The rows that say something new.

    Args:
        stream: as logged.
        stale: also drop rows that repeat the values of the row before under a new stamp, for loggers that
            write every sensor's latest values whenever one of them has new ones.

    Returns:
        The rows in which every number is there and that do not repeat stamp and values of the row before.
    """
    good = np.isfinite(stream.time_s) & np.isfinite(stream.values).all(axis=1)
    time_s, values = (stream.time_s, stream.values) if good.all() else (stream.time_s[good], stream.values[good])
    repeated = (values[1:] == values[:-1]).all(axis=1)
    if not stale:
        repeated &= time_s[1:] == time_s[:-1]
    if not repeated.any():
        return Stream(time_s, values)
    new = np.append(True, ~repeated)
    return Stream(time_s[new], values[new])


def unwrap(counts: FloatArray, modulus: float) -> FloatArray:
    """Counts of a counter that begins again at 0 after ``modulus``, going on instead. Shape (n,), NaN stays NaN."""
    told = np.isfinite(counts)
    there = np.asarray(counts, dtype=np.float64)[told]
    out = np.array(counts, dtype=np.float64)
    if len(there):
        out[told] = there - modulus * np.cumsum(np.round(np.diff(there, prepend=there[0]) / modulus))
    return out


def merge(path: Path, acc: Stream, gyr: Stream) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Two streams on one clock: the grid of the faster one, where both are there.

    The slower one is interpolated linearly; samples next to lost ones are NaN. Streams with the very same stamps
    are left as they are.

    Returns:
        Time in seconds, shape (n,); acceleration and angular velocity, shape (n, 3), in their own units.

    Raises:
        RecordingError: one has too few rows, is slower than 20 Hz, or they do not overlap.
    """
    if len(acc.time_s) == len(gyr.time_s) and (acc.time_s == gyr.time_s).all():
        return acc.time_s, acc.values, gyr.values
    grids = [_grid(path, stream, what) for stream, what in ((acc, "acceleration"), (gyr, "angular velocity"))]
    first_s = max(grid.start_s for grid in grids)
    last_s = min(float(grid.time_s[-1]) for grid in grids)
    if not last_s > first_s:
        apart = first_s - last_s
        raise RecordingError(
            path,
            f"the two sensors were not logged at the same time: {apart:.1f} s lie between them; pair the right files",
        )
    fast = grids[0] if grids[0].rate_hz >= grids[1].rate_hz else grids[1]
    slack = 1e-6 / fast.rate_hz
    first = int(np.ceil((first_s - slack - fast.start_s) * fast.rate_hz))
    last = int(np.floor((last_s + slack - fast.start_s) * fast.rate_hz))
    time_s = fast.start_s + np.arange(first, last + 1) / fast.rate_hz
    values = [
        _placed(grid, stream, first, last) if grid is fast else _between(grid, stream, time_s)
        for grid, stream in zip(grids, (acc, gyr), strict=True)
    ]
    return time_s, values[0], values[1]


def _grid(path: Path, stream: Stream, what: str) -> Grid:
    try:
        grid = rebuild(stream.time_s, stream.values)
    except ValueError as error:
        raise RecordingError(path, f"the {what}: {error}") from None
    if grid.rate_hz < LEAST_RATE_HZ:
        raise RecordingError(
            path, f"the {what} has {grid.rate_hz:.1f} samples a second, too few; log at {LEAST_RATE_HZ:g} Hz or more"
        )
    hole = int(np.diff(grid.index).max(initial=1)) - 1
    if hole > LONGEST_GAP_S * grid.rate_hz:
        raise RecordingError(path, f"the {what} has a hole of {hole / grid.rate_hz:.0f} s: these are two recordings")
    return grid


def _placed(grid: Grid, stream: Stream, first: int, last: int) -> FloatArray:
    """The samples ``first`` to ``last`` of a stream's own grid, NaN where they were lost."""
    values = np.full((last + 1 - first, 3), np.nan)
    inside = (grid.index >= first) & (grid.index <= last)
    values[grid.index[inside] - first] = stream.values[grid.rows[inside]]
    return values


def _between(grid: Grid, stream: Stream, time_s: FloatArray) -> FloatArray:
    """A stream at other instants, linearly between its samples, NaN where a neighbour was lost."""
    own_s, own = grid.time_s, stream.values[grid.rows]
    values = np.column_stack([np.interp(time_s, own_s, own[:, axis]) for axis in range(3)])
    if not len(own_s) > 1:
        return values
    right = np.clip(np.searchsorted(own_s, time_s), 1, len(own_s) - 1)
    apart = (own_s[right] - own_s[right - 1]) * grid.rate_hz > _NEIGHBOURS
    nearest = np.minimum(np.abs(time_s - own_s[right]), np.abs(time_s - own_s[right - 1])) * grid.rate_hz
    values[apart & (nearest > 1e-6)] = np.nan
    return values
