"""Orientation of the sensor: lost samples bridged or marked, then VQF, causal or over a finished window.

VQF is Laidig and Seel, Information Fusion 91 (2023) 187-204. Its parameters here differ from its defaults
as ``docs/algorithm.md`` tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from vqf import VQF, offlineVQF

from analysis.vectors import cross
from imu.blocks import FloatArray, SampleBlock

BoolArray = npt.NDArray[np.bool_]

VQF_PARAMETERS: dict[str, float] = {
    "tauAcc": 3.0,
    "biasSigmaInit": 2.0,
    "biasClip": 10.0,
    "biasSigmaMotion": 0.05,
    "restThGyr": 4.0,
    "restThAcc": 0.8,
    "restMinT": 1.0,
}
"""Tuned by the prototype on 34 simulated recordings: see the algorithm page."""

BRIDGE_S = 0.5
"""A longer run of lost samples is not interpolated and restarts the orientation (prototype's notes, step 1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Consecutive samples after the gaps were dealt with.

    ``lost`` marks samples that were not measured; they are interpolated when the gap was short and NaN
    when it was long (``gap`` is True then, for the whole chunk). ``known_at`` is the sample at which the
    chunk could first be known; it lies behind the chunk's samples where they had to wait for a gap's end.
    """

    start: int
    acc: FloatArray
    gyr: FloatArray
    lost: BoolArray
    gap: bool
    known_at: int | None


class GapBridge:
    """Turns blocks into :class:`Chunk` objects; holds a run of lost samples back until its length is known."""

    def __init__(self, rate_hz: float) -> None:
        self.longest = max(1, round(BRIDGE_S * rate_hz))
        self.next = 0
        self.waiting = 0
        self.in_gap = False
        self.last: FloatArray | None = None

    def push(self, block: SampleBlock) -> list[Chunk]:
        """The chunks that are ready with this block, in order.

        Raises:
            ValueError: the block does not continue where the one before it ended.
        """
        if block.start - block.missing_before != self.next:
            raise ValueError(
                f"block at sample {block.start} with {block.missing_before} missing before it does not follow "
                f"sample {self.next}"
            )
        self.next = block.stop
        data = np.hstack([block.acc_mps2, block.gyr_radps])
        lost: BoolArray = np.asarray(np.isnan(data).any(axis=1))
        if block.missing_before:
            data = np.vstack([np.full((block.missing_before, 6), np.nan), data])
            lost = np.concatenate([np.ones(block.missing_before, bool), lost])
        first = self.next - len(data)
        edges = np.flatnonzero(np.diff(lost)) + 1
        chunks: list[Chunk] = []
        for i, j in zip([0, *edges.tolist()], [*edges.tolist(), len(lost)], strict=True):
            if i == j:
                continue
            if lost[i]:
                chunks += self._lost(first + i, j - i)
            else:
                chunks += self._measured(first + i, data[i:j])
        return chunks

    def _lost(self, start: int, count: int) -> list[Chunk]:
        if self.in_gap:
            return [_gap(start, count, None)]
        self.waiting += count
        if self.last is not None and self.waiting <= self.longest:
            return []
        waited, self.waiting, self.in_gap = self.waiting, 0, True
        begin = start + count - waited
        known_at = begin + (self.longest if self.last is not None else 0)
        patient = min(waited, self.longest) if self.last is not None else 0
        chunks = [_gap(begin, patient, known_at)] if patient else []
        return [*chunks, _gap(begin + patient, waited - patient, None)] if waited > patient else chunks

    def _measured(self, start: int, rows: FloatArray) -> list[Chunk]:
        chunks = []
        if self.waiting and self.last is not None:
            share = (np.arange(1, self.waiting + 1) / (self.waiting + 1))[:, None]
            bridge = self.last * (1 - share) + rows[0] * share
            lost = np.ones(self.waiting, bool)
            chunks.append(Chunk(start - self.waiting, bridge[:, :3], bridge[:, 3:], lost, False, start))
        self.waiting, self.in_gap, self.last = 0, False, rows[-1].copy()
        chunks.append(Chunk(start, rows[:, :3], rows[:, 3:], np.zeros(len(rows), bool), False, None))
        return chunks

    def finish(self) -> list[Chunk]:
        """What was still held back: a gap that the recording ends with."""
        waited, self.waiting = self.waiting, 0
        return [_gap(self.next - waited, waited, self.next - 1)] if waited else []


def _gap(start: int, count: int, known_at: int | None) -> Chunk:
    nothing = np.full((count, 3), np.nan)
    return Chunk(start, nothing, nothing, np.ones(count, bool), True, known_at)


class Orientation:
    """Causal VQF over chunks. After a long gap it starts anew, but keeps the gyroscope's bias."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self.filter = VQF(1.0 / rate_hz, **VQF_PARAMETERS)
        self.stale = False

    def push(self, chunk: Chunk) -> tuple[FloatArray, FloatArray]:
        """Quaternions (n, 4), sensor to earth, and gyroscope bias (n, 3) in rad/s; NaN in a gap."""
        count = len(chunk.acc)
        if chunk.gap:
            self.stale = True
            return np.full((count, 4), np.nan), np.full((count, 3), np.nan)
        if self.stale:
            bias, sigma = self.filter.getBiasEstimate()
            self.filter.resetState()
            self.filter.setBiasEstimate(bias, sigma)
            self.stale = False
        out = self.filter.updateBatch(np.ascontiguousarray(chunk.gyr), np.ascontiguousarray(chunk.acc))
        return out["quat6D"], out["bias"]

    def __getstate__(self) -> dict[str, Any]:
        return {"rate_hz": self.rate_hz, "stale": self.stale, "filter": self.filter.state}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["rate_hz"])  # type: ignore[misc]  # the filter is a C++ object that copy cannot see
        self.stale = state["stale"]
        self.filter.state = state["filter"]


