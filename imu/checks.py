"""What is uncertain about a sensor is checked against gravity while it streams."""

from __future__ import annotations

from collections import deque

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
    """

    def __init__(self, first_s: float, every_s: float) -> None:
        self._every_s = every_s
        self._due_s = first_s
        self._blocks: deque[SampleBlock] = deque()
        self._kept = 0
        self.findings: tuple[str, ...] = ()

    def take(self, block: SampleBlock) -> None:
        """Look when it is time."""
        if not len(block):
            return
        self._blocks.append(block)
        self._kept += len(block)
        while self._kept - len(self._blocks[0]) >= KEPT_S * block.rate_hz:
            self._kept -= len(self._blocks.popleft())
        if block.stop / block.rate_hz >= self._due_s:
            self._due_s = block.stop / block.rate_hz + self._every_s
            self.findings = tuple(
                each for each in examine(self._recording()).findings if not each.startswith(UNDECIDED)
            )

    def _recording(self) -> Recording:
        rate_hz = self._blocks[-1].rate_hz
        acc, gyr = (_joined(list(self._blocks), name) for name in ("acc_mps2", "gyr_radps"))
        return Recording(Header("live", rate_hz), SampleBlock(0, rate_hz, acc, gyr))


def _joined(blocks: list[SampleBlock], name: str) -> FloatArray:
    """The blocks' rows; what is missing between two is NaN, so that no step is seen where a gap was."""
    rows: list[FloatArray] = []
    for number, block in enumerate(blocks):
        if number and block.missing_before:
            hole = min(block.missing_before, int(KEPT_S * block.rate_hz))
            rows.append(np.full((hole, 3), np.nan))
        rows.append(getattr(block, name))
    return np.concatenate(rows)
