"""What is uncertain about a sensor is checked against gravity while it streams."""

from __future__ import annotations

import numpy as np

from imu.blocks import FloatArray, Header, Recording, SampleBlock
from imu.plausibility import examine

KEPT_S = 60.0
"""Signal that is looked at."""
UNDECIDED = ("There is no still second", "The sensor hardly turned")
"""Sentences that say only that nothing could be checked yet."""


class GravityCheck:
    """Looks at the last minute of samples every so often.

    Args:
        first_s, every_s: signal before the first look, and between two.

    Attributes:
        findings: of the latest look, one sentence each.
    """

    def __init__(self, first_s: float, every_s: float) -> None:
        self._every_s = every_s
        self._due_s = first_s
        self._ring: FloatArray | None = None
        self.findings: tuple[str, ...] = ()

    def take(self, block: SampleBlock) -> None:
        """Look when it is time."""
        if not len(block):
            return
        if self._ring is None:
            self._ring = np.full((round(KEPT_S * block.rate_hz), 6), np.nan)
        size = len(self._ring)
        hole = min(block.missing_before, size)
        self._ring[np.arange(block.start - hole, block.start) % size] = np.nan
        last = block.cut(max(0, len(block) - size), len(block))
        at = np.arange(last.start, last.stop) % size
        self._ring[at, :3], self._ring[at, 3:] = last.acc_mps2, last.gyr_radps
        if block.stop / block.rate_hz >= self._due_s:
            self._due_s = block.stop / block.rate_hz + self._every_s
            found = examine(self._recording(block)).findings
            self.findings = tuple(each for each in found if not each.startswith(UNDECIDED))

    def _recording(self, latest: SampleBlock) -> Recording:
        """What the ring holds, in order: of a sample that is missing all values are NaN."""
        assert self._ring is not None
        size = len(self._ring)
        rows = self._ring[np.arange(max(0, latest.stop - size), latest.stop) % size]
        return Recording(
            Header("live", latest.rate_hz), SampleBlock(0, latest.rate_hz, rows[:, :3].copy(), rows[:, 3:].copy())
        )