def over_window(
    acc: FloatArray, gyr: FloatArray, rate_hz: float, bias_dps: float = VQF_PARAMETERS["biasSigmaInit"]
) -> tuple[FloatArray, FloatArray]:
    """VQF forwards and backwards over a finished window, the runs between NaN rows on their own.

    Args:
        acc: (n, 3) m/s². gyr: (n, 3) rad/s. rate_hz: samples per second.
        bias_dps: standard deviation of the bias to expect, deg/s.

    Returns:
        Quaternions (n, 4), sensor to earth, and gyroscope bias (n, 3) in rad/s; NaN where the input is.
    """
    parameters = VQF_PARAMETERS | {"biasSigmaInit": bias_dps}
    quat, bias = np.full((len(acc), 4), np.nan), np.full((len(acc), 3), np.nan)
    good = ~np.isnan(acc[:, 0])
    edges = np.flatnonzero(np.diff(good)) + 1
    for i, j in zip([0, *edges.tolist()], [*edges.tolist(), len(good)], strict=True):
        if j - i > 1 and good[i]:
            out = offlineVQF(
                np.ascontiguousarray(gyr[i:j]), np.ascontiguousarray(acc[i:j]), None, 1.0 / rate_hz, parameters
            )
            quat[i:j], bias[i:j] = out["quat6D"], out["bias"]
    return quat, bias


def up_in_sensor(quat: FloatArray) -> FloatArray:
    """The earth's upward direction in the sensor's frame, (n, 3), from quaternions (n, 4)."""
    w, x, y, z = quat.T
    return np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=1)


def rotate(quat: FloatArray, vectors: FloatArray) -> FloatArray:
    """Vectors (n, 3) from the sensor's frame to the earth's by quaternions (n, 4)."""
    axis = quat[:, 1:]
    twice = 2 * cross(axis, vectors)
    return np.asarray(vectors + quat[:, :1] * twice + cross(axis, twice))
