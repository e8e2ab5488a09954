"""What an analysis gives back: :class:`Analysis`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.params import Params
from analysis.results import Rejected, Rep, SetClosed, to_frame
from imu.blocks import Header, Recording

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Analysis:
    """A recording and what was found in it.

    Attributes:
        recording: what was analyzed, already cut to the part asked for.
        params: what the user decided.
        closed: the closed sets with their reps, in order.
        rejected: excursions that were looked at and not counted, with the reason.
        angle_deg: leg angle at every sample of the recording, degrees, shape (n,); NaN where it is unknown.
        warnings: plain sentences about what to keep in mind (calibration, losses, the reader's notes).
    """

    recording: Recording
    params: Params
    closed: tuple[SetClosed, ...]
    rejected: tuple[Rejected, ...]
    angle_deg: npt.NDArray[np.float64]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.angle_deg.shape != (len(self.recording),):
            raise ValueError(f"angle_deg has the shape {self.angle_deg.shape}, not ({len(self.recording)},)")

    @property
    def header(self) -> Header:
        """What is known of the recording besides its samples."""
        return self.recording.header

    @property
    def all_reps(self) -> tuple[Rep, ...]:
        """The reps of all closed sets, in order."""
        return tuple(rep for closed in self.closed for rep in closed.reps)

    @property
    def reps(self) -> pd.DataFrame:
        """One row a rep of the closed sets, columns :data:`analysis.results.REP_COLUMNS`; unknown is NA."""
        return to_frame(self.all_reps)

    @property
    def sets(self) -> pd.DataFrame:
        """One row a closed set: count, means, spread, drift, losses, time under tension, flags."""
        from analysis.summary import sets_frame

        return sets_frame(self.closed, self.params)
