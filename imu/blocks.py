"""The two things that carry samples: a :class:`SampleBlock` and a :class:`Recording`.

Both are frozen, their arrays are read-only, and their shapes are checked once, at birth. A lost sample
is data: it is either a row of NaN inside a block (both sensors), or counted in ``missing_before``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]


def _read_only(values: npt.ArrayLike, what: str) -> FloatArray:
    array = np.array(values, dtype=np.float64, order="C", copy=None)
    if array.ndim != 2 or array.shape[1] != 3:
        raise ValueError(f"{what} must have the shape (n, 3), got {array.shape}")
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, eq=False)
class SampleBlock:
    """A run of consecutive samples on the session's sample grid.

    Attributes:
        start: index of the first sample since the session began; lost samples have an index too.
        rate_hz: samples per second of the recording's own clock.
        acc_mps2: specific force in the sensor's frame, shape (n, 3), m/s²; at rest it points up.
        gyr_radps: angular velocity in the sensor's frame, shape (n, 3), rad/s.
        missing_before: samples lost between the end of the block before and ``start``.
        host_time_s: arrival of the block's last sample on the host's clock, or None.

    A row in which any value is NaN is a lost sample.

    Raises:
        ValueError: shapes disagree, the rate is not positive, or an index is negative.
    """

    start: int
    rate_hz: float
    acc_mps2: FloatArray
    gyr_radps: FloatArray
    missing_before: int = 0
    host_time_s: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "acc_mps2", _read_only(self.acc_mps2, "acc_mps2"))
        object.__setattr__(self, "gyr_radps", _read_only(self.gyr_radps, "gyr_radps"))
        if len(self.acc_mps2) != len(self.gyr_radps):
            raise ValueError(f"{len(self.acc_mps2)} rows of acc_mps2 but {len(self.gyr_radps)} of gyr_radps")
        if not self.rate_hz > 0:
            raise ValueError(f"rate_hz must be positive, got {self.rate_hz}")
        if self.start < 0 or self.missing_before < 0:
            raise ValueError("start and missing_before must not be negative")

    def __len__(self) -> int:
        return len(self.acc_mps2)

    @property
    def stop(self) -> int:
        """Index just behind the last sample."""
        return self.start + len(self)

    def cut(self, first: int, last: int) -> SampleBlock:
        """The samples ``[first, last)`` counted within this block, as a view."""
        return replace(
            self,
            start=self.start + first,
            acc_mps2=self.acc_mps2[first:last],
            gyr_radps=self.gyr_radps[first:last],
            missing_before=self.missing_before if first == 0 else 0,
            host_time_s=None,
        )


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a recording besides its samples.

    Attributes:
        name: the file's stem, or a name given by the maker.
        rate_hz: samples per second of the recording's own clock, as rebuilt (not the nominal one).
        start_s: the recording's own clock at sample 0, in seconds.
        sensor, placement, leg: free text; ``leg`` is "left", "right" or None when nobody said.
        dialect: the format it was read from.
        sha256: of the file's bytes; None when there was no file.
        origin: where the recording comes from, in one sentence, or None.
        simulated: True when no human made these movements. Every face shows it.
        notes: what the reader did or doubts, one plain sentence each.
    """

    name: str
    rate_hz: float
    start_s: float = 0.0
    sensor: str | None = None
    placement: str | None = None
    leg: str | None = None
    dialect: str | None = None
    sha256: str | None = None
    origin: str | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A header and one long block that starts at sample 0; lost samples are rows of NaN."""

    header: Header
    block: SampleBlock

    def __post_init__(self) -> None:
        if self.block.start != 0:
            raise ValueError("the block of a recording starts at sample 0")
        if self.block.rate_hz != self.header.rate_hz:
            raise ValueError("header and block disagree about rate_hz")

    def __len__(self) -> int:
        return len(self.block)

    @property
    def rate_hz(self) -> float:
        """Samples per second of the recording's own clock."""
        return self.header.rate_hz

    @property
    def duration_s(self) -> float:
        """Length in seconds, lost samples included."""
        return len(self.block) / self.header.rate_hz

    @property
    def time_s(self) -> FloatArray:
        """The recording's own clock at every sample, shape (n,), seconds."""
        return self.header.start_s + np.arange(len(self.block)) / self.header.rate_hz

    @property
    def lost(self) -> npt.NDArray[np.bool_]:
        """True where a sample was lost, shape (n,)."""
        return np.asarray(np.isnan(self.block.acc_mps2).any(axis=1) | np.isnan(self.block.gyr_radps).any(axis=1))

    def between(self, from_s: float | None = None, to_s: float | None = None) -> Recording:
        """The part between two instants of the recording's own clock, which it keeps."""
        clock = self.header
        first = 0 if from_s is None else int(np.ceil((from_s - clock.start_s) * clock.rate_hz - 1e-9))
        last = len(self) if to_s is None else int(np.ceil((to_s - clock.start_s) * clock.rate_hz - 1e-9))
        first = min(max(first, 0), len(self))
        last = min(max(last, first), len(self))
        part = replace(self.block.cut(first, last), start=0, missing_before=0)
        return Recording(replace(clock, start_s=clock.start_s + first / clock.rate_hz), part)

    def blocks(self, size: int = 4096) -> Iterator[SampleBlock]:
        """The samples in blocks of at most ``size``."""
        if size < 1:
            raise ValueError(f"size must be at least 1, got {size}")
        for first in range(0, len(self), size):
            yield self.block.cut(first, min(first + size, len(self)))

    def to_frame(self) -> pd.DataFrame:
        """Columns ``time_s, acc_x..z`` (m/s²) and ``gyr_x..z`` (rad/s), one row a sample."""
        import pandas as pd

        columns: dict[str, FloatArray] = {"time_s": self.time_s}
        for name, values in (("acc", self.block.acc_mps2), ("gyr", self.block.gyr_radps)):
            columns |= {f"{name}_{axis}": values[:, i] for i, axis in enumerate("xyz")}
        return pd.DataFrame(columns)
